//! Which rows a line of the message takes, and how each is drawn.

use std::borrow::Cow;
use std::ops::Range;

use stream_markdown::fill::can_break;
use stream_markdown::sanitize::{Sanitizer, push_visible};
use stream_markdown::width;

use super::Scene;
use crate::text::elide;

/// The blanks that a tab is drawn as.
const TAB: &str = "    ";
/// The columns of the usual prompt, and of the blanks below it.
const INDENT: usize = 2;
/// The columns that a prompt leaves for text at least.
const MIN_ROOM: usize = 3;

const PLAIN: &str = "\x1b[m";
const DIM: &str = "\x1b[2m";
/// What is typed is bold.
const TYPED: &str = "\x1b[1m";
/// A pasted text's mark is dim and inverse.
const MARK: &str = "\x1b[m\x1b[2;7m";

/// The columns that are left for text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Margins {
    /// The columns of the prompt.
    prompt: usize,
    /// The columns that can be written to: terminals differ in where the cursor stands behind the last one.
    end: usize,
}

/// A row of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextRow {
    /// What of the text it shows, in bytes.
    pub(super) text: Range<usize>,
    /// Whether its line goes on in the next row.
    pub(super) is_wrapped: bool,
}

impl Margins {
    pub(super) fn new(prompt: &str, columns: u16) -> Margins {
        let end = usize::from(columns).saturating_sub(1).max(1);
        Margins {
            prompt: width::of(last_line(prompt)).min(end.saturating_sub(MIN_ROOM)),
            end,
        }
    }

    /// The column where a row that begins at a byte of the text begins.
    pub(super) fn start(self, at: usize) -> usize {
        match at {
            0 => self.prompt,
            _ => INDENT.min(self.end.saturating_sub(MIN_ROOM)),
        }
    }

    fn room(self, at: usize) -> usize {
        self.end.saturating_sub(self.start(at)).max(1)
    }
}

fn last_line(prompt: &str) -> &str {
    prompt.rsplit('\n').next().unwrap_or_default()
}

/// The lines above the one where the message begins.
pub(super) fn lines_above(prompt: &str) -> Vec<String> {
    let mut lines: Vec<String> = prompt.split('\n').map(dim).collect();
    lines.pop();
    lines
}

pub(super) fn dim(text: impl std::fmt::Display) -> String {
    format!("{DIM}{text}{PLAIN}")
}

/// The rows of the line that is `line` in the text. They end behind blanks, between Chinese characters, and within words
/// that are longer than a row; blanks that do not fit are out of sight.
pub(super) fn rows(scene: &Scene<'_>, line: Range<usize>, margins: Margins, rows: &mut Vec<TextRow>) {
    let (mut start, mut used) = (line.start, 0);
    let mut room = margins.room(start);
    // Where the row may end, and what of it is used up to there.
    let mut end: Option<(usize, usize)> = None;
    let mut before: Option<char> = None;
    let text = scene.text.get(line.clone()).unwrap_or_default();
    for (at, cluster) in width::clusters(text) {
        let at = line.start + at;
        let cells = width::of(&shown(scene, margins, at, cluster).text);
        if matches!(cluster, " " | "\t") {
            used += cells;
            end = Some((at + cluster.len(), used));
            before = None;
            continue;
        }
        let first = cluster.chars().next().unwrap_or_default();
        if before.is_some_and(|before| can_break(before, first)) {
            end = Some((at, used));
        }
        before = cluster.chars().next_back();
        while used + cells > room && at > start {
            let (to, passed) = end.take().unwrap_or((at, used));
            rows.push(TextRow {
                text: start..to,
                is_wrapped: true,
            });
            (start, used) = (to, used - passed);
            room = margins.room(start);
        }
        used += cells;
    }
    rows.push(TextRow {
        text: start..line.end,
        is_wrapped: false,
    });
}

/// A cluster of the text as it is shown: a mark as its label, and nothing that a terminal would act on, or hide.
struct Shown<'a> {
    text: Cow<'a, str>,
    is_mark: bool,
}

