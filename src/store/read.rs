//! Reading messages: the current branch of a conversation, and the branches beside it.

use std::collections::HashMap;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};

use super::record::{Conversation, MessageId, MessageRow, StoredMessage, unsigned};
use super::sqlite_error::failed;
use super::{Store, pieces, schema};
use crate::error::Failure;
use crate::i18n::StaticText;
use crate::tr_static;
use qwen_api::Usage;

const READ: StaticText = tr_static!("read the saved conversation");

/// One end of a conversation's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its last message; [`Store::set_head`] with it goes there.
    pub tip: MessageId,
    pub messages: u64,
    /// The time of its last message, in milliseconds since 1970.
    pub created: i64,
    /// Whether it is the conversation's current branch.
    pub is_current: bool,
}

impl Store {
    /// The messages of a conversation from the first to the head.
    pub fn branch(&self, conversation: &Conversation) -> Result<Vec<StoredMessage>, Failure> {
        match conversation.head {
            Some(head) => self.path(head),
            None => Ok(Vec::new()),
        }
    }

    /// The messages from a conversation's first to this one.
    pub fn path(&self, tip: MessageId) -> Result<Vec<StoredMessage>, Failure> {
        path(&self.connection, tip).map_err(failed(READ))
    }

    /// The message with this id; a failure without one.
    pub fn message(&self, id: MessageId) -> Result<StoredMessage, Failure> {
        let read = || {
            let stored = stored(&self.connection, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            stored.whole(|sha256| blob(&self.connection, sha256))
        };
        read().map_err(failed(READ))
    }

    /// The messages with the same parent as this one, itself included, the oldest first: the answers to one question. A
    /// cut answer that was continued is left out, since its continuation holds all of it.
    pub fn siblings(&self, id: MessageId) -> Result<Vec<MessageId>, Failure> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT m.id FROM messages me
                 JOIN messages m ON m.conversation = me.conversation AND m.parent IS me.parent
                 WHERE me.id = ?1 AND NOT EXISTS (
                     SELECT 1 FROM messages c WHERE c.parent = m.parent AND c.continues = m.id)
                 ORDER BY m.id",
            )?;
            let ids = statement.query_map([id.0], |row| row.get(0).map(MessageId))?;
            ids.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(failed(READ))
    }

    /// The branches of a conversation, the oldest first.
    pub fn branches(&self, conversation: &Conversation) -> Result<Vec<Branch>, Failure> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT m.id, m.depth, m.created FROM messages m
                 WHERE m.conversation = ?1
                     AND NOT EXISTS (SELECT 1 FROM messages c WHERE c.parent = m.id)
                     AND NOT EXISTS (SELECT 1 FROM messages c WHERE c.parent = m.parent AND c.continues = m.id)
                 ORDER BY m.id",
            )?;
            let rows = statement.query_map([conversation.key], |row| {
                let tip = MessageId(row.get(0)?);
                Ok(Branch {
                    tip,
                    messages: unsigned(row.get(1)?),
                    created: row.get(2)?,
                    is_current: conversation.head == Some(tip),
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(failed(READ))
    }

    /// The newest answer with text, of all conversations.
    pub fn last_answer(&self) -> Result<Option<StoredMessage>, Failure> {
        let read = || {
            let mut ids = self
                .connection
                .prepare_cached("SELECT id FROM messages WHERE role = 'assistant' ORDER BY id DESC")?;
            let mut rows = ids.query([])?;
            while let Some(row) = rows.next()? {
                if let Some(stored) = stored(&self.connection, MessageId(row.get(0)?))?
                    && !stored.text.is_empty()
                {
                    return stored.whole(|sha256| blob(&self.connection, sha256)).map(Some);
                }
            }
            Ok(None)
        };
        read().map_err(failed(READ))
    }

    /// The tokens of a conversation in all its branches, and how many answers have a count.
    pub fn usage(&self, conversation: &Conversation) -> Result<(Usage, u64), Failure> {
        self.connection
            .query_row(
                "SELECT coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(total_tokens), 0),
                     coalesce(sum(reasoning_tokens), 0), coalesce(sum(cached_tokens), 0), count(input_tokens),
                     coalesce(sum(audio_tokens), 0), coalesce(sum(image_tokens), 0), coalesce(sum(video_tokens), 0)
                 FROM messages WHERE conversation = ?1",
                [conversation.key],
                |row| {
                    let usage = Usage {
                        input_tokens: unsigned(row.get(0)?),
                        output_tokens: unsigned(row.get(1)?),
                        total_tokens: unsigned(row.get(2)?),
                        reasoning_tokens: unsigned(row.get(3)?),
                        cached_tokens: unsigned(row.get(4)?),
                        audio_tokens: unsigned(row.get(6)?),
                        image_tokens: unsigned(row.get(7)?),
                        video_tokens: unsigned(row.get(8)?),
                    };
                    Ok((usage, unsigned(row.get(5)?)))
                },
            )
            .map_err(failed(READ))
    }
}

/// The messages from the first to the tip. The bytes of an image that several of them show are read once.
fn path(connection: &Connection, tip: MessageId) -> rusqlite::Result<Vec<StoredMessage>> {
    let tx = connection.unchecked_transaction()?;
    let mut seen: HashMap<String, Bytes> = HashMap::new();
    let mut messages = Vec::new();
    let mut next = Some((tip, i64::MAX));
    while let Some((id, child_depth)) = next {
        // The depth must decrease with every step, so that a damaged tree cannot loop.
        let Some(stored) = stored(&tx, id)?.filter(|stored| stored.depth < child_depth) else {
            break;
        };
        let depth = stored.depth;
        let message = stored.whole(|sha256| -> rusqlite::Result<Bytes> {
            if let Some(bytes) = seen.get(sha256) {
                return Ok(bytes.clone());
            }
            let bytes = blob(&tx, sha256)?;
            seen.insert(sha256.to_owned(), bytes.clone());
            Ok(bytes)
        })?;
        next = message.parent.map(|parent| (parent, depth));
        messages.push(message);
    }
    messages.reverse();
    Ok(messages)
}

/// A message's row, with the pieces of an answer that is incomplete or too long for a row.
pub(super) fn stored(connection: &Connection, id: MessageId) -> rusqlite::Result<Option<MessageRow>> {
    let mut found = connection
        .prepare_cached(schema::SELECT_MESSAGE)?
        .query_row([id.0], MessageRow::from_row)
        .optional()?;
    if let Some(stored) = &mut found
        && (!stored.is_complete || stored.text.len() + stored.thinking.len() >= pieces::FULL_ROW)
    {
        pieces::read(connection, id, &mut stored.text, &mut stored.thinking, usize::MAX)?;
    }
    Ok(found)
}

fn blob(connection: &Connection, sha256: &str) -> rusqlite::Result<Bytes> {
    let bytes: Vec<u8> = connection
        .prepare_cached("SELECT bytes FROM blobs WHERE sha256 = ?1")?
        .query_row([sha256], |row| row.get(0))?;
    Ok(Bytes::from(bytes))
}
