//! `qwen batch cancel`: cancels a batch at the provider's service.

use super::poll;
use crate::app::App;
use crate::batch;
use crate::batch::service::ServiceJobs;
use crate::cli::BatchCancel;
use crate::tr;

pub(super) async fn run(app: App<'_>, args: BatchCancel) -> anyhow::Result<()> {
    let poll = poll(&app, None)?;
    let mut open = batch::view(&app, &args.id).await?;
    let jobs = ServiceJobs {
        app: &app,
        connection: &open.connection,
        poll,
    };
    let cancelled = jobs.cancel(&mut open.ledger, &open.batch);
    app.notice(match app.or_cancelled(cancelled).await? {
        0 => tr!("nothing of this batch is running at the service"),
        _ => tr!(
            "cancelled; `qwen batch fetch {} -o FILE` gets what was answered",
            open.batch.id
        ),
    });
    Ok(())
}
