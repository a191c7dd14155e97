//! What requests may cost at most: `--max-cost`, and a budget for each day, week or month.

use std::collections::BTreeMap;

use jiff::civil::Time;
use jiff::{ToSpan, Zoned};

use super::reservation::{Reservation, UnderWay};
use crate::config::setting_values::{Budget, Period};
use crate::config::{Origin, Settings};
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::messages::Context;
use crate::money::{Cost, Costs};
use crate::tr;
use qwen_api::{Currency, Decimal};

/// The limits of a run, in the currency in which the region charges.
#[derive(Clone, Copy, Debug, Default)]
pub struct CostLimits {
    /// For one request, and the name it was given by.
    max_cost: Option<(Decimal, &'static str)>,
    budget: Option<Budget>,
}

/// The most that requests can cost together, which one limit is for.
#[derive(Clone, Debug, Default)]
pub struct MostCost {
    pub costs: Costs,
    /// The first model whose cost is not known, or what else is asked for.
    unknown: Option<String>,
    /// The first model in each currency.
    models: BTreeMap<Currency, String>,
}

impl MostCost {
    /// The most that one request can cost; `None` where that is not known.
    pub fn of(model: &str, cost: Option<Cost>) -> MostCost {
        let mut most = MostCost::default();
        most.add(model, cost);
        most
    }

    /// Adds the most that a request can cost; `None` where that is not known.
    pub fn add(&mut self, model: &str, cost: Option<Cost>) {
        self.costs.add(cost);
        match cost {
            Some(cost) => {
                self.models.entry(cost.currency).or_insert_with(|| model.to_owned());
            }
            None => {
                self.unknown.get_or_insert_with(|| model.to_owned());
            }
        }
    }

    /// `about ¥1.2 + $0.05`; `None` where a part is not known or nothing costs anything.
    pub fn words(&self) -> Option<UiText> {
        let amounts = Some(self.costs.amounts()).filter(|amounts| !amounts.is_empty() && self.unknown.is_none())?;
        Some(match self.costs.is_estimated {
            true => tr!("about {}", amounts),
            false => UiText::foreign(amounts),
        })
    }
}

/// The words of a refusal, and how to continue after it.
#[derive(Clone, Debug)]
pub(super) struct LimitHints {
    /// What can cost too much.
    subject: UiText,
    /// What lowers the cost.
    lower: UiText,
    /// What to do about a price that is not known, unless the user can set it.
    unknown: Option<UiText>,
    /// What limits the length of an answer.
    length: &'static str,
}

impl LimitHints {
    pub(super) fn of_answer(context: &Context) -> LimitHints {
        LimitHints {
            subject: tr!("the request"),
            lower: context.choose(
                tr!("--max-tokens N and --think=N lower it, --no-think more so"),
                tr!("/set max_tokens N and /think N lower it, /think off more so; /new begins with an empty conversation"),
            ),
            unknown: None,
            length: context.choose("--max-tokens", "/set max_tokens"),
        }
    }

    pub(super) fn of_batch(context: &Context) -> LimitHints {
        LimitHints {
            subject: tr!("the batch"),
            ..LimitHints::of_answer(context)
        }
    }

    /// `priced` is a model that has a known price, where the provider has one.
    pub(super) fn of_images(priced: Option<&str>, context: &Context) -> LimitHints {
        LimitHints {
            subject: tr!("the request"),
            lower: context.choose(
                tr!("-m NAME chooses another model, -n N makes fewer pictures"),
                tr!("`qwen config set image_model NAME` chooses another model"),
            ),
            unknown: Some(match priced {
                None => tr!("without this limit the request is sent"),
                Some(model) => context.choose(
                    tr!("the price of {} is known: -m {}", model, model),
                    tr!(
                        "the price of {} is known: `qwen config set image_model {}`",
                        model,
                        model
                    ),
                ),
            }),
            length: "",
        }
    }

    /// What to do about a model whose price is not known.
    fn unknown(&self, model: &str) -> UiText {
        self.unknown.clone().unwrap_or_else(|| {
            tr!(
                "set its prices with `qwen config set prices.{}.input` and `.output`, and the length of an answer with {}",
                model,
                self.length
            )
        })
    }
}

impl CostLimits {
    pub(super) fn new(settings: &Settings) -> CostLimits {
        let max_cost = settings.max_cost.as_ref().map(|limit| match limit.origin {
            Origin::Flag(name) => (limit.value.0, name),
            _ => (limit.value.0, "max_cost"),
        });
        CostLimits {
            max_cost,
            budget: settings.budget.as_ref().map(|budget| budget.value),
        }
    }

    pub fn is_none(&self) -> bool {
        self.max_cost.is_none() && self.budget.is_none()
    }

    /// Whether usage must be counted for them to be held.
    pub fn has_budget(&self) -> bool {
        self.budget.is_some()
    }

