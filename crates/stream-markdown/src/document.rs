//! The block parser: source in, lines or events out.
//!
//! What comes out depends on the text alone, never on how it was cut: a line of source is acted on as soon as it is
//! certain which block it belongs to, and text inside a paragraph as soon as its markup is certain.

mod block_start;
mod code_block;
mod column_cursor;
mod highlight;
mod inline_text;
mod leaf_block;
mod line_parser;
mod line_plan;
mod link_definition;
mod nesting;
mod output;
mod table;
mod table_row;

use crate::inline::Links;
use crate::line_wrapper::LineWrapper;
use crate::style::{ColorRole, Style};
use crate::styled_line::StyledLine;
use crate::viewport::Layout;
pub(crate) use highlight::Highlighter;
use inline_text::InlineText;
use leaf_block::LeafBlock;
use line_plan::{Container, LinePlan, LineStart, OpenLeaf};
use link_definition::{DefinitionLine, PendingDefinition};
use nesting::Nesting;
pub(crate) use output::{BlockEvent, CodeSource, Output, TableRow};
use table::Table;
pub(crate) use table_row::ColumnAlign;

/// A document while it is read.
#[derive(Debug)]
pub(crate) struct Document {
    pub output: Output,
    pub links: Links,
    layout: Layout,
    nesting: Nesting,
    leaf: LeafBlock,
    /// The line of source, until it is certain which block it belongs to.
    line: String,
    /// Whether the meaning of the current line is certain. The rest of it is content then.
    is_decided: bool,
    /// Whether a blank line has come since the last block.
    follows_blank: bool,
    /// The kind of the last block; `None` at the beginning.
    last: Option<BlockKind>,
    /// Whether the innermost item has no content yet.
    is_item_empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BlockKind {
    Text,
    Heading,
    /// Code, tables and rules, which always have empty lines around them.
    Figure,
}

impl Document {
    pub(crate) fn new(layout: Layout, links: Links) -> Document {
        Document {
            output: Output::default(),
            links,
            layout,
            nesting: Nesting::default(),
            leaf: LeafBlock::None,
            line: String::new(),
            is_decided: false,
            follows_blank: false,
            last: None,
            is_item_empty: false,
        }
    }

    /// Takes more of the source: text without control characters, with `\n` for line ends.
    pub(crate) fn push(&mut self, text: &str) {
        let mut rest = text;
        while let Some(end) = memchr::memchr(b'\n', rest.as_bytes()) {
            self.push_part(&rest[..end]);
            self.end_line();
            rest = &rest[end + 1..];
        }
        self.push_part(rest);
    }

    /// Ends the document: every line is final.
    pub(crate) fn finish(&mut self) {
        if self.is_decided || !self.line.is_empty() {
            self.end_line();
        }
        self.close_leaf();
        self.close_containers(0);
    }

    /// Appends the lines of the unfinished block, which may still change.
    pub(crate) fn tail(&self, out: &mut Vec<StyledLine>) {
        if let Some(text) = self.leaf.shown() {
            text.tail(out);
        }
    }

    /// The unfinished line, where the terminal may have wrapped it, so that text can only be added to it.
    pub(crate) fn pinned(&self) -> Option<StyledLine> {
        self.leaf.shown().and_then(InlineText::pinned)
    }

    /// The part of the unfinished line that is final, for a screen on which nothing is drawn twice.
    pub(crate) fn fixed(&self) -> StyledLine {
        self.leaf.shown().map(InlineText::fixed).unwrap_or_default()
    }

    /// The mark and the length of the fence that is open outside of lists and quotes.
    pub(crate) fn open_fence(&self) -> Option<(u8, usize)> {
        match self.leaf.open(self.layout) {
            OpenLeaf::Fence { mark, length, .. } if self.nesting.len() == 0 => Some((mark, length)),
            _ => None,
        }
    }

    /// Lays out what follows for a window of another size. `is_lost`: what is on the screen cannot be drawn again.
    /// Returns whether the last line on the screen is continued.
    pub(crate) fn resize(&mut self, layout: Layout, is_lost: bool) -> bool {
        self.layout = layout;
        self.leaf.resize(layout, is_lost, &mut self.output)
    }

