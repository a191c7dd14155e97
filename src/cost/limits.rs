//! What requests may cost at most: `--max-cost`, and a budget for each day, week or month.

use jiff::civil::Time;
use jiff::{ToSpan, Zoned};

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

/// How to continue after a refusal.
#[derive(Clone, Debug)]
pub(super) struct LimitHints {
    /// What lowers the cost.
    lower: UiText,
    /// What to do about a price that is not known.
    unknown: UiText,
}

impl LimitHints {
    pub(super) fn of_answer(model: &str, context: &Context) -> LimitHints {
        LimitHints {
            lower: context.choose(
                tr!("--max-tokens N and --think=N lower it, --no-think more so"),
                tr!("/set max_tokens N and /think N lower it, /think off more so; /new begins with an empty conversation"),
            ),
            unknown: tr!(
                "set its prices with `qwen config set prices.{}.input` and `.output`, and the length of an answer with {}",
                model,
                context.choose("--max-tokens", "/set max_tokens")
            ),
        }
    }

    /// `priced` is a model that has a known price, where the provider has one.
    pub(super) fn of_images(priced: Option<&str>, context: &Context) -> LimitHints {
        LimitHints {
            lower: context.choose(
                tr!("-m NAME chooses another model, -n N makes fewer pictures"),
                tr!("`qwen config set image_model NAME` chooses another model"),
            ),
            unknown: match priced {
                None => tr!("without this limit the request is sent"),
                Some(model) => context.choose(
                    tr!("the price of {} is known: -m {}", model, model),
                    tr!(
                        "the price of {} is known: `qwen config set image_model {}`",
                        model,
                        model
                    ),
                ),
            },
        }
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

    /// Fails where requests to a model can cost more than is allowed. `most` is `None` where that is not known; `spent` is
    /// what was spent since a moment in milliseconds since 1970.
    pub(super) fn check(
        &self,
        most: Option<Cost>,
        model: &str,
        currency: Currency,
        spent: impl FnOnce(i64) -> Result<Costs, Failure>,
        hints: &LimitHints,
    ) -> Result<(), Failure> {
        let code = currency.code();
        if let Some((limit, name)) = self.max_cost {
            let cost = most.ok_or_else(|| {
                refused(tr!("what {} can cost is not known, and {} is set", model, name)).hint(hints.unknown.clone())
            })?;
            if cost.currency != currency {
                return Err(refused(tr!(
                    "the price of {} is in {}, and {} in {}",
                    model,
                    cost.currency.code(),
                    name,
                    code
                ))
                .hint(tr!("set its prices in {}", code)));
            }
            if cost.amount > limit {
                return Err(refused(tr!(
                    "the request can cost {} {}, more than {} {}",
                    cost.amount.to_string(),
                    code,
                    name,
                    limit.to_string()
                ))
                .hint(hints.lower.clone()));
            }
        }
        if let Some(budget) = self.budget
            && let Some(cost) = most.filter(|cost| cost.currency == currency)
        {
            let spent = spent(begin(&Zoned::now(), budget.period))?;
            let spent = spent.amounts.get(&currency).copied().unwrap_or_default();
            if spent.plus(cost.amount) > budget.amount {
                let period = match budget.period {
                    Period::Day => tr!("day"),
                    Period::Week => tr!("week"),
                    Period::Month => tr!("month"),
                };
                return Err(refused(tr!(
                    "the request can cost {} {}, and {} of the budget of {} for this {} are spent",
                    cost.amount.to_string(),
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
        }
        Ok(())
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
        let told = |most| {
            let checked = limits.check(
                most,
                "m",
                Currency::Cny,
                spent,
                &LimitHints::of_answer("m", &Context::default()),
            );
            checked.map_err(|failure| (failure.kind, failure.message.to_string()))
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
        for most in [None, cost("9", Currency::Usd)] {
            assert_eq!(
                budget.check(
                    most,
                    "m",
                    Currency::Cny,
                    spent,
                    &LimitHints::of_answer("m", &Context::default())
                ),
                Ok(())
            );
        }
    }
}
