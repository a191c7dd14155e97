//! Tables: drawn row by row, with cells that wrap where the window is narrow, and drawn again when columns widen.

use super::output::{BlockEvent, Output, TableCell, TableRow};
use super::table_row::{ColumnAlign, MAX_READ, row_of};
use crate::inline::{self, InlineMode, InlinePiece, Links};
use crate::line_break::is_ideographic;
use crate::line_wrapper::LineWrapper;
use crate::style::Style;
use crate::styled_line::StyledLine;
use crate::viewport::Layout;
use crate::width;

/// The narrowest column. A table that would need narrower ones is shown with its cells below each other.
const MIN_COLUMN: usize = 4;

/// Reads the markup of a cell.
fn read_cell(cell: &str, style: Style, replaces_source: bool, links: &mut Links) -> TableCell {
    let mut pieces = Vec::new();
    let mut before = None;
    let mut rest = cell;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.floor_char_boundary(MAX_READ));
        let mode = InlineMode {
            complete: true,
            is_cut: !after.is_empty(),
            replaces_source,
        };
        pieces.append(&mut inline::parse(part, before, mode, style, links).pieces);
        before = part.chars().next_back();
        rest = after;
    }
    pieces
}

/// An open table.
#[derive(Debug)]
pub(super) struct Table {
    aligns: Vec<ColumnAlign>,
    /// The rows that can be drawn again; the first is the head.
    rows: Vec<TableRow>,
    /// The width of each column without wrapping.
    natural: Vec<usize>,
    /// The widest word of each column.
    words: Vec<usize>,
    /// The widest cluster of each column.
    clusters: Vec<usize>,
    /// The widths that the columns were drawn with last.
    drawn: Vec<usize>,
    /// How many rows there were when all of it was last drawn.
    drawn_rows: usize,
    /// The bytes written so far, those included that were drawn over.
    written: usize,
    /// Whether it cannot be drawn again, so that the columns stay as they are.
    is_frozen: bool,
    first: StyledLine,
    prefix: StyledLine,
    layout: Layout,
}

