//! Prices of tokens, exact: no floating-point number is involved.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::usage::Usage;

/// The part of the list price that a batch costs, in percent ("Batch inference").
pub const BATCH_PERCENT: u32 = 50;

/// Digits after the point.
const PLACES: usize = 12;
/// The units in one.
const ONE: u128 = 10_u128.pow(PLACES as u32);
/// Prices are for so many tokens.
const PER: u128 = 1_000_000;

/// A decimal number that is not negative, exact to twelve places. With prices per million tokens of six places, the cost of
/// any number of tokens is exact.
///
/// ```
/// use qwen_api::Decimal;
///
/// let price = Decimal::parse("0.150").unwrap();
/// assert_eq!((price.to_string().as_str(), price.units()), ("0.15", 150_000_000_000));
/// assert_eq!(Decimal::from_units(price.units() * 2).to_string(), "0.3");
/// assert_eq!(Decimal::parse("-1"), None);
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal {
    units: u128,
}

impl Decimal {
    /// Parses `12` or `0.15`: digits, and at most twelve more after a point. `None` for anything else.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(places) || places.len() > PLACES {
            return None;
        }
        let whole: u128 = whole.parse().ok()?;
        let places: u128 = format!("{places:0<PLACES$}").parse().ok()?;
        let units = whole.checked_mul(ONE)?.checked_add(places)?;
        Some(Decimal { units })
    }

    /// The number of 10⁻¹² that it is.
    pub fn units(self) -> u128 {
        self.units
    }

    /// The decimal of so many 10⁻¹².
    pub fn from_units(units: u128) -> Decimal {
        Decimal { units }
    }

    /// The sum, where it can be held.
    pub fn plus(self, other: Decimal) -> Decimal {
        Decimal::from_units(self.units.saturating_add(other.units))
    }

    /// So many percent of it, what is below its last place rounded up.
    pub fn percent(self, percent: u32) -> Decimal {
        Decimal::from_units(self.units.saturating_mul(percent.into()).div_ceil(100))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, places) = (self.units / ONE, self.units % ONE);
        let digits = format!("{places:0PLACES$}");
        match digits.trim_end_matches('0') {
            "" => f.pad(&whole.to_string()),
            digits => f.pad(&format!("{whole}.{digits}")),
        }
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> String {
        decimal.to_string()
    }
}

impl TryFrom<String> for Decimal {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Decimal, &'static str> {
        Decimal::parse(&text).ok_or("not a decimal number")
    }
}

/// A currency.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Currency {
    /// Renminbi, in which China (Beijing) charges.
    #[serde(rename = "CNY")]
    Cny,
    /// US dollars, in which the international regions charge.
    #[serde(rename = "USD")]
    Usd,
}

impl Currency {
    /// All of them.
    pub const ALL: [Currency; 2] = [Currency::Cny, Currency::Usd];

    /// The currency of this code of ISO 4217.
    pub fn from_code(code: &str) -> Option<Currency> {
        Currency::ALL.into_iter().find(|currency| currency.code() == code)
    }

    /// The code of ISO 4217.
    pub fn code(self) -> &'static str {
        match self {
            Currency::Cny => "CNY",
            Currency::Usd => "USD",
        }
    }

    /// The sign before an amount.
    pub fn sign(self) -> &'static str {
        match self {
            Currency::Cny => "¥",
            Currency::Usd => "$",
        }
    }
}

/// What a model costs in one currency, as listed: discounts, and prices by the hour of day, are not in it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct PriceList {
    /// The currency.
    pub currency: Currency,
    /// The date of the source, to the day or the month: `2026-09`.
    pub date: String,
    /// By the length of the input, shorter ones first. Above the last limit the price is unknown.
    pub tiers: Vec<PriceTier>,
}

/// The prices per million tokens of a request whose input is of some length.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct PriceTier {
    /// The longest input, in tokens; `None` for any.
    pub up_to: Option<u64>,
    /// Tokens of the request.
    pub input: Decimal,
    /// Tokens of the reply.
    pub output: Decimal,
    /// Tokens of a reply that was thought about, with the thinking, where they cost more.
    pub output_thinking: Option<Decimal>,
    /// Tokens of the request that came from the server's cache; `None` where that price is not known.
    pub cached: Option<Decimal>,
}

impl PriceList {
    /// The prices for an input of so many tokens; `None` where they are not known.
    pub fn tier(&self, input_tokens: u64) -> Option<&PriceTier> {
        self.tiers
            .iter()
            .find(|tier| tier.up_to.is_none_or(|limit| input_tokens <= limit))
    }

    /// What a request with this usage costs; `None` where a price is not known. `has_thought` says that the reply was
    /// thought about. Cached tokens without a price of their own cost as much as the others.
    ///
    /// ```
    /// use qwen_api::{Usage, catalog};
    ///
    /// let model = catalog::find("qwen3.8-max").unwrap();
    /// let usage = Usage {
    ///     input_tokens: 1_000,
    ///     output_tokens: 500,
    ///     cached_tokens: 600,
    ///     ..Usage::default()
    /// };
    /// // 400 at 12, 600 at 1.5 and 500 at 36 for a million.
    /// assert_eq!(model.price_lists[0].cost(&usage, true).unwrap().to_string(), "0.0237");
    /// ```
    pub fn cost(&self, usage: &Usage, has_thought: bool) -> Option<Decimal> {
        let tier = self.tier(usage.input_tokens)?;
        let cached = usage.cached_tokens.min(usage.input_tokens);
        let output = tier.output_thinking.filter(|_| has_thought).unwrap_or(tier.output);
        let parts = [
            (usage.input_tokens - cached, tier.input),
            (cached, tier.cached.unwrap_or(tier.input)),
            (usage.output_tokens, output),
        ];
        let mut units: u128 = 0;
        for (tokens, price) in parts {
            units = units.checked_add(u128::from(tokens).checked_mul(price.units())?)?;
        }
        Some(Decimal::from_units(units.div_ceil(PER)))
    }

