//! Source in, lines out: which block every piece of the source belongs to.
//!
//! The lines depend on the text alone, never on how it was cut: a line of source is acted on as soon as it is
//! certain what it is, and text inside a paragraph as soon as it is certain what it means.

use super::definition::{Ended, Held};
use super::inline::Links;
use super::leaf::Leaf;
use super::nesting::Nesting;
use super::page::{Measure, Page};
use super::paragraph::Text;
use super::scan::{self, Container, Plan, Start};
use super::table::{Align, Table};
use crate::text::line::Line;
use crate::text::style::Style;
use crate::text::wrap::Wrap;

#[derive(Debug)]
pub(super) struct Document {
    pub page: Page,
    pub links: Links,
    measure: Measure,
    nesting: Nesting,
    leaf: Leaf,
    /// The line of source as long as it is not certain what it is.
    line: String,
    is_decided: bool,
    /// A blank line has come since the last block.
    is_apart: bool,
    /// The last block, once there is one.
    last: Option<Kind>,
    /// The innermost item has nothing yet but the line it began in.
    is_item_empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Heading,
    /// Code, tables and rules: nothing stands close to them.
    Figure,
}

impl Document {
    pub(super) fn new(measure: Measure, hyperlinks: bool) -> Document {
        Document {
            page: Page::default(),
            links: Links::new(hyperlinks),
            measure,
            nesting: Nesting::default(),
            leaf: Leaf::None,
            line: String::new(),
            is_decided: false,
            is_apart: false,
            last: None,
            is_item_empty: false,
        }
    }

    /// Takes more of the source: safe text with `\n` for line ends.
    pub(super) fn push(&mut self, text: &str) {
        let mut rest = text;
        while let Some(end) = memchr::memchr(b'\n', rest.as_bytes()) {
            self.part(&rest[..end]);
            self.end_line();
            rest = &rest[end + 1..];
        }
        self.part(rest);
    }

    /// Ends the document: every line is final.
    pub(super) fn finish(&mut self) {
        if self.is_decided || !self.line.is_empty() {
            self.end_line();
        }
        self.close_leaf();
        self.nesting.close(0, self.measure, &mut self.page.done);
    }

    /// The lines after those of the page, as they stand at this moment.
    pub(super) fn tail(&self, out: &mut Vec<Line>) {
        if let Some(text) = self.leaf.shown() {
            text.tail(out);
        }
    }

    /// The part of a line that the terminal may have wrapped and that can only be added to, if there is one.
    pub(super) fn pinned(&self) -> Option<Line> {
        self.leaf.shown().and_then(Text::pinned)
    }

    /// The part of the unfinished line that will stay where it is, for a screen on which nothing is drawn twice.
    pub(super) fn fixed(&self) -> Line {
        self.leaf.shown().map(Text::fixed).unwrap_or_default()
    }

    /// The window has another size. `is_lost` says that what is on the screen cannot be redrawn. Tells whether its
    /// last line goes on.
    pub(super) fn resize(&mut self, measure: Measure, is_lost: bool) -> bool {
        self.measure = measure;
        self.leaf.resize(measure, is_lost, &mut self.page)
    }

    /// Takes part of a line.
    fn part(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.is_decided {
            self.content(text);
            return;
        }
        self.line.push_str(text);
        // A line of nothing but marks can be told by its end at the earliest.
        let is_undecidable = text.bytes().all(|b| b" \t-_*=+#~`>|".contains(&b));
        if !is_undecidable && let Some(plan) = self.scan(false) {
            self.act(plan);
        }
    }

    fn end_line(&mut self) {
        if !self.is_decided
            && let Some(plan) = self.scan(true)
        {
            self.act(plan);
        }
        self.is_decided = false;
        self.line.clear();
        if let Leaf::Held(held) = &mut self.leaf {
            match held.end_line() {
                Ended::Open => {}
                Ended::Text => self.release(),
                Ended::Definition(label, url) => {
                    let number = self.links.number(&url);
                    if self.links.define(label, url) {
                        self.show_definition(number);
                    }
                }
                Ended::Title if held.is_shown => self.show_definition(0),
                Ended::Title => {}
            }
        }
    }

    fn scan(&self, complete: bool) -> Option<Plan> {
        scan::scan(
            &self.line,
            complete,
            &self.nesting.containers,
            self.leaf.open(self.measure),
        )
    }

