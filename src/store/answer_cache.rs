//! Answers that are given again: a SQLite file of its own beside the conversations, shared by all processes.
//!
//! It holds nothing that cannot be asked for again. So it is not synchronised with the disk, and a damaged one is emptied.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::{Map, Value};

use super::files::{FileError, create_private};
use super::{now, sqlite_error};
use crate::error::Failure;
use crate::i18n::UiText;
use crate::text::{sha256_hex, sha256_hex_of};
use crate::tr;
use qwen_api::{Attachment, Block, ChatRequest, Client, Finish, HttpRequest, MediaSource, Reply};

/// The file inside the folder of the store.
const FILE: &str = "answers.db";

/// How long another process that writes is waited for.
const BUSY: Duration = Duration::from_secs(1);

/// The `user_version` of this layout. A file of another one is emptied.
const VERSION: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE answers (
    key      TEXT PRIMARY KEY,        -- SHA-256 of what decides the answer, in hexadecimal
    created  INTEGER NOT NULL,        -- milliseconds since 1970, UTC
    thinking TEXT NOT NULL,
    text     TEXT NOT NULL,
    usage    TEXT,                    -- JSON; NULL: the server counted nothing
    model    TEXT                     -- by the server's account
) STRICT;
CREATE INDEX answers_by_created ON answers (created);
";

/// Members of a request that do not change the answer.
const IRRELEVANT: &[&str] = &[
    "stream",
    "stream_options",
    // What `stream` is to DashScope's own API.
    "incremental_output",
    "user",
    "metadata",
    "store",
    "prompt_cache_key",
];

/// The member of a request to DashScope's own API that holds its parameters.
const PARAMETERS: &str = "parameters";

/// The most bytes that a row takes beside its texts.
const ROW: u64 = 1024;

/// The most bytes of an answer that is kept.
const MOST_KEPT: u64 = 16 << 20;

/// How a run uses the cache.
#[derive(Clone, Debug)]
pub struct CacheOptions {
    /// The folder of the store.
    pub dir: PathBuf,
    /// The age up to which an answer is given; `None` for any.
    pub max_age: Option<Duration>,
    /// Whether every answer is asked for anew, and kept.
    pub refreshes: bool,
    /// The most bytes of the file.
    pub limit: u64,
}

impl CacheOptions {
    /// The most bytes of an answer that is kept.
    pub fn most_kept(&self) -> u64 {
        self.limit.min(MOST_KEPT)
    }
}

/// The open cache.
#[derive(Debug)]
pub struct AnswerCache {
    connection: Connection,
    options: CacheOptions,
}

/// An answer from the cache.
#[derive(Clone, Debug)]
pub struct CachedReply {
    pub reply: Reply,
    /// When it was kept, in milliseconds since 1970.
    pub created: i64,
}

/// Whether the answer to `request` depends on nothing but the request, so that it can be given again.
pub fn is_cacheable(client: &Client, request: &ChatRequest) -> bool {
    let is_elsewhere = |block: &Block| match block {
        Block::Media(media) => matches!(&media.source, MediaSource::Url(url) if !url.starts_with("data:")),
        _ => false,
    };
    // A web account's requests hold the ids of chats and messages that exist once.
    !client.endpoint().protocol.has_account()
        && request.params.search != Some(true)
        && request.params.tools.is_empty()
        && !request
            .messages
            .iter()
            .any(|message| message.blocks.iter().any(is_elsewhere))
}

/// The key of the answer to `request`: provider, address and body, with the fingerprints of attachments. `None` where an
/// attachment cannot be read.
pub fn cache_key(client: &Client, request: &HttpRequest) -> Option<String> {
    let provider = client.endpoint().provider.as_str();
    // The demo has another port in each run.
    let address = if provider == "demo" { "" } else { &request.url };
    let mut text = Value::from(vec![provider, address]).to_string();
    let fingerprint = |attachment: &Attachment| sha256_hex_of(attachment.source.reader()?);
    let body = request.body.as_ref().map(|body| body.json_with(&fingerprint));
    if let Some(Value::Object(body)) = body.transpose().ok()? {
        write_members(&body, &mut text);
    }
    Some(sha256_hex(text.as_bytes()))
}

