//! `qwen batch fetch`: writes the answers of a batch that has ended.

use super::{conclude, poll};
use crate::app::App;
use crate::batch::{self, FoundBatch, output};
use crate::cli::{BatchFetch, Globals};
use crate::host::Host;

pub(super) async fn run(host: &Host, globals: &Globals, args: BatchFetch) -> anyhow::Result<()> {
    let app = App::new(host, globals, None, output::target(&args.output).is_none())?;
    output::check(&args.output)?;
    let poll = poll(&app, None)?;
    let open = match batch::find(&app, &args.id).await? {
        FoundBatch::Known(mut open) => {
            open.look(&app, poll).await?;
            *open
        }
        FoundBatch::Foreign(job) => job.adopt(&app, poll).await?,
    };
    open.check_ended()?;
    conclude(&app, &open, &args.output, args.delete).await
}
