//! What a document has come to: lines for the screen, or events for what is made of it elsewhere.

use super::table_row::ColumnAlign;
use crate::inline::InlinePiece;
use crate::styled_line::StyledLine;

/// What the source of a table's cell means.
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
    /// The item at hand is a task.
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

/// What has come of a document since it was last looked at.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// Lines that are final.
    pub done: Vec<StyledLine>,
    /// Finished lines of the open block, which may still be taken back.
    pub kept: Vec<StyledLine>,
    /// The structure, where that is wanted and not lines.
    pub events: Option<Vec<BlockEvent>>,
    /// What the colours of code have cost so far.
    pub spent: usize,
}

impl Output {
    pub(crate) fn record(&mut self, event: BlockEvent) {
        if let Some(events) = &mut self.events {
            events.push(event);
        }
    }
}