    /// Does what a line means.
    fn act(&mut self, plan: Plan) {
        self.is_decided = true;
        let line = std::mem::take(&mut self.line);
        let text = &line[plan.at..];
        match &plan.start {
            Start::Continue { may_be_head } => {
                if !self.newline(text, *may_be_head) {
                    self.content(text);
                }
            }
            Start::Code => {
                if let Leaf::Code(code) = &mut self.leaf
                    && code.line(plan.padding, text, &mut self.page.done)
                {
                    self.close_leaf();
                }
            }
            Start::Row => {
                if let Leaf::Table(table) = &mut self.leaf {
                    table.row(text, &mut self.links, &mut self.page.kept, &mut self.page.done);
                }
            }
            Start::FenceEnd => self.close_leaf(),
            Start::Blank => self.blank(&plan),
            Start::Underline(level) => {
                self.release();
                let leaf = std::mem::replace(&mut self.leaf, Leaf::None);
                leaf.underline(*level, self.measure, &mut self.links, &mut self.page);
                self.last = Some(Kind::Heading);
            }
            Start::Table(aligns) => {
                self.release();
                if let Some(head) = self.leaf.take_row() {
                    self.table(aligns, &head);
                    return;
                }
                let leaf = std::mem::replace(&mut self.leaf, Leaf::None);
                self.leaf = leaf.table(aligns, self.measure, &mut self.links, &mut self.page);
                self.last = Some(Kind::Figure);
            }
            _ => self.begin(plan, &line),
        }
    }

    /// An empty line, or an item that is empty so far.
    fn blank(&mut self, plan: &Plan) {
        if let Leaf::Code(code) = &mut self.leaf
            && plan.matched == self.nesting.len()
            && plan.opened.is_empty()
            && code.blank()
        {
            return;
        }
        self.close_leaf();
        let was_item_empty = self.is_item_empty && plan.matched == self.nesting.len();
        self.is_item_empty = matches!(plan.opened.last(), Some(Container::Item(_)));
        self.nesting.close(plan.matched, self.measure, &mut self.page.done);
        if plan.opened.is_empty() {
            if was_item_empty && let Some(outer) = plan.matched.checked_sub(1) {
                // An item begins with one blank line at most.
                self.nesting.close(outer, self.measure, &mut self.page.done);
            }
            self.is_apart = self.last.is_some();
        } else {
            self.space(Kind::Text, plan.matched, plan.begins_item());
            for container in &plan.opened {
                self.nesting.open(container.clone(), self.measure);
            }
        }
    }

    /// Begins a block.
    fn begin(&mut self, plan: Plan, line: &str) {
        self.is_item_empty = false;
        self.close_leaf();
        self.nesting.close(plan.matched, self.measure, &mut self.page.done);
        let kind = match plan.start {
            Start::Heading(_) => Kind::Heading,
            Start::Paragraph => Kind::Text,
            _ => Kind::Figure,
        };
        if kind != Kind::Text {
            self.space(kind, plan.matched, plan.begins_item());
        }
        for container in &plan.opened {
            self.nesting.open(container.clone(), self.measure);
        }
        if plan.opened.is_empty() {
            self.nesting.end_lists();
        }
        let text = &line[plan.at..];
        if plan.start == Start::Paragraph {
            self.begin_text(&plan, text);
            return;
        }
        let prefixes = self.nesting.prefixes(self.measure);
        let line = (plan.padding, text);
        self.leaf = Leaf::new(plan.start, prefixes, line, self.measure, &mut self.page);
        if matches!(self.leaf, Leaf::Heading(_)) {
            self.content(text);
        }
    }

    /// Begins a paragraph, or what may be a definition.
    fn begin_text(&mut self, plan: &Plan, mut text: &str) {
        let mut may_define = text.starts_with('[');
        if matches!(plan.opened.last(), Some(Container::Item(_))) {
            for (source, marker) in [("[ ] ", "[ ] "), ("[x] ", "[x] "), ("[X] ", "[x] ")] {
                if let Some(rest) = text.strip_prefix(source) {
                    self.nesting.set_marker(marker);
                    text = rest.trim_start();
                    may_define = false;
                }
            }
        }
        if may_define {
            self.leaf = Leaf::Held(Held::new(plan.matched, plan.begins_item()));
            self.content(text);
        } else {
            self.paragraph(plan.matched, plan.begins_item(), text);
        }
    }

