//! Foreign text made safe for a terminal.
//!
//! Newline and tab pass. Every other control character, and every character that reorders or hides text, is
//! made visible: C0 as its control picture (`␛`), the rest as `\u{9b}`.

use std::borrow::Cow;

/// Whether a terminal could act on this character instead of showing it.
pub fn is_unsafe(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        // Bidirectional controls: the text shown would not be the text sent.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        // Separators some terminals break lines at, a stray byte-order mark, and the tag characters.
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}' => true,
        _ => false,
    }
}

/// Appends `text` to `out` with every unsafe character made visible.
pub fn push_safe(out: &mut String, text: &str) {
    for c in text.chars() {
        if is_unsafe(c) {
            push_visible(out, c);
        } else {
            out.push(c);
        }
    }
}

/// Appends what stands for an unsafe character.
pub fn push_visible(out: &mut String, c: char) {
    match c {
        '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + c as u32)),
        '\u{7f}' => out.push('\u{2421}'),
        _ => out.extend(c.escape_unicode()),
    }
}

/// `text` with every unsafe character made visible; borrowed where there is none.
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    push_safe(&mut out, text);
    Cow::Owned(out)
}

/// `text` on one line: safe, and each run of white space a single space.
pub fn safe_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        push_safe(&mut out, word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_escape_sequences_visible() {
        assert_eq!(safe("a\u{1b}[2Jb\u{7}"), "a␛[2Jb␇");
        assert_eq!(safe("\u{9b}31m\u{7f}"), "\\u{9b}31m␡");
        assert_eq!(safe("\u{202e}gnp.exe"), "\\u{202e}gnp.exe");
    }

    #[test]
    fn leaves_ordinary_text_alone() {
        let text = "tab\there\nnewline, 中文, 👨‍👩‍👧, é";
        assert!(matches!(safe(text), Cow::Borrowed(_)));
    }

    #[test]
    fn a_line_has_no_line_ends() {
        assert_eq!(safe_line(" a\r\n b\u{1b}c\t"), "a b␛c");
    }
}
