//! Jobs of the service that this machine did not make: another did, or its console.

use std::collections::HashSet;

use serde_json::Value;

use super::line_spool::LineSpool;
use super::poll::Poll;
use super::run_lock::RunLock;
use super::service;
use super::{OpenBatch, ledger};
use crate::app::App;
use crate::connection::{Connection, connect};
use crate::error::{Failure, Kind};
use crate::store::ledger::{BatchEngine, BatchEntry, NewLine};
use crate::text::Fingerprint;
use crate::tr;
use qwen_api::batches::{Batch, BatchResult, BatchStatus};
use qwen_api::{Error, ErrorKind};

/// A job that is not in the ledger.
pub struct ForeignJob {
    connection: Connection,
    pub job: Batch,
}

impl ForeignJob {
    /// Asks the provider for the job of that id; `None` where it has no batch service.
    pub(super) async fn find(app: &App<'_>, id: &str) -> anyhow::Result<Option<ForeignJob>> {
        let connection = app.or_cancelled(connect(app, false)).await?;
        let Ok(batches) = connection.client.batches() else {
            return Ok(None);
        };
        let found = app.or_cancelled(async { Ok::<_, Failure>(batches.retrieve(id).await) });
        let job = found.await?.map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                let provider = &connection.client.endpoint().provider;
                let failure = Failure::new(Kind::Refused, tr!("{} does not know the job {}", provider, id));
                failure
                    .hint(tr!(
                        "check the ID, the provider (-p) and the key; a job is deleted 30 days after its end"
                    ))
                    .into()
            }
            _ => connection.error(error),
        })?;
        Ok(Some(ForeignJob { connection, job }))
    }

    pub fn provider(&self) -> &str {
        &self.connection.client.endpoint().provider
    }

    /// What its owner called it, else the file with its requests.
    pub fn name(&self) -> &str {
        let named = self.job.metadata.get("ds_name").and_then(Value::as_str);
        named.unwrap_or(&self.job.input_file_id)
    }

    /// Fails with the errors of its file where the service refused it.
    pub fn check_not_refused(&self, app: &App<'_>) -> Result<(), Failure> {
        if self.job.status != BatchStatus::Failed {
            return Ok(());
        }
        for error in &self.job.errors {
            app.ui.print(service::said(error, None));
        }
        Err(service::refusal(&self.job))
    }

    /// Cancels it. Returns whether it ran.
    pub async fn cancel(&self, app: &App<'_>) -> anyhow::Result<bool> {
        if self.job.status.is_end() {
            return Ok(false);
        }
        let cancelled = async {
            let batches = self.connection.batches()?;
            service::cancel(&batches, &self.connection, &self.job.id).await
        };
        Ok(app.or_cancelled(cancelled).await?.1)
    }

    /// Takes the job into the ledger with its results, which are counted there. It has ended.
    pub async fn adopt(self, app: &App<'_>, poll: Poll) -> anyhow::Result<OpenBatch> {
        self.check_not_refused(app)?;
        if !self.job.status.is_end() {
            let counts = self.job.counts;
            return Err(not_ended(counts.completed + counts.failed, counts.total, &self.job.id).into());
        }
        let mut digest = Fingerprint::default();
        digest.add("job");
        digest.add(&self.connection.client.endpoint().base_url);
        digest.add(&self.job.id);
        let digest = digest.hex();
        let lock = RunLock::take(app, &digest).await?;
        let mut ledger = ledger(app)?;
        // An earlier run may have ended early.
        let batch = match ledger.find(&digest, false)? {
            Some(batch) => batch,
            None => {
                let mut lines = app.or_cancelled(self.lines()).await?;
                let entry = BatchEntry {
                    digest: &digest,
                    is_again: false,
                    name: self.name(),
                    provider: self.provider(),
                    engine: BatchEngine::Service,
                    total: lines.count,
                    columns: None,
                };
                ledger.begin(&entry, lines.spool.lines()?)?
            }
        };
        let job = ledger.jobs(&batch)?.into_iter().next();
        let mut job = match job {
            Some(job) => job,
            None => ledger.begin_job(&batch, 0, batch.total)?,
        };
        if !job.is_created() {
            job.url.clone_from(&self.job.endpoint);
            job.input_file_id = Some(self.job.input_file_id.clone()).filter(|id| !id.is_empty());
            service::take(&mut ledger, &mut job, &self.job)?;
        }
        let mut open = OpenBatch {
            connection: self.connection,
            ledger,
            batch,
            _lock: Some(lock),
        };
        open.look(app, poll).await?;
        Ok(open)
    }

    /// Its requests in their order, where the service gives out their file, as DashScope does not; else what its results tell
    /// of them, in theirs.
    async fn lines(&self) -> anyhow::Result<ForeignLines> {
        let batches = self.connection.batches()?;
        let failed = |error| self.connection.error(error);
        let mut lines = ForeignLines::new()?;
        let mut requests = batches.lines(&self.job.input_file_id);
        while let Some(line) = requests.next().await {
            match line {
                Ok(line) => lines.push_request(&line)?,
                Err(error) if lines.count == 0 && is_withheld(&error) => break,
                Err(error) => return Err(failed(error)),
            }
        }
        if lines.count > 0 {
            return Ok(lines);
        }
        for file in [&self.job.output_file_id, &self.job.error_file_id]
            .into_iter()
            .flatten()
        {
            let mut results = batches.lines(file);
            while let Some(line) = results.next().await {
                lines.push_result(&line.map_err(failed)?, &self.job.endpoint)?;
            }
        }
        Ok(lines)
    }
}

/// The failure of what needs a batch that has ended.
pub(super) fn not_ended(done: u64, total: u64, id: &str) -> Failure {
    Failure::other(tr!("the batch has not ended: {} of {} lines have results", done, total))
        .hint(tr!("`qwen batch status {}` shows how far it is", id))
}

/// Whether the service does not give out a file, rather than fails or is not reached.
fn is_withheld(error: &Error) -> bool {
    matches!(error.status(), Some(400 | 403 | 404 | 405 | 422))
}

/// The lines of a foreign job.
struct ForeignLines {
    spool: LineSpool,
    ids: HashSet<String>,
    count: u64,
}

impl ForeignLines {
    fn new() -> Result<ForeignLines, Failure> {
        Ok(ForeignLines {
            spool: LineSpool::new()?,
            ids: HashSet::new(),
            count: 0,
        })
    }

    fn push_request(&mut self, line: &[u8]) -> Result<(), Failure> {
        let line: Value = serde_json::from_slice(line).unwrap_or_default();
        let Some(id) = line["custom_id"].as_str() else {
            return Ok(());
        };
        let url = line["url"].as_str().unwrap_or_default();
        self.push(id, url, line["body"].to_string())
    }

    /// A result does not hold the body of its request.
    fn push_result(&mut self, line: &[u8], url: &str) -> Result<(), Failure> {
        match BatchResult::parse(line) {
            Some(result) => self.push(&result.custom_id, url, String::new()),
            None => Ok(()),
        }
    }

    fn push(&mut self, id: &str, url: &str, body: String) -> Result<(), Failure> {
        if !self.ids.insert(id.to_owned()) {
            return Ok(());
        }
        self.count += 1;
        self.spool.push(&NewLine {
            custom_id: id.to_owned(),
            url: url.to_owned(),
            body,
            cells: None,
        })
    }
}
