//! The nodes that inline source is cut into before its emphasis is found.

use super::angle_bracket::FormatTag;
use crate::math;

/// A piece of source, and its style as far as it is found.
#[derive(Debug)]
pub(crate) struct InlineNode {
    pub kind: NodeKind,
    /// Where it begins in the source, in bytes.
    pub at: usize,
    pub bold: bool,
    pub italic: bool,
    pub strike: bool,
    pub underline: bool,
    /// A key to press.
    pub keyboard: bool,
    pub in_link: bool,
    /// The number of the link's target from 1; 0 without one.
    pub link: u32,
}

#[derive(Debug)]
pub(crate) enum NodeKind {
    Text(String),
    Code(String),
    /// A link's URL, shown after its text.
    Url(String),
    Break,
    Delimiter(DelimiterRun),
    /// An HTML tag that formats the text up to its end tag, and its source.
    Tag(FormatTag, String),
    /// `[` or `![` that may open a link while it is active.
    Bracket {
        text: &'static str,
        is_active: bool,
    },
}

/// A run of `*`, `_` or `~`.
#[derive(Debug)]
pub(crate) struct DelimiterRun {
    pub mark: char,
    /// How many of its marks are in no pair yet.
    pub left: usize,
    pub length: usize,
    pub can_open: bool,
    pub can_close: bool,
    /// Whether it is between two letters, as in `2*3`, where it is less likely markup.
    pub is_inside_word: bool,
}

impl DelimiterRun {
    pub(crate) fn is_opener(&self) -> bool {
        self.can_open && self.left > 0
    }
}

impl InlineNode {
    pub(crate) fn new(at: usize, kind: NodeKind) -> InlineNode {
        InlineNode {
            kind,
            at,
            bold: false,
            italic: false,
            strike: false,
            underline: false,
            keyboard: false,
            in_link: false,
            link: 0,
        }
    }

    pub(crate) fn text(at: usize, text: &str) -> InlineNode {
        InlineNode::new(at, NodeKind::Text(text.to_owned()))
    }

    /// Whether what follows can change its meaning.
    pub(crate) fn is_undecided(&self) -> bool {
        match &self.kind {
            NodeKind::Delimiter(run) => run.is_opener(),
            NodeKind::Bracket { is_active, .. } => *is_active,
            NodeKind::Tag(..) => true,
            _ => false,
        }
    }
}

/// Gives nodes the format of the tag that they stand in.
pub(crate) fn format(nodes: &mut [InlineNode], tag: FormatTag) {
    if let FormatTag::Subscript | FormatTag::Superscript = tag {
        let mut text = String::new();
        for node in &mut *nodes {
            if let NodeKind::Text(part) = &mut node.kind {
                text.push_str(&std::mem::take(part));
            }
        }
        let shifted = match tag {
            FormatTag::Subscript => math::subscript(&text),
            _ => math::superscript(&text),
        };
        if let Some(first) = nodes.iter_mut().find(|node| matches!(node.kind, NodeKind::Text(_))) {
            first.kind = NodeKind::Text(shifted);
        }
    }
    for node in nodes {
        match tag {
            FormatTag::Bold => node.bold = true,
            FormatTag::Italic => node.italic = true,
            FormatTag::Underline => node.underline = true,
            FormatTag::Strike => node.strike = true,
            FormatTag::Keyboard => node.keyboard = true,
            FormatTag::Subscript | FormatTag::Superscript => {}
        }
    }
}
