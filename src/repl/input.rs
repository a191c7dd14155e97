//! A line as it was entered. Pure.

use crate::i18n::UiText;

/// What the user did at the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Line(String),
    /// The row of a menu, by its name.
    Chosen(String),
    /// A line that was pasted whole.
    Pasted(String),
    /// The text between `"""`: a message, whatever it begins with.
    Block(String),
    /// Ctrl-C, with what was typed.
    Interrupted(String),
    /// Ctrl-D on an empty line, or the terminal went away.
    End,
    /// The editor is wanted for this text.
    Edit(String),
    /// Esc twice on an empty line.
    Back,
    Failed(UiText),
}

impl Input {
    pub(super) fn map(self, change: fn(String) -> String) -> Input {
        match self {
            Input::Line(line) => Input::Line(change(line)),
            Input::Pasted(line) => Input::Pasted(change(line)),
            Input::Block(text) => Input::Block(change(text)),
            Input::Interrupted(line) => Input::Interrupted(change(line)),
            Input::Edit(text) => Input::Edit(change(text)),
            Input::Chosen(_) | Input::End | Input::Back | Input::Failed(_) => self,
        }
    }
}

/// A line without control characters: pasted text may hold some that are not seen.
pub(super) fn without_controls(line: String) -> String {
    if line.chars().any(is_control) {
        line.chars().filter(|c| !is_control(*c)).collect()
    } else {
        line
    }
}

/// Whether this is a character that a terminal obeys and a model has no use for.
pub(super) fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// The text behind a sign in its narrow or its full-width form.
pub(super) fn strip_sign(line: &str, sign: char, wide: char) -> Option<&str> {
    line.strip_prefix(sign).or_else(|| line.strip_prefix(wide))
}