    /// Takes part of a line of source.
    pub(crate) fn push_part(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.is_decided {
            self.content(text);
            return;
        }
        self.line.push_str(text);
        // What a line of nothing but marks means is certain at its end at the earliest.
        let is_undecidable = text.bytes().all(|b| b" \t-_*=+#~`>|".contains(&b));
        if !is_undecidable && let Some(plan) = self.scan(false) {
            self.apply(plan);
        }
    }

    pub(crate) fn end_line(&mut self) {
        if !self.is_decided
            && let Some(plan) = self.scan(true)
        {
            self.apply(plan);
        }
        self.is_decided = false;
        self.line.clear();
        if let LeafBlock::Code(code) = &mut self.leaf
            && code.end_line(&mut self.output)
        {
            self.close_leaf();
        }
        if let LeafBlock::Definition(definition) = &mut self.leaf {
            match definition.end_line() {
                DefinitionLine::Open => {}
                DefinitionLine::Text => match alert(definition).filter(|_| self.layout.replaces_source()) {
                    Some(alert) => self.begin_alert(alert),
                    None => self.reject_definition(),
                },
                DefinitionLine::Definition(label, url) => {
                    let number = self.links.number(&url);
                    if self.links.define(label, url) {
                        self.show_definition(number);
                    }
                }
                DefinitionLine::Title if definition.is_shown => self.show_definition(0),
                DefinitionLine::Title => {}
            }
        }
    }

    fn scan(&self, complete: bool) -> Option<LinePlan> {
        line_parser::parse_line(
            &self.line,
            complete,
            &self.nesting.containers,
            self.leaf.open(self.layout),
        )
    }

    /// Acts on a line of which the meaning is certain.
    fn apply(&mut self, plan: LinePlan) {
        self.is_decided = true;
        let line = std::mem::take(&mut self.line);
        let text = &line[plan.at..];
        match &plan.start {
            LineStart::Continue { may_be_head } => {
                if !self.newline(text, *may_be_head) {
                    self.content(text);
                }
            }
            LineStart::Code => {
                if let LeafBlock::Code(code) = &mut self.leaf {
                    code.begin_line(plan.padding, text, &mut self.output);
                }
            }
            LineStart::Row => {
                if let LeafBlock::Table(table) = &mut self.leaf {
                    table.row(text, &mut self.links, &mut self.output.kept, &mut self.output.done);
                }
            }
            LineStart::FenceEnd => self.close_leaf(),
            LineStart::Blank => self.blank(&plan),
            LineStart::Underline(level) => {
                self.reject_definition();
                let leaf = std::mem::replace(&mut self.leaf, LeafBlock::None);
                leaf.underline(*level, self.layout, &mut self.links, &mut self.output);
                self.last = Some(BlockKind::Heading);
            }
            LineStart::Table(aligns) => {
                self.reject_definition();
                if let Some(head) = self.leaf.take_row() {
                    self.table(aligns, &head);
                    return;
                }
                let leaf = std::mem::replace(&mut self.leaf, LeafBlock::None);
                self.leaf = leaf.table(aligns, self.layout, &mut self.links, &mut self.output);
                self.last = Some(BlockKind::Figure);
            }
            _ => self.begin(plan, &line),
        }
    }

    /// Takes an empty line, or a line that begins items without content.
    fn blank(&mut self, plan: &LinePlan) {
        if let LeafBlock::Code(code) = &mut self.leaf
            && plan.matched == self.nesting.len()
            && plan.opened.is_empty()
            && code.blank()
        {
            return;
        }
        self.close_leaf();
        let was_item_empty = self.is_item_empty && plan.matched == self.nesting.len();
        self.is_item_empty = matches!(plan.opened.last(), Some(Container::Item(_)));
        self.close_containers(plan.matched);
        if plan.opened.is_empty() {
            if was_item_empty && let Some(outer) = plan.matched.checked_sub(1) {
                // An item begins with one blank line at most.
                self.close_containers(outer);
            }
            self.follows_blank = self.last.is_some();
        } else {
            self.record_blank();
            self.space(BlockKind::Text, plan.matched, plan.begins_item());
            for container in &plan.opened {
                self.open_container(container.clone());
            }
        }
    }

