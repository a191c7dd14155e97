//! The jobs of a provider's service that answer a batch, and which lines are in them.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Ledger, OpenLine, READ, SAVE, StoredBatch, now, open_line, sql};
use crate::error::Failure;
use crate::store::sqlite_error::failed;

/// The state of a job of which nothing more will come.
const COLLECTED: &str = "collected";

/// A part of a batch at a provider's service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchJob {
    /// `uploading`, `creating`, then the service's own words, and `collected` once its results are here or there are none.
    pub state: String,
    pub created: i64,
    /// The path of its requests.
    pub url: String,
    pub input_file_id: Option<String>,
    /// The service's id; `None` where no reply to its creation is known.
    pub service_id: Option<String>,
    pub output_file_id: Option<String>,
    pub error_file_id: Option<String>,
    key: i64,
}

impl BatchJob {
    /// Whether the service has it, as far as is known.
    pub fn is_created(&self) -> bool {
        self.service_id.is_some()
    }

    /// Whether nothing more will come of it.
    pub fn is_closed(&self) -> bool {
        self.state == COLLECTED
    }

    pub fn close(&mut self) {
        COLLECTED.clone_into(&mut self.state);
    }
}

impl Ledger {
    /// Begins a job for the pending lines from `seq` on, at most `most` of them, which are marked as sent in it.
    pub fn begin_job(&mut self, batch: &StoredBatch, seq: u64, most: u64) -> Result<BatchJob, Failure> {
        let created = now();
        let key = self.store.write(SAVE, |tx| {
            tx.execute(
                "INSERT INTO batch_jobs (batch, state, created, url) VALUES (?1, 'uploading', ?2, '')",
                params![batch.key, created],
            )?;
            let key = tx.last_insert_rowid();
            tx.execute(
                "UPDATE batch_lines SET state = 'sent', job = ?4 WHERE batch = ?1 AND seq IN
                 (SELECT seq FROM batch_lines WHERE batch = ?1 AND seq >= ?2 AND state = 'pending' ORDER BY seq LIMIT ?3)",
                params![batch.key, sql(seq), sql(most), key],
            )?;
            Ok(key)
        })?;
        Ok(BatchJob {
            state: "uploading".to_owned(),
            created,
            url: String::new(),
            input_file_id: None,
            service_id: None,
            output_file_id: None,
            error_file_id: None,
            key,
        })
    }

    /// Saves what is known of a job. One whose results are here stays so: another process may know less.
    pub fn save_job(&mut self, job: &BatchJob) -> Result<(), Failure> {
        self.store.write(SAVE, |tx| {
            tx.execute(
                "UPDATE batch_jobs SET state = ?2, input_file_id = ?3, service_id = ?4, output_file_id = ?5,
                 error_file_id = ?6, url = ?7 WHERE key = ?1 AND state <> ?8",
                params![
                    job.key,
                    job.state,
                    job.input_file_id,
                    job.service_id,
                    job.output_file_id,
                    job.error_file_id,
                    job.url,
                    COLLECTED
                ],
            )
            .map(|_| ())
        })
    }

    /// Whether the results of a job are here, whichever process collected them.
    pub fn is_collected(&self, job: &BatchJob) -> Result<bool, Failure> {
        let state = "SELECT state FROM batch_jobs WHERE key = ?1";
        let state = self
            .store
            .connection
            .query_row(state, [job.key], |row| row.get::<_, String>(0));
        Ok(state.map_err(failed(READ))? == COLLECTED)
    }

    /// The jobs of a batch, in the order of its lines.
    pub fn jobs(&self, batch: &StoredBatch) -> Result<Vec<BatchJob>, Failure> {
        let read = || {
            let mut statement = self.store.connection.prepare(
                "SELECT state, created, input_file_id, service_id, output_file_id, error_file_id, key, url
                 FROM batch_jobs WHERE batch = ?1 ORDER BY key",
            )?;
            let rows = statement.query_map([batch.key], |row| {
                Ok(BatchJob {
                    state: row.get(0)?,
                    created: row.get(1)?,
                    input_file_id: row.get(2)?,
                    service_id: row.get(3)?,
                    output_file_id: row.get(4)?,
                    error_file_id: row.get(5)?,
                    key: row.get(6)?,
                    url: row.get(7)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(failed(READ))
    }

    /// The first line at or after that place which was sent in a job and has no result.
    pub fn next_of_job(&self, batch: &StoredBatch, job: &BatchJob, from: u64) -> Result<Option<OpenLine>, Failure> {
        let read = || {
            self.store
                .connection
                .prepare_cached(
                    "SELECT seq, custom_id, url, body FROM batch_lines JOIN batch_requests USING (batch, seq)
                     WHERE batch = ?1 AND job = ?2 AND seq >= ?3 AND state = 'sent' ORDER BY seq LIMIT 1",
                )?
                .query_row(params![batch.key, job.key, sql(from)], open_line)
                .optional()
        };
        read().map_err(failed(READ))
    }

    /// The ids and places of the lines that were sent in a job and have no result, in the order of the input.
    pub fn ids_of_job(&self, batch: &StoredBatch, job: &BatchJob) -> Result<Vec<(String, u64)>, Failure> {
        let read = || {
            let mut statement = self.store.connection.prepare_cached(
                "SELECT custom_id, seq FROM batch_lines WHERE batch = ?1 AND job = ?2 AND state = 'sent' ORDER BY seq",
            )?;
            let rows = statement.query_map(params![batch.key, job.key], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(failed(READ))
    }

    /// Marks the lines of a job from that place on that have no result as pending.
    pub fn put_back_of_job(&mut self, batch: &StoredBatch, job: &BatchJob, from: u64) -> Result<(), Failure> {
        self.store.write(SAVE, |tx| put_back(tx, batch.key, job.key, sql(from)))
    }

    /// Forgets a job that the service does not have. Its lines are pending again.
    pub fn drop_job(&mut self, batch: &StoredBatch, job: &BatchJob) -> Result<(), Failure> {
        self.store.write(SAVE, |tx| {
            put_back(tx, batch.key, job.key, 0)?;
            tx.execute("DELETE FROM batch_jobs WHERE key = ?1", [job.key])
                .map(|_| ())
        })
    }
}

fn put_back(tx: &Transaction<'_>, batch: i64, job: i64, from: i64) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE batch_lines SET state = 'pending', job = NULL
         WHERE batch = ?1 AND job = ?2 AND seq >= ?3 AND state = 'sent'",
        [batch, job, from],
    )
    .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ledger::{BatchEntry, NewLine};

    #[test]
    fn a_job_whose_results_are_here_stays_so() {
        let folder = tempfile::tempdir().unwrap();
        let (mut ledger, _) = Ledger::open(folder.path()).unwrap();
        let entry = BatchEntry::sample(1);
        let line = NewLine {
            custom_id: "1".to_owned(),
            url: String::new(),
            body: "{}".to_owned(),
            cells: None,
        };
        let batch = ledger.begin(&entry, [Ok(line)].into_iter()).unwrap();
        let mut job = ledger.begin_job(&batch, 0, 1).unwrap();
        let mut stale = job.clone();
        assert!(!ledger.is_collected(&stale).unwrap());
        job.close();
        ledger.save_job(&job).unwrap();
        "completed".clone_into(&mut stale.state);
        ledger.save_job(&stale).unwrap();
        assert!(ledger.is_collected(&stale).unwrap());
    }
}
