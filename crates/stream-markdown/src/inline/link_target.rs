//! The target of an inline link: `(url "title")`.

use super::entity::{self, Entity};
use crate::sanitize;

/// Whether a link's text is its URL.
pub(crate) fn is_same(text: &str, url: &str) -> bool {
    let bare = url
        .strip_prefix("mailto:")
        .or_else(|| url.strip_prefix("https://"))
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or(url);
    text == url || text == bare || text == bare.trim_end_matches('/')
}

#[derive(Debug, PartialEq)]
pub(crate) enum LinkTarget {
    /// The URL, made safe, and the length in bytes of source, `)` included.
    Found(String, usize),
    None,
    /// The source ends before it is certain.
    Incomplete,
}

/// Reads what follows `](`.
pub(crate) fn target(source: &str) -> LinkTarget {
    let start = source.len() - source.trim_start().len();
    let (url, mut at) = match destination(&source[start..]) {
        LinkTarget::Found(url, length) => (url, start + length),
        other => return other,
    };
    let spaces = source[at..].len() - source[at..].trim_start().len();
    at += spaces;
    if spaces > 0 && source[at..].starts_with(['"', '\'', '(']) {
        match title(&source[at..]) {
            LinkTarget::Found(_, length) => at += length,
            other => return other,
        }
        at += source[at..].len() - source[at..].trim_start().len();
    }
    match source[at..].bytes().next() {
        Some(b')') => LinkTarget::Found(url, at + 1),
        Some(_) => LinkTarget::None,
        None => LinkTarget::Incomplete,
    }
}

/// The URL of a complete destination.
pub(crate) fn url_of(source: &str) -> String {
    match destination(&format!("{source} ")) {
        LinkTarget::Found(url, _) => url,
        LinkTarget::None | LinkTarget::Incomplete => String::new(),
    }
}

fn destination(source: &str) -> LinkTarget {
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
                None => return LinkTarget::Incomplete,
            },
            '&' => {
                if let Entity::Found(text, length) = entity::read(&source[at..]) {
                    url.push_str(&text);
                    at += length;
                    continue;
                }
                url.push('&');
            }
            '>' if is_angled => return LinkTarget::Found(sanitize::safe_line(&url), at + 1),
            '\n' | '<' if is_angled => return LinkTarget::None,
            '(' if !is_angled => {
                depth += 1;
                url.push(c);
            }
            ')' if !is_angled && depth == 0 => return LinkTarget::Found(sanitize::safe_line(&url), at),
            ')' if !is_angled => {
                depth -= 1;
                url.push(c);
            }
            c if !is_angled && c.is_ascii_whitespace() => {
                return if depth == 0 {
                    LinkTarget::Found(sanitize::safe_line(&url), at)
                } else {
                    LinkTarget::None
                };
            }
            _ => url.push(c),
        }
        at += c.len_utf8();
    }
    LinkTarget::Incomplete
}

fn title(source: &str) -> LinkTarget {
    let close = match source.as_bytes().first() {
        Some(b'(') => b')',
        Some(quote) => *quote,
        None => return LinkTarget::Incomplete,
    };
    let mut is_escaped = false;
    for (at, byte) in source.bytes().enumerate().skip(1) {
        if !is_escaped && byte == close {
            return LinkTarget::Found(String::new(), at + 1);
        }
        is_escaped = !is_escaped && byte == b'\\';
    }
    LinkTarget::Incomplete
}
