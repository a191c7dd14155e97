//! What a line of source means for the structure of a document.

use super::table_row::ColumnAlign;

/// An open block that holds others.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Container {
    Quote,
    Item(ListItem),
}

/// A list item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ListItem {
    /// Columns that what belongs to it is indented by.
    pub indent: usize,
    /// The bullet, or what follows the number.
    pub mark: char,
    /// As it was written; `None` for bullets.
    pub number: Option<String>,
}

/// The open block that holds text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum OpenLeaf<'a> {
    None,
    Paragraph {
        /// Its text so far where it is one line; empty otherwise.
        first: &'a str,
        /// Its last line, where that may be a table's head.
        head: &'a str,
    },
    /// A paragraph that was definitions so far.
    Defined,
    Fence {
        mark: u8,
        length: usize,
        indent: usize,
    },
    Indented,
    /// Lines shown as written up to one that holds `end`, or up to a blank line.
    Verbatim {
        end: &'static str,
    },
    Table,
}

/// What a line begins or goes on with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LineStart {
    Blank,
    Paragraph,
    /// More of the open paragraph.
    Continue {
        /// Unless the next line makes this one a table's head.
        may_be_head: bool,
    },
    Heading(u8),
    /// The open paragraph was a heading.
    Underline(u8),
    Rule,
    Fence {
        mark: u8,
        length: usize,
        indent: usize,
        info: String,
    },
    FenceEnd,
    Indented,
    /// A line of the open code block.
    Code,
    Verbatim {
        end: &'static str,
    },
    /// The open paragraph was a table's head.
    Table(Vec<ColumnAlign>),
    Row,
}

/// A line understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LinePlan {
    /// How many of the open containers go on.
    pub matched: usize,
    pub opened: Vec<Container>,
    pub start: LineStart,
    /// Where its text begins, in bytes, and how many spaces come before that.
    pub at: usize,
    pub padding: usize,
}

impl LinePlan {
    pub(super) fn begins_item(&self) -> bool {
        self.opened.iter().any(|c| matches!(c, Container::Item(_)))
    }
}
