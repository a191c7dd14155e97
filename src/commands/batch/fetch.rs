//! `qwen batch fetch`: writes the answers of a batch that has ended.

use super::{conclude, poll};
use crate::app::App;
use crate::batch::progress::BatchProgress;
use crate::batch::service::ServiceJobs;
use crate::batch::{self, output};
use crate::cli::{BatchFetch, Globals};
use crate::error::Failure;
use crate::host::Host;
use crate::tr;

pub(super) async fn run(host: &Host, globals: &Globals, args: BatchFetch) -> anyhow::Result<()> {
    let app = App::new(host, globals, None, output::target(&args.output).is_none())?;
    output::check(&args.output)?;
    let poll = poll(&app, None)?;
    let mut open = batch::view(&app, &args.id).await?;
    let jobs = ServiceJobs {
        app: &app,
        connection: &open.connection,
        poll,
    };
    let mut progress = BatchProgress::new(&app, open.ledger.counts(&open.batch)?);
    let look = jobs.look(&mut open.ledger, &open.batch, &mut progress);
    app.or_cancelled(look).await?;
    drop(progress);
    let counts = open.ledger.counts(&open.batch)?;
    if counts.open() > 0 {
        let done = counts.total() - counts.open();
        return Err(Failure::other(tr!(
            "the batch has not ended: {} of {} lines have results",
            done,
            counts.total()
        ))
        .hint(tr!("`qwen batch status {}` shows how far it is", open.batch.id))
        .into());
    }
    conclude(&app, &open, &args.output, args.delete).await
}
