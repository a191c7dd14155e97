//! The log of exchanges: what was asked and what came, with credentials masked.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::secret::{Secret, Secrets};

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    #[default]
    Off,
    /// A line a request and a line a reply.
    Requests,
    /// Each event of a stream, too.
    Events,
}

type Sink = dyn Fn(&str) + Send + Sync;

/// A log. Cheap to clone; every clone writes to the same place.
#[derive(Clone, Default)]
pub struct Log {
    level: Level,
    sink: Option<Arc<Sink>>,
    secrets: Arc<Mutex<Secrets>>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log({:?})", self.level)
    }
}

impl Log {
    /// A log of that level. `sink` gets each line, without its end; a line may hold control characters of the server's.
    pub fn new(level: Level, sink: impl Fn(&str) + Send + Sync + 'static) -> Log {
        Log {
            level,
            sink: Some(Arc::new(sink)),
            secrets: Arc::default(),
        }
    }

    /// Never shows this secret from here on, should a server say it back.
    pub fn hide(&self, secret: &Secret) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).add(secret);
    }

    /// A text without the secrets.
    pub fn hidden(&self, text: String) -> String {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).hide(text)
    }

    /// Logs a line about a request or its reply.
    pub fn request(&self, line: impl FnOnce() -> String) {
        self.line(Level::Requests, line);
    }

    /// Logs a line about a piece of an answer.
    pub fn event(&self, line: impl FnOnce() -> String) {
        self.line(Level::Events, line);
    }

    fn line(&self, level: Level, line: impl FnOnce() -> String) {
        if let Some(sink) = self.sink.as_ref().filter(|_| self.level >= level) {
            sink(&self.hidden(line()));
        }
    }
}
