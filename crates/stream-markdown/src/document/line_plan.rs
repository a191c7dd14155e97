//! What a line of source means for the structure of a document.

use super::table_row::ColumnAlign;

/// A block that holds others.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Container {
    Quote,
    Item(ListItem),
}

/// A list item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ListItem {
    /// The columns that its content is indented by.
    pub indent: usize,
    /// The bullet, or what follows the number.
    pub mark: char,
    /// As it was written; `None` for bullets.
    pub number: Option<String>,
}

/// The open block that holds text, as far as the next line is read by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum OpenLeaf<'a> {
    None,
    Paragraph {
        /// Its text so far where it is one line; empty otherwise.
        first: &'a str,
        /// Its last line, where that may become a table's head.
        head: &'a str,
    },
    /// A paragraph of nothing but definitions so far.
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

/// What a line begins, or belongs to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LineStart {
    Blank,
    Paragraph,
    /// A line of the open paragraph.
    Continue {
        /// Whether the next line may make this one a table's head.
        may_be_head: bool,
    },
    Heading(u8),
    /// An underline, which makes a heading of the open paragraph.
    Underline(u8),
    Rule,
    Fence {
        mark: u8,
        length: usize,
        indent: usize,
        /// What follows the marks.
        info: String,
    },
    FenceEnd,
    Indented,
    /// A line of the open code block.
    Code,
    Verbatim {
        end: &'static str,
    },
    /// A delimiter row, which makes a table's head of the open paragraph.
    Table(Vec<ColumnAlign>),
    Row,
}

/// What a line means.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LinePlan {
    /// How many of the open containers it belongs to.
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
