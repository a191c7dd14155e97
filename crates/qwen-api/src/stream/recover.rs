//! What follows an error: the same request again, one for the rest of the reply, or the end.

use std::sync::Arc;
use std::time::Duration;

use super::{ChatStream, Phase};
use crate::error::{Cause, Error, Rejection, RetryClass};
use crate::notice::{Notice, Resumption};
use crate::protocol::HttpRequest;
use crate::transport::attempt::ended_early;
use crate::{Event, Thinking};

impl ChatStream {
    /// Sets the stream up for another attempt, or returns the error that ends it.
    pub(super) fn recover(&mut self, error: Error) -> Result<(), Error> {
        let has_begun = self.received.has_begun();
        let mut error = match error.retry_class() {
            // An empty reply to the request for the rest says nothing about the prompt.
            RetryClass::Once if has_begun => ended_early(),
            _ => self.client.masked(error),
        };
        if let (Some(interruption), false) = (self.received.take_interruption(), error.is_retryable()) {
            error = error.after(interruption);
        }
        let hosted = self.client.hosted();
        let is_lost = hosted.is_some_and(|chats| chats.has_lost(&error));
        if is_lost && !has_begun && self.conversation.can_be_replaced() {
            return self.replace_chat(error);
        }
        if !has_begun
            && let Cause::Rejected(Rejection::ModelNotFound) = error.cause()
            && let Some(successor) = self.successor.take()
        {
            return self.replace_model(successor);
        }
        let next = match has_begun {
            true => self.request_for_rest(&error),
            false => self.http_request.clone(),
        };
        let Some(next) = next else {
            return Err(error.incomplete(true));
        };
        let Some(wait) = self.client.wait_before_retry(&mut self.retries, &error) else {
            return Err(error.with_attempts(self.retries.attempts()).incomplete(has_begun));
        };
        self.received.end_attempt();
        self.http_request = Some(next);
        self.phase = Phase::Idle { wait };
        let resumption = match self.received.is_continued() {
            true => Resumption::Continue,
            false => Resumption::Again,
        };
        let notice = self.retries.notice(error, resumption, wait);
        self.queue.extend(notice.map(Event::Notice));
        Ok(())
    }

    /// Has another model asked.
    fn replace_model(&mut self, successor: String) -> Result<(), Error> {
        let model = std::mem::replace(&mut self.request.model, successor.clone());
        let brought = self.received.brought();
        match brought.and_then(|text| self.client.inner.protocol.resume(&self.request, text)) {
            Some(request) => self.http_request = Some(Arc::new(request)),
            // Its notices were handed out with the first request.
            None => drop(self.remake_requests()?),
        }
        self.phase = Phase::Idle { wait: Duration::ZERO };
        self.queue
            .push_back(Event::Notice(Notice::ModelReplaced { model, successor }));
        Ok(())
    }

    /// The request for what is missing; `None` where it cannot be had. A reply that was cut while the model was thinking
    /// is asked for again, since there is no text to continue; so is one in JSON, where that is allowed.
    /// Of a tool call that was cut nothing was handed out: the text before it is continued, and the model calls again.
    fn request_for_rest(&mut self, error: &Error) -> Option<Arc<HttpRequest>> {
        if !error.is_retryable() || self.client.inner.policy.retries == 0 {
            return None;
        }
        let is_json = self.request.params.response_format.is_some();
        if !self.received.has_text() || (is_json && self.allows_restart) {
            if !self.can_resume_text() {
                return None;
            }
            self.received.restart();
            return self.http_request.clone();
        }
        let text = self.received.text()?;
        if self.received.has_thinking() {
            // The thinking is done, and no protocol continues a text while thinking.
            self.request.params.thinking = Some(Thinking::Off);
        }
        let request = self.client.inner.protocol.resume(&self.request, &text)?;
        self.received.interrupted(error.clone());
        self.stats.resumed += 1;
        Some(Arc::new(request))
    }

    /// Whether this server continues a text at all, so that asking again is what it is made for.
    fn can_resume_text(&self) -> bool {
        let mut plain = self.request.clone();
        plain.params.response_format = None;
        self.client.inner.protocol.resume(&plain, "x").is_some()
    }
}
