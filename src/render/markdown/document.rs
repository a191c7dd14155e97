//! Source in, lines out: which block every piece of the source belongs to.
//!
//! The lines depend on the text alone, never on how it was cut: a line of source is acted on as soon as it is
//! certain what it is, and text inside a paragraph as soon as it is certain what it means.

use super::code::Code;
use super::inline::Links;
use super::nesting::Nesting;
use super::page::{Measure, Page};
use super::paragraph::Text;
use super::scan::{self, Container, Open, Plan, Start};
use super::table::Table;
use crate::text::line::Line;
use crate::text::style::{Ink, Style};

/// The widest rule drawn, in cells.
const MAX_RULE: usize = 40;

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
}

/// The open block that holds text.
#[derive(Debug)]
enum Leaf {
    None,
    Paragraph(Paragraph),
    Heading { text: Text, held: String },
    Code(Code),
    Table(Table),
}

#[derive(Debug)]
struct Paragraph {
    text: Text,
    /// Its source, while it is one line that may turn out to be a heading or a table's head.
    first: Option<String>,
    /// Not shown before that is known.
    is_held: bool,
    first_prefix: Line,
    prefix: Line,
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
        if !self.line.is_empty() {
            self.end_line();
        }
        self.is_decided = false;
        self.close_leaf();
        self.nesting.close(0, self.measure, &mut self.page.done);
    }

    /// The lines after those of the page, as they stand at this moment.
    pub(super) fn tail(&self, out: &mut Vec<Line>) {
        match &self.leaf {
            Leaf::Paragraph(paragraph) if !paragraph.is_held => paragraph.text.tail(out),
            Leaf::Heading { text, .. } => text.tail(out),
            _ => {}
        }
    }

    /// The part of the unfinished line that will stay where it is, for a screen on which nothing is drawn twice.
    pub(super) fn fixed(&self) -> Line {
        match &self.leaf {
            Leaf::Paragraph(paragraph) if !paragraph.is_held => paragraph.text.fixed(),
            Leaf::Heading { text, .. } => text.fixed(),
            _ => Line::new(),
        }
    }

    /// The window has another size. `is_lost` says that what is on the screen cannot be redrawn. Tells whether its
    /// last line goes on.
    pub(super) fn resize(&mut self, measure: Measure, is_lost: bool) -> bool {
        self.measure = measure;
        let Page { done, kept } = &mut self.page;
        match &mut self.leaf {
            Leaf::Paragraph(paragraph) => {
                let is_lost = is_lost && !paragraph.is_held;
                if is_lost {
                    paragraph.first = None;
                    done.append(kept);
                }
                paragraph.text.resize(measure, is_lost, done);
                true
            }
            Leaf::Heading { text, .. } => {
                text.resize(measure, is_lost, done);
                true
            }
            Leaf::Table(table) => {
                if is_lost {
                    table.freeze(kept, done);
                }
                table.resize(measure);
                false
            }
            Leaf::None | Leaf::Code(_) => false,
        }
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
    }

    fn scan(&self, complete: bool) -> Option<Plan> {
        let open = match &self.leaf {
            Leaf::None | Leaf::Heading { .. } => Open::None,
            Leaf::Paragraph(paragraph) => Open::Paragraph {
                first: paragraph.first.as_deref().unwrap_or_default(),
            },
            Leaf::Code(code) => code.open(),
            Leaf::Table(_) => Open::Table,
        };
        scan::scan(&self.line, complete, &self.nesting.containers, open)
    }

    /// Does what a line means.
    fn act(&mut self, plan: Plan) {
        self.is_decided = true;
        let line = std::mem::take(&mut self.line);
        let text = &line[plan.at..];
        match &plan.start {
            Start::Continue => {
                if let Leaf::Paragraph(paragraph) = &mut self.leaf {
                    paragraph.first = None;
                    paragraph.is_held = false;
                    self.page.done.append(&mut self.page.kept);
                    paragraph
                        .text
                        .newline(self.measure, &mut self.links, &mut self.page.done);
                }
                self.content(text);
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
            Start::Underline(level) => self.underline(*level),
            Start::Table(aligns) => {
                if let Leaf::Paragraph(paragraph) = std::mem::replace(&mut self.leaf, Leaf::None) {
                    let table = Table::new(
                        aligns.clone(),
                        paragraph.first.as_deref().unwrap_or_default(),
                        &mut self.links,
                        (paragraph.first_prefix, paragraph.prefix),
                        self.measure,
                        &mut self.page.kept,
                    );
                    self.leaf = Leaf::Table(table);
                    self.last = Some(Kind::Figure);
                }
            }
            _ => self.begin(plan, &line),
        }
    }

    /// An empty line, or an item that is empty so far.
    fn blank(&mut self, plan: &Plan) {
        if let Leaf::Code(code) = &mut self.leaf
            && plan.matched == self.nesting.len()
            && code.blank()
        {
            return;
        }
        self.close_leaf();
        self.nesting.close(plan.matched, self.measure, &mut self.page.done);
        if plan.opened.is_empty() {
            self.is_apart = self.last.is_some();
        } else {
            self.space(Kind::Text, plan);
            for container in &plan.opened {
                self.nesting.open(container.clone(), self.measure);
            }
        }
    }

    /// The paragraph above was a heading.
    fn underline(&mut self, level: u8) {
        if let Leaf::Paragraph(paragraph) = std::mem::replace(&mut self.leaf, Leaf::None) {
            match paragraph.first {
                Some(source) => {
                    self.page.kept.clear();
                    let mut first = paragraph.first_prefix;
                    let base = heading(level, &mut first, self.measure);
                    let mut text = Text::new(first, paragraph.prefix, base, self.measure);
                    text.push(&source, self.measure, &mut self.links, &mut self.page.done);
                    text.finish(&mut self.links, &mut self.page.done);
                }
                None => paragraph.text.finish(&mut self.links, &mut self.page.done),
            }
        }
        self.last = Some(Kind::Heading);
    }

    /// Begins a block.
    fn begin(&mut self, plan: Plan, line: &str) {
        self.close_leaf();
        self.nesting.close(plan.matched, self.measure, &mut self.page.done);
        let kind = match plan.start {
            Start::Heading(_) => Kind::Heading,
            Start::Paragraph => Kind::Text,
            _ => Kind::Figure,
        };
        self.space(kind, &plan);
        for container in &plan.opened {
            self.nesting.open(container.clone(), self.measure);
        }
        if plan.opened.is_empty() {
            self.nesting.end_lists();
        }
        let mut text = &line[plan.at..];
        if plan.start == Start::Paragraph && matches!(plan.opened.last(), Some(Container::Item(_))) {
            for (source, marker) in [("[ ] ", "[ ] "), ("[x] ", "[x] "), ("[X] ", "[x] ")] {
                if let Some(rest) = text.strip_prefix(source) {
                    self.nesting.set_marker(marker);
                    text = rest.trim_start();
                }
            }
        }
        let (first, prefix) = self.nesting.prefixes(self.measure);
        self.open_leaf(plan.start, first, prefix, plan.padding, text);
    }

    fn open_leaf(&mut self, start: Start, mut first: Line, prefix: Line, padding: usize, text: &str) {
        match start {
            Start::Heading(level) => {
                let base = heading(level, &mut first, self.measure);
                self.leaf = Leaf::Heading {
                    text: Text::new(first, prefix, base, self.measure),
                    held: String::new(),
                };
                self.content(text);
            }
            Start::Rule => {
                let width = self.measure.width().saturating_sub(first.width()).clamp(1, MAX_RULE);
                let dash = if self.measure.is_plain { "-" } else { "─" };
                first.push_str(&dash.repeat(width), Style::dim());
                self.page.done.push(first);
            }
            Start::Fence {
                mark,
                length,
                indent,
                info,
            } => {
                let is_plain = self.measure.is_plain;
                self.leaf = Leaf::Code(Code::fenced(mark, length, indent, &info, is_plain, first, prefix));
            }
            Start::Indented => {
                let mut code = Code::indented(first, prefix);
                code.line(padding, text, &mut self.page.done);
                self.leaf = Leaf::Code(code);
            }
            Start::Verbatim { end } => {
                let mut code = Code::verbatim(end, first, prefix);
                // `$$` at the beginning is no end, and what has one on its first line is no block but for comments.
                let is_over = code.line(padding, text, &mut self.page.done) && end == "-->";
                self.leaf = if is_over { Leaf::None } else { Leaf::Code(code) };
            }
            _ => {
                let is_held = text.starts_with('|');
                self.leaf = Leaf::Paragraph(Paragraph {
                    text: Text::new(first.clone(), prefix.clone(), Style::default(), self.measure),
                    // What nothing may be drawn over cannot turn into something else once it is shown.
                    first: (is_held || !self.measure.is_plain).then(String::new),
                    is_held,
                    first_prefix: first,
                    prefix,
                });
                self.content(text);
            }
        }
    }

    /// Text of the open block, on a line that is understood.
    fn content(&mut self, text: &str) {
        let Page { done, kept } = &mut self.page;
        match &mut self.leaf {
            Leaf::Paragraph(paragraph) => {
                if let Some(first) = &mut paragraph.first {
                    // What fits stays the same however the text is cut, so that the limit falls in the same place.
                    let room = self.measure.undecided_bytes().saturating_sub(first.len());
                    if text.len() <= room {
                        first.push_str(text);
                        paragraph.text.push(text, self.measure, &mut self.links, kept);
                        return;
                    }
                    paragraph.first = None;
                    paragraph.is_held = false;
                    done.append(kept);
                }
                paragraph.text.push(text, self.measure, &mut self.links, done);
            }
            Leaf::Heading { text: heading, held } => {
                // Number signs at the end are not part of a heading, nor are the spaces before them.
                let end = text.trim_end_matches([' ', '\t', '#']).len();
                if end > 0 {
                    heading.push(held, self.measure, &mut self.links, done);
                    heading.push(&text[..end], self.measure, &mut self.links, done);
                    held.clear();
                }
                held.push_str(&text[end..]);
            }
            _ => {}
        }
    }

    fn close_leaf(&mut self) {
        let Page { done, kept } = &mut self.page;
        match std::mem::replace(&mut self.leaf, Leaf::None) {
            Leaf::None => {}
            Leaf::Paragraph(paragraph) => {
                done.append(kept);
                paragraph.text.finish(&mut self.links, done);
            }
            Leaf::Heading { mut text, held } => {
                let kept_signs = match held.trim_end().rfind([' ', '\t']) {
                    Some(at) => &held[..at],
                    None if held.starts_with('#') => held.trim_end(),
                    None => "",
                };
                text.push(kept_signs, self.measure, &mut self.links, done);
                text.finish(&mut self.links, done);
            }
            Leaf::Code(code) => code.finish(done),
            Leaf::Table(mut table) => table.finish(kept, done),
        }
    }

    /// The empty line before a block, where the source has one or the blocks need it.
    fn space(&mut self, kind: Kind, plan: &Plan) {
        let begins_item = plan.opened.iter().any(|c| matches!(c, Container::Item(_)));
        let stands_apart = match self.last {
            None => false,
            Some(Kind::Figure) => true,
            Some(_) => self.is_apart || (kind != Kind::Text && !begins_item),
        };
        if stands_apart {
            let gap = self.nesting.gap(plan.matched, self.measure);
            self.page.done.push(gap);
        }
        self.is_apart = false;
        self.last = Some(kind);
    }
}

/// How a heading looks. Where there are no styles its number signs stay.
fn heading(level: u8, first: &mut Line, measure: Measure) -> Style {
    if measure.is_plain {
        first.push_str(&"#".repeat(usize::from(level)), Style::default());
        first.push_spaces(1, Style::default());
    }
    let mut style = Style::ink(Ink::Heading).bold();
    style.underline = level == 1;
    style
}
