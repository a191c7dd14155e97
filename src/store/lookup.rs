//! Looking up conversations: the latest, by id or name, all of them.

use rusqlite::{Connection, OptionalExtension, Params};

use super::conversation_id::{IdEnds, MIN_END, USUAL_END};
use super::record::{self, Conversation};
use super::schema::select_conversation;
use super::snippet::SearchWord;
use super::sqlite_error::failed;
use super::{Store, conversation_id};
use crate::error::Failure;
use crate::i18n::StaticText;
use crate::{tr, tr_static};

const FIND: StaticText = tr_static!("read the saved conversations");

impl Store {
    /// The conversation that was changed last.
    pub fn latest(&self) -> Result<Option<Conversation>, Failure> {
        let newest = select_conversation!("ORDER BY changed DESC, key DESC LIMIT 1");
        Ok(self.conversations(newest, [])?.pop())
    }

    /// The conversations that were changed last, the newest first.
    pub fn list(&self, limit: usize) -> Result<Vec<Conversation>, Failure> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.conversations(
            select_conversation!("ORDER BY changed DESC, key DESC LIMIT ?1"),
            [limit],
        )
    }

    /// The same of those that have all `words` in their name, else their title, or in the end of their id, whatever the
    /// case.
    pub fn list_with(&self, words: &str, limit: usize) -> Result<Vec<Conversation>, Failure> {
        let words: Vec<SearchWord> = words.split_whitespace().map(SearchWord::new).collect();
        if words.is_empty() {
            return self.list(limit);
        }
        let read = || {
            // In the order of the table, which is read much faster than in that of an index.
            let mut statement = self
                .connection
                .prepare_cached("SELECT changed, key, id, coalesce(name, title) FROM conversations")?;
            let mut rows = statement.query([])?;
            let mut found: Vec<(i64, i64)> = Vec::new();
            while let Some(row) = rows.next()? {
                let id = record::text_ref(row, 2)?.unwrap_or_default();
                let label = record::text_ref(row, 3)?.unwrap_or_default();
                let end = id.get(id.len().saturating_sub(USUAL_END)..).unwrap_or_default();
                let has = |word: &SearchWord| word.find(&label).is_some() || word.find(end).is_some();
                if words.iter().all(has) {
                    found.push((row.get(0)?, row.get(1)?));
                }
            }
            found.sort_unstable_by(|one, other| other.cmp(one));
            found.truncate(limit);
            let found = found.into_iter().map(|(_, key)| by_key(&self.connection, key));
            found
                .filter_map(Result::transpose)
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(failed(FIND))
    }

    /// The ends by which these ids are shown.
    pub fn id_ends(&self, ids: impl IntoIterator<Item: AsRef<str>>) -> Result<IdEnds, Failure> {
        let read = || {
            let mut statement = self
                .connection
                .prepare_cached("SELECT id FROM conversations WHERE substr(id, -4) = substr(?1, -4)")?;
            let mut alike = Vec::new();
            for id in ids {
                let mut rows = statement.query([id.as_ref()])?;
                while let Some(row) = rows.next()? {
                    alike.push(record::text(row, 0)?);
                }
            }
            Ok(alike)
        };
        read().map(IdEnds::new).map_err(failed(FIND))
    }

    /// The one conversation with this id or name, beginning or end of the id, or beginning of the name, in this order,
    /// whatever the case of letters. None or several are a usage failure.
    pub fn conversation(&self, meant: &str) -> Result<Conversation, Failure> {
        let meant = meant.trim();
        if let Some(start) = conversation_id::normalize(meant)
            && start.len() == conversation_id::LENGTH
            && let Some(found) = self.by_id(&start)?
        {
            return Ok(found);
        }
        if let Some(found) = self
            .conversations(select_conversation!("WHERE name = ?1"), [meant])?
            .pop()
        {
            return Ok(found);
        }
        let mut found = Vec::new();
        if let Some(part) = conversation_id::normalize(meant) {
            // No id has a character above Z.
            let end = format!("{part}[");
            found = self.conversations(
                select_conversation!("WHERE id >= ?1 AND id < ?2 LIMIT 3"),
                [&part, &end],
            )?;
            if found.is_empty() && part.len() >= MIN_END {
                found = self.conversations(
                    select_conversation!("WHERE substr(id, -4) = substr(?1, -4) AND id LIKE '%' || ?1 LIMIT 3"),
                    [part],
                )?;
            }
        }
        if found.is_empty() && !meant.is_empty() {
            let start = meant.to_lowercase();
            let named = self.conversations(select_conversation!("WHERE name IS NOT NULL"), [])?;
            found = named;
            found.retain(|one| {
                one.name
                    .as_ref()
                    .is_some_and(|name| name.to_lowercase().starts_with(&start))
            });
        }
        let is_alone = found.len() == 1;
        match found.pop() {
            Some(only) if is_alone => Ok(only),
            Some(_) => Err(
                Failure::usage(tr!("more than one conversation has an id or name like '{}'", meant))
                    .hint(tr!("`qwen sessions list` shows their ids")),
            ),
            None => Err(Failure::usage(tr!("there is no conversation '{}'", meant))
                .hint(tr!("`qwen sessions list` shows them"))),
        }
    }

    /// The conversation of exactly this id.
    pub fn by_id(&self, id: &str) -> Result<Option<Conversation>, Failure> {
        self.connection
            .prepare_cached(select_conversation!("WHERE id = ?1"))
            .and_then(|mut statement| statement.query_row([id], record::conversation).optional())
            .map_err(failed(FIND))
    }

    pub(super) fn conversations(&self, sql: &str, params: impl Params) -> Result<Vec<Conversation>, Failure> {
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map(params, record::conversation)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(failed(FIND))
    }
}

/// The conversation of this key; `None` where it was removed.
pub(super) fn by_key(connection: &Connection, key: i64) -> rusqlite::Result<Option<Conversation>> {
    connection
        .prepare_cached(select_conversation!("WHERE key = ?1"))?
        .query_row([key], record::conversation)
        .optional()
}