impl Table {
    /// A table that begins with the row `head`. `first` begins its first line, `prefix` all others.
    pub(super) fn new(
        aligns: Vec<ColumnAlign>,
        head: &str,
        links: &mut Links,
        (first, prefix): (StyledLine, StyledLine),
        layout: Layout,
        output: &mut Output,
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
            layout,
        };
        let style = if layout.collects {
            Style::default()
        } else {
            Style::default().bold()
        };
        let cells = table.read(head, style, links);
        table.rows.push(cells);
        if layout.collects {
            return table;
        }
        table.draw(&mut output.kept);
        if output.kept.len() > layout.redrawable() {
            table.freeze(&mut output.kept, &mut output.done);
        }
        table
    }

    /// Takes a row. `kept` are the lines so far that may change; `done` takes those that are final.
    pub(super) fn row(
        &mut self,
        line: &str,
        links: &mut Links,
        kept: &mut Vec<StyledLine>,
        done: &mut Vec<StyledLine>,
    ) {
        let cells = self.read(line, Style::default(), links);
        if self.layout.collects {
            self.rows.push(cells);
            return;
        }
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
        // Where a terminal shows the parts of a wide cluster side by side, the line would run over the edge, and the
        // lines above could not be reached.
        let overflows = self
            .clusters
            .iter()
            .zip(&self.drawn)
            .any(|(cluster, width)| cluster > width);
        // What is written already, this drawing and a last one are at most three times the finished table.
        let finished = match is_changed {
            true if self.layout.is_plain => usize::MAX / 2, // nothing is drawn twice
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
                // Too much is written to draw it once more: the columns stay.
                self.freeze(kept, done);
                return;
            }
        }
        if kept.len() > self.layout.redrawable() && is_changed {
            self.draw(kept);
        }
        if kept.len() > self.layout.redrawable() {
            self.freeze(kept, done);
        }
    }

    /// Continues in a window of another size.
    pub(super) fn resize(&mut self, layout: Layout) {
        self.layout = layout;
        self.prefix = self.prefix.clipped(layout.width() / 2);
        if self.is_frozen {
            self.drawn = self.columns();
        }
    }

    /// Makes the lines drawn so far final.
    pub(super) fn freeze(&mut self, kept: &mut Vec<StyledLine>, done: &mut Vec<StyledLine>) {
        self.is_frozen = true;
        self.rows.clear();
        done.append(kept);
    }

    /// Whether the terminal has wrapped a line, so that those above it cannot be reached.
    fn overflows(&self, kept: &[StyledLine]) -> bool {
        !self.layout.is_plain && kept.iter().any(|line| line.width() > self.layout.width())
    }

    /// Ends the table, drawn with its final columns.
    pub(super) fn finish(mut self, output: &mut Output) {
        if self.layout.collects {
            output.record(BlockEvent::Table {
                aligns: self.aligns,
                rows: self.rows,
            });
            return;
        }
        if !self.is_frozen {
            if self.columns() != self.drawn && !self.overflows(&output.kept) {
                self.draw(&mut output.kept);
            }
            self.freeze(&mut output.kept, &mut output.done);
        }
    }

    fn read(&mut self, line: &str, style: Style, links: &mut Links) -> Vec<TableCell> {
        let cells: Vec<TableCell> = row_of(line, self.aligns.len())
            .iter()
            .map(|cell| read_cell(cell, style, self.layout.replaces_source(), links))
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

    /// The bytes of the table with the columns that it needs now.
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
            .layout
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

    fn draw(&mut self, kept: &mut Vec<StyledLine>) {
        self.drawn = self.columns();
        self.drawn_rows = self.rows.len();
        kept.clear();
        self.lay_out(kept);
        self.written += bytes(kept);
    }

    /// Lays out all rows with the current columns.
    fn lay_out(&self, kept: &mut Vec<StyledLine>) {
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

    fn rule(&self) -> StyledLine {
        let mut line = self.prefix.clone();
        let is_ascii = self.layout.is_ascii;
        let dash = if is_ascii { "-" } else { "─" };
        let columns = if self.drawn.is_empty() {
            // With its cells below each other, a short rule separates the head from the rows.
            line.push_str(&dash.repeat(3), Style::dim());
            return line;
        } else {
            &self.drawn
        };
        for (at, width) in columns.iter().enumerate() {
            if at > 0 {
                let cross = if is_ascii { "-+-" } else { "─┼─" };
                line.push_str(cross, Style::dim());
            }
            line.push_str(&dash.repeat(*width), Style::dim());
        }
        line
    }

    fn draw_row(&self, cells: &[TableCell], out: &mut Vec<StyledLine>) {
        if self.drawn.is_empty() {
            for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let mut prefix = self.prefix.clone();
                if at > 0 && prefix.width() + 8 < self.layout.width() {
                    prefix.push_spaces(2, Style::default());
                }
                wrap_cell(cell, self.layout.width(), prefix, out);
            }
            return;
        }
        let wrapped: Vec<Vec<StyledLine>> = cells
            .iter()
            .zip(&self.drawn)
            .map(|(cell, width)| {
                let mut lines = Vec::new();
                wrap_cell(cell, *width, StyledLine::new(), &mut lines);
                lines
            })
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(1);
        for at in 0..height {
            let mut line = self.prefix.clone();
            for (column, width) in self.drawn.iter().enumerate() {
                if column > 0 {
                    line.push_str(if self.layout.is_ascii { " | " } else { " │ " }, Style::dim());
                }
                let empty = StyledLine::new();
                let cell = wrapped[column].get(at).unwrap_or(&empty);
                let room = width.saturating_sub(cell.width());
                let before = match self.aligns[column] {
                    ColumnAlign::Left => 0,
                    ColumnAlign::Center => room / 2,
                    ColumnAlign::Right => room,
                };
                line.push_spaces(before, Style::default());
                line.push_line(cell);
                if column + 1 < self.drawn.len() {
                    line.push_spaces(room - before, Style::default());
                }
            }
            out.push(line.head(line.text().len()));
        }
    }
}

/// About how many bytes lines take on the terminal, changes of style included.
fn bytes(lines: &[StyledLine]) -> usize {
    lines
        .iter()
        .map(|line| line.text().len() + 5 * line.runs().count())
        .sum()
}

/// The widest line of a cell, its widest word and its widest cluster.
fn measure_cell(cell: &[InlinePiece]) -> (usize, usize, usize) {
    let (mut line, mut word) = (0, 0);
    let (mut widest_line, mut widest_word, mut widest_cluster) = (0, 0, 0);
    for piece in cell {
        match piece {
            InlinePiece::Text(text, _) => {
                line += width::of(text);
                widest_cluster = widest_cluster.max(width::widest_cluster(text));
                for part in text.split_inclusive(|c: char| c == ' ' || is_ideographic(c)) {
                    let is_end = part.ends_with(|c: char| c == ' ' || is_ideographic(c));
                    word += width::of(part.trim_end());
                    widest_word = widest_word.max(word);
                    if is_end {
                        word = 0;
                    }
                }
            }
            InlinePiece::Break => (line, word) = (0, 0),
        }
        widest_line = widest_line.max(line);
    }
    (widest_line, widest_word.max(widest_cluster), widest_cluster)
}

fn wrap_cell(cell: &[InlinePiece], width: usize, prefix: StyledLine, out: &mut Vec<StyledLine>) {
    let mut wrap = LineWrapper::new(width, prefix.clone(), prefix);
    for piece in cell {
        match piece {
            InlinePiece::Text(text, style) => wrap.push(text, *style, out),
            InlinePiece::Break => wrap.newline(out),
        }
    }
    wrap.current(out);
}
