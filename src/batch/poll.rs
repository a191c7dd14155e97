//! The waits between two looks at a job.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);

/// The waits between two looks at a job: 2 s, doubled up to 60 s, or always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poll {
    next: Duration,
    longest: Duration,
}

impl Poll {
    /// `always` is the user's choice.
    pub fn new(always: Option<Duration>) -> Poll {
        match always {
            Some(always) => Poll {
                next: always,
                longest: always,
            },
            None => Poll {
                next: FIRST,
                longest: LONGEST,
            },
        }
    }

    /// The next wait.
    pub(super) fn wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.longest);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute_or_stay_as_they_are() {
        let waits = |always: Option<u64>| {
            let mut poll = Poll::new(always.map(Duration::from_secs));
            [(); 7].map(|()| poll.wait().as_secs())
        };
        assert_eq!(waits(None), [2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(waits(Some(5)), [5; 7]);
    }
}
