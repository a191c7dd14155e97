//! The choice of a provider's default model, once a key for it was accepted.

use super::editor::LineEditor;
use super::menu::{Menu, MenuStyle};
use super::model_rows::model_rows;
use super::picker::{PickList, Picked, pick};
use crate::app::App;
use crate::config::{Origin, config_file};
use crate::connection::model_list::with_known_facts;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::{tr, tr_static};
use qwen_api::provider::provider;
use qwen_api::{Model, catalog};

/// Lets the user choose a default model from those that a key can use, and stores it. The sentence says so; `None`: there
/// was nothing to choose, or the user left it as it is.
pub async fn choose_default(
    app: &App<'_>,
    editor: &mut LineEditor,
    name: &str,
    models: Vec<Model>,
) -> Result<Option<UiText>, Failure> {
    let settings = &app.settings;
    let models = match provider(name) {
        Some(known) => with_known_facts(models, known.protocol),
        None => models,
    };
    let recommended = catalog::RECOMMENDED
        .iter()
        .find(|id| models.iter().any(|model| model.id == **id));
    let rows = model_rows(
        &models,
        &Default::default(),
        recommended.copied(),
        None,
        settings.region.value.region.currency(),
        app.ui.lang,
    );
    if rows.is_empty() {
        return Ok(None);
    }
    app.ui.print(tr!("Choose the default model:"));
    let pick_list = PickList {
        what: tr_static!("model"),
        menu: Menu::new(rows, MenuStyle::of(app)),
        is_open: false,
        typed: None,
    };
    let Picked::Row(chosen) = pick(app, editor, &mut app.cancel.clone(), pick_list).await? else {
        return Ok(None);
    };
    // A model for all providers in the config file would win over one for this provider.
    let key = match settings.model.as_ref().map(|model| &model.origin) {
        Some(Origin::File { .. }) => "model".to_owned(),
        _ => format!("providers.{name}.model"),
    };
    config_file::set(&settings.paths.config_file, &key, &chosen)?;
    Ok(Some(tr!("{} is stored as {}", chosen, key)))
}
