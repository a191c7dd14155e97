//! Standard error, as the program speaks on it beside an answer: notices, errors, questions, the log.

use std::io::Write;

use stream_markdown::sanitize::{safe, safe_line};
use stream_markdown::{ColorDepth, Theme};

use super::out::Stream;
use crate::error::Failure;
use crate::host;
use crate::i18n::UiText;
use crate::i18n::lang::Lang;
use crate::render::failure::{self, fitted, notice_line};
use crate::text::with_marks;

/// How the program speaks on standard error. A closed stderr is no error: everything here ignores it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ui {
    pub is_colored: bool,
    /// The colours of notices.
    pub color_depth: ColorDepth,
    pub theme: Theme,
    /// Whether letters may be dim: with `NO_COLOR` too.
    pub is_styled: bool,
    /// Answers and errors only.
    pub is_quiet: bool,
    pub lang: Lang,
    /// Whether stderr is a terminal: text is folded to its width.
    pub is_terminal: bool,
    /// Whether the locale or the terminal has ASCII marks only.
    pub is_ascii: bool,
}

impl Ui {
    /// Stderr itself, for a renderer or a log that writes on its own.
    pub fn writer() -> Stream {
        Stream::stderr()
    }

    /// Writes text unchanged: the caller has made it safe for a terminal.
    pub fn put(text: &str) {
        let mut stderr = Ui::writer();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }

    /// Prints what the user asked for, also with `--quiet`.
    pub fn print(self, text: impl Into<UiText>) {
        let text = safe(&text.into().localize(self.lang)).into_owned();
        Ui::put(&format!("{}\n", self.fitted(text)));
    }

    /// Prints a dim line, unless `--quiet` is given.
    pub fn note(self, text: impl Into<UiText>) {
        if !self.is_quiet {
            let line = self.fitted(safe_line(&text.into().localize(self.lang)));
            Ui::put(&format!("{}\n", self.dim(&line)));
        }
    }

    /// The same for a line that is meant to be copied from the terminal: it is not folded.
    pub fn note_unfolded(self, text: impl Into<UiText>) {
        if !self.is_quiet {
            let line = self.with_marks(safe_line(&text.into().localize(self.lang)));
            Ui::put(&format!("{}\n", self.dim(&line)));
        }
    }

    /// The same for lines that are laid out and safe.
    pub fn note_drawn(self, text: &str) {
        if !self.is_quiet {
            Ui::put(&format!("{}\n", self.dim(&self.with_marks(text.to_owned()))));
        }
    }

    /// A question that is asked on the terminal, with the blank at its end.
    pub fn question(self, text: UiText) -> String {
        let text = safe(&text.localize(self.lang)).into_owned();
        let words = text.trim_end_matches(' ');
        format!("{}{}", self.fitted(words.to_owned()), &text[words.len()..])
    }

    /// `notice: …`.
    pub fn notice(self, notice: impl Into<UiText>) {
        if !self.is_quiet {
            let style = self.theme.notice(self.color_depth);
            Ui::put(&self.fitted(notice_line(&notice.into(), self.lang, &style)));
        }
    }

    pub fn notices(self, notices: &[UiText]) {
        notices.iter().for_each(|notice| self.notice(notice));
    }

    /// `error: …`, `hint: …` and `server: …`.
    pub fn failure(self, failure: &Failure) {
        Ui::put(&self.fitted(failure::text(failure, self.is_colored, self.lang)));
    }

    /// The text with the marks that the locale and the terminal have.
    pub fn with_marks(self, text: String) -> String {
        with_marks(text, self.is_ascii)
    }

    /// How many columns a line may have in a window of so many, if it ends in `…` and its stand-in is longer.
    pub fn line_columns(self, columns: usize) -> usize {
        columns.saturating_sub(if self.is_ascii { 2 } else { 0 })
    }

    fn fitted(self, text: String) -> String {
        fitted(text, self.columns(), self.is_ascii)
    }

    fn columns(self) -> Option<u16> {
        self.is_terminal.then(|| host::window().0)
    }

    fn dim(self, text: &str) -> String {
        if self.is_styled {
            format!("\x1b[2m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
