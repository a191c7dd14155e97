//! How the prompt and the message that is being written are drawn: a scene in, bytes for the terminal out. Pure.
//!
//! A message that is taller than the window is scrolled inside it. Only what is near the cursor is laid out, so that a key
//! takes no longer in a long message than in a short one.

mod layout;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;

use stream_markdown::Live;
use stream_markdown::sanitize::safe;

use self::layout::{Margins, TextRow, dim, lines_above, rows};
use crate::i18n::lang::Lang;
use crate::text::grouped;
use crate::tr;

/// The rows of text from which some are given to marks of what is out of view.
const ROWS_WITH_MARKS: usize = 3;

/// What a prompt shows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scene<'a> {
    /// What stands before the text. Lines above its last one are dim.
    pub(super) prompt: &'a str,
    /// The SGR sequence of the prompt's colour.
    pub(super) accent: &'a str,
    pub(super) text: &'a str,
    /// A place in the text, in bytes.
    pub(super) cursor: usize,
    /// What may be meant, behind the cursor at the end of the text.
    pub(super) hint: &'a str,
    /// The characters of the text that stand for pasted texts, and what is shown for each.
    pub(super) marks: &'a [(char, String)],
    /// Rows below the text, styled.
    pub(super) below: &'a [String],
}

/// What decides how a prompt is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ViewStyle {
    /// Whether marks are ASCII.
    pub(super) is_ascii: bool,
    /// Whether the terminal wraps its lines anew when it gets narrower.
    pub(super) rewraps: bool,
    pub(super) lang: Lang,
}

/// What of a prompt is on the screen.
#[derive(Debug)]
pub(super) struct View {
    style: ViewStyle,
    live: Live,
    /// Where the first row in view begins in the text, in bytes.
    top: usize,
    /// Where the cursor is after it moved up or down, and the column that it keeps.
    goal: Option<(usize, usize)>,
}

impl View {
    /// A view of nothing. The cursor is at the beginning of a line.
    pub(super) fn new(style: ViewStyle) -> View {
        View {
            style,
            live: Live::new(80, 24, style.rewraps),
            top: 0,
            goal: None,
        }
    }

    /// Brings the screen up to date, with one row less than the window has at most.
    pub(super) fn draw(&mut self, scene: &Scene<'_>, window: (u16, u16), out: &mut Vec<u8>) {
        let (lines, cursor) = self.picture(scene, window);
        self.live.resize(window.0, window.1);
        self.live.draw(&lines, cursor, out);
    }

    /// Leaves the whole message on the screen for good, and the cursor at the beginning of the line below it.
    pub(super) fn enter(&mut self, scene: &Scene<'_>, window: (u16, u16), out: &mut Vec<u8>) {
        let margins = Margins::new(scene.prompt, window.0);
        let mut lines = lines_above(scene.prompt);
        let mut line_rows = Vec::new();
        let mut start = 0;
        for line in scene.text.split('\n') {
            let end = start + line.len();
            rows(scene, start..end, margins, &mut line_rows);
            lines.extend(line_rows.drain(..).map(|row| row.entered_line(scene, margins)));
            start = end + 1;
        }
        self.live.resize(window.0, window.1);
        self.live.finish(&lines, out);
        self.forget();
    }

    /// Takes the prompt off the screen. The cursor is where it began.
    pub(super) fn clear(&mut self, out: &mut Vec<u8>) {
        self.live.clear(out);
        self.forget();
    }

    fn forget(&mut self) {
        self.top = 0;
        self.goal = None;
    }

    /// Where the cursor goes a row up, in bytes of the text; `None` in the first row.
    pub(super) fn row_above(&mut self, scene: &Scene<'_>, window: (u16, u16)) -> Option<usize> {
        self.row_beside(scene, window, true)
    }

    /// Where the cursor goes a row down; `None` in the last row.
    pub(super) fn row_below(&mut self, scene: &Scene<'_>, window: (u16, u16)) -> Option<usize> {
        self.row_beside(scene, window, false)
    }

    fn row_beside(&mut self, scene: &Scene<'_>, window: (u16, u16), is_above: bool) -> Option<usize> {
        let margins = Margins::new(scene.prompt, window.0);
        let near = NearRows::new(scene, margins, 1);
        let row = near.rows.get(near.cursor)?;
        let next = match is_above {
            true => near.cursor.checked_sub(1)?,
            false => near.cursor + 1,
        };
        let next = near.rows.get(next)?;
        let column = match self.goal {
            Some((cursor, column)) if cursor == scene.cursor => column,
            _ => row.column(scene, scene.cursor, margins),
        };
        let place = next.place(scene, column, margins);
        self.goal = Some((place, column));
        Some(place)
    }

