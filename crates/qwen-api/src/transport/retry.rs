//! Retries: whether a failed exchange is repeated, and after how long.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::error::{Error, RetryClass};
use crate::notice::{Notice, Resumption};

/// The longest `Retry-After` that is obeyed. A longer one ends the retries.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);
/// The most that all waits for a rate limit add up to.
const MAX_RATE_LIMIT_WAIT: Duration = Duration::from_secs(90);
/// The most that all waits for an answer that still runs in the same chat add up to.
const MAX_BUSY_WAIT: Duration = Duration::from_secs(30);
/// The most that all waits for a document to be read, or a model to be loaded, add up to: a large one takes minutes.
const MAX_PREPARING_WAIT: Duration = Duration::from_secs(300);
/// The most retries while a document is read or a model loaded.
const MAX_PREPARING_RETRIES: u32 = 100;
/// The most retries after a rate limit: a server may ask for no wait at all.
const MAX_RATE_LIMIT_RETRIES: u32 = 20;

/// How often a failed request is retried.
///
/// Faults of the server or the network are retried after 0.5, 1, 2, … seconds, at most 8. A rate limit is retried after 2, 4,
/// 8, 16, 30, 30, … seconds. A `Retry-After` of up to 60 seconds replaces either wait; a longer one ends the retries. Each
/// wait is a [`Notice::Retrying`].
///
/// ```
/// use qwen_api::RetryPolicy;
///
/// assert_eq!(RetryPolicy::default().retries, 3);
/// assert_eq!(RetryPolicy::never(), RetryPolicy::at_most(0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Retries after the first attempt.
    pub retries: u32,
    /// Whether `retries` bounds those of rate limits as well, which are otherwise retried as long as their waits add up to
    /// 90 seconds at most.
    pub bounds_rate_limits: bool,
    /// Whether rate limits are retried at all. A program that paces its requests itself wants to hear of the first.
    pub retries_rate_limits: bool,
    /// The most that all waits may add up to, on top of the limits of each kind. A longer one ends the retries.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    /// Three retries, and those of rate limits as far as they fit into 90 seconds.
    fn default() -> RetryPolicy {
        RetryPolicy {
            retries: 3,
            bounds_rate_limits: false,
            retries_rate_limits: true,
            longest_wait: Duration::MAX,
        }
    }
}

impl RetryPolicy {
    /// At most so many retries for any reason.
    pub fn at_most(retries: u32) -> RetryPolicy {
        RetryPolicy {
            retries,
            bounds_rate_limits: true,
            retries_rate_limits: true,
            longest_wait: Duration::MAX,
        }
    }

    /// The same, ended where the waits would add up to more than this.
    #[must_use]
    pub fn within(self, longest_wait: Duration) -> RetryPolicy {
        RetryPolicy { longest_wait, ..self }
    }

    /// The same, but that a rate limit is an error at once.
    #[must_use]
    pub fn without_rate_limits(self) -> RetryPolicy {
        RetryPolicy {
            retries_rate_limits: false,
            ..self
        }
    }

    /// No retries.
    pub fn never() -> RetryPolicy {
        RetryPolicy::at_most(0)
    }
}

/// The retries of one request so far, and the limits on more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retries {
    policy: RetryPolicy,
    /// Those made, not counting waits for a document or a model to be ready.
    made: u32,
    /// Those of an empty reply.
    empty: u32,
    /// All waits, in total.
    waited: Duration,
    /// The waits for rate limits and busy chats, in total.
    limited: Duration,
    /// The number of waits for a document or a model to be ready.
    preparing: u32,
    /// Those waits, in total.
    preparing_wait: Duration,
}

impl Retries {
    pub(crate) fn new(policy: RetryPolicy) -> Retries {
        Retries {
            policy,
            made: 0,
            empty: 0,
            waited: Duration::ZERO,
            limited: Duration::ZERO,
            preparing: 0,
            preparing_wait: Duration::ZERO,
        }
    }

    /// The wait before another attempt, which is counted; `None` without one.
    pub(crate) fn next_wait(&mut self, error: &Error) -> Option<Duration> {
        let jitter = RandomState::new().hash_one(0u8) as f64 / u64::MAX as f64;
        let wait = self.wait(error.retry_class(), error.retry_after(), jitter)?;
        self.count(error.retry_class(), wait);
        Some(wait)
    }

    /// The attempts made so far, including the first.
    pub(crate) fn attempts(&self) -> u32 {
        self.made + 1
    }

