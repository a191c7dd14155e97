//! Places in a text that keys go to, as readline and vi have them. Pure.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// Where a key goes from the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motion {
    Left,
    Right,
    /// To the beginning of a word.
    WordLeft(WordKind),
    /// Behind the end of a word.
    WordRight(WordKind),
    /// To the beginning of the next word: vi's `w`.
    WordStart(WordKind),
    /// Onto the last character of a word: vi's `e`.
    WordEnd(WordKind),
    LineStart,
    /// To the first character of the line that is not blank.
    FirstPrint,
    LineEnd,
    LineUp,
    LineDown,
    Start,
    End,
    Find(CharSearch),
}

/// What makes up a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WordKind {
    /// Letters and digits.
    Emacs,
    /// Letters, digits and `_`; what stands between is words too.
    Vi,
    /// Everything but blanks.
    Big,
}

/// A character looked for in the line: vi's `f`, `F`, `t`, `T`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CharSearch {
    pub(super) c: char,
    pub(super) is_backward: bool,
    /// The place is one before it.
    pub(super) is_before: bool,
    /// It is looked for once more: `;` and `,`.
    pub(super) is_again: bool,
}

impl Motion {
    /// Whether the place is right of the cursor.
    pub(super) fn is_forward(self) -> bool {
        use Motion::*;
        matches!(
            self,
            Right | WordRight(_) | WordStart(_) | WordEnd(_) | LineEnd | LineDown | End
        ) || matches!(self, Find(search) if !search.is_backward)
    }

    /// The target in bytes; `from` if the motion has no target.
    pub(super) fn target(self, text: &str, from: usize) -> usize {
        match self {
            Motion::Left => left(text, from),
            Motion::Right => right(text, from),
            Motion::WordLeft(kind) => {
                let mut characters = text[..from].char_indices().rev().peekable();
                let mut at = from;
                while let Some((before, _)) = characters.next_if(|(_, c)| kind.class(*c) == CharClass::Between) {
                    at = before;
                }
                let class = characters.peek().map(|(_, c)| kind.class(*c));
                while let Some((before, _)) = characters.next_if(|(_, c)| Some(kind.class(*c)) == class) {
                    at = before;
                }
                at
            }
            Motion::WordRight(kind) => {
                let at = skip(text, from, |c| kind.class(c) == CharClass::Between);
                past_word(text, at, kind)
            }
            Motion::WordStart(kind) => {
                let at = past_word(text, from, kind);
                skip(text, at, |c| kind.class(c) == CharClass::Between)
            }
            Motion::WordEnd(kind) => {
                let at = skip(text, right(text, from), |c| kind.class(c) == CharClass::Between);
                let end = past_word(text, at, kind);
                left(text, end).max(from)
            }
            Motion::LineStart => line_start(text, from),
            Motion::FirstPrint => {
                let start = line_start(text, from);
                skip(text, start, |c| c.is_whitespace() && c != '\n')
            }
            Motion::LineEnd => line_end(text, from),
            Motion::LineUp => match line_start(text, from) {
                0 => from,
                start => same_column(text, line_start(text, start - 1), from),
            },
            Motion::LineDown => match line_end(text, from) {
                end if end == text.len() => from,
                end => same_column(text, end + 1, from),
            },
            Motion::Start => 0,
            Motion::End => text.len(),
            Motion::Find(search) => find(text, from, search, 1).unwrap_or(from),
        }
    }

    /// The place after so many of the motion.
    pub(super) fn repeated(self, text: &str, from: usize, count: usize) -> usize {
        if let Motion::Find(search) = self {
            return find(text, from, search, count).unwrap_or(from);
        }
        let mut at = from;
        for _ in 0..count.min(text.len() + 1) {
            let next = self.target(text, at);
            if next == at {
                break;
            }
            at = next;
        }
        at
    }

