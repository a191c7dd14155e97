//! The window that is drawn for.

use crate::style::{ColorDepth, Theme};

/// What is known of a terminal: its size, and what it can show.
///
/// ```
/// use stream_markdown::{ColorDepth, Viewport};
///
/// let viewport = Viewport { columns: 100, rows: 40, color_depth: ColorDepth::Ansi256, ..Viewport::default() };
/// assert!(!viewport.hyperlinks);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewport {
    /// The cells of a row.
    pub columns: u16,
    /// The rows in view. Only lines that are certain to be among them are ever drawn again.
    pub rows: u16,
    /// With [`ColorDepth::None`] no escape sequence is written, and nothing is drawn twice: right for a pipe.
    pub color_depth: ColorDepth,
    /// Which background the colours are chosen for.
    pub theme: Theme,
    /// Whether the terminal is known to understand hyperlinks (OSC 8).
    pub hyperlinks: bool,
    /// Whether rules, bullets and boxes are ASCII characters, and formulas and HTML tags stay as written: right for a
    /// locale other than UTF-8.
    pub ascii: bool,
    /// Whole lines only, each written once: right for a screen reader.
    pub accessible: bool,
    /// How many columns text is wrapped to at most, for it to be read with ease; 0 for those of the window. Tables and
    /// code may use all of the window.
    pub prose_columns: u16,
}

impl Default for Viewport {
    /// 80 columns, 24 rows, no colours.
    fn default() -> Viewport {
        Viewport {
            columns: 80,
            rows: 24,
            color_depth: ColorDepth::None,
            theme: Theme::Dark,
            hyperlinks: false,
            ascii: false,
            accessible: false,
            prose_columns: 0,
        }
    }
}

impl Viewport {
    pub(crate) fn layout(&self) -> Layout {
        let is_plain = self.color_depth == ColorDepth::None || self.accessible;
        Layout {
            columns: usize::from(self.columns),
            rows: usize::from(self.rows),
            is_plain,
            is_ascii: is_plain || self.ascii,
            collects: false,
            prose_columns: usize::from(self.prose_columns),
        }
    }
}

/// Where the cursor is left after drawing, for output that comes and goes below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// At the beginning of an empty line. Otherwise it stands behind the last character of its line.
    pub is_at_start: bool,
    /// Whether the terminal may wrap the cursor's line where it is added to, so that a row below is written to.
    pub may_wrap: bool,
    /// How many rows such output may take, the cursor's own included where it is empty, with every line that may be drawn
    /// again still in view. 0 where the cursor could not be put back.
    pub free_rows: usize,
}

/// The limits that lines are laid out in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub columns: usize,
    pub rows: usize,
    /// Nothing is drawn twice and nothing is coloured.
    pub is_plain: bool,
    /// What the renderer adds to the text is ASCII.
    pub is_ascii: bool,
    /// Inline text is collected for events, and no lines are made of it.
    pub collects: bool,
    /// The most columns of text; 0 for those of the window.
    pub prose_columns: usize,
}

impl Layout {
    /// Whether formulas, HTML tags, footnotes and alerts are replaced by what they stand for, rather than shown as written.
    pub(crate) fn replaces_source(self) -> bool {
        !self.is_ascii && !self.collects
    }

    /// The cells of a line that are used. The last one stays empty: terminals differ in where the cursor stands after
    /// it, and a window made narrower by one column then changes no line.
    pub(crate) fn width(self) -> usize {
        self.columns.saturating_sub(1).max(1)
    }

    /// The same of a line of text.
    pub(crate) fn prose_width(self) -> usize {
        match self.prose_columns {
            0 => self.width(),
            columns => self.width().min(columns),
        }
    }

    /// How many lines may be drawn again: those that are certain to be in view, and one for the next line.
    pub(crate) fn redrawable(self) -> usize {
        self.rows.saturating_sub(2).max(1)
    }

    /// How many bytes of text are certain to take no more than a half of those lines, however they wrap.
    pub(crate) fn undecided_bytes(self) -> usize {
        (self.prose_width() * (self.rows.saturating_sub(4) / 4)).clamp(8, 2000)
    }

    /// How many line ends an unclosed mark may reach over.
    pub(crate) fn undecided_lines(self) -> usize {
        (self.rows / 4).max(1)
    }
}