    /// Begins a paragraph with these lines.
    fn paragraph(&mut self, matched: usize, begins_item: bool, text: &str) {
        self.space(Kind::Text, matched, begins_item);
        let prefixes = self.nesting.prefixes(self.measure);
        let line = (0, text);
        self.leaf = Leaf::new(Start::Paragraph, prefixes, line, self.measure, &mut self.page);
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.leaf.newline(false, self.measure, &mut self.links, &mut self.page);
            }
            self.leaf.content(line, self.measure, &mut self.links, &mut self.page);
        }
    }

    /// Begins a table in the place of the open paragraph's last line.
    fn table(&mut self, aligns: &[Align], head: &str) {
        self.close_leaf();
        self.space(Kind::Figure, self.nesting.len(), false);
        let prefixes = self.nesting.prefixes(self.measure);
        let links = &mut self.links;
        let table = Table::new(aligns.to_vec(), head, links, prefixes, self.measure, &mut self.page);
        self.leaf = Leaf::Table(table);
    }

    /// What was held is text.
    fn release(&mut self) {
        if let Leaf::Held(held) = &self.leaf {
            let (matched, begins_item, source) = (held.matched, held.begins_item, held.source().to_owned());
            self.paragraph(matched, begins_item, &source);
        }
    }

    /// Shows what was held as it was written: it defines what an earlier line uses, and that line is final. `number`
    /// is the link's.
    fn show_definition(&mut self, number: u32) {
        let Leaf::Held(held) = &mut self.leaf else {
            return;
        };
        held.is_shown = true;
        let parts = held.parts().map(str::to_owned);
        let (matched, begins_item) = (held.matched, held.begins_item);
        self.space(Kind::Text, matched, begins_item);
        let (first, prefix) = self.nesting.prefixes(self.measure);
        let mut wrap = Wrap::new(self.measure.width(), first, prefix);
        let link = Style {
            link: number,
            ..Style::dim()
        };
        for (part, style) in parts.iter().zip([Style::dim(), link, Style::dim()]) {
            for (at, line) in part.split('\n').enumerate() {
                if at > 0 {
                    wrap.newline(&mut self.page.done);
                }
                wrap.push(line, style, &mut self.page.done);
            }
        }
        wrap.current(&mut self.page.done);
    }

    /// Text of the open block, on a line that is understood.
    fn content(&mut self, text: &str) {
        match &mut self.leaf {
            Leaf::Held(held) => {
                if !held.push(text) {
                    self.release();
                }
            }
            leaf => leaf.content(text, self.measure, &mut self.links, &mut self.page),
        }
    }

    /// The open paragraph goes on on another line, which begins with `text`. True when that is taken in already.
    fn newline(&mut self, text: &str, may_be_head: bool) -> bool {
        match &mut self.leaf {
            Leaf::Held(held) if held.is_defined() => {
                // More definitions, a title, or what is left for the paragraph.
                if !held.begin(text) {
                    let (matched, begins_item) = (held.matched, held.begins_item);
                    self.paragraph(matched, begins_item, text);
                    return true;
                }
            }
            Leaf::Held(held) => {
                if !held.newline(self.measure.undecided_lines()) {
                    self.release();
                }
            }
            leaf => {
                leaf.newline(may_be_head, self.measure, &mut self.links, &mut self.page);
            }
        }
        false
    }

    fn close_leaf(&mut self) {
        match &self.leaf {
            Leaf::Held(held) if held.is_defined() => {
                if held.begins_item && !held.is_shown {
                    // The item is empty, and its marker is shown.
                    self.space(Kind::Text, held.matched, true);
                }
            }
            _ => self.release(),
        }
        let leaf = std::mem::replace(&mut self.leaf, Leaf::None);
        leaf.finish(self.measure, &mut self.links, &mut self.page);
    }

    /// The empty line before a block, where the source has one or the blocks need it.
    fn space(&mut self, kind: Kind, matched: usize, begins_item: bool) {
        let stands_apart = match self.last {
            None => false,
            Some(Kind::Figure) => true,
            Some(_) => self.is_apart || (kind != Kind::Text && !begins_item),
        };
        if stands_apart {
            let gap = self.nesting.gap(matched, self.measure);
            self.page.done.push(gap);
        }
        self.is_apart = false;
        self.last = Some(kind);
    }
}
