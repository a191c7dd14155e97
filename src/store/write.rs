//! Writing an exchange: the user's message, the answer while it grows, its end.

use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::record::{self, MessageId, StoredMessage};
use super::schema::newest;
use super::sqlite_error::{failed, is_index_damage};
use super::title::title;
use super::{Store, blocks, conversation_id, now, pieces, search_index};
use crate::error::Failure;
use crate::i18n::StaticText;
use crate::{tr, tr_static};
use qwen_api::{Block, Message, Reply, Role};

/// Where a message is added.
#[derive(Clone, Copy, Debug)]
pub enum Placement<'a> {
    /// As the first of a new conversation.
    New {
        /// The working directory.
        cwd: Option<&'a str>,
    },
    After {
        conversation: &'a str,
        /// The message before it; `None` makes it another first message.
        parent: Option<MessageId>,
    },
}

/// The provider and the model that a request goes to.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub provider: &'a str,
    pub model: &'a str,
    /// The system message, from here on that of the conversation.
    pub system: Option<&'a str>,
}

/// What was committed before a request.
#[derive(Debug)]
pub struct Exchange {
    pub conversation: String,
    /// The user's message.
    pub question: MessageId,
    pub answer: PendingAnswer,
}

/// An answer that is being written. Without [`Store::finish`] it stays as a cut one.
#[derive(Debug)]
pub struct PendingAnswer {
    id: MessageId,
    /// How many bytes of the reply's text and reasoning are in the store.
    text: usize,
    reasoning: usize,
    /// How often the reply had been restarted by then.
    restarts: u32,
}

impl PendingAnswer {
    pub fn id(&self) -> MessageId {
        self.id
    }
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome<'a> {
    /// Why the answer is incomplete; `None` when it is complete.
    pub failure: Option<&'a Failure>,
    pub time_to_first_token: Option<Duration>,
    pub duration: Duration,
    /// Whether the handle of the server's conversation is left out, since that is deleted.
    pub forgets_handle: bool,
}

const SAVE_MESSAGE: StaticText = tr_static!("save the message");
const SAVE_ANSWER: StaticText = tr_static!("save the answer");

impl Store {
    /// Stores the blocks of a message again, whose files are at other addresses now.
    pub fn rewrite_blocks(&mut self, id: MessageId, message: &Message) -> Result<(), Failure> {
        let columns = blocks::columns(message)
            .map_err(|error| Failure::other(tr!("cannot {}: {}", SAVE_MESSAGE, error.to_string())))?;
        self.write(SAVE_MESSAGE, |tx| {
            tx.prepare_cached("UPDATE messages SET blocks = ?2 WHERE id = ?1")?
                .execute(params![id.0, columns.blocks])
        })?;
        Ok(())
    }

    /// Stores the user's message and an empty answer. To be called before the request is sent.
    pub fn begin(&mut self, place: Placement<'_>, target: &Target<'_>, message: &Message) -> Result<Exchange, Failure> {
        let columns = blocks::columns(message)
            .map_err(|error| Failure::other(tr!("cannot {}: {}", SAVE_MESSAGE, error.to_string())))?;
        self.write(SAVE_MESSAGE, |tx| {
            let now = now();
            let (key, conversation, parent) = match place {
                Placement::New { cwd } => {
                    let id = conversation_id::new();
                    (
                        insert_conversation(tx, &id, &title(message), cwd, target, now)?,
                        id,
                        None,
                    )
                }
                Placement::After { conversation, parent } => (key(tx, conversation)?, conversation.to_owned(), parent),
            };
            let parent_depth = match parent.map(|parent| resolve(tx, parent)).transpose()? {
                Some((home, depth)) if home == key => depth,
                // A message of another conversation cannot be answered here.
                Some(_) => return Err(rusqlite::Error::QueryReturnedNoRows),
                None => 0,
            };
            tx.prepare_cached(
                "INSERT INTO messages (conversation, parent, depth, role, state, created, text, thinking, blocks)
                 VALUES (?1, ?2, ?3, ?4, 'complete', ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                key,
                parent.map(|parent| parent.0),
                parent_depth + 1,
                message.role.as_str(),
                now,
                columns.text,
                columns.thinking,
                columns.blocks,
            ])?;
            let question = MessageId(tx.last_insert_rowid());
            search_index::enqueue(tx, question)?;
            insert_blobs(tx, question, &columns.blobs)?;
            let answer = insert_answer(tx, key, question, parent_depth + 2, target, now)?;
            Ok(Exchange {
                conversation,
                question,
                answer,
            })
        })
    }

