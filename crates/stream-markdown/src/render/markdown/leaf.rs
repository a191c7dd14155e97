//! The open block that holds text, from its first line to its last.

use super::code::Code;
use super::definition::Held;
use super::inline::Links;
use super::page::{Measure, Page};
use super::paragraph::Text;
use super::scan::{Open, Start};
use super::table::{Align, Table};
use crate::text::line::Line;
use crate::text::style::{Ink, Style};

/// The widest rule drawn, in cells.
const MAX_RULE: usize = 40;

/// How many bytes of what may be a table's head are held. None of it is on the screen, so that it need not be short
/// enough to be drawn anew.
const MAX_HEAD: usize = 4000;

#[derive(Debug)]
pub(super) enum Leaf {
    None,
    /// Of which nothing is shown yet.
    Held(Held),
    Paragraph(Paragraph),
    Heading(Heading),
    Code(Code),
    Table(Table),
}

#[derive(Debug)]
pub(super) struct Paragraph {
    text: Text,
    /// Its source, while it is one line that may turn out to be a heading or a table's head.
    first: Option<String>,
    /// Not shown before that is known.
    is_held: bool,
    /// A later line that may be a table's head, not shown before that is known either.
    row: Option<String>,
    first_prefix: Line,
    prefix: Line,
}

/// A heading. Number signs at its end are not part of it, nor are the spaces before them.
#[derive(Debug)]
pub(super) struct Heading {
    text: Text,
    /// What may be such an end.
    held: String,
    has_text: bool,
}

impl Paragraph {
    /// It is nothing but a paragraph.
    fn settle(&mut self, measure: Measure, links: &mut Links, kept: &mut Vec<Line>) {
        let first = self.first.take().unwrap_or_default();
        if std::mem::take(&mut self.is_held) {
            self.text.push(&first, measure, links, kept);
        }
    }
}

impl Paragraph {
    /// Its last line is no table's head.
    fn release_row(&mut self, measure: Measure, links: &mut Links, done: &mut Vec<Line>) {
        if let Some(row) = self.row.take() {
            self.text.newline(measure, links, done);
            self.text.push(&row, measure, links, done);
        }
    }
}

impl Leaf {
    /// A block that begins with `line`: spaces and text. A paragraph or heading is given its text as `content`.
    pub(super) fn new(
        start: Start,
        (mut first, prefix): (Line, Line),
        (padding, text): (usize, &str),
        measure: Measure,
        page: &mut Page,
    ) -> Leaf {
        match start {
            Start::Heading(level) => {
                let base = heading(level, &mut first, measure);
                Leaf::Heading(Heading {
                    text: Text::new(first, prefix, base, measure),
                    held: String::new(),
                    has_text: false,
                })
            }
            Start::Rule => {
                let width = measure.width().saturating_sub(first.width()).clamp(1, MAX_RULE);
                let dash = if measure.is_plain { "-" } else { "─" };
                first.push_str(&dash.repeat(width), Style::dim());
                page.done.push(first);
                Leaf::None
            }
            Start::Fence {
                mark,
                length,
                indent,
                info,
            } => Leaf::Code(Code::fenced(
                mark,
                length,
                indent,
                &info,
                measure.is_plain,
                (first, prefix),
                page,
            )),
            Start::Indented => {
                let mut code = Code::indented(first, prefix);
                code.begin_line(padding, text, page);
                code.end_line(page);
                Leaf::Code(code)
            }
            Start::Verbatim { end } => {
                let mut code = Code::verbatim(end, first, prefix);
                // `$$` at the beginning is no end, and what has one on its first line is no block but for comments.
                code.begin_line(padding, text, page);
                let is_over = code.end_line(page) && end == "-->";
                if is_over { Leaf::None } else { Leaf::Code(code) }
            }
            _ => {
                let is_held = text.starts_with('|');
                Leaf::Paragraph(Paragraph {
                    text: Text::new(first.clone(), prefix.clone(), Style::default(), measure),
                    // What nothing may be drawn over cannot turn into something else once it is shown.
                    first: (is_held || !measure.is_plain).then(String::new),
                    is_held,
                    row: None,
                    first_prefix: first,
                    prefix,
                })
            }
        }
    }

