//! The engine `batch`: lines in files, answered by the provider's batch service.
//!
//! What is known of a job is in the ledger before the next step: its lines before its file is uploaded, the file before the
//! job is created, the job before it is looked at. A job whose creation got no reply is looked for among all of the service
//! before it is created again.

mod submission;

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::collect::collect;
use super::goes_on;
use super::poll::Poll;
use super::progress::{BatchProgress, ticks};
use crate::app::App;
use crate::cancel::Cancel;
use crate::connection::Connection;
use crate::error::{Failure, Kind};
use crate::i18n::{UiText, quoted};
use crate::report;
use crate::store::ledger::{BatchEngine, BatchJob, Ledger, StoredBatch};
use crate::tr;
use qwen_api::batches::{Batch, BatchError, BatchStatus, Batches};
use qwen_api::{Error, ErrorKind};

/// How long a second Ctrl-C is waited for.
const SECOND_CTRL_C: Duration = Duration::from_secs(3);
/// How long a cancellation may take.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(10);

/// The jobs of batches at a provider's service.
pub struct ServiceJobs<'a> {
    pub app: &'a App<'a>,
    pub connection: &'a Connection,
    /// The waits between two looks at a job.
    pub poll: Poll,
}

impl ServiceJobs<'_> {
    /// Waits for the jobs of a batch, and where this is its engine makes jobs of its pending lines before.
    pub async fn run(
        &self,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        progress: &mut BatchProgress,
    ) -> anyhow::Result<()> {
        let mut cancel = self.app.cancel.clone();
        let work = async {
            match batch.engine {
                BatchEngine::Service => self.make_jobs(ledger, batch, progress).await?,
                BatchEngine::Realtime | BatchEngine::BatchChat => self.find_jobs(ledger, batch).await?,
            }
            self.settle(ledger, batch, progress).await
        };
        let kind = tokio::select! {
            biased;
            kind = cancel.next() => kind,
            done = work => return done,
        };
        Err(self.interrupted(kind, ledger, batch, progress, &mut cancel).await)
    }

    /// Makes jobs of all pending lines, and leaves.
    pub async fn submit(
        &self,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        progress: &mut BatchProgress,
    ) -> anyhow::Result<()> {
        self.app.or_cancelled(self.make_jobs(ledger, batch, progress)).await
    }

    /// Looks for the jobs that an earlier run may have created. The lines of those that the service does not have are pending
    /// again.
    async fn find_jobs(&self, ledger: &mut Ledger, batch: &StoredBatch) -> anyhow::Result<()> {
        for mut job in ledger.jobs(batch)?.into_iter().filter(|job| !job.is_created()) {
            match self.found(&job).await? {
                Some(found) => take(ledger, &mut job, &found)?,
                None => ledger.drop_job(batch, &job)?,
            }
        }
        Ok(())
    }

    /// The job that was made of the file of this one.
    async fn found(&self, job: &BatchJob) -> anyhow::Result<Option<Batch>> {
        let Some(file) = &job.input_file_id else {
            return Ok(None);
        };
        let found = self.connection.batches()?.list_of_file(file).await;
        Ok(found.map_err(|error| self.connection.error(error))?.into_iter().next())
    }

    /// Waits until all jobs have ended and their results are in the ledger.
    async fn settle(
        &self,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        progress: &mut BatchProgress,
    ) -> anyhow::Result<()> {
        let mut poll = self.poll;
        let mut outage = None;
        let mut ticks = ticks();
        loop {
            let mut failed = None;
            let missed = |error: Error| {
                failed.get_or_insert(error);
                Ok(())
            };
            self.look_at_all(ledger, batch, progress, missed).await?;
            if let Some(error) = failed.as_ref().filter(|error| outage != Some(error.kind())) {
                let why = report::describe(&self.connection.error(error.clone())).message;
                progress.notice(tr!(
                    "cannot look at the job: {}; it goes on, and is looked at again",
                    why
                ));
            }
            outage = failed.map(|error| error.kind());
            if ledger.jobs(batch)?.iter().all(BatchJob::is_closed) {
                return Ok(());
            }
            let until = Instant::now() + poll.wait();
            loop {
                tokio::select! {
                    biased;
                    () = sleep_until(until) => break,
                    _ = ticks.tick() => progress.tick(),
                }
            }
        }
    }

    /// Looks once at the jobs that had not ended. Returns those that have not, and collects the results of the others.
    pub async fn look(
        &self,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        progress: &mut BatchProgress,
    ) -> anyhow::Result<Vec<Batch>> {
        let fails = |error| Err(self.connection.error(error));
        self.look_at_all(ledger, batch, progress, fails).await
    }

    /// The same. `missed` decides what an error means that the next look may not meet.
    async fn look_at_all(
        &self,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        progress: &mut BatchProgress,
        mut missed: impl FnMut(Error) -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<Batch>> {
        let jobs = ledger.jobs(batch)?;
        if jobs.iter().all(BatchJob::is_closed) {
            return Ok(Vec::new());
        }
        let batches = self.connection.batches()?;
        let mut running = Vec::new();
        for mut job in jobs.into_iter().filter(|job| !job.is_closed()) {
            let job = &mut job;
            let Some(id) = job.service_id.clone() else { continue };
            let found = match batches.retrieve(&id).await {
                Ok(found) => found,
                Err(error) => {
                    if error.kind() == ErrorKind::NotFound {
                        ledger.clear_again(batch)?;
                    }
                    missed(self.passing(&id, error)?)?;
                    continue;
                }
            };
            progress.show_phase(if found.status.is_end() {
                ""
            } else {
                found.status.as_str()
            });
            take(ledger, job, &found)?;
            match found.status {
                BatchStatus::Failed => return Err(self.refused(ledger, batch, progress, job, &found)?.into()),
                ref status if status.is_end() => {
                    match collect(&batches, &self.connection.meter, ledger, batch, job, status, progress).await? {
                        Ok(()) => {}
                        // Results that cannot be read now cannot be read later.
                        Err(error) if error.kind() == ErrorKind::MalformedResponse => {
                            return Err(self.connection.error(error));
                        }
                        // Another process has collected it meanwhile, and deleted its files.
                        Err(_) if ledger.is_collected(job)? => {}
                        Err(error) => missed(self.passing(&id, error)?)?,
                    }
                }
                _ => running.push(found),
            }
        }
        progress.at_service(&running);
        Ok(running)
    }

    /// Returns an error that the next look may not meet. Fails where the job is gone or the key is refused.
    fn passing(&self, id: &str, error: Error) -> anyhow::Result<Error> {
        match error.kind() {
            ErrorKind::NotFound => {
                let gone = Failure::new(Kind::Refused, tr!("the service does not know the job {} any more", id));
                Err(gone
                    .hint(tr!(
                        "a job is deleted 30 days after its end; `qwen batch run --again` asks its lines anew"
                    ))
                    .into())
            }
            ErrorKind::Authentication | ErrorKind::InvalidInput => Err(self.connection.error(error)),
            _ => Ok(error),
        }
    }

    /// Names the errors of a file that the service refused. Its lines are pending again, since none was asked.
    fn refused(
        &self,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        progress: &BatchProgress,
        job: &mut BatchJob,
        found: &Batch,
    ) -> Result<Failure, Failure> {
        let ids = ledger.ids_of_job(batch, job)?;
        for error in &found.errors {
            let at = error.line.and_then(|line| usize::try_from(line).ok()?.checked_sub(1));
            let id = at.and_then(|at| ids.get(at)).map(|(id, _)| id.as_str());
            progress.print(said(error, id));
        }
        ledger.put_back_of_job(batch, job, 0)?;
        job.close();
        ledger.save_job(job)?;
        Ok(refusal(found))
    }

    /// Leaves the jobs running, or cancels them after a second Ctrl-C.
    async fn interrupted(
        &self,
        kind: Kind,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        progress: &BatchProgress,
        cancel: &mut Cancel,
    ) -> anyhow::Error {
        let is_running = |job: &BatchJob| job.is_created() && !job.is_closed();
        let jobs = match ledger.jobs(batch) {
            Ok(jobs) => jobs,
            Err(failure) => return failure.into(),
        };
        let failure = Failure::stopped(kind).hint(goes_on());
        if kind != Kind::Interrupted || !jobs.iter().any(is_running) {
            return failure.into();
        }
        progress.print(tr!(
            "the batch goes on; `qwen batch fetch {} -o FILE` gets its answers, the same command waits for them; Ctrl-C cancels it",
            batch.id
        ));
        tokio::select! {
            biased;
            _ = cancel.next() => match tokio::time::timeout(CANCEL_TIMEOUT, self.cancel(ledger, batch)).await {
                Ok(Ok(_)) => Failure::stopped(kind).hint(tr!("the batch is cancelled")).into(),
                Ok(Err(error)) => error,
                Err(_) => failure.into(),
            },
            () = sleep(SECOND_CTRL_C) => Failure::stopped(kind).into(),
        }
    }

    /// Cancels the jobs that have not ended. Returns how many there were.
    pub async fn cancel(&self, ledger: &mut Ledger, batch: &StoredBatch) -> anyhow::Result<usize> {
        let batches = self.connection.batches()?;
        let mut cancelled = 0;
        for mut job in ledger.jobs(batch)?.into_iter().filter(|job| !job.is_closed()) {
            if job.service_id.is_none()
                && let Some(found) = self.found(&job).await?
            {
                take(ledger, &mut job, &found)?;
            }
            let Some(id) = job.service_id.clone() else { continue };
            let (found, has_run) = cancel(&batches, self.connection, &id).await?;
            take(ledger, &mut job, &found)?;
            cancelled += usize::from(has_run);
        }
        Ok(cancelled)
    }
}

