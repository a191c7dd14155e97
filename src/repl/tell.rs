//! What the conversation says beside the answers, to stderr: short, dim, cleaned of foreign control characters.

use std::io::Write;

use crate::error::{Failure, Kind};
use crate::render::failure::{self, notice_line};
use crate::text::lang::Lang;
use crate::text::sanitize::{safe, safe_line};
use crate::text::words::Words;

/// The voice.
#[derive(Clone, Copy, Debug)]
pub struct Tell {
    pub is_colored: bool,
    /// Answers and errors only.
    pub is_quiet: bool,
    pub lang: Lang,
}

impl Tell {
    /// What was asked for: said in any case.
    pub fn say(self, text: impl Into<Words>) {
        put(&format!("{}\n", safe(&text.into().told(self.lang))));
    }

    /// What is good to know.
    pub fn note(self, text: impl Into<Words>) {
        if !self.is_quiet {
            put(&format!("{}\n", self.dim(&safe_line(&text.into().told(self.lang)))));
        }
    }

    pub fn notices(self, notices: &mut Vec<Words>) {
        for notice in notices.drain(..) {
            if !self.is_quiet {
                put(&notice_line(&notice, self.lang));
            }
        }
    }

    pub fn failure(self, told: &Failure) {
        if told.kind != Kind::Interrupted {
            put(&failure::text(told, self.is_colored, self.lang));
        }
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
