//! Draws lines on the screen: what has changed, and no more.
//!
//! The painter knows what it drew and where it left the cursor, and moves only over lines of its own that are in view.
//!
//! Its lines are text that grows at its end and stays: they become final one after the other and leave the window for the
//! scrollback, so it compares no more than the last few and keeps the cursor behind them. [`Live`](crate::Live) is for
//! lines that are edited at any place and go, with the cursor among them.

use crate::style::{ColorDepth, Style, Theme};
use crate::styled_line::StyledLine;
use crate::viewport::Cursor;
use crate::width;

/// What is drawn, and where the cursor is.
#[derive(Debug)]
pub(crate) struct Painter {
    depth: ColorDepth,
    theme: Theme,
    /// The lines on the screen that may still change. The cursor is at the end of the last one, or, when there is
    /// none, at the beginning of a fresh line.
    shown: Vec<StyledLine>,
    /// The style that the terminal is set to.
    pen: Style,
    /// How many bytes of the next line are written, where nothing is drawn twice.
    fixed: usize,
    /// The final line that the cursor is at the end of, where it is at one.
    ended: Option<StyledLine>,
    /// Whether the terminal may have wrapped the cursor's line, so that it can be added to but not drawn again.
    is_pinned: bool,
}

impl Painter {
    pub(crate) fn new(depth: ColorDepth, theme: Theme) -> Painter {
        Painter {
            depth,
            theme,
            shown: Vec::new(),
            pen: Style::default(),
            fixed: 0,
            ended: None,
            is_pinned: false,
        }
    }

    /// Whether a window of this size shows the lines as they were drawn, each on a row of its own.
    pub(crate) fn fits(&self, columns: usize, rows: usize) -> bool {
        self.shown.len() < rows && self.shown.iter().all(|line| line.width() < columns)
    }

    /// The place of the cursor in a window of this size.
    pub(crate) fn cursor(&self, columns: usize, rows: usize) -> Cursor {
        let cursor = |is_at_start, may_wrap, free_rows| Cursor {
            is_at_start,
            may_wrap,
            free_rows,
        };
        let wrapped = match self.shown.last() {
            Some(line) if self.is_pinned => Some(line),
            _ => self.ended.as_ref(),
        };
        match wrapped {
            // Behind the last cell of a row, terminals differ in where they are.
            Some(line) if width::end_column(line.text(), columns) == columns => cursor(false, true, 0),
            Some(_) => cursor(false, true, rows.saturating_sub(1)),
            None if self.is_at_start() => cursor(true, false, rows.saturating_sub(1)),
            None if self.shown.is_empty() || !self.fits(columns, rows) => cursor(false, false, 0),
            None => cursor(false, false, rows - self.shown.len()),
        }
    }

    /// Leaves the lines on the screen as they are. The cursor's line is continued if it `is_open`.
    pub(crate) fn abandon(&mut self, is_open: bool) {
        let last = self.shown.pop();
        self.shown.clear();
        if is_open {
            self.is_pinned = last.is_some();
            self.shown.extend(last);
        } else {
            self.ended = last;
        }
    }

    /// Whether the cursor's line can only be added to.
    pub(crate) fn is_pinned(&self) -> bool {
        self.is_pinned
    }

    /// Whether the cursor is at the beginning of a line.
    pub(crate) fn is_at_start(&self) -> bool {
        self.shown.is_empty() && self.fixed == 0 && self.ended.is_none()
    }

    /// Erases the lines that may still change, so that other output can be written in their place. The next `draw`
    /// draws them again. Returns false when they cannot be reached.
    pub(crate) fn erase_tail(&mut self, columns: usize, rows: usize, out: &mut Vec<u8>) -> bool {
        if self.fixed > 0 || self.ended.is_some() || self.is_pinned || !self.fits(columns, rows) {
            return false;
        }
        self.reset_style(out);
        if self.shown.len() > 1 {
            out.extend_from_slice(format!("\x1b[{}A", self.shown.len() - 1).as_bytes());
        }
        if !self.shown.is_empty() {
            out.extend_from_slice(b"\r\x1b[J");
        }
        self.shown.clear();
        true
    }

    /// Draws `done`, which is final, and `tail`, which may change. The cursor stays within a window of `rows` rows.
    pub(crate) fn draw(
        &mut self,
        done: &[StyledLine],
        tail: &[&StyledLine],
        rows: usize,
        links: &[String],
        out: &mut Vec<u8>,
    ) {
        if self.ended.take().is_some() {
            out.push(b'\n');
        }
        let was_pinned = self.is_pinned;
        self.is_pinned &= done.is_empty();
        let new: Vec<&StyledLine> = done.iter().chain(tail.iter().copied()).collect();
        let last = self.shown.len().checked_sub(1);
        let mut at = std::iter::zip(&self.shown, &new)
            .take_while(|(old, new)| old == *new)
            .count();
        if let Some(last) = last
            && at <= last
        {
            // What has left the window cannot be reached.
            at = at.max((last + 1).saturating_sub(rows));
            if at == new.len() && at > 0 {
                at -= 1;
            }
            if was_pinned {
                self.extend_line(new.first().copied(), links, out);
            } else {
                self.rewrite_line(at, last, new.get(at).copied(), links, out);
            }
            at += 1;
        }
        for (index, line) in new.iter().enumerate().skip(at) {
            if index > 0 {
                out.push(b'\n');
            }
            self.write(line, 0, links, out);
        }
        if tail.is_empty() && !new.is_empty() {
            out.push(b'\n');
        }
        self.close_link(out);
        self.shown.clear();
        self.shown.extend(tail.iter().map(|line| (*line).clone()));
    }

