//! Events in, bytes out. A renderer never asks a terminal or a server anything.

pub mod dry_run;
pub mod failure;
pub mod footer;
pub mod json;
pub mod model_words;
pub mod picture;
pub mod plain;
mod sixel;
pub mod stderr;
pub mod terminal;
pub mod usage;
pub mod waiting;

use std::io;
use std::time::Duration;

use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::money::Cost;
use footer::FooterRow;
use qwen_api::Error;
use qwen_api::{Event, Reply};
use waiting::Retry;

/// A renderer of answers. A turn hands over every event in order, and calls `flush` when everything that has arrived so far
/// has been handed over: that is the moment to write.
pub trait Render {
    /// Called once, when the exchange is in the store (or will not be).
    fn start(&mut self, start: &Start<'_>) -> io::Result<()> {
        let _ = start;
        Ok(())
    }
    fn event(&mut self, event: &Event) -> io::Result<()>;
    /// Shows a notice, the program's or the client's.
    fn notice(&mut self, notice: &UiText) -> io::Result<()> {
        let _ = notice;
        Ok(())
    }
    /// Shows a retry and the wait before it; `sentence` is the notice of it.
    fn retry(&mut self, retry: &Retry, sentence: &UiText) -> io::Result<()> {
        let _ = retry;
        self.notice(sentence)
    }
    /// Shows what is held back for throughput only. Called before every wait.
    fn flush(&mut self) -> io::Result<()>;
    /// Whether nothing of an answer is shown before its end, so that all of it can be void after [`Event::Restarted`].
    fn can_start_over(&self) -> bool {
        false
    }
    /// Whether [`Render::finish`] reads the reply, so that all of it has to be held until then.
    fn needs_whole(&self) -> bool {
        false
    }
    /// After the end: whether the answer held nothing that was to be extracted.
    fn found_nothing(&self) -> bool {
        false
    }
    /// Called about ten times a second while nothing arrives; `silent` is the time since the last event.
    fn idle(&mut self, silent: Duration) -> io::Result<()> {
        let _ = silent;
        Ok(())
    }
    /// Shows these rows below the answer from now on until its end, where lines can come and go: what is typed and queued
    /// meanwhile.
    fn footer(&mut self, rows: &[FooterRow]) -> io::Result<()> {
        let _ = rows;
        Ok(())
    }
    /// Called once, after the last event, whether the answer is whole or not.
    fn finish(&mut self, ending: &Ending) -> io::Result<()>;
}

/// The facts that are known before the answer.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The stored conversation's id; `None` when nothing is kept.
    pub session: Option<&'a str>,
    pub provider: &'a str,
    pub model: &'a str,
    /// Whether the answer comes from the cache.
    pub is_cached: bool,
}

/// The end of a turn and all its facts.
#[derive(Clone, Debug, Default)]
pub struct Ending {
    /// The stored conversation's id; `None` when nothing is kept.
    pub session: Option<String>,
    pub provider: String,
    /// The model that was asked for.
    pub model: String,
    pub reply: Reply,
    /// Whether it came from the cache.
    pub is_cached: bool,
    /// `None` where the price is not known, or the server counted nothing.
    pub cost: Option<Cost>,
    /// `Some` when the answer is not whole.
    pub failure: Option<Failure>,
    /// The signal that came when the text was whole and only its usage was waited for.
    pub stopped: Option<Kind>,
    /// The client's error behind it, where it is one.
    pub error: Option<Error>,
    /// From sending to the first text or thought.
    pub time_to_first_token: Option<Duration>,
    pub duration: Duration,
    /// Requests that were made, the first included.
    pub attempts: u32,
    /// How many times a cut answer was resumed.
    pub resumed: u32,
}

/// Two renderers as one: each gets every event, the first one first.
#[derive(Debug)]
pub struct Tee<A, B>(pub A, pub B);

impl<A: Render, B: Render> Render for Tee<A, B> {
    fn start(&mut self, start: &Start<'_>) -> io::Result<()> {
        self.0.start(start)?;
        self.1.start(start)
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.0.event(event)?;
        self.1.event(event)
    }

    fn notice(&mut self, notice: &UiText) -> io::Result<()> {
        self.0.notice(notice)?;
        self.1.notice(notice)
    }

    fn retry(&mut self, retry: &Retry, sentence: &UiText) -> io::Result<()> {
        self.0.retry(retry, sentence)?;
        self.1.retry(retry, sentence)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        self.1.flush()
    }

    fn can_start_over(&self) -> bool {
        self.0.can_start_over() && self.1.can_start_over()
    }

    fn needs_whole(&self) -> bool {
        self.0.needs_whole() || self.1.needs_whole()
    }

    fn found_nothing(&self) -> bool {
        self.0.found_nothing() || self.1.found_nothing()
    }

    fn idle(&mut self, silent: Duration) -> io::Result<()> {
        self.0.idle(silent)?;
        self.1.idle(silent)
    }

    fn footer(&mut self, rows: &[FooterRow]) -> io::Result<()> {
        self.0.footer(rows)?;
        self.1.footer(rows)
    }

    fn finish(&mut self, ending: &Ending) -> io::Result<()> {
        self.0.finish(ending)?;
        self.1.finish(ending)
    }
}
