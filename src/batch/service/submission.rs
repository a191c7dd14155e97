//! Lines on their way to the batch service: the file of a job, its upload, its creation.

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::sleep;

use super::{ServiceJobs, take};
use crate::batch::engine::realtime;
use crate::batch::goes_on;
use crate::batch::job_file::{JobFile, request_line};
use crate::batch::local_files::LocalFiles;
use crate::batch::progress::BatchProgress;
use crate::error::{Failure, join_hints};
use crate::messages;
use crate::report;
use crate::store::ledger::{BatchJob, Ledger, OpenLine, StoredBatch};
use crate::text::grouped;
use crate::tr;
use qwen_api::batches::{Batch, MAX_LINES, NewBatch};
use qwen_api::error::{Cause, Rejection};
use qwen_api::{Error, ErrorKind, Notice};

/// How long refusals for too many requests are waited out.
const PATIENCE: Duration = Duration::from_secs(900);
/// The most characters of a job's name on DashScope.
const MAX_NAME: usize = 100;

impl ServiceJobs<'_> {
    /// Makes jobs of all pending lines, and of those that a killed run had sent by itself.
    pub(super) async fn make_jobs(
        &self,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        progress: &mut BatchProgress,
    ) -> anyhow::Result<()> {
        ledger.put_back_all(batch)?;
        for job in ledger.jobs(batch)?.into_iter().filter(|job| !job.is_created()) {
            self.make_job(ledger, batch, progress, job).await?;
        }
        while let Some(first) = ledger.next_pending(batch, 0)? {
            let job = ledger.begin_job(batch, first.seq, MAX_LINES as u64)?;
            self.make_job(ledger, batch, progress, job).await?;
        }
        Ok(())
    }

    /// Brings a job as far as it is created.
    async fn make_job(
        &self,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        progress: &mut BatchProgress,
        mut job: BatchJob,
    ) -> anyhow::Result<()> {
        progress.show_phase("uploading");
        // An earlier run may have created it.
        let may_exist = job.input_file_id.is_some();
        let file = match job.input_file_id.clone() {
            Some(file) => file,
            None => self.upload(ledger, batch, progress, &mut job).await?,
        };
        let mut new = NewBatch::new(file);
        new.endpoint.clone_from(&job.url);
        if self.is_dashscope() {
            let name = batch.name.rsplit(['/', '\\']).next().unwrap_or_default();
            let name: String = name.chars().take(MAX_NAME).collect();
            new.metadata = Map::from_iter([("ds_name".to_owned(), Value::from(name))]);
        }
        let created = self.create(progress, &new, may_exist).await;
        let created = created.map_err(|error| self.connection.error(error))?;
        Ok(take(ledger, &mut job, &created)?)
    }

    /// Uploads the file of a job, and keeps its id.
    async fn upload(
        &self,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        progress: &BatchProgress,
        job: &mut BatchJob,
    ) -> anyhow::Result<String> {
        let notice = |notice: Notice| progress.notice(messages::notice(&notice, &self.connection.context));
        let batches = self.connection.batches()?.with_notices(&notice);
        // A batch service does not resolve the addresses of uploads.
        let files = LocalFiles::new(self.app, self.connection, false);
        let text_of = async |line: &OpenLine| request_line(&files, line).await;
        let written = JobFile::write(ledger, batch, job, batches.max_file(), text_of).await;
        let file = match written {
            Ok(file) => file,
            Err(error) => {
                ledger.drop_job(batch, job)?;
                return Err(error);
            }
        };
        if file.long > 0 && self.is_dashscope() {
            progress.notice(tr!(
                "lines over 1 MB: {}; the batch service may refuse them",
                grouped(file.long, ',')
            ));
        }
        let uploaded = batches.upload(&file.upload(&format!("{}.jsonl", batch.id)), &()).await;
        match uploaded {
            Ok(id) => {
                job.input_file_id = Some(id.clone());
                job.url = file.url;
                "creating".clone_into(&mut job.state);
                ledger.save_job(job)?;
                Ok(id)
            }
            Err(error) if is_missing(&error) => {
                ledger.drop_job(batch, job)?;
                Err(self.lacks_service().into())
            }
            Err(error) => Err(self.not_uploaded(&file, error).into()),
        }
    }

    fn is_dashscope(&self) -> bool {
        self.connection.client.endpoint().native().is_some()
    }

    /// The failure for a file that the service did not take. It stays in the ledger, to be uploaded again.
    fn not_uploaded(&self, file: &JobFile, error: Error) -> Failure {
        let hint = match error.cause() {
            Cause::Rejected(Rejection::TooLarge) => Some(tr!(
                "put the lines into several files; `qwen batch run --engine realtime` asks them one by one"
            )),
            _ => None,
        };
        let failure = report::describe(&self.connection.error(error));
        Failure {
            message: tr!(
                "cannot upload the file of the batch ({}): {}",
                file.extent(),
                failure.message
            ),
            hint: hint.or(join_hints(failure.hint, Some(goes_on()))),
            ..failure
        }
    }

    fn lacks_service(&self) -> Failure {
        let provider = &self.connection.client.endpoint().provider;
        Failure::usage(tr!("{} has no batch service", provider)).hint(realtime())
    }

    /// Creates a job, but not before it was looked for, unless it cannot exist yet.
    async fn create(&self, progress: &BatchProgress, new: &NewBatch, mut may_exist: bool) -> Result<Batch, Error> {
        let notice = |notice: Notice| progress.notice(messages::notice(&notice, &self.connection.context));
        let batches = self.connection.client.batches()?.with_notices(&notice);
        let policy = self.app.retry_policy;
        let (mut poll, mut failures, mut waited) = (self.poll, 0, Duration::ZERO);
        loop {
            if may_exist && let Some(found) = batches.list_of_file(&new.input_file_id).await?.into_iter().next() {
                return Ok(found);
            }
            let error = match batches.create(new).await {
                Ok(created) => return Ok(created),
                Err(error) => error,
            };
            let wait = error.retry_after().unwrap_or_else(|| poll.wait());
            failures += 1;
            waited += wait;
            let may_wait = match error.kind() {
                ErrorKind::RateLimit if !policy.bounds_rate_limits => waited <= PATIENCE,
                _ => error.is_retryable() && failures <= policy.retries,
            };
            if !may_wait {
                return Err(error);
            }
            may_exist = true;
            let why = report::describe(&self.connection.error(error)).message;
            progress.notice(tr!("the job may not have been created: {}; looking for it", why));
            sleep(wait).await;
        }
    }
}

/// Whether the server has no such path.
fn is_missing(error: &Error) -> bool {
    matches!(error.status(), Some(404 | 405 | 501))
}
