//! Inline source cut into nodes, up to where it can be told what they are.

mod brackets;

use super::delimiter;
use super::entity::{self, Entity};
use super::html::{self, Angle};
use super::link::Links;
use super::node::{Kind, Node};

struct Reader<'a> {
    source: &'a str,
    at: usize,
    complete: bool,
    nodes: Vec<Node>,
    /// Where the source stops being certain, whatever the nodes say.
    settled: usize,
    /// The open brackets among the nodes.
    brackets: Vec<usize>,
    /// Lengths of backtick runs that have no partner in the rest of the source.
    lonely: Vec<usize>,
    /// Where the links found begin and end.
    pairs: Vec<(usize, usize)>,
    missed: Vec<(usize, String)>,
    links: &'a mut Links,
}

/// Source cut up: how many of its bytes are certain as far as this file knows, and where its links lie.
pub(super) struct Tokens {
    pub nodes: Vec<Node>,
    pub settled: usize,
    pub pairs: Vec<(usize, usize)>,
    /// The labels that are not defined, and where each use begins.
    pub missed: Vec<(usize, String)>,
}

/// The nodes of `source`.
pub(super) fn read(source: &str, before: Option<char>, complete: bool, links: &mut Links) -> Tokens {
    let mut reader = Reader {
        source,
        at: 0,
        complete,
        nodes: Vec::new(),
        settled: source.len(),
        brackets: Vec::new(),
        lonely: Vec::new(),
        pairs: Vec::new(),
        missed: Vec::new(),
        links,
    };
    while reader.at < source.len() && reader.step(before) {}
    Tokens {
        nodes: reader.nodes,
        settled: reader.settled,
        pairs: reader.pairs,
        missed: reader.missed,
    }
}

impl Reader<'_> {
    /// Reads one node; false when the rest has to wait.
    fn step(&mut self, before: Option<char>) -> bool {
        let rest = &self.source[self.at..];
        let plain = rest.bytes().position(is_special).unwrap_or(rest.len());
        if plain > 0 {
            self.text(plain);
            return true;
        }
        match rest.as_bytes()[0] {
            b'\n' => self.push(1, Kind::Break),
            b'\\' => return self.escape(),
            b'`' => return self.code(),
            mark @ (b'*' | b'_' | b'~') => return self.run(char::from(mark), before),
            b'!' if rest.len() == 1 => return self.wait(),
            b'!' if rest.as_bytes()[1] == b'[' => self.bracket("!["),
            b'[' => self.bracket("["),
            b']' => return self.close_bracket(),
            b'<' => return self.angle(),
            b'&' => return self.entity(),
            b'$' => return self.math(),
            _ => self.text(1),
        }
        true
    }

    /// Takes the next `length` bytes as text. Math may hold line ends.
    fn text(&mut self, length: usize) {
        let end = self.at + length;
        while let Some(line) = memchr::memchr(b'\n', &self.source.as_bytes()[self.at..end]) {
            self.line(line);
            self.push(1, Kind::Break);
        }
        self.line(end - self.at);
    }

    fn line(&mut self, length: usize) {
        let text = &self.source[self.at..self.at + length];
        match self.nodes.last_mut() {
            _ if text.is_empty() => {}
            Some(Node {
                kind: Kind::Text(last),
                in_link: false,
                ..
            }) if self.settled > self.at => last.push_str(text),
            _ => self.nodes.push(Node::text(self.at, text)),
        }
        self.at += length;
    }

    fn push(&mut self, length: usize, kind: Kind) {
        self.nodes.push(Node::new(self.at, kind));
        self.at += length;
    }

    /// What begins here is not decided; everything before it is.
    fn doubt(&mut self) {
        self.settled = self.settled.min(self.at);
    }

    /// Stops here until more has come. With nothing more to come, this is text.
    fn wait(&mut self) -> bool {
        if self.complete {
            self.text(1);
            return true;
        }
        self.doubt();
        false
    }

    fn escape(&mut self) -> bool {
        let Some(next) = self.source[self.at + 1..].chars().next() else {
            return self.wait();
        };
        if next == '(' || next == '[' {
            let close = if next == '(' { "\\)" } else { "\\]" };
            if let Some(end) = self.source[self.at..].find(close) {
                self.text(end + 2);
                return true;
            }
            if !self.complete {
                // Most likely math: shown as written, until it is told to be a mere escape.
                self.doubt();
                self.text(self.source.len() - self.at);
                return false;
            }
        }
        if next == '\n' {
            self.push(2, Kind::Break);
        } else if next.is_ascii_punctuation() {
            self.push(2, Kind::Text(next.to_string()));
        } else {
            self.text(1);
        }
        true
    }

    fn code(&mut self) -> bool {
        let rest = &self.source[self.at..];
        let ticks = rest.bytes().take_while(|b| *b == b'`').count();
        if ticks == rest.len() && !self.complete {
            return self.wait();
        }
        let body = &rest[ticks..];
        let close = if self.lonely.contains(&ticks) {
            None
        } else {
            run_of_ticks(body, ticks)
        };
        // A run at the very end may still grow into a longer one, which is no partner.
        if let Some(end) = close.filter(|end| self.complete || end + ticks < body.len()) {
            self.push(ticks + end + ticks, Kind::Code(code_text(&body[..end])));
            return true;
        }
        if self.complete {
            self.lonely.push(ticks);
            self.text(ticks);
            return true;
        }
        self.doubt();
        if body.contains('\n') && close.is_none() {
            // The line has ended: shown as written, until a later line closes it after all.
            self.text(ticks);
            return true;
        }
        let shown = body.trim_end_matches('`');
        self.push(rest.len(), Kind::Code(code_text(shown)));
        false
    }

    fn run(&mut self, mark: char, before: Option<char>) -> bool {
        let rest = &self.source[self.at..];
        let length = rest.chars().take_while(|c| *c == mark).count();
        if length == rest.len() && !self.complete {
            return self.wait();
        }
        let before = self.source[..self.at].chars().next_back().or(before);
        let run = delimiter::run(mark, length, before, rest[length..].chars().next());
        self.push(length, Kind::Delimiter(run));
        true
    }

    fn angle(&mut self) -> bool {
        let rest = &self.source[self.at..];
        match html::read(rest) {
            Angle::Link(length) => {
                let url = &rest[1..length - 1];
                let mut node = Node::text(self.at, url);
                node.in_link = true;
                node.link = self.links.number(url);
                self.nodes.push(node);
                self.at += length;
            }
            Angle::Tag(length) => self.text(length),
            Angle::Break(length) => self.push(length, Kind::Break),
            Angle::None => self.text(1),
            Angle::Cut => return self.wait(),
        }
        true
    }

    fn entity(&mut self) -> bool {
        match entity::read(&self.source[self.at..]) {
            Entity::Found(text, length) => self.push(length, Kind::Text(text)),
            Entity::None => self.text(1),
            Entity::Cut => return self.wait(),
        }
        true
    }

    /// `$…$` and `$$…$$` are shown as written, and nothing in them is markup.
    fn math(&mut self) -> bool {
        let rest = &self.source[self.at..];
        if rest.len() == 1 {
            return self.wait();
        }
        let mark = if rest.starts_with("$$") { "$$" } else { "$" };
        let body = &rest[mark.len()..];
        let line = body.find('\n').unwrap_or(body.len());
        if mark == "$" && body.starts_with([' ', '\n']) {
            self.text(1);
            return true;
        }
        match math_end(mark, &body[..if mark == "$" { line } else { body.len() }]) {
            Some(end) => {
                let whole = end + 2 * mark.len();
                let is_certain = mark == "$$" || self.complete || whole < rest.len();
                if !is_certain {
                    self.doubt();
                }
                self.text(whole);
            }
            None => {
                if !self.complete && (line == body.len() || mark == "$$") {
                    self.doubt();
                }
                self.text(mark.len());
            }
        }
        true
    }
}

