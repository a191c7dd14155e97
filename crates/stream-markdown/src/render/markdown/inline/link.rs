//! Where links lead.

use std::collections::{HashMap, HashSet};

use super::entity::{self, Entity};
use crate::text::sanitize;

/// What is known of the document's links.
#[derive(Debug, Default)]
pub(crate) struct Links {
    is_enabled: bool,
    /// The targets of the links drawn so far, by number. Stays empty where the terminal has no links.
    targets: Vec<String>,
    numbers: HashMap<String, u32>,
    /// Where the labels defined so far lead.
    defined: HashMap<String, String>,
    /// Labels that stand on the screen as they were written, because they were not defined then.
    missed: HashSet<String>,
}

impl Links {
    pub(crate) fn new(is_enabled: bool) -> Links {
        Links {
            is_enabled,
            ..Links::default()
        }
    }

    /// The number of a target from 1; 0 for one that is not to be a link: only the web is.
    pub(in super::super) fn number(&mut self, url: &str) -> u32 {
        let scheme = url.split(':').next().unwrap_or_default();
        let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        if !self.is_enabled || !is_web || !url.contains("://") {
            return 0;
        }
        if let Some(number) = self.numbers.get(url) {
            return *number;
        }
        self.targets.push(escaped(url));
        let number = u32::try_from(self.targets.len()).unwrap_or(0);
        self.numbers.insert(url.to_owned(), number);
        number
    }

    pub(crate) fn targets(&self) -> &[String] {
        &self.targets
    }

    /// From here on `label` leads to `url`, unless it leads somewhere already. True when it was used before: the use
    /// cannot be changed any more.
    pub(in super::super) fn define(&mut self, label: String, url: String) -> bool {
        let is_missed = self.missed.remove(&label);
        self.defined.entry(label).or_insert(url);
        is_missed
    }

    /// Where a label leads.
    pub(super) fn defined(&self, label: &str) -> Option<&str> {
        self.defined.get(label).map(String::as_str)
    }

    /// A label is used that leads nowhere yet.
    pub(super) fn miss(&mut self, label: String) {
        self.missed.insert(label);
    }
}

/// A URL of printable ASCII only, as OSC 8 wants it.
fn escaped(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Whether a link's text already says where it leads.
pub(super) fn is_same(text: &str, url: &str) -> bool {
    let bare = url
        .strip_prefix("mailto:")
        .or_else(|| url.strip_prefix("https://"))
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or(url);
    text == url || text == bare || text == bare.trim_end_matches('/')
}

#[derive(Debug, PartialEq)]
pub(super) enum Target {
    /// The URL, made safe, and how many bytes of source it takes up to and with `)`.
    Found(String, usize),
    None,
    /// The source ends before it can be told.
    Cut,
}

/// Reads what follows `](`.
pub(super) fn target(source: &str) -> Target {
    let start = source.len() - source.trim_start().len();
    let (url, mut at) = match destination(&source[start..]) {
        Target::Found(url, length) => (url, start + length),
        other => return other,
    };
    let spaces = source[at..].len() - source[at..].trim_start().len();
    at += spaces;
    if spaces > 0 && source[at..].starts_with(['"', '\'', '(']) {
        match title(&source[at..]) {
            Target::Found(_, length) => at += length,
            other => return other,
        }
        at += source[at..].len() - source[at..].trim_start().len();
    }
    match source[at..].bytes().next() {
        Some(b')') => Target::Found(url, at + 1),
        Some(_) => Target::None,
        None => Target::Cut,
    }
}

/// The URL that a whole destination means.
pub(in super::super) fn url_of(source: &str) -> String {
    match destination(&format!("{source} ")) {
        Target::Found(url, _) => url,
        Target::None | Target::Cut => String::new(),
    }
}

fn destination(source: &str) -> Target {
    let is_angled = source.starts_with('<');
    let mut url = String::new();
    let mut depth = 0;
    let mut at = usize::from(is_angled);
    while let Some(c) = source[at..].chars().next() {
        match c {
            '\\' => match source[at + 1..].chars().next() {
                Some(next) if next.is_ascii_punctuation() => {
                    url.push(next);
                    at += 2;
                    continue;
                }
                Some(_) => url.push('\\'),
                None => return Target::Cut,
            },
            '&' => {
                if let Entity::Found(text, length) = entity::read(&source[at..]) {
                    url.push_str(&text);
                    at += length;
                    continue;
                }
                url.push('&');
            }
            '>' if is_angled => return Target::Found(sanitize::safe_line(&url), at + 1),
            '\n' | '<' if is_angled => return Target::None,
            '(' if !is_angled => {
                depth += 1;
                url.push(c);
            }
            ')' if !is_angled && depth == 0 => return Target::Found(sanitize::safe_line(&url), at),
            ')' if !is_angled => {
                depth -= 1;
                url.push(c);
            }
            c if !is_angled && c.is_ascii_whitespace() => {
                return if depth == 0 {
                    Target::Found(sanitize::safe_line(&url), at)
                } else {
                    Target::None
                };
            }
            _ => url.push(c),
        }
        at += c.len_utf8();
    }
    Target::Cut
}

fn title(source: &str) -> Target {
    let close = match source.as_bytes().first() {
        Some(b'(') => b')',
        Some(quote) => *quote,
        None => return Target::Cut,
    };
    let mut is_escaped = false;
    for (at, byte) in source.bytes().enumerate().skip(1) {
        if !is_escaped && byte == close {
            return Target::Found(String::new(), at + 1);
        }
        is_escaped = !is_escaped && byte == b'\\';
    }
    Target::Cut
}
