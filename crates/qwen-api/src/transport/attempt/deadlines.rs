//! How long a reply's body may take.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

use super::errors::{ended_early, only_keep_alives, silence};
use crate::error::Error;

/// Keep-alive comments extend the timeout to this many times itself, and no longer.
const KEEP_ALIVE_FACTOR: u32 = 10;
/// How long the token counts and the end mark are waited for once the text is whole.
const AFTER_FINISH: Duration = Duration::from_secs(2);

/// The times at which parts of a body came, and the limits that follow from them.
pub(super) struct Deadlines {
    /// The silence allowed; `None` for any.
    timeout: Option<Duration>,
    last_byte: Instant,
    last_payload: Instant,
    /// When the text was whole.
    finished: Option<Instant>,
    /// Set to the deadline, or to an earlier one.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Deadlines {
    pub(super) fn new(timeout: Option<Duration>, sent: Instant) -> Deadlines {
        Deadlines {
            timeout,
            last_byte: sent,
            last_payload: sent,
            finished: None,
            timer: None,
        }
    }

    pub(super) fn byte_came(&mut self) {
        self.last_byte = Instant::now();
    }

    /// Records that the bytes which came last complete a payload.
    pub(super) fn payload_came(&mut self) {
        self.last_payload = self.last_byte;
    }

    /// Records that the finish reason has come. Some servers send it before the last text.
    pub(super) fn finished(&mut self, with_content: bool) {
        if self.finished.is_none() || with_content {
            self.finished = Some(self.last_byte);
        }
    }

    /// Whether the finish reason has come.
    pub(super) fn is_finished(&self) -> bool {
        self.finished.is_some()
    }

    /// Whether the time after the finish reason is used up, though bytes keep coming.
    pub(super) fn is_past_finish(&self) -> bool {
        self.finished.is_some_and(|since| since.elapsed() >= AFTER_FINISH)
    }

    /// Ready when the next byte is overdue.
    pub(super) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.deadline().map(tokio::time::Instant::from) else {
            return Poll::Pending;
        };
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        // The deadline moves with each byte. The timer is moved only when it is late, or has fired early.
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }

    /// When the next byte has to be there at the latest.
    fn deadline(&self) -> Option<Instant> {
        let finish = self.finished.map(|finished| finished + AFTER_FINISH);
        let silence = self.timeout.map(|timeout| {
            let silence = self.last_byte.max(self.last_payload) + timeout;
            silence.min(self.last_payload + timeout * KEEP_ALIVE_FACTOR)
        });
        finish.into_iter().chain(silence).min()
    }

    /// The error of a deadline that has passed.
    pub(super) fn error(&self) -> Error {
        let is_kept_alive = |timeout| self.last_payload.elapsed() >= timeout * KEEP_ALIVE_FACTOR;
        match self.timeout {
            _ if self.finished.is_some() => ended_early(),
            Some(timeout) if is_kept_alive(timeout) => only_keep_alives(),
            timeout => silence(timeout),
        }
    }
}
