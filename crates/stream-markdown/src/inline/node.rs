//! What inline source is cut into before emphasis is known.

/// A piece of source and what has been found out about it.
#[derive(Debug)]
pub(crate) struct InlineNode {
    pub kind: NodeKind,
    /// Where it begins in the source, in bytes.
    pub at: usize,
    pub bold: bool,
    pub italic: bool,
    pub strike: bool,
    pub in_link: bool,
    /// The link's number where the terminal has links, else 0.
    pub link: u32,
}

#[derive(Debug)]
pub(crate) enum NodeKind {
    Text(String),
    Code(String),
    /// Where a link leads, shown after its text.
    Url(String),
    Break,
    Delimiter(DelimiterRun),
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
    /// How many of them no pair has used up.
    pub left: usize,
    pub length: usize,
    pub can_open: bool,
    pub can_close: bool,
    /// Between two letters, as in `2*3`: more likely itself than markup.
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
            in_link: false,
            link: 0,
        }
    }

    pub(crate) fn text(at: usize, text: &str) -> InlineNode {
        InlineNode::new(at, NodeKind::Text(text.to_owned()))
    }

    /// Whether what follows could still give it another meaning.
    pub(crate) fn is_undecided(&self) -> bool {
        match &self.kind {
            NodeKind::Delimiter(run) => run.is_opener(),
            NodeKind::Bracket { is_active, .. } => *is_active,
            _ => false,
        }
    }
}
