//! Changes of whole conversations: names, heads, copies, removal.

use rusqlite::{Transaction, params};

use super::record::{Conversation, MessageId};
use super::schema::newest;
use super::sqlite_error::failed;
use super::{Store, conversation_id, now, pieces, search_index, write};
use crate::error::Failure;
use crate::i18n::StaticText;
use crate::{tr, tr_static};

impl Store {
    /// Gives a conversation a name, or takes it away.
    pub fn rename(&mut self, conversation: &str, name: Option<&str>) -> Result<(), Failure> {
        let name = name.map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
        if name.as_deref() == Some("") {
            return Err(Failure::usage(tr!("a conversation's name must not be empty")));
        }
        let taken = self.write(tr_static!("rename the conversation"), |tx| {
            let key = write::key(tx, conversation)?;
            let taken: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM conversations WHERE name = ?1 AND key <> ?2)",
                params![name, key],
                |row| row.get(0),
            )?;
            if !taken {
                tx.execute("UPDATE conversations SET name = ?2 WHERE key = ?1", params![key, name])?;
            }
            Ok(taken)
        })?;
        match name {
            Some(name) if taken => Err(Failure::usage(tr!("another conversation is named '{}'", name))),
            _ => Ok(()),
        }
    }

    /// Gives a conversation another title.
    pub fn retitle(&mut self, conversation: &str, title: &str) -> Result<(), Failure> {
        self.write(tr_static!("rename the conversation"), |tx| {
            let key = write::key(tx, conversation)?;
            tx.execute(
                "UPDATE conversations SET title = ?2 WHERE key = ?1",
                params![key, title],
            )
            .map(drop)
        })
    }

    /// Makes another message the head of a conversation; `None` goes before its first. What came after stays as a
    /// branch.
    pub fn set_head(&mut self, conversation: &str, head: Option<MessageId>) -> Result<(), Failure> {
        self.write(tr_static!("change the conversation"), |tx| {
            let key = write::key(tx, conversation)?;
            let depth: i64 = match head {
                Some(head) => tx.query_row(
                    "SELECT depth FROM messages WHERE id = ?1 AND conversation = ?2",
                    [head.0, key],
                    |row| row.get(0),
                )?,
                None => 0,
            };
            tx.execute(
                concat!(
                    "UPDATE conversations SET head = ?2, messages = ?3, updated = ?4, ",
                    newest!(),
                    " WHERE key = ?1"
                ),
                params![key, head.map(|head| head.0), depth, now()],
            )?;
            Ok(())
        })
    }

    /// Copies the current branch of a conversation to a new one, which has no name.
    pub fn fork(&mut self, conversation: &Conversation) -> Result<Conversation, Failure> {
        let path: Vec<MessageId> = self.branch(conversation)?.iter().map(|message| message.id).collect();
        let id = conversation_id::new();
        self.write(tr_static!("copy the conversation"), |tx| {
            tx.execute(
                "INSERT INTO conversations (id, title, created, updated, provider, model, messages, cwd, system)
                 SELECT ?2, title, ?3, ?3, provider, model, 0, cwd, system FROM conversations WHERE key = ?1",
                params![conversation.key, id, now()],
            )?;
            let key = tx.last_insert_rowid();
            let mut last = None;
            for original in &path {
                last = Some(copy(tx, *original, key, last)?);
            }
            tx.execute(
                concat!(
                    "UPDATE conversations SET head = ?2, messages = coalesce((SELECT depth FROM messages WHERE id = ?2), 0), ",
                    newest!(),
                    " WHERE key = ?1"
                ),
                params![key, last.map(|last| last.0)],
            )?;
            Ok(())
        })?;
        self.by_id(&id)?
            .ok_or_else(|| failed(tr_static!("copy the conversation"))(rusqlite::Error::QueryReturnedNoRows))
    }

    /// Removes a conversation, its messages, and what was attached to no other. The text is overwritten in the file;
    /// of the search index, runs of three characters stay until SQLite next merges that part of it.
    pub fn remove(&mut self, conversation: &str) -> Result<(), Failure> {
        const REMOVE: StaticText = tr_static!("remove the conversation");
        // Freed pages are overwritten, so that what was said cannot be read with another program.
        self.connection
            .pragma_update(None, "secure_delete", true)
            .map_err(failed(REMOVE))?;
        self.write(REMOVE, |tx| {
            let key = write::key(tx, conversation)?;
            let attached: Vec<String> = tx
                .prepare("SELECT DISTINCT sha256 FROM uses JOIN messages ON id = message WHERE conversation = ?1")?
                .query_map([key], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            search_index::remove_conversation(tx, key)?;
            tx.execute("DELETE FROM conversations WHERE key = ?1", [key])?;
            for sha256 in attached {
                tx.execute(
                    "DELETE FROM blobs WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM uses WHERE sha256 = ?1)",
                    [sha256],
                )?;
            }
            Ok(())
        })
    }
}

/// Copies one message below `parent`, with its attachments. An incomplete answer is copied as a cut one. To index a
/// long branch at once would take a second, so that the copy is only queued.
fn copy(tx: &Transaction<'_>, original: MessageId, key: i64, parent: Option<MessageId>) -> rusqlite::Result<MessageId> {
    write::resolve(tx, original)?;
    tx.prepare_cached(
        "INSERT INTO messages (conversation, parent, depth, role, state, created, provider, model, finish,
             failure_kind, failure, input_tokens, output_tokens, total_tokens, reasoning_tokens, cached_tokens,
             first_token_ms, duration_ms, request_id, remote, search, text, thinking, blocks,
             audio_tokens, image_tokens, video_tokens)
         SELECT ?2, ?3, depth, role, state, created, provider, model, finish,
             failure_kind, failure, input_tokens, output_tokens, total_tokens, reasoning_tokens, cached_tokens,
             first_token_ms, duration_ms, request_id, remote, search, text, thinking, blocks,
             audio_tokens, image_tokens, video_tokens
         FROM messages WHERE id = ?1",
    )?
    .execute(params![original.0, key, parent.map(|parent| parent.0)])?;
    let copy = MessageId(tx.last_insert_rowid());
    tx.prepare_cached("INSERT INTO uses (message, sha256) SELECT ?2, sha256 FROM uses WHERE message = ?1")?
        .execute([original.0, copy.0])?;
    pieces::copy(tx, original, copy)?;
    search_index::enqueue(tx, copy)?;
    Ok(copy)
}
