//! Lines below what is on the screen that come and go: what is waited for, thoughts as they come, what is typed meanwhile.
//!
//! The cursor belongs to the answer above, which goes on writing where it stands, in a column that terminals differ over.
//! So the terminal saves it and puts it back, and nothing is moved relative to it but down. [`stream_markdown::Live`], which
//! draws the prompt, moves relative to a cursor in its own lines, and the answer's renderer draws text that stays.

use stream_markdown::sanitize::{safe, safe_line};
use stream_markdown::{Cursor, width};

/// One step down that keeps the column and moves the window's contents up at its last row. VT, which terminals take for a
/// line feed without a return ("XTerm Control Sequences", VT); Windows may add the return there, but not at IND.
const DOWN: &str = if cfg!(windows) { "\x1bD" } else { "\x0b" };

/// A line of a footer: pieces of text, each with the parameters of the SGR sequence that sets its style ("2": dim).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FooterRow(Vec<(String, &'static str)>);

impl FooterRow {
    /// A dim line.
    pub fn dim(text: &str) -> FooterRow {
        FooterRow::default().with(text, "2")
    }

    /// The line with more text, made safe; `style` is empty for plain text, "7" for reverse, "1;2" for two styles.
    #[must_use]
    pub fn with(mut self, text: &str, style: &'static str) -> FooterRow {
        self.0.push((safe_line(text), style));
        self
    }

    /// The line with text of one line as it is typed, blanks included.
    #[must_use]
    pub fn with_typed(mut self, text: &str, style: &'static str) -> FooterRow {
        self.0.push((safe(text).into_owned(), style));
        self
    }

    /// Draws as much of it as fits into so many cells.
    fn draw(&self, cells: usize, out: &mut Vec<u8>) {
        let mut left = cells;
        for (text, style) in &self.0 {
            let part = width::fit(text, left);
            left -= width::of(part);
            out.extend_from_slice(format!("\x1b[{style}m{part}\x1b[m").as_bytes());
            if part.len() < text.len() {
                break;
            }
        }
    }
}

/// Lines on the screen that leave no trace. The cursor rests above them, at the end of the text, or where that ends with
/// its line at the beginning of the first of them: however a terminal wraps or cuts them when its window changes, they
/// are what stands behind the cursor, and erased by that.
#[derive(Debug, Default)]
pub(super) struct Footer {
    shown: Vec<FooterRow>,
    is_at_cursor: bool,
    /// Whether the line above may be wrapped into the first of them.
    may_be_overwritten: bool,
    columns: u16,
}

impl Footer {
    /// Shows those of the rows, from the last one up, that there is room for; what is on the screen already is not written
    /// again. The terminal's style must be reset.
    pub(super) fn show(&mut self, rows: &[FooterRow], cursor: Cursor, columns: u16, out: &mut Vec<u8>) {
        let rows = &rows[rows.len().saturating_sub(cursor.free_rows)..];
        if (rows.len(), cursor.is_at_start, columns) != (self.shown.len(), self.is_at_cursor, self.columns) {
            self.clear(out);
            (self.is_at_cursor, self.columns) = (cursor.is_at_start, columns);
            let below = rows.len() - usize::from(cursor.is_at_start).min(rows.len());
            if below > 0 {
                out.extend_from_slice(format!("{}\x1b[{below}A", DOWN.repeat(below)).as_bytes());
            }
        }
        self.may_be_overwritten = cursor.may_wrap;
        if self.shown == rows {
            return;
        }
        // The cursor is put back by the terminal: programs and terminals differ over the width of some characters.
        out.extend_from_slice(b"\x1b7");
        let mut at = usize::from(self.is_at_cursor);
        for (number, row) in (1..).zip(rows) {
            if self.shown.get(number - 1) == Some(row) {
                continue;
            }
            if number > at {
                out.extend_from_slice(format!("\x1b[{}B", number - at).as_bytes());
                at = number;
            }
            out.extend_from_slice(b"\r\x1b[K");
            row.draw(usize::from(columns).saturating_sub(1), out);
        }
        out.extend_from_slice(b"\x1b8");
        self.shown = rows.to_vec();
    }

    /// Erases it.
    pub(super) fn clear(&mut self, out: &mut Vec<u8>) {
        if !std::mem::take(&mut self.shown).is_empty() {
            out.extend_from_slice(if self.is_at_cursor { b"\r\x1b[J" } else { b"\x1b[J" });
        }
    }

    pub(super) fn is_shown(&self) -> bool {
        !self.shown.is_empty()
    }

    /// Whether it can stay while these bytes of an answer are written above it: they change the cursor's row only.
    pub(super) fn stays_below(&self, bytes: &[u8]) -> bool {
        !self.is_at_cursor
            && !self.may_be_overwritten
            && memchr::memchr(b'\n', bytes).is_none()
            && memchr::memmem::find(bytes, b"\x1b[J").is_none()
    }
}
