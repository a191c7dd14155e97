//! Wraps text into lines while it arrives.
//!
//! Lines break at spaces and between Chinese or Japanese characters, where the punctuation rules allow it; a word
//! longer than a line breaks between graphemes. A line that is broken off is final.

use unicode_segmentation::UnicodeSegmentation;

use crate::line_break::{can_break, must_not_end, must_not_start};
use crate::style::Style;
use crate::styled_line::StyledLine;
use crate::width;

/// The longest cluster, in bytes: no script needs longer ones, and combining marks could go on without end.
const MAX_CLUSTER: usize = 64;

/// How many bytes of text are cut into clusters together.
const MAX_PIECE: usize = 4096;

/// The most bytes of a line for each of its columns: marks that take no room could go on without end.
const MAX_BYTES: usize = 16;

/// Text that is being wrapped.
#[derive(Clone, Debug)]
pub(crate) struct LineWrapper {
    columns: usize,
    /// What every line after the first begins with.
    prefix: StyledLine,
    /// The unfinished line, its prefix included.
    line: StyledLine,
    /// Bytes of the unfinished line that are prefix.
    prefix_len: usize,
    /// Where the unfinished line can be broken: where it would end, and where the next would begin, in bytes.
    break_at: Option<(usize, usize)>,
    /// Spaces that show only if something follows them on the line.
    spaces: Option<(usize, Style)>,
    /// The last cluster, which a combining mark could still join.
    open: String,
    open_style: Style,
    /// The last character of the last cluster on the line.
    last: Option<char>,
    /// The unfinished line is on the screen, and the terminal may have wrapped it.
    is_pinned: bool,
}

impl LineWrapper {
    /// A wrapper for lines of at most `columns` cells; `first` begins the first line, `prefix` all others.
    pub(crate) fn new(columns: usize, first: StyledLine, prefix: StyledLine) -> LineWrapper {
        LineWrapper {
            columns,
            prefix,
            prefix_len: first.text().len(),
            line: first,
            break_at: None,
            spaces: None,
            open: String::new(),
            open_style: Style::default(),
            last: None,
            is_pinned: false,
        }
    }

    /// Continues with lines of `columns` cells in a window of `window`. What is on the unfinished line stays there.
    pub(crate) fn set_columns(&mut self, columns: usize, window: usize) {
        self.columns = columns;
        self.prefix = self.prefix.clipped(columns / 2);
        if self.is_pinned {
            self.line.fold(window);
        }
    }

    /// Keeps what is on the unfinished line where it is, since the terminal may have wrapped it.
    pub(crate) fn pin(&mut self, out: &mut Vec<StyledLine>) {
        self.close(out);
        self.prefix_len = self.line.text().len();
        self.break_at = None;
        self.is_pinned = true;
    }

    /// The part of a pinned line that no further text can move to the next.
    pub(crate) fn pinned(&self) -> Option<StyledLine> {
        let end = self.break_at.map_or(self.prefix_len, |(end, _)| end);
        self.is_pinned.then(|| self.line.head(end))
    }

    /// Appends text; lines that it finishes go to `out`.
    pub(crate) fn push(&mut self, text: &str, style: Style, out: &mut Vec<StyledLine>) {
        if style != self.open_style {
            self.close(out);
            self.open_style = style;
        }
        // In pieces, since a cluster without end is scanned again for each part that is cut off it.
        let mut text = text;
        while !text.is_empty() {
            let (piece, rest) = text.split_at(floor_char(text, text.len().min(MAX_PIECE)));
            self.push_piece(piece, style, out);
            text = rest;
        }
    }

    fn push_piece(&mut self, text: &str, style: Style, out: &mut Vec<StyledLine>) {
        let mut joined = std::mem::take(&mut self.open);
        joined.push_str(text);
        let mut rest = joined.as_str();
        while !rest.is_empty() {
            let mut clusters = width::clusters(rest).peekable();
            let mut cut = rest.len();
            while let Some((at, cluster)) = clusters.next() {
                if cluster.len() > MAX_CLUSTER {
                    let end = floor_char(cluster, MAX_CLUSTER);
                    self.feed(&cluster[..end], style, out);
                    cut = at + end;
                    break;
                }
                if clusters.peek().is_none() {
                    self.open.push_str(cluster);
                } else {
                    self.feed(cluster, style, out);
                }
            }
            rest = &rest[cut..];
        }
    }

