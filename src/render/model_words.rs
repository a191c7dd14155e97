//! What is known of a model in the few words of a column. Pure.

use crate::i18n::lang::Lang;
use crate::i18n::{StaticText, UiText};
use crate::text::size;
use crate::{tr, tr_static};
use qwen_api::{Currency, Decimal, JsonMode, Model, PriceList, PriceTier, ThinkingMode};

/// What a model costs per million tokens of input and output: `¥2/8`, with `+` where long inputs cost more; in the
/// server's own words where it has stated a price. Empty where none is known.
pub fn price(model: &Model, currency: Currency) -> String {
    if let Some(stated) = model.prices.first() {
        return stated.clone();
    }
    let list = model.price_lists.iter().find(|list| list.currency == currency);
    let Some((list, first)) = list.and_then(|list| Some((list, list.tiers.first()?))) else {
        return String::new();
    };
    let more = if list.tiers.len() > 1 { "+" } else { "" };
    format!("{}{}/{}{more}", currency.sign(), first.input, first.output)
}

/// Every price of a model, one a line, those of its table with their date.
pub fn prices(model: &Model) -> Vec<UiText> {
    let stated = model.prices.iter().map(UiText::foreign);
    let listed = model.price_lists.iter().flat_map(|list| {
        let line = |tier| tr!("{} (list price, {})", tier_words(list, tier), list.date);
        list.tiers.iter().map(line)
    });
    stated.chain(listed).collect()
}

/// `¥0.8 in, ¥2 out, ¥8 out when thinking, up to 131072 tokens of input`
fn tier_words(list: &PriceList, tier: &PriceTier) -> UiText {
    let amount = |decimal: Decimal| format!("{}{decimal}", list.currency.sign());
    let mut words = tr!("{} in, {} out", amount(tier.input), amount(tier.output));
    if let Some(output) = tier.output_thinking {
        words = tr!("{}, {} out when it thinks", words, amount(output));
    }
    if let Some(cached) = tier.cached {
        words = tr!("{}, {} cached", words, amount(cached));
    }
    words = tr!("{} per 1M tokens", words);
    match tier.up_to {
        Some(limit) => tr!("{}, up to {} of input", words, size(limit)),
        None => words,
    }
}

/// When a model thinks.
pub fn thinks(mode: ThinkingMode) -> StaticText {
    match mode {
        ThinkingMode::Never => tr_static!("no"),
        ThinkingMode::OnRequest => tr_static!("on request"),
        ThinkingMode::ByDefault => tr_static!("by default"),
        ThinkingMode::Always => tr_static!("always"),
    }
}

/// How far a model can be held to JSON.
pub fn json_mode(mode: JsonMode) -> StaticText {
    match mode {
        JsonMode::Unsupported => tr_static!("no"),
        JsonMode::Object => tr_static!("objects"),
        JsonMode::Schema => tr_static!("by a schema"),
    }
}

/// `yes`, `no`, or `?` where it is not known.
pub fn yes_or_no(can: Option<bool>, lang: Lang) -> &'static str {
    match can {
        Some(true) => tr_static!("yes").localize(lang),
        Some(false) => tr_static!("no").localize(lang),
        None => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qwen_api::catalog;

    #[test]
    fn a_price_in_a_column_and_in_full() {
        let column = |id: &str, currency| price(&catalog::find(id).unwrap(), currency);
        assert_eq!(column("qwen3.8-flash", Currency::Cny), "¥0.8/2.7");
        assert_eq!(column("qwen3.7-plus", Currency::Cny), "¥2/8+");
        assert_eq!(column("qwen3.7-plus", Currency::Usd), "$0.5/3");
        assert_eq!(column("qwen3.8-flash", Currency::Usd), "");
        let all = prices(&catalog::find("qwen-plus").unwrap());
        assert_eq!(
            all[0],
            "¥0.8 in, ¥2 out, ¥8 out when it thinks per 1M tokens, up to 128K of input (list price, 2026-05)"
        );
        assert_eq!(
            all[2],
            "¥4.8 in, ¥48 out, ¥64 out when it thinks per 1M tokens (list price, 2026-05)"
        );
        let stated = Model {
            prices: vec!["Input 12".to_owned()],
            ..Model::default()
        };
        assert_eq!(price(&stated, Currency::Cny), "Input 12");
        assert_eq!(prices(&stated), ["Input 12"]);
    }
}
