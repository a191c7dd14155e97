//! Blocks whose lines are shown as written: code, math, HTML.

use super::highlight::Highlighter;
use super::line_plan::OpenLeaf;
use super::output::{BlockEvent, CodeSource, Output};
use crate::math;
use crate::style::Style;
use crate::styled_line::StyledLine;
use crate::viewport::Layout;
use crate::width;

/// The widest rule drawn above and below code, in cells.
const MAX_EDGE: usize = 40;

/// How far a formula on lines of its own is indented, in cells.
const FORMULA_INDENT: usize = 2;

/// An open block of lines. Long lines are wrapped by the terminal, so that a copied one is whole.
#[derive(Debug)]
pub(super) struct CodeBlock {
    kind: CodeKind,
    /// What the first line begins with, an item's marker for one; `None` once it is drawn.
    first: Option<StyledLine>,
    prefix: StyledLine,
    colors: Option<Highlighter>,
    /// How many empty lines wait for another line: at the end of the block they are no part of it.
    blanks: usize,
    /// The current line, with the spaces before it.
    line: Option<String>,
    /// Whether the tags of a part that can be folded away (`<details>`) are not shown, and its summary is in bold.
    draws_details: bool,
    /// A formula, of which the lines are shown as written until it ends.
    formula: Option<Formula>,
}

#[derive(Debug)]
struct Formula {
    source: String,
    first: StyledLine,
    layout: Layout,
}

impl Formula {
    /// The lines it is drawn on; `None` where it stays as written.
    fn draw(&self, end: &str, prefix: &StyledLine) -> Option<Vec<StyledLine>> {
        let body = self.source.trim();
        let (body, after) = body.get(2..)?.rsplit_once(end)?;
        let mut drawn = math::display(body)?;
        drawn.last_mut()?.push_str(after);
        let lines = drawn.iter().enumerate().map(|(at, text)| {
            let mut line = if at == 0 { self.first.clone() } else { prefix.clone() };
            line.push_spaces(FORMULA_INDENT, Style::default());
            line.push_str(text, Style::default());
            line
        });
        let lines: Vec<StyledLine> = lines.collect();
        let fits = lines.iter().all(|line| line.width() <= self.layout.width());
        fits.then_some(lines)
    }
}