    /// Ends the line.
    pub(crate) fn newline(&mut self, out: &mut Vec<StyledLine>) {
        self.close(out);
        let next = self.next_line();
        let line = std::mem::replace(&mut self.line, next);
        out.push(line.head(line.text().len()));
    }

    /// The unfinished line as it stands.
    pub(crate) fn current(mut self, out: &mut Vec<StyledLine>) {
        self.close(out);
        out.push(self.line.head(self.line.text().len()));
    }

    /// The part of the unfinished line that no further text can move to the next one.
    pub(crate) fn settled(&self) -> StyledLine {
        match self.break_at {
            Some((end, _)) => self.line.head(end),
            None => StyledLine::new(),
        }
    }

    fn close(&mut self, out: &mut Vec<StyledLine>) {
        if !self.open.is_empty() {
            let open = std::mem::take(&mut self.open);
            self.feed(&open, self.open_style, out);
        }
    }

    fn next_line(&mut self) -> StyledLine {
        self.prefix_len = self.prefix.text().len();
        self.break_at = None;
        self.spaces = None;
        self.last = None;
        self.is_pinned = false;
        self.prefix.clone()
    }

    fn feed(&mut self, cluster: &str, style: Style, out: &mut Vec<StyledLine>) {
        if matches!(cluster, " " | "\t") {
            if self.line.text().len() > self.prefix_len || self.is_pinned {
                let count = self.spaces.map_or(0, |(count, _)| count) + 1;
                self.spaces = Some((count, style));
            }
            return;
        }
        let Some(first) = cluster.chars().next() else {
            return;
        };
        if let Some((count, space_style)) = self.spaces.take() {
            let end = self.line.text().len();
            // A run of spaces longer than the line is one place to break, not several lines of nothing.
            self.line
                .push_spaces(count.min(self.columns.saturating_sub(self.line.width())), space_style);
            self.break_at = Some((end, self.line.text().len()));
        } else if self.last.is_some_and(|last| can_break(last, first)) {
            let end = self.line.text().len();
            self.break_at = Some((end, end));
        }
        let cells = width::cluster(cluster);
        if self.is_marker_too_wide(cells) {
            let next = self.next_line();
            let line = std::mem::replace(&mut self.line, next);
            out.push(line.head(line.text().len()));
        }
        let is_heaped = self.line.text().len() - self.prefix_len > MAX_BYTES * self.columns;
        if self.line.width() + cells > self.columns || is_heaped {
            self.make_room(first, out);
            // The word that moved down may fill its line.
            if self.line.width() + cells > self.columns && self.line.text().len() > self.prefix_len {
                self.make_room(first, out);
            }
        }
        self.line.push(cluster, cells, style);
        self.last = cluster.chars().next_back();
    }

    /// Whether so many cells have room on the next line, but not behind the first line's marker.
    fn is_marker_too_wide(&self, cells: usize) -> bool {
        !self.is_pinned
            && self.line.text().len() == self.prefix_len
            && self.line.width() + cells > self.columns
            && self.prefix.width() < self.line.width()
            && self.prefix.width() + cells <= self.columns
    }

    /// Ends the line before `next`, which does not fit: where it can be broken, else inside its word.
    fn make_room(&mut self, next: char, out: &mut Vec<StyledLine>) {
        if self.break_at.is_none() {
            self.break_at = self.inside_word(next).map(|at| (at, at));
        }
        self.break_line(out);
    }

    /// The last place at which punctuation lets a word be broken that is longer than the line; `next` does not fit.
    fn inside_word(&self, next: char) -> Option<usize> {
        let word = &self.line.text()[self.prefix_len..];
        let mut after = next;
        let mut end = word.len();
        for (at, cluster) in word.grapheme_indices(true).rev() {
            let before = cluster.chars().next_back().unwrap_or(' ');
            if !must_not_start(after) && !must_not_end(before) {
                return Some(self.prefix_len + end);
            }
            after = cluster.chars().next().unwrap_or(' ');
            end = at;
        }
        None
    }

