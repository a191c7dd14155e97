//! The ledger of batches: their lines, how far each is, and the jobs of a provider's service that answer them.
//!
//! A line's state is committed before it is sent, and its result before it counts as answered: whatever ends the process,
//! no line is asked again that was answered.

mod jobs;
mod results;
mod values;

use std::path::Path;

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::sqlite_error::failed;
use super::{Store, conversation_id, now};
use crate::error::Failure;
use crate::i18n::{StaticText, UiText};
use crate::{tr, tr_static};
use qwen_api::Usage;

pub use jobs::BatchJob;
pub use values::{
    BatchEngine, BatchEntry, BatchLineState, LineCharge, LineCounts, LineResult, NewLine, OpenLine, OutputLine,
    StoredBatch,
};

const SAVE: StaticText = tr_static!("save the batch");
const READ: StaticText = tr_static!("read the batch");

/// The time after which a batch without open lines is forgotten: as long as DashScope keeps the results of one.
const KEPT: i64 = 30 * 24 * 60 * 60 * 1000;

/// The open ledger. Several processes may have it open.
#[derive(Debug)]
pub struct Ledger {
    store: Store,
}

impl Ledger {
    /// Opens the ledger in the store of `dir`. The second value is notices for the user.
    pub fn open(dir: &Path) -> Result<(Ledger, Vec<UiText>), Failure> {
        let (store, notices) = Store::open(dir)?;
        if store.is_read_only() {
            return Err(
                Failure::other(tr!("cannot {}: the store of conversations cannot be written to", SAVE))
                    .hint(tr!("set QWEN_CLI_HOME to another folder")),
            );
        }
        Ok((Ledger { store }, notices))
    }

    /// The newest batch of that digest; with `is_again` only one that was begun so, was stopped, and is not to be given up
    /// ([`Ledger::clear_again`]): what it was answered is not paid twice.
    pub fn find(&self, digest: &str, is_again: bool) -> Result<Option<StoredBatch>, Failure> {
        let found = self.batches("WHERE digest = ?1 ORDER BY key DESC LIMIT 1", [digest])?;
        let Some(batch) = found.into_iter().next() else {
            return Ok(None);
        };
        if !is_again {
            return Ok(Some(batch));
        }
        let was_again = self
            .store
            .connection
            .query_row("SELECT is_again FROM batches WHERE key = ?1", [batch.key], |row| {
                row.get::<_, bool>(0)
            })
            .map_err(failed(READ))?;
        let is_open = was_again && self.counts(&batch)?.open() > 0;
        Ok(is_open.then_some(batch))
    }

    /// Begins a batch, all of its lines pending, in one transaction. Batches that were done long ago are forgotten.
    pub fn begin(
        &mut self,
        new: &BatchEntry<'_>,
        lines: impl Iterator<Item = Result<NewLine, Failure>>,
    ) -> Result<StoredBatch, Failure> {
        let id = conversation_id::new();
        let tx = self.store.connection.transaction().map_err(failed(SAVE))?;
        let mut fault = None;
        let written = (|| {
            forget(&tx)?;
            let now = now();
            tx.execute(
                "INSERT INTO batches (id, digest, is_again, name, provider, engine, created, updated, total, columns)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)",
                params![
                    id,
                    new.digest,
                    new.is_again,
                    new.name,
                    new.provider,
                    new.engine.as_str(),
                    now,
                    sql(new.total),
                    new.columns.map(json),
                ],
            )?;
            let key = tx.last_insert_rowid();
            let mut state =
                tx.prepare("INSERT INTO batch_lines (batch, seq, custom_id, state) VALUES (?1, ?2, ?3, 'pending')")?;
            let mut request =
                tx.prepare("INSERT INTO batch_requests (batch, seq, url, body, cells) VALUES (?1, ?2, ?3, ?4, ?5)")?;
            for (seq, line) in (0_i64..).zip(lines) {
                let line = match line {
                    Ok(line) => line,
                    Err(failure) => {
                        fault = Some(failure);
                        return Err(rusqlite::Error::ExecuteReturnedResults);
                    }
                };
                state.execute(params![key, seq, line.custom_id])?;
                let cells = line.cells.as_deref().map(json);
                request.execute(params![key, seq, line.url, line.body, cells])?;
            }
            Ok(())
        })();
        let committed = written.and_then(|()| tx.commit());
        match (committed, fault) {
            (Ok(()), _) => self.by_own_id(&id),
            (Err(_), Some(failure)) => Err(failure),
            (Err(error), None) => Err(failed(SAVE)(error)),
        }
    }

