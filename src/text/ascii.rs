//! ASCII stand-ins for the marks of the program's own texts.

use std::borrow::Cow;

/// The text with ASCII in the place of marks such as `…` and `·`, for a locale or a terminal that may have no others.
/// Letters stay as they are.
pub fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '…' => out.push_str("..."),
            '·' | '—' | '–' | '▸' => out.push('-'),
            '×' => out.push('x'),
            '❯' => out.push('>'),
            '“' | '”' => out.push('"'),
            '‘' | '’' => out.push('\''),
            c => out.push(c),
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_have_stand_ins_and_letters_have_none() {
        assert_eq!(ascii("a · b — c…, 2 × 3 “é” 中"), "a - b - c..., 2 x 3 \"é\" 中");
        assert!(matches!(ascii("plain"), Cow::Borrowed("plain")));
    }
}
