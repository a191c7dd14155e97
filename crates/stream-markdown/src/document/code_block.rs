//! Blocks whose lines are shown as they are: code, and what is not Markdown.

use super::highlight::Highlighter;
use super::line_plan::OpenLeaf;
use crate::line_buffer::{FencedCode, LineBuffer};
use crate::style::Style;
use crate::styled_line::StyledLine;

/// An open block of lines. Wrapping long ones is left to the terminal, so that copying gives the text back.
#[derive(Debug)]
pub(super) struct CodeBlock {
    kind: CodeKind,
    /// What the next line begins with, where that differs from `prefix`: an item's marker.
    first: Option<StyledLine>,
    prefix: StyledLine,
    colors: Option<Highlighter>,
    /// Empty lines that belong to the block only if more follows.
    blanks: usize,
    /// The line so far, with the spaces before it.
    line: Option<String>,
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
        is_plain: bool,
        (first, prefix): (StyledLine, StyledLine),
        buffer: &mut LineBuffer,
    ) -> CodeBlock {
        if let Some(taken) = &mut buffer.code {
            taken.push(FencedCode::Begin);
        }
        let language = info
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | ':'))
            .next()
            .unwrap_or_default();
        let colors = if is_plain || buffer.code.is_some() {
            None
        } else {
            Highlighter::of(language)
        };
        CodeBlock::new(CodeKind::Fence { mark, length, indent }, first, prefix, colors)
    }

    pub(super) fn indented(first: StyledLine, prefix: StyledLine) -> CodeBlock {
        CodeBlock::new(CodeKind::Indented, first, prefix, None)
    }

    /// Lines up to one that holds `end`; up to a blank one when that is empty.
    pub(super) fn verbatim(end: &'static str, first: StyledLine, prefix: StyledLine) -> CodeBlock {
        CodeBlock::new(CodeKind::Verbatim { end }, first, prefix, None)
    }

    fn new(kind: CodeKind, first: StyledLine, prefix: StyledLine, colors: Option<Highlighter>) -> CodeBlock {
        CodeBlock {
            kind,
            first: Some(first),
            prefix,
            colors,
            blanks: 0,
            line: None,
        }
    }

    /// What the next line of source has to know.
    pub(super) fn open(&self) -> OpenLeaf<'static> {
        match self.kind {
            CodeKind::Fence { mark, length, indent } => OpenLeaf::Fence { mark, length, indent },
            CodeKind::Indented => OpenLeaf::Indented,
            CodeKind::Verbatim { end } => OpenLeaf::Verbatim { end },
        }
    }

    /// Where its text goes as it comes, if not on the screen.
    fn taken<'a>(&self, buffer: &'a mut LineBuffer) -> Option<&'a mut Vec<FencedCode>> {
        buffer
            .code
            .as_mut()
            .filter(|_| matches!(self.kind, CodeKind::Fence { .. }))
    }

    /// Begins a line: spaces and text.
    pub(super) fn begin_line(&mut self, padding: usize, text: &str, buffer: &mut LineBuffer) {
        self.line = Some(String::new());
        self.push(&" ".repeat(padding), buffer);
        self.push(text, buffer);
    }

    /// Takes more of a line.
    pub(super) fn push(&mut self, text: &str, buffer: &mut LineBuffer) {
        if let Some(taken) = self.taken(buffer) {
            taken.push(FencedCode::Text(text.to_owned()));
        } else if let Some(line) = &mut self.line {
            line.push_str(text);
        }
    }

    /// Ends the line, if there is one. True when it is the last of the block.
    pub(super) fn end_line(&mut self, buffer: &mut LineBuffer) -> bool {
        let Some(text) = self.line.take() else {
            return false;
        };
        if let Some(taken) = self.taken(buffer) {
            taken.push(FencedCode::EndOfLine);
            return false;
        }
        for _ in 0..std::mem::take(&mut self.blanks) {
            buffer.done.push(self.prefix.head(self.prefix.text().len()));
        }
        let mut line = self.first.take().unwrap_or_else(|| self.prefix.clone());
        let shown = text.trim_end();
        match &mut self.colors {
            Some(colors) => colors.line(shown, &mut buffer.spent, |text, style| line.push_str(text, style)),
            None => line.push_str(shown, Style::default()),
        }
        buffer.done.push(line.head(line.text().len()));
        matches!(self.kind, CodeKind::Verbatim { end } if !end.is_empty() && text.contains(end))
    }

    /// Meets a blank line. False when that ends the block.
    pub(super) fn blank(&mut self) -> bool {
        if matches!(self.kind, CodeKind::Indented) {
            self.blanks += 1;
            return true;
        }
        false
    }

    /// Ends the block. One that never had a line still shows the marker it stands behind.
    pub(super) fn finish(self, out: &mut Vec<StyledLine>) {
        if let Some(first) = self.first
            && first != self.prefix
        {
            out.push(first.head(first.text().len()));
        }
    }
}