fn write_members(members: &Map<String, Value>, out: &mut String) {
    for (name, value) in members {
        match value {
            _ if IRRELEVANT.contains(&name.as_str()) => {}
            Value::Object(inner) if name == PARAMETERS => write_members(inner, out),
            _ => {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push_str(&value.to_string());
            }
        }
    }
}

/// Whether a reply came whole by itself, of the model alone.
fn is_keepable(reply: &Reply) -> bool {
    reply.finish == Some(Finish::Stop)
        && reply.has_text()
        && reply.evicted == Default::default()
        && reply.search.is_empty()
        && reply.tool_calls.is_empty()
}

impl AnswerCache {
    /// Opens the cache, creating it where it is missing. `None` where it cannot be used; the notice says why.
    pub fn open(options: &CacheOptions, notices: &mut Vec<UiText>) -> Option<AnswerCache> {
        match open(&options.dir, notices) {
            Ok(connection) => Some(AnswerCache {
                connection,
                options: options.clone(),
            }),
            Err(failure) => {
                notices.push(tr!("{}", failure));
                None
            }
        }
    }

    /// The answer of that key, where it is not too old.
    pub fn get(&mut self, key: &str, notices: &mut Vec<UiText>) -> Option<CachedReply> {
        if self.options.refreshes {
            return None;
        }
        let oldest = match self.options.max_age {
            Some(age) => now().saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX)),
            None => i64::MIN,
        };
        self.with(notices, |connection| select(connection, key, oldest))
            .flatten()
    }

    /// Keeps a reply in place of an older one, where it is one to be given again.
    pub fn put(&mut self, key: &str, reply: &Reply, notices: &mut Vec<UiText>) {
        let size = (reply.text.len() + reply.reasoning.len()) as u64;
        if is_keepable(reply) && size <= self.options.most_kept() {
            let limit = self.options.limit;
            self.with(notices, |connection| insert(connection, key, reply, size + ROW, limit));
        }
    }

    /// Removes all answers from the cache in `dir`, if there is one.
    pub fn clear(dir: &Path) -> Result<(), Failure> {
        let path = dir.join(FILE);
        if !path.exists() {
            return Ok(());
        }
        let cleared = connect(&path).and_then(|mut connection| empty(&mut connection));
        cleared.map_err(|error| failure(&error))
    }

    /// Runs `work`, and once more on an emptied cache where it turned out to be damaged. A failure is a notice.
    fn with<T>(
        &mut self,
        notices: &mut Vec<UiText>,
        work: impl Fn(&mut Connection) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let connection = &mut self.connection;
        let done = match work(connection) {
            Err(error) if sqlite_error::is_damage(&error) => {
                notices.push(emptied());
                empty(connection).and_then(|()| work(connection))
            }
            done => done,
        };
        done.map_err(|error| notices.push(tr!("{}", failure(&error)))).ok()
    }
}

fn failure(error: &rusqlite::Error) -> Failure {
    Failure::other(tr!("cannot use the answer cache: {}", error.to_string()))
}

fn emptied() -> UiText {
    tr!("the answer cache was damaged and has been emptied")
}

fn open(dir: &Path, notices: &mut Vec<UiText>) -> Result<Connection, Failure> {
    let path = dir.join(FILE);
    create_private(dir, &path).map_err(FileError::into_failure)?;
    let mut opened = || -> rusqlite::Result<Connection> {
        let mut connection = connect(&path)?;
        match version(&connection) {
            Ok(VERSION) => {}
            Ok(0) => create(&mut connection)?,
            Ok(_) => empty(&mut connection)?,
            Err(error) if sqlite_error::is_damage(&error) => {
                notices.push(emptied());
                empty(&mut connection)?;
            }
            Err(error) => return Err(error),
        }
        connection.pragma_update(None, "synchronous", "off")?;
        // Negative means KiB.
        connection.pragma_update(None, "cache_size", -512)?;
        Ok(connection)
    };
    opened().map_err(|error| failure(&error))
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Makes the file an empty cache, whatever it was. Another process that has it open uses the empty one from then on.
fn empty(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, true)?;
    let reset = connection.execute_batch("vacuum");
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, false)?;
    reset?;
    create(connection)
}

