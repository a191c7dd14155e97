//! Paragraphs, and what begins as one: definitions, and a table below a line of text.

use super::super::definition::Held;
use super::super::leaf::Leaf;
use super::super::scan::{Container, Plan, Start};
use super::super::table::{Align, Table};
use super::{Document, Kind};
use crate::text::style::Style;
use crate::text::wrap::Wrap;

impl Document {
    /// Begins a paragraph, or what may be a definition.
    pub(super) fn begin_text(&mut self, plan: &Plan, mut text: &str) {
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
    pub(super) fn paragraph(&mut self, matched: usize, begins_item: bool, text: &str) {
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
    pub(super) fn table(&mut self, aligns: &[Align], head: &str) {
        self.close_leaf();
        self.space(Kind::Figure, self.nesting.len(), false);
        let prefixes = self.nesting.prefixes(self.measure);
        let links = &mut self.links;
        let table = Table::new(aligns.to_vec(), head, links, prefixes, self.measure, &mut self.page);
        self.leaf = Leaf::Table(table);
    }

    /// What was held is text.
    pub(super) fn release(&mut self) {
        if let Leaf::Held(held) = &self.leaf {
            let (matched, begins_item, source) = (held.matched, held.begins_item, held.source().to_owned());
            self.paragraph(matched, begins_item, &source);
        }
    }

    /// Shows what was held as it was written: it defines what an earlier line uses, and that line is final. `number`
    /// is the link's.
    pub(super) fn show_definition(&mut self, number: u32) {
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
    pub(super) fn content(&mut self, text: &str) {
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
    pub(super) fn newline(&mut self, text: &str, may_be_head: bool) -> bool {
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
}
