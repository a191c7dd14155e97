//! Full-text search over all conversations.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, Row};

use super::lookup::by_key;
use super::record::{self, Conversation, MessageId};
use super::schema::select_conversation;
use super::snippet::{SearchWord, Snippet, snippet};
use super::sqlite_error::{failed, is_index_damage};
use super::{Store, read, search_index};
use crate::error::Failure;
use crate::tr_static;
use qwen_api::Role;

/// A conversation that has all the words of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationMatch {
    pub conversation: Conversation,
    /// Its newest messages that have them, at most `MAX_HITS`, the newest first; empty when only the name has them.
    pub hits: Vec<MessageMatch>,
}

/// A message that has all the words of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageMatch {
    pub message: MessageId,
    pub role: Role,
    pub created: i64,
    pub snippet: Snippet,
}

/// How many messages of one conversation are listed.
const MAX_HITS: usize = 3;

/// The index has runs of three characters; shorter words are found by scanning the text.
const MIN_INDEXED_CHARACTERS: usize = 3;

/// A search, and its results so far.
struct Search<'a> {
    connection: &'a Connection,
    query: &'a str,
    words: Vec<SearchWord>,
    limit: usize,
    width: usize,
    found: Vec<ConversationMatch>,
    /// The index in `found` of each conversation's key.
    places: HashMap<i64, usize>,
    seen: HashSet<MessageId>,
}

impl Store {
    /// The conversations that have all words of `query` in their name or in one message, whatever the case: matching
    /// names first, then the newest message. Snippets have at most `width` columns.
    pub fn search(&self, query: &str, limit: usize, width: usize) -> Result<Vec<ConversationMatch>, Failure> {
        if query.trim().is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let run = || {
            let mut search = Search {
                connection: &self.connection,
                query,
                words: query.split_whitespace().map(SearchWord::new).collect(),
                limit,
                width,
                found: Vec::new(),
                places: HashMap::new(),
                seen: HashSet::new(),
            };
            search.run()?;
            Ok(search.found)
        };
        let found = match run() {
            Err(error) if is_index_damage(&error) => search_index::rebuild(&self.connection).and_then(|()| run()),
            found => found,
        };
        found.map_err(failed(tr_static!("search the saved conversations")))
    }
}

impl Search<'_> {
    fn run(&mut self) -> rusqlite::Result<()> {
        self.names()?;
        let named = self.found.len();
        self.unindexed()?;
        let long: Vec<String> = self
            .query
            .split_whitespace()
            .filter(|word| word.chars().count() >= MIN_INDEXED_CHARACTERS)
            // Quoted, so that FTS5 reads it as a phrase whatever characters it holds.
            .map(|word| format!("\"{}\"", word.replace('"', "\"\"").replace('\0', "")))
            .collect();
        if long.is_empty() {
            self.scan(
                "SELECT id, conversation, role, created, text FROM messages ORDER BY id DESC",
                [],
            )?;
        } else {
            self.scan(
                "SELECT m.id, m.conversation, m.role, m.created, m.text
                 FROM message_text f JOIN messages m ON m.id = f.rowid
                 WHERE f.message_text MATCH ?1 ORDER BY f.rowid DESC",
                [long.join(" AND ")],
            )?;
        }
        // Messages that are not indexed came first, and need not be the newest.
        if let Some(unnamed) = self.found.get_mut(named..) {
            unnamed.sort_by_key(|found| Reverse(found.hits.first().map(|hit| hit.message)));
        }
        Ok(())
    }

    fn names(&mut self) -> rusqlite::Result<()> {
        let mut statement = self
            .connection
            .prepare(select_conversation!("WHERE name IS NOT NULL ORDER BY changed DESC"))?;
        let mut rows = statement.query([])?;
        while self.found.len() < self.limit
            && let Some(row) = rows.next()?
        {
            let conversation = record::conversation(row)?;
            if self.holds(conversation.name.as_deref().unwrap_or_default()) {
                self.place(conversation);
            }
        }
        Ok(())
    }

    /// Searches the messages that are not indexed: those of the current exchange and of killed processes.
    fn unindexed(&mut self) -> rusqlite::Result<()> {
        let mut statement = self
            .connection
            .prepare("SELECT message FROM unindexed ORDER BY message DESC")?;
        let ids: Vec<i64> = statement
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for id in ids.into_iter().map(MessageId) {
            let Some(stored) = read::stored(self.connection, id)? else {
                continue;
            };
            let message = &stored.message;
            self.take(
                id,
                stored.conversation,
                message.message.role,
                message.created,
                &stored.text,
            )?;
        }
        Ok(())
    }

    /// Takes rows, the newest first, until the limit of conversations is reached.
    fn scan(&mut self, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if !self.take_row(row)? {
                break;
            }
        }
        Ok(())
    }

    fn take_row(&mut self, row: &Row<'_>) -> rusqlite::Result<bool> {
        let text = record::text_ref(row, 4)?.unwrap_or_default();
        if !self.holds(&text) {
            return Ok(true);
        }
        let role = if record::text_ref(row, 2)?.as_deref() == Some("assistant") {
            Role::Assistant
        } else {
            Role::User
        };
        self.take(MessageId(row.get(0)?), row.get(1)?, role, row.get(3)?, &text)
    }

    /// Takes a message if it has the words. Returns `false` when the limit of conversations is reached.
    fn take(&mut self, id: MessageId, key: i64, role: Role, created: i64, text: &str) -> rusqlite::Result<bool> {
        if !self.holds(text) || !self.seen.insert(id) {
            return Ok(true);
        }
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None if self.found.len() >= self.limit => return Ok(false),
            None => match by_key(self.connection, key)? {
                Some(conversation) => self.place(conversation),
                None => return Ok(true),
            },
        };
        if let Some(found) = self.found.get_mut(place)
            && found.hits.len() < MAX_HITS
        {
            found.hits.push(MessageMatch {
                message: id,
                role,
                created,
                snippet: snippet(text, self.query, self.width),
            });
        }
        Ok(true)
    }

    fn place(&mut self, conversation: Conversation) -> usize {
        let place = self.found.len();
        self.places.insert(conversation.key, place);
        self.found.push(ConversationMatch {
            conversation,
            hits: Vec::new(),
        });
        place
    }

    fn holds(&self, text: &str) -> bool {
        self.words.iter().all(|word| word.find(text).is_some())
    }
}
