//! Models as rows of a menu: the id, how much it can hold, what it takes, whether it thinks, what it costs.

use std::collections::BTreeMap;

use super::menu::MenuRow;
use crate::i18n::lang::Lang;
use crate::render::model_words::price;
use crate::text::size;
use crate::tr_static;
use qwen_api::{Currency, Model};

/// The default model, the aliases with what their models can, and the other models that chat. The one that answers is
/// marked, and first where it is not in the list.
pub(super) fn model_rows(
    models: &[Model],
    aliases: &BTreeMap<String, String>,
    default: Option<&str>,
    current: Option<&str>,
    currency: Currency,
    lang: Lang,
) -> Vec<MenuRow> {
    let find = |id: &str| models.iter().find(|model| model.id == id);
    let of_alias = aliases.iter().map(|(alias, id)| MenuRow {
        name: alias.clone(),
        cells: cells(alias, find(id).unwrap_or(&Model::default()), id, currency, lang),
        is_current: false,
    });
    let of_model = |model: &Model| MenuRow {
        name: model.id.clone(),
        cells: cells(&model.id, model, "", currency, lang),
        is_current: current == Some(model.id.as_str()),
    };
    let unlisted = current.filter(|id| find(id).is_none()).map(|id| {
        of_model(&Model {
            id: id.to_owned(),
            ..Model::default()
        })
    });
    let chatting = models.iter().filter(|model| model.chats());
    let (first, others): (Vec<_>, Vec<_>) = chatting.partition(|model| default == Some(model.id.as_str()));
    let first = first.into_iter().map(of_model);
    let first = unlisted.into_iter().chain(first);
    first.chain(of_alias).chain(others.into_iter().map(of_model)).collect()
}

/// `stands_for` is the model of an alias.
fn cells(name: &str, model: &Model, stands_for: &str, currency: Currency, lang: Lang) -> Vec<String> {
    let thinks = match model.thinking {
        Some(true) => tr_static!("thinks").localize(lang),
        _ => "",
    };
    vec![
        name.to_owned(),
        stands_for.to_owned(),
        model.context_window.map(size).unwrap_or_default(),
        model.inputs.join(" "),
        thinks.to_owned(),
        price(model, currency),
    ]
}
