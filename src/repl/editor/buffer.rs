//! The line while it is edited: its text, the cursor, what can be undone and what was killed. Pure.

use std::ops::Range;

use super::motion::{Motion, WordKind, line_at, with_newline};

/// The most steps that can be undone, and the most killed texts.
const MAX_UNDO: usize = 200;
const MAX_KILLS: usize = 60;

/// What the last change was: of its kind, more of them are one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Change {
    #[default]
    Other,
    /// A letter was typed.
    Letter,
    Deletion,
    Kill,
    /// This was inserted from the killed texts.
    Yank(Range<usize>),
}

/// What letters become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
    /// The first letter large, the others small.
    Title,
}

/// The line.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    text: String,
    /// In bytes.
    cursor: usize,
    /// Texts and cursors of before, the latest last.
    undo: Vec<(String, usize)>,
    last: Change,
    /// Texts that were removed, the latest last.
    kills: Vec<String>,
}

impl Buffer {
    /// Begins another line. What was killed is kept.
    pub(super) fn begin(&mut self, left: &str, right: &str) {
        self.text = format!("{left}{right}");
        self.cursor = left.len();
        self.undo.clear();
        self.last = Change::Other;
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.cursor == self.text.len()
    }

    /// The text left of the cursor.
    pub(super) fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// The text right of the cursor.
    pub(super) fn after(&self) -> &str {
        &self.text[self.cursor..]
    }

    /// Changes a part of the text. The cursor is behind what stands there then.
    fn change(&mut self, range: Range<usize>, text: &str, change: Change) {
        let is_one_step = matches!(change, Change::Letter | Change::Deletion) && change == self.last;
        if !is_one_step {
            self.undo.push((self.text.clone(), self.cursor));
            if self.undo.len() > MAX_UNDO {
                self.undo.remove(0);
            }
        }
        self.last = change;
        self.cursor = range.start + text.len();
        self.text.replace_range(range, text);
    }

    pub(super) fn insert_char(&mut self, c: char) {
        self.change(self.cursor..self.cursor, c.encode_utf8(&mut [0; 4]), Change::Letter);
        if c.is_whitespace() {
            // Undo goes back a word at a time.
            self.last = Change::Other;
        }
    }

    pub(super) fn insert(&mut self, text: &str) {
        self.replace(self.cursor..self.cursor, text);
    }

    pub(super) fn replace(&mut self, range: Range<usize>, text: &str) {
        if !range.is_empty() || !text.is_empty() {
            self.change(range, text, Change::Other);
        }
    }

    /// Puts another text into the place of all of it.
    pub(super) fn set(&mut self, text: &str, cursor: usize) {
        self.replace(0..self.text.len(), text);
        self.cursor = cursor;
    }

    pub(super) fn set_cursor(&mut self, cursor: usize) {
        self.last = Change::Other;
        self.cursor = cursor;
    }

    /// Moves the cursor; whether it has moved.
    pub(super) fn go(&mut self, to: Motion, count: usize) -> bool {
        let before = self.cursor;
        self.set_cursor(to.repeated(&self.text, self.cursor, count));
        self.cursor != before
    }

    /// Removes text for good.
    pub(super) fn delete(&mut self, to: Motion) {
        let range = to.range(&self.text, self.cursor, 1);
        if !range.is_empty() {
            self.change(range, "", Change::Deletion);
        }
    }

    /// Removes text that can be inserted again; text removed by one kill after the other is one.
    pub(super) fn kill(&mut self, to: Motion, count: usize) {
        self.kill_range(to.range(&self.text, self.cursor, count), to.is_forward());
    }

    pub(super) fn kill_range(&mut self, range: Range<usize>, is_forward: bool) {
        let Some(removed) = self.text.get(range.clone()).filter(|text| !text.is_empty()) else {
            return;
        };
        let removed = removed.to_owned();
        match self.kills.last_mut().filter(|_| self.last == Change::Kill) {
            Some(last) if is_forward => last.push_str(&removed),
            Some(last) => last.insert_str(0, &removed),
            None => self.keep(removed),
        }
        self.change(range, "", Change::Kill);
    }

