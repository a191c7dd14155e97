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

/// `text` on lines of at most `columns`, each indented as the line of the text it belongs to. A word without a place to
/// break, such as a long URL, stays whole, so that it can be copied from the terminal. Colours (SGR sequences) take no
/// room.
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
    let indent = &line[..line.len() - body.len()];
    out.push_str(indent);
    let below = " ".repeat(column.max(indent.len()));
    let (mut used, mut is_first, mut gap) = (indent.len(), true, "");
    for word in body.split_inclusive(' ') {
        let (word, space) = word.strip_suffix(' ').map_or((word, ""), |word| (word, " "));
        for part in parts(word) {
            let room = cells(part);
            if !is_first && used + gap.len() + room > columns {
                out.push('\n');
                out.push_str(&below);
                used = below.len();
            } else {
                out.push_str(gap);
                used += gap.len();
            }
            out.push_str(part);
            used += room;
            (is_first, gap) = (false, "");
        }
        gap = space;
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
        ] {
            assert_eq!(fill(text, columns), expected, "{text}");
        }
        assert_eq!(
            fill_under("ok    key   is right and true\n            go on", 24, 12),
            "ok    key   is right and\n            true\n            go on"
        );
        assert_eq!(fill_under("ok    key   is right", 18, 12), "ok    key   is\n  right");
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
