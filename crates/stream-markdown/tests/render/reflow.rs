//! A terminal that wraps its lines anew when its window changes, as most do and the one of the other tests does not.
//!
//! Holds logical lines: what was written between two line ends. How they lie in rows follows from the columns.

use unicode_width::UnicodeWidthChar;

/// One cell or two, and the marks that join it.
#[derive(Clone, Debug)]
struct Cell {
    text: String,
    cells: usize,
}

#[derive(Debug)]
pub(crate) struct Reflow {
    columns: usize,
    rows: usize,
    lines: Vec<Vec<Cell>>,
    /// The cursor: its line, and how many of the line's cells are before it.
    at: (usize, usize),
    /// The column that the cursor has kept on its way down, in a row that is empty so far.
    kept_column: usize,
    /// The place that was saved, and the number of lines then.
    saved: ((usize, usize), usize),
    /// Lines that nothing may be drawn over any more.
    protected: usize,
    /// Text may be written over, and a move out of the window ends at its first row. Else either fails the test.
    pub(crate) is_live: bool,
}

impl Reflow {
    pub(crate) fn new(columns: u16, rows: u16) -> Reflow {
        Reflow {
            columns: columns.into(),
            rows: rows.into(),
            lines: vec![Vec::new()],
            at: (0, 0),
            kept_column: 0,
            saved: ((0, 0), 0),
            protected: 0,
            is_live: false,
        }
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        (self.columns, self.rows) = (columns.into(), rows.into());
    }

    /// All lines above the cursor's are final from here on.
    pub(crate) fn protect(&mut self) {
        self.protected = self.at.0;
    }

    /// The cursor: its line, and the cells before it in its row.
    pub(crate) fn cursor(&self) -> (usize, usize) {
        (self.at.0, self.column())
    }

