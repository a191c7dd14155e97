//! The models of a provider: as its server lists them, as they were listed last, or as the program knows them.

use super::model_cache;
use crate::app::App;
use crate::config::{Settings, endpoint, provider_credentials};
use crate::error::Failure;
use crate::messages::Context;
use crate::tr;
use qwen_api::Client;
use qwen_api::Model;
use qwen_api::Secret;
use qwen_api::provider::Protocol;
use qwen_api::{catalog, local};

/// The list: of the last day, else the server's, else the program's own.
pub async fn list(app: &App<'_>, client: &Client, refresh: bool) -> anyhow::Result<Vec<Model>> {
    let endpoint = client.endpoint();
    let is_dashscope = endpoint.protocol.dashscope_path().is_some();
    if !refresh && let Some(models) = kept(app, client) {
        return Ok(models);
    }
    let renewal = async { client.renew().await.map_err(anyhow::Error::from) };
    if let Some(notice) = app.or_cancelled(renewal).await? {
        app.client_notice(&notice);
    }
    let listed = client.models_with_notices(&|notice| app.client_notice(&notice)).await?;
    let Some(models) = listed else {
        if !is_dashscope {
            return Err(Failure::other(tr!("{} has no list of models", endpoint.provider))
                .hint(tr!("check the base URL {}", endpoint.base_url))
                .into());
        }
        app.notice(tr!("the server lists no models; this is the built-in table of models"));
        return Ok(catalog::models());
    };
    let models = with_known_facts(models, endpoint.protocol);
    if endpoint.provider != "demo"
        && let Err(failure) = model_cache::write(&app.settings.paths.cache, &endpoint.base_url, &models)
    {
        app.notice(tr!("{}; the list is not saved", failure));
    }
    Ok(models)
}

/// The models of a server with what the program knows of them and the server does not say.
pub fn with_known_facts(models: Vec<Model>, protocol: Protocol) -> Vec<Model> {
    if protocol.dashscope_path().is_none() {
        return models;
    }
    let known = |model: Model| match catalog::find(&model.id) {
        Some(known) => model.or_as_in(known),
        None => model,
    };
    models.into_iter().map(known).collect()
}

/// The list of the last day, if there is one. A local server is always asked, since that costs nothing.
pub fn kept(app: &App<'_>, client: &Client) -> Option<Vec<Model>> {
    let endpoint = client.endpoint();
    let is_far = endpoint.protocol.dashscope_path().is_some() || endpoint.protocol.has_account();
    is_far
        .then(|| model_cache::read(&app.settings.paths.cache, &endpoint.base_url))
        .flatten()
}

/// The provider's models as far as they are known without a request: as it last listed them, however long ago; else
/// those the program or the config file knows.
pub fn offered(settings: &Settings, name: &str) -> Vec<Model> {
    // Only the provider's address matters here, so the keyring is not read.
    let settings = &provider_credentials::in_keyring(settings, name)
        .iter()
        .fold(settings.clone(), |settings, name| {
            settings.with_unlocked(name, &Secret::new("-"))
        });
    // Where a server on this machine is looked for, its list may be of any of those places.
    let places = match endpoint::route(settings, name, None, &Context::default()).map(|route| route.endpoint) {
        Ok(endpoint) => vec![endpoint.base_url],
        Err(_) if name == "local" => local::base_urls().to_vec(),
        Err(_) => Vec::new(),
    };
    let mut lists = places.iter();
    if let Some(models) = lists.find_map(|place| model_cache::last(&settings.paths.cache, place)) {
        return models;
    }
    let known = qwen_api::provider::provider(name);
    if name != "demo" && known.is_some_and(|known| known.protocol.dashscope_path().is_some()) {
        return catalog::models();
    }
    let own = settings.providers.get(name);
    let named = [
        own.and_then(|own| own.model.clone()),
        own.and_then(|own| own.vision_model.clone()),
        own.and_then(|own| own.omni_model.clone()),
        known.and_then(|known| known.default_model.map(str::to_owned)),
    ];
    let as_model = |id| Model { id, ..Model::default() };
    named.into_iter().flatten().map(as_model).collect()
}