    /// Reserves what requests can cost; fails where that is more than is allowed, together with those under way. `spent` is
    /// what was spent since a moment in milliseconds since 1970.
    pub(super) fn check(
        &self,
        most: &MostCost,
        currency: Currency,
        spent: impl FnOnce(i64) -> Result<Costs, Failure>,
        hints: &LimitHints,
    ) -> Result<Reservation, Failure> {
        let code = currency.code();
        let own = most.costs.amounts.get(&currency).copied();
        if let Some((limit, name)) = self.max_cost {
            if let Some(model) = &most.unknown {
                let failure = refused(tr!("what {} can cost is not known, and {} is set", model, name));
                return Err(failure.hint(hints.unknown(model)));
            }
            if let Some((other, model)) = most.models.iter().find(|(other, _)| **other != currency) {
                return Err(refused(tr!(
                    "the price of {} is in {}, and {} in {}",
                    model,
                    other.code(),
                    name,
                    code
                ))
                .hint(tr!("set its prices in {}", code)));
            }
            if let Some(amount) = own.filter(|amount| *amount > limit) {
                return Err(refused(tr!(
                    "{} can cost {} {}, more than {} {}",
                    hints.subject.clone(),
                    amount.to_string(),
                    code,
                    name,
                    limit.to_string()
                ))
                .hint(hints.lower.clone()));
            }
        }
        if let (Some(budget), Some(amount)) = (self.budget, own) {
            let mut under_way = UnderWay::lock();
            let spent = spent(begin(&Zoned::now(), budget.period))?;
            let spent = spent.amounts.get(&currency).copied().unwrap_or_default();
            let spent = spent.plus(under_way.sum(currency));
            if spent.plus(amount) > budget.amount {
                let period = match budget.period {
                    Period::Day => tr!("day"),
                    Period::Week => tr!("week"),
                    Period::Month => tr!("month"),
                };
                return Err(refused(tr!(
                    "{} can cost {} {}, and {} of the budget of {} for this {} are spent",
                    hints.subject.clone(),
                    amount.to_string(),
                    code,
                    spent.to_string(),
                    budget.amount.to_string(),
                    period
                ))
                .hint(tr!(
                    "{}; `qwen config set budget` raises the budget",
                    hints.lower.clone()
                )));
            }
            return Ok(under_way.reserve(amount, currency));
        }
        Ok(Reservation::default())
    }
}

fn refused(message: UiText) -> Failure {
    Failure::new(Kind::RateLimit, message)
}

/// When the period began in which a moment is, in milliseconds since 1970. Where a clock change leaves out midnight, the
/// day begins later.
fn begin(now: &Zoned, period: Period) -> i64 {
    let today = now.date();
    let first = match period {
        Period::Day => today,
        Period::Week => today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days()),
        Period::Month => today.first_of_month(),
    };
    let begun = first.to_datetime(Time::midnight()).to_zoned(now.time_zone().clone());
    begun.map_or(0, |begun| begun.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    #[test]
    fn a_period_begins_at_local_midnight() {
        // Eight hours before UTC.
        let zone = TimeZone::fixed(jiff::tz::Offset::constant(8));
        let begins = |now: &str, period| {
            let now: jiff::Timestamp = now.parse().unwrap();
            let begun = begin(&now.to_zoned(zone.clone()), period);
            jiff::Timestamp::from_millisecond(begun).unwrap().to_string()
        };
        let saturday = "2026-11-27T16:30:00Z";
        assert_eq!(begins(saturday, Period::Day), "2026-11-27T16:00:00Z");
        assert_eq!(begins(saturday, Period::Week), "2026-11-22T16:00:00Z");
        assert_eq!(begins(saturday, Period::Month), "2026-10-31T16:00:00Z");
        assert_eq!(begins("2026-11-29T16:00:00Z", Period::Week), "2026-11-29T16:00:00Z");
    }

    #[test]
    fn limits_are_in_one_currency() {
        let cost = |amount: &str, currency| {
            Some(Cost {
                amount: Decimal::parse(amount).unwrap(),
                currency,
                is_estimated: true,
            })
        };
        let decimal = |text: &str| Decimal::parse(text).unwrap();
        let limits = CostLimits {
            max_cost: Some((decimal("0.5"), "--max-cost")),
            budget: Some(Budget {
                amount: decimal("2"),
                period: Period::Day,
            }),
        };
        let spent = |_| {
            let mut spent = Costs::default();
            spent.add(cost("1.6", Currency::Cny));
            // Of another currency, so that it is no part of the budget.
            spent.add(cost("100", Currency::Usd));
            Ok(spent)
        };
        let hints = LimitHints::of_answer(&Context::default());
        let told = |most| {
            let checked = limits.check(&MostCost::of("m", most), Currency::Cny, spent, &hints);
            checked
                .map(drop)
                .map_err(|failure| (failure.kind, failure.message.to_string()))
        };
        assert_eq!(told(cost("0.4", Currency::Cny)), Ok(()));
        for (most, message) in [
            (
                cost("0.51", Currency::Cny),
                "the request can cost 0.51 CNY, more than --max-cost 0.5",
            ),
            (
                cost("0.41", Currency::Cny),
                "the request can cost 0.41 CNY, and 1.6 of the budget of 2 for this day are spent",
            ),
            (
                cost("0.1", Currency::Usd),
                "the price of m is in USD, and --max-cost in CNY",
            ),
            (None, "what m can cost is not known, and --max-cost is set"),
        ] {
            assert_eq!(told(most), Err((Kind::RateLimit, message.to_owned())));
        }
        // A budget alone lets pass what it cannot count.
        let budget = CostLimits {
            max_cost: None,
            ..limits
        };
        let of = |most| budget.check(&most, Currency::Cny, spent, &hints).map(drop);
        for most in [None, cost("9", Currency::Usd)] {
            assert_eq!(of(MostCost::of("m", most)), Ok(()));
        }
        // Of several requests it counts what it can.
        let mut several = MostCost::of("dear", cost("0.3", Currency::Cny));
        several.add("dollars", cost("9", Currency::Usd));
        several.add("unknown", None);
        assert_eq!(of(several.clone()), Ok(()));
        several.add("dear", cost("0.3", Currency::Cny));
        assert_eq!(
            of(several).unwrap_err().message.to_string(),
            "the request can cost 0.6 CNY, and 1.6 of the budget of 2 for this day are spent"
        );
    }
}
