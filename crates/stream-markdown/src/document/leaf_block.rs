//! The open block that holds text and no other blocks.

use super::code_block::CodeBlock;
use super::inline_text::InlineText;
use super::line_plan::{LineStart, OpenLeaf};
use super::link_definition::PendingDefinition;
use super::output::{BlockEvent, Output};
use super::table::Table;
use super::table_row::ColumnAlign;
use crate::inline::Links;
use crate::style::{ColorRole, Style};
use crate::styled_line::StyledLine;
use crate::viewport::Layout;

/// The widest rule drawn, in cells.
const MAX_RULE: usize = 40;

/// How many bytes of a possible table's head are held back. None of it is on the screen, so that it may be longer than
/// what can be drawn again.
const MAX_HEAD: usize = 4000;

#[derive(Debug)]
pub(super) enum LeafBlock {
    None,
    /// A paragraph that may begin with definitions, and of which nothing is shown yet.
    Definition(PendingDefinition),
    Paragraph(Paragraph),
    Heading(Heading),
    Code(CodeBlock),
    Table(Table),
}

#[derive(Debug)]
pub(super) struct Paragraph {
    text: InlineText,
    /// Its source, while it is one line that the next may make a heading or a table's head.
    first: Option<String>,
    /// Whether that line is not shown before it is certain.
    is_held: bool,
    /// A later line that the next may make a table's head. It is not shown before that is certain.
    row: Option<String>,
    first_prefix: StyledLine,
    prefix: StyledLine,
}

/// A heading. The number signs that close it are not part of it, nor are the spaces before them.
#[derive(Debug)]
pub(super) struct Heading {
    level: u8,
    text: InlineText,
    /// What may be the closing number signs.
    closing: String,
    has_text: bool,
}

impl Paragraph {
    /// Makes it certain that its first line is no heading and no table's head.
    fn settle(&mut self, layout: Layout, links: &mut Links, kept: &mut Vec<StyledLine>) {
        let first = self.first.take().unwrap_or_default();
        if std::mem::take(&mut self.is_held) {
            self.text.push(&first, layout, links, kept);
        }
    }
}

impl Paragraph {
    /// Shows its last line, which is no table's head.
    fn release_row(&mut self, layout: Layout, links: &mut Links, done: &mut Vec<StyledLine>) {
        if let Some(row) = self.row.take() {
            self.text.newline(layout, links, done);
            self.text.push(&row, layout, links, done);
        }
    }
}

impl LeafBlock {
    /// A block that begins with a line of `padding` spaces and `text`. The text of a paragraph or a heading is passed
    /// to `content` afterwards.
    pub(super) fn new(
        start: LineStart,
        (mut first, prefix): (StyledLine, StyledLine),
        (padding, text): (usize, &str),
        layout: Layout,
        output: &mut Output,
    ) -> LeafBlock {
        match start {
            LineStart::Heading(level) => {
                let base = heading(level, &mut first, layout);
                LeafBlock::Heading(Heading {
                    level,
                    text: InlineText::new(first, prefix, base, layout),
                    closing: String::new(),
                    has_text: false,
                })
            }
            LineStart::Rule => {
                let width = layout.width().saturating_sub(first.width()).clamp(1, MAX_RULE);
                let dash = if layout.is_ascii { "-" } else { "─" };
                first.push_str(&dash.repeat(width), Style::dim());
                output.done.push(first);
                output.record(BlockEvent::Rule);
                LeafBlock::None
            }
            LineStart::Fence {
                mark,
                length,
                indent,
                info,
            } => LeafBlock::Code(CodeBlock::fenced(
                mark,
                length,
                indent,
                &info,
                layout,
                (first, prefix),
                output,
            )),
            LineStart::Indented => {
                let mut code = CodeBlock::indented(first, prefix, output);
                code.begin_line(padding, text, output);
                code.end_line(output);
                LeafBlock::Code(code)
            }
            LineStart::Verbatim { end } => {
                let mut code = CodeBlock::verbatim(end, first, prefix, layout, output);
                code.begin_line(padding, text, output);
                code.end_line(output);
                // The `$$` at the beginning is no end.
                let body = text.strip_prefix("$$").unwrap_or(text);
                if !end.is_empty() && body.contains(end) {
                    code.finish(layout, output);
                    LeafBlock::None
                } else {
                    LeafBlock::Code(code)
                }
            }
            _ => {
                let is_held = text.starts_with('|');
                LeafBlock::Paragraph(Paragraph {
                    text: InlineText::new(first.clone(), prefix.clone(), Style::default(), layout),
                    // Where nothing is drawn twice, a line that is shown stays what it is.
                    first: (is_held || !layout.is_plain).then(String::new),
                    is_held,
                    row: None,
                    first_prefix: first,
                    prefix,
                })
            }
        }
    }

