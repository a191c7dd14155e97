//! The lines a document has come to, final ones and those that may still change.

use crate::styled_line::StyledLine;

/// What a fenced block comes to, piece by piece.
#[derive(Debug)]
pub(crate) enum FencedCode {
    Begin,
    Text(String),
    EndOfLine,
}

/// Lines on their way to the screen.
#[derive(Debug, Default)]
pub(crate) struct LineBuffer {
    /// Final, and not yet taken.
    pub done: Vec<StyledLine>,
    /// Finished lines of the open block, which may still be taken back.
    pub kept: Vec<StyledLine>,
    /// What fenced blocks hold, where that is wanted and not how it looks.
    pub code: Option<Vec<FencedCode>>,
    /// What the colours of code have cost so far.
    pub spent: usize,
}
