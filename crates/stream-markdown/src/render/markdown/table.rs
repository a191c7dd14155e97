//! Tables: drawn when their columns are known, row by row, wrapped in their cells where the window is narrow.

mod layout;

use layout::{bytes, measure_cell};

use super::inline::{self, Links, Piece};
use super::page::{Measure, Page};
use crate::text::line::Line;
use crate::text::style::Style;

/// A column is never made narrower than this; a table that would need it is shown cell below cell.
const MIN_COLUMN: usize = 4;

/// How many bytes of a cell are read together: markup that is not closed within them is none, so that the time a cell
/// takes grows with its length alone.
const MAX_READ: usize = 2000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Align {
    #[default]
    Left,
    Center,
    Right,
}

/// The alignments of a delimiter row, `|:--|--:|`; `None` for any other line.
pub(super) fn delimiter_row(line: &str) -> Option<Vec<Align>> {
    if !line.contains(['|', ':']) {
        return None;
    }
    split_row(line, Bars::All)
        .into_iter()
        .map(|cell| {
            let (start, end) = (cell.starts_with(':'), cell.ends_with(':') && cell.len() > 1);
            let dashes = cell.trim_start_matches(':');
            let dashes = dashes.strip_suffix(':').unwrap_or(dashes);
            if dashes.is_empty() || !dashes.bytes().all(|b| b == b'-') {
                return None;
            }
            Some(match (start, end) {
                (true, true) => Align::Center,
                (false, true) => Align::Right,
                _ => Align::Left,
            })
        })
        .collect()
}

/// Which bars part cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bars {
    All,
    /// Not those in code and in formulas.
    InText,
}

