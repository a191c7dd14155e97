//! `qwen models`: the models of a provider, from its server if it lists them.

mod table;

use crate::app::App;
use crate::cli::{Capability, Models, ModelsCommand};
use crate::config::provider_choice;
use crate::config::provider_credentials::variables;
use crate::connection::connect;
use crate::connection::model_list;
use crate::error::Failure;
use crate::i18n::quoted;
use crate::term::out::{write_list, write_out};
use crate::text::nearest;
use crate::tr;
use qwen_api::Model;
use qwen_api::provider::{PROVIDERS, provider};
use qwen_api::{catalog, local};

pub(super) async fn run(app: App<'_>, args: Models) -> anyhow::Result<()> {
    let (refresh, as_json) = match &args.command {
        Some(ModelsCommand::Show { refresh, json, .. }) => (*refresh || args.refresh, *json || args.json),
        None => (args.refresh, args.json),
    };
    // clap would refuse the global options before `show`, too.
    let narrowing = [
        args.filter.as_deref(),
        (!args.capability.is_empty()).then_some("--capability"),
    ];
    if let (Some(_), Some(argument)) = (&args.command, narrowing.into_iter().flatten().next()) {
        return Err(Failure::usage(tr!("the argument '{}' cannot be used with '{}'", argument, "show")).into());
    }
    let models = match lacks_credential(&app) {
        true => app.or_cancelled(without_credential(&app, refresh)).await?,
        false => app.or_cancelled(listed(&app, refresh)).await?,
    };
    if let Some(ModelsCommand::Show { id, .. }) = &args.command {
        return Ok(one(&app, &models, id, as_json)?);
    }
    let wanted: Vec<&Model> = models
        .iter()
        .filter(|model| !has_ended(model))
        .filter(|model| args.filter.as_deref().is_none_or(|part| matches(&model.id, part)))
        .filter(|model| args.capability.iter().all(|what| can(model, *what)))
        .collect();
    if as_json {
        return Ok(write_out(&table::array(&wanted))?);
    }
    if wanted.is_empty() {
        app.notice(tr!("no model matches"));
        return Ok(());
    }
    if app.host.ttys.stdout {
        let currency = app.settings.region.value.region.currency();
        let table = table::table(&wanted, currency, app.settings.lang());
        return Ok(write_list(&app.ui.with_marks(table), 2)?);
    }
    let ids: Vec<&str> = wanted.iter().map(|model| model.id.as_str()).collect();
    Ok(write_out(&ids.join("\n"))?)
}

/// Whether DashScope would be asked, or a server on this machine, and there is no key to ask DashScope with.
fn lacks_credential(app: &App<'_>) -> bool {
    let settings = &app.settings;
    let named = provider_choice::named(settings);
    let is_meant = match &named {
        Some(name) => provider(name).is_some_and(|known| known.protocol.dashscope_path().is_some() && known.needs_key),
        None => provider_choice::with_credential(settings).is_none() && settings.base_url.is_none(),
    };
    let variables = variables(settings, named.as_deref().unwrap_or(PROVIDERS[0].name));
    let variables: Vec<&str> = variables.iter().map(String::as_str).collect();
    is_meant && settings.sources.whose(&variables).is_none()
}

/// The models of a server on this machine, else those of the table.
async fn without_credential(app: &App<'_>, refresh: bool) -> anyhow::Result<Vec<Model>> {
    match provider_choice::named(&app.settings) {
        None if local::local_server().await.is_some() => listed(app, refresh).await,
        _ => {
            app.notice(tr!("there is no credential; this is the built-in table of models"));
            Ok(catalog::models())
        }
    }
}

async fn listed(app: &App<'_>, refresh: bool) -> anyhow::Result<Vec<Model>> {
    let connection = connect(app, false).await?;
    let models = model_list::list(app, &connection.client, refresh).await;
    models.map_err(|error| connection.error(error))
}

/// Whether the day that the server names for its end has come.
fn has_ended(model: &Model) -> bool {
    let today = jiff::Zoned::now().date().to_string();
    model.retired.as_ref().is_some_and(|day| *day <= today)
}

fn one(app: &App<'_>, models: &[Model], id: &str, as_json: bool) -> Result<(), Failure> {
    let id = app.settings.model_of(id);
    let known = models.iter().find(|model| model.id == id).cloned();
    let Some(model) = known.or_else(|| catalog::find(&id)) else {
        let failure = Failure::usage(tr!("there is no model {} in the list", quoted(&id)));
        return Err(match nearest(&id, models.iter().map(|model| model.id.as_str())) {
            Some(near) => failure.hint(tr!("did you mean {}?", quoted(near))),
            None => failure.hint(tr!("`qwen models` lists them; --refresh asks the server again")),
        });
    };
    if as_json {
        return write_out(&table::object(&model));
    }
    write_list(&table::details(&model, app.lang_of_stdout()), table::DETAIL)
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
        Capability::ImageOut => model.outputs.iter().any(|output| output == "image"),
        Capability::Thinking => model.thinking == Some(true),
        Capability::Search => model.search == Some(true),
    }
}
