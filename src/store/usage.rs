//! What the answers took, in tokens and money. It is counted whether conversations are kept or not, holds no words, and
//! stays when a conversation is removed.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rusqlite::{Row, Transaction, params};

use super::dates::date;
use super::record::{signed, unsigned};
use super::sqlite_error::failed;
use super::{Store, now};
use crate::error::Failure;
use crate::i18n::StaticText;
use crate::money::{Cost, Costs};
use crate::tr_static;
use qwen_api::{Currency, Decimal, Usage};

/// The milliseconds of a slot: in every time zone days begin with one.
const SLOT: i64 = 15 * 60 * 1000;

const COUNT: StaticText = tr_static!("count the tokens");
const READ: StaticText = tr_static!("read the counted tokens");

/// One request that was answered.
#[derive(Clone, Copy, Debug)]
pub struct UsageEntry<'a> {
    pub provider: &'a str,
    pub model: &'a str,
    /// The stored conversation's id; `None` where the request belongs to none.
    pub conversation: Option<&'a str>,
    pub usage: Usage,
    /// `None` where the price is not known.
    pub cost: Option<Cost>,
}

/// What usage is added up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageKey {
    /// The date.
    Day,
    Model,
    Provider,
    Conversation,
}

/// Requests, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageSum {
    pub requests: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub total_tokens: u64,
    pub costs: Costs,
}

impl UsageSum {
    pub fn add(&mut self, other: &UsageSum) {
        self.requests = self.requests.saturating_add(other.requests);
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.total_tokens = self.total_tokens.saturating_add(other.total_tokens);
        self.costs.unpriced = self.costs.unpriced.saturating_add(other.costs.unpriced);
        for (currency, amount) in &other.costs.amounts {
            self.costs.add_amount(*amount, *currency, other.costs.is_estimated);
        }
    }
}

