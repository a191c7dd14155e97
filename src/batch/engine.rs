//! Which engine asks the lines of a batch.

use super::input::Census;
use crate::app::App;
use crate::cli::EngineChoice;
use crate::connection::Connection;
use crate::error::Failure;
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
    let realtime = |failure: Failure| failure.hint(tr!("`qwen batch run --engine realtime` asks the lines one by one"));
    match choice {
        EngineChoice::Batch => check_service(app, connection, census).map_err(realtime)?,
        EngineChoice::BatchChat if connection.client.endpoint().batch_base.is_none() => {
            return Err(realtime(Failure::usage(tr!(
                "{} has no batch chat",
                provider(connection)
            ))));
        }
        EngineChoice::Auto if !is_for_service(app, connection, census) => {
            return choose_direct(census, BatchEngine::Realtime);
        }
        EngineChoice::Auto => {}
        EngineChoice::Realtime => return choose_direct(census, BatchEngine::Realtime),
        EngineChoice::BatchChat => return choose_direct(census, BatchEngine::BatchChat),
    }
    Ok(BatchEngine::Service)
}

/// An engine that asks each line by itself, which only chats are.
fn choose_direct(census: &Census, engine: BatchEngine) -> Result<BatchEngine, Failure> {
    match &census.not_chat {
        None => Ok(engine),
        Some((line, url)) => {
            let failure = Failure::usage(tr!("line {}: only the batch service answers {}", line, url));
            Err(failure.hint(tr!("add --engine batch")))
        }
    }
}

fn provider(connection: &Connection) -> &str {
    &connection.client.endpoint().provider
}

fn check_service(app: &App<'_>, connection: &Connection, census: &Census) -> Result<(), Failure> {
    if !has_service(app, connection) {
        return Err(Failure::usage(tr!("{} has no batch service", provider(connection))));
    }
    match census.mixed_at {
        Some(line) => Err(Failure::usage(tr!(
            "line {} has another model, thinking mode or url than the lines before it, and a batch file takes one of each",
            line
        ))),
        None => Ok(()),
    }
}

/// Whether the provider may have a batch service: DashScope in some of its regions, and any address that the user gave.
fn has_service(app: &App<'_>, connection: &Connection) -> bool {
    let endpoint = connection.client.endpoint();
    let is_usual = app.settings.base_url.is_none()
        && app
            .settings
            .providers
            .get(&endpoint.provider)
            .is_none_or(|own| own.base_url.is_none());
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
    is_dashscope && is_listed && census.lines >= MANY && census.mixed_at.is_none() && has_service(app, connection)
}
