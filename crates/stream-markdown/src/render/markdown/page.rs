//! The lines a document has come to, final ones and those that may still change.

use crate::text::line::Line;

/// The window text is laid out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measure {
    pub columns: usize,
    pub rows: usize,
    /// Nothing is drawn twice and nothing is coloured.
    pub is_plain: bool,
}

impl Measure {
    /// The cells of a line that are used. The last one stays empty: a cursor that waits behind it stands elsewhere
    /// in each terminal, and a window made narrower by one then changes no line.
    pub(super) fn width(self) -> usize {
        self.columns.saturating_sub(1).max(1)
    }

    /// How many lines may be drawn anew: those that are certain to be in view, and one for the next line.
    pub(super) fn redrawable(self) -> usize {
        self.rows.saturating_sub(2).max(1)
    }

    /// How many bytes of text are certain to take no more than a half of those lines, however they wrap.
    pub(super) fn undecided_bytes(self) -> usize {
        (self.width() * (self.rows.saturating_sub(4) / 4)).clamp(8, 2000)
    }

    /// How many line ends an unclosed mark may reach over.
    pub(super) fn undecided_lines(self) -> usize {
        (self.rows / 4).max(1)
    }
}

/// What a fenced block comes to, piece by piece.
#[derive(Debug)]
pub(super) enum Fenced {
    Begin,
    Text(String),
    EndOfLine,
}

/// Lines on their way to the screen.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Final, and not yet taken.
    pub done: Vec<Line>,
    /// Finished lines of the open block, which may still be taken back.
    pub kept: Vec<Line>,
    /// What fenced blocks hold, where that is wanted and not how it looks.
    pub code: Option<Vec<Fenced>>,
    /// What the colours of code have cost so far.
    pub spent: usize,
}
