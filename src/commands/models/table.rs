//! Models as a table, as details, as JSON.

use stream_markdown::sanitize::safe_line;
use stream_markdown::width::{self, padded};

use crate::i18n::lang::Lang;
use crate::render::model_words::{json_mode, price, prices, thinks, yes_or_no};
use crate::text::{grouped, size};
use crate::{tr, tr_static};
use qwen_api::{BATCH_PERCENT, Currency, Model};

/// A table for people: id, context, inputs, thinking, search, price in a currency.
pub(super) fn table(models: &[&Model], currency: Currency, lang: Lang) -> String {
    let heads = [
        tr_static!("MODEL"),
        tr_static!("CONTEXT"),
        tr_static!("TAKES"),
        tr_static!("THINKS"),
        tr_static!("SEARCHES"),
        tr_static!("PRICE"),
    ];
    let mut rows = vec![heads.map(|head| head.localize(lang).to_owned())];
    for model in models {
        rows.push([
            safe_line(&model.id),
            model.context_window.map_or_else(|| "?".to_owned(), size),
            if model.inputs.is_empty() {
                "?".to_owned()
            } else {
                safe_line(&model.inputs.join(" "))
            },
            yes_or_no(model.thinking, lang).to_owned(),
            yes_or_no(model.search, lang).to_owned(),
            safe_line(&price(model, currency)),
        ]);
    }
    // A column that says nothing of any model is left out.
    let columns: Vec<usize> = (0..rows[0].len())
        .filter(|at| *at == 0 || rows.iter().skip(1).any(|row| !matches!(row[*at].as_str(), "" | "?")))
        .collect();
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|at| rows.iter().map(|row| width::of(&row[at])).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for at in &columns {
            line.push_str(&padded(&row[*at], widths[*at] + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The column in which a fact stands behind its name.
pub(super) const DETAIL: usize = 12;

/// All that is known of one model, a fact a line.
pub(super) fn details(model: &Model, lang: Lang) -> String {
    let count = |n: Option<u64>| n.map(|n| tr!("{} tokens", grouped(n, ' ')).localize(lang));
    let list = |words: &[String]| (!words.is_empty()).then(|| words.join(", "));
    let can = |can: Option<bool>| can.map(|can| yes_or_no(Some(can), lang).to_owned());
    let thinking = match (model.thinks, count(model.max_thinking)) {
        (Some(mode), Some(most)) => Some(tr!("{}, at most {}", thinks(mode), most).localize(lang)),
        (Some(mode), None) => Some(thinks(mode).localize(lang).to_owned()),
        (None, most) => most.or_else(|| can(model.thinking)),
    };
    let batch = match model.batch {
        Some(true) => Some(tr!("yes, at {} % of the price", BATCH_PERCENT).localize(lang)),
        other => can(other),
    };
    let json = model.json.map(|mode| json_mode(mode).localize(lang).to_owned());
    let mut facts = vec![
        (tr_static!("retired"), model.retired.clone()),
        (tr_static!("successor"), model.successor.clone()),
        (tr_static!("name"), model.name.clone()),
        (tr_static!("about"), model.description.clone()),
        (tr_static!("owner"), model.owned_by.clone()),
        (tr_static!("context"), count(model.context_window)),
        (tr_static!("input"), count(model.max_input)),
        (tr_static!("output"), count(model.max_output)),
        (tr_static!("takes"), list(&model.inputs)),
        (tr_static!("makes"), list(&model.outputs)),
        (tr_static!("thinking"), thinking),
        (tr_static!("search"), can(model.search)),
        (tr_static!("tools"), can(model.tools)),
        (tr_static!("JSON"), json),
        (tr_static!("partial mode"), can(model.partial)),
        (tr_static!("batch"), batch),
    ];
    let priced = prices(model).into_iter();
    facts.extend(priced.map(|price| (tr_static!("price"), Some(price.localize(lang)))));
    facts.retain(|(_, value)| value.is_some());
    let names: Vec<&str> = facts.iter().map(|(name, _)| name.localize(lang)).collect();
    let width = names.iter().map(|name| width::of(name)).max().unwrap_or(0);
    let mut text = format!("{}\n", safe_line(&model.id));
    for (name, (_, value)) in names.iter().zip(&facts) {
        let value = safe_line(value.as_deref().unwrap_or_default());
        text.push_str(&format!("  {} {value}\n", padded(name, width)));
    }
    text
}

pub(super) fn array(models: &[&Model]) -> String {
    serde_json::to_string_pretty(models).unwrap_or_default()
}

pub(super) fn object(model: &Model) -> String {
    serde_json::to_string_pretty(model).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_leaves_out_what_is_unknown() {
        let bare = Model {
            id: "qwen3:8b".into(),
            ..Model::default()
        };
        assert_eq!(table(&[&bare], Currency::Cny, Lang::En), "MODEL\nqwen3:8b\n");
        let known = qwen_api::catalog::find("qwen-max").unwrap();
        insta::assert_snapshot!(table(&[&bare, &known], Currency::Cny, Lang::En), @r"
        MODEL     CONTEXT  TAKES  THINKS  SEARCHES  PRICE
        qwen3:8b  ?        ?      ?       ?
        qwen-max  32K      text   no      yes       ¥2.4/9.6
        ");
    }

    #[test]
    fn all_that_is_known_of_a_model_is_told() {
        let known = |id: &str| qwen_api::catalog::find(id).unwrap();
        insta::assert_snapshot!(details(&known("qwen3.7-plus"), Lang::En), @r"
        qwen3.7-plus
          context      1 000 000 tokens
          input        991 808 tokens
          output       131 072 tokens
          takes        text, image, video
          makes        text
          thinking     by default, at most 262 144 tokens
          search       yes
          tools        yes
          JSON         by a schema
          partial mode yes
          batch        yes, at 50 % of the price
          price        ¥2 in, ¥8 out per 1M tokens, up to 256K of input (list price, 2026-09)
          price        ¥6 in, ¥24 out per 1M tokens (list price, 2026-09)
          price        $0.5 in, $3 out per 1M tokens, up to 256K of input (list price, 2026-09)
        ");
        insta::assert_snapshot!(details(&known("qwen-turbo"), Lang::En), @r"
        qwen-turbo
          retired   2026-10-10
          successor qwen3.6-flash
        ");
    }
}
