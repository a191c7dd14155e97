//! A key that was just given: tried before it is kept, at the address it is for.
//!
//! A key of DashScope belongs to one region and does not say to which. Unless the user names an address or a region, each
//! of DashScope's own shared hosts is asked, all at once.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::reach;
use crate::app::App;
use crate::config::{Origin, Settings, config_file};
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::report;
use crate::tr;
use qwen_api::provider::provider;
use qwen_api::{Model, Region};

/// The time in which a region has to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is known of a key once it was accepted.
#[derive(Debug, Default)]
pub struct KeyTrial {
    /// The models that it can use; `None` where the server has no list.
    pub models: Option<Vec<Model>>,
    /// The region that it belongs to, where the host follows from one.
    pub region: Option<String>,
}

/// Asks the provider of that name for its models. `settings` hold the credential.
pub async fn try_key(app: &App<'_>, settings: &Settings, name: &str) -> anyhow::Result<KeyTrial> {
    if is_region_open(settings, name) {
        return try_regions(app, settings, name).await;
    }
    let connection = reach(app, settings, name, None, false).await?;
    let tell = |notice| app.client_notice(&notice);
    let models = connection.client.listed_models(&tell).await?;
    Ok(KeyTrial {
        models,
        region: region(settings, name),
    })
}

/// The region a key of this provider belongs to by the settings, where the host follows from one.
pub fn region(settings: &Settings, name: &str) -> Option<String> {
    has_region(settings, name).then(|| settings.region.value.name.clone())
}

fn has_region(settings: &Settings, name: &str) -> bool {
    let is_dashscope = provider(name).is_some_and(|known| known.needs_key && known.protocol.dashscope_path().is_some());
    is_dashscope && !settings.has_own_base_url(name)
}

/// Whether the region is still to be found out: the user named none, and the one that was stored is that of another key.
fn is_region_open(settings: &Settings, name: &str) -> bool {
    has_region(settings, name)
        && settings.workspace.is_none()
        && matches!(settings.region.origin, Origin::Default | Origin::Stored(_))
}

async fn try_regions(app: &App<'_>, settings: &Settings, name: &str) -> anyhow::Result<KeyTrial> {
    let regions = Region::ALL.into_iter().filter(|region| region.host(None).is_some());
    let mut trials: FuturesUnordered<_> = regions
        .map(|region| async move {
            let settings = settings.with_region(region);
            let trial = async {
                let connection = reach(app, &settings, name, None, false).await?;
                Ok::<_, anyhow::Error>(connection.client.listed_models_once().await?)
            };
            let silent = || {
                Failure::new(
                    Kind::Network,
                    tr!("no region has answered within {} s", PATIENCE.as_secs()),
                )
            };
            let models = tokio::time::timeout(PATIENCE, trial).await;
            (
                settings.region.value.name.clone(),
                models.unwrap_or_else(|_| Err(silent().into())),
            )
        })
        .collect();
    let mut failures = Vec::new();
    while let Some((region, tried)) = trials.next().await {
        match tried {
            Ok(models) => {
                return Ok(KeyTrial {
                    models,
                    region: Some(region),
                });
            }
            Err(error) => failures.push(report::describe(&error)),
        }
    }
    // A region that cannot be reached says nothing about the key, one that fails otherwise may know it.
    let weight = |failure: &Failure| match failure.kind {
        Kind::Network => 2,
        Kind::Auth => 1,
        _ => 0,
    };
    failures.sort_by_key(weight);
    let mut failure = failures
        .into_iter()
        .next()
        .unwrap_or_else(|| Failure::other(tr!("no input")));
    if failure.kind == Kind::Auth {
        failure.message = tr!("no region accepts this key: {}", failure.message);
    }
    Err(failure.into())
}

/// Keeps the address that was given by the flag for the key that was tried there. The sentence says so.
pub fn keep_address(settings: &Settings, name: &str) -> Result<Option<UiText>, Failure> {
    let Some(given) = settings
        .base_url
        .as_ref()
        .filter(|url| matches!(url.origin, Origin::Flag(_)))
    else {
        return Ok(None);
    };
    let key = format!("providers.{name}.base_url");
    config_file::set(&settings.paths.config_file, &key, &given.value.0)?;
    Ok(Some(tr!("{} is stored as {}", given.value.0.as_str(), key)))
}