/// Cancels a job. The second value is whether it still ran.
pub(super) async fn cancel(batches: &Batches<'_>, connection: &Connection, id: &str) -> anyhow::Result<(Batch, bool)> {
    let error = match batches.cancel(id).await {
        Ok(found) => return Ok((found, true)),
        Err(error) => error,
    };
    // One that has ended is refused.
    let found = batches.retrieve(id).await.map_err(|error| connection.error(error))?;
    match found.status.is_end() {
        true => Ok((found, false)),
        false => Err(connection.error(error)),
    }
}

/// An error of a file that the service refused, for the user. `id` is that of its line, where it is known.
pub(super) fn said(error: &BatchError, id: Option<&str>) -> UiText {
    let mut said = UiText::foreign(&error.message);
    if let Some(code) = &error.code {
        said = tr!("{} ({})", said, code);
    }
    if let Some(id) = id {
        said = tr!("{}: {}", quoted(id), said);
    }
    match error.line {
        Some(line) => tr!("line {}: {}", line, said),
        None => said,
    }
}

/// The failure for a job whose file the service refused.
pub(super) fn refusal(job: &Batch) -> Failure {
    Failure::new(
        Kind::Refused,
        tr!("the batch service refused the lines; none was asked"),
    )
    .hint(tr!("the job is {}", job.id))
}

