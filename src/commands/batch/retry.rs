//! `qwen batch retry`: asks the failed lines again, and writes old and new answers together.

use super::{ask, conclude, poll};
use crate::app::App;
use crate::batch::{self, output};
use crate::cli::{BatchRetry, Globals};
use crate::error::Failure;
use crate::host::Host;
use crate::tr;

pub(super) async fn run(host: &Host, globals: &Globals, args: BatchRetry) -> anyhow::Result<()> {
    let writes_stdout = output::target(&args.output).is_none();
    let mut app = App::new(host, globals, None, writes_stdout)?;
    app.retry_policy = app.retry_policy.without_rate_limits();
    output::check(&args.output)?;
    let poll = poll(&app, args.service.poll)?;
    let mut open = batch::reopen(&app, &args.id, poll).await?;
    if open.ledger.lacks_requests(&open.batch)? {
        let failure = Failure::usage(tr!("the service does not give out the requests of this batch"));
        return Err(failure.hint(tr!("run their file again")).into());
    }
    if open.ledger.reopen_failed(&open.batch)? == 0 {
        app.notice(tr!("no line of this batch failed"));
    }
    ask(&app, &mut open, args.concurrency, poll, None).await?;
    conclude(&app, &open, &args.output, args.service.delete).await
}