    /// The notice of a wait that was counted; of the waits for a document or a model, only of the first.
    pub(crate) fn notice(&self, error: Error, resumption: Resumption, wait: Duration) -> Option<Notice> {
        match error.retry_class() {
            RetryClass::Preparing if self.preparing > 1 => None,
            RetryClass::Preparing => Some(Notice::Preparing { error }),
            class => Some(Notice::Retrying {
                most: self.most(class),
                error,
                resumption,
                retry: self.made,
                wait,
            }),
        }
    }

    /// The most retries of errors of this class, where their number is limited. Those of the server's choosing are limited,
    /// too, but by so much that their number says nothing.
    fn most(&self, class: RetryClass) -> Option<u32> {
        match class {
            RetryClass::Once => Some(self.made),
            RetryClass::Transient => Some(self.policy.retries),
            RetryClass::RateLimited if self.policy.bounds_rate_limits => Some(self.policy.retries),
            _ => None,
        }
    }

    /// The wait before another attempt, if any. `jitter` is a number from 0 to 1.
    ///
    /// Faults: 0.5 s, doubling, `retries` times. Rate limits: 2, 4, 8, 16, 30, 30 … s while they fit into 90 s, or
    /// `retries` times where the policy bounds them. `Retry-After` takes the place of either wait.
    fn wait(&self, class: RetryClass, retry_after: Option<Duration>, jitter: f64) -> Option<Duration> {
        let policy = self.policy;
        let may = match class {
            RetryClass::Never => false,
            RetryClass::Once => self.empty == 0 && self.made < policy.retries,
            RetryClass::Transient => self.made < policy.retries,
            RetryClass::RateLimited if !policy.retries_rate_limits => false,
            RetryClass::RateLimited if policy.bounds_rate_limits => self.made < policy.retries,
            RetryClass::RateLimited => self.made < MAX_RATE_LIMIT_RETRIES,
            RetryClass::Busy => policy.retries > 0,
            RetryClass::Preparing => policy.retries > 0 && self.preparing < MAX_PREPARING_RETRIES,
        };
        if !may {
            return None;
        }
        let step = i32::try_from(self.made.min(16)).unwrap_or_default();
        let seconds = match class {
            RetryClass::RateLimited => (2.0 * 2f64.powi(step)).min(30.0),
            RetryClass::Busy | RetryClass::Preparing => 3.0,
            _ => (0.5 * 2f64.powi(step)).min(8.0),
        };
        let jittered = || Duration::from_secs_f64(seconds * (1.0 + 0.25 * jitter.clamp(0.0, 1.0)));
        let wait = match retry_after {
            Some(asked) if asked > LONGEST_RETRY_AFTER => return None,
            Some(asked) => asked,
            None => jittered(),
        };
        if self.waited.saturating_add(wait) > policy.longest_wait {
            return None;
        }
        let (waited, limit) = match class {
            RetryClass::RateLimited => (self.limited, MAX_RATE_LIMIT_WAIT),
            RetryClass::Busy => (self.limited, MAX_BUSY_WAIT),
            RetryClass::Preparing => (self.preparing_wait, MAX_PREPARING_WAIT),
            RetryClass::Transient | RetryClass::Once | RetryClass::Never => return Some(wait),
        };
        (waited + wait <= limit).then_some(wait)
    }

