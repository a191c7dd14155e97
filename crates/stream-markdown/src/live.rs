//! Lines at the bottom of a terminal that change and go: a prompt and what is typed at it, a list to choose from, a sign
//! of waiting.

mod row;

use std::ops::Range;

use self::row::{Place, Row};

/// Rows of more bytes are moved rather than written again.
const MIN_SAVED: usize = 40;

/// Lines at the bottom of a terminal that are drawn again as they change, with the cursor among them.
///
/// A line is text and SGR sequences (`ESC [ … m`), begins without attributes, and takes one row: what goes beyond the
/// window's last column but one is cut off. Other control characters are made visible, and marks that join nothing are
/// left out. The cursor must be at the beginning of a line when the first bytes are written, and nothing else may write to
/// the terminal until the lines are cleared or finished. So they cannot hang below a text that still grows, as that of a
/// [`Renderer`](crate::Renderer) does: its cursor is within a line of its own.
///
/// Only what changed is written, by relative moves within these lines: nothing above them is touched, and nothing enters
/// the scrollback but what is finished. Line ends are written as `\r\n`, which suits a raw terminal, too.
///
/// ```
/// use stream_markdown::Live;
///
/// let mut live = Live::new(80, 24, true);
/// let mut bytes = Vec::new();
/// live.draw(&["> he", "\x1b[2ma hint\x1b[m"], (0, 4), &mut bytes);
/// bytes.clear();
/// live.draw(&["> hey", "\x1b[2ma hint\x1b[m"], (0, 5), &mut bytes);
/// assert_eq!(bytes, b"y");
/// bytes.clear();
/// live.clear(&mut bytes);
/// assert_eq!(bytes, b"\r\x1b[J");
/// ```
#[derive(Debug)]
pub struct Live {
    columns: usize,
    rows: usize,
    rewraps: bool,
    shown: Vec<Row>,
    /// The row and the column of the cursor, from the beginning of the first line.
    at: (usize, usize),
    /// Whether the window had another size when the lines were drawn.
    is_stale: bool,
}

impl Live {
    /// No lines yet, in a window of this size. `rewraps` says whether the terminal wraps its lines anew when it gets
    /// narrower, as most do, or cuts them off.
    pub fn new(columns: u16, rows: u16, rewraps: bool) -> Live {
        Live {
            columns: columns.into(),
            rows: rows.into(),
            rewraps,
            shown: Vec::new(),
            at: (0, 0),
            is_stale: false,
        }
    }