    /// Begins a block, after the containers that the line closes and opens.
    fn begin(&mut self, plan: LinePlan, line: &str) {
        self.is_item_empty = false;
        self.close_leaf();
        self.record_blank();
        self.close_containers(plan.matched);
        let kind = match plan.start {
            LineStart::Heading(_) => BlockKind::Heading,
            LineStart::Paragraph => BlockKind::Text,
            _ => BlockKind::Figure,
        };
        if kind != BlockKind::Text {
            let lines = self.output.done.len();
            self.space(kind, plan.matched, plan.begins_item());
            if plan.start == (LineStart::Verbatim { end: "" }) && self.output.done.len() > lines {
                self.output.gap = self.output.done.pop();
            }
        }
        for container in &plan.opened {
            self.open_container(container.clone());
        }
        let text = &line[plan.at..];
        if plan.start == LineStart::Paragraph {
            self.begin_text(&plan, text);
            return;
        }
        let prefixes = self.nesting.prefixes(self.layout);
        let line = (plan.padding, text);
        self.leaf = LeafBlock::new(plan.start, prefixes, line, self.layout, &mut self.output);
        if matches!(self.leaf, LeafBlock::Heading(_)) {
            self.content(text);
        }
    }

    fn record_blank(&mut self) {
        if self.follows_blank {
            self.output.record(BlockEvent::Blank);
        }
    }

    fn open_container(&mut self, container: Container) {
        self.output.record(match &container {
            Container::Quote => BlockEvent::BeginQuote,
            Container::Item(item) => BlockEvent::BeginItem {
                mark: item.mark,
                number: item.number.clone(),
            },
        });
        self.nesting.open(container, self.layout);
    }

    /// Closes all containers but the first `keep`.
    fn close_containers(&mut self, keep: usize) {
        for _ in keep..self.nesting.len() {
            self.output.record(BlockEvent::End);
        }
        self.nesting.close(keep, self.layout, &mut self.output.done);
    }

    fn close_leaf(&mut self) {
        match &self.leaf {
            LeafBlock::Definition(definition) if definition.is_defined() => {
                if definition.begins_item && !definition.is_shown {
                    // The item has nothing but definitions: its marker is shown on an empty line.
                    self.space(BlockKind::Text, definition.matched, true);
                }
            }
            _ => self.reject_definition(),
        }
        let leaf = std::mem::replace(&mut self.leaf, LeafBlock::None);
        leaf.finish(self.layout, &mut self.links, &mut self.output);
    }

    /// Adds the empty line before a block, where the source has one or one of the two blocks needs it.
    fn space(&mut self, kind: BlockKind, matched: usize, begins_item: bool) {
        let stands_apart = match self.last {
            None => false,
            Some(BlockKind::Figure) => true,
            Some(_) => self.follows_blank || (kind != BlockKind::Text && !begins_item),
        };
        if stands_apart {
            let gap = self.nesting.gap(matched, self.layout);
            self.output.done.push(gap);
        }
        self.follows_blank = false;
        self.last = Some(kind);
    }

    /// Begins a paragraph, or what may be a definition.
    fn begin_text(&mut self, plan: &LinePlan, mut text: &str) {
        let mut may_define = text.starts_with('[');
        if matches!(plan.opened.last(), Some(Container::Item(_))) {
            for (source, is_done) in [("[ ] ", false), ("[x] ", true), ("[X] ", true)] {
                if let Some(rest) = text.strip_prefix(source) {
                    self.nesting.set_task(is_done, self.layout);
                    self.output.record(BlockEvent::Task { is_done });
                    text = rest.trim_start();
                    may_define = false;
                    if text.is_empty() {
                        // A task without text has no paragraph that a later line could belong to.
                        self.space(BlockKind::Text, plan.matched, true);
                        self.is_item_empty = true;
                        return;
                    }
                }
            }
        }
        if may_define {
            let mut definition = PendingDefinition::new(plan.matched, plan.begins_item());
            definition.begins_quote = plan.opened.last() == Some(&Container::Quote);
            self.leaf = LeafBlock::Definition(definition);
            self.content(text);
        } else {
            self.paragraph(plan.matched, plan.begins_item(), text);
        }
    }

