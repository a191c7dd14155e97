//! Text wrapped to a number of columns, with whole words.

pub use crate::line_break::can_break;
use crate::line_wrapper::LineWrapper;
use crate::style::Style;
use crate::styled_line::StyledLine;
use crate::width;

/// `head` with `text` behind it, on lines of at most `columns`. Those after the first are indented by `indent`.
pub fn fill_hanging(head: &str, text: &str, columns: usize, indent: usize) -> String {
    let mut first = StyledLine::new();
    first.push_str(head, Style::default());
    let mut prefix = StyledLine::new();
    prefix.push_spaces(indent, Style::default());
    let mut wrap = LineWrapper::new(columns, first, prefix);
    let mut lines = Vec::new();
    wrap.push(text, Style::default(), &mut lines);
    wrap.current(&mut lines);
    let lines: Vec<&str> = lines.iter().map(|line| line.text().trim_end()).collect();
    lines.join("\n")
}

/// `text` on lines of at most `columns`, each indented as the line of the text it belongs to, or as the text behind its
/// list number. A word without a place to break, such as a long URL, stays whole, so that it can be copied from the
/// terminal. Colours (SGR sequences) take no room.
pub fn fill(text: &str, columns: usize) -> String {
    fill_under(text, columns, 0)
}

/// The same for the last column of a list or a table: lines go on under it, `column` cells in, or two where that would
/// be most of the window.
pub fn fill_under(text: &str, columns: usize, column: usize) -> String {
    let column = if column * 2 > columns { column.min(2) } else { column };
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        if cells(line) <= columns {
            out.push_str(line);
        } else {
            fold(line, columns, column, &mut out);
        }
        out.push_str(end);
    }
    out
}

fn fold(line: &str, columns: usize, column: usize, out: &mut String) {
    let body = line.trim_start_matches(' ');
    let indent = line.len() - body.len();
    // An indent that takes most of the window leaves no room for words.
    let indent = if indent * 2 > columns { indent.min(2) } else { indent };
    spaces(indent, out);
    let below = column.max(indent + number_length(body));
    let (mut used, mut is_first, mut gap) = (indent, true, 0);
    for word in body.split(' ') {
        for part in parts(word).into_iter().filter(|part| !part.is_empty()) {
            let room = cells(part);
            if !is_first && used + gap + room > columns {
                out.push('\n');
                // A long word moves to the left rather than over the edge, where the terminal would cut it.
                used = below.min(columns.saturating_sub(room));
                spaces(used, out);
            } else {
                spaces(gap, out);
                used += gap;
            }
            out.push_str(part);
            used += room;
            (is_first, gap) = (false, 0);
        }
        gap += 1;
    }
}

fn spaces(count: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', count));
}

/// The length of a list number at the beginning, `1. `.
fn number_length(text: &str) -> usize {
    let digits = text.bytes().take(3).take_while(u8::is_ascii_digit).count();
    if digits > 0 && text[digits..].starts_with(". ") {
        digits + 2
    } else {
        0
    }
}

/// The parts of a word between which a line may end: Chinese characters.
fn parts(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut before) = (0, None);
    for (at, c) in word.char_indices() {
        if before.is_some_and(|before| can_break(before, c)) {
            parts.push(&word[start..at]);
            start = at;
        }
        before = Some(c);
    }
    parts.push(&word[start..]);
    parts
}

/// The cells of a line that may hold SGR sequences.
fn cells(line: &str) -> usize {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().map_or(0, width::of);
    first
        + parts
            .map(|part| part.split_once('m').map_or(0, |(_, text)| width::of(text)))
            .sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_fill_at_words_and_a_url_is_left_whole() {
        for (text, columns, expected) in [
            ("short\n", 20, "short\n"),
            ("the server refuses for now\n", 20, "the server refuses\nfor now\n"),
            ("exactly twenty cells a", 20, "exactly twenty cells\na"),
            (
                "see https://example.com/a/long/path for it",
                20,
                "see\nhttps://example.com/a/long/path\nfor it",
            ),
            (
                "服务器暂时拒绝了请求（429）：稍后再试",
                20,
                "服务器暂时拒绝了请求\n（429）：稍后再试",
            ),
            (
                "\u{1b}[1;31merror:\u{1b}[0m one two three",
                16,
                "\u{1b}[1;31merror:\u{1b}[0m one two\nthree",
            ),
            ("  an indented line goes on", 14, "  an indented\n  line goes on"),
            ("two  spaces stay", 12, "two  spaces\nstay"),
            ("a          b c d", 6, "a\nb c d"),
            ("2. the second of three", 12, "2. the\n   second of\n   three"),
            ("10. 打开开发者工具", 14, "10. 打开开发者\n    工具"),
            ("            deep", 20, "            deep"),
            ("            deep words", 20, "  deep words"),
        ] {
            assert_eq!(fill(text, columns), expected, "{text}");
        }
        assert_eq!(
            fill_under("ok    key   is right and true\n            go on", 24, 12),
            "ok    key   is right and\n            true\n            go on"
        );
        assert_eq!(fill_under("ok    key   is right", 18, 12), "ok    key   is\n  right");
        assert_eq!(
            fill_under("ok    key   at https://example.com/a now", 24, 12),
            "ok    key   at\n   https://example.com/a\n            now"
        );
    }

    #[test]
    fn words_stay_whole_under_their_beginning() {
        assert_eq!(
            fill_hanging("/retry  ", "ask the last message again", 20, 8),
            "/retry  ask the last\n        message\n        again"
        );
        assert_eq!(fill_hanging("", "one two", 4, 0), "one\ntwo");
    }
}