    /// The part of the text that is deleted by going there.
    pub(super) fn range(self, text: &str, from: usize, count: usize) -> std::ops::Range<usize> {
        match self {
            Motion::LineUp | Motion::LineDown => {
                let (a, b) = (from, self.repeated(text, from, count));
                let end = line_end(text, a.max(b));
                return with_newline(text, line_start(text, a.min(b))..end);
            }
            Motion::Find(search) => {
                return match find(text, from, search, count) {
                    Some(to) if search.is_backward => to..from,
                    Some(to) => from..right(text, to),
                    None => from..from,
                };
            }
            _ => {}
        }
        let to = self.repeated(text, from, count);
        match self {
            _ if to < from => to..from,
            // With the character that it goes to.
            Motion::WordEnd(_) => from..right(text, to),
            // At an end of the line that is the line end itself.
            Motion::LineEnd if to == from => from..right(text, from),
            Motion::LineStart if to == from => left(text, from)..from,
            _ => from..to,
        }
    }
}

/// A line with the line end behind it, or else the one before it.
pub(super) fn with_newline(text: &str, line: std::ops::Range<usize>) -> std::ops::Range<usize> {
    match (text[line.end..].is_empty(), line.start) {
        (false, start) => start..line.end + 1,
        (true, 0) => line,
        (true, start) => start - 1..line.end,
    }
}

/// The line around a place, without its line end.
pub(super) fn line_at(text: &str, at: usize) -> std::ops::Range<usize> {
    line_start(text, at)..line_end(text, at)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CharClass {
    Between,
    Word,
    Other,
}

impl WordKind {
    fn class(self, c: char) -> CharClass {
        match self {
            WordKind::Emacs if c.is_alphanumeric() => CharClass::Word,
            WordKind::Emacs => CharClass::Between,
            _ if c.is_whitespace() => CharClass::Between,
            WordKind::Vi if !c.is_alphanumeric() && c != '_' => CharClass::Other,
            WordKind::Vi | WordKind::Big => CharClass::Word,
        }
    }
}

fn left(text: &str, from: usize) -> usize {
    let mut cursor = GraphemeCursor::new(from, text.len(), true);
    cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

fn right(text: &str, from: usize) -> usize {
    from + text[from..].graphemes(true).next().map_or(0, str::len)
}

fn skip(text: &str, from: usize, skips: impl Fn(char) -> bool) -> usize {
    let rest = &text[from..];
    from + rest.find(|c| !skips(c)).unwrap_or(rest.len())
}

fn past_word(text: &str, from: usize, kind: WordKind) -> usize {
    let class = text[from..].chars().next().map(|c| kind.class(c));
    skip(text, from, |c| {
        class != Some(CharClass::Between) && Some(kind.class(c)) == class
    })
}

fn line_start(text: &str, from: usize) -> usize {
    text[..from].rfind('\n').map_or(0, |at| at + 1)
}

fn line_end(text: &str, from: usize) -> usize {
    text[from..].find('\n').map_or(text.len(), |at| from + at)
}

/// The character of the line at `start` that is as far in it as `from` in its own.
fn same_column(text: &str, start: usize, from: usize) -> usize {
    let column = text[line_start(text, from)..from].graphemes(true).count();
    let line = &text[start..line_end(text, start)];
    start + line.grapheme_indices(true).nth(column).map_or(line.len(), |(at, _)| at)
}

/// The place of a character in the line, the `count`th one; `None` where there are fewer.
fn find(text: &str, from: usize, search: CharSearch, count: usize) -> Option<usize> {
    let line = line_at(text, from);
    // The one that the cursor stands before already is not found again.
    let passes = search.is_before && search.is_again;
    let nth = count.saturating_sub(1);
    if search.is_backward {
        let end = if passes { left(text, from).max(line.start) } else { from };
        let found = text[line.start..end].rmatch_indices(search.c).nth(nth);
        let at = line.start + found?.0;
        return Some(if search.is_before { right(text, at) } else { at });
    }
    let next = right(text, from);
    let begin = if passes { right(text, next) } else { next }.min(line.end);
    let at = begin + text[begin..line.end].match_indices(search.c).nth(nth)?.0;
    Some(if search.is_before { left(text, at) } else { at })
}
