//! Whether to ask again, and after how long: a pure function of what happened so far.

use std::time::Duration;

use crate::error::{Error, RetryClass};
use crate::notice::{Notice, Resumption};

/// The longest `Retry-After` that is obeyed. A longer one is told and given up on.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);
/// What all waits for a rate limit may add up to.
const LIMIT_BUDGET: Duration = Duration::from_secs(90);
/// What all waits for an answer that still runs in the same chat may add up to.
const BUSY_BUDGET: Duration = Duration::from_secs(30);
/// What all waits for a document to be read, or a model to be loaded, may add up to: a large one takes minutes.
const PREPARING_BUDGET: Duration = Duration::from_secs(300);
/// How often that is asked after at most.
const MOST_PREPARED: u32 = 100;

/// How often a rate limit is met at most: a server that asks for no wait is not asked for ever.
const MOST_LIMITED: u32 = 20;

/// The user's `--retries`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub retries: u32,
    /// Whether the user chose the number: then it bounds rate limits too.
    pub is_chosen: bool,
}

/// What happened before this refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Retries already made, for whatever reason but that something was being made ready.
    pub retries: u32,
    /// Those of a reply that held nothing.
    pub empty: u32,
    /// The waits for rate limits and busy chats, added up.
    pub limited: Duration,
    /// How often something that was being made ready was waited for.
    pub prepared: u32,
    /// Those waits, added up.
    pub preparing: Duration,
}

impl Tried {
    /// Counts a wait before another try.
    pub(crate) fn add(&mut self, class: RetryClass, wait: Duration) {
        if class == RetryClass::Preparing {
            self.prepared += 1;
            self.preparing += wait;
            return;
        }
        self.retries += 1;
        self.empty += u32::from(class == RetryClass::Once);
        if matches!(class, RetryClass::RateLimited | RetryClass::Busy) {
            self.limited += wait;
        }
    }
}