    fn break_line(&mut self, out: &mut Vec<StyledLine>) {
        // A pinned line may end in a space, of which nothing shows.
        if self.line.text().len() == self.prefix_len && !(self.is_pinned && self.break_at.is_some()) {
            return;
        }
        let all = self.line.text().len();
        let (end, start) = self.break_at.unwrap_or((all, all));
        let last = self.last;
        let next = self.next_line();
        let line = std::mem::replace(&mut self.line, next);
        out.push(line.head(end));
        line.tail_onto(start, &mut self.line);
        self.last = last.filter(|_| start < all);
    }
}

fn floor_char(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, columns: usize) -> Vec<String> {
        let mut wrap = LineWrapper::new(columns, StyledLine::new(), StyledLine::new());
        let mut out = Vec::new();
        wrap.push(text, Style::default(), &mut out);
        wrap.current(&mut out);
        out.iter().map(|line| line.text().to_owned()).collect()
    }

    #[test]
    fn words_move_whole_and_leave_no_blank_behind() {
        assert_eq!(wrapped("one two  three", 8), ["one two", "three"]);
        assert_eq!(wrapped("one two ", 7), ["one two"]);
        assert_eq!(wrapped("abcdefghijkl mn", 5), ["abcde", "fghij", "kl mn"]);
        assert_eq!(wrapped("ab cdefghijk", 5), ["ab", "cdefg", "hijk"]);
        // Punctuation takes a letter along.
        assert_eq!(wrapped("abcde。」f", 5), ["abcd", "e。」", "f"]);
        assert_eq!(wrapped("abcde.", 5), ["abcd", "e."]);
    }

    #[test]
    fn chinese_breaks_anywhere_but_around_punctuation() {
        assert_eq!(wrapped("今天天气很好", 8), ["今天天气", "很好"]);
        assert_eq!(wrapped("今天天气，很好。", 8), ["今天天", "气，很", "好。"]);
        assert_eq!(wrapped("他说：「好」", 8), ["他说：", "「好」"]);
        assert_eq!(wrapped("用Rust写的程序", 7), ["用Rust", "写的程", "序"]);
        assert_eq!(wrapped("字", 1), ["字"]);
    }

    #[test]
    fn a_word_that_fills_its_line_behind_a_bracket_takes_a_comma_along() {
        assert_eq!(wrapped("a（aaaaaaaaaaaaa，", 16), ["a", "（aaaaaaaaaaaa", "a，"]);
    }

    #[test]
    fn a_cluster_stays_whole() {
        assert_eq!(wrapped("aae\u{301}\u{302}b", 3), ["aae\u{301}\u{302}", "b"]);
        assert_eq!(wrapped("ab🇨🇳", 3), ["ab", "🇨🇳"]);
    }

    #[test]
    fn cutting_the_text_changes_no_line() {
        let text = "A family 👨\u{200d}👩\u{200d}👧 went to 北京。“好！”they said e\u{301}\u{302}, 🇨🇳🇨🇳!";
        for columns in 1..30 {
            let mut wrap = LineWrapper::new(columns, StyledLine::new(), StyledLine::new());
            let mut out = Vec::new();
            for c in text.chars() {
                wrap.push(c.encode_utf8(&mut [0; 4]), Style::default(), &mut out);
            }
            wrap.current(&mut out);
            let out: Vec<_> = out.iter().map(|line| line.text().to_owned()).collect();
            assert_eq!(out, wrapped(text, columns), "{columns} columns");
        }
    }

    #[test]
    fn a_heap_of_combining_marks_ends() {
        let text = format!("a{}b", "\u{301}".repeat(1000));
        let lines = wrapped(&text, 10);
        assert_eq!(lines.concat(), text);
        assert!(lines.iter().all(|line| line.len() < 16 * 10 + 64 * 2), "{lines:?}");
    }
}
