//! Many prompts from a file, asked by one of several engines, none of them twice.
//!
//! The input is checked whole ([`input`]); its lines go into the ledger of the store, where each state is committed before
//! a line is sent and each result before it counts ([`crate::store::ledger`]); an engine asks the open ones
//! ([`realtime`]); what the ledger holds at the end is the output ([`output`]).

pub mod input;
mod input_lines;
mod line_maker;
mod local_files;
pub mod output;
mod pace;
pub mod progress;
pub mod realtime;
mod result_line;
mod run_lock;

use crate::app::App;
use crate::attach::parse_encoding;
use crate::cli::{BatchInput, EngineChoice};
use crate::connection::{Connection, connect, connect_to};
use crate::conversation::options::{RequestOptions, takes_stdin};
use crate::conversation::template;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::store::ledger::{BatchEngine, Ledger, NewBatch, StoredBatch};
use crate::tr;
use input::Census;
use run_lock::RunLock;

pub use line_maker::CHAT;

/// A batch that is ready to be asked, by this process alone.
pub struct OpenBatch {
    pub connection: Connection,
    pub ledger: Ledger,
    pub batch: StoredBatch,
    _lock: RunLock,
}

/// Opens the ledger in the user's store.
pub fn ledger(app: &App<'_>) -> Result<Ledger, Failure> {
    let (ledger, notices) = Ledger::open(&app.settings.paths.data)?;
    app.notices(&notices);
    Ok(ledger)
}

/// Connects to the provider, checks the input, and begins its batch or finds the one that it began. Nothing is sent.
pub async fn open(
    app: &App<'_>,
    given: &BatchInput,
    choose: impl FnOnce(&App<'_>, &Connection, &Census) -> Result<BatchEngine, Failure>,
) -> anyhow::Result<OpenBatch> {
    let generate = given.request.clone().into();
    let is_stdin = crate::attach::is_stdin(&given.input);
    takes_stdin(&generate, is_stdin.then(|| tr!("the input")))?;
    if let Some(chosen) = &app.settings.template {
        template::ask_once(app, &chosen.template).await?;
    }
    let encoding = parse_encoding(given.encoding.as_deref())?;
    let notice = |message: UiText| app.notice(message);
    let options = RequestOptions::read(app, app.reads(None, &notice), &generate).await?;
    let connection = app.or_cancelled(connect(app, false)).await?;
    connection.note_terms_of_plan(app);
    let mut input = input::read(app, &connection, &options, &given.input, encoding).await?;
    let engine = choose(app, &connection, &input.census)?;
    let mut ledger = ledger(app)?;
    let lock = RunLock::take(app, &input.digest).await?;
    let batch = match ledger.find(&input.digest, given.again)? {
        Some(batch) => batch,
        None => {
            let (digest, name, columns) = (input.digest.clone(), input.name.clone(), input.columns.clone());
            let new = NewBatch {
                digest: &digest,
                is_again: given.again,
                name: &name,
                provider: &connection.client.endpoint().provider,
                engine,
                total: input.census.lines,
                columns: columns.as_deref(),
            };
            ledger.begin(&new, input.lines()?)?
        }
    };
    Ok(OpenBatch {
        connection,
        ledger,
        batch,
        _lock: lock,
    })
}

/// Opens a batch that was begun before, by its id or the service's.
pub async fn reopen(app: &App<'_>, id: &str) -> anyhow::Result<OpenBatch> {
    let ledger = ledger(app)?;
    let batch = ledger.by_id(id)?;
    let connection = app.or_cancelled(connect_to(app, &batch.provider, false)).await?;
    connection.note_terms_of_plan(app);
    let lock = RunLock::take(app, &batch.digest).await?;
    Ok(OpenBatch {
        connection,
        ledger,
        batch,
        _lock: lock,
    })
}

/// The engine for an input.
pub fn choose(choice: EngineChoice) -> BatchEngine {
    match choice {
        EngineChoice::Auto | EngineChoice::Realtime => BatchEngine::Realtime,
    }
}
