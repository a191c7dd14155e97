//! `qwen usage`: what the answers took, in tokens and money.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use stream_markdown::sanitize::safe_line;
use stream_markdown::width::{self, padded};

use crate::app::store_view::{StoreView, with_store};
use crate::cli::{Globals, UsageArgs, UsageBy};
use crate::error::Failure;
use crate::host::Host;
use crate::i18n::lang::Lang;
use crate::money::{Costs, number};
use crate::store::{UsageKey, UsageSum};
use crate::term::out::{write_list, write_out};
use crate::text::grouped;
use crate::{tr, tr_static};
use qwen_api::Currency;

/// The sum of each key, in the order of the keys.
type Rows = Vec<(String, UsageSum)>;

pub(super) fn run(host: &Host, globals: &Globals, args: &UsageArgs) -> anyhow::Result<()> {
    Ok(with_store(host, globals, |view| show(&view, args))?)
}

fn show(view: &StoreView<'_>, args: &UsageArgs) -> Result<(), Failure> {
    let zone = TimeZone::system();
    let key = match args.by {
        UsageBy::Day => UsageKey::Day,
        UsageBy::Model => UsageKey::Model,
        UsageBy::Provider => UsageKey::Provider,
        UsageBy::Conversation => UsageKey::Conversation,
    };
    let since = args.since.map_or(0, |date| {
        let midnight = date.to_zoned(zone.clone());
        midnight.map_or(0, |moment| moment.timestamp().as_millisecond())
    });
    let rows = view.store.usage_by(key, since, &zone)?;
    if args.json {
        let array = rows.iter().map(|row| object(key, row)).collect();
        return write_out(&serde_json::to_string_pretty(&Value::Array(array)).unwrap_or_default());
    }
    if args.csv {
        return write_out(&csv(key, &rows));
    }
    if rows.is_empty() {
        view.ui.notice(tr!("nothing has been counted"));
        return Ok(());
    }
    if view.host.ttys.stdout {
        return write_list(&table(key, &rows, view.settings.lang()), 2);
    }
    write_out(&rows.iter().map(plain).collect::<Vec<_>>().join("\n"))
}

/// The name of the key, for programs.
fn name(key: UsageKey) -> &'static str {
    match key {
        UsageKey::Day => "day",
        UsageKey::Model => "model",
        UsageKey::Provider => "provider",
        UsageKey::Conversation => "conversation",
    }
}

fn object(key: UsageKey, (of, sum): &(String, UsageSum)) -> Value {
    let cost = sum.costs.amounts.iter();
    let cost: Map<String, Value> = cost
        .map(|(currency, amount)| (currency.code().to_owned(), number(*amount).into()))
        .collect();
    let mut row = json!({
        "requests": sum.requests,
        "input_tokens": sum.input_tokens,
        "output_tokens": sum.output_tokens,
        "total_tokens": sum.total_tokens,
        "cost": cost,
        "unpriced": sum.costs.unpriced,
    });
    if let Some(row) = row.as_object_mut() {
        let of = (!of.is_empty()).then_some(of.as_str());
        row.shift_insert(0, name(key).to_owned(), json!(of));
    }
    row
}

/// A line for each row, with the cost in each currency in a column of its own (RFC 4180).
fn csv(key: UsageKey, rows: &Rows) -> String {
    let mut text = format!("{},requests,input_tokens,output_tokens,total_tokens", name(key));
    for currency in Currency::ALL {
        text += &format!(",cost_{}", currency.code().to_lowercase());
    }
    text += ",unpriced";
    for (of, sum) in rows {
        let (requests, input, output, total) = (sum.requests, sum.input_tokens, sum.output_tokens, sum.total_tokens);
        text += &format!("\n{},{requests},{input},{output},{total}", field(of));
        for currency in Currency::ALL {
            let amount = sum.costs.amounts.get(&currency);
            text += &format!(",{}", amount.map(ToString::to_string).unwrap_or_default());
        }
        text += &format!(",{}", sum.costs.unpriced);
    }
    text
}

fn field(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// For scripts: the key, requests, tokens in, out and in all, cost, requests of unknown cost, with tabs between.
fn plain((of, sum): &(String, UsageSum)) -> String {
    let cost = sum.costs.amounts.iter();
    let cost: Vec<String> = cost
        .map(|(currency, amount)| format!("{amount} {}", currency.code()))
        .collect();
    let of = if of.is_empty() { "-" } else { of };
    let (requests, input, output, total) = (sum.requests, sum.input_tokens, sum.output_tokens, sum.total_tokens);
    format!(
        "{}\t{requests}\t{input}\t{output}\t{total}\t{}\t{}",
        safe_line(of),
        cost.join(" + "),
        sum.costs.unpriced
    )
}

/// A table for people, with all rows added up below them.
fn table(key: UsageKey, rows: &Rows, lang: Lang) -> String {
    let head = match key {
        UsageKey::Day => tr_static!("DAY"),
        UsageKey::Model => tr_static!("MODEL"),
        UsageKey::Provider => tr_static!("PROVIDER"),
        UsageKey::Conversation => tr_static!("CONVERSATION"),
    };
    let heads = [
        head,
        tr_static!("REQUESTS"),
        tr_static!("TOKENS IN"),
        tr_static!("OUT"),
        tr_static!("IN ALL"),
        tr_static!("COST"),
    ];
    let mut lines = vec![heads.map(|head| head.localize(lang).to_owned())];
    let mut all = UsageSum::default();
    for (of, sum) in rows {
        all.add(sum);
        let of = if of.is_empty() { "-" } else { of };
        lines.push(cells(safe_line(of), sum, lang));
    }
    if rows.len() > 1 {
        lines.push(cells(tr!("in all").localize(lang), &all, lang));
    }
    let widths: Vec<usize> = (0..heads.len())
        .map(|at| lines.iter().map(|line| width::of(&line[at])).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for line in &lines {
        let mut row = padded(&line[0], widths[0]);
        for (cell, width) in line.iter().zip(&widths).take(heads.len() - 1).skip(1) {
            let gap = width - width::of(cell) + 2;
            row += &format!("{}{cell}", " ".repeat(gap));
        }
        row += &format!("  {}", line[heads.len() - 1]);
        text += &format!("{}\n", row.trim_end());
    }
    text
}

fn cells(of: String, sum: &UsageSum, lang: Lang) -> [String; 6] {
    let count = |count: u64| grouped(count, ',');
    [
        of,
        count(sum.requests),
        count(sum.input_tokens),
        count(sum.output_tokens),
        count(sum.total_tokens),
        cost(&sum.costs, lang),
    ]
}

/// `¥1.2`, `about ¥1.2, 3 unknown`, `0`.
fn cost(costs: &Costs, lang: Lang) -> String {
    let paid = match (costs.amounts(), costs.is_estimated) {
        // An empty cell would look like an unknown cost.
        (paid, _) if paid.is_empty() && !costs.amounts.is_empty() => "0".to_owned(),
        (paid, true) if !paid.is_empty() => tr!("about {}", paid).localize(lang),
        (paid, _) => paid,
    };
    let unknown = match costs.unpriced {
        0 => String::new(),
        count => tr!("{} unknown", count).localize(lang),
    };
    let parts = [paid, unknown];
    let parts: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(", ")
}
