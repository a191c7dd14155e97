//! The log of exchanges: what was asked and what came, with credentials masked.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::secret::{Secret, Secrets};

/// How much a [`Log`] holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing.
    #[default]
    Off,
    /// A line for each request and a line for each reply.
    Requests,
    /// Each event of a stream as well.
    Events,
}

type Sink = dyn Fn(&str) + Send + Sync;

/// A log of requests and replies, credentials masked. Cheap to clone; all clones write to the same sink.
///
/// ```
/// use qwen_api::{Client, Log, LogLevel};
///
/// let log = Log::new(LogLevel::Requests, |line| eprintln!("[qwen] {line}"));
/// let client = Client::builder().api_key("sk-test-key").log(log).build()?;
/// # Ok::<(), qwen_api::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Log {
    level: LogLevel,
    sink: Option<Arc<Sink>>,
    secrets: Arc<Mutex<Secrets>>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log({:?})", self.level)
    }
}

impl Log {
    /// A log at this level. `sink` gets each line, without a line feed; control characters that a server sent are still
    /// in it.
    pub fn new(level: LogLevel, sink: impl Fn(&str) + Send + Sync + 'static) -> Log {
        Log {
            level,
            sink: Some(Arc::new(sink)),
            secrets: Arc::default(),
        }
    }

    /// Masks this secret from now on.
    pub(crate) fn hide(&self, secret: &Secret) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).add(secret);
    }

    /// The text with every secret masked.
    pub(crate) fn hidden(&self, text: String) -> String {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).hide(text)
    }

    /// Logs a line about a request or its reply.
    pub(crate) fn request(&self, line: impl FnOnce() -> String) {
        self.line(LogLevel::Requests, line);
    }

    /// Logs a line about an event of a stream.
    pub(crate) fn event(&self, line: impl FnOnce() -> String) {
        self.line(LogLevel::Events, line);
    }

    fn line(&self, level: LogLevel, line: impl FnOnce() -> String) {
        if let Some(sink) = self.sink.as_ref().filter(|_| self.level >= level) {
            sink(&self.hidden(line()));
        }
    }
}