    /// The batch of that id: ours, the beginning or the end of it, or the service's for one of its jobs.
    pub fn find_id(&self, id: &str) -> Result<Option<StoredBatch>, Failure> {
        let of_service = "WHERE key IN (SELECT batch FROM batch_jobs WHERE service_id = ?1)";
        let mut found = self.batches(of_service, [id])?;
        if let Some(part) = conversation_id::normalize(id).filter(|_| found.is_empty()) {
            found = self.batches("WHERE id LIKE ?1 || '%' LIMIT 2", [&part])?;
            if found.is_empty() && part.len() >= conversation_id::MIN_END {
                found = self.batches("WHERE id LIKE '%' || ?1 LIMIT 2", [&part])?;
            }
        }
        match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => Err(Failure::usage(tr!("more than one batch has an id like '{}'", id))
                .hint(tr!("`qwen batch list` shows their ids"))),
        }
    }

    fn by_own_id(&self, id: &str) -> Result<StoredBatch, Failure> {
        let found = self.batches("WHERE id = ?1", [id])?.pop();
        found.ok_or_else(|| failed(READ)(rusqlite::Error::QueryReturnedNoRows))
    }

    /// Whether it has the form of an id of ours, or of a part of one.
    pub fn may_be_own(id: &str) -> bool {
        conversation_id::normalize(id).is_some()
    }

    /// All batches, the newest first.
    pub fn all(&self) -> Result<Vec<StoredBatch>, Failure> {
        self.batches("ORDER BY key DESC", [])
    }

    fn batches(&self, rest: &str, params: impl rusqlite::Params) -> Result<Vec<StoredBatch>, Failure> {
        let read = || {
            let columns =
                "SELECT key, id, name, provider, engine, created, updated, total, columns, digest FROM batches";
            let mut statement = self.store.connection.prepare(&format!("{columns} {rest}"))?;
            let rows = statement.query_map(params, batch)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(failed(READ))
    }

    /// Lets the next run with `--again` begin another batch instead of continuing this one.
    pub fn clear_again(&mut self, batch: &StoredBatch) -> Result<(), Failure> {
        self.store.write(SAVE, |tx| {
            tx.execute("UPDATE batches SET is_again = 0 WHERE key = ?1", [batch.key])
                .map(|_| ())
        })
    }

    /// Changes how the open lines are asked.
    pub fn set_engine(&mut self, batch: &StoredBatch, engine: BatchEngine) -> Result<(), Failure> {
        self.store.write(SAVE, |tx| {
            tx.execute(
                "UPDATE batches SET engine = ?2 WHERE key = ?1",
                params![batch.key, engine.as_str()],
            )
            .map(|_| ())
        })
    }

    pub fn counts(&self, batch: &StoredBatch) -> Result<LineCounts, Failure> {
        let read = || {
            let mut statement = self.store.connection.prepare(
                "SELECT state, count(*), total(input_tokens), total(output_tokens), total(cached_tokens)
                 FROM batch_lines WHERE batch = ?1 GROUP BY state",
            )?;
            let mut rows = statement.query([batch.key])?;
            let mut counts = LineCounts::default();
            while let Some(row) = rows.next()? {
                let count = row.get::<_, i64>(1)?.unsigned_abs();
                match BatchLineState::from_word(&row.get::<_, String>(0)?) {
                    BatchLineState::Pending => counts.pending = count,
                    BatchLineState::Sent => counts.sent = count,
                    BatchLineState::Failed => counts.failed = count,
                    BatchLineState::Answered => {
                        counts.answered = count;
                        let tokens = |column| row.get::<_, f64>(column).map(|sum| sum as u64);
                        let (input, output) = (tokens(2)?, tokens(3)?);
                        counts.usage = Usage {
                            input_tokens: input,
                            output_tokens: output,
                            total_tokens: input + output,
                            cached_tokens: tokens(4)?,
                            ..Usage::default()
                        };
                    }
                }
            }
            Ok(counts)
        };
        read().map_err(failed(READ))
    }

    /// The first pending line at or after that place.
    pub fn next_pending(&self, batch: &StoredBatch, from: u64) -> Result<Option<OpenLine>, Failure> {
        let read = || {
            self.store
                .connection
                .prepare_cached(
                    "SELECT seq, custom_id, url, body FROM batch_lines JOIN batch_requests USING (batch, seq)
                     WHERE batch = ?1 AND seq >= ?2 AND state = 'pending' ORDER BY seq LIMIT 1",
                )?
                .query_row(params![batch.key, sql(from)], open_line)
                .optional()
        };
        read().map_err(failed(READ))
    }

    /// Marks a line as sent, before its request leaves.
    pub fn mark_sent(&mut self, batch: &StoredBatch, seq: u64) -> Result<(), Failure> {
        self.store
            .write(SAVE, |tx| set_state(tx, batch.key, seq, BatchLineState::Sent))
    }

    /// Marks a line as pending again, whose request was not answered.
    pub fn put_back(&mut self, batch: &StoredBatch, seq: u64) -> Result<(), Failure> {
        self.store
            .write(SAVE, |tx| set_state(tx, batch.key, seq, BatchLineState::Pending))
    }

    /// Marks the lines as pending that a process sent and got no answer for, but for those in a job.
    pub fn put_back_all(&mut self, batch: &StoredBatch) -> Result<(), Failure> {
        self.store.write(SAVE, |tx| {
            tx.execute(
                "UPDATE batch_lines SET state = 'pending' WHERE batch = ?1 AND state = 'sent' AND job IS NULL",
                [batch.key],
            )
            .map(|_| ())
        })
    }

    /// Whether the bodies of requests are missing: the service did not give out those of a job that was made elsewhere.
    pub fn lacks_requests(&self, batch: &StoredBatch) -> Result<bool, Failure> {
        let statement = "SELECT EXISTS (SELECT 1 FROM batch_requests WHERE batch = ?1 AND body = '')";
        let lacks = self
            .store
            .connection
            .query_row(statement, [batch.key], |row| row.get(0));
        lacks.map_err(failed(READ))
    }

    /// Marks the failed lines as pending and drops their results. Returns how many there were.
    pub fn reopen_failed(&mut self, batch: &StoredBatch) -> Result<usize, Failure> {
        self.store.write(SAVE, |tx| {
            tx.execute(
                "DELETE FROM batch_results WHERE batch = ?1 AND seq IN
                 (SELECT seq FROM batch_lines WHERE batch = ?1 AND state = 'failed')",
                [batch.key],
            )?;
            tx.execute(
                "UPDATE batch_lines SET state = 'pending', job = NULL WHERE batch = ?1 AND state = 'failed'",
                [batch.key],
            )
        })
    }
}

