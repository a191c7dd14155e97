//! The lines of a table.

use super::super::inline::Piece;
use super::{Align, Cell, Table};
use crate::text::breaks::is_ideographic;
use crate::text::line::Line;
use crate::text::style::Style;
use crate::text::width;
use crate::text::wrap::Wrap;

impl Table {
    pub(super) fn rule(&self) -> Line {
        let mut line = self.prefix.clone();
        let plain = self.measure.is_plain;
        let dash = if plain { "-" } else { "─" };
        let columns = if self.drawn.is_empty() {
            // Cell below cell: a short rule parts the head from the rows.
            line.push_str(&dash.repeat(3), Style::dim());
            return line;
        } else {
            &self.drawn
        };
        for (at, width) in columns.iter().enumerate() {
            if at > 0 {
                let cross = if plain { "-+-" } else { "─┼─" };
                line.push_str(cross, Style::dim());
            }
            line.push_str(&dash.repeat(*width), Style::dim());
        }
        line
    }

    pub(super) fn draw_row(&self, cells: &[Cell], out: &mut Vec<Line>) {
        if self.drawn.is_empty() {
            for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let mut prefix = self.prefix.clone();
                if at > 0 && prefix.width() + 8 < self.measure.width() {
                    prefix.push_spaces(2, Style::default());
                }
                wrap_cell(cell, self.measure.width(), prefix, out);
            }
            return;
        }
        let wrapped: Vec<Vec<Line>> = cells
            .iter()
            .zip(&self.drawn)
            .map(|(cell, width)| {
                let mut lines = Vec::new();
                wrap_cell(cell, *width, Line::new(), &mut lines);
                lines
            })
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(1);
        for at in 0..height {
            let mut line = self.prefix.clone();
            for (column, width) in self.drawn.iter().enumerate() {
                if column > 0 {
                    line.push_str(if self.measure.is_plain { " | " } else { " │ " }, Style::dim());
                }
                let empty = Line::new();
                let cell = wrapped[column].get(at).unwrap_or(&empty);
                let room = width.saturating_sub(cell.width());
                let before = match self.aligns[column] {
                    Align::Left => 0,
                    Align::Center => room / 2,
                    Align::Right => room,
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

/// About what lines take on their way to the terminal: their text and the changes of style in it.
pub(super) fn bytes(lines: &[Line]) -> usize {
    lines
        .iter()
        .map(|line| line.text().len() + 5 * line.runs().count())
        .sum()
}

/// The widest line of a cell, its widest word and its widest cluster.
pub(super) fn measure_cell(cell: &[Piece]) -> (usize, usize, usize) {
    let (mut line, mut word) = (0, 0);
    let (mut widest_line, mut widest_word, mut widest_cluster) = (0, 0, 0);
    for piece in cell {
        match piece {
            Piece::Text(text, _) => {
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
            Piece::Break => (line, word) = (0, 0),
        }
        widest_line = widest_line.max(line);
    }
    (widest_line, widest_word.max(widest_cluster), widest_cluster)
}

fn wrap_cell(cell: &[Piece], width: usize, prefix: Line, out: &mut Vec<Line>) {
    let mut wrap = Wrap::new(width, prefix.clone(), prefix);
    for piece in cell {
        match piece {
            Piece::Text(text, style) => wrap.push(text, *style, out),
            Piece::Break => wrap.newline(out),
        }
    }
    wrap.current(out);
}
