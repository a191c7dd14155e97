//! `qwen models`: the models of a provider, from its server if it lists them.

mod table;

use crate::app::App;
use crate::cli::{Capability, Models, ModelsCommand};
use crate::connection::connect;
use crate::connection::model_list;
use crate::error::Failure;
use crate::i18n::quoted;
use crate::term::out::write_out;
use crate::text::nearest;
use crate::tr;
use qwen_api::Model;
use qwen_api::catalog;

pub(super) async fn run(app: App<'_>, args: Models) -> anyhow::Result<()> {
    let (refresh, as_json) = match &args.command {
        Some(ModelsCommand::Show { refresh, json, .. }) => (*refresh, *json),
        None => (args.refresh, args.json),
    };
    let connection = app.or_cancelled(connect(&app, false)).await?;
    let models = app
        .or_cancelled(model_list::list(&app, &connection.client, refresh))
        .await
        .map_err(|error| connection.error(error))?;
    if let Some(ModelsCommand::Show { id, .. }) = &args.command {
        return Ok(one(&app, &models, id, as_json)?);
    }
    let wanted: Vec<&Model> = models
        .iter()
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
        return Ok(write_out(&table::table(&wanted, app.settings.lang()))?);
    }
    let ids: Vec<&str> = wanted.iter().map(|model| model.id.as_str()).collect();
    Ok(write_out(&ids.join("\n"))?)
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
    write_out(&if as_json {
        table::object(&model)
    } else {
        table::details(&model, app.lang_of_stdout())
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
