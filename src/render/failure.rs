//! A failure as a person reads it, wherever it is printed.

use stream_markdown::fill::fill;
use stream_markdown::sanitize::{safe, safe_line};

use crate::error::Failure;
use crate::text::lang::Lang;
use crate::text::words::{Sentence, Words};
use crate::{sentence, words};

/// A notice as it is printed, folded where it goes to a terminal of that many columns.
pub fn notice_line(notice: &Words, lang: Lang, columns: Option<u16>) -> String {
    let line = format!(
        "{}{}\n",
        label(sentence!("notice:"), lang, None),
        safe_line(&notice.told(lang))
    );
    fitted(line, columns)
}

/// A text of ours for a terminal of that many columns; `None`: for anything else.
pub fn fitted(text: String, columns: Option<u16>) -> String {
    match columns {
        Some(columns) => fill(&text, columns.into()),
        None => text,
    }
}

/// A word before a line. A full-width colon is followed by no space: it holds one.
fn label(word: Sentence, lang: Lang, code: Option<&str>) -> String {
    let word = word.told(lang);
    let space = if word.is_ascii() { " " } else { "" };
    match code {
        Some(code) => format!("\u{1b}[{code}m{word}\u{1b}[0m{space}"),
        None => format!("{word}{space}"),
    }
}

/// A failure as it is printed: cleaned of control characters wherever it goes, folded where that is a terminal of so
/// many columns.
pub fn text(failure: &Failure, colored: bool, lang: Lang, columns: Option<u16>) -> String {
    let head = |word: Sentence, code| label(word, lang, colored.then_some(code));
    let message = match failure.incomplete {
        true => words!("{}; the answer is incomplete", failure.message.clone()),
        false => failure.message.clone(),
    };
    let mut text = format!(
        "{}{}\n",
        head(sentence!("error:"), "1;31"),
        safe_line(&message.told(lang))
    );
    if let Some(hint) = &failure.hint {
        text.push_str(&format!(
            "{}{}\n",
            head(sentence!("hint:"), "1"),
            safe(&hint.told(lang))
        ));
    }
    let code = failure.code.as_deref().map(|code| words!("code {}", code));
    let id = failure.request_id.as_deref().map(|id| words!("request id {}", id));
    let facts = code
        .into_iter()
        .chain(id)
        .reduce(|facts, fact| words!("{}, {}", facts, fact));
    if let Some(facts) = facts {
        text.push_str(&format!(
            "{}{}\n",
            head(sentence!("server:"), "1"),
            safe_line(&facts.told(lang))
        ));
    }
    fitted(text, columns)
}
