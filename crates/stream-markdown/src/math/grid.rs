//! A formula laid out on lines of equal height.

use unicode_width::UnicodeWidthStr;

/// Lines of text, of which one stands on the base line of what is beside it.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    lines: Vec<String>,
    base: usize,
}

impl Grid {
    pub(super) fn text(text: impl Into<String>) -> Grid {
        Grid {
            lines: vec![text.into()],
            base: 0,
        }
    }

    /// The text of a grid of one line.
    pub(super) fn one_line(&self) -> Option<&str> {
        match self.lines.as_slice() {
            [line] => Some(line),
            _ => None,
        }
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
    }

    /// Puts `next` behind it, base line on base line.
    pub(super) fn append(&mut self, next: &Grid) {
        if let ([line], [more]) = (self.lines.as_mut_slice(), next.lines.as_slice()) {
            line.push_str(more);
            return;
        }
        let width = self.width();
        let above = next.base.saturating_sub(self.base);
        for _ in 0..above {
            self.lines.insert(0, String::new());
        }
        self.base += above;
        let first = self.base - next.base;
        if self.lines.len() < first + next.lines.len() {
            self.lines.resize(first + next.lines.len(), String::new());
        }
        for (line, more) in self.lines[first..].iter_mut().zip(&next.lines) {
            pad(line, width);
            line.push_str(more);
        }
    }

    /// Rows of cells, one line each. `right` says which columns are aligned to their right edge.
    pub(super) fn rows(rows: &[Vec<String>], gap: &str, right: impl Fn(usize) -> bool) -> Grid {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max())
            .map(Option::unwrap_or_default)
            .collect();
        let draw = |row: &Vec<String>| {
            let mut line = String::new();
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let space = " ".repeat(width - cell.width());
                line.push_str(if at > 0 { gap } else { "" });
                match right(at) {
                    true => line.extend([space.as_str(), cell]),
                    false => line.extend([cell.as_str(), &space]),
                }
            }
            line
        };
        let lines: Vec<String> = rows.iter().map(draw).collect();
        Grid {
            base: lines.len() / 2,
            lines,
        }
    }

    /// The same between two brackets, as high as it is. `None` where a bracket cannot grow.
    pub(super) fn between(&self, left: &str, right: &str) -> Option<Grid> {
        let height = self.lines.len();
        let left = bracket(left, height)?;
        let right = bracket(right, height)?;
        let width = self.width();
        let lines = self.lines.iter().enumerate().map(|(at, line)| {
            let mut inside = line.clone();
            pad(&mut inside, width);
            format!("{}{inside}{}", left[at], right[at])
        });
        Some(Grid {
            lines: lines.collect(),
            base: self.base,
        })
    }

    fn width(&self) -> usize {
        self.lines.iter().map(|line| line.width()).max().unwrap_or_default()
    }
}

fn pad(line: &mut String, width: usize) {
    let missing = width.saturating_sub(line.width());
    line.extend(std::iter::repeat_n(' ', missing));
}

/// A bracket of that many lines, from the top.
fn bracket(sign: &str, height: usize) -> Option<Vec<&str>> {
    if height == 1 || sign.is_empty() {
        return Some(vec![sign; height]);
    }
    let [top, filler, middle, bottom] = match sign {
        "(" => ["⎛", "⎜", "⎜", "⎝"],
        ")" => ["⎞", "⎟", "⎟", "⎠"],
        "[" => ["⎡", "⎢", "⎢", "⎣"],
        "]" => ["⎤", "⎥", "⎥", "⎦"],
        "{" => ["⎧", "⎪", "⎨", "⎩"],
        "}" => ["⎫", "⎪", "⎬", "⎭"],
        "⌈" => ["⎡", "⎢", "⎢", "⎢"],
        "⌉" => ["⎤", "⎥", "⎥", "⎥"],
        "⌊" => ["⎢", "⎢", "⎢", "⎣"],
        "⌋" => ["⎥", "⎥", "⎥", "⎦"],
        "|" | "‖" => [sign; 4],
        _ => return None,
    };
    let mut lines = vec![filler; height];
    lines[0] = top;
    lines[height - 1] = bottom;
    if height > 2 {
        lines[height / 2] = middle;
    }
    Some(lines)
}