    /// Parses the lists of one model as the table writes them: `2026-09 CNY ≤256K 2/8, 6/24; USD 0.5/3`. A tier is
    /// `input/output`, or `input/output|output when thinking`, with `hit price` for cached tokens. A K is 1,024 tokens.
    pub(crate) fn parse_lists(text: &str) -> Option<Vec<PriceList>> {
        let (date, lists) = text.split_once(' ')?;
        let list = |text: &str| {
            let (code, tiers) = text.trim().split_once(' ')?;
            Some(PriceList {
                currency: Currency::from_code(code)?,
                date: date.to_owned(),
                tiers: tiers.split(',').map(PriceTier::parse).collect::<Option<_>>()?,
            })
        };
        lists.split(';').map(list).collect()
    }
}

impl PriceTier {
    fn parse(text: &str) -> Option<PriceTier> {
        let mut rest = text.trim();
        let mut up_to = None;
        if let Some(limited) = rest.strip_prefix('≤') {
            let (limit, prices) = limited.split_once("K ")?;
            up_to = Some(limit.parse::<u64>().ok()?.checked_mul(1_024)?);
            rest = prices;
        }
        let (prices, cached) = match rest.split_once(" hit ") {
            Some((prices, cached)) => (prices, Some(Decimal::parse(cached)?)),
            None => (rest, None),
        };
        let (input, output) = prices.split_once('/')?;
        let (output, output_thinking) = match output.split_once('|') {
            Some((output, thinking)) => (output, Some(Decimal::parse(thinking)?)),
            None => (output, None),
        };
        Some(PriceTier {
            up_to,
            input: Decimal::parse(input)?,
            output: Decimal::parse(output)?,
            output_thinking,
            cached,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_written_short() {
        for (text, written) in [
            ("0", "0"),
            ("12", "12"),
            ("0.150", "0.15"),
            ("1.000000000001", "1.000000000001"),
        ] {
            assert_eq!(
                Decimal::parse(text).map(|decimal| decimal.to_string()).as_deref(),
                Some(written)
            );
        }
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1.0000000000001", "1,5", " 1"] {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
        assert_eq!(Decimal::parse(&"9".repeat(60)), None);
        assert_eq!(serde_json::to_string(&Decimal::parse("0.8")).unwrap(), "\"0.8\"");
        assert_eq!(
            serde_json::from_str::<Decimal>("\"0.8\"").unwrap(),
            Decimal::parse("0.8").unwrap()
        );
    }

    #[test]
    fn a_price_goes_by_the_length_of_the_input() {
        let lists = PriceList::parse_lists("2026-05 CNY ≤128K 0.8/2|8 hit 0.2, 4/40; USD ≤128K 0.4/1.2").unwrap();
        let decimal = |text| Decimal::parse(text).unwrap();
        let at = |list: usize, tokens: u64| lists[list].tier(tokens).map(|tier| tier.input);
        assert_eq!((lists[0].currency, lists[1].currency), (Currency::Cny, Currency::Usd));
        assert_eq!(at(0, 131_072), Some(decimal("0.8")));
        assert_eq!(at(0, 131_073), Some(decimal("4")));
        assert_eq!((at(1, 131_072), at(1, 131_073)), (Some(decimal("0.4")), None));
        let first = &lists[0].tiers[0];
        assert_eq!(
            (first.output_thinking, first.cached),
            (Some(decimal("8")), Some(decimal("0.2")))
        );
        let cost = |input_tokens, cached_tokens, output_tokens, has_thought| {
            let usage = Usage {
                input_tokens,
                cached_tokens,
                output_tokens,
                ..Usage::default()
            };
            lists[0].cost(&usage, has_thought).map(|cost| cost.to_string())
        };
        assert_eq!(cost(1_000, 0, 100, false).as_deref(), Some("0.001"));
        assert_eq!(cost(1_000, 0, 100, true).as_deref(), Some("0.0016"));
        assert_eq!(cost(1_000, 400, 100, false).as_deref(), Some("0.00076"));
        // Servers are not trusted to count right.
        assert_eq!(cost(1_000, 4_000, 0, false).as_deref(), Some("0.0002"));
        // The whole request goes by its tier; cached tokens have no price of their own there.
        assert_eq!(cost(200_000, 100_000, 1, true).as_deref(), Some("0.80004"));
        assert_eq!(
            cost(u64::MAX, 0, u64::MAX, false).as_deref(),
            Some("811656739243220.27106")
        );
        let usage = Usage {
            input_tokens: 131_073,
            ..Usage::default()
        };
        assert_eq!(lists[1].cost(&usage, false), None);
        assert_eq!(decimal("0.000000000003").percent(50), decimal("0.000000000002"));
        for text in [
            "2026-05",
            "2026-05 EUR 1/2",
            "2026-05 CNY 1",
            "2026-05 CNY ≤1M 1/2",
            "2026-05 CNY 1/2,",
        ] {
            assert_eq!(PriceList::parse_lists(text), None, "{text}");
        }
    }
}
