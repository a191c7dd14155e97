//! Source in, lines out: which block every piece of the source belongs to.
//!
//! The lines depend on the text alone, never on how it was cut: a line of source is acted on as soon as it is
//! certain what it is, and text inside a paragraph as soon as it is certain what it means.

mod text;

use super::definition::Ended;
use super::inline::Links;
use super::leaf::Leaf;
use super::nesting::Nesting;
use super::page::{Measure, Page};
use super::paragraph::Text;
use super::scan::{self, Container, Plan, Start};
use crate::text::line::Line;

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
    pub(super) fn part(&mut self, text: &str) {
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

    pub(super) fn end_line(&mut self) {
        if !self.is_decided
            && let Some(plan) = self.scan(true)
        {
            self.act(plan);
        }
        self.is_decided = false;
        self.line.clear();
        if let Leaf::Code(code) = &mut self.leaf
            && code.end_line(&mut self.page)
        {
            self.close_leaf();
        }
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
                if let Leaf::Code(code) = &mut self.leaf {
                    code.begin_line(plan.padding, text, &mut self.page);
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
