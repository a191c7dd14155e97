//! `[^1]`, and `[^1]:` before the text of a footnote.

use super::InlineMode;
use crate::math;

/// The longest name of a footnote, in bytes.
const MAX_LENGTH: usize = 40;

#[derive(Debug, PartialEq)]
pub(crate) enum Footnote {
    /// The mark it is shown by, and its length in bytes of source.
    Found(String, usize),
    None,
    /// The source ends before it is certain.
    Incomplete,
}

/// Reads the mark of a footnote at the beginning of `source`, which begins with `[^`. A colon is part of it if it
/// `begins_line`.
pub(crate) fn read(source: &str, begins_line: bool, mode: InlineMode) -> Footnote {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let body = &source[2..];
    let length = body.bytes().take(MAX_LENGTH).take_while(|b| is_name(*b)).count();
    let (name, behind) = body.split_at(length);
    match behind.bytes().next() {
        None if !mode.complete => return Footnote::Incomplete,
        Some(b']') if length > 0 => {}
        _ => return Footnote::None,
    }
    let colon = match behind.as_bytes().get(1) {
        None if begins_line && !mode.complete => return Footnote::Incomplete,
        Some(b':') => usize::from(begins_line),
        _ => 0,
    };
    let mark = if name.bytes().all(|b| b.is_ascii_digit()) {
        math::superscript(name)
    } else {
        format!("[{name}]")
    };
    Footnote::Found(mark, "[^".len() + length + "]".len() + colon)
}
