//! `qwen batch run`: asks all lines of a file, waits, and writes the answers.

use super::{ask, conclude, poll};
use crate::app::App;
use crate::batch::{self, output};
use crate::cli::{BatchRun, Globals};
use crate::host::Host;

pub(super) async fn run(host: &Host, globals: &Globals, args: BatchRun) -> anyhow::Result<()> {
    let generate = args.input.request.clone().into();
    let writes_stdout = output::target(&args.output).is_none();
    let mut app = App::new(host, globals, Some(&generate), writes_stdout)?;
    // The engine paces its requests itself.
    app.retry_policy = app.retry_policy.without_rate_limits();
    if let Some(amount) = args.max_cost {
        app.settings = app.settings.with_max_cost(amount);
    }
    output::check(&args.output)?;
    let poll = poll(&app, args.service.poll)?;
    let mut open = batch::open(&app, &args.input, args.engine.unwrap_or_default()).await?;
    open.connection.note_uncached(&app, args.cache.cache.is_some());
    let cache = app.cache(args.cache, false);
    ask(&app, &mut open, args.concurrency, poll, cache).await?;
    conclude(&app, &open, &args.output, args.service.delete).await
}
