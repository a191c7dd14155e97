//! What follows an error in an answer: the same request again, one for the rest, or the end.

use super::{ChatStream, State};
use crate::error::{Error, RetryClass};
use crate::notice::Resumption;
use crate::protocol::HttpRequest;
use crate::transport::attempt::ended_early;
use crate::transport::retry::{self, Decision};
use crate::{Event, Thinking};

impl ChatStream<'_> {
    /// Decides what an error means: another try, noticed where there is something to notice, or the end.
    pub(super) fn recover(&mut self, error: Error) -> Result<Option<Event>, Error> {
        let has_begun = self.has_thought || !self.text.is_empty();
        let mut error = match error.retry_class() {
            // Nothing in place of the rest says nothing against the prompt.
            RetryClass::Once if has_begun => ended_early(),
            _ => self.client.masked(error),
        };
        if let (Some(cut), false) = (self.cut.take(), error.is_retryable()) {
            error = error.after(cut);
        }
        let is_lost = self.client.protocol.has_lost(&error);
        if is_lost && !has_begun && !self.was_lost && !self.remote.is_empty() {
            return self.begin_again(error).map(Some);
        }
        let next = if has_begun {
            self.rest_of_answer(&error)
        } else {
            Some(self.http_request.clone())
        };
        let Some(next) = next else {
            return Err(error.incomplete(true));
        };
        let Decision::Wait(wait) = self.client.again(self.client.policy, &mut self.tried, &error) else {
            let has_begun = self.has_thought || !self.text.is_empty();
            return Err(error.with_attempts(self.tried.retries + 1).incomplete(has_begun));
        };
        if let Some(running) = self.running.take() {
            self.spent = self.spent.plus(running);
        }
        self.http_request = next;
        self.state = State::Sending(wait);
        let resumption = match self.text.is_empty() || self.starts_over {
            true => Resumption::Again,
            false => Resumption::Continue,
        };
        Ok(retry::notice(self.tried, error, resumption, wait).map(Event::Notice))
    }

    /// The request for what is missing; `None` where it cannot be had. An answer cut while it was only thought
    /// about is asked again, since there is no text to go on from; so is one in JSON of which nothing was shown yet.
    fn rest_of_answer(&mut self, error: &Error) -> Option<HttpRequest> {
        if !error.is_retryable() || self.client.policy.retries == 0 {
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
        let request = self.client.protocol.resume(&self.request, &so_far)?;
        self.cut = Some(error.clone());
        self.progress.resumed += 1;
        Some(request)
    }

    /// Whether this server goes on with an answer at all, so that asking again is what it is made for.
    fn can_resume_text(&self) -> bool {
        let mut plain = self.request.clone();
        plain.params.format = None;
        self.client.protocol.resume(&plain, "x").is_some()
    }
}
