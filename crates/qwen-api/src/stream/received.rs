//! The part of a reply that has arrived, which a resumed request continues.

use super::partial_text::PartialText;
use crate::error::Error;
use crate::{Event, Usage};

/// The state of a reply over all its attempts.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// The text that the caller brought from an earlier stream.
    brought: Option<String>,
    text: PartialText,
    has_thinking: bool,
    /// The reply was requested again: its next content replaces all that arrived before.
    restarts: bool,
    /// What cut the reply, until more of it comes.
    interruption: Option<Error>,
    /// The usage of earlier attempts, added up.
    spent: Usage,
    /// The usage of the current attempt, as reported last.
    running: Option<Usage>,
}

impl Received {
    /// The state of a reply that is to continue `text`.
    pub(super) fn after(text: String) -> Received {
        Received {
            brought: Some(text),
            ..Received::default()
        }
    }

    pub(super) fn brought(&self) -> Option<&str> {
        self.brought.as_deref()
    }

    /// Whether any text or thinking came.
    pub(super) fn has_begun(&self) -> bool {
        self.has_thinking || self.has_text()
    }

    pub(super) fn has_text(&self) -> bool {
        !self.text.is_empty()
    }

    pub(super) fn has_thinking(&self) -> bool {
        self.has_thinking
    }

    /// The text to continue; `None` where it is too long to be sent.
    pub(super) fn text(&self) -> Option<String> {
        self.text.after(self.brought().unwrap_or_default())
    }

    /// Whether the next attempt continues the text, rather than starting over.
    pub(super) fn is_continued(&self) -> bool {
        self.has_text() && !self.restarts
    }

    /// Has the next content take the place of what came so far, which stays valid until then.
    pub(super) fn restart(&mut self) {
        self.restarts = true;
    }

    /// Has the next attempt continue the text that `error` cut.
    pub(super) fn interrupted(&mut self, error: Error) {
        self.interruption = Some(error);
    }

    /// What cut the reply, where nothing has come since.
    pub(super) fn take_interruption(&mut self) -> Option<Error> {
        self.interruption.take()
    }

    /// Adds the usage of an attempt that failed to the total.
    pub(super) fn end_attempt(&mut self) {
        if let Some(running) = self.running.take() {
            self.spent = self.spent.plus(running);
        }
    }

    /// Whether `event` is the first content of a reply that was requested again. If so, the earlier content is dropped.
    pub(super) fn restarts_with(&mut self, event: &Event) -> bool {
        let is_content = !matches!(event, Event::Started(_) | Event::Usage(_) | Event::Notice(_));
        if !self.restarts || !is_content {
            return false;
        }
        self.restarts = false;
        self.has_thinking = false;
        self.text.clear();
        true
    }

    /// Adds an event of the current attempt, and returns it with the usage of all attempts.
    pub(super) fn record(&mut self, event: Event) -> Event {
        self.interruption = None;
        match &event {
            Event::Text(text) => self.text.push(text),
            Event::Thinking(_) => self.has_thinking = true,
            Event::Usage(usage) => {
                self.running = Some(*usage);
                return Event::Usage(self.spent.plus(*usage));
            }
            _ => {}
        }
        event
    }
}
