//! `qwen batch cancel`: cancels a batch at the provider's service.

use super::poll;
use crate::app::App;
use crate::batch::service::ServiceJobs;
use crate::batch::{self, FoundBatch};
use crate::cli::BatchCancel;
use crate::tr;

pub(super) async fn run(app: &App<'_>, args: BatchCancel) -> anyhow::Result<()> {
    let poll = poll(app, None)?;
    let (id, has_run) = match batch::find(app, &args.id).await? {
        FoundBatch::Known(mut open) => {
            let jobs = ServiceJobs {
                app,
                connection: &open.connection,
                poll,
            };
            let cancelled = jobs.cancel(&mut open.ledger, &open.batch);
            let cancelled = app.or_cancelled(cancelled).await?;
            (open.batch.id, cancelled > 0)
        }
        FoundBatch::Foreign(job) => (job.job.id.clone(), job.cancel(app).await?),
    };
    app.notice(match has_run {
        false => tr!("nothing of this batch is running at the service"),
        true => tr!("cancelled; `qwen batch fetch {} -o FILE` gets what was answered", id),
    });
    Ok(())
}
