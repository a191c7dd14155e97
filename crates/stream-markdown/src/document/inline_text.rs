//! The text of a paragraph or a heading, wrapped while its markup is read.

use std::collections::VecDeque;

use crate::inline::{self, InlineMode, InlinePiece, Links, ParsedInline};
use crate::line_wrapper::LineWrapper;
use crate::style::Style;
use crate::styled_line::StyledLine;
use crate::viewport::Layout;

/// Text with inline markup, of which the end is still open.
#[derive(Debug)]
pub(super) struct InlineText {
    wrapper: LineWrapper,
    /// Source of which the meaning may still change.
    source: String,
    /// What is shown for that source meanwhile.
    tentative: Vec<InlinePiece>,
    /// The character before the source.
    before: Option<char>,
    base: Style,
    /// What the screen shows of that source for good, since the window has changed.
    shown: VecDeque<char>,
    /// The pieces that are settled, where they are collected and not wrapped.
    collected: Option<Vec<InlinePiece>>,
}

impl InlineText {
    pub(super) fn new(first: StyledLine, prefix: StyledLine, base: Style, layout: Layout) -> InlineText {
        InlineText {
            wrapper: LineWrapper::new(layout.prose_width(), first, prefix),
            source: String::new(),
            tentative: Vec::new(),
            before: None,
            base,
            shown: VecDeque::new(),
            collected: layout.collects.then(Vec::new),
        }
    }

    /// Appends source without a line end.
    pub(super) fn push(&mut self, text: &str, layout: Layout, links: &mut Links, out: &mut Vec<StyledLine>) {
        let mut rest = text;
        while !rest.is_empty() {
            if self.source.is_empty() {
                let plain = inline::plain_length(rest, self.before);
                if plain > 0 {
                    self.feed(&[InlinePiece::Text(rest[..plain].to_owned(), self.base)], out);
                    self.before = rest[..plain].chars().next_back();
                    rest = &rest[plain..];
                    continue;
                }
            }
            let limit = layout.undecided_bytes();
            let room = limit.saturating_sub(self.source.len()).max(1);
            let mut take = rest.len().min(room);
            while !rest.is_char_boundary(take) {
                take += 1;
            }
            self.source.push_str(&rest[..take]);
            rest = &rest[take..];
            self.settle(layout, links, out);
            if self.source.len() >= limit {
                self.decide(layout, links, out);
            }
        }
    }

    /// Ends the line.
    pub(super) fn newline(&mut self, layout: Layout, links: &mut Links, out: &mut Vec<StyledLine>) {
        if self.source.is_empty() {
            self.feed(&[InlinePiece::Break], out);
            self.before = Some('\n');
            return;
        }
        self.source.push('\n');
        self.settle(layout, links, out);
        if memchr::memchr_iter(b'\n', self.source.as_bytes()).count() > layout.undecided_lines() {
            self.decide(layout, links, out);
        }
    }

    fn parse(&self, complete: bool, layout: Layout, links: &mut Links) -> ParsedInline {
        let mode = InlineMode {
            complete,
            is_cut: self.source.len() >= layout.undecided_bytes(),
            // What the screen shows for good shows the source.
            replaces_source: layout.replaces_source() && self.shown.is_empty(),
        };
        inline::parse(&self.source, self.before, mode, self.base, links)
    }

    /// Moves what is settled out of the source.
    fn settle(&mut self, layout: Layout, links: &mut Links, out: &mut Vec<StyledLine>) {
        let mut parsed = self.parse(false, layout, links);
        self.tentative = parsed.pieces.split_off(parsed.settled_pieces);
        self.feed(&parsed.pieces, out);
        self.before = self.source[..parsed.settled].chars().next_back().or(self.before);
        self.source.drain(..parsed.settled);
        if self.source.is_empty() {
            self.shown.clear();
        }
    }

    /// Settles all of the source, as if nothing followed.
    fn decide(&mut self, layout: Layout, links: &mut Links, out: &mut Vec<StyledLine>) {
        let parsed = self.parse(true, layout, links);
        self.feed(&parsed.pieces, out);
        self.before = self.source.chars().next_back().or(self.before);
        self.source.clear();
        self.tentative.clear();
        self.shown.clear();
    }

    /// Ends the text, of which the last line goes to `out` too. Returns what was collected.
    pub(super) fn finish(mut self, layout: Layout, links: &mut Links, out: &mut Vec<StyledLine>) -> Vec<InlinePiece> {
        self.decide(layout, links, out);
        self.collected.unwrap_or_else(|| {
            self.wrapper.current(out);
            Vec::new()
        })
    }

    /// Appends the lines after those that went to `out`, which may still change.
    pub(super) fn tail(&self, out: &mut Vec<StyledLine>) {
        let mut wrapper = self.wrapper.clone();
        for piece in &self.tentative {
            put(&mut wrapper, piece, out);
        }
        wrapper.current(out);
    }

    /// The part of the unfinished line that is final.
    pub(super) fn fixed(&self) -> StyledLine {
        self.wrapper.settled()
    }

    /// The unfinished line, where the terminal may have wrapped it, so that text can only be added to it.
    pub(super) fn pinned(&self) -> Option<StyledLine> {
        self.wrapper.pinned()
    }

    /// Continues in a window of another size. Where what is on the screen cannot be drawn again (`is_lost`), it stays
    /// as it was shown.
    pub(super) fn resize(&mut self, layout: Layout, is_lost: bool, out: &mut Vec<StyledLine>) {
        if is_lost {
            let tentative = std::mem::take(&mut self.tentative);
            for piece in &tentative {
                put(&mut self.wrapper, piece, out);
                match piece {
                    InlinePiece::Text(text, _) => self.shown.extend(text.chars()),
                    InlinePiece::Break => self.shown.push_back('\n'),
                }
            }
            self.wrapper.pin(out);
        }
        self.wrapper.set_columns(layout.prose_width(), layout.columns);
    }

    fn feed(&mut self, pieces: &[InlinePiece], out: &mut Vec<StyledLine>) {
        if let Some(collected) = &mut self.collected {
            collected.extend_from_slice(pieces);
            return;
        }
        for piece in pieces {
            match piece {
                InlinePiece::Text(text, style) => {
                    let from = self.pass(text);
                    self.wrapper.push(&text[from..], *style, out);
                }
                InlinePiece::Break if self.pass("\n") == 0 => self.wrapper.newline(out),
                InlinePiece::Break => {}
            }
        }
    }

    /// Returns where the part of `text` begins that is not on the screen for good. Marks may be missing on either side:
    /// what was shown in bold may turn out to have stars, and what had stars to be bold.
    fn pass(&mut self, text: &str) -> usize {
        for (at, c) in text.char_indices() {
            loop {
                match self.shown.front() {
                    None => return at,
                    Some(shown) if *shown == c => {
                        self.shown.pop_front();
                        break;
                    }
                    Some(shown) if is_mark(*shown) => {
                        self.shown.pop_front();
                    }
                    Some(_) if is_mark(c) => break,
                    Some(_) => {
                        self.shown.clear();
                        return at;
                    }
                }
            }
        }
        text.len()
    }
}

fn is_mark(c: char) -> bool {
    c.is_ascii_punctuation() || c.is_whitespace()
}

fn put(wrapper: &mut LineWrapper, piece: &InlinePiece, out: &mut Vec<StyledLine>) {
    match piece {
        InlinePiece::Text(text, style) => wrapper.push(text, *style, out),
        InlinePiece::Break => wrapper.newline(out),
    }
}
