//! Looking up conversations: the latest, by id or name, all of them.

use rusqlite::{OptionalExtension, Params};

use super::conversation_id::{IdEnds, MIN_END};
use super::record::{self, Conversation};
use super::schema::select_conversation;
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

    /// The ends by which the ids of all conversations are shown.
    pub fn id_ends(&self) -> Result<IdEnds, Failure> {
        let read = || {
            let mut statement = self.connection.prepare_cached("SELECT id FROM conversations")?;
            let ids = statement.query_map([], |row| row.get(0))?;
            ids.collect::<rusqlite::Result<Vec<String>>>()
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
                found = self.conversations(select_conversation!("WHERE id LIKE '%' || ?1 LIMIT 3"), [part])?;
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
                Failure::usage(tr!("more than one conversation begins with '{}'", meant))
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
