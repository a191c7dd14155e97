//! Text being wrapped while its inline markup is found out.

use super::inline::{self, Links, Piece};
use super::page::Measure;
use crate::text::line::Line;
use crate::text::style::Style;
use crate::text::wrap::Wrap;

/// The text of a paragraph or a heading.
#[derive(Debug)]
pub(super) struct Text {
    wrap: Wrap,
    /// Source that is not settled yet.
    source: String,
    /// What is shown for it meanwhile.
    tentative: Vec<Piece>,
    /// The character before the source.
    before: Option<char>,
    base: Style,
    /// Characters of what the source will come to that are on the screen for good already.
    shown: usize,
}

impl Text {
    pub(super) fn new(first: Line, prefix: Line, base: Style, measure: Measure) -> Text {
        Text {
            wrap: Wrap::new(measure.width(), first, prefix),
            source: String::new(),
            tentative: Vec::new(),
            before: None,
            base,
            shown: 0,
        }
    }

    /// Appends source without a line end.
    pub(super) fn push(&mut self, text: &str, measure: Measure, links: &mut Links, out: &mut Vec<Line>) {
        let mut rest = text;
        while !rest.is_empty() {
            if self.source.is_empty() {
                let plain = rest.bytes().position(inline::is_special).unwrap_or(rest.len());
                if plain > 0 {
                    self.feed(&[Piece::Text(rest[..plain].to_owned(), self.base)], out);
                    self.before = rest[..plain].chars().next_back();
                    rest = &rest[plain..];
                    continue;
                }
            }
            let limit = measure.undecided_bytes();
            let room = limit.saturating_sub(self.source.len()).max(1);
            let mut take = rest.len().min(room);
            while !rest.is_char_boundary(take) {
                take += 1;
            }
            self.source.push_str(&rest[..take]);
            rest = &rest[take..];
            self.settle(links, out);
            if self.source.len() >= limit {
                self.decide(links, out);
            }
        }
    }

    /// Ends the line.
    pub(super) fn newline(&mut self, measure: Measure, links: &mut Links, out: &mut Vec<Line>) {
        if self.source.is_empty() {
            self.feed(&[Piece::Break], out);
            self.before = Some('\n');
            return;
        }
        self.source.push('\n');
        self.settle(links, out);
        if memchr::memchr_iter(b'\n', self.source.as_bytes()).count() > measure.undecided_lines() {
            self.decide(links, out);
        }
    }

    /// Takes what is certain out of the source.
    fn settle(&mut self, links: &mut Links, out: &mut Vec<Line>) {
        let mut parsed = inline::parse(&self.source, self.before, false, self.base, links);
        self.tentative = parsed.pieces.split_off(parsed.settled_pieces);
        self.feed(&parsed.pieces, out);
        self.before = self.source[..parsed.settled].chars().next_back().or(self.before);
        self.source.drain(..parsed.settled);
    }

    /// Decides the source as if nothing followed.
    fn decide(&mut self, links: &mut Links, out: &mut Vec<Line>) {
        let parsed = inline::parse(&self.source, self.before, true, self.base, links);
        self.feed(&parsed.pieces, out);
        self.before = self.source.chars().next_back().or(self.before);
        self.source.clear();
        self.tentative.clear();
    }

    /// Ends the text; its last line goes to `out` with the others.
    pub(super) fn finish(mut self, links: &mut Links, out: &mut Vec<Line>) {
        self.decide(links, out);
        self.wrap.current(out);
    }

    /// What stands after the finished lines at this moment.
    pub(super) fn tail(&self, out: &mut Vec<Line>) {
        let mut wrap = self.wrap.clone();
        for piece in &self.tentative {
            put(&mut wrap, piece, out);
        }
        wrap.current(out);
    }

    /// The part of the unfinished line that will stay where it is.
    pub(super) fn fixed(&self) -> Line {
        self.wrap.settled()
    }

    /// The window has another size. Where what is on the screen cannot be reached any more (`is_lost`), it stays
    /// as it was shown.
    pub(super) fn resize(&mut self, measure: Measure, is_lost: bool, out: &mut Vec<Line>) {
        if is_lost {
            let tentative = std::mem::take(&mut self.tentative);
            let shown: usize = tentative.iter().map(length).sum();
            self.shown = self.shown.max(shown);
            for piece in &tentative {
                put(&mut self.wrap, piece, out);
            }
            self.wrap.pin(measure.columns, out);
        }
        self.wrap.set_columns(measure.width());
    }

    fn feed(&mut self, pieces: &[Piece], out: &mut Vec<Line>) {
        for piece in pieces {
            let length = length(piece);
            if self.shown >= length {
                self.shown -= length;
                continue;
            }
            match piece {
                Piece::Text(text, style) if self.shown > 0 => {
                    let skip = text.char_indices().nth(self.shown).map_or(text.len(), |(at, _)| at);
                    self.wrap.push(&text[skip..], *style, out);
                    self.shown = 0;
                }
                piece => put(&mut self.wrap, piece, out),
            }
        }
    }
}

fn put(wrap: &mut Wrap, piece: &Piece, out: &mut Vec<Line>) {
    match piece {
        Piece::Text(text, style) => wrap.push(text, *style, out),
        Piece::Break => wrap.newline(out),
    }
}

fn length(piece: &Piece) -> usize {
    match piece {
        Piece::Text(text, _) => text.chars().count(),
        Piece::Break => 1,
    }
}
