//! `qwen batch`: many prompts from a file.

mod retry;
mod run;

use std::cell::RefCell;

use crate::app::App;
use crate::batch::realtime::Realtime;
use crate::batch::{OpenBatch, output, progress::BatchProgress};
use crate::cli::{BatchCommand, BatchOutput, Globals};
use crate::error::{Failure, Kind};
use crate::host::Host;
use crate::store::answer_cache::{AnswerCache, CacheOptions};
use crate::tr;

/// Requests at a time where the user says nothing.
const CONCURRENCY: usize = 8;

pub(super) async fn run(host: &Host, globals: &Globals, command: BatchCommand) -> anyhow::Result<()> {
    match command {
        BatchCommand::Run(args) => run::run(host, globals, *args).await,
        BatchCommand::Retry(args) => retry::run(host, globals, args).await,
    }
}

/// Asks the open lines one by one.
async fn ask(
    app: &App<'_>,
    open: &mut OpenBatch,
    concurrency: Option<usize>,
    cache: Option<CacheOptions>,
) -> anyhow::Result<()> {
    let counts = open.ledger.counts(&open.batch)?;
    if counts.open() == 0 {
        app.notice(tr!("all lines were asked before; --again asks anew"));
        return Ok(());
    }
    let done = counts.total() - counts.open();
    if done > 0 {
        app.notice(tr!("{} of {} lines were done before", done, counts.total()));
    }
    app.or_cancelled(open.allow_cost()).await?;
    let mut notices = Vec::new();
    let cache = cache.and_then(|options| AnswerCache::open(&options, &mut notices));
    app.notices(&notices);
    let engine = Realtime {
        app,
        connection: &open.connection,
        concurrency: concurrency.unwrap_or(CONCURRENCY),
        cache: cache.map(RefCell::new),
    };
    let mut progress = BatchProgress::new(app, counts);
    engine.run(&mut open.ledger, &open.batch, &mut progress).await
}

/// Writes the results. Fails where some lines did.
fn conclude(open: &OpenBatch, output: &BatchOutput) -> anyhow::Result<()> {
    output::write(&open.ledger, &open.batch, output)?;
    let counts = open.ledger.counts(&open.batch)?;
    if counts.failed == 0 {
        return Ok(());
    }
    let failure = Failure::new(
        Kind::SomeFailed,
        tr!("{} of {} lines failed", counts.failed, counts.total()),
    );
    let again = tr!("`qwen batch retry {}` asks them again", open.batch.id);
    let beside = output::target(output).and_then(output::failed_beside);
    Err(failure
        .hint(match beside {
            Some(beside) => tr!("they are in {}; {}", beside.display(), again),
            None => again,
        })
        .into())
}