    /// The window has another size. The next call writes every line again.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = (usize::from(columns), usize::from(rows));
        if size != (self.columns, self.rows) {
            (self.columns, self.rows) = size;
            self.is_stale = !self.shown.is_empty();
        }
    }

    /// Whether no line is on the screen.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Shows these lines in place of the ones before, and puts the cursor into a row and a column, counted from 0. Of more
    /// lines than the window has rows, those around the cursor are shown.
    pub fn draw<S: AsRef<str>>(&mut self, lines: &[S], cursor: (usize, usize), out: &mut Vec<u8>) {
        if lines.is_empty() {
            return self.clear(out);
        }
        let most = self.rows.max(1);
        let row = cursor.0.min(lines.len() - 1);
        let first = (row + 1).saturating_sub(most);
        let lines: Vec<&str> = lines.iter().skip(first).take(most).map(AsRef::as_ref).collect();
        self.forget_lost_rows(out);
        self.shift(&lines, out);
        for (at, line) in lines.iter().enumerate() {
            self.show(at, line, out);
        }
        if lines.len() < self.shown.len() {
            self.move_to((lines.len(), 0), out);
            out.extend_from_slice(b"\x1b[J");
            self.shown.truncate(lines.len());
        }
        self.move_to((row - first, cursor.1), out);
    }

    /// Leaves these lines on the screen in place of the ones before, for good, whatever their number. The cursor is at the
    /// beginning of the line below them.
    pub fn finish<S: AsRef<str>>(&mut self, lines: &[S], out: &mut Vec<u8>) {
        if lines.len() > self.rows {
            self.clear(out);
            for line in lines {
                out.extend_from_slice(Row::new(line.as_ref(), self.columns).text.as_bytes());
                out.extend_from_slice(b"\r\n");
            }
            return;
        }
        self.draw(lines, (lines.len(), 0), out);
        if !lines.is_empty() {
            out.extend_from_slice(b"\r\n");
        }
        self.shown.clear();
        self.at = (0, 0);
    }

    /// Takes the lines away. The cursor is where the first of them began.
    pub fn clear(&mut self, out: &mut Vec<u8>) {
        self.forget_lost_rows(out);
        if !self.shown.is_empty() {
            self.move_to((0, 0), out);
            out.extend_from_slice(b"\x1b[J");
            self.shown.clear();
        }
        self.at = (0, 0);
    }

    /// Takes lines away that were drawn for a window of another size. The cursor is still where it was in the text, and
    /// what is above it takes more rows where the terminal wraps lines anew.
    fn forget_lost_rows(&mut self, out: &mut Vec<u8>) {
        if !std::mem::take(&mut self.is_stale) {
            return;
        }
        let up = if self.rewraps {
            let above = self.shown.iter().take(self.at.0);
            let above: usize = above.map(|row| row.rewrapped(self.columns, 0).0).sum();
            let own = self.shown.get(self.at.0);
            above + own.map_or(0, |row| row.rewrapped(self.columns, self.at.1).1)
        } else {
            self.at.0
        };
        out.push(b'\r');
        push_sequence(up.min(self.rows.saturating_sub(1)), b'A', out);
        out.extend_from_slice(b"\x1b[J");
        self.shown.clear();
        self.at = (0, 0);
    }

    /// Moves rows to where their lines are now, where that writes less than the lines.
    fn shift(&mut self, lines: &[&str], out: &mut Vec<u8>) {
        let Some(moved) = Moved::of(&self.shown, lines) else {
            return;
        };
        let Range { start, end } = moved.rows;
        if moved.is_up {
            self.delete_rows(start..start + moved.count, out);
            if end < self.shown.len() {
                self.insert_rows(end, moved.count, out);
            }
            return;
        }
        let begin = start - moved.count;
        let behind = end - moved.count;
        let deleted = moved.count.min(self.shown.len() - behind);
        // Rows must not be pushed out of the window.
        for _ in deleted..moved.count {
            self.add_row("", out);
        }
        let added = moved.count - deleted;
        self.delete_rows(behind..behind + deleted, out);
        self.shown.truncate(self.shown.len() - added);
        self.insert_rows(begin, moved.count, out);
    }

    fn delete_rows(&mut self, rows: Range<usize>, out: &mut Vec<u8>) {
        if !rows.is_empty() {
            self.move_to((rows.start, 0), out);
            push_sequence(rows.len(), b'M', out);
            self.shown.drain(rows);
        }
    }

    fn insert_rows(&mut self, at: usize, count: usize, out: &mut Vec<u8>) {
        self.move_to((at, 0), out);
        push_sequence(count, b'L', out);
        let empty = Row::new("", self.columns);
        self.shown.splice(at..at, std::iter::repeat_n(empty, count));
    }

    /// Adds a row below the others.
    fn add_row(&mut self, line: &str, out: &mut Vec<u8>) {
        if let Some(last) = self.shown.len().checked_sub(1) {
            if self.at.0 != last {
                self.move_to((last, 0), out);
            }
            out.extend_from_slice(b"\r\n");
        }
        let new = Row::new(line, self.columns);
        out.extend_from_slice(new.text.as_bytes());
        self.at = (self.shown.len(), new.width);
        self.shown.push(new);
    }

    /// Makes the row `at` show a line. It is one of those shown, or the next.
    fn show(&mut self, at: usize, line: &str, out: &mut Vec<u8>) {
        let Some(old) = self.shown.get(at) else {
            return self.add_row(line, out);
        };
        if old.is_of(line) {
            return;
        }
        let new = Row::new(line, self.columns);
        let is_certain = old.is_certain && new.is_certain;
        let is_shorter = new.width < old.width || !is_certain;
        let mut from = old.common(&new);
        // A column behind a character that terminals differ over is reached by writing what is before it only.
        if !is_certain && self.at != (at, from.column) {
            from = Place::default();
        }
        if from.at < new.text.len() || is_shorter {
            self.move_to((at, from.column), out);
            new.write(&from, new.text.len(), out);
            if is_shorter {
                out.extend_from_slice(b"\x1b[K");
            }
            self.at = (at, new.width);
        }
        if let Some(shown) = self.shown.get_mut(at) {
            *shown = new;
        }
    }

    fn move_to(&mut self, (at, column): (usize, usize), out: &mut Vec<u8>) {
        let column = column.min(self.columns.saturating_sub(1));
        if (at, column) == self.at {
            return;
        }
        let is_certain = self.shown.get(at).is_none_or(|row| row.is_certain);
        // In another row, and behind a character that terminals differ over, only the first column is certain.
        if (column == 0 || at != self.at.0 || !is_certain) && self.at.1 > 0 {
            out.push(b'\r');
            self.at.1 = 0;
        }
        let from = std::mem::replace(&mut self.at.0, at);
        push_sequence(from.saturating_sub(at), b'A', out);
        push_sequence(at.saturating_sub(from), b'B', out);
        if !is_certain && let Some(row) = self.shown.get(at) {
            let place = row.place(column);
            row.write(&Place::default(), place.at, out);
            self.at.1 = place.column;
        }
        let from = std::mem::replace(&mut self.at.1, column);
        push_sequence(from.saturating_sub(column), b'D', out);
        push_sequence(column.saturating_sub(from), b'C', out);
    }
}

/// Rows that are other rows now, and have only moved.
struct Moved {
    /// Where they are now.
    rows: Range<usize>,
    /// By how many rows, and whether up.
    count: usize,
    is_up: bool,
}

impl Moved {
    /// The move that saves most; `None` where none is worth its sequences.
    fn of(shown: &[Row], lines: &[&str]) -> Option<Moved> {
        let changed = |at: usize| shown.get(at).is_none_or(|row| !row.is_of(lines[at]));
        let changed: Vec<usize> = (0..lines.len()).filter(|at| changed(*at)).collect();
        let (first, last) = (*changed.first()?, *changed.last()?);
        let mut best = (MIN_SAVED, None);
        for count in 1..shown.len().max(lines.len()) {
            for is_up in [true, false] {
                let before = |at: usize| if is_up { Some(at + count) } else { at.checked_sub(count) };
                let is_moved = |at: usize| {
                    before(at)
                        .and_then(|at| shown.get(at))
                        .is_some_and(|row| row.is_of(lines[at]))
                };
                let mut at = first;
                while at <= last {
                    let start = at;
                    let mut saved = 0;
                    while at <= last && is_moved(at) {
                        saved += lines[at].len();
                        at += 1;
                    }
                    if saved > best.0 {
                        let rows = start..at;
                        best = (saved, Some(Moved { rows, count, is_up }));
                    }
                    at += 1;
                }
            }
        }
        best.1
    }
}

/// Appends a sequence with a count; none for 0.
fn push_sequence(count: usize, end: u8, out: &mut Vec<u8>) {
    if count > 0 {
        out.extend_from_slice(b"\x1b[");
        if count > 1 {
            out.extend_from_slice(count.to_string().as_bytes());
        }
        out.push(end);
    }
}