    /// Adds an empty answer to a message that is in the store. The answers it has stay as branches.
    pub fn begin_regeneration(&mut self, question: MessageId, target: &Target<'_>) -> Result<PendingAnswer, Failure> {
        self.write(SAVE_ANSWER, |tx| {
            let (key, depth) = tx
                .prepare_cached("SELECT conversation, depth FROM messages WHERE id = ?1")?
                .query_row([question.0], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
            insert_answer(tx, key, question, depth + 1, target, now())
        })
    }

    /// Adds an answer that begins with the text of a cut one; the reply then holds only what is new. The cut one stays,
    /// but is no longer a branch.
    pub fn begin_continuation(&mut self, cut: MessageId, target: &Target<'_>) -> Result<PendingAnswer, Failure> {
        self.write(SAVE_ANSWER, |tx| {
            let (key, depth) = resolve(tx, cut)?;
            let parent = tx
                .prepare_cached("SELECT parent FROM messages WHERE id = ?1")?
                .query_row([cut.0], |row| row.get(0))?;
            let answer = insert_answer(tx, key, MessageId(parent), depth, target, now())?;
            tx.execute(
                "UPDATE messages SET (continues, text, thinking, search) =
                     (SELECT id, text, thinking, search FROM messages WHERE id = ?2) WHERE id = ?1",
                params![answer.id.0, cut.0],
            )?;
            pieces::copy(tx, cut, answer.id)?;
            Ok(answer)
        })
    }

    /// Commits what the reply has and the store does not. The cost is that of the new text, however long the answer is.
    /// After a failure the next call tries all of it again. The reply may evict what is in the store.
    pub fn append(&mut self, answer: &mut PendingAnswer, reply: &Reply) -> Result<(), Failure> {
        let is_void = answer.restarts != reply.restarts;
        let (kept_text, kept_reasoning) = if is_void {
            (0, 0)
        } else {
            (answer.text, answer.reasoning)
        };
        let new_text = kept_text.saturating_sub(reply.evicted.text);
        let new_reasoning = kept_reasoning.saturating_sub(reply.evicted.reasoning);
        let text = reply.text.get(new_text..).unwrap_or_default();
        let reasoning = reply.reasoning.get(new_reasoning..).unwrap_or_default();
        if text.is_empty() && reasoning.is_empty() && !is_void {
            return Ok(());
        }
        let id = answer.id;
        self.write(SAVE_ANSWER, |tx| {
            if is_void {
                tx.prepare_cached("DELETE FROM pieces WHERE message = ?1")?
                    .execute([id.0])?;
            }
            pieces::insert(tx, id, "thinking", reasoning)?;
            pieces::insert(tx, id, "text", text)
        })?;
        answer.text = reply.evicted.text + reply.text.len();
        answer.reasoning = reply.evicted.reasoning + reply.reasoning.len();
        answer.restarts = reply.restarts;
        Ok(())
    }

    /// Copies the part of an answer that another store has to the beginning of this one, which is empty yet.
    pub fn carry_over(
        &mut self,
        answer: &mut PendingAnswer,
        before: &PendingAnswer,
        said: &StoredMessage,
    ) -> Result<(), Failure> {
        // The continuation of a cut answer has the text before it already.
        let own = self.message(answer.id)?.message.plain_text();
        let text = said.message.plain_text();
        let thoughts = said.message.blocks.iter().filter_map(|block| match block {
            Block::Thinking(thoughts) => Some(thoughts.as_str()),
            _ => None,
        });
        let reply = Reply {
            text: text.get(own.len()..).unwrap_or_default().to_owned(),
            reasoning: thoughts.collect(),
            restarts: before.restarts,
            ..Reply::default()
        };
        answer.restarts = before.restarts;
        self.append(answer, &reply)
    }

    /// Stores the end of an answer, complete or cut, and makes it the head of its conversation. Returns the head:
    /// another answer to the same message when this one failed before it had any text.
    pub fn finish(
        &mut self,
        answer: &mut PendingAnswer,
        reply: &Reply,
        outcome: &Outcome<'_>,
    ) -> Result<MessageId, Failure> {
        self.append(answer, reply)?;
        let id = answer.id;
        let remote = (!reply.remote.is_empty() && !outcome.forgets_handle)
            .then(|| serde_json::to_string(&reply.remote).ok())
            .flatten();
        let search = (!reply.search.is_empty())
            .then(|| serde_json::to_string(&reply.search).ok())
            .flatten();
        let usage = reply.usage.as_ref();
        let count = |part: fn(&qwen_api::Usage) -> u64| usage.map(|usage| record::signed(part(usage)));
        self.write(SAVE_ANSWER, |tx| {
            let (key, depth) = pieces::fold(tx, id)?;
            tx.prepare_cached(
                "UPDATE messages SET state = ?2, model = coalesce(?3, model), finish = ?4, failure_kind = ?5,
                     failure = ?6, input_tokens = ?7, output_tokens = ?8, total_tokens = ?9, reasoning_tokens = ?10,
                     cached_tokens = ?11, first_token_ms = ?12, duration_ms = ?13, request_id = ?14, remote = ?15,
                     search = coalesce(?16, search), audio_tokens = ?17, image_tokens = ?18, video_tokens = ?19
                 WHERE id = ?1",
            )?
            .execute(params![
                id.0,
                if outcome.failure.is_none() { "complete" } else { "cut" },
                reply.model,
                reply.finish.as_ref().map(|finish| finish.as_str()),
                outcome.failure.map(|failure| failure.kind.name()),
                outcome.failure.map(|failure| failure.message.to_string()),
                count(|u| u.input_tokens),
                count(|u| u.output_tokens),
                count(|u| u.total_tokens),
                count(|u| u.reasoning_tokens),
                count(|u| u.cached_tokens),
                outcome.time_to_first_token.map(milliseconds),
                milliseconds(outcome.duration),
                reply.request_id,
                remote,
                search,
                count(|u| u.audio_tokens),
                count(|u| u.image_tokens),
                count(|u| u.video_tokens),
            ])?;
            search_index::index(tx, id)?;
            let head = match outcome.failure {
                Some(_) => best_answer(tx, id)?,
                None => id,
            };
            tx.prepare_cached(concat!(
                "UPDATE conversations SET head = ?2, messages = ?3, updated = ?4, ",
                newest!(),
                " WHERE key = ?1"
            ))?
            .execute(params![key, head.0, depth, now()])?;
            Ok(head)
        })
    }

    /// Runs `work` in a transaction that takes the write lock at its beginning, so that another process cannot make it
    /// fail halfway.
    pub(super) fn write<T>(
        &mut self,
        what: StaticText,
        work: impl Fn(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Failure> {
        let run = || -> rusqlite::Result<T> {
            let tx = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
            let value = work(&tx)?;
            tx.commit()?;
            Ok(value)
        };
        let done = match run() {
            // The search index can be rebuilt from the messages.
            Err(error) if is_index_damage(&error) => search_index::rebuild(&self.connection).and_then(|()| run()),
            done => done,
        };
        done.map_err(failed(what))
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn insert_conversation(
    tx: &Connection,
    id: &str,
    title: &str,
    cwd: Option<&str>,
    target: &Target<'_>,
    now: i64,
) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "INSERT INTO conversations (id, title, created, updated, provider, model, messages, cwd)
         VALUES (?1, ?2, ?3, ?3, ?4, ?5, 0, ?6)",
    )?
    .execute(params![id, title, now, target.provider, target.model, cwd])?;
    Ok(tx.last_insert_rowid())
}

pub(super) fn key(tx: &Connection, conversation: &str) -> rusqlite::Result<i64> {
    tx.prepare_cached("SELECT key FROM conversations WHERE id = ?1")?
        .query_row([conversation], |row| row.get(0))
}

/// Inserts an empty answer and makes it the head of the conversation, so that the next process continues there when
/// this one is killed.
fn insert_answer(
    tx: &Connection,
    key: i64,
    question: MessageId,
    depth: i64,
    target: &Target<'_>,
    now: i64,
) -> rusqlite::Result<PendingAnswer> {
    tx.prepare_cached(
        "INSERT INTO messages (conversation, parent, depth, role, state, created, provider, model, text)
         VALUES (?1, ?2, ?3, ?4, 'streaming', ?5, ?6, ?7, '')",
    )?
    .execute(params![
        key,
        question.0,
        depth,
        Role::Assistant.as_str(),
        now,
        target.provider,
        target.model
    ])?;
    let id = MessageId(tx.last_insert_rowid());
    search_index::enqueue(tx, id)?;
    tx.prepare_cached(concat!(
        "UPDATE conversations SET head = ?2, messages = ?3, updated = ?4, provider = ?5, model = ?6, system = ?7, ",
        newest!(),
        " WHERE key = ?1"
    ))?
    .execute(params![
        key,
        id.0,
        depth,
        now,
        target.provider,
        target.model,
        target.system
    ])?;
    Ok(PendingAnswer {
        id,
        text: 0,
        reasoning: 0,
        restarts: 0,
    })
}

fn insert_blobs(tx: &Connection, message: MessageId, blobs: &[(String, bytes::Bytes)]) -> rusqlite::Result<()> {
    for (sha256, bytes) in blobs {
        tx.prepare_cached("INSERT OR IGNORE INTO blobs (sha256, bytes) VALUES (?1, ?2)")?
            .execute(params![sha256, bytes.as_ref()])?;
        tx.prepare_cached("INSERT OR IGNORE INTO uses (message, sha256) VALUES (?1, ?2)")?
            .execute(params![message.0, sha256])?;
    }
    Ok(())
}

/// This answer if it has text, else the newest answer to the same message that has, else this one.
fn best_answer(tx: &Connection, id: MessageId) -> rusqlite::Result<MessageId> {
    let best: Option<i64> = tx
        .prepare_cached(
            "SELECT max(other.id) FROM messages me JOIN messages other ON other.parent = me.parent
             WHERE me.id = ?1 AND me.text = '' AND me.thinking IS NULL
                 AND other.role = me.role AND other.text <> ''",
        )?
        .query_row([id.0], |row| row.get(0))?;
    Ok(best.map_or(id, MessageId))
}

/// The key of a message's conversation and the message's depth, before another message is added to it. A message that
/// is still streaming becomes a cut one: most likely its process was killed. If it was not, nothing is lost: what it
/// adds comes after that text, and its end is stored as any other.
pub(super) fn resolve(tx: &Connection, id: MessageId) -> rusqlite::Result<(i64, i64)> {
    let (key, depth, is_streaming) = tx
        .prepare_cached("SELECT conversation, depth, state = 'streaming' FROM messages WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, bool>(2)?)))?;
    if is_streaming {
        pieces::fold(tx, id)?;
        tx.execute("UPDATE messages SET state = 'cut' WHERE id = ?1", [id.0])?;
        search_index::index(tx, id)?;
    }
    Ok((key, depth))
}
