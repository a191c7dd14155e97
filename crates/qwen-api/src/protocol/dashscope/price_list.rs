//! The prices that `GET /models` states of a model, in the currency of the region ("List models").
//!
//! A model has prices for ranges of its input's length, `32k<Input<=128k`, each with what it counts by type. Names and units
//! are in the language of the account; types are the same in all.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::model_list::{PAGE_SIZE, list};
use crate::error::Error;
use crate::price::{Decimal, PriceTier};

/// All that RFC 3986 does not leave as it is everywhere (section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The path of the entry of one model.
pub(super) fn path(model: &str) -> String {
    let model = utf8_percent_encode(model, RESERVED);
    format!("/models?page_no=1&page_size={PAGE_SIZE}&model={model}")
}

/// The prices per million tokens, shorter inputs first. None of them where one is not understood: a wrong price is worse
/// than none.
pub(super) fn tiers(model: &str, body: &[u8]) -> Result<Vec<PriceTier>, Error> {
    let list = list(body)?;
    let entry = list.iter().find(|entry| entry["model"].as_str() == Some(model));
    let ranges = entry.and_then(|entry| entry["prices"].as_array());
    Ok(ranges.and_then(|ranges| all(ranges)).unwrap_or_default())
}

fn all(ranges: &[Value]) -> Option<Vec<PriceTier>> {
    let mut tiers = Vec::new();
    let mut usual = None;
    let mut least = u64::MAX;
    for range in ranges {
        let tier = tier(range["prices"].as_array()?)?;
        match limits(range["range_name"].as_str().unwrap_or_default())? {
            Limits::Any => usual = Some(tier),
            Limits::Some { above, up_to } => {
                least = least.min(above);
                tiers.push(PriceTier { up_to, ..tier });
            }
        }
    }
    // Beside ranges, the range without a name is that of the inputs below them.
    if let Some(usual) = usual {
        tiers.push(PriceTier {
            up_to: (least != u64::MAX).then_some(least),
            ..usual
        });
    }
    tiers.sort_by_key(|tier| tier.up_to.unwrap_or(u64::MAX));
    Some(tiers)
}

/// The lengths of the input for which a range is, in tokens.
enum Limits {
    Any,
    Some { above: u64, up_to: Option<u64> },
}

/// `Default`, `Input<=256k`, `32k<Input<=128k`, `256k<Input`, `0-128K`.
fn limits(name: &str) -> Option<Limits> {
    if name.is_empty() || name.eq_ignore_ascii_case("default") {
        return Some(Limits::Any);
    }
    let name = name.to_lowercase().replace('≤', "<=");
    let (before, after) = name.rsplit_once(['<', '-'])?;
    let up_to = tokens(after.trim_start_matches('='));
    let first = before.split(['<', '-']).next().unwrap_or_default();
    match (tokens(first), up_to) {
        (None, None) => None,
        (above, up_to) => Some(Limits::Some {
            above: above.unwrap_or(0),
            up_to,
        }),
    }
}

/// `256k` or `1m`. A k is 1,024.
fn tokens(text: &str) -> Option<u64> {
    let text = text.trim();
    let (digits, unit) = match text.as_bytes().last()? {
        b'k' => (&text[..text.len() - 1], 1_024),
        b'm' => (&text[..text.len() - 1], 1_024 * 1_024),
        _ => (text, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// The prices of one range; `None` where it lacks that of the input or of the output.
fn tier(prices: &[Value]) -> Option<PriceTier> {
    let of = |kind: &str| price(prices, kind);
    let thinking = of("thinking_output_token");
    Some(PriceTier {
        up_to: None,
        input: of("input_token").or_else(|| of("thinking_input_token"))?,
        output: of("output_token").or(thinking)?,
        output_thinking: thinking,
        cached: of("input_token_cache"),
    })
}

/// The price of that type per million tokens. Where it depends on the hour, the usual one, else the highest.
fn price(prices: &[Value], kind: &str) -> Option<Decimal> {
    let unit = |entry: &Value| entry["price_unit"].as_str().unwrap_or_default().to_lowercase();
    let is_per_million = |entry: &&Value| {
        let unit = unit(entry);
        unit.contains("1m tokens") || unit.contains("百万") || unit.contains("million")
    };
    let of_kind = prices.iter().filter(|entry| entry["type"].as_str() == Some(kind));
    let amounts = of_kind.filter(is_per_million).filter_map(|entry| {
        let is_usual = entry["time_band"].as_str().is_none_or(|band| band == "standard");
        Some((is_usual, Decimal::parse(entry["price"].as_str()?)?))
    });
    amounts.max().map(|(_, amount)| amount)
}
