//! Events in, bytes out. A renderer never asks a terminal or a server anything.

pub mod aside;
pub mod markdown;
mod paint;
pub mod terminal;
mod thoughts;

use std::io;
use std::time::Duration;

use crate::chat::{Event, Reply};
use crate::error::Failure;

/// Where an answer goes. A turn hands every event over, in order, and calls `flush` when everything that has
/// arrived so far has been handed over: that is the moment to write.
pub trait Render {
    fn event(&mut self, event: &Event) -> io::Result<()>;
    /// Shows what is held back for throughput only. Called before every wait.
    fn flush(&mut self) -> io::Result<()>;
    /// Called about ten times a second while nothing arrives; `silent` is the time since the last event.
    fn idle(&mut self, silent: Duration) -> io::Result<()> {
        let _ = silent;
        Ok(())
    }
    /// Called once, after the last event, whether the answer is whole or not.
    fn finish(&mut self, ending: &Ending) -> io::Result<()>;
}

/// How a turn ended: all that is known of it.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The stored conversation's id; `None` when nothing is kept.
    pub session: Option<String>,
    pub provider: String,
    /// The model that was asked for.
    pub model: String,
    pub reply: Reply,
    /// `Some` when the answer is not whole.
    pub failure: Option<Failure>,
    /// From sending to the first text or thought.
    pub time_to_first_token: Option<Duration>,
    pub duration: Duration,
    /// Requests that were made, the first included.
    pub attempts: u32,
    /// How many times a cut answer was gone on with.
    pub resumed: u32,
}
