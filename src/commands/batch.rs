//! `qwen batch`: many prompts from a file.

mod cancel;
mod fetch;
mod list;
mod retry;
mod run;
mod status;
mod submit;

use std::cell::RefCell;
use std::time::Duration;

use crate::app::App;
use crate::batch::poll::Poll;
use crate::batch::realtime::Realtime;
use crate::batch::service::{self, ServiceJobs};
use crate::batch::{OpenBatch, output, progress::BatchProgress};
use crate::cli::{BatchCommand, BatchOutput, Globals, option_ranges};
use crate::error::{Failure, Kind};
use crate::host::Host;
use crate::store::answer_cache::{AnswerCache, CacheOptions};
use crate::store::ledger::BatchEngine;
use crate::tr;

/// Requests at a time where the user says nothing.
const CONCURRENCY: usize = 8;
/// The same for requests that the server holds, up to an hour each.
const HELD: usize = 64;
/// The variable of `--poll`.
const POLL: &str = "QWEN_CLI_BATCH_POLL";

pub(super) async fn run(host: &Host, globals: &Globals, command: BatchCommand) -> anyhow::Result<()> {
    match command {
        BatchCommand::Run(args) => run::run(host, globals, *args).await,
        BatchCommand::Submit(args) => submit::run(host, globals, *args).await,
        BatchCommand::List { json } => Ok(list::run(host, globals, json)?),
        BatchCommand::Status(args) => status::run(App::new(host, globals, None, true)?, args).await,
        BatchCommand::Fetch(args) => fetch::run(host, globals, args).await,
        BatchCommand::Cancel(args) => cancel::run(&App::new(host, globals, None, true)?, args).await,
        BatchCommand::Retry(args) => retry::run(host, globals, args).await,
    }
}

/// The waits between two looks at a job: the option's, else the variable's.
fn poll(app: &App<'_>, given: Option<Duration>) -> Result<Poll, Failure> {
    let said = app.host.env.get(POLL).filter(|_| given.is_none());
    let said = said.map(|text| option_ranges::poll(text).map_err(|why| Failure::usage(tr!("{} {}", POLL, why))));
    Ok(Poll::new(given.or(said.transpose()?)))
}

/// Asks the open lines.
async fn ask(
    app: &App<'_>,
    open: &mut OpenBatch,
    concurrency: Option<usize>,
    poll: Poll,
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
    let mut progress = BatchProgress::new(app, counts);
    let jobs = ServiceJobs {
        app,
        connection: &open.connection,
        poll,
    };
    jobs.run(&mut open.ledger, &open.batch, &mut progress).await?;
    let held;
    let (connection, usual) = match open.batch.engine {
        BatchEngine::Service => return Ok(()),
        BatchEngine::Realtime => (&open.connection, CONCURRENCY),
        BatchEngine::BatchChat => {
            held = open.connection.for_batch_chat()?;
            (&held, HELD)
        }
    };
    let engine = Realtime {
        app,
        connection,
        concurrency: concurrency.unwrap_or(usual),
        cache: cache.map(RefCell::new),
    };
    engine.run(&mut open.ledger, &open.batch, &mut progress).await
}

/// Writes the results, and deletes the files on the service where the user wants that. Fails where some lines did.
async fn conclude(app: &App<'_>, open: &OpenBatch, output: &BatchOutput, deletes: bool) -> anyhow::Result<()> {
    output::write(&open.ledger, &open.batch, output)?;
    if deletes {
        service::delete_files(app, &open.connection, &open.ledger, &open.batch).await?;
    }
    let counts = open.ledger.counts(&open.batch)?;
    if counts.failed == 0 {
        return Ok(());
    }
    let failure = Failure::new(
        Kind::SomeFailed,
        tr!("{} of {} lines failed", counts.failed, counts.total()),
    );
    let again = tr!("`qwen batch retry {}` asks them again", open.batch.id);
    if open.ledger.lacks_requests(&open.batch)? {
        return Err(failure.into());
    }
    let beside = output::target(output).and_then(output::failed_beside);
    Err(failure
        .hint(match beside {
            Some(beside) => tr!("they are in {}; {}", beside.display(), again),
            None => again,
        })
        .into())
}
