//! The log of `-v` and `--log-file`: what was asked and what came, with credentials masked.

use std::cell::RefCell;
use std::fmt;
use std::io::Write;
use std::rc::Rc;

use crate::secret::{Secret, Secrets};
use crate::text::sanitize::safe_line;

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    #[default]
    Off,
    Requests,
    Events,
}

/// A log. Cheap to clone; every clone writes to the same place.
#[derive(Clone, Default)]
pub struct Log {
    level: Level,
    sinks: Rc<RefCell<Vec<Box<dyn Write>>>>,
    secrets: Rc<RefCell<Secrets>>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log({:?})", self.level)
    }
}

impl Log {
    pub fn new(level: Level, sinks: Vec<Box<dyn Write>>) -> Log {
        Log {
            level,
            sinks: Rc::new(RefCell::new(sinks)),
            secrets: Rc::default(),
        }
    }

    /// Never shows this secret from here on, should a server say it back.
    pub fn hide(&self, secret: &Secret) {
        self.secrets.borrow_mut().add(secret);
    }

    /// A text without the secrets.
    pub fn hidden(&self, text: String) -> String {
        self.secrets.borrow().hide(text)
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
        if self.level < level {
            return;
        }
        let line = self.hidden(safe_line(&line()));
        // A place that takes no more (a full disk) is left out from here on: the answer matters more.
        self.sinks
            .borrow_mut()
            .retain_mut(|sink| writeln!(sink, "[qwen] {line}").is_ok());
    }
}