/// Whether a byte may begin anything but text.
pub(crate) fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'\\' | b'`' | b'*' | b'_' | b'~' | b'[' | b']' | b'!' | b'<' | b'&' | b'$' | b'\n'
    )
}

/// Where a run of exactly `ticks` backticks begins.
fn run_of_ticks(text: &str, ticks: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'`', &bytes[at..]) {
        let start = at + found;
        let length = bytes[start..].iter().take_while(|b| **b == b'`').count();
        if length == ticks {
            return Some(start);
        }
        at = start + length;
    }
    None
}

/// How many bytes of code or of a formula `source` begins with, marks included: nothing in them is markup.
pub(crate) fn literal(source: &str) -> usize {
    let ticks = source.bytes().take_while(|b| *b == b'`').count();
    if ticks > 0 {
        return run_of_ticks(&source[ticks..], ticks).map_or(ticks, |end| end + 2 * ticks);
    }
    for (open, close) in [("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")] {
        if let Some(body) = source.strip_prefix(open) {
            return math_end(close, body).map_or(0, |end| end + 2 * close.len());
        }
    }
    0
}

/// Where the body of a formula ends.
fn math_end(close: &str, body: &str) -> Option<usize> {
    match close {
        "$" if body.starts_with([' ', '\n']) => None,
        "$" => dollar(body),
        close => body.find(close),
    }
}

/// A code span's text: its line ends are spaces, and one space on each side is not part of it.
fn code_text(text: &str) -> String {
    let text = text.replace('\n', " ");
    match text.strip_prefix(' ').and_then(|text| text.strip_suffix(' ')) {
        Some(inner) if !inner.trim().is_empty() => inner.to_owned(),
        _ => text,
    }
}

/// Where inline math ends: at a dollar after no space and before no digit.
fn dollar(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    memchr::memchr_iter(b'$', bytes).find(|at| {
        *at > 0 && !matches!(bytes[at - 1], b' ' | b'\\') && !bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
    })
}
