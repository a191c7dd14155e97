//! Words of a search found in a text, and the line around them. Pure.

use std::ops::Range;

use stream_markdown::width;

/// A line of a text, or the part of it around a match. It may hold control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    pub line: String,
    /// The match, in bytes of `line`; empty when nothing is to be marked.
    pub found: Range<usize>,
}

/// A word to search for, whatever its case.
#[derive(Debug)]
pub(super) struct SearchWord {
    lower: Vec<char>,
    /// The word itself, if none of its characters has a case: its bytes are compared.
    exact: Option<String>,
}

impl SearchWord {
    pub(super) fn new(word: &str) -> SearchWord {
        let has_case = word
            .chars()
            .any(|c| c.is_lowercase() || c.is_uppercase() || !c.to_lowercase().eq([c]));
        SearchWord {
            lower: word.chars().flat_map(char::to_lowercase).collect(),
            exact: (!has_case).then(|| word.to_owned()),
        }
    }

    /// Its first occurrence in `text`.
    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        if let Some(exact) = &self.exact {
            let start = memchr::memmem::find(text.as_bytes(), exact.as_bytes())?;
            return Some(start..start + exact.len());
        }
        let first = *self.lower.first()?;
        if first.is_ascii() {
            // memchr skips most positions at memory speed.
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

/// The line of `text` with the whole `query`, else with the first of its words that occurs; cut to `columns` columns
/// around the match.
pub fn snippet(text: &str, query: &str, columns: usize) -> Snippet {
    let whole = SearchWord::new(query.trim()).find(text);
    let found = whole.or_else(|| {
        query
            .split_whitespace()
            .find_map(|word| SearchWord::new(word).find(text))
    });
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
    fit(line, found.start - start..found.end.min(end) - start, columns)
}

/// Cuts a line down to `columns` columns around `found`: a third of the room before it, the rest after.
fn fit(line: &str, found: Range<usize>, columns: usize) -> Snippet {
    let indent = line.len() - line.trim_start().len();
    let indent = indent.min(found.start);
    let line = line[indent..].trim_end();
    let found = (found.start - indent).min(line.len())..(found.end - indent).min(line.len());
    if line.len() <= columns || width::of(line) <= columns {
        return Snippet {
            line: line.to_owned(),
            found,
        };
    }
    let (before, rest) = line.split_at(found.start);
    let room_before = width::of(before).min((columns / 3).max(columns.saturating_sub(width::of(rest) + 1)));
    let head = width::fit_end(before, room_before.saturating_sub(1));
    let mut out = String::new();
    if head.len() < before.len() {
        out.push('…');
    }
    out.push_str(head);
    let shift = out.len();
    let room = columns.saturating_sub(width::of(&out));
    let tail = if width::of(rest) <= room {
        rest
    } else {
        width::fit(rest, room.saturating_sub(1))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The snippet with its match in brackets.
    fn marked(text: &str, query: &str, columns: usize) -> String {
        let Snippet { mut line, found } = snippet(text, query, columns);
        assert!(width::of(&line) <= columns, "{line:?} is wider than {columns}");
        line.insert(found.end, ']');
        line.insert(found.start, '[');
        line
    }

    #[test]
    fn shows_the_line_of_the_match() {
        assert_eq!(marked("first\n  second Line \nthird", "LINE", 80), "second [Line]");
        assert_eq!(marked("今天\n天气很好\n", "天气", 80), "[天气]很好");
        assert_eq!(marked("one two\nthree", "three one", 80), "[three]");
        assert_eq!(marked("a\nb two words", "two words", 80), "b [two words]");
        assert_eq!(marked("nothing here", "zzz", 80), "[]nothing here");
        assert_eq!(marked("", "zzz", 80), "[]");
    }

    #[test]
    fn cuts_a_long_line_around_the_match() {
        let long = format!("{}needle{}", "hay ".repeat(100), " hay".repeat(100));
        assert_eq!(marked(&long, "needle", 30), "… hay hay [needle] hay hay hay …");
        assert_eq!(marked(&"雨".repeat(100), "雨", 9), "[雨]雨雨雨…");
        assert_eq!(marked(&format!("{}晴", "雨".repeat(100)), "晴", 10), "…雨雨雨[晴]");
        // The match alone is wider than the room.
        assert_eq!(marked(&"x".repeat(50), &"x".repeat(50), 10), "[xxxxxxxxx]…");
    }

    #[test]
    fn characters_that_change_their_length_with_their_case_are_marked_whole() {
        assert_eq!(marked("aİb ÉTÉ", "été", 80), "aİb [ÉTÉ]");
        assert_eq!(marked("x ẞ y", "ß", 80), "x [ẞ] y");
    }

    #[test]
    fn a_word_is_found_as_a_scan_of_every_position_finds_it() {
        let texts = ["Abc aBC", "中文 and 中", "ÀÉ àé", "kK", "a", ""];
        let words = ["abc", "C", "文", "中文 ", "àé", "é", "k", "b", "aa"];
        for text in texts {
            for word in words {
                let slow = text.char_indices().find_map(|(at, _)| {
                    let rest: String = text[at..].to_lowercase();
                    rest.starts_with(&word.to_lowercase()).then_some(at)
                });
                assert_eq!(
                    SearchWord::new(word).find(text).map(|found| found.start),
                    slow,
                    "{word:?} in {text:?}"
                );
            }
        }
    }
}
