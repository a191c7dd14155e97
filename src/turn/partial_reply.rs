//! An answer as it grows, and when it is stored.

use std::time::{Duration, Instant};

use super::TICK;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::session::{Ask, Session};
use qwen_api::{Event, Reply};

/// The age from which a tick stores text that is not stored yet. With [`TICK`], text on the screen is in the store at most
/// 200 ms later, and a pause costs no more than one write.
pub(super) const RECORD: Duration = TICK;
/// The most text, in bytes, that stays out of the store.
const MOST_UNRECORDED: usize = 256 * 1024;

/// The answer so far, and how much of it is not stored yet.
pub(super) struct PartialReply {
    pub(super) reply: Reply,
    /// The bytes in memory from which on text that is stored and shown is dropped.
    evicts_from: u64,
    /// When everything was last stored.
    pub(super) since: Instant,
    /// Whether a line was finished since then.
    has_line: bool,
    is_any: bool,
    /// Bytes of text and thinking since then.
    bytes: usize,
}

impl PartialReply {
    pub(super) fn new(evicts_from: u64) -> PartialReply {
        PartialReply {
            reply: Reply::default(),
            evicts_from,
            since: Instant::now(),
            has_line: false,
            is_any: false,
            bytes: 0,
        }
    }

    /// Adds an event. The answer has no limit, so a failed allocation is an error and no abort.
    pub(super) fn add(&mut self, event: &Event) -> Result<(), Failure> {
        if let Event::Text(text) | Event::Thinking(text) = event {
            self.bytes += text.len();
        }
        self.has_line |= matches!(event, Event::Text(text) if text.contains('\n'));
        self.is_any |= matches!(event, Event::Text(_) | Event::Thinking(_) | Event::Restarted);
        self.reply.reserve(event).map_err(|_| Failure::out_of_memory())?;
        self.reply.add(event);
        Ok(())
    }

    /// Whether no more may be added before it is stored.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= MOST_UNRECORDED
    }

    /// Whether it must be stored before it is shown.
    pub(super) fn is_due(&self) -> bool {
        self.has_line || self.is_full()
    }

    /// Whether it should be stored after it is shown.
    pub(super) fn is_late(&self) -> bool {
        self.is_any && self.since.elapsed() >= RECORD
    }

    pub(super) fn record(&mut self, session: &mut Session, ask: &Ask, notices: &mut Vec<UiText>) {
        session.record(ask, &self.reply, notices);
        if (self.reply.text.len() + self.reply.reasoning.len()) as u64 >= self.evicts_from {
            self.reply.evict();
        }
        self.since = Instant::now();
        (self.has_line, self.is_any, self.bytes) = (false, false, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text that is not stored is looked at each tick, and stored by the first that finds it old enough.
    #[test]
    fn what_was_shown_is_in_the_store_within_200_ms() {
        assert!(TICK + RECORD <= Duration::from_millis(200));
    }
}