    /// What the next line of source is read by.
    pub(super) fn open(&self, layout: Layout) -> OpenLeaf<'_> {
        match self {
            LeafBlock::None | LeafBlock::Heading(_) => OpenLeaf::None,
            LeafBlock::Definition(definition) if definition.is_defined() => OpenLeaf::Defined,
            LeafBlock::Definition(definition) => {
                let first = definition.source();
                let is_short = !layout.is_plain && first.len() <= layout.undecided_bytes() && !first.contains('\n');
                let first = if is_short { first } else { "" };
                OpenLeaf::Paragraph { first, head: first }
            }
            LeafBlock::Paragraph(paragraph) => {
                let first = paragraph.first.as_deref().unwrap_or_default();
                OpenLeaf::Paragraph {
                    first,
                    head: paragraph.row.as_deref().unwrap_or(first),
                }
            }
            LeafBlock::Code(code) => code.open(),
            LeafBlock::Table(_) => OpenLeaf::Table,
        }
    }

    /// The text of which the last lines may still change.
    pub(super) fn shown(&self) -> Option<&InlineText> {
        match self {
            LeafBlock::Paragraph(paragraph) if !paragraph.is_held => Some(&paragraph.text),
            LeafBlock::Heading(heading) => Some(&heading.text),
            _ => None,
        }
    }

    /// Takes text on a line of which the meaning is certain.
    pub(super) fn content(&mut self, text: &str, layout: Layout, links: &mut Links, output: &mut Output) {
        if let LeafBlock::Code(code) = self {
            code.push(text, output);
            return;
        }
        let Output { done, kept, .. } = output;
        match self {
            LeafBlock::Paragraph(paragraph) => {
                if let Some(row) = &mut paragraph.row {
                    if row.len() + text.len() <= MAX_HEAD {
                        row.push_str(text);
                        return;
                    }
                    paragraph.release_row(layout, links, done);
                }
                if let Some(first) = &mut paragraph.first {
                    // The limit is one of bytes that have come, so that it does not depend on how the text is cut.
                    let limit = if paragraph.is_held {
                        MAX_HEAD
                    } else {
                        layout.undecided_bytes()
                    };
                    let room = limit.saturating_sub(first.len());
                    if text.len() <= room {
                        first.push_str(text);
                        if !paragraph.is_held {
                            paragraph.text.push(text, layout, links, kept);
                        }
                        return;
                    }
                    paragraph.settle(layout, links, kept);
                    done.append(kept);
                }
                paragraph.text.push(text, layout, links, done);
            }
            LeafBlock::Heading(heading) => {
                let end = text.trim_end_matches([' ', '\t', '#']).len();
                if end > 0 {
                    heading.text.push(&heading.closing, layout, links, done);
                    heading.text.push(&text[..end], layout, links, done);
                    heading.closing.clear();
                    heading.has_text = true;
                }
                heading.closing.push_str(&text[end..]);
            }
            _ => {}
        }
    }

    /// Continues a paragraph on another line. `may_be_head`: the next line may make that one a table's head, which
    /// ends the paragraph.
    pub(super) fn newline(&mut self, may_be_head: bool, layout: Layout, links: &mut Links, output: &mut Output) {
        if let LeafBlock::Paragraph(paragraph) = self {
            paragraph.settle(layout, links, &mut output.kept);
            output.done.append(&mut output.kept);
            paragraph.release_row(layout, links, &mut output.done);
            if may_be_head {
                paragraph.row = Some(String::new());
            } else {
                paragraph.text.newline(layout, links, &mut output.done);
            }
        }
    }

    /// Takes the last line, which is a table's head, out of the paragraph.
    pub(super) fn take_row(&mut self) -> Option<String> {
        match self {
            LeafBlock::Paragraph(paragraph) => paragraph.row.take(),
            _ => None,
        }
    }

    /// Makes a heading of the paragraph.
    pub(super) fn underline(self, level: u8, layout: Layout, links: &mut Links, output: &mut Output) {
        match self {
            LeafBlock::Paragraph(Paragraph {
                first: Some(source),
                mut first_prefix,
                prefix,
                ..
            }) => {
                output.kept.clear();
                let base = heading(level, &mut first_prefix, layout);
                let mut text = InlineText::new(first_prefix, prefix, base, layout);
                text.push(&source, layout, links, &mut output.done);
                let pieces = text.finish(layout, links, &mut output.done);
                output.record(BlockEvent::Heading(level, pieces));
            }
            other => other.finish(layout, links, output),
        }
    }

    /// Makes a table's head of the paragraph.
    pub(super) fn table(
        self,
        aligns: &[ColumnAlign],
        layout: Layout,
        links: &mut Links,
        output: &mut Output,
    ) -> LeafBlock {
        let LeafBlock::Paragraph(paragraph) = self else {
            return self;
        };
        let head = paragraph.first.as_deref().unwrap_or_default();
        let prefixes = (paragraph.first_prefix, paragraph.prefix);
        LeafBlock::Table(Table::new(aligns.to_vec(), head, links, prefixes, layout, output))
    }

    /// Continues in a window of another size. Returns whether the last line on the screen is continued.
    pub(super) fn resize(&mut self, layout: Layout, is_lost: bool, output: &mut Output) -> bool {
        let Output { done, kept, .. } = output;
        match self {
            LeafBlock::Paragraph(paragraph) => {
                let is_lost = is_lost && !paragraph.is_held;
                if is_lost {
                    paragraph.first = None;
                    done.append(kept);
                }
                paragraph.text.resize(layout, is_lost, done);
                true
            }
            LeafBlock::Heading(heading) => {
                heading.text.resize(layout, is_lost, done);
                true
            }
            LeafBlock::Table(table) => {
                if is_lost {
                    table.freeze(kept, done);
                }
                table.resize(layout);
                false
            }
            LeafBlock::Code(code) => {
                code.resize(layout, is_lost, output);
                false
            }
            LeafBlock::None | LeafBlock::Definition(_) => false,
        }
    }

    /// Ends the block.
    pub(super) fn finish(self, layout: Layout, links: &mut Links, output: &mut Output) {
        let Output { done, kept, .. } = output;
        match self {
            LeafBlock::None | LeafBlock::Definition(_) => {}
            LeafBlock::Paragraph(mut paragraph) => {
                paragraph.settle(layout, links, kept);
                done.append(kept);
                paragraph.release_row(layout, links, done);
                let pieces = paragraph.text.finish(layout, links, done);
                output.record(BlockEvent::Paragraph(pieces));
            }
            LeafBlock::Heading(Heading {
                level,
                mut text,
                closing,
                has_text,
            }) => {
                let signs = match closing.trim_end().rfind([' ', '\t']) {
                    Some(at) => &closing[..at],
                    None if has_text && closing.starts_with('#') => closing.trim_end(),
                    None => "",
                };
                text.push(signs, layout, links, done);
                let pieces = text.finish(layout, links, done);
                output.record(BlockEvent::Heading(level, pieces));
            }
            LeafBlock::Code(code) => code.finish(layout, output),
            LeafBlock::Table(table) => table.finish(output),
        }
    }
}

/// The style of a heading by its level. Where there are no styles, its number signs are shown.
fn heading(level: u8, first: &mut StyledLine, layout: Layout) -> Style {
    if layout.collects {
        return Style::default();
    }
    if layout.is_plain {
        first.push_str(&"#".repeat(usize::from(level)), Style::default());
        first.push_spaces(1, Style::default());
    }
    // Each level is another one without colours too.
    Style {
        bold: level <= 3,
        italic: matches!(level, 3 | 4 | 6),
        underline: matches!(level, 1 | 4 | 5),
        ..Style::colored(ColorRole::Heading)
    }
}
