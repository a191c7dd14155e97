//! The text of a failure and of a notice.

use stream_markdown::fill::fill;
use stream_markdown::sanitize::{safe, safe_line};

use crate::error::Failure;
use crate::i18n::lang::Lang;
use crate::i18n::{StaticText, UiText};
use crate::text::with_marks;
use crate::{tr, tr_static};

/// A notice as it is printed. `style` is the sequence that begins its colour; empty for none.
pub fn notice_line(notice: &UiText, lang: Lang, style: &str) -> String {
    let line = format!(
        "{}{}",
        label(tr_static!("notice:"), lang, None),
        safe_line(&notice.localize(lang))
    );
    match style {
        "" => format!("{line}\n"),
        style => format!("{style}{line}\x1b[m\n"),
    }
}

/// A text of ours with the marks that the locale and the terminal have, folded to a terminal of that many columns; `None`:
/// to anything else.
pub fn fitted(text: String, columns: Option<u16>, is_ascii: bool) -> String {
    let text = with_marks(text, is_ascii);
    match columns {
        Some(columns) => fill(&text, columns.into()),
        None => text,
    }
}

/// A word before a line. A full-width colon is followed by no space: it holds one.
fn label(word: StaticText, lang: Lang, code: Option<&str>) -> String {
    let word = word.localize(lang);
    let space = if word.is_ascii() { " " } else { "" };
    match code {
        Some(code) => format!("\u{1b}[{code}m{word}\u{1b}[0m{space}"),
        None => format!("{word}{space}"),
    }
}

/// A failure as it is printed: cleaned of control characters wherever it goes.
pub fn text(failure: &Failure, colored: bool, lang: Lang) -> String {
    let head = |word: StaticText, code| label(word, lang, colored.then_some(code));
    let message = match failure.incomplete {
        true => tr!("{}; the answer is incomplete", failure.message.clone()),
        false => failure.message.clone(),
    };
    let mut text = format!(
        "{}{}\n",
        head(tr_static!("error:"), "1;91"),
        safe_line(&message.localize(lang))
    );
    if let Some(hint) = &failure.hint {
        text.push_str(&format!(
            "{}{}\n",
            head(tr_static!("hint:"), "1"),
            safe(&hint.localize(lang))
        ));
    }
    let code = failure.code.as_deref().map(|code| tr!("code {}", code));
    let id = failure.request_id.as_deref().map(|id| tr!("request id {}", id));
    let facts = code
        .into_iter()
        .chain(id)
        .reduce(|facts, fact| tr!("{}, {}", facts, fact));
    if let Some(facts) = facts {
        text.push_str(&format!(
            "{}{}\n",
            head(tr_static!("server:"), "1"),
            safe_line(&facts.localize(lang))
        ));
    }
    text
}