    pub(crate) fn text(&self) -> String {
        let line = |line: &Vec<Cell>| line.iter().map(|cell| cell.text.as_str()).collect::<String>();
        self.lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let text = std::str::from_utf8(bytes).unwrap();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\n' => self.newline(),
                '\r' => self.at.1 = self.row(self.at).0,
                '\u{b}' => {
                    let column = self.column();
                    self.newline();
                    self.kept_column = column;
                }
                '\u{1b}' if rest.starts_with('7') => {
                    rest = &rest[1..];
                    self.saved = (self.at, self.lines.len());
                }
                '\u{1b}' if rest.starts_with('8') => {
                    rest = &rest[1..];
                    assert_eq!(
                        self.lines.len(),
                        self.saved.1,
                        "the window has moved since the place was saved"
                    );
                    self.at = self.saved.0;
                }
                '\u{1b}' => {
                    let sequence = rest.strip_prefix('[').unwrap();
                    let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                    let count = sequence[..end].parse().unwrap_or(1);
                    match &sequence[end..=end] {
                        "m" => {}
                        "A" => self.up(count),
                        "B" => self.down(count),
                        "C" => self.forward(count),
                        "D" => self.back(count),
                        "K" => self.erase_row(),
                        "L" => self.insert_lines(count),
                        "M" => self.delete_lines(count),
                        "J" => self.erase_below(),
                        other => panic!("{other}"),
                    }
                    rest = &sequence[end + 1..];
                }
                c => self.put(c),
            }
        }
    }

    /// The rows of a line: where each begins and ends, in its list of cells.
    fn rows_of(&self, line: usize) -> Vec<(usize, usize)> {
        let mut rows = Vec::new();
        let (mut start, mut used) = (0, 0);
        for (at, cell) in self.lines[line].iter().enumerate() {
            if used + cell.cells > self.columns && at > start {
                rows.push((start, at));
                (start, used) = (at, 0);
            }
            used += cell.cells;
        }
        rows.push((start, self.lines[line].len()));
        rows
    }

    /// The row of a place. Behind the last cell of a full row the cursor waits in that row.
    fn row(&self, (line, cell): (usize, usize)) -> (usize, usize) {
        let rows = self.rows_of(line);
        let inside = rows.iter().find(|(start, end)| (*start..*end).contains(&cell));
        *inside.or(rows.last()).unwrap()
    }

    /// How many rows are above that of a place.
    fn number(&self, (line, cell): (usize, usize)) -> usize {
        let above: usize = (0..line).map(|at| self.rows_of(at).len()).sum();
        let row = self.row((line, cell));
        above + self.rows_of(line).iter().position(|r| *r == row).unwrap()
    }

    /// The cells before the cursor in its row.
    fn column(&self) -> usize {
        let (start, _) = self.row(self.at);
        let cells = self.lines[self.at.0][start..self.at.1].iter().map(|c| c.cells);
        cells.sum::<usize>() + self.kept_column
    }

    fn up(&mut self, count: usize) {
        let all: usize = (0..self.lines.len()).map(|at| self.rows_of(at).len()).sum();
        let top = all.saturating_sub(self.rows);
        let number = self.number(self.at);
        let target = if self.is_live {
            number.saturating_sub(count).max(top)
        } else {
            number.checked_sub(count).expect("above all")
        };
        assert!(target >= top, "moved out of the window");
        let column = self.column();
        let mut number = 0;
        for line in 0..self.lines.len() {
            for (start, _) in self.rows_of(line) {
                if number == target {
                    assert!(line >= self.protected, "moved over a final line");
                    self.at = (line, start);
                    self.kept_column = 0;
                    self.forward(column);
                    return;
                }
                number += 1;
            }
        }
    }

    fn down(&mut self, count: usize) {
        let column = self.column();
        for _ in 0..count {
            let (_, end) = self.row(self.at);
            let (line, _) = self.at;
            self.at = if end < self.lines[line].len() {
                (line, end)
            } else {
                (line + 1, 0)
            };
        }
        assert!(self.at.0 < self.lines.len(), "moved below all");
        self.kept_column = 0;
        self.forward(column);
    }

    fn back(&mut self, count: usize) {
        let column = self.column().checked_sub(count).expect("left of the row");
        self.at.1 = self.row(self.at).0;
        self.kept_column = 0;
        self.forward(column);
    }

    /// To the right, over blanks where there is nothing yet.
    fn forward(&mut self, count: usize) {
        let (line, cell) = self.at;
        let (_, end) = self.row(self.at);
        let (mut cell, mut left) = (cell, count);
        while left > 0 && cell < end {
            left = left.saturating_sub(self.lines[line][cell].cells);
            cell += 1;
        }
        if left > 0 {
            assert_eq!(end, self.lines[line].len(), "moved past the end of a row");
            let blank = Cell {
                text: " ".to_owned(),
                cells: 1,
            };
            self.lines[line].extend(std::iter::repeat_n(blank, left));
            cell += left;
        }
        self.at = (line, cell);
    }

    fn newline(&mut self) {
        let (line, _) = self.at;
        let (_, end) = self.row(self.at);
        assert_eq!(end, self.lines[line].len(), "a line end in mid-line");
        if line + 1 == self.lines.len() {
            self.lines.push(Vec::new());
        }
        self.at = (line + 1, 0);
        self.kept_column = 0;
    }

    /// Lines that are pushed out at the window's bottom are lost.
    fn insert_lines(&mut self, count: usize) {
        assert!(self.at.0 >= self.protected, "pushed a final line");
        let all = |lines: usize| -> usize { (0..lines).map(|at| self.rows_of(at).len()).sum() };
        let bottom = all(self.lines.len()).max(self.rows);
        let (line, _) = self.at;
        self.lines.splice(line..line, std::iter::repeat_n(Vec::new(), count));
        while (0..self.lines.len()).map(|at| self.rows_of(at).len()).sum::<usize>() > bottom {
            self.lines.pop();
        }
        self.at.1 = 0;
    }

    fn delete_lines(&mut self, count: usize) {
        assert!(self.at.0 >= self.protected, "deleted a final line");
        let (line, _) = self.at;
        self.lines.drain(line..self.lines.len().min(line + count));
        if line == self.lines.len() {
            self.lines.push(Vec::new());
        }
        self.at.1 = 0;
    }

    fn erase_row(&mut self) {
        assert!(self.at.0 >= self.protected, "erased a final line");
        let (line, cell) = self.at;
        let (_, end) = self.row(self.at);
        assert_eq!(end, self.lines[line].len(), "erased in mid-line");
        self.lines[line].truncate(cell);
    }

    fn erase_below(&mut self) {
        assert!(self.at.0 >= self.protected, "erased a final line");
        let (line, cell) = self.at;
        self.lines[line].truncate(cell);
        self.lines.truncate(line + 1);
    }

    fn put(&mut self, c: char) {
        let (line, cell) = self.at;
        let cells = c.width().unwrap_or(0);
        let line = &mut self.lines[line];
        if cells == 0 {
            if let Some(last) = cell.checked_sub(1) {
                line[last].text.push(c);
            }
            return;
        }
        assert!(self.is_live || cell == line.len(), "written over something");
        // What it is written over, and a blank for the half of a wide one that is left.
        let mut covered = 0;
        while covered < cells && cell < line.len() {
            covered += line.remove(cell).cells;
        }
        let blank = Cell {
            text: " ".to_owned(),
            cells: 1,
        };
        line.splice(cell..cell, std::iter::repeat_n(blank, covered.saturating_sub(cells)));
        line.insert(
            cell,
            Cell {
                text: c.to_string(),
                cells,
            },
        );
        self.at.1 += 1;
    }
}
