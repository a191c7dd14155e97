//! What follows a fault in the middle of an answer: the same request again, one for the rest, or the end.

use std::time::Duration;

use super::{Answer, State};
use crate::backend::http::Fault;
use crate::backend::retry::{self, Decision};
use crate::backend::stream::ended_early;
use crate::backend::wire::{HttpRequest, Retry};
use crate::chat::{Event, Thinking};
use crate::error::Failure;
use crate::text::words::Words;
use crate::words;

impl Answer<'_> {
    /// Decides what a fault means: another try, told as a notice where there is something to tell, or the end.
    pub(super) fn recover(&mut self, fault: Fault) -> Result<Option<Event>, Failure> {
        let has_begun = self.has_thought || !self.text.is_empty();
        let mut fault = match fault.retry {
            // Nothing in place of the rest says nothing against the prompt.
            Retry::Once if has_begun => ended_early(),
            _ => self.backend.masked(fault),
        };
        if let (Some(cut), Retry::Never) = (self.cut.take(), fault.retry) {
            // A refusal of the rest is not a refusal of the request.
            fault.failure.kind = cut.kind;
            fault.failure.message = words!(
                "{}, and the rest could not be had: {}",
                cut.message,
                fault.failure.message
            );
        }
        if fault.is_lost && !has_begun && !self.was_lost && !self.remote.is_empty() {
            return self.begin_again(&fault.failure).map(Some);
        }
        let next = if has_begun {
            self.rest_of_answer(&fault)
        } else {
            Some(self.http_request.clone())
        };
        let Some(next) = next else {
            return Err(self.incomplete(fault.failure));
        };
        let wait = match self.backend.again(self.backend.policy, &mut self.tried, &fault) {
            Decision::Wait(wait) => wait,
            Decision::GiveUp => return Err(self.gave_up(fault.failure)),
            Decision::TooLong(asked) => {
                let mut failure = self.gave_up(fault.failure);
                failure.hint = Some(words!("the server asks to wait {}; try again then", spell(asked)));
                return Err(failure);
            }
        };
        if let Some(running) = self.running.take() {
            self.spent = self.spent.plus(running);
        }
        self.http_request = next;
        self.state = State::Sending(wait);
        let then = if self.text.is_empty() || self.starts_over {
            words!("trying again")
        } else {
            words!("going on with the answer")
        };
        Ok(retry::notice(self.tried, fault.retry, &fault.failure.message, &then, wait).map(Event::Notice))
    }

    /// The request for what is missing; `None` where it cannot be had. An answer cut while it was only thought
    /// about is asked again, since there is no text to go on from; so is one in JSON of which nothing was shown yet.
    fn rest_of_answer(&mut self, fault: &Fault) -> Option<HttpRequest> {
        if fault.retry == Retry::Never || self.backend.policy.retries == 0 {
            return None;
        }
        let in_json = self.request.params.format.is_some();
        if self.text.is_empty() || (in_json && self.can_start_over) {
            self.starts_over = self.can_resume_text();
            return self.starts_over.then(|| self.http_request.clone());
        }
        let so_far = self.text.after(&self.before)?;
        if self.has_thought {
            // It has thought about this already, and a prefix is not to be had while thinking.
            self.request.params.thinking = Some(Thinking::Off);
        }
        let request = self.backend.wire.resume(&self.request, &so_far)?;
        self.cut = Some(fault.failure.clone());
        self.progress.resumed += 1;
        Some(request)
    }

    /// Whether this server goes on with an answer at all, so that asking again is what it is made for.
    fn can_resume_text(&self) -> bool {
        let mut plain = self.request.clone();
        plain.params.format = None;
        self.backend.wire.resume(&plain, "x").is_some()
    }

    fn incomplete(&self, mut failure: Failure) -> Failure {
        failure.incomplete = true;
        failure
    }

    fn gave_up(&self, mut failure: Failure) -> Failure {
        if self.tried.retries > 0 {
            failure.message = words!("{} (after {} tries)", failure.message, self.tried.retries + 1);
        }
        failure.incomplete = self.has_thought || !self.text.is_empty();
        failure
    }
}

/// `90` seconds as `1 min 30 s`.
fn spell(wait: Duration) -> Words {
    let seconds = wait.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => words!("{} s", s),
        (0, m, 0) => words!("{} min", m),
        (0, m, s) => words!("{} min {} s", m, s),
        (h, 0, _) => words!("{} h", h),
        (h, m, _) => words!("{} h {} min", h, m),
    }
}
