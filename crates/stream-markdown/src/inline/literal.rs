//! Code spans and formulas in a line: where they end. Nothing in them is markup.

/// Where a run of exactly `ticks` backticks begins.
pub(super) fn run_of_ticks(text: &str, ticks: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'`', &bytes[at..]) {
        let start = at + found;
        let length = bytes[start..].iter().take_while(|b| **b == b'`').count();
        if length == ticks {
            return Some(start);
        }
        at = start + length;
    }
    None
}

/// How many bytes of code or of a formula `source` begins with, marks included: nothing in them is markup.
pub(crate) fn literal(source: &str) -> usize {
    let ticks = source.bytes().take_while(|b| *b == b'`').count();
    if ticks > 0 {
        return run_of_ticks(&source[ticks..], ticks).map_or(ticks, |end| end + 2 * ticks);
    }
    for (open, close) in [("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")] {
        if let Some(body) = source.strip_prefix(open) {
            return math_end(close, body).map_or(0, |end| end + 2 * close.len());
        }
    }
    0
}

/// Where the body of a formula ends.
pub(super) fn math_end(close: &str, body: &str) -> Option<usize> {
    match close {
        "$" if body.starts_with([' ', '\n']) => None,
        "$" => dollar(body),
        close => body.find(close),
    }
}

/// A code span's text: its line ends are spaces, and one space on each side is not part of it.
pub(super) fn code_text(text: &str) -> String {
    let text = text.replace('\n', " ");
    match text.strip_prefix(' ').and_then(|text| text.strip_suffix(' ')) {
        Some(inner) if !inner.trim().is_empty() => inner.to_owned(),
        _ => text,
    }
}

/// Where inline math ends: at a dollar after no space and before no digit.
fn dollar(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    memchr::memchr_iter(b'$', bytes).find(|at| {
        *at > 0 && !matches!(bytes[at - 1], b' ' | b'\\') && !bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
    })
}
