//! `qwen models`: what there is to ask, from the server where it says so.

mod cache;
mod show;

use super::connect::connect;
use super::{Context, connect::Connection};
use crate::cli::{Capability, Models, ModelsCommand};
use crate::config::{Settings, provider, provider_credentials};
use crate::error::Failure;
use crate::i18n::quoted;
use crate::messages;
use crate::term::out::write_out;
use crate::text::nearest;
use crate::tr;
use qwen_api::protocol::Model;
use qwen_api::provider::Protocol;
use qwen_api::secret::Secret;
use qwen_api::{catalog, local};

pub(super) async fn run(context: Context<'_>, args: Models) -> Result<(), Failure> {
    let (refresh, as_json) = match &args.command {
        Some(ModelsCommand::Show { refresh, json, .. }) => (*refresh, *json),
        None => (args.refresh, args.json),
    };
    let connection = context.or_cancelled(connect(&context, false)).await?;
    let models = context.or_cancelled(list(&context, &connection, refresh)).await?;
    if let Some(ModelsCommand::Show { id, .. }) = &args.command {
        return one(&context, &models, id, as_json);
    }
    let wanted: Vec<&Model> = models
        .iter()
        .filter(|model| args.filter.as_deref().is_none_or(|part| matches(&model.id, part)))
        .filter(|model| args.capability.iter().all(|what| can(model, *what)))
        .collect();
    if as_json {
        return write_out(&show::array(&wanted));
    }
    if wanted.is_empty() {
        context.notice(tr!("no model matches"));
        return Ok(());
    }
    if context.host.ttys.stdout {
        return write_out(&show::table(&wanted, context.settings.lang()));
    }
    let ids: Vec<&str> = wanted.iter().map(|model| model.id.as_str()).collect();
    write_out(&ids.join("\n"))
}

/// The list: of the last day, else the server's, else the program's own.
pub(crate) async fn list(context: &Context<'_>, connection: &Connection, refresh: bool) -> Result<Vec<Model>, Failure> {
    let endpoint = connection.client.endpoint();
    let is_dashscope = endpoint.protocol.dashscope_path().is_some();
    if !refresh && let Some(models) = kept(context, connection) {
        return Ok(models);
    }
    connection.renew(context).await?;
    let listed = connection
        .client
        .models(&|notice| context.notice(messages::notice(&notice)))
        .await?;
    let Some(mut models) = listed else {
        if !is_dashscope {
            return Err(Failure::other(tr!("{} has no list of models", endpoint.provider))
                .hint(tr!("check the base URL {}", endpoint.base_url)));
        }
        context.notice(tr!("the server lists no models; these are the ones this program knows"));
        return Ok(catalog::models());
    };
    if matches!(endpoint.protocol, Protocol::OpenAi(_)) && is_dashscope {
        for model in models
            .iter_mut()
            .filter(|model| model.context_window.is_none() && model.inputs.is_empty())
        {
            if let Some(known) = catalog::find(&model.id) {
                let owned_by = model.owned_by.take();
                *model = Model { owned_by, ..known };
            }
        }
    }
    if endpoint.provider != "demo"
        && let Err(failure) = cache::write(&context.settings.paths.cache, &endpoint.base_url, &models)
    {
        context.notice(tr!("{}; the list is not kept", failure));
    }
    Ok(models)
}

/// The list of the last day, if there is one. A server of another kind lists what it has now, at no cost.
pub(crate) fn kept(context: &Context<'_>, connection: &Connection) -> Option<Vec<Model>> {
    let endpoint = connection.client.endpoint();
    let is_far = endpoint.protocol.dashscope_path().is_some() || endpoint.protocol.has_account();
    is_far
        .then(|| cache::read(&context.settings.paths.cache, &endpoint.base_url))
        .flatten()
}

/// What can be offered of a provider's models without asking anybody: as it last listed them, however long ago; else
/// those the program or the config file knows.
pub(super) fn offered(settings: &Settings, name: &str) -> Vec<Model> {
    // Only the provider's address matters here: a keyring is not asked.
    let settings = &provider_credentials::in_keyring(settings, name)
        .iter()
        .fold(settings.clone(), |settings, name| {
            settings.with_unlocked(name, &Secret::new("-"))
        });
    // Where a server on this machine is looked for, its list may be of any of those places.
    let places = match provider::route(settings, name, None).map(|route| route.endpoint) {
        Ok(endpoint) => vec![endpoint.base_url],
        Err(_) if name == "local" => local::places().to_vec(),
        Err(_) => Vec::new(),
    };
    let mut lists = places.iter();
    if let Some(models) = lists.find_map(|place| cache::last(&settings.paths.cache, place)) {
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
        known.and_then(|known| known.default_model.map(str::to_owned)),
    ];
    let as_model = |id| Model { id, ..Model::default() };
    named.into_iter().flatten().map(as_model).collect()
}

fn one(context: &Context<'_>, models: &[Model], id: &str, as_json: bool) -> Result<(), Failure> {
    let id = context.settings.model_of(id);
    let known = models.iter().find(|model| model.id == id).cloned();
    let Some(model) = known.or_else(|| catalog::find(&id)) else {
        let failure = Failure::usage(tr!("there is no model {} in the list", quoted(&id)));
        return Err(match nearest(&id, models.iter().map(|model| model.id.as_str())) {
            Some(near) => failure.hint(tr!("did you mean {}?", quoted(near))),
            None => failure.hint(tr!("`qwen models` lists them; --refresh asks the server again")),
        });
    };
    write_out(&if as_json {
        show::object(&model)
    } else {
        show::details(&model, context.lang_of_stdout())
    })
}

fn matches(id: &str, part: &str) -> bool {
    id.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
}

fn can(model: &Model, what: Capability) -> bool {
    let takes = |input: &str| model.inputs.iter().any(|known| known == input);
    match what {
        Capability::Text => takes("text"),
        Capability::Vision => takes("image"),
        Capability::Audio => takes("audio"),
        Capability::Video => takes("video"),
        Capability::Thinking => model.thinking == Some(true),
        Capability::Search => model.search == Some(true),
    }
}
