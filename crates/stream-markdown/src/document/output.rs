//! What a document is read into: lines for a screen, or events.

use super::table_row::ColumnAlign;
use crate::inline::InlinePiece;
use crate::styled_line::StyledLine;

/// The content of a table's cell.
pub(crate) type TableCell = Vec<InlinePiece>;

/// The cells of a table's row.
pub(crate) type TableRow = Vec<TableCell>;

/// A step in the structure of a document. Inline text is there where the layout `collects` it.
#[derive(Debug)]
pub(crate) enum BlockEvent {
    /// Blank lines come before the next block.
    Blank,
    BeginQuote,
    BeginItem {
        /// The bullet, or what follows the number.
        mark: char,
        /// As it was written; `None` for a bullet.
        number: Option<String>,
    },
    /// Whether the current item is a task.
    Task {
        is_done: bool,
    },
    /// The innermost quote or item ends.
    End,
    Paragraph(Vec<InlinePiece>),
    Heading(u8, Vec<InlinePiece>),
    Rule,
    /// A block of lines begins. Its text follows as it arrives.
    BeginCode(CodeSource),
    CodeText(String),
    EndOfCodeLine,
    /// The first row is the head.
    Table {
        aligns: Vec<ColumnAlign>,
        rows: Vec<TableRow>,
    },
}

/// What a block of lines is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CodeSource {
    Fence {
        language: String,
    },
    Indented,
    /// Shown as written: math, HTML.
    Verbatim,
}

/// What was read since the output was last taken.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// Lines that are final.
    pub done: Vec<StyledLine>,
    /// Finished lines of the open block, which may still be taken back.
    pub kept: Vec<StyledLine>,
    /// The empty line before a block of HTML, of which it is not certain that anything is drawn.
    pub gap: Option<StyledLine>,
    /// The structure, where it is wanted instead of lines.
    pub events: Option<Vec<BlockEvent>>,
    /// How many fenced blocks have been drawn: the last one's number.
    pub fences: usize,
    /// The cost of highlighting so far.
    pub spent: usize,
}

impl Output {
    pub(crate) fn record(&mut self, event: BlockEvent) {
        if let Some(events) = &mut self.events {
            events.push(event);
        }
    }
}
