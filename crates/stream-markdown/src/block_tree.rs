//! A document as a tree of blocks, built of the parser's events.

use crate::document::{BlockEvent, CodeSource, ColumnAlign, TableRow};
use crate::inline::InlinePiece;

/// A block and whether blank lines came before it.
#[derive(Debug)]
pub(crate) struct ParsedBlock {
    pub kind: BlockTree,
    pub follows_blank: bool,
}

#[derive(Debug)]
pub(crate) enum BlockTree {
    Quote(Vec<ParsedBlock>),
    Item(ItemBlock),
    Paragraph(Vec<InlinePiece>),
    Heading(u8, Vec<InlinePiece>),
    Rule,
    /// The text has a line end behind each line.
    Code(CodeSource, String),
    /// The first row is the head.
    Table(Vec<ColumnAlign>, Vec<TableRow>),
}

/// An item of a list.
#[derive(Debug)]
pub(crate) struct ItemBlock {
    /// The bullet, or what follows the number.
    pub mark: char,
    /// As it was written; `None` for a bullet.
    pub number: Option<String>,
    /// Whether a task is done; `None` for an item that is no task.
    pub task: Option<bool>,
    pub children: Vec<ParsedBlock>,
}

/// The blocks of a whole document.
pub(crate) fn build(events: Vec<BlockEvent>) -> Vec<ParsedBlock> {
    let mut builder = Builder::default();
    for event in events {
        builder.take(event);
    }
    while builder.close() {}
    builder.blocks
}

#[derive(Debug, Default)]
struct Builder {
    /// The blocks of the innermost open container.
    blocks: Vec<ParsedBlock>,
    /// The open containers without their children, and the blocks beside each.
    open: Vec<(ParsedBlock, Vec<ParsedBlock>)>,
    follows_blank: bool,
}

impl Builder {
    fn take(&mut self, event: BlockEvent) {
        match event {
            BlockEvent::Blank => self.follows_blank = true,
            BlockEvent::BeginQuote => self.begin(BlockTree::Quote(Vec::new())),
            BlockEvent::BeginItem { mark, number } => self.begin(BlockTree::Item(ItemBlock {
                mark,
                number,
                task: None,
                children: Vec::new(),
            })),
            BlockEvent::Task { is_done } => {
                if let Some((block, _)) = self.open.last_mut()
                    && let BlockTree::Item(item) = &mut block.kind
                {
                    item.task = Some(is_done);
                }
            }
            BlockEvent::End => {
                self.close();
            }
            BlockEvent::Paragraph(pieces) => self.add(BlockTree::Paragraph(pieces)),
            BlockEvent::Heading(level, pieces) => self.add(BlockTree::Heading(level, pieces)),
            BlockEvent::Rule => self.add(BlockTree::Rule),
            BlockEvent::BeginCode(source) => self.add(BlockTree::Code(source, String::new())),
            BlockEvent::CodeText(text) => self.add_code(&text),
            BlockEvent::EndOfCodeLine => self.add_code("\n"),
            BlockEvent::Table { aligns, rows } => self.add(BlockTree::Table(aligns, rows)),
        }
    }

    fn block(&mut self, kind: BlockTree) -> ParsedBlock {
        ParsedBlock {
            kind,
            follows_blank: std::mem::take(&mut self.follows_blank),
        }
    }

    fn add(&mut self, kind: BlockTree) {
        let block = self.block(kind);
        self.blocks.push(block);
    }

    fn add_code(&mut self, text: &str) {
        if let Some(block) = self.blocks.last_mut()
            && let BlockTree::Code(_, code) = &mut block.kind
        {
            code.push_str(text);
        }
    }

    fn begin(&mut self, container: BlockTree) {
        let block = self.block(container);
        self.open.push((block, std::mem::take(&mut self.blocks)));
    }

    /// Closes the innermost container. False when none is open.
    fn close(&mut self) -> bool {
        let Some((mut block, beside)) = self.open.pop() else {
            return false;
        };
        let inside = std::mem::replace(&mut self.blocks, beside);
        match &mut block.kind {
            BlockTree::Quote(children) => *children = inside,
            BlockTree::Item(item) => item.children = inside,
            _ => {}
        }
        self.blocks.push(block);
        true
    }
}
