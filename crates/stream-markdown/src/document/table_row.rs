//! The source of a table: its delimiter row, and the cells of each row.

use crate::inline;

/// How many bytes of a cell are read together, so that the time grows with its length alone. Markup that is not closed
/// within them is text.
pub(super) const MAX_READ: usize = 2000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ColumnAlign {
    #[default]
    Left,
    Center,
    Right,
}

/// The alignments of a delimiter row, `|:--|--:|`; `None` for any other line.
pub(super) fn delimiter_row(line: &str) -> Option<Vec<ColumnAlign>> {
    if !line.contains(['|', ':']) {
        return None;
    }
    split_row(line, CellSeparator::All)
        .into_iter()
        .map(|cell| {
            let (start, end) = (cell.starts_with(':'), cell.ends_with(':') && cell.len() > 1);
            let dashes = cell.trim_start_matches(':');
            let dashes = dashes.strip_suffix(':').unwrap_or(dashes);
            if dashes.is_empty() || !dashes.bytes().all(|b| b == b'-') {
                return None;
            }
            Some(match (start, end) {
                (true, true) => ColumnAlign::Center,
                (false, true) => ColumnAlign::Right,
                _ => ColumnAlign::Left,
            })
        })
        .collect()
}

/// Which bars separate cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellSeparator {
    All,
    /// Not those in code and in formulas.
    InText,
}

/// The cells of a row. `\|` does not separate them.
pub(super) fn split_row(line: &str, bars: CellSeparator) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut is_escaped = false;
    // Where the current code or formula ends.
    let mut kept = 0;
    for (at, c) in line.char_indices() {
        if bars == CellSeparator::InText && !is_escaped && at >= kept {
            kept = at + inline::literal(&line[at..line.floor_char_boundary(at + MAX_READ)]);
        }
        if c == '|' && !is_escaped && at >= kept {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            if c == '|' && is_escaped {
                cell.pop();
            }
            cell.push(c);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    if cells.len() > 1 && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// The cells of a row of a table with so many columns. Where there are more, bars in code and formulas do not count;
/// what is still beyond the last column is added to it with its bars, so that no word is lost.
pub(super) fn row_of(line: &str, columns: usize) -> Vec<String> {
    let mut cells = split_row(line, CellSeparator::All);
    if cells.len() > columns {
        cells = split_row(line, CellSeparator::InText);
    }
    while cells.len() > columns && cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    if cells.len() > columns
        && let Some(last) = columns.checked_sub(1)
    {
        let rest = cells.split_off(last).join(" | ");
        cells.push(rest);
    }
    cells.resize(columns, String::new());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_rows_at_bars_that_are_not_escaped() {
        let split = |line| split_row(line, CellSeparator::All);
        assert_eq!(split("| a | b\\|c | |"), ["a", "b|c", ""]);
        assert_eq!(split("a|b"), ["a", "b"]);
        assert_eq!(split("|a|"), ["a"]);
    }

    #[test]
    fn no_cell_is_lost() {
        for (line, cells) in [
            ("| `a | b` | c |", ["`a | b`", "c"]),
            ("| `` a`|b `` | c", ["`` a`|b ``", "c"]),
            ("| $|x|$ | c |", ["$|x|$", "c"]),
            ("| \\(|x|\\) | c |", ["\\(|x|\\)", "c"]),
            ("| $$a|b$$ | `c|d`", ["$$a|b$$", "`c|d`"]),
            ("| a | b | c |", ["a", "b | c"]),
            ("| `a | b | c |", ["`a", "b | c"]),
            ("| $5 | $6 | c |", ["$5", "$6 | c"]),
            ("| `a|b` | c | d | e", ["`a|b`", "c | d | e"]),
            ("| a | b | | |", ["a", "b"]),
            ("| a | b || c", ["a", "b |  | c"]),
            ("| `a|b |", ["`a", "b"]),
            ("| `a` | `b|c", ["`a`", "`b | c"]),
            ("| a", ["a", ""]),
            ("| \\`a | b\\` | c", ["\\`a", "b\\` | c"]),
        ] {
            assert_eq!(row_of(line, 2), cells, "{line}");
        }
    }

    #[test]
    fn reads_alignments() {
        use ColumnAlign::{Center, Left, Right};
        assert_eq!(delimiter_row("|:--|--:|:-:|-|"), Some(vec![Left, Right, Center, Left]));
        assert_eq!(delimiter_row("---"), None);
        assert_eq!(delimiter_row("|-x-|"), None);
    }
}