/// The notice of a wait before another try. That something is being made ready is noticed once.
pub(crate) fn notice(tried: Tried, error: Error, resumption: Resumption, wait: Duration) -> Option<Notice> {
    match error.retry_class() {
        RetryClass::Preparing if tried.prepared > 1 => None,
        RetryClass::Preparing => Some(Notice::Preparing { error }),
        _ => Some(Notice::Retrying {
            error,
            resumption,
            wait,
        }),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Wait(Duration),
    GiveUp,
    /// The server asks for a longer wait than anybody would sit through.
    TooLong(Duration),
}

/// Decides. `jitter` is a number from 0 to 1.
///
/// Faults: 0.5 s, doubling, `retries` times. Rate limits: 2, 4, 8, 16, 30, 30 … s while they fit into 90 s, or
/// `retries` times where the user chose a number. `Retry-After` takes the place of either wait.
pub(crate) fn decide(
    policy: Policy,
    tried: Tried,
    class: RetryClass,
    retry_after: Option<Duration>,
    jitter: f64,
) -> Decision {
    let may = match class {
        RetryClass::Never => false,
        RetryClass::Once => tried.empty == 0 && tried.retries < policy.retries,
        RetryClass::Transient => tried.retries < policy.retries,
        RetryClass::RateLimited if policy.is_chosen => tried.retries < policy.retries,
        RetryClass::RateLimited => tried.retries < MOST_LIMITED,
        RetryClass::Busy => policy.retries > 0,
        RetryClass::Preparing => policy.retries > 0 && tried.prepared < MOST_PREPARED,
    };
    if !may {
        return Decision::GiveUp;
    }
    if let Some(asked) = retry_after {
        if asked > LONGEST_RETRY_AFTER {
            return Decision::TooLong(asked);
        }
        return within(class, tried, asked);
    }
    let jitter = jitter.clamp(0.0, 1.0);
    let step = tried.retries.min(16);
    let seconds = match class {
        RetryClass::RateLimited => (2.0 * 2f64.powi(step as i32)).min(30.0),
        RetryClass::Busy | RetryClass::Preparing => 3.0,
        _ => (0.5 * 2f64.powi(step as i32)).min(8.0),
    };
    within(class, tried, Duration::from_secs_f64(seconds * (1.0 + 0.25 * jitter)))
}

fn within(class: RetryClass, tried: Tried, wait: Duration) -> Decision {
    let (waited, budget) = match class {
        RetryClass::RateLimited => (tried.limited, LIMIT_BUDGET),
        RetryClass::Busy => (tried.limited, BUSY_BUDGET),
        RetryClass::Preparing => (tried.preparing, PREPARING_BUDGET),
        RetryClass::Transient | RetryClass::Once | RetryClass::Never => return Decision::Wait(wait),
    };
    if waited + wait > budget {
        return Decision::GiveUp;
    }
    Decision::Wait(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Rejection;

    /// The waits, in seconds, of a server that always answers so.
    fn waits(policy: Policy, class: RetryClass, retry_after: Option<u64>) -> Vec<f64> {
        let mut tried = Tried::default();
        let mut waits = Vec::new();
        while let Decision::Wait(wait) = decide(policy, tried, class, retry_after.map(Duration::from_secs), 0.0) {
            waits.push(wait.as_secs_f64());
            tried.add(class, wait);
        }
        waits
    }

    const DEFAULT: Policy = Policy {
        retries: 3,
        is_chosen: false,
    };

    fn chosen(retries: u32) -> Policy {
        Policy {
            retries,
            is_chosen: true,
        }
    }

    #[test]
    fn faults_are_tried_again_soon() {
        assert_eq!(waits(DEFAULT, RetryClass::Transient, None), [0.5, 1.0, 2.0]);
        assert_eq!(waits(chosen(1), RetryClass::Transient, None), [0.5]);
        assert_eq!(waits(chosen(0), RetryClass::Transient, None), [0.0; 0]);
        assert_eq!(waits(chosen(20), RetryClass::Transient, None).last(), Some(&8.0));
    }

    #[test]
    fn rate_limits_are_tried_again_for_ninety_seconds() {
        assert_eq!(
            waits(DEFAULT, RetryClass::RateLimited, None),
            [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
        );
        assert_eq!(waits(chosen(2), RetryClass::RateLimited, None), [2.0, 4.0]);
        assert_eq!(waits(DEFAULT, RetryClass::RateLimited, Some(60)), [60.0]);
        assert_eq!(waits(DEFAULT, RetryClass::RateLimited, Some(0)).len(), 20);
        assert_eq!(waits(chosen(0), RetryClass::RateLimited, Some(0)).len(), 0);
    }

    #[test]
    fn what_is_being_made_ready_is_waited_for_some_minutes_and_told_of_once() {
        assert_eq!(waits(DEFAULT, RetryClass::Preparing, None).len(), 100);
        assert_eq!(waits(DEFAULT, RetryClass::Preparing, Some(0)).len(), 100);
        assert_eq!(waits(DEFAULT, RetryClass::Preparing, Some(60)).len(), 5);
        assert_eq!(waits(chosen(0), RetryClass::Preparing, None), [0.0; 0]);
        let mut tried = Tried::default();
        let error = Error::new(Rejection::ModelLoading).retry(RetryClass::Preparing);
        let noticed = [0; 3].map(|_| {
            tried.add(RetryClass::Preparing, Duration::ZERO);
            notice(tried, error.clone(), Resumption::Again, Duration::ZERO)
        });
        assert_eq!(noticed, [Some(Notice::Preparing { error }), None, None]);
        // It takes no try away from what goes wrong afterwards.
        assert_eq!((tried.retries, tried.limited), (0, Duration::ZERO));
    }

    #[test]
    fn a_reply_of_nothing_is_asked_for_once_more() {
        assert_eq!(waits(DEFAULT, RetryClass::Once, None), [0.5]);
        assert_eq!(waits(chosen(0), RetryClass::Once, None), [0.0; 0]);
    }

    #[test]
    fn a_long_retry_after_is_told() {
        assert_eq!(
            decide(
                DEFAULT,
                Tried::default(),
                RetryClass::RateLimited,
                Some(Duration::from_secs(61)),
                0.0
            ),
            Decision::TooLong(Duration::from_secs(61))
        );
    }

    #[test]
    fn refusals_are_final() {
        assert_eq!(waits(DEFAULT, RetryClass::Never, None), [0.0; 0]);
    }
}
