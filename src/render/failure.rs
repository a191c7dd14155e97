//! A failure as a person reads it, wherever it is printed.

use crate::error::Failure;
use crate::text::sanitize::{safe, safe_line};

/// A failure as it is printed: cleaned of control characters wherever it goes.
pub fn text(failure: &Failure, colored: bool) -> String {
    let label = |word: &str, code: &str| {
        if colored {
            format!("\u{1b}[{code}m{word}:\u{1b}[0m")
        } else {
            format!("{word}:")
        }
    };
    let incomplete = if failure.incomplete {
        "; the answer is incomplete"
    } else {
        ""
    };
    let mut text = format!(
        "{} {}{incomplete}\n",
        label("error", "1;31"),
        safe_line(&failure.message)
    );
    if let Some(hint) = &failure.hint {
        text.push_str(&format!("{} {}\n", label("hint", "1"), safe(hint)));
    }
    let named = [("code", &failure.code), ("request id", &failure.request_id)];
    let facts: Vec<String> = named
        .iter()
        .filter_map(|(name, value)| Some(format!("{name} {}", safe_line(value.as_deref()?))))
        .collect();
    if !facts.is_empty() {
        text.push_str(&format!("{} {}\n", label("server", "1"), facts.join(", ")));
    }
    text
}