    /// Begins a paragraph with `text`, which may have several lines.
    fn paragraph(&mut self, matched: usize, begins_item: bool, text: &str) {
        self.space(BlockKind::Text, matched, begins_item);
        let prefixes = self.nesting.prefixes(self.layout);
        let line = (0, text);
        self.leaf = LeafBlock::new(LineStart::Paragraph, prefixes, line, self.layout, &mut self.output);
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.leaf.newline(false, self.layout, &mut self.links, &mut self.output);
            }
            self.leaf.content(line, self.layout, &mut self.links, &mut self.output);
        }
    }

    /// Begins a table in the place of the open paragraph's last line.
    fn table(&mut self, aligns: &[ColumnAlign], head: &str) {
        self.close_leaf();
        self.space(BlockKind::Figure, self.nesting.len(), false);
        let prefixes = self.nesting.prefixes(self.layout);
        let links = &mut self.links;
        let table = Table::new(aligns.to_vec(), head, links, prefixes, self.layout, &mut self.output);
        self.leaf = LeafBlock::Table(table);
    }

    /// Shows the open paragraph as text: it does not begin with a definition.
    fn reject_definition(&mut self) {
        if let LeafBlock::Definition(definition) = &self.leaf {
            let (matched, begins_item, source) = (
                definition.matched,
                definition.begins_item,
                definition.source().to_owned(),
            );
            self.paragraph(matched, begins_item, &source);
        }
    }

    /// Shows the title of an alert in place of its mark, the first line of the open quote.
    fn begin_alert(&mut self, (title, color): (&str, ColorRole)) {
        let LeafBlock::Definition(definition) = std::mem::replace(&mut self.leaf, LeafBlock::None) else {
            return;
        };
        self.space(BlockKind::Text, definition.matched, definition.begins_item);
        let (mut line, _) = self.nesting.prefixes(self.layout);
        line.push_str(title, Style::colored(color).bold());
        self.output.done.push(line);
    }

    /// Shows a definition as it was written, since an earlier line uses it and is final. `number` is its link's.
    fn show_definition(&mut self, number: u32) {
        let LeafBlock::Definition(definition) = &mut self.leaf else {
            return;
        };
        definition.is_shown = true;
        let parts = definition.parts().map(str::to_owned);
        let (matched, begins_item) = (definition.matched, definition.begins_item);
        self.space(BlockKind::Text, matched, begins_item);
        let (first, prefix) = self.nesting.prefixes(self.layout);
        let mut wrap = LineWrapper::new(self.layout.prose_width(), first, prefix);
        let link = Style {
            link: number,
            ..Style::dim()
        };
        for (part, style) in parts.iter().zip([Style::dim(), link, Style::dim()]) {
            for (at, line) in part.split('\n').enumerate() {
                if at > 0 {
                    wrap.newline(&mut self.output.done);
                }
                wrap.push(line, style, &mut self.output.done);
            }
        }
        wrap.current(&mut self.output.done);
    }

    /// Takes text of the open block, on a line of which the meaning is certain.
    fn content(&mut self, text: &str) {
        match &mut self.leaf {
            LeafBlock::Definition(definition) => {
                if !definition.push(text) {
                    self.reject_definition();
                }
            }
            leaf => leaf.content(text, self.layout, &mut self.links, &mut self.output),
        }
    }

    /// Continues the open paragraph on another line, which begins with `text`. Returns whether `text` was taken.
    fn newline(&mut self, text: &str, may_be_head: bool) -> bool {
        match &mut self.leaf {
            LeafBlock::Definition(definition) if definition.is_defined() => {
                // Another definition, the title of the last one, or the text of the paragraph.
                if !definition.begin(text) {
                    let (matched, begins_item) = (definition.matched, definition.begins_item);
                    self.paragraph(matched, begins_item, text);
                    return true;
                }
            }
            LeafBlock::Definition(definition) => {
                if !definition.newline(self.layout.undecided_lines()) {
                    self.reject_definition();
                }
            }
            leaf => {
                leaf.newline(may_be_head, self.layout, &mut self.links, &mut self.output);
            }
        }
        false
    }
}

/// The title of the alert that a line marks, which begins a quote: `[!NOTE]`.
fn alert(definition: &PendingDefinition) -> Option<(&'static str, ColorRole)> {
    let mark = definition.source().to_ascii_uppercase();
    Some(match mark.as_str() {
        _ if !definition.begins_quote => return None,
        "[!NOTE]" => ("Note", ColorRole::Link),
        "[!TIP]" => ("Tip", ColorRole::String),
        "[!IMPORTANT]" => ("Important", ColorRole::Keyword),
        "[!WARNING]" => ("Warning", ColorRole::Number),
        "[!CAUTION]" => ("Caution", ColorRole::Deleted),
        _ => return None,
    })
}
