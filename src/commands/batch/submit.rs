//! `qwen batch submit`: gives a file to the provider's batch service, and prints the batch's id.

use super::poll;
use crate::app::App;
use crate::batch;
use crate::batch::progress::BatchProgress;
use crate::batch::service::ServiceJobs;
use crate::cli::{BatchInput, EngineChoice, Globals};
use crate::host::Host;
use crate::term::out::write_out;
use crate::tr;

pub(super) async fn run(host: &Host, globals: &Globals, args: BatchInput) -> anyhow::Result<()> {
    let generate = args.request.clone().into();
    let app = App::new(host, globals, Some(&generate), true)?;
    let poll = poll(&app, None)?;
    let mut open = batch::open(&app, &args, EngineChoice::Batch).await?;
    let counts = open.ledger.counts(&open.batch)?;
    let done = counts.total() - counts.open();
    if counts.open() == 0 {
        app.notice(tr!(
            "all lines were asked before: `qwen batch fetch {} -o FILE` writes the answers, --again asks anew",
            open.batch.id
        ));
    } else if open.is_submitted()? {
        app.notice(tr!("the lines were submitted before"));
    } else if done > 0 {
        app.notice(tr!("{} of {} lines were done before", done, counts.total()));
    }
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