    /// The lines of the cursor and below it, so many, without the last line end or with it.
    pub(super) fn lines(&self, count: usize, with_end: bool) -> Range<usize> {
        let last = Motion::LineDown.repeated(&self.text, self.cursor, count.saturating_sub(1));
        let lines = line_at(&self.text, self.cursor).start..line_at(&self.text, last).end;
        if with_end {
            with_newline(&self.text, lines)
        } else {
            lines
        }
    }

    /// Keeps text as if it had been killed.
    pub(super) fn copy(&mut self, range: Range<usize>) {
        if let Some(text) = self.text.get(range).filter(|text| !text.is_empty()) {
            self.keep(text.to_owned());
        }
    }

    fn keep(&mut self, text: String) {
        self.kills.push(text);
        if self.kills.len() > MAX_KILLS {
            self.kills.remove(0);
        }
    }

    /// Inserts what was killed last.
    pub(super) fn yank(&mut self, count: usize) {
        let text = self.kills.last().map(|text| text.repeat(count)).unwrap_or_default();
        if !text.is_empty() {
            let at = self.cursor..self.cursor + text.len();
            self.change(self.cursor..self.cursor, &text, Change::Yank(at));
        }
    }

    /// Replaces what was just inserted with what was killed before it.
    pub(super) fn yank_pop(&mut self) {
        if let Change::Yank(range) = self.last.clone() {
            self.kills.rotate_right(1);
            let text = self.kills.last().cloned().unwrap_or_default();
            let at = range.start..range.start + text.len();
            self.change(range, &text, Change::Yank(at));
        }
    }

    /// Changes the letters up to the end of a word.
    pub(super) fn change_case(&mut self, case: Case) {
        let range = Motion::WordRight(WordKind::Emacs).range(&self.text, self.cursor, 1);
        let mut is_first = true;
        let mut changed = String::new();
        for c in self.text[range.clone()].chars() {
            let is_upper = case == Case::Upper || (case == Case::Title && is_first);
            is_first &= !c.is_alphanumeric();
            match is_upper {
                true => changed.extend(c.to_uppercase()),
                false => changed.extend(c.to_lowercase()),
            }
        }
        self.replace(range, &changed);
    }

    /// Exchanges the characters around the cursor; at the end the last two.
    pub(super) fn transpose_chars(&mut self) {
        let middle = match self.is_at_end() || self.after().starts_with('\n') {
            true => Motion::Left.target(&self.text, self.cursor),
            false => self.cursor,
        };
        let start = Motion::Left.target(&self.text, middle);
        let end = Motion::Right.target(&self.text, middle);
        self.exchange(start..middle, middle..end);
    }

    /// Exchanges the words around the cursor; at the end the last two.
    pub(super) fn transpose_words(&mut self) {
        let right = Motion::WordRight(WordKind::Emacs);
        let left = Motion::WordLeft(WordKind::Emacs);
        let end = right.target(&self.text, self.cursor);
        let second = left.target(&self.text, end);
        let first = left.target(&self.text, second);
        let first_end = right.target(&self.text, first);
        if first < second && first_end <= second {
            self.exchange(first..first_end, second..right.target(&self.text, second));
        }
    }

    fn exchange(&mut self, first: Range<usize>, second: Range<usize>) {
        if first.is_empty() || second.is_empty() {
            return;
        }
        let between = &self.text[first.end..second.start];
        let exchanged = format!("{}{between}{}", &self.text[second.clone()], &self.text[first.clone()]);
        self.replace(first.start..second.end, &exchanged);
    }

    pub(super) fn undo(&mut self) {
        if let Some((text, cursor)) = self.undo.pop() {
            (self.text, self.cursor, self.last) = (text, cursor, Change::Other);
        }
    }
}
