//! The pace of requests: how many may run at a time, and when none may. Pure.
//!
//! A refusal for too many requests halves the number, each answer raises it by a part of one, as TCP does ("Congestion
//! Avoidance" in RFC 5681).

use std::time::{Duration, Instant};

/// The wait after a refusal that names none, doubled by each further one.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The longest `Retry-After` that is waited for: a batch has time.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// How long nothing but refusals is borne.
const PATIENCE: Duration = Duration::from_secs(900);

/// How many requests may run at a time.
#[derive(Debug)]
pub(super) struct Pace {
    most: f64,
    allowed: f64,
    /// No request may begin before.
    pause: Option<Instant>,
    /// How often the number was halved. A request of an earlier count says nothing about the present one.
    round: u64,
    /// The rounds without an answer in between.
    fruitless: u32,
    /// When there was an answer last.
    last_answer: Instant,
    /// The rounds without an answer that are borne, where their number is limited.
    most_fruitless: Option<u32>,
}

impl Pace {
    pub(super) fn new(most: usize, most_fruitless: Option<u32>, now: Instant) -> Pace {
        let most = most as f64;
        Pace {
            most,
            allowed: most,
            pause: None,
            round: 0,
            fruitless: 0,
            last_answer: now,
            most_fruitless,
        }
    }

    /// How many requests may run.
    pub(super) fn allowed(&self) -> usize {
        self.allowed as usize
    }

    /// Until when no request may begin.
    pub(super) fn pause(&mut self, now: Instant) -> Option<Instant> {
        self.pause = self.pause.filter(|until| *until > now);
        self.pause
    }

    /// What a request that begins now belongs to.
    pub(super) fn round(&self) -> u64 {
        self.round
    }

    /// A request was answered, in whatever way.
    pub(super) fn answered(&mut self, now: Instant) {
        self.allowed = (self.allowed + 1.0 / self.allowed).min(self.most);
        self.fruitless = 0;
        self.last_answer = now;
    }

    /// A request of `round` was refused since there are too many. Returns whether it may be made again.
    pub(super) fn refused(&mut self, round: u64, retry_after: Option<Duration>, now: Instant) -> bool {
        if retry_after.is_some_and(|wait| wait > LONGEST_RETRY_AFTER) {
            return false;
        }
        if round == self.round {
            self.round += 1;
            self.fruitless += 1;
            self.allowed = (self.allowed / 2.0).max(1.0);
        }
        let own = FIRST_WAIT * 2_u32.saturating_pow(self.fruitless.saturating_sub(1).min(8));
        let until = now + retry_after.unwrap_or_else(|| own.min(LONGEST_WAIT));
        self.pause = self.pause.max(Some(until));
        let is_borne = self.most_fruitless.is_none_or(|most| self.fruitless <= most);
        is_borne && now.duration_since(self.last_answer) < PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_halves_the_requests_once_and_answers_bring_them_back() {
        let now = Instant::now();
        let mut pace = Pace::new(8, None, now);
        let round = pace.round();
        for _ in 0..8 {
            assert!(pace.refused(round, Some(Duration::ZERO), now));
        }
        assert_eq!((pace.allowed(), pace.pause(now)), (4, None));
        for _ in 0..4 {
            pace.answered(now);
        }
        assert_eq!(pace.allowed(), 4);
        for _ in 0..40 {
            pace.answered(now);
        }
        assert_eq!(pace.allowed(), 8);
        for _ in 0..9 {
            assert!(pace.refused(pace.round(), Some(Duration::ZERO), now));
        }
        assert_eq!(pace.allowed(), 1);
    }

    #[test]
    fn the_wait_is_the_server_s_or_grows() {
        let now = Instant::now();
        let mut pace = Pace::new(8, None, now);
        let after = |seconds| Some(now + Duration::from_secs(seconds));
        assert!(pace.refused(0, None, now));
        assert_eq!(pace.pause(now), after(2));
        assert!(pace.refused(1, None, now));
        assert_eq!(pace.pause(now), after(4));
        assert!(pace.refused(1, Some(Duration::from_secs(30)), now));
        assert_eq!(pace.pause(now), after(30));
        assert_eq!(pace.pause(now + Duration::from_secs(30)), None);
        assert!(!pace.refused(2, Some(Duration::from_secs(3601)), now));
    }

    #[test]
    fn refusals_alone_are_borne_for_a_while() {
        let now = Instant::now();
        let mut pace = Pace::new(8, Some(1), now);
        assert!(pace.refused(0, None, now));
        assert!(!pace.refused(1, None, now));
        pace.answered(now);
        assert!(pace.refused(2, None, now));
        let mut pace = Pace::new(8, None, now);
        assert!(pace.refused(0, None, now + PATIENCE / 2));
        assert!(!pace.refused(1, None, now + PATIENCE));
    }
}