/// Deletes the files of the jobs whose results are here.
pub async fn delete_files(
    app: &App<'_>,
    connection: &Connection,
    ledger: &Ledger,
    batch: &StoredBatch,
) -> anyhow::Result<()> {
    let jobs = ledger.jobs(batch)?;
    let closed = jobs.iter().filter(|job| job.is_closed());
    let files = closed.flat_map(|job| [&job.input_file_id, &job.output_file_id, &job.error_file_id]);
    let files: Vec<&String> = files.flatten().collect();
    if files.is_empty() {
        return Ok(());
    }
    let batches = connection.batches()?;
    for file in files {
        if let Err(error) = batches.delete_file(file).await {
            let why = report::describe(&connection.error(error)).message;
            app.notice(tr!("cannot delete {} on the service: {}", file, why));
        }
    }
    Ok(())
}

/// Keeps what the service says of a job.
pub(super) fn take(ledger: &mut Ledger, job: &mut BatchJob, found: &Batch) -> Result<(), Failure> {
    let before = job.clone();
    found.status.as_str().clone_into(&mut job.state);
    job.service_id = Some(found.id.clone());
    job.output_file_id.clone_from(&found.output_file_id);
    job.error_file_id.clone_from(&found.error_file_id);
    match *job == before {
        true => Ok(()),
        false => ledger.save_job(job),
    }
}