/// Makes an empty file a cache.
fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    // The file becomes shorter when answers are removed.
    connection.pragma_update(None, "auto_vacuum", "full")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    if version(&transaction)? != VERSION {
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()
}

fn select(connection: &Connection, key: &str, oldest: i64) -> rusqlite::Result<Option<CachedReply>> {
    let query = "SELECT created, thinking, text, usage, model FROM answers WHERE key = ?1 AND created >= ?2";
    let read = |row: &rusqlite::Row<'_>| {
        let usage: Option<String> = row.get(3)?;
        Ok(CachedReply {
            created: row.get(0)?,
            reply: Reply {
                reasoning: row.get(1)?,
                text: row.get(2)?,
                usage: usage.and_then(|json| serde_json::from_str(&json).ok()),
                model: row.get(4)?,
                finish: Some(Finish::Stop),
                ..Reply::default()
            },
        })
    };
    connection.query_row(query, params![key, oldest], read).optional()
}

fn insert(connection: &mut Connection, key: &str, reply: &Reply, size: u64, limit: u64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute("DELETE FROM answers WHERE key = ?1", [key])?;
    let remove_oldest = "DELETE FROM answers WHERE rowid = (SELECT rowid FROM answers ORDER BY created, rowid LIMIT 1)";
    while bytes_in_use(&transaction)?.saturating_add(size) > limit {
        if transaction.execute(remove_oldest, [])? == 0 {
            return transaction.commit();
        }
    }
    let usage = reply.usage.and_then(|usage| serde_json::to_string(&usage).ok());
    transaction.execute(
        "INSERT INTO answers (key, created, thinking, text, usage, model) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![key, now(), reply.reasoning, reply.text, usage, reply.model],
    )?;
    transaction.commit()
}

fn bytes_in_use(transaction: &Transaction<'_>) -> rusqlite::Result<u64> {
    let pragma = |name: &str| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = pragma("page_count")? - pragma("freelist_count")?;
    Ok(pages.unsigned_abs() * pragma("page_size")?.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use qwen_api::Method;
    use serde_json::json;

    use super::*;

    fn key(body: &Value) -> Option<String> {
        let client = Client::builder().api_key("sk-test-key").build().unwrap();
        let request = HttpRequest {
            method: Method::Post,
            url: "https://models.example/v1/chat/completions".to_owned(),
            headers: Vec::new(),
            body: Some(body.clone().into()),
        };
        cache_key(&client, &request)
    }

    #[test]
    fn what_cannot_change_the_answer_is_no_part_of_the_key() {
        let plain = json!({"model": "m", "messages": [], "parameters": {"seed": 7}});
        for name in IRRELEVANT {
            let mut other = plain.clone();
            other[*name] = json!({"any": true});
            other[PARAMETERS][*name] = true.into();
            assert_eq!(key(&other), key(&plain), "{name}");
        }
        for (name, value) in [
            ("model", json!("n")),
            ("messages", json!([1])),
            ("n", json!({"user": 1})),
        ] {
            let mut other = plain.clone();
            other[name] = value;
            assert_ne!(key(&other), key(&plain), "{name}");
        }
        // A message may hold members of these names.
        let said = |stream: u32| json!({"messages": [{"stream": stream}]});
        assert_ne!(key(&said(1)), key(&said(2)));
        let seed = |seed: u32| json!({"parameters": {"seed": seed}});
        assert_ne!(key(&seed(1)), key(&seed(2)));
    }
}
