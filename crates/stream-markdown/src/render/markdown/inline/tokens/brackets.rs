//! What brackets come to: links, pictures, references, or themselves.

use super::super::delimiter;
use super::super::label::{self, Label};
use super::super::link::{self, Target};
use super::super::node::{Kind, Node};
use super::Reader;

/// A reference whose label leads further than this is shown without the URL: its many uses would be many times the
/// text.
const MAX_URL: usize = 1000;

impl Reader<'_> {
    pub(super) fn bracket(&mut self, text: &'static str) {
        self.brackets.push(self.nodes.len());
        self.push(text.len(), Kind::Bracket { text, is_active: true });
    }

    pub(super) fn close_bracket(&mut self) -> bool {
        let Some(opener) = self.brackets.pop() else {
            self.text(1);
            return true;
        };
        let Kind::Bracket { text, is_active } = self.nodes[opener].kind else {
            self.text(1);
            return true;
        };
        let after = &self.source[self.at + 1..];
        let inline = match after.as_bytes().first() {
            _ if !is_active => Target::None,
            None if !self.complete => Target::Cut,
            Some(b'(') => link::target(&after[1..]),
            _ => Target::None,
        };
        let target = match inline {
            Target::Found(url, length) => Target::Found(url, length + 1),
            Target::Cut if !self.complete => Target::Cut,
            _ if !is_active => Target::None,
            _ => self.reference(opener, after),
        };
        let start = self.nodes[opener].at;
        match target {
            // Nothing of a link is shown before it is whole, unless its line has ended and is there already.
            Target::Cut if !self.source[start..].contains('\n') => {
                self.settled = self.settled.min(start);
                self.nodes.truncate(opener);
                return false;
            }
            Target::Cut => self.settled = self.settled.min(start),
            Target::Found(url, length) => {
                self.link(opener, text == "![", &url, 1 + length);
                return true;
            }
            Target::None => {}
        }
        self.nodes[opener].kind = Kind::Text(text.to_owned());
        // No link, unless something before turns out to have this bracket inside it.
        self.pairs.push((start, self.at));
        self.push(1, Kind::Text("]".to_owned()));
        true
    }

    /// Where the brackets that end here lead by a definition: by the label after them, else by their own text.
    fn reference(&mut self, opener: usize, after: &str) -> Target {
        let start = self.nodes[opener].at;
        let own = || label::key(self.source[start..self.at].trim_start_matches('!').strip_prefix('[')?);
        let (label, length) = match label::read(after) {
            Label::Cut if !self.complete => return Target::Cut,
            Label::Found(label, length) => (Some(label), length),
            Label::Empty => (own(), 2),
            Label::None | Label::Cut => (own(), 0),
        };
        let Some(label) = label else {
            return Target::None;
        };
        match self.links.defined(&label) {
            Some(url) if url.len() <= MAX_URL => Target::Found(url.to_owned(), length),
            Some(_) => Target::Found(String::new(), length),
            None => {
                self.missed.push((start, label));
                Target::None
            }
        }
    }

    fn link(&mut self, opener: usize, is_image: bool, url: &str, length: usize) {
        let number = self.links.number(url);
        let inside = &mut self.nodes[opener + 1..];
        delimiter::pair(inside, &mut self.pairs);
        delimiter::seal(inside);
        self.pairs.push((self.nodes[opener].at, self.at));
        let inside = &mut self.nodes[opener + 1..];
        let mut text = String::new();
        for node in inside {
            if let Kind::Text(part) | Kind::Code(part) | Kind::Url(part) = &node.kind {
                text.push_str(part);
            }
            node.in_link = true;
            node.link = number;
        }
        self.nodes[opener].kind = Kind::Text(String::new());
        if !link::is_same(&text, url) && !url.is_empty() {
            let shown = if text.is_empty() {
                url.to_owned()
            } else {
                format!(" ({url})")
            };
            let mut node = Node::new(self.at, Kind::Url(shown));
            node.in_link = true;
            node.link = number;
            self.nodes.push(node);
        }
        if !is_image {
            // Links hold no links.
            let is_doubtful = self.settled <= self.nodes[opener].at;
            for at in self.brackets.iter().copied() {
                let node = &mut self.nodes[at];
                if let Kind::Bracket { text: "[", is_active } = &mut node.kind {
                    if is_doubtful && *is_active {
                        self.settled = self.settled.min(node.at);
                    }
                    *is_active = false;
                }
            }
        }
        self.at += length;
    }
}
