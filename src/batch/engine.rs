//! Which engine asks the lines of a batch.

use super::input::Census;
use super::job_file::line_too_long;
use super::local_files::uploads_pictures;
use crate::app::App;
use crate::cli::EngineChoice;
use crate::connection::Connection;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::store::ledger::BatchEngine;
use crate::tr;
use qwen_api::provider::Protocol;
use qwen_api::{Region, catalog};

/// From so many lines on the batch service is chosen where the user chose nothing.
const MANY: u64 = 100;
/// The models that Singapore's batch service has ("Batch inference").
const IN_SINGAPORE: [&str; 3] = ["qwen3.7-plus", "qwen-plus", "qwen-max"];

/// The engine for an input, after the user's choice. Fails where the provider does not have it, or the input does not fit it.
pub(super) fn choose(
    app: &App<'_>,
    connection: &Connection,
    census: &Census,
    choice: EngineChoice,
) -> Result<BatchEngine, Failure> {
    let engine = match choice {
        EngineChoice::Batch => BatchEngine::Service,
        EngineChoice::BatchChat => BatchEngine::BatchChat,
        EngineChoice::Realtime => BatchEngine::Realtime,
        EngineChoice::Auto if is_for_service(app, connection, census) => BatchEngine::Service,
        EngineChoice::Auto => BatchEngine::Realtime,
    };
    match engine {
        BatchEngine::Service => check_service(app, connection, census)?,
        BatchEngine::BatchChat if connection.client.endpoint().batch_base.is_none() => {
            return Err(Failure::usage(tr!("{} has no batch chat", provider(connection))).hint(realtime()));
        }
        BatchEngine::BatchChat | BatchEngine::Realtime => {
            check_chats(has_service(app, connection), connection, census)?
        }
    }
    Ok(engine)
}

fn provider(connection: &Connection) -> &str {
    &connection.client.endpoint().provider
}

/// The hint for what only a batch service cannot do.
pub(super) fn realtime() -> UiText {
    tr!("`qwen batch run --engine realtime` asks the lines one by one")
}

/// Fails where a line is not for an engine that asks each by itself.
fn check_chats(has_service: bool, connection: &Connection, census: &Census) -> Result<(), Failure> {
    match &census.only_service {
        None => Ok(()),
        Some((line, what)) if has_service => {
            let failure = Failure::usage(tr!("line {}: only the batch service answers {}", line, what));
            Err(failure.hint(tr!("add --engine batch")))
        }
        Some((line, what)) => Err(Failure::usage(tr!(
            "line {}: only a batch service answers {}, and {} has none",
            line,
            what,
            provider(connection)
        ))),
    }
}

fn check_service(app: &App<'_>, connection: &Connection, census: &Census) -> Result<(), Failure> {
    let can_be_realtime = census.only_service.is_none();
    if !has_service(app, connection) {
        let failure = Failure::usage(tr!("{} has no batch service", provider(connection)));
        return Err(match can_be_realtime {
            true => failure.hint(realtime()),
            false => failure,
        });
    }
    if let Some(line) = census.mixed_at {
        return Err(Failure::usage(tr!(
            "line {} has another model, thinking mode or url than the lines before it, and a batch file takes one of each",
            line
        ))
        .hint(match can_be_realtime {
            true => realtime(),
            false => tr!("give each kind of line a file of its own"),
        }));
    }
    match census.too_long {
        Some((line, bytes)) => {
            Err(Failure::usage(tr!("line {}: {}", line, line_too_long(bytes))).hint(uploads_pictures()))
        }
        None => Ok(()),
    }
}

/// Whether the provider may have a batch service: DashScope in some of its regions, and any address that the user gave.
fn has_service(app: &App<'_>, connection: &Connection) -> bool {
    let endpoint = connection.client.endpoint();
    let is_usual = !app.settings.has_own_base_url(&endpoint.provider);
    match endpoint.protocol {
        Protocol::Web => false,
        _ if endpoint.provider == "demo" => false,
        protocol if protocol.dashscope_path().is_some() && is_usual => {
            matches!(app.settings.region.value.region, Region::Beijing | Region::Singapore)
        }
        _ => true,
    }
}

/// Whether the batch service is the better choice: on DashScope, for many lines of a model that it is known to have.
fn is_for_service(app: &App<'_>, connection: &Connection, census: &Census) -> bool {
    let is_listed = match app.settings.region.value.region {
        Region::Singapore => IN_SINGAPORE.contains(&census.model.as_str()),
        _ => catalog::find(&census.model).and_then(|model| model.batch) == Some(true),
    };
    let is_dashscope = connection.client.endpoint().protocol.dashscope_path().is_some();
    let fits = census.mixed_at.is_none() && census.too_long.is_none();
    is_dashscope && is_listed && census.lines >= MANY && fits && has_service(app, connection)
}
