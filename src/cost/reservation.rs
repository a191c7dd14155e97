//! What requests under way can cost, so that several at once do not exceed together a budget that each is within.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use qwen_api::{Currency, Decimal};

/// The most that the requests of this process which are under way can cost.
static UNDER_WAY: Mutex<UnderWay> = Mutex::new(UnderWay(BTreeMap::new()));

/// A sum for each currency.
#[derive(Debug)]
pub(super) struct UnderWay(BTreeMap<Currency, Decimal>);

impl UnderWay {
    /// Locks the sums, so that no other request is looked at meanwhile.
    pub(super) fn lock() -> MutexGuard<'static, UnderWay> {
        UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sum(&self, currency: Currency) -> Decimal {
        self.0.get(&currency).copied().unwrap_or_default()
    }

    /// Adds a request, until what is returned is dropped.
    pub(super) fn reserve(&mut self, amount: Decimal, currency: Currency) -> Reservation {
        let sum = self.0.entry(currency).or_default();
        *sum = sum.plus(amount);
        Reservation(Some((amount, currency)))
    }
}

/// What a request under way can cost at most. It is part of what is spent until this is dropped: once the request was counted,
/// or has failed.
#[derive(Debug, Default)]
#[must_use]
pub struct Reservation(Option<(Decimal, Currency)>);

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some((amount, currency)) = self.0 {
            let mut under_way = UnderWay::lock();
            let rest = under_way.sum(currency).units().saturating_sub(amount.units());
            under_way.0.insert(currency, Decimal::from_units(rest));
        }
    }
}
