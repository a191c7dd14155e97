//! Where words stand in a text, and the line around them. Pure.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A line of a text, or the part of it around a match. Foreign text: not cleaned for a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    pub line: String,
    /// The match, in bytes of `line`, on character boundaries; empty where nothing is to be marked.
    pub found: Range<usize>,
}

/// A word to look for, in whatever case.
#[derive(Debug)]
pub(super) struct Word {
    lower: Vec<char>,
    /// The word itself where no character of it has a case: bytes are compared as they are.
    exact: Option<String>,
}

impl Word {
    pub(super) fn new(word: &str) -> Word {
        let has_case = word
            .chars()
            .any(|c| c.is_lowercase() || c.is_uppercase() || !c.to_lowercase().eq([c]));
        Word {
            lower: word.chars().flat_map(char::to_lowercase).collect(),
            exact: (!has_case).then(|| word.to_owned()),
        }
    }

    /// Where it first stands in `text`.
    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        if let Some(exact) = &self.exact {
            let start = memchr::memmem::find(text.as_bytes(), exact.as_bytes())?;
            return Some(start..start + exact.len());
        }
        let first = *self.lower.first()?;
        if first.is_ascii() {
            // Most positions are passed over at memory speed.
            let bytes = text.as_bytes();
            return memchr::memchr2_iter(first as u8, first.to_ascii_uppercase() as u8, bytes)
                .find_map(|start| self.at(text, start));
        }
        text.char_indices().find_map(|(start, _)| self.at(text, start))
    }

    fn at(&self, text: &str, start: usize) -> Option<Range<usize>> {
        let mut wanted = self.lower.iter();
        for (offset, c) in text.get(start..)?.char_indices() {
            if wanted.as_slice().is_empty() {
                return Some(start..start + offset);
            }
            for lower in c.to_lowercase() {
                if wanted.next() != Some(&lower) {
                    return None;
                }
            }
        }
        wanted.as_slice().is_empty().then_some(start..text.len())
    }
}

/// The line of `text` that shows a match of `query` best: where the query stands as it is, else where its first word
/// that occurs does. At most `width` columns, the match among them.
pub fn snippet(text: &str, query: &str, width: usize) -> Snippet {
    let whole = Word::new(query.trim()).find(text);
    let found = whole.or_else(|| query.split_whitespace().find_map(|word| Word::new(word).find(text)));
    let found = found.unwrap_or(0..0);
    let start = text
        .get(..found.start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    let end = text
        .get(found.start..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |at| found.start + at);
    let line = text.get(start..end).unwrap_or_default();
    // A query of several words may run over the line's end.
    fit(line, found.start - start..found.end.min(end) - start, width)
}

/// Cuts a line down to `width` columns around `found`: a third of the room before it, the rest after.
fn fit(line: &str, found: Range<usize>, width: usize) -> Snippet {
    let indent = line.len() - line.trim_start().len();
    let indent = indent.min(found.start);
    let line = line[indent..].trim_end();
    let found = (found.start - indent).min(line.len())..(found.end - indent).min(line.len());
    if line.len() <= width || line.width() <= width {
        return Snippet {
            line: line.to_owned(),
            found,
        };
    }
    let (before, rest) = line.split_at(found.start);
    let room_before = before
        .width()
        .min((width / 3).max(width.saturating_sub(rest.width() + 1)));
    let head = last_columns(before, room_before.saturating_sub(1));
    let mut out = String::new();
    if head.len() < before.len() {
        out.push('…');
    }
    out.push_str(head);
    let shift = out.len();
    let room = width.saturating_sub(out.width());
    let tail = if rest.width() <= room {
        rest
    } else {
        first_columns(rest, room.saturating_sub(1))
    };
    out.push_str(tail);
    let end = shift + found.len().min(tail.len());
    if tail.len() < rest.len() {
        out.push('…');
    }
    Snippet {
        line: out,
        found: shift..end,
    }
}

/// As much of the beginning as fits into `columns`.
fn first_columns(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += cluster.width();
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// As much of the end as fits into `columns`.
fn last_columns(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let mut start = text.len();
    for (at, cluster) in text.grapheme_indices(true).rev() {
        used += cluster.width();
        if used > columns {
            break;
        }
        start = at;
    }
    &text[start..]
}