fn shown<'a>(scene: &Scene<'a>, margins: Margins, at: usize, cluster: &'a str) -> Shown<'a> {
    if let [b' '..=b'~'] = cluster.as_bytes() {
        return Shown {
            text: cluster.into(),
            is_mark: false,
        };
    }
    let mut text = String::new();
    let mut seen = Sanitizer::default();
    if let Some(before) = scene.text.get(..at).and_then(|text| text.chars().next_back()) {
        seen.passes(before);
    }
    let mut is_mark = false;
    for c in cluster.chars() {
        if let Some((_, label)) = scene.marks.iter().find(|(mark, _)| *mark == c) {
            text.push_str(&elide(label, margins.room(1)));
            is_mark = true;
        } else if c == '\t' {
            text.push_str(TAB);
        } else if seen.passes(c) {
            text.push(c);
        } else {
            push_visible(&mut text, c);
        }
    }
    Shown {
        text: text.into(),
        is_mark,
    }
}

impl TextRow {
    /// The clusters of a row: where each begins and ends in the text, and how it is shown.
    fn clusters<'a>(
        &self,
        scene: &Scene<'a>,
        margins: Margins,
    ) -> impl Iterator<Item = (Range<usize>, Shown<'a>)> + use<'a> {
        let (scene, start) = (*scene, self.text.start);
        let text = scene.text.get(self.text.clone()).unwrap_or_default();
        width::clusters(text).map(move |(at, cluster)| {
            let range = start + at..start + at + cluster.len();
            let shown = shown(&scene, margins, range.start, cluster);
            (range, shown)
        })
    }

    /// The row as it is drawn, but for its beginning.
    fn typed(&self, scene: &Scene<'_>, margins: Margins) -> String {
        let mut out = String::from(TYPED);
        for (_, shown) in self.clusters(scene, margins) {
            if shown.is_mark {
                out.extend([MARK, &shown.text, PLAIN, TYPED]);
            } else {
                out.push_str(&shown.text);
            }
        }
        out.push_str(PLAIN);
        out
    }

    /// The row as a line for the screen: behind the prompt, or indented.
    pub(super) fn line(&self, scene: &Scene<'_>, margins: Margins) -> String {
        let start = margins.start(self.text.start);
        let text = match self.text.is_empty() {
            true => String::new(),
            false => self.typed(scene, margins),
        };
        match self.text.start {
            0 => {
                let prompt = width::fit(last_line(scene.prompt), start);
                format!("{}{prompt}{PLAIN}{text}", scene.accent)
            }
            _ if text.is_empty() => text,
            _ => format!("{}{text}", " ".repeat(start)),
        }
    }

    /// The same without blanks at its end, for good.
    pub(super) fn entered_line(&self, scene: &Scene<'_>, margins: Margins) -> String {
        let text = scene.text.get(self.text.clone()).unwrap_or_default();
        let end = self.text.start + text.trim_end_matches([' ', '\t']).len();
        let row = TextRow {
            text: self.text.start..end,
            is_wrapped: self.is_wrapped,
        };
        row.line(scene, margins)
    }

    /// The column of a place in the row.
    pub(super) fn column(&self, scene: &Scene<'_>, at: usize, margins: Margins) -> usize {
        let before = self.clusters(scene, margins).take_while(|(range, _)| range.start < at);
        let cells: usize = before.map(|(_, shown)| width::of(&shown.text)).sum();
        (margins.start(self.text.start) + cells).min(margins.end)
    }

    /// The place in the row that is nearest to a column, left of it.
    pub(super) fn place(&self, scene: &Scene<'_>, column: usize, margins: Margins) -> usize {
        let mut end = margins.start(self.text.start);
        let mut place = self.text.start;
        for (range, shown) in self.clusters(scene, margins) {
            end += width::of(&shown.text);
            // Behind the last cluster of a wrapped row is the beginning of the next one.
            if end > column || (self.is_wrapped && range.end == self.text.end) {
                break;
            }
            place = range.end;
        }
        place
    }
}
