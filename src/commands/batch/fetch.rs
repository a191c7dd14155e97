//! `qwen batch fetch`: writes the answers of a batch that has ended.

use super::{conclude, look};
use crate::app::App;
use crate::batch::output;
use crate::cli::{BatchFetch, Globals};
use crate::error::Failure;
use crate::host::Host;
use crate::tr;

pub(super) async fn run(host: &Host, globals: &Globals, args: BatchFetch) -> anyhow::Result<()> {
    let app = App::new(host, globals, None, output::target(&args.output).is_none())?;
    output::check(&args.output)?;
    let (open, _) = look(&app, &args.id).await?;
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
