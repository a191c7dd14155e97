//! Models as a table, as details, as JSON.

use stream_markdown::sanitize::safe_line;
use stream_markdown::width::{self, padded};

use crate::i18n::lang::Lang;
use crate::{tr, tr_static};
use qwen_api::Model;

/// A table for people: id, context, inputs, thinking, search, price.
pub(super) fn table(models: &[&Model], lang: Lang) -> String {
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
            model.context_window.map_or_else(|| "?".to_owned(), tokens),
            if model.inputs.is_empty() {
                "?".to_owned()
            } else {
                safe_line(&model.inputs.join(" "))
            },
            yes_or_no(model.thinking, lang),
            yes_or_no(model.search, lang),
            model.prices.first().map_or_else(String::new, |price| safe_line(price)),
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

/// All that is known of one model, a fact a line.
pub(super) fn details(model: &Model, lang: Lang) -> String {
    let count = |n: Option<u64>| n.map(|n| tr!("{} tokens", grouped(n)).localize(lang));
    let list = |words: &[String]| (!words.is_empty()).then(|| words.join(", "));
    let facts = [
        (tr_static!("name"), model.name.clone()),
        (tr_static!("about"), model.description.clone()),
        (tr_static!("owner"), model.owned_by.clone()),
        (tr_static!("context"), count(model.context_window)),
        (tr_static!("input"), count(model.max_input)),
        (tr_static!("output"), count(model.max_output)),
        (
            tr_static!("thinking"),
            count(model.max_thinking).or_else(|| model.thinking.map(|can| yes_or_no(Some(can), lang))),
        ),
        (tr_static!("search"), model.search.map(|can| yes_or_no(Some(can), lang))),
        (tr_static!("takes"), list(&model.inputs)),
        (tr_static!("makes"), list(&model.outputs)),
    ];
    let mut text = format!("{}\n", safe_line(&model.id));
    for (name, value) in facts {
        if let Some(value) = value {
            text.push_str(&format!("  {} {}\n", padded(name.localize(lang), 9), safe_line(&value)));
        }
    }
    for price in &model.prices {
        text.push_str(&format!(
            "  {} {}\n",
            padded(tr_static!("price").localize(lang), 9),
            safe_line(price)
        ));
    }
    text
}

pub(super) fn array(models: &[&Model]) -> String {
    serde_json::to_string_pretty(models).unwrap_or_default()
}

pub(super) fn object(model: &Model) -> String {
    serde_json::to_string_pretty(model).unwrap_or_default()
}

fn yes_or_no(can: Option<bool>, lang: Lang) -> String {
    match can {
        Some(true) => tr_static!("yes").localize(lang),
        Some(false) => tr_static!("no").localize(lang),
        None => "?",
    }
    .to_owned()
}

/// `1000000` as `1M`, `32768` as `32K`.
fn tokens(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        _ if count.is_multiple_of(1_000_000) => format!("{}M", count / 1_000_000),
        _ if count.is_multiple_of(1_024) => format!("{}K", count / 1_024),
        _ => format!("{}K", count / 1_000),
    }
}

fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_leaves_out_what_nobody_told() {
        let bare = Model {
            id: "qwen3:8b".into(),
            ..Model::default()
        };
        assert_eq!(table(&[&bare], Lang::En), "MODEL\nqwen3:8b\n");
        let mut known = qwen_api::catalog::find("qwen-max").unwrap();
        known.prices = vec!["input 2.4".into()];
        insta::assert_snapshot!(table(&[&bare, &known], Lang::En), @r"
        MODEL     CONTEXT  TAKES  THINKS  SEARCHES  PRICE
        qwen3:8b  ?        ?      ?       ?
        qwen-max  32K      text   no      yes       input 2.4
        ");
    }
}