    /// The lines that show a scene, and the row and column of the cursor.
    fn picture(&mut self, scene: &Scene<'_>, (columns, window): (u16, u16)) -> (Vec<String>, (usize, usize)) {
        let margins = Margins::new(scene.prompt, columns);
        let most = usize::from(window).saturating_sub(1).max(1);
        let below = scene.below.get(..most - 1).unwrap_or(scene.below);
        let room = most - below.len();
        let near = NearRows::new(scene, margins, room);
        let shown = near.shown(self.top, room);
        let hidden = near.hidden(&shown, room);
        let mut lines = lines_above(scene.prompt);
        if hidden != (false, false) || lines.len() + near.rows.len() > room {
            // The message goes first.
            lines.clear();
        }
        if hidden.0 {
            let top = near.rows.get(shown.start).map_or(0, |row| row.text.start);
            lines.push(self.out_of_view("↑", "^", lines_before(scene.text, top)));
        }
        let mut cursor = (0, 0);
        for (at, row) in near.rows.range(shown.clone()).enumerate() {
            let mut line = row.line(scene, margins);
            if shown.start + at == near.cursor {
                cursor = (lines.len(), row.column(scene, scene.cursor, margins));
                if scene.cursor == scene.text.len() && !scene.hint.is_empty() {
                    line.push_str(&dim(safe(scene.hint.lines().next().unwrap_or_default())));
                }
            }
            lines.push(line);
        }
        if hidden.1 {
            let last = near.rows.get(shown.end - 1);
            lines.push(self.out_of_view("↓", "v", last.map_or(0, |row| lines_after(scene.text, row))));
        }
        self.top = near.rows.get(shown.start).map_or(0, |row| row.text.start);
        lines.extend_from_slice(below);
        (lines, cursor)
    }

    /// What stands for lines that are out of view.
    fn out_of_view(&self, mark: &str, ascii: &str, count: usize) -> String {
        let mark = if self.style.is_ascii { ascii } else { mark };
        let count = match count {
            1 => tr!("1 line"),
            _ => tr!("{} lines", grouped(count, ',')),
        };
        dim(format!("  {mark} {}", count.localize(self.style.lang)))
    }
}

/// The rows of a message around the cursor.
struct NearRows {
    rows: VecDeque<TextRow>,
    /// The cursor's.
    cursor: usize,
    /// Whether they begin with the message's first row, and end with its last one.
    is_first: bool,
    is_last: bool,
}

impl NearRows {
    /// So many rows above the cursor's, and below, if there are.
    fn new(scene: &Scene<'_>, margins: Margins, reach: usize) -> NearRows {
        let text = scene.text;
        let cursor = scene.cursor.min(text.len());
        let mut start = text
            .get(..cursor)
            .and_then(|left| left.rfind('\n'))
            .map_or(0, |at| at + 1);
        let mut end = line_end(text, cursor);
        let mut line_rows = Vec::new();
        rows(scene, start..end, margins, &mut line_rows);
        let mut at = line_rows.iter().rposition(|row| row.text.start <= cursor).unwrap_or(0);
        let mut near: VecDeque<TextRow> = line_rows.drain(..).collect();
        while at < reach && start > 0 {
            let line = start - 1;
            start = text
                .get(..line)
                .and_then(|left| left.rfind('\n'))
                .map_or(0, |at| at + 1);
            rows(scene, start..line, margins, &mut line_rows);
            at += line_rows.len();
            line_rows.drain(..).rev().for_each(|row| near.push_front(row));
        }
        while near.len() <= at + reach && end < text.len() {
            let line = end + 1;
            end = line_end(text, line);
            rows(scene, line..end, margins, &mut line_rows);
            near.extend(line_rows.drain(..));
        }
        NearRows {
            rows: near,
            cursor: at,
            is_first: start == 0,
            is_last: end == text.len(),
        }
    }

    /// Whether rows above some are hidden, and below them, which marks say in a room that has rows for them.
    fn hidden(&self, shown: &Range<usize>, room: usize) -> (bool, bool) {
        let is_marked = room >= ROWS_WITH_MARKS;
        let above = shown.start > 0 || !self.is_first;
        let below = shown.end < self.rows.len() || !self.is_last;
        (is_marked && above, is_marked && below)
    }

    /// Those that have room from the row `first` on, beside the marks.
    fn from(&self, first: usize, room: usize) -> Range<usize> {
        let (above, _) = self.hidden(&(first..first), room);
        let mut end = first + room - usize::from(above);
        if self.hidden(&(first..end), room).1 {
            end -= 1;
        }
        first..end
    }

    /// The rows in view: from the one that holds the byte `top` on as before, moved as little as shows the cursor and leaves
    /// no row empty.
    fn shown(&self, top: usize, room: usize) -> Range<usize> {
        let before = self.rows.iter().rposition(|row| row.text.start <= top);
        let mut first = before.unwrap_or(0).min(self.cursor);
        while self.cursor >= self.from(first, room).end {
            first += 1;
        }
        while first > 0 && self.from(first, room).end > self.rows.len() {
            first -= 1;
        }
        if first == 1 && self.is_first && room >= ROWS_WITH_MARKS {
            // The mark would take the place of the row that it stands for.
            first = 0;
        }
        let shown = self.from(first, room);
        shown.start..shown.end.min(self.rows.len())
    }
}

/// Where the line of a place ends.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|right| right.find('\n'))
        .map_or(text.len(), |end| at + end)
}

fn newlines(text: Option<&str>) -> usize {
    memchr::memchr_iter(b'\n', text.unwrap_or_default().as_bytes()).count()
}

/// How many lines begin above a row that begins at `start`.
fn lines_before(text: &str, start: usize) -> usize {
    let above = text.get(..start);
    newlines(above) + usize::from(above.is_some_and(|above| !above.is_empty() && !above.ends_with('\n')))
}

/// How many lines end below a row.
fn lines_after(text: &str, row: &TextRow) -> usize {
    newlines(text.get(row.text.end..)) + usize::from(row.is_wrapped)
}