/// Forgets the batches that were done long ago.
fn forget(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute(
        "DELETE FROM batches WHERE updated < ?1 AND NOT EXISTS
         (SELECT 1 FROM batch_lines WHERE batch = key AND state IN ('pending', 'sent'))",
        [now().saturating_sub(KEPT)],
    )
    .map(|_| ())
}

fn set_state(tx: &Transaction<'_>, batch: i64, seq: u64, state: BatchLineState) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE batch_lines SET state = ?3 WHERE batch = ?1 AND seq = ?2")?
        .execute(params![batch, sql(seq), state.as_str()])
        .map(|_| ())
}

fn batch(row: &Row<'_>) -> rusqlite::Result<StoredBatch> {
    let columns: Option<String> = row.get(8)?;
    Ok(StoredBatch {
        key: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        provider: row.get(3)?,
        engine: BatchEngine::from_word(&row.get::<_, String>(4)?),
        created: row.get(5)?,
        updated: row.get(6)?,
        total: row.get::<_, i64>(7)?.unsigned_abs(),
        columns: columns.and_then(|json| serde_json::from_str(&json).ok()),
        digest: row.get(9)?,
    })
}

fn open_line(row: &Row<'_>) -> rusqlite::Result<OpenLine> {
    Ok(OpenLine {
        seq: row.get::<_, i64>(0)?.unsigned_abs(),
        custom_id: row.get(1)?,
        url: row.get(2)?,
        body: row.get(3)?,
    })
}

fn json(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

fn sql(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
