//! The prices of `[prices."MODEL"]` in the config file.

use super::setting_values::{Amount, SettingValue, ValueType};
use qwen_api::{Currency, Decimal, PriceList, PriceTier};

/// The user's own price of a model, per million tokens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnPrice {
    input: Option<Decimal>,
    output: Option<Decimal>,
    cached: Option<Decimal>,
    currency: Option<Currency>,
}

/// The type of a field; `None` where there is no such field.
pub(super) fn field_type(field: &str) -> Option<ValueType> {
    match field {
        "input" | "output" | "cached" => Some(ValueType::of::<Amount>()),
        "currency" => Some(ValueType::of::<Currency>()),
        _ => None,
    }
}

impl OwnPrice {
    /// Takes a field from the config file, which has been checked.
    pub(super) fn take(&mut self, field: &str, text: &str) {
        let amount = || Amount::parse(text).ok().map(|amount| amount.0);
        match field {
            "input" => self.input = amount(),
            "output" => self.output = amount(),
            "cached" => self.cached = amount(),
            _ => self.currency = Currency::parse(text).ok(),
        }
    }

    /// The fields that are set.
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        let text = |amount: Option<Decimal>| amount.map(|amount| amount.to_string());
        let fields = [
            ("input", text(self.input)),
            ("output", text(self.output)),
            ("cached", text(self.cached)),
            ("currency", self.currency.map(|currency| currency.code().to_owned())),
        ];
        fields
            .into_iter()
            .filter_map(|(field, text)| Some((field, text?)))
            .collect()
    }

    /// It as a list of prices, in the `usual` currency where it names none; `None` where it is not whole.
    pub fn list(&self, usual: Currency) -> Option<PriceList> {
        Some(PriceList {
            currency: self.currency.unwrap_or(usual),
            date: String::new(),
            tiers: vec![PriceTier {
                up_to: None,
                input: self.input?,
                output: self.output?,
                output_thinking: None,
                cached: self.cached,
            }],
        })
    }
}