    /// What the next line of source has to know.
    pub(super) fn open(&self, measure: Measure) -> Open<'_> {
        match self {
            Leaf::None | Leaf::Heading(_) => Open::None,
            Leaf::Held(held) if held.is_defined() => Open::Defined,
            Leaf::Held(held) => {
                let first = held.source();
                let is_short = !measure.is_plain && first.len() <= measure.undecided_bytes() && !first.contains('\n');
                let first = if is_short { first } else { "" };
                Open::Paragraph { first, head: first }
            }
            Leaf::Paragraph(paragraph) => {
                let first = paragraph.first.as_deref().unwrap_or_default();
                Open::Paragraph {
                    first,
                    head: paragraph.row.as_deref().unwrap_or(first),
                }
            }
            Leaf::Code(code) => code.open(),
            Leaf::Table(_) => Open::Table,
        }
    }

    /// The text that stands after the finished lines.
    pub(super) fn shown(&self) -> Option<&Text> {
        match self {
            Leaf::Paragraph(paragraph) if !paragraph.is_held => Some(&paragraph.text),
            Leaf::Heading(heading) => Some(&heading.text),
            _ => None,
        }
    }

    /// Takes text on a line that is understood.
    pub(super) fn content(&mut self, text: &str, measure: Measure, links: &mut Links, page: &mut Page) {
        if let Leaf::Code(code) = self {
            code.push(text, page);
            return;
        }
        let Page { done, kept, .. } = page;
        match self {
            Leaf::Paragraph(paragraph) => {
                if let Some(row) = &mut paragraph.row {
                    if row.len() + text.len() <= MAX_HEAD {
                        row.push_str(text);
                        return;
                    }
                    paragraph.release_row(measure, links, done);
                }
                if let Some(first) = &mut paragraph.first {
                    // The limit counts what has come, so it falls in the same place however the text is cut.
                    let limit = if paragraph.is_held {
                        MAX_HEAD
                    } else {
                        measure.undecided_bytes()
                    };
                    let room = limit.saturating_sub(first.len());
                    if text.len() <= room {
                        first.push_str(text);
                        if !paragraph.is_held {
                            paragraph.text.push(text, measure, links, kept);
                        }
                        return;
                    }
                    paragraph.settle(measure, links, kept);
                    done.append(kept);
                }
                paragraph.text.push(text, measure, links, done);
            }
            Leaf::Heading(heading) => {
                let end = text.trim_end_matches([' ', '\t', '#']).len();
                if end > 0 {
                    heading.text.push(&heading.held, measure, links, done);
                    heading.text.push(&text[..end], measure, links, done);
                    heading.held.clear();
                    heading.has_text = true;
                }
                heading.held.push_str(&text[end..]);
            }
            _ => {}
        }
    }

    /// The paragraph goes on on another line: it is nothing else then. `may_be_head` says that the line could be a
    /// table's, which ends the paragraph.
    pub(super) fn newline(&mut self, may_be_head: bool, measure: Measure, links: &mut Links, page: &mut Page) {
        if let Leaf::Paragraph(paragraph) = self {
            paragraph.settle(measure, links, &mut page.kept);
            page.done.append(&mut page.kept);
            paragraph.release_row(measure, links, &mut page.done);
            if may_be_head {
                paragraph.row = Some(String::new());
            } else {
                paragraph.text.newline(measure, links, &mut page.done);
            }
        }
    }

    /// The paragraph's last line, which is a table's head instead. The paragraph is left without it.
    pub(super) fn take_row(&mut self) -> Option<String> {
        match self {
            Leaf::Paragraph(paragraph) => paragraph.row.take(),
            _ => None,
        }
    }

    /// The paragraph was a heading.
    pub(super) fn underline(self, level: u8, measure: Measure, links: &mut Links, page: &mut Page) {
        match self {
            Leaf::Paragraph(Paragraph {
                first: Some(source),
                mut first_prefix,
                prefix,
                ..
            }) => {
                page.kept.clear();
                let base = heading(level, &mut first_prefix, measure);
                let mut text = Text::new(first_prefix, prefix, base, measure);
                text.push(&source, measure, links, &mut page.done);
                text.finish(links, &mut page.done);
            }
            other => other.finish(measure, links, page),
        }
    }

    /// The paragraph was a table's head.
    pub(super) fn table(self, aligns: &[Align], measure: Measure, links: &mut Links, page: &mut Page) -> Leaf {
        let Leaf::Paragraph(paragraph) = self else {
            return self;
        };
        let head = paragraph.first.as_deref().unwrap_or_default();
        let prefixes = (paragraph.first_prefix, paragraph.prefix);
        Leaf::Table(Table::new(aligns.to_vec(), head, links, prefixes, measure, page))
    }

    /// The window has another size. Tells whether the last line on the screen goes on.
    pub(super) fn resize(&mut self, measure: Measure, is_lost: bool, page: &mut Page) -> bool {
        let Page { done, kept, .. } = page;
        match self {
            Leaf::Paragraph(paragraph) => {
                let is_lost = is_lost && !paragraph.is_held;
                if is_lost {
                    paragraph.first = None;
                    done.append(kept);
                }
                paragraph.text.resize(measure, is_lost, done);
                true
            }
            Leaf::Heading(heading) => {
                heading.text.resize(measure, is_lost, done);
                true
            }
            Leaf::Table(table) => {
                if is_lost {
                    table.freeze(kept, done);
                }
                table.resize(measure);
                false
            }
            Leaf::None | Leaf::Held(_) | Leaf::Code(_) => false,
        }
    }

    /// Ends the block.
    pub(super) fn finish(self, measure: Measure, links: &mut Links, page: &mut Page) {
        let Page { done, kept, .. } = page;
        match self {
            Leaf::None | Leaf::Held(_) => {}
            Leaf::Paragraph(mut paragraph) => {
                paragraph.settle(measure, links, kept);
                done.append(kept);
                paragraph.release_row(measure, links, done);
                paragraph.text.finish(links, done);
            }
            Leaf::Heading(Heading {
                mut text,
                held,
                has_text,
            }) => {
                let signs = match held.trim_end().rfind([' ', '\t']) {
                    Some(at) => &held[..at],
                    None if has_text && held.starts_with('#') => held.trim_end(),
                    None => "",
                };
                text.push(signs, measure, links, done);
                text.finish(links, done);
            }
            Leaf::Code(code) => code.finish(done),
            Leaf::Table(mut table) => table.finish(kept, done),
        }
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
