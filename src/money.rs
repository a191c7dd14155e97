//! Amounts of money, and how they are written. Pure.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::i18n::UiText;
use crate::tr;
use qwen_api::{Currency, Decimal};

/// What a request cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub amount: Decimal,
    pub currency: Currency,
    /// Whether it is by a price of the program's table, or by tokens that were estimated.
    pub is_estimated: bool,
}

impl Cost {
    /// `¥0.0012`, `about ¥0.0012`; `None` where it cost nothing.
    pub fn words(self) -> Option<UiText> {
        let amount = (self.amount != Decimal::default()).then(|| short(self.amount, self.currency))?;
        Some(match self.is_estimated {
            true => tr!("about {}", amount),
            false => UiText::foreign(amount),
        })
    }
}

impl Serialize for Cost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cost = serializer.serialize_struct("cost", 3)?;
        cost.serialize_field("amount", &number(self.amount))?;
        cost.serialize_field("currency", self.currency.code())?;
        cost.serialize_field("estimated", &self.is_estimated)?;
        cost.end()
    }
}

/// What several requests cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    pub amounts: BTreeMap<Currency, Decimal>,
    /// The requests whose price is not known.
    pub unpriced: u64,
    /// Whether one of the amounts holds an estimated one.
    pub is_estimated: bool,
}

impl Costs {
    /// Adds the cost of a request; `None` where it is not known.
    pub fn add(&mut self, cost: Option<Cost>) {
        match cost {
            Some(cost) => self.add_amount(cost.amount, cost.currency, cost.is_estimated),
            None => self.unpriced += 1,
        }
    }

    pub fn add_amount(&mut self, amount: Decimal, currency: Currency, is_estimated: bool) {
        let sum = self.amounts.entry(currency).or_default();
        *sum = sum.plus(amount);
        self.is_estimated |= is_estimated;
    }

    /// `¥1.2 + $0.05`; empty where nothing cost anything.
    pub fn amounts(&self) -> String {
        let paid = self.amounts.iter().filter(|(_, amount)| **amount != Decimal::default());
        let words: Vec<String> = paid.map(|(currency, amount)| short(*amount, *currency)).collect();
        words.join(" + ")
    }
}

/// An amount as a number of JSON: exact to fifteen digits.
pub fn number(amount: Decimal) -> f64 {
    amount.to_string().parse().unwrap_or(f64::MAX)
}

/// An amount with its sign: two places from one on, below it two digits, `¥12.35`, `¥0.0012`.
pub fn short(amount: Decimal, currency: Currency) -> String {
    const ONE: u128 = 1_000_000_000_000;
    let units = amount.units();
    let step = match units {
        ONE.. => ONE / 100,
        _ => 10_u128.pow(units.checked_ilog10().unwrap_or(0).saturating_sub(1)),
    };
    let rounded = units.saturating_add(step / 2) / step * step;
    format!("{}{}", currency.sign(), Decimal::from_units(rounded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short_on_the_screen_and_exact_for_programs() {
        let decimal = |text: &str| Decimal::parse(text).unwrap();
        for (amount, shown) in [
            ("0", "¥0"),
            ("0.000000000001", "¥0.000000000001"),
            ("0.00123456", "¥0.0012"),
            ("0.0996", "¥0.1"),
            ("0.996", "¥1"),
            ("1", "¥1"),
            ("12.345", "¥12.35"),
            ("1234.5", "¥1234.5"),
        ] {
            assert_eq!(short(decimal(amount), Currency::Cny), shown, "{amount}");
        }
        let mut cost = Cost {
            amount: decimal("0.00123456"),
            currency: Currency::Usd,
            is_estimated: true,
        };
        assert_eq!(cost.words().unwrap(), "about $0.0012");
        assert_eq!(
            serde_json::to_string(&cost).unwrap(),
            r#"{"amount":0.00123456,"currency":"USD","estimated":true}"#
        );
        cost.amount = Decimal::default();
        assert_eq!(cost.words(), None);
    }

    #[test]
    fn currencies_are_not_added_up() {
        let cost = |amount: &str, currency, is_estimated| {
            Some(Cost {
                amount: Decimal::parse(amount).unwrap(),
                currency,
                is_estimated,
            })
        };
        let mut costs = Costs::default();
        assert_eq!(costs.amounts(), "");
        costs.add(cost("0.05", Currency::Usd, false));
        assert!(!costs.is_estimated);
        costs.add(cost("1", Currency::Cny, true));
        costs.add(cost("0.5", Currency::Cny, false));
        costs.add(None);
        assert_eq!(
            (costs.amounts().as_str(), costs.unpriced, costs.is_estimated),
            ("¥1.5 + $0.05", 1, true)
        );
    }
}
