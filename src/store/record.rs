//! Rows, and the values they are read into. Pure: no statement is run here.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use rusqlite::Row;
use rusqlite::types::Type;
use serde::{Deserialize, Serialize};

use super::blocks;
use qwen_api::{Finish, Message, Remote, Role, SearchResult, Usage};

/// The id of a message. It is never used again, not even after its conversation was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct MessageId(pub(super) i64);

impl MessageId {
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A conversation without its messages. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// 26 characters, sorting by time.
    pub id: String,
    /// The name that the user gave it, unique in the store.
    pub name: Option<String>,
    /// One line, from the first message. Foreign text: not cleaned for a terminal.
    pub title: String,
    pub created: i64,
    pub updated: i64,
    /// Provider, model and system message of the latest exchange.
    pub provider: String,
    pub model: String,
    pub system: Option<String>,
    /// The last message of the current branch; `None` when all of them were undone.
    pub head: Option<MessageId>,
    /// Messages from the first to the head, other branches not counted.
    pub messages: u64,
    /// The working directory in which it was begun.
    pub cwd: Option<String>,
    pub(super) key: i64,
}

impl Conversation {
    /// Its name, else its title.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.title)
    }
}

/// Whether a message is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    Complete,
    /// An answer that failed, was stopped, or is still being written.
    Cut,
}

/// Why an answer is incomplete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutReason {
    /// [`crate::error::Kind::name`] of the failure.
    pub kind: String,
    pub message: String,
}

/// A stored message with its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredMessage {
    pub id: MessageId,
    pub parent: Option<MessageId>,
    pub message: Message,
    pub state: MessageState,
    /// `None` for a cut answer whose process was killed or is still writing.
    pub cut: Option<CutReason>,
    pub created: i64,
    /// The provider and the model of an answer; `None` for the user's messages.
    pub provider: Option<String>,
    pub model: Option<String>,
    pub finish: Option<Finish>,
    pub usage: Option<Usage>,
    pub time_to_first_token_ms: Option<u64>,
    pub duration_ms: Option<u64>,
    pub request_id: Option<String>,
    pub remote: Remote,
    pub search: Vec<SearchResult>,
}

impl StoredMessage {
    /// Whether it is an answer that failed before it had any content. Such a one is not sent to a model again.
    pub fn is_empty(&self) -> bool {
        self.message.blocks.is_empty()
    }
}

/// A message's row, before the attached bytes are read.
#[derive(Debug)]
pub(super) struct MessageRow {
    pub(super) message: StoredMessage,
    /// The key of its conversation.
    pub(super) conversation: i64,
    pub(super) depth: i64,
    /// Otherwise, and when the row is full, its text may continue in `pieces`.
    pub(super) is_complete: bool,
    pub(super) text: String,
    pub(super) thinking: String,
    blocks: Option<String>,
}

/// A column of text. Bytes that are not UTF-8, changed by a failing disk, are replaced and the rest is kept.
pub(super) fn text_ref<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<Option<Cow<'a, str>>> {
    let bytes = row.get_ref(column)?.as_bytes_or_null();
    let bytes = bytes.map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))?;
    Ok(bytes.map(String::from_utf8_lossy))
}

fn text_if_any(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(text_ref(row, column)?.map(Cow::into_owned))
}

pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(text_if_any(row, column)?.unwrap_or_default())
}

/// Reads the columns of `select_conversation!`.
pub(super) fn conversation(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        id: text(row, 0)?,
        name: text_if_any(row, 1)?,
        title: text(row, 2)?,
        created: row.get(3)?,
        updated: row.get(4)?,
        provider: text(row, 5)?,
        model: text(row, 6)?,
        head: row.get::<_, Option<i64>>(7)?.map(MessageId),
        messages: unsigned(row.get(8)?),
        cwd: text_if_any(row, 9)?,
        system: text_if_any(row, 10)?,
        key: row.get(11)?,
    })
}

impl MessageRow {
    /// Reads the columns of [`super::schema::SELECT_MESSAGE`].
    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
        let state = text(row, 4)?;
        let kind = text_if_any(row, 9)?;
        let failure = text_if_any(row, 10)?;
        let role = text(row, 3)?;
        let message = StoredMessage {
            id: MessageId(row.get(0)?),
            parent: row.get::<_, Option<i64>>(1)?.map(MessageId),
            message: Message::new(
                if role == "assistant" {
                    Role::Assistant
                } else {
                    Role::User
                },
                Vec::new(),
            ),
            state: if state == "complete" {
                MessageState::Complete
            } else {
                MessageState::Cut
            },
            cut: kind.map(|kind| CutReason {
                kind,
                message: failure.unwrap_or_default(),
            }),
            created: row.get(5)?,
            provider: text_if_any(row, 6)?,
            model: text_if_any(row, 7)?,
            finish: text_if_any(row, 8)?.map(|word| Finish::from_word(&word)),
            usage: usage(row)?,
            time_to_first_token_ms: row.get::<_, Option<i64>>(16)?.map(unsigned),
            duration_ms: row.get::<_, Option<i64>>(17)?.map(unsigned),
            request_id: text_if_any(row, 18)?,
            remote: from_json(text_if_any(row, 19)?),
            search: from_json(text_if_any(row, 20)?),
        };
        Ok(MessageRow {
            message,
            conversation: row.get(24)?,
            depth: row.get(2)?,
            is_complete: state == "complete",
            text: text(row, 21)?,
            thinking: text(row, 22)?,
            blocks: text_if_any(row, 23)?,
        })
    }

    /// The message; `bytes_of` reads an attachment by its SHA-256.
    pub(super) fn whole<E>(self, bytes_of: impl FnMut(&str) -> Result<Bytes, E>) -> Result<StoredMessage, E> {
        let mut message = self.message;
        message.message.blocks = match self.blocks {
            // Blocks of a kind that this version does not know: the text column has their text.
            Some(json) => match serde_json::from_str(&json) {
                Ok(packed) => blocks::unpack(packed, bytes_of)?,
                Err(_) => blocks::plain(self.thinking, self.text),
            },
            None => blocks::plain(self.thinking, self.text),
        };
        Ok(message)
    }
}

fn usage(row: &Row<'_>) -> rusqlite::Result<Option<Usage>> {
    let Some(input) = row.get::<_, Option<i64>>(11)? else {
        return Ok(None);
    };
    let count = |column: usize| row.get::<_, Option<i64>>(column).map(|n| unsigned(n.unwrap_or(0)));
    Ok(Some(Usage {
        input_tokens: unsigned(input),
        output_tokens: count(12)?,
        total_tokens: count(13)?,
        reasoning_tokens: count(14)?,
        cached_tokens: count(15)?,
        audio_tokens: count(25)?,
        image_tokens: count(26)?,
        video_tokens: count(27)?,
    }))
}

pub(super) fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// A count as SQLite's signed integer, capped at its maximum.
pub(super) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A column of JSON that only this program writes; the default when it cannot be read, such as one of a newer version.
fn from_json<T: Default + for<'a> Deserialize<'a>>(json: Option<String>) -> T {
    json.and_then(|json| serde_json::from_str(&json).ok())
        .unwrap_or_default()
}
