//! A message as it stays on the screen once it is entered: its lines under one another, right of the prompt. Pure.

use stream_markdown::fill::fill_hanging;
use stream_markdown::width;

use super::editor_helper::{PLAIN_LETTERS, TYPED_LETTERS};

/// The columns of the prompt, and of the blanks below it.
const INDENT: usize = 2;
/// The columns between the line editor's tab stops.
const TAB_STOP: usize = 8;

/// What replaces a line of several rows that the editor has drawn, with the cursor in the row below it; `None` where it
/// stays as it is: it has one row, not all of it is in view, or terminals differ in how wide its characters are.
pub(super) fn redrawn(prompt: &str, line: &str, columns: usize, window: usize) -> Option<String> {
    let rows = drawn_rows(line, columns)?;
    if rows < 2 || rows >= window {
        return None;
    }
    let prompt = prompt.rsplit('\n').next()?;
    Some(format!(
        "\x1b[{rows}A\r\x1b[J{prompt}{TYPED_LETTERS}{}{PLAIN_LETTERS}\n",
        indented(line, columns)
    ))
}

/// The rows that the editor draws a line on, as it counts them.
fn drawn_rows(line: &str, columns: usize) -> Option<usize> {
    if line.contains(joins) {
        return None;
    }
    let (mut rows, mut column) = (1, INDENT);
    for (at, part) in line.split('\n').enumerate() {
        if at > 0 {
            (rows, column) = (rows + 1, 0);
        }
        for c in part.chars() {
            let cells = match c {
                '\t' => TAB_STOP - column % TAB_STOP,
                c => width::of(c.encode_utf8(&mut [0; 4])),
            };
            column += cells;
            if column > columns {
                (rows, column) = (rows + 1, cells);
            }
        }
    }
    Some(if column == columns { rows + 1 } else { rows })
}

/// Whether a character makes one of those around it: a joiner, a variation selector, a skin tone.
fn joins(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// The lines of a text behind the prompt, each part of one that needs more rows under the others.
fn indented(text: &str, columns: usize) -> String {
    let blanks = " ".repeat(INDENT);
    let room = columns.saturating_sub(1).max(INDENT + 1);
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            let line = line.replace('\t', "    ");
            let body = line.trim_start_matches(' ');
            let lead = " ".repeat((line.len() - body.len()).min(room / 2));
            fill_hanging(&format!("{blanks}{lead}"), body, room, INDENT)
        })
        .collect();
    let text = lines.join("\n");
    text.strip_prefix(&blanks).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_as_the_editor_draws_them() {
        for (line, rows) in [
            ("", 1),
            ("1234567", 1),
            // The editor ends a full row itself.
            ("12345678", 2),
            ("123456789", 2),
            ("a\nb", 2),
            ("a\n\n1234567890", 4),
            ("天天天天", 2),
            ("天天天天a", 2),
            ("\ta", 1),
        ] {
            assert_eq!(drawn_rows(line, 10), Some(rows), "{line:?}");
        }
        assert_eq!(drawn_rows("👩‍🚀", 10), None);
    }

    #[test]
    fn lines_stand_under_one_another() {
        assert_eq!(indented("one two three\n    four", 11), "one two\n  three\n      four");
        assert_eq!(indented("\nb", 10), "\n  b");
        let drawn = redrawn("sys\n> ", "one\ntwo", 20, 5).unwrap();
        assert_eq!(drawn, "\x1b[2A\r\x1b[J> \x1b[1mone\n  two\x1b[m\n");
        assert_eq!(redrawn("> ", "one", 20, 5), None);
        assert_eq!(redrawn("> ", "1\n2\n3\n4\n5", 20, 5), None);
    }
}
