//! Messages to the user on standard error, cleaned of control characters and folded to the window.

use std::io::Write;

use stream_markdown::sanitize::{safe, safe_line};

use crate::error::{Failure, Kind};
use crate::host;
use crate::i18n::UiText;
use crate::i18n::lang::Lang;
use crate::render::failure::{self, fitted, notice_line};

/// Standard error as a place for messages: notes, notices, errors.
#[derive(Clone, Copy, Debug)]
pub struct Ui {
    pub is_colored: bool,
    /// Only what was asked for, and errors.
    pub is_quiet: bool,
    pub lang: Lang,
    /// Standard error is a terminal: lines are folded to its window.
    pub is_terminal: bool,
}

impl Ui {
    /// Prints what the user asked for, also with `--quiet`.
    pub fn print(self, text: impl Into<UiText>) {
        let text = fitted(safe(&text.into().localize(self.lang)).into_owned(), self.columns());
        put(&format!("{text}\n"));
    }

    /// Prints a dim line, unless `--quiet` is given.
    pub fn note(self, text: impl Into<UiText>) {
        if !self.is_quiet {
            let line = fitted(safe_line(&text.into().localize(self.lang)), self.columns());
            put(&format!("{}\n", self.dim(&line)));
        }
    }

    pub fn notice(self, notice: &UiText) {
        if !self.is_quiet {
            put(&notice_line(notice, self.lang, self.columns()));
        }
    }

    pub fn notices(self, notices: &[UiText]) {
        for notice in notices {
            self.notice(notice);
        }
    }

    /// Prints an error; an interruption by Ctrl-C is none.
    pub fn failure(self, failure: &Failure) {
        if failure.kind != Kind::Interrupted {
            put(&failure::text(failure, self.is_colored, self.lang, self.columns()));
        }
    }

    /// Prints a dim line that is meant to be copied from the terminal: it is not folded.
    pub fn note_unfolded(self, text: impl Into<UiText>) {
        if !self.is_quiet {
            put(&format!("{}\n", self.dim(&safe_line(&text.into().localize(self.lang)))));
        }
    }

    fn columns(self) -> Option<u16> {
        self.is_terminal.then(|| host::window().0)
    }

    fn dim(self, text: &str) -> String {
        if self.is_colored {
            format!("\x1b[2m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Writes a text that is made for the terminal already.
pub fn put(text: &str) {
    // A closed standard error is no reason to stop.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
