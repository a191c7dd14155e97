//! `qwen batch submit`: gives a file to the provider's batch service, and prints the batch's id.

use super::poll;
use crate::app::App;
use crate::batch;
use crate::batch::progress::BatchProgress;
use crate::batch::service::ServiceJobs;
use crate::cli::{BatchInput, EngineChoice, Globals};
use crate::host::Host;
use crate::term::out::write_out;

pub(super) async fn run(host: &Host, globals: &Globals, args: BatchInput) -> anyhow::Result<()> {
    let generate = args.request.clone().into();
    let app = App::new(host, globals, Some(&generate), true)?;
    let poll = poll(&app, None)?;
    let mut open = batch::open(&app, &args, EngineChoice::Batch).await?;
    app.or_cancelled(open.allow_cost()).await?;
    let jobs = ServiceJobs {
        app: &app,
        connection: &open.connection,
        poll,
    };
    let mut progress = BatchProgress::new(&app, open.ledger.counts(&open.batch)?);
    jobs.submit(&mut open.ledger, &open.batch, &mut progress).await?;
    drop(progress);
    Ok(write_out(&open.batch.id)?)
}
