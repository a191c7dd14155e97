//! Our own sentences, wrapped to a window.

use super::line::Line;
use super::style::Style;
use super::wrap::Wrap;

/// `head` and `text` behind it on lines of at most `columns`; those after the first begin under the text's own
/// beginning, or `indent` columns in where the head is wider.
pub fn hanging(head: &str, text: &str, columns: usize, indent: usize) -> String {
    let mut first = Line::new();
    first.push_str(head, Style::default());
    let mut prefix = Line::new();
    prefix.push_spaces(indent, Style::default());
    let mut wrap = Wrap::new(columns, first, prefix);
    let mut lines = Vec::new();
    wrap.push(text, Style::default(), &mut lines);
    wrap.current(&mut lines);
    let lines: Vec<&str> = lines.iter().map(|line| line.text().trim_end()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_under_their_beginning() {
        assert_eq!(
            hanging("/retry  ", "ask the last message again", 20, 8),
            "/retry  ask the last\n        message\n        again"
        );
        assert_eq!(hanging("", "one two", 4, 0), "one\ntwo");
    }
}