    /// Adds to the cursor's line, which cannot be drawn again.
    fn extend_line(&mut self, new: Option<&StyledLine>, links: &[String], out: &mut Vec<u8>) {
        let shown = self.shown.last().map_or(0, |line| line.text().len());
        if let Some(new) = new
            && new.text().is_char_boundary(shown)
        {
            self.write(new, shown.min(new.text().len()), links, out);
        }
    }

    /// Changes the shown line `at` into `new`. The cursor is on line `last` before and on `at` afterwards.
    fn rewrite_line(&mut self, at: usize, last: usize, new: Option<&StyledLine>, links: &[String], out: &mut Vec<u8>) {
        let Some(old) = self.shown.get(at) else {
            return;
        };
        let mut same = new.map_or(0, |new| old.common(new));
        if at == last && same == old.text().len() {
            // The usual case: the line has grown.
            if let Some(new) = new {
                self.write(new, same, links, out);
            }
            return;
        }
        if !old.is_certain() {
            same = 0;
        }
        let column = old.width_of(same);
        if last > at {
            out.extend_from_slice(format!("\x1b[{}A", last - at).as_bytes());
        }
        out.push(b'\r');
        if column > 0 {
            out.extend_from_slice(format!("\x1b[{column}C").as_bytes());
        }
        // Some terminals fill what is erased with the current attributes.
        self.reset_style(out);
        out.extend_from_slice(if last > at { b"\x1b[J" } else { b"\x1b[K" });
        if let Some(new) = new {
            self.write(new, same, links, out);
        }
    }

    /// Draws where nothing is drawn twice: final lines, and the final part of the next one.
    pub(crate) fn append(&mut self, done: &[StyledLine], next: &StyledLine, out: &mut Vec<u8>) {
        for line in done {
            let from = std::mem::take(&mut self.fixed);
            out.extend_from_slice(line.text().get(from..).unwrap_or_default().as_bytes());
            out.push(b'\n');
        }
        out.extend_from_slice(next.text().get(self.fixed..).unwrap_or_default().as_bytes());
        self.fixed = self.fixed.max(next.text().len());
    }

    /// Writes a line from byte `from` on.
    fn write(&mut self, line: &StyledLine, from: usize, links: &[String], out: &mut Vec<u8>) {
        for (text, style) in line.runs_from(from) {
            self.pen.push_change(style, self.depth, self.theme, out);
            if style.link != self.pen.link {
                self.close_link(out);
                let target = usize::try_from(style.link).unwrap_or(0).checked_sub(1);
                if let Some(target) = target.and_then(|at| links.get(at)) {
                    out.extend_from_slice(format!("\x1b]8;;{target}\x1b\\").as_bytes());
                }
            }
            self.pen = style;
            out.extend_from_slice(text.as_bytes());
        }
    }

    fn close_link(&mut self, out: &mut Vec<u8>) {
        if self.pen.link != 0 {
            out.extend_from_slice(b"\x1b]8;;\x1b\\");
            self.pen.link = 0;
        }
    }

    /// Resets the terminal's attributes, so that other output may be written.
    pub(crate) fn reset_style(&mut self, out: &mut Vec<u8>) {
        self.close_link(out);
        self.pen.push_change(Style::default(), self.depth, self.theme, out);
        self.pen = Style::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> StyledLine {
        StyledLine::of(text, Style::default())
    }

    fn bytes(painter: &mut Painter, tail: &[StyledLine], rows: usize) -> String {
        let mut out = Vec::new();
        painter.draw(&[], &tail.iter().collect::<Vec<_>>(), rows, &[], &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_what_changed_and_no_more() {
        let mut painter = Painter::new(ColorDepth::Ansi16, Theme::Dark);
        assert_eq!(bytes(&mut painter, &[line("one"), line("two")], 9), "one\ntwo");
        assert_eq!(bytes(&mut painter, &[line("one"), line("two three")], 9), " three");
        assert_eq!(
            bytes(&mut painter, &[line("one"), line("two"), line("3")], 9),
            "\r\u{1b}[3C\u{1b}[K\n3"
        );
        assert_eq!(bytes(&mut painter, &[line("ONE")], 9), "\u{1b}[2A\r\u{1b}[JONE");
        assert_eq!(bytes(&mut painter, &[], 9), "\r\u{1b}[K");
    }

    #[test]
    fn never_goes_above_the_window() {
        let mut painter = Painter::new(ColorDepth::Ansi16, Theme::Dark);
        let lines: Vec<StyledLine> = ["a", "b", "c", "d"].map(line).into();
        bytes(&mut painter, &lines, 2);
        assert!(bytes(&mut painter, &["A", "B", "C", "D"].map(line), 2).starts_with("\u{1b}[1A\r"));
    }
}