#[derive(Debug)]
enum CodeKind {
    Fence { mark: u8, length: usize, indent: usize },
    Indented,
    Verbatim { end: &'static str },
}

impl CodeBlock {
    pub(super) fn fenced(
        mark: u8,
        length: usize,
        indent: usize,
        info: &str,
        layout: Layout,
        (mut first, prefix): (StyledLine, StyledLine),
        output: &mut Output,
    ) -> CodeBlock {
        let language = info
            .trim_start()
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | ':'))
            .next()
            .unwrap_or_default();
        let colors = if layout.is_plain || output.events.is_some() {
            None
        } else {
            Highlighter::of(language)
        };
        if output.events.is_none() {
            output.fences += 1;
            if layout.is_ascii {
                first.push_str(&fence(mark, length), Style::default());
                first.push_str(info, Style::default());
            } else {
                let room = layout.width().saturating_sub(first.width());
                first.push_str(&top_edge(language, output.fences, room), Style::dim());
            }
            output.done.push(first);
        }
        let language = language.to_owned();
        output.record(BlockEvent::BeginCode(CodeSource::Fence { language }));
        CodeBlock::new(CodeKind::Fence { mark, length, indent }, prefix.clone(), prefix, colors)
    }

    pub(super) fn indented(first: StyledLine, prefix: StyledLine, output: &mut Output) -> CodeBlock {
        output.record(BlockEvent::BeginCode(CodeSource::Indented));
        CodeBlock::new(CodeKind::Indented, first, prefix, None)
    }

    /// A block of math or HTML: lines up to one that holds `end`, or up to a blank line where that is empty.
    pub(super) fn verbatim(
        end: &'static str,
        first: StyledLine,
        prefix: StyledLine,
        layout: Layout,
        output: &mut Output,
    ) -> CodeBlock {
        output.record(BlockEvent::BeginCode(CodeSource::Verbatim));
        let is_formula = matches!(end, "$$" | "\\]") && layout.replaces_source();
        let formula = is_formula.then(|| Formula {
            source: String::new(),
            first: first.clone(),
            layout,
        });
        CodeBlock {
            formula,
            draws_details: end.is_empty() && layout.replaces_source(),
            ..CodeBlock::new(CodeKind::Verbatim { end }, first, prefix, None)
        }
    }

    fn new(kind: CodeKind, first: StyledLine, prefix: StyledLine, colors: Option<Highlighter>) -> CodeBlock {
        CodeBlock {
            kind,
            first: Some(first),
            prefix,
            colors,
            blanks: 0,
            line: None,
            draws_details: false,
            formula: None,
        }
    }

    /// What the next line of source is read by.
    pub(super) fn open(&self) -> OpenLeaf<'static> {
        match self.kind {
            CodeKind::Fence { mark, length, indent } => OpenLeaf::Fence { mark, length, indent },
            CodeKind::Indented => OpenLeaf::Indented,
            CodeKind::Verbatim { end } => OpenLeaf::Verbatim { end },
        }
    }

    /// Begins a line: spaces and text.
    pub(super) fn begin_line(&mut self, padding: usize, text: &str, output: &mut Output) {
        self.line = Some(String::new());
        if output.events.is_some() {
            for _ in 0..std::mem::take(&mut self.blanks) {
                output.record(BlockEvent::EndOfCodeLine);
            }
        }
        self.push(&" ".repeat(padding), output);
        self.push(text, output);
    }

    /// Takes more of a line.
    pub(super) fn push(&mut self, text: &str, output: &mut Output) {
        if let Some(events) = &mut output.events {
            events.push(BlockEvent::CodeText(text.to_owned()));
            if matches!(self.kind, CodeKind::Fence { .. }) {
                // A line of any length passes without being held.
                return;
            }
        }
        if let Some(line) = &mut self.line {
            line.push_str(text);
        }
    }

    /// Ends the current line, if there is one. Returns whether it is the last of the block.
    pub(super) fn end_line(&mut self, output: &mut Output) -> bool {
        let Some(text) = self.line.take() else {
            return false;
        };
        let is_last = matches!(self.kind, CodeKind::Verbatim { end } if !end.is_empty() && text.contains(end));
        if output.events.is_some() {
            output.record(BlockEvent::EndOfCodeLine);
            return is_last;
        }
        let mut shown = text.trim_end();
        let mut is_summary = false;
        if self.draws_details {
            match details(shown) {
                Details::None => {}
                Details::Edge => return is_last,
                Details::Summary(summary) => (shown, is_summary) = (summary, true),
            }
        }
        output.done.extend(output.gap.take());
        for _ in 0..std::mem::take(&mut self.blanks) {
            output.done.push(self.prefix.head(self.prefix.text().len()));
        }
        let mut line = self.first.take().unwrap_or_else(|| self.prefix.clone());
        match &mut self.colors {
            None if is_summary => line.push_str(&format!("▸ {shown}"), Style::default().bold()),
            Some(colors) => colors.line(shown, &mut output.spent, |text, style| line.push_str(text, style)),
            None => line.push_str(shown, Style::default()),
        }
        let line = line.head(line.text().len());
        if let Some(formula) = &mut self.formula {
            formula.source.push_str(&text);
            formula.source.push('\n');
            let is_wide = line.width() > formula.layout.width();
            output.kept.push(line);
            if is_wide || output.kept.len() > formula.layout.redrawable() {
                self.keep_source(output);
            }
        } else {
            output.done.push(line);
        }
        is_last
    }

    /// Leaves a formula's lines as they are: they cannot be drawn again.
    fn keep_source(&mut self, output: &mut Output) {
        self.formula = None;
        output.done.append(&mut output.kept);
    }

    /// Continues in a window of another size.
    pub(super) fn resize(&mut self, layout: Layout, is_lost: bool, output: &mut Output) {
        if let Some(formula) = &mut self.formula {
            formula.layout = layout;
            if is_lost {
                self.keep_source(output);
            }
        }
    }

    /// Takes a blank line. Returns false when it ends the block.
    pub(super) fn blank(&mut self) -> bool {
        if matches!(self.kind, CodeKind::Indented) {
            self.blanks += 1;
            return true;
        }
        false
    }

    /// Ends the block.
    pub(super) fn finish(self, layout: Layout, output: &mut Output) {
        match self.kind {
            CodeKind::Fence { mark, length, .. } if output.events.is_none() => {
                let mut line = self.prefix;
                if layout.is_ascii {
                    line.push_str(&fence(mark, length), Style::default());
                } else {
                    let room = layout.width().saturating_sub(line.width());
                    line.push_str(&EDGE.repeat(room.clamp(1, MAX_EDGE)), Style::dim());
                }
                output.done.push(line);
            }
            CodeKind::Verbatim { end } => {
                if let Some(formula) = &self.formula {
                    match formula.draw(end, &self.prefix) {
                        Some(mut lines) => {
                            output.kept.clear();
                            output.done.append(&mut lines);
                        }
                        None => output.done.append(&mut output.kept),
                    }
                }
                // Where no line of it is drawn, the marker of its item still is.
                if let Some(first) = self.first.filter(|first| *first != self.prefix) {
                    output.done.extend(output.gap.take());
                    output.done.push(first.head(first.text().len()));
                }
                output.gap = None;
            }
            _ => {}
        }
    }
}

/// What a line of HTML is to a part that can be folded away.
enum Details<'a> {
    /// Its first or last line.
    Edge,
    Summary(&'a str),
    None,
}

fn details(line: &str) -> Details<'_> {
    let line = line.trim();
    let line = ["<details>", "<details open>"]
        .iter()
        .find_map(|tag| line.strip_prefix(tag))
        .unwrap_or(line);
    let line = line.strip_suffix("</details>").unwrap_or(line).trim();
    let summary = line.strip_prefix("<summary>");
    match summary.and_then(|summary| summary.strip_suffix("</summary>")) {
        _ if line.is_empty() => Details::Edge,
        Some(summary) => {
            let summary = summary.trim();
            let bold = [("<b>", "</b>"), ("<strong>", "</strong>")];
            let bare = bold
                .iter()
                .find_map(|(tag, end)| summary.strip_prefix(tag)?.strip_suffix(end));
            Details::Summary(bare.unwrap_or(summary))
        }
        None => Details::None,
    }
}

/// What the rules above and below code are made of.
const EDGE: &str = "─";

/// A fence as it is written.
fn fence(mark: u8, length: usize) -> String {
    char::from(mark).to_string().repeat(length)
}

/// The rule above the code block `number` of the document, in `room` cells. Where they are few, the number stays.
fn top_edge(language: &str, number: usize, room: usize) -> String {
    let number = number.to_string();
    let short = format!("{EDGE}{EDGE} {number} {EDGE}{EDGE}");
    let long = format!("{EDGE}{EDGE} {language} {short}");
    let fits = |edge: &String| width::of(edge) <= room;
    let edge = Some(long).filter(|edge| !language.is_empty() && fits(edge));
    let edge = edge.or(Some(short).filter(fits)).unwrap_or(number);
    let rest = room.min(MAX_EDGE).saturating_sub(width::of(&edge));
    edge + &EDGE.repeat(rest)
}
