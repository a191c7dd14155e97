//! Cuts inline source into nodes, as far as it is certain what they are.

use super::InlineMode;
use super::address::{self, Address};
use super::angle_bracket::{self, AngleBracket, FormatTag};
use super::emphasis;
use super::entity::{self, Entity};
use super::footnote::{self, Footnote};
use super::link_label::{self, LinkLabel};
use super::link_target::{self, LinkTarget};
use super::links::Links;
use super::literal::{code_text, math_end, run_of_ticks};
use super::node::{self, InlineNode, NodeKind};
use crate::math;

/// The longest URL that is shown behind a reference, in bytes: many uses of a long one would be many times the text.
const MAX_URL: usize = 1000;

struct Tokenizer<'a> {
    source: &'a str,
    at: usize,
    mode: InlineMode,
    nodes: Vec<InlineNode>,
    /// Where in the source the first node begins that is not settled.
    settled: usize,
    /// The open brackets among the nodes.
    brackets: Vec<usize>,
    /// Lengths of backtick runs that no run closes in the rest of the source.
    unpaired: Vec<usize>,
    /// Where each link begins and ends.
    pairs: Vec<(usize, usize)>,
    unresolved: Vec<(usize, String)>,
    links: &'a mut Links,
}

/// The nodes of a source, how many bytes of it are settled before emphasis is looked at, and where its links lie.
pub(crate) struct Tokens {
    pub nodes: Vec<InlineNode>,
    pub settled: usize,
    pub pairs: Vec<(usize, usize)>,
    /// The labels that are not defined, and where each use begins.
    pub unresolved: Vec<(usize, String)>,
}

/// The nodes of `source`.
pub(crate) fn read(source: &str, before: Option<char>, mode: InlineMode, links: &mut Links) -> Tokens {
    let mut reader = Tokenizer {
        source,
        at: 0,
        mode,
        nodes: Vec::new(),
        settled: source.len(),
        brackets: Vec::new(),
        unpaired: Vec::new(),
        pairs: Vec::new(),
        unresolved: Vec::new(),
        links,
    };
    while reader.at < source.len() && reader.step(before) {}
    Tokens {
        nodes: reader.nodes,
        settled: reader.settled,
        pairs: reader.pairs,
        unresolved: reader.unresolved,
    }
}

