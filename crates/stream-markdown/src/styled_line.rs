//! A line of styled text, and its width on a terminal.

use unicode_segmentation::UnicodeSegmentation;

use crate::style::Style;
use crate::width;

/// Text without a line end, in runs of one style each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StyledLine {
    text: String,
    /// The styles of neighbours differ.
    runs: Vec<Run>,
    width: usize,
    /// Whether every terminal agrees on the width.
    is_certain: bool,
}

/// A part of one style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// Where it ends, in bytes of the line.
    end: usize,
    cells: usize,
    style: Style,
}

impl StyledLine {
    pub(crate) fn new() -> StyledLine {
        StyledLine {
            is_certain: true,
            ..StyledLine::default()
        }
    }

    /// A line of one run.
    pub(crate) fn of(text: &str, style: Style) -> StyledLine {
        let mut line = StyledLine::new();
        line.push_str(text, style);
        line
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// In cells.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn is_certain(&self) -> bool {
        self.is_certain
    }

    /// Appends one grapheme cluster of `cells` cells.
    pub(crate) fn push(&mut self, grapheme: &str, cells: usize, style: Style) {
        self.is_certain &= width::is_certain(grapheme);
        self.append(grapheme, cells, style);
    }

    /// Appends text of `cells` cells, on which every terminal agrees, or of which that is known.
    fn append(&mut self, text: &str, cells: usize, style: Style) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        self.end_run(cells, style);
    }

    /// Appends text whose width is not known yet.
    pub(crate) fn push_str(&mut self, text: &str, style: Style) {
        if text.is_ascii() {
            self.append(text, width::of(text), style);
            return;
        }
        for (_, grapheme) in width::clusters(text) {
            self.push(grapheme, width::cluster(grapheme), style);
        }
    }

    /// Counts the width from the last edge of a window that wraps the line.
    pub(crate) fn fold(&mut self, columns: usize) {
        self.width = width::of(&self.text) % columns.max(1);
    }

    pub(crate) fn push_line(&mut self, other: &StyledLine) {
        self.is_certain &= other.is_certain;
        let mut start = 0;
        for run in &other.runs {
            self.append(&other.text[start..run.end], run.cells, run.style);
            start = run.end;
        }
    }

    pub(crate) fn push_spaces(&mut self, count: usize, style: Style) {
        self.text.extend(std::iter::repeat_n(' ', count));
        if count > 0 {
            self.end_run(count, style);
        }
    }

    /// Makes what was appended to the text, of `cells` cells, a part of a run.
    fn end_run(&mut self, cells: usize, style: Style) {
        self.width += cells;
        let end = self.text.len();
        match self.runs.last_mut() {
            Some(last) if last.style == style => {
                last.end = end;
                last.cells += cells;
            }
            _ => self.runs.push(Run { end, cells, style }),
        }
    }

    /// The runs in order.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&str, Style)> {
        self.runs_from(0)
    }

    /// The runs from byte `from` on.
    pub(crate) fn runs_from(&self, from: usize) -> impl Iterator<Item = (&str, Style)> {
        let mut start = from;
        self.runs.iter().filter(move |run| run.end > from).map(move |run| {
            let text = &self.text[start..run.end];
            start = run.end;
            (text, run.style)
        })
    }

    /// The line up to byte `end`, with trailing spaces taken off.
    pub(crate) fn head(&self, end: usize) -> StyledLine {
        let end = self.text[..end].trim_end_matches(' ').len();
        let mut head = StyledLine::new();
        for run in &self.runs {
            let start = head.text.len();
            if start == end {
                break;
            }
            let text = &self.text[start..run.end.min(end)];
            if self.is_certain {
                head.append(text, self.cells_of_part(*run, start, end), run.style);
            } else {
                head.push_str(text, run.style);
            }
        }
        head
    }

    /// The beginning of the line that fits into `cells`.
    pub(crate) fn clipped(&self, cells: usize) -> StyledLine {
        let mut clipped = StyledLine::new();
        for (text, style) in self.runs() {
            let part = width::fit(text, cells - clipped.width);
            clipped.push_str(part, style);
            if part.len() < text.len() {
                break;
            }
        }
        clipped
    }

    /// The line from byte `start` on, appended to `onto`.
    pub(crate) fn tail_onto(&self, start: usize, onto: &mut StyledLine) {
        for (text, style) in self.runs_from(start) {
            onto.push_str(text, style);
        }
    }

    /// How many bytes at the beginning are the same in text and style, up to the end of a grapheme in both lines.
    pub(crate) fn common(&self, other: &StyledLine) -> usize {
        let bytes = self.text.as_bytes().iter().zip(other.text.as_bytes());
        let mut same = bytes.take_while(|(a, b)| a == b).count();
        let (mut ours, mut theirs) = (self.runs.iter(), other.runs.iter());
        let (mut a, mut b) = (ours.next(), theirs.next());
        let mut at = 0;
        while let (
            Some(Run { end, style, .. }),
            Some(Run {
                end: other_end,
                style: other_style,
                ..
            }),
        ) = (a, b)
        {
            if at >= same || style != other_style {
                break;
            }
            at = *end.min(other_end);
            if *end == at {
                a = ours.next();
            }
            if *other_end == at {
                b = theirs.next();
            }
        }
        same = same.min(at);
        while !self.is_boundary(same) || !other.is_boundary(same) {
            same -= 1;
        }
        same
    }

    /// Whether a grapheme is certain to end at byte `at`, by the few characters around it.
    fn is_boundary(&self, at: usize) -> bool {
        if at == 0 || at == self.text.len() {
            return true;
        }
        if !self.text.is_char_boundary(at) {
            return false;
        }
        let (before, after) = self.text.split_at(at);
        if let (Some(before), Some(after)) = (before.chars().next_back(), after.chars().next())
            && width::are_apart(before, after)
        {
            return true;
        }
        let start = self.text[..at].char_indices().rev().nth(8).map_or(0, |(i, _)| i);
        let end = self.text[at..]
            .char_indices()
            .nth(1)
            .map_or(self.text.len(), |(i, _)| at + i);
        self.text[start..end]
            .grapheme_indices(true)
            .any(|(i, _)| start + i == at)
    }

    /// The cells the first `bytes` bytes take.
    pub(crate) fn width_of(&self, bytes: usize) -> usize {
        if bytes == self.text.len() {
            return self.width;
        }
        let (mut start, mut cells) = (0, 0);
        for run in &self.runs {
            if start >= bytes {
                break;
            }
            cells += self.cells_of_part(*run, start, bytes);
            start = run.end;
        }
        cells
    }

    /// The cells of a run, which begins at byte `start`, up to byte `end`.
    fn cells_of_part(&self, run: Run, start: usize, end: usize) -> usize {
        let end = end.min(run.end);
        // The shorter side is measured.
        if end - start < run.end - end {
            width::of(&self.text[start..end])
        } else {
            run.cells - width::of(&self.text[end..run.end]).min(run.cells)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_share_text_of_the_same_style_only() {
        let plain = Style::default();
        let mut a = StyledLine::of("one ", plain);
        a.push_str("two", plain.bold());
        let mut b = StyledLine::of("one ", plain);
        b.push_str("two", plain);
        assert_eq!(a.common(&b), 4);
        assert_eq!(a.common(&a.clone()), 7);
        assert_eq!(StyledLine::of("one two", plain).common(&b), 7);
        assert_eq!(a.common(&StyledLine::of("one ", plain)), 4);
        assert_eq!(a.common(&StyledLine::of("on", plain)), 2);
        assert_eq!(StyledLine::of("e", plain).common(&StyledLine::of("e\u{301}", plain)), 0);
    }

    #[test]
    fn a_head_has_no_trailing_blank() {
        let line = StyledLine::of("中文 ab", Style::default());
        assert_eq!(line.head(7).text(), "中文");
        assert_eq!(line.head(7).width(), 4);
        let mut rest = StyledLine::new();
        line.tail_onto(7, &mut rest);
        assert_eq!(rest.text(), "ab");
    }

    #[test]
    fn a_clipped_line_is_its_beginning() {
        let mut line = StyledLine::of("中文", Style::default());
        line.push_str("ab", Style::dim());
        assert_eq!(line.clipped(3).text(), "中");
        assert_eq!(line.clipped(5).text(), "中文a");
        assert_eq!(line.clipped(9), line);
    }
}
