//! Blocks whose lines are shown as they are: code, and what is not Markdown.

use super::highlight::Highlighter;
use super::page::{Fenced, Page};
use super::scan::Open;
use crate::text::line::Line;
use crate::text::style::Style;

/// An open block of lines. Wrapping long ones is left to the terminal, so that copying gives the text back.
#[derive(Debug)]
pub(super) struct Code {
    kind: Kind,
    /// What the next line begins with, where that differs from `prefix`: an item's marker.
    first: Option<Line>,
    prefix: Line,
    colors: Option<Highlighter>,
    /// Empty lines that belong to the block only if more follows.
    blanks: usize,
    /// The line so far, with the spaces before it.
    line: Option<String>,
}

#[derive(Debug)]
enum Kind {
    Fence { mark: u8, length: usize, indent: usize },
    Indented,
    Verbatim { end: &'static str },
}

impl Code {
    pub(super) fn fenced(
        mark: u8,
        length: usize,
        indent: usize,
        info: &str,
        is_plain: bool,
        (first, prefix): (Line, Line),
        page: &mut Page,
    ) -> Code {
        if let Some(taken) = &mut page.code {
            taken.push(Fenced::Begin);
        }
        let language = info
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | ':'))
            .next()
            .unwrap_or_default();
        let colors = if is_plain || page.code.is_some() {
            None
        } else {
            Highlighter::of(language)
        };
        Code::new(Kind::Fence { mark, length, indent }, first, prefix, colors)
    }

    pub(super) fn indented(first: Line, prefix: Line) -> Code {
        Code::new(Kind::Indented, first, prefix, None)
    }

    /// Lines up to one that holds `end`; up to a blank one when that is empty.
    pub(super) fn verbatim(end: &'static str, first: Line, prefix: Line) -> Code {
        Code::new(Kind::Verbatim { end }, first, prefix, None)
    }

    fn new(kind: Kind, first: Line, prefix: Line, colors: Option<Highlighter>) -> Code {
        Code {
            kind,
            first: Some(first),
            prefix,
            colors,
            blanks: 0,
            line: None,
        }
    }

    /// What the next line of source has to know.
    pub(super) fn open(&self) -> Open<'static> {
        match self.kind {
            Kind::Fence { mark, length, indent } => Open::Fence { mark, length, indent },
            Kind::Indented => Open::Indented,
            Kind::Verbatim { end } => Open::Verbatim { end },
        }
    }

    /// Where its text goes as it comes, if not on the screen.
    fn taken<'a>(&self, page: &'a mut Page) -> Option<&'a mut Vec<Fenced>> {
        page.code.as_mut().filter(|_| matches!(self.kind, Kind::Fence { .. }))
    }

    /// Begins a line: spaces and text.
    pub(super) fn begin_line(&mut self, padding: usize, text: &str, page: &mut Page) {
        self.line = Some(String::new());
        self.push(&" ".repeat(padding), page);
        self.push(text, page);
    }

    /// Takes more of a line.
    pub(super) fn push(&mut self, text: &str, page: &mut Page) {
        if let Some(taken) = self.taken(page) {
            taken.push(Fenced::Text(text.to_owned()));
        } else if let Some(line) = &mut self.line {
            line.push_str(text);
        }
    }

    /// Ends the line, if there is one. True when it is the last of the block.
    pub(super) fn end_line(&mut self, page: &mut Page) -> bool {
        let Some(text) = self.line.take() else {
            return false;
        };
        if let Some(taken) = self.taken(page) {
            taken.push(Fenced::EndOfLine);
            return false;
        }
        for _ in 0..std::mem::take(&mut self.blanks) {
            page.done.push(self.prefix.head(self.prefix.text().len()));
        }
        let mut line = self.first.take().unwrap_or_else(|| self.prefix.clone());
        let shown = text.trim_end();
        match &mut self.colors {
            Some(colors) => colors.line(shown, &mut page.spent, |text, style| line.push_str(text, style)),
            None => line.push_str(shown, Style::default()),
        }
        page.done.push(line.head(line.text().len()));
        matches!(self.kind, Kind::Verbatim { end } if !end.is_empty() && text.contains(end))
    }

    /// Meets a blank line. False when that ends the block.
    pub(super) fn blank(&mut self) -> bool {
        if matches!(self.kind, Kind::Indented) {
            self.blanks += 1;
            return true;
        }
        false
    }

    /// Ends the block. One that never had a line still shows the marker it stands behind.
    pub(super) fn finish(self, out: &mut Vec<Line>) {
        if let Some(first) = self.first
            && first != self.prefix
        {
            out.push(first.head(first.text().len()));
        }
    }
}
