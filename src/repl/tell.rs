//! What the conversation says beside the answers, to stderr: short, dim, cleaned of foreign control characters.

use std::io::Write;

use stream_markdown::sanitize::{safe, safe_line};

use crate::error::{Failure, Kind};
use crate::host;
use crate::i18n::UiText;
use crate::i18n::lang::Lang;
use crate::render::failure::{self, fitted, notice_line};

/// The voice.
#[derive(Clone, Copy, Debug)]
pub struct Tell {
    pub is_colored: bool,
    /// Answers and errors only.
    pub is_quiet: bool,
    pub lang: Lang,
    /// Standard error is a terminal: what is said there is folded to its window.
    pub is_terminal: bool,
}

impl Tell {
    /// What was asked for: said in any case.
    pub fn say(self, text: impl Into<UiText>) {
        let text = fitted(safe(&text.into().localize(self.lang)).into_owned(), self.columns());
        put(&format!("{text}\n"));
    }

    /// What is good to know.
    pub fn note(self, text: impl Into<UiText>) {
        if !self.is_quiet {
            let line = fitted(safe_line(&text.into().localize(self.lang)), self.columns());
            put(&format!("{}\n", self.dim(&line)));
        }
    }

    pub fn notices(self, notices: &mut Vec<UiText>) {
        for notice in notices.drain(..) {
            if !self.is_quiet {
                put(&notice_line(&notice, self.lang, self.columns()));
            }
        }
    }

    pub fn failure(self, told: &Failure) {
        if told.kind != Kind::Interrupted {
            put(&failure::text(told, self.is_colored, self.lang, self.columns()));
        }
    }

    /// What is to be copied from the terminal: in one piece, however long it is.
    pub fn note_to_copy(self, text: impl Into<UiText>) {
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

fn put(text: &str) {
    // Where stderr is closed nobody listens.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