/// The cells of a row. `\|` does not part them.
pub(super) fn split_row(line: &str, bars: Bars) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut is_escaped = false;
    // Where the code or formula at hand ends.
    let mut kept = 0;
    for (at, c) in line.char_indices() {
        if bars == Bars::InText && !is_escaped && at >= kept {
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

/// The cells of a row of a table that has so many columns. Bars in code and formulas part no cells where there would be
/// too many, and what is still beyond the last column stands in it with its bars: no word is lost.
fn row_of(line: &str, columns: usize) -> Vec<String> {
    let mut cells = split_row(line, Bars::All);
    if cells.len() > columns {
        cells = split_row(line, Bars::InText);
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

/// What a cell's source means.
fn read_cell(cell: &str, style: Style, links: &mut Links) -> Cell {
    let mut pieces = Vec::new();
    let mut before = None;
    let mut rest = cell;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.floor_char_boundary(MAX_READ));
        pieces.append(&mut inline::parse(part, before, true, style, links).pieces);
        before = part.chars().next_back();
        rest = after;
    }
    pieces
}

type Cell = Vec<Piece>;

/// A table as far as it has come.
#[derive(Debug)]
pub(super) struct Table {
    aligns: Vec<Align>,
    /// The rows that can still be drawn anew; the first is the head.
    rows: Vec<Vec<Cell>>,
    /// What each column would need not to wrap.
    natural: Vec<usize>,
    /// The widest word of each column.
    words: Vec<usize>,
    /// The widest cluster of each column.
    clusters: Vec<usize>,
    /// What the columns were drawn with last.
    drawn: Vec<usize>,
    /// Rows at the last drawing of the whole.
    drawn_rows: usize,
    /// The bytes of all lines written for it so far, those since drawn over included.
    written: usize,
    /// Too tall to be drawn anew: the columns stay as they are.
    is_frozen: bool,
    first: Line,
    prefix: Line,
    measure: Measure,
}

impl Table {
    /// A table of which only the head is known. The two lines begin its first line and all others.
    pub(super) fn new(
        aligns: Vec<Align>,
        head: &str,
        links: &mut Links,
        (first, prefix): (Line, Line),
        measure: Measure,
        page: &mut Page,
    ) -> Table {
        let mut table = Table {
            natural: vec![0; aligns.len()],
            words: vec![0; aligns.len()],
            clusters: vec![0; aligns.len()],
            drawn: Vec::new(),
            drawn_rows: 1,
            written: 0,
            aligns,
            rows: Vec::new(),
            is_frozen: false,
            first,
            prefix,
            measure,
        };
        let cells = table.read(head, Style::default().bold(), links);
        table.rows.push(cells);
        table.draw(&mut page.kept);
        if page.kept.len() > measure.redrawable() {
            table.freeze(&mut page.kept, &mut page.done);
        }
        table
    }

    /// Takes a row in. `kept` holds the lines drawn so far that may change, `done` gets those that will not.
    pub(super) fn row(&mut self, line: &str, links: &mut Links, kept: &mut Vec<Line>, done: &mut Vec<Line>) {
        let cells = self.read(line, Style::default(), links);
        if self.overflows(kept) {
            self.freeze(kept, done);
        }
        if self.is_frozen {
            self.draw_row(&cells, done);
            return;
        }
        self.rows.push(cells);
        let has_doubled = self.rows.len() >= 2 * self.drawn_rows;
        let is_changed = self.columns() != self.drawn;
        // A cluster wider than its column would run over the edge where a terminal shows its parts side by side, and
        // the lines above could not be found again.
        let overflows = self
            .clusters
            .iter()
            .zip(&self.drawn)
            .any(|(cluster, width)| cluster > width);
        // What was drawn, this drawing and a last one come to no more than three times the finished table.
        let finished = match is_changed {
            true if self.measure.is_plain => usize::MAX / 2, // nothing is drawn twice
            true => self.finished(),
            false => 0,
        };
        if is_changed && (has_doubled || overflows) && self.written <= finished {
            self.draw(kept);
        } else {
            let mut lines = Vec::new();
            if let Some(cells) = self.rows.last() {
                self.draw_row(cells, &mut lines);
            }
            self.written += bytes(&lines);
            kept.append(&mut lines);
            if overflows || is_changed && self.written > 2 * finished {
                // Wrapped in narrow columns, it has cost more than drawing it once more may: they stay.
                self.freeze(kept, done);
                return;
            }
        }
        if kept.len() > self.measure.redrawable() && is_changed {
            self.draw(kept);
        }
        if kept.len() > self.measure.redrawable() {
            self.freeze(kept, done);
        }
    }

    /// Goes on in a window of another size.
    pub(super) fn resize(&mut self, measure: Measure) {
        self.measure = measure;
        self.prefix = self.prefix.clipped(measure.width() / 2);
        if self.is_frozen {
            self.drawn = self.columns();
        }
    }

    /// Leaves the lines drawn so far as they are.
    pub(super) fn freeze(&mut self, kept: &mut Vec<Line>, done: &mut Vec<Line>) {
        self.is_frozen = true;
        self.rows.clear();
        done.append(kept);
    }

    /// Whether the terminal has wrapped a line: those above it cannot be found again.
    fn overflows(&self, kept: &[Line]) -> bool {
        !self.measure.is_plain && kept.iter().any(|line| line.width() > self.measure.width())
    }

    /// Draws the whole table with the columns it came to have.
    pub(super) fn finish(&mut self, kept: &mut Vec<Line>, done: &mut Vec<Line>) {
        if !self.is_frozen {
            if self.columns() != self.drawn && !self.overflows(kept) {
                self.draw(kept);
            }
            self.freeze(kept, done);
        }
    }

    fn read(&mut self, line: &str, style: Style, links: &mut Links) -> Vec<Cell> {
        let cells: Vec<Cell> = row_of(line, self.aligns.len())
            .iter()
            .map(|cell| read_cell(cell, style, links))
            .collect();
        if !self.is_frozen {
            for (at, cell) in cells.iter().enumerate() {
                let (natural, word, cluster) = measure_cell(cell);
                self.clusters[at] = self.clusters[at].max(cluster);
                self.natural[at] = self.natural[at].max(natural);
                self.words[at] = self.words[at].max(word);
            }
        }
        cells
    }

    /// What the whole would be with the columns it has come to need, in bytes.
    fn finished(&mut self) -> usize {
        let columns = self.columns();
        let drawn = std::mem::replace(&mut self.drawn, columns);
        let mut lines = Vec::new();
        self.lay_out(&mut lines);
        self.drawn = drawn;
        bytes(&lines)
    }

    /// The columns' widths; none when they do not fit side by side.
    fn columns(&self) -> Vec<usize> {
        let between = 3 * (self.natural.len() - 1);
        let room = self
            .measure
            .width()
            .saturating_sub(self.prefix.width().max(self.first.width()) + between);
        if self.natural.iter().sum::<usize>() <= room {
            return self.natural.clone();
        }
        // Words stay whole where all of them can.
        let keeps_words = self.words.iter().sum::<usize>() <= room;
        let least = |at: usize| if keeps_words { self.words[at] } else { self.clusters[at] };
        let capped = |cap: usize| (0..self.natural.len()).map(move |at| self.natural[at].min(cap).max(least(at)));
        let fits = |cap: usize| capped(cap).sum::<usize>() <= room;
        let widest = self.natural.iter().copied().max().unwrap_or(0);
        let (mut cap, mut too_wide) = (0, widest + 1);
        while too_wide - cap > 1 {
            let middle = usize::midpoint(cap, too_wide);
            if fits(middle) {
                cap = middle;
            } else {
                too_wide = middle;
            }
        }
        if cap < MIN_COLUMN && !keeps_words {
            return Vec::new();
        }
        let mut columns: Vec<usize> = capped(cap).collect();
        let mut left = room - columns.iter().sum::<usize>();
        for (column, natural) in columns.iter_mut().zip(&self.natural) {
            let more = left.min(natural - *column).min(1);
            *column += more;
            left -= more;
        }
        columns
    }

    fn draw(&mut self, kept: &mut Vec<Line>) {
        self.drawn = self.columns();
        self.drawn_rows = self.rows.len();
        kept.clear();
        self.lay_out(kept);
        self.written += bytes(kept);
    }

    /// The whole with the columns it has.
    fn lay_out(&self, kept: &mut Vec<Line>) {
        for (at, cells) in self.rows.iter().enumerate() {
            self.draw_row(cells, kept);
            if at == 0 {
                kept.push(self.rule());
            }
        }
        if let Some(head) = kept.first_mut() {
            let mut line = self.first.clone();
            head.tail_onto(self.prefix.text().len().min(head.text().len()), &mut line);
            *head = line;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_rows_at_bars_that_are_not_escaped() {
        let split = |line| split_row(line, Bars::All);
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
        use Align::{Center, Left, Right};
        assert_eq!(delimiter_row("|:--|--:|:-:|-|"), Some(vec![Left, Right, Center, Left]));
        assert_eq!(delimiter_row("---"), None);
        assert_eq!(delimiter_row("|-x-|"), None);
    }
}