impl Tokenizer<'_> {
    /// Reads one node. Returns false when the rest depends on what follows.
    fn step(&mut self, before: Option<char>) -> bool {
        let rest = &self.source[self.at..];
        let plain = plain_length(rest, self.source[..self.at].chars().next_back().or(before));
        if plain > 0 {
            self.text(plain);
            return true;
        }
        match rest.as_bytes()[0] {
            b'\n' => self.push(1, NodeKind::Break),
            b'\\' => return self.escape(),
            b'`' => return self.code(),
            mark @ (b'*' | b'_' | b'~') => return self.run(char::from(mark), before),
            b'!' if rest.len() == 1 => return self.wait(),
            b'!' if rest.as_bytes()[1] == b'[' => self.bracket("!["),
            b'[' if self.mode.replaces_source && rest.len() == 1 => return self.wait(),
            b'[' if self.mode.replaces_source && rest.as_bytes()[1] == b'^' => return self.footnote(before),
            b'[' => self.bracket("["),
            b']' => return self.close_bracket(),
            b'<' => return self.angle(),
            b'&' => return self.entity(),
            b'$' => return self.math(before),
            b'h' => return self.address(),
            _ => self.text(1),
        }
        true
    }

    /// Takes the next `length` bytes as text. Math may hold line ends.
    fn text(&mut self, length: usize) {
        let end = self.at + length;
        while let Some(line) = memchr::memchr(b'\n', &self.source.as_bytes()[self.at..end]) {
            self.line(line);
            self.push(1, NodeKind::Break);
        }
        self.line(end - self.at);
    }

    fn line(&mut self, length: usize) {
        let text = &self.source[self.at..self.at + length];
        match self.nodes.last_mut() {
            _ if text.is_empty() => {}
            Some(InlineNode {
                kind: NodeKind::Text(last),
                in_link: false,
                ..
            }) if self.settled > self.at => last.push_str(text),
            _ => self.nodes.push(InlineNode::text(self.at, text)),
        }
        self.at += length;
    }

    fn push(&mut self, length: usize, kind: NodeKind) {
        self.nodes.push(InlineNode::new(self.at, kind));
        self.at += length;
    }

    /// What begins here is not settled.
    fn mark_unsettled(&mut self) {
        self.settled = self.settled.min(self.at);
    }

    /// Stops here until more has come; at the end of the source this is text.
    fn wait(&mut self) -> bool {
        if self.mode.complete {
            self.text(1);
            return true;
        }
        self.mark_unsettled();
        false
    }

    fn escape(&mut self) -> bool {
        let Some(next) = self.source[self.at + 1..].chars().next() else {
            return self.wait();
        };
        if next == '(' || next == '[' {
            let close = if next == '(' { "\\)" } else { "\\]" };
            if let Some(end) = self.source[self.at..].find(close) {
                self.formula(2, end - 2, end + 2);
                return true;
            }
            if !self.mode.complete {
                // Most likely math: shown as written, until it turns out to be an escape.
                self.mark_unsettled();
                self.text(self.source.len() - self.at);
                return false;
            }
        }
        if next == '\n' {
            self.push(2, NodeKind::Break);
        } else if next.is_ascii_punctuation() {
            self.push(2, NodeKind::Text(next.to_string()));
        } else {
            self.text(1);
        }
        true
    }

    fn code(&mut self) -> bool {
        let rest = &self.source[self.at..];
        let ticks = rest.bytes().take_while(|b| *b == b'`').count();
        if ticks == rest.len() && !self.mode.complete {
            return self.wait();
        }
        let body = &rest[ticks..];
        let close = if self.unpaired.contains(&ticks) {
            None
        } else {
            run_of_ticks(body, ticks)
        };
        // A run at the end of the source may still become longer, and then close nothing.
        if let Some(end) = close.filter(|end| self.mode.complete || end + ticks < body.len()) {
            self.push(ticks + end + ticks, NodeKind::Code(code_text(&body[..end])));
            return true;
        }
        if self.mode.complete {
            self.unpaired.push(ticks);
            self.text(ticks);
            return true;
        }
        self.mark_unsettled();
        if body.contains('\n') && close.is_none() {
            // The line has ended: shown as written, until a later line closes it.
            self.text(ticks);
            return true;
        }
        let shown = body.trim_end_matches('`');
        self.push(rest.len(), NodeKind::Code(code_text(shown)));
        false
    }

    fn run(&mut self, mark: char, before: Option<char>) -> bool {
        let rest = &self.source[self.at..];
        let length = rest.chars().take_while(|c| *c == mark).count();
        if length == rest.len() && !self.mode.complete {
            return self.wait();
        }
        let before = self.source[..self.at].chars().next_back().or(before);
        let run = emphasis::run(mark, length, before, rest[length..].chars().next());
        self.push(length, NodeKind::Delimiter(run));
        true
    }

    fn angle(&mut self) -> bool {
        let rest = &self.source[self.at..];
        match angle_bracket::read(rest) {
            AngleBracket::Link(length) => self.autolink(1, length - 2, 1),
            AngleBracket::Format { tag, is_end, length } if self.mode.replaces_source => {
                self.format(tag, is_end, length)
            }
            AngleBracket::Tag(length) | AngleBracket::Format { length, .. } => self.text(length),
            AngleBracket::Break(length) => self.push(length, NodeKind::Break),
            AngleBracket::None => self.text(1),
            AngleBracket::Incomplete => return self.wait(),
        }
        true
    }

    /// Takes a tag that formats text. One without its counterpart is shown as written.
    fn format(&mut self, tag: FormatTag, is_end: bool, length: usize) {
        if !is_end {
            let source = self.source[self.at..self.at + length].to_owned();
            self.push(length, NodeKind::Tag(tag, source));
            return;
        }
        let is_opener = |node: &InlineNode| matches!(node.kind, NodeKind::Tag(opened, _) if opened == tag);
        let Some(opener) = self.nodes.iter().rposition(is_opener) else {
            self.text(length);
            return;
        };
        node::format(&mut self.nodes[opener + 1..], tag);
        self.nodes[opener].kind = NodeKind::Text(String::new());
        self.pairs.push((self.nodes[opener].at, self.at));
        self.push(length, NodeKind::Text(String::new()));
    }

    fn footnote(&mut self, before: Option<char>) -> bool {
        let begins_line = matches!(self.source[..self.at].chars().next_back().or(before), None | Some('\n'));
        match footnote::read(&self.source[self.at..], begins_line, self.mode) {
            Footnote::Found(mark, length) => self.push(length, NodeKind::Text(mark)),
            Footnote::None => self.bracket("["),
            Footnote::Incomplete => return self.wait(),
        }
        true
    }

    fn address(&mut self) -> bool {
        match address::read(&self.source[self.at..], self.mode) {
            Address::Found(length) => self.autolink(0, length, 0),
            Address::None => self.text(1),
            Address::Incomplete => return self.wait(),
        }
        true
    }

    /// Takes an address of `length` bytes that is its own text, between so many bytes that are not part of it.
    fn autolink(&mut self, open: usize, length: usize, close: usize) {
        let url = &self.source[self.at + open..][..length];
        let mut node = InlineNode::text(self.at, url);
        node.in_link = true;
        node.link = self.links.number(url);
        self.nodes.push(node);
        self.at += open + length + close;
    }

    fn entity(&mut self) -> bool {
        match entity::read(&self.source[self.at..]) {
            Entity::Found(text, length) => self.push(length, NodeKind::Text(text)),
            Entity::None => self.text(1),
            Entity::Incomplete => return self.wait(),
        }
        true
    }

    /// `$…$` and `$$…$$`: nothing in a formula is markup.
    fn math(&mut self, before: Option<char>) -> bool {
        let rest = &self.source[self.at..];
        let dollars = rest.bytes().take_while(|b| *b == b'$').count();
        if dollars == rest.len() && !self.mode.complete {
            return self.wait();
        }
        let mark = match dollars {
            1 => "$",
            2 => "$$",
            _ => {
                self.text(dollars);
                return true;
            }
        };
        let body = &rest[mark.len()..];
        let line = body.find('\n').unwrap_or(body.len());
        if mark == "$" && body.starts_with([' ', '\n']) {
            self.text(1);
            return true;
        }
        let Some(end) = math_end(mark, &body[..if mark == "$" { line } else { body.len() }]) else {
            if !self.mode.complete && (line == body.len() || mark == "$$") {
                self.mark_unsettled();
            }
            self.text(mark.len());
            return true;
        };
        let (body, whole) = (&body[..end], end + 2 * mark.len());
        let after = &rest[whole..];
        if !self.mode.complete && after.len() < 2 {
            self.mark_unsettled();
        }
        let before = self.source[..self.at].chars().next_back().or(before);
        let is_formula = match mark {
            "$" => math::is_formula(body, before, after),
            // `$$` to `$$$` is a range of prices.
            _ => math::is_formula(body.trim(), None, "") && !after.starts_with('$'),
        };
        match (is_formula, mark) {
            (true, _) => self.formula(mark.len(), end, whole),
            (false, "$") => self.text(1),
            (false, _) => self.text(whole),
        }
        true
    }

    /// Takes a formula of `whole` bytes, the source of which follows `mark` bytes. What cannot be drawn is shown as
    /// written.
    fn formula(&mut self, mark: usize, length: usize, whole: usize) {
        let source = &self.source[self.at + mark..][..length];
        match math::inline(source).filter(|_| self.mode.replaces_source) {
            Some(text) => self.push(whole, NodeKind::Text(text)),
            None => self.text(whole),
        }
    }

    fn bracket(&mut self, text: &'static str) {
        self.brackets.push(self.nodes.len());
        self.push(text.len(), NodeKind::Bracket { text, is_active: true });
    }

    fn close_bracket(&mut self) -> bool {
        let Some(opener) = self.brackets.pop() else {
            self.text(1);
            return true;
        };
        let NodeKind::Bracket { text, is_active } = self.nodes[opener].kind else {
            self.text(1);
            return true;
        };
        let after = &self.source[self.at + 1..];
        let inline = match after.as_bytes().first() {
            _ if !is_active => LinkTarget::None,
            None if !self.mode.complete => LinkTarget::Incomplete,
            Some(b'(') => link_target::target(&after[1..]),
            _ => LinkTarget::None,
        };
        let target = match inline {
            LinkTarget::Found(url, length) => LinkTarget::Found(url, length + 1),
            LinkTarget::Incomplete if !self.mode.complete => LinkTarget::Incomplete,
            _ if !is_active => LinkTarget::None,
            _ => self.reference(opener, after),
        };
        let start = self.nodes[opener].at;
        match target {
            // A link is not shown before it is complete, unless its line has ended and is shown already.
            LinkTarget::Incomplete if !self.source[start..].contains('\n') => {
                self.settled = self.settled.min(start);
                self.nodes.truncate(opener);
                return false;
            }
            LinkTarget::Incomplete => self.settled = self.settled.min(start),
            LinkTarget::Found(url, length) => {
                self.link(opener, text == "![", &url, 1 + length);
                return true;
            }
            LinkTarget::None => {}
        }
        self.nodes[opener].kind = NodeKind::Text(text.to_owned());
        // No link by itself, but it may be part of one that begins before.
        self.pairs.push((start, self.at));
        self.push(1, NodeKind::Text("]".to_owned()));
        true
    }

    /// The target of a reference that ends here: of the label after the brackets, else of the text in them.
    fn reference(&mut self, opener: usize, after: &str) -> LinkTarget {
        let start = self.nodes[opener].at;
        let own = || link_label::key(self.source[start..self.at].trim_start_matches('!').strip_prefix('[')?);
        let (label, length) = match link_label::read(after) {
            LinkLabel::Incomplete if !self.mode.complete => return LinkTarget::Incomplete,
            LinkLabel::Found(label, length) => (Some(label), length),
            LinkLabel::Empty => (own(), 2),
            LinkLabel::None | LinkLabel::Incomplete => (own(), 0),
        };
        let Some(label) = label else {
            return LinkTarget::None;
        };
        match self.links.defined(&label) {
            Some(url) if url.len() <= MAX_URL => LinkTarget::Found(url.to_owned(), length),
            Some(_) => LinkTarget::Found(String::new(), length),
            None => {
                self.unresolved.push((start, label));
                LinkTarget::None
            }
        }
    }

    fn link(&mut self, opener: usize, is_image: bool, url: &str, length: usize) {
        let number = self.links.number(url);
        let inside = &mut self.nodes[opener + 1..];
        emphasis::pair(inside, &mut self.pairs);
        emphasis::make_literal(inside);
        self.pairs.push((self.nodes[opener].at, self.at));
        let inside = &mut self.nodes[opener + 1..];
        let mut text = String::new();
        for node in inside {
            if let NodeKind::Tag(_, source) = &mut node.kind {
                node.kind = NodeKind::Text(std::mem::take(source));
            }
            if let NodeKind::Text(part) | NodeKind::Code(part) | NodeKind::Url(part) = &node.kind {
                text.push_str(part);
            }
            node.in_link = true;
            node.link = number;
        }
        self.nodes[opener].kind = NodeKind::Text(String::new());
        if !link_target::is_same(&text, url) && !url.is_empty() {
            let shown = if text.is_empty() {
                url.to_owned()
            } else {
                format!(" ({url})")
            };
            let mut node = InlineNode::new(self.at, NodeKind::Url(shown));
            node.in_link = true;
            node.link = number;
            self.nodes.push(node);
        }
        if !is_image {
            // Links hold no links.
            let is_unsettled = self.settled <= self.nodes[opener].at;
            for at in self.brackets.iter().copied() {
                let node = &mut self.nodes[at];
                if let NodeKind::Bracket { text: "[", is_active } = &mut node.kind {
                    if is_unsettled && *is_active {
                        self.settled = self.settled.min(node.at);
                    }
                    *is_active = false;
                }
            }
        }
        self.at += length;
    }
}

/// How many bytes at the beginning of `text` are no markup and no address. `before` is the character before it.
pub(crate) fn plain_length(text: &str, before: Option<char>) -> usize {
    let bytes = text.as_bytes();
    let is_word = |at: usize| match at.checked_sub(1) {
        Some(at) => bytes[at].is_ascii_alphanumeric(),
        None => before.is_some_and(|c| c.is_ascii_alphanumeric()),
    };
    let is_address = |at: usize| bytes[at] == b'h' && address::may_begin(&text[at..]) && !is_word(at);
    let is_markup = |at: usize| is_special(bytes[at]) || is_address(at);
    (0..bytes.len()).find(|at| is_markup(*at)).unwrap_or(bytes.len())
}

/// Whether a byte may begin markup.
fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'\\' | b'`' | b'*' | b'_' | b'~' | b'[' | b']' | b'!' | b'<' | b'&' | b'$' | b'\n'
    )
}