impl Store {
    /// Counts requests, all of them or none.
    pub fn count_usage(&mut self, entries: &[UsageEntry<'_>]) -> Result<(), Failure> {
        self.write(COUNT, |tx| entries.iter().try_for_each(|entry| insert_usage(tx, entry)))
    }

    /// The usage since a moment in milliseconds since 1970, by the words of `key` in their order. Requests of no
    /// conversation have an empty one. Days are those of `zone`.
    pub fn usage_by(&self, key: UsageKey, since: i64, zone: &TimeZone) -> Result<Vec<(String, UsageSum)>, Failure> {
        let column = match key {
            UsageKey::Day => "slot",
            UsageKey::Model => "model",
            UsageKey::Provider => "provider",
            UsageKey::Conversation => "conversation",
        };
        let mut sums: BTreeMap<String, UsageSum> = BTreeMap::new();
        let mut read = || {
            let mut statement = self.connection.prepare(&format!(
                "SELECT {SUMS}, CAST({column} AS TEXT) FROM usage WHERE slot >= ?1"
            ))?;
            let mut rows = statement.query([since.div_euclid(SLOT)])?;
            while let Some(row) = rows.next()? {
                let name: String = row.get(7)?;
                let name = match key {
                    UsageKey::Day => date(name.parse::<i64>().unwrap_or(0).saturating_mul(SLOT), zone),
                    _ => name,
                };
                sums.entry(name).or_default().add(&sum(row)?);
            }
            Ok(())
        };
        read().map_err(failed(READ))?;
        Ok(sums.into_iter().collect())
    }

    /// What was spent since a moment, in milliseconds since 1970.
    pub fn spent_since(&self, since: i64) -> Result<Costs, Failure> {
        Ok(self.usage_sum("slot >= ?1", since.div_euclid(SLOT))?.costs)
    }

    /// The usage of a conversation, also of what was asked aside of it.
    pub fn conversation_usage(&self, id: &str) -> Result<UsageSum, Failure> {
        self.usage_sum("conversation = ?1", id)
    }

    fn usage_sum(&self, condition: &str, value: impl rusqlite::ToSql) -> Result<UsageSum, Failure> {
        let mut all = UsageSum::default();
        let read = || {
            let mut statement = self
                .connection
                .prepare(&format!("SELECT {SUMS} FROM usage WHERE {condition}"))?;
            let mut rows = statement.query([value])?;
            while let Some(row) = rows.next()? {
                all.add(&sum(row)?);
            }
            Ok(())
        };
        read().map_err(failed(READ))?;
        Ok(all)
    }
}

/// Counts a request.
pub(super) fn insert_usage(tx: &Transaction<'_>, entry: &UsageEntry<'_>) -> rusqlite::Result<()> {
    let UsageEntry { usage, cost, .. } = entry;
    let amount = cost.map(|cost| u64::try_from(cost.amount.units()).unwrap_or(u64::MAX));
    tx.prepare_cached(
        "INSERT INTO usage VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT DO UPDATE SET
             requests = requests + 1,
             estimated = max(estimated, excluded.estimated),
             input_tokens = input_tokens + min(excluded.input_tokens, 9223372036854775807 - input_tokens),
             output_tokens = output_tokens + min(excluded.output_tokens, 9223372036854775807 - output_tokens),
             total_tokens = total_tokens + min(excluded.total_tokens, 9223372036854775807 - total_tokens),
             cost = cost + min(excluded.cost, 9223372036854775807 - cost)",
    )?
    .execute(params![
        now().div_euclid(SLOT),
        entry.provider,
        entry.model,
        entry.conversation.unwrap_or_default(),
        cost.map_or("", |cost| cost.currency.code()),
        cost.is_some_and(|cost| cost.is_estimated),
        signed(usage.input_tokens),
        signed(usage.output_tokens),
        signed(usage.total_tokens),
        signed(amount.unwrap_or(0)),
    ])
    .map(|_| ())
}

/// The columns of [`sum`].
const SUMS: &str = "requests, input_tokens, output_tokens, total_tokens, currency, cost, estimated";

fn sum(row: &Row<'_>) -> rusqlite::Result<UsageSum> {
    let requests = unsigned(row.get(0)?);
    let mut costs = Costs::default();
    match Currency::from_code(&row.get::<_, String>(4)?) {
        Some(currency) => {
            let amount = Decimal::from_units(unsigned(row.get(5)?).into());
            costs.add_amount(amount, currency, row.get(6)?);
        }
        None => costs.unpriced = requests,
    }
    Ok(UsageSum {
        requests,
        input_tokens: unsigned(row.get(1)?),
        output_tokens: unsigned(row.get(2)?),
        total_tokens: unsigned(row.get(3)?),
        costs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(model: &'a str, tokens: u64, cost: Option<Cost>) -> UsageEntry<'a> {
        UsageEntry {
            provider: "dashscope",
            model,
            conversation: None,
            usage: Usage {
                input_tokens: tokens,
                output_tokens: 1,
                total_tokens: tokens.saturating_add(1),
                ..Usage::default()
            },
            cost,
        }
    }

    fn cost(amount: &str, currency: Currency) -> Option<Cost> {
        Some(Cost {
            amount: Decimal::parse(amount).unwrap(),
            currency,
            is_estimated: false,
        })
    }

    #[test]
    fn usage_is_added_up_and_currencies_stay_apart() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, _) = Store::open(dir.path()).unwrap();
        let all = [
            entry("a", 5, cost("0.000000000001", Currency::Cny)),
            entry("a", 7, cost("0.5", Currency::Usd)),
            entry("a", 1, None),
            entry("b", u64::MAX, cost("9999999999999999", Currency::Cny)),
        ];
        store.count_usage(&all).unwrap();
        store.count_usage(&all).unwrap();
        let rows = store.usage_by(UsageKey::Model, 0, &TimeZone::UTC).unwrap();
        let (name, sum) = &rows[0];
        assert_eq!(
            (name.as_str(), sum.requests, sum.input_tokens, sum.output_tokens),
            ("a", 6, 26, 6)
        );
        let amount = |currency| sum.costs.amounts[&currency].to_string();
        assert_eq!(
            (amount(Currency::Cny).as_str(), amount(Currency::Usd).as_str()),
            ("0.000000000002", "1")
        );
        assert_eq!(sum.costs.unpriced, 2);
        // Counts that no server reports in truth are capped.
        assert_eq!(rows[1].1.input_tokens, i64::MAX as u64);
        assert_eq!(store.spent_since(now() + 2 * SLOT).unwrap(), Costs::default());
        assert_eq!(store.spent_since(0).unwrap().unpriced, 2);
    }

    /// Half an hour beside the hours of UTC.
    #[test]
    fn a_day_begins_at_midnight_of_the_zone() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, _) = Store::open(dir.path()).unwrap();
        store.count_usage(&[entry("a", 1, None)]).unwrap();
        // 2026-11-27 18:30 UTC is midnight in Kolkata.
        let midnight = 1_795_804_200_000;
        let put = |slot: i64| {
            store.connection.execute("UPDATE usage SET slot = ?1", [slot]).unwrap();
            let kolkata = TimeZone::fixed(jiff::tz::Offset::from_seconds(19_800).unwrap());
            let rows = store.usage_by(UsageKey::Day, 0, &kolkata).unwrap();
            let since = store.usage_by(UsageKey::Day, midnight, &kolkata).unwrap().len();
            (rows[0].0.clone(), since)
        };
        assert_eq!(put(midnight / SLOT - 1), ("2026-11-27".to_owned(), 0));
        assert_eq!(put(midnight / SLOT), ("2026-11-28".to_owned(), 1));
    }
}