    fn count(&mut self, class: RetryClass, wait: Duration) {
        self.waited += wait;
        if class == RetryClass::Preparing {
            self.preparing += 1;
            self.preparing_wait += wait;
            return;
        }
        self.made += 1;
        self.empty += u32::from(class == RetryClass::Once);
        if matches!(class, RetryClass::RateLimited | RetryClass::Busy) {
            self.limited += wait;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Rejection;

    /// The waits, in seconds, if a server always answers like this.
    fn waits(policy: RetryPolicy, class: RetryClass, retry_after: Option<u64>) -> Vec<f64> {
        let mut retries = Retries::new(policy);
        let mut waits = Vec::new();
        while let Some(wait) = retries.wait(class, retry_after.map(Duration::from_secs), 0.0) {
            waits.push(wait.as_secs_f64());
            retries.count(class, wait);
        }
        waits
    }

    #[test]
    fn faults_are_tried_again_soon() {
        assert_eq!(
            waits(RetryPolicy::default(), RetryClass::Transient, None),
            [0.5, 1.0, 2.0]
        );
        assert_eq!(waits(RetryPolicy::at_most(1), RetryClass::Transient, None), [0.5]);
        assert_eq!(waits(RetryPolicy::at_most(0), RetryClass::Transient, None), [0.0; 0]);
        assert_eq!(
            waits(RetryPolicy::at_most(20), RetryClass::Transient, None).last(),
            Some(&8.0)
        );
    }

    #[test]
    fn rate_limits_are_tried_again_for_ninety_seconds() {
        assert_eq!(
            waits(RetryPolicy::default(), RetryClass::RateLimited, None),
            [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
        );
        assert_eq!(
            waits(RetryPolicy::at_most(2), RetryClass::RateLimited, None),
            [2.0, 4.0]
        );
        assert_eq!(waits(RetryPolicy::default(), RetryClass::RateLimited, Some(60)), [60.0]);
        assert_eq!(
            waits(RetryPolicy::default(), RetryClass::RateLimited, Some(0)).len(),
            20
        );
        assert_eq!(
            waits(RetryPolicy::at_most(0), RetryClass::RateLimited, Some(0)).len(),
            0
        );
    }

    #[test]
    fn the_waits_of_a_policy_end_where_it_says() {
        let policy = RetryPolicy::at_most(9).within(Duration::from_secs(20));
        assert_eq!(waits(policy, RetryClass::Transient, None), [0.5, 1.0, 2.0, 4.0, 8.0]);
        assert_eq!(waits(policy, RetryClass::RateLimited, Some(15)), [15.0]);
        assert_eq!(waits(policy, RetryClass::RateLimited, Some(21)), [0.0; 0]);
    }

    #[test]
    fn a_program_that_paces_itself_hears_of_rate_limits_at_once() {
        let policy = RetryPolicy::default().without_rate_limits();
        assert_eq!(waits(policy, RetryClass::RateLimited, Some(1)), [0.0; 0]);
        assert_eq!(waits(policy, RetryClass::Transient, None).len(), 3);
    }

    #[test]
    fn what_is_being_made_ready_is_waited_for_some_minutes_and_told_of_once() {
        assert_eq!(waits(RetryPolicy::default(), RetryClass::Preparing, None).len(), 100);
        assert_eq!(waits(RetryPolicy::default(), RetryClass::Preparing, Some(0)).len(), 100);
        assert_eq!(waits(RetryPolicy::default(), RetryClass::Preparing, Some(60)).len(), 5);
        assert_eq!(waits(RetryPolicy::at_most(0), RetryClass::Preparing, None), [0.0; 0]);
        let mut retries = Retries::new(RetryPolicy::default());
        let error = Error::new(Rejection::ModelLoading).retry(RetryClass::Preparing);
        let noticed = [0; 3].map(|_| {
            retries.count(RetryClass::Preparing, Duration::ZERO);
            retries.notice(error.clone(), Resumption::Again, Duration::ZERO)
        });
        assert_eq!(noticed, [Some(Notice::Preparing { error }), None, None]);
        // It leaves the retries for later failures.
        assert_eq!((retries.attempts(), retries.limited), (1, Duration::ZERO));
    }

    #[test]
    fn a_reply_of_nothing_is_asked_for_once_more() {
        assert_eq!(waits(RetryPolicy::default(), RetryClass::Once, None), [0.5]);
        assert_eq!(waits(RetryPolicy::at_most(0), RetryClass::Once, None), [0.0; 0]);
    }

    #[test]
    fn a_long_retry_after_ends_the_retries() {
        for class in [RetryClass::Transient, RetryClass::RateLimited, RetryClass::Preparing] {
            assert_eq!(waits(RetryPolicy::default(), class, Some(61)), [0.0; 0]);
            assert_ne!(waits(RetryPolicy::default(), class, Some(60)), [0.0; 0]);
        }
    }

    #[test]
    fn a_retry_is_numbered_and_counted_where_its_number_is_limited() {
        let numbered = |policy, class| {
            let mut retries = Retries::new(policy);
            let error = Error::new(Rejection::Unavailable).retry(class);
            [(); 2].map(|()| {
                retries.count(class, Duration::ZERO);
                match retries.notice(error.clone(), Resumption::Again, Duration::ZERO) {
                    Some(Notice::Retrying { retry, most, .. }) => (retry, most),
                    other => panic!("{other:?}"),
                }
            })
        };
        let (usual, two) = (RetryPolicy::default(), RetryPolicy::at_most(2));
        assert_eq!(numbered(usual, RetryClass::Transient), [(1, Some(3)), (2, Some(3))]);
        assert_eq!(numbered(usual, RetryClass::RateLimited), [(1, None), (2, None)]);
        assert_eq!(numbered(two, RetryClass::RateLimited), [(1, Some(2)), (2, Some(2))]);
    }

    #[test]
    fn refusals_are_final() {
        assert_eq!(waits(RetryPolicy::default(), RetryClass::Never, None), [0.0; 0]);
    }
}
