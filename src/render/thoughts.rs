//! Thoughts on a terminal: dim, wrapped, under a line that says how long they took.

use std::time::Duration;

use super::aside::Options;
use super::paint::Painter;
use crate::text::lang::Lang;
use crate::text::line::Line;
use crate::text::style::{ColorDepth, Style};
use crate::text::words::Words;
use crate::text::wrap::Wrap;
use crate::{sentence, words};

/// One stretch of thinking, from its first word to the answer.
#[derive(Debug)]
pub(crate) struct Thoughts {
    lang: Lang,
    painter: Painter,
    wrap: Wrap,
    done: Vec<Line>,
    /// Line ends that count only if text follows.
    newlines: usize,
    has_text: bool,
    columns: usize,
    rows: usize,
    /// Lines between the heading and the cursor's, as drawn.
    below: usize,
    /// Nothing is drawn twice.
    is_plain: bool,
    /// The heading can no longer be found: the window has changed.
    is_adrift: bool,
}

impl Thoughts {
    /// Begins with the heading.
    pub(crate) fn new(options: &Options) -> Thoughts {
        let (columns, rows) = (options.columns.into(), options.rows.into());
        let heading = sentence!("thinking…").told(options.lang);
        Thoughts {
            lang: options.lang,
            painter: Painter::new(options.depth, options.theme),
            wrap: wrap(columns),
            done: vec![Line::of(heading, Style::dim())],
            newlines: 0,
            has_text: false,
            columns,
            rows,
            below: 0,
            is_plain: options.accessible || options.depth == ColorDepth::None,
            is_adrift: false,
        }
    }

    /// Takes more of the thoughts, safe for a terminal.
    pub(crate) fn push(&mut self, text: &str) {
        for (at, line) in text.split('\n').enumerate() {
            self.newlines += usize::from(at > 0);
            if line.is_empty() {
                continue;
            }
            let newlines = std::mem::take(&mut self.newlines);
            if std::mem::replace(&mut self.has_text, true) {
                for _ in 0..newlines {
                    self.wrap.newline(&mut self.done);
                }
            }
            self.wrap.push(line, Style::dim(), &mut self.done);
        }
    }

    /// A heading over the thoughts that follow.
    pub(crate) fn title(&mut self, title: &str) {
        self.end_line();
        self.newlines = 0;
        self.has_text = false;
        let mut wrap = wrap(self.columns);
        wrap.push(title, Style::dim().bold(), &mut self.done);
        wrap.current(&mut self.done);
    }

    pub(crate) fn draw(&mut self, out: &mut Vec<u8>) {
        let done = std::mem::take(&mut self.done);
        self.below += done.len();
        if self.is_plain {
            self.painter.append(&done, &Line::new(), out);
            return;
        }
        let mut tail = Vec::new();
        match self.wrap.pinned() {
            Some(line) if self.painter.is_pinned() => tail.push(line),
            _ => self.wrap.clone().current(&mut tail),
        }
        // The line after the last newline is there when something is on it.
        tail.retain(|line| !line.is_empty());
        let tail: Vec<&Line> = tail.iter().collect();
        self.painter.draw(&done, &tail, self.rows, &[], out);
    }

    /// The window has another size. What was pushed is on the screen.
    pub(crate) fn resize(&mut self, columns: usize, rows: usize) {
        if (columns, rows) == (self.columns, self.rows) {
            return;
        }
        let fits = self.painter.fits(self.columns, self.rows) && self.painter.fits(columns, rows);
        self.is_adrift = true;
        self.columns = columns;
        self.rows = rows;
        if !self.is_plain && !self.painter.is_pinned() && !fits {
            // The terminal may have wrapped the line: it is only added to.
            self.painter.lose(true);
            self.wrap.pin(&mut Vec::new()); // lines that are on the screen already
        }
        self.wrap.set_columns(columns.saturating_sub(1).max(1), columns);
    }

    /// Takes the unfinished line off the screen until the next `draw`.
    pub(crate) fn lift(&mut self, out: &mut Vec<u8>) {
        if !self.painter.is_at_start() && !self.painter.lift(self.columns, self.rows, out) {
            self.end_line();
            self.draw(out);
        }
        // What is written there may take any number of rows.
        self.is_adrift = true;
    }

    fn end_line(&mut self) {
        let mut last = Vec::new();
        std::mem::replace(&mut self.wrap, wrap(self.columns)).current(&mut last);
        last.retain(|line| !line.is_empty());
        self.done.append(&mut last);
    }

    /// Ends the thoughts: the heading says how long they took, and an empty line follows them.
    pub(crate) fn finish(mut self, took: Duration, out: &mut Vec<u8>) {
        self.end_line();
        let is_far = self.is_plain || self.is_adrift || self.below + self.done.len() >= self.rows;
        let summary = words!("thought for {}", seconds(took)).told(self.lang);
        if is_far {
            self.done.push(Line::of(&summary, Style::dim()));
        }
        self.draw(out);
        if !is_far {
            self.painter.rest(out);
            out.extend_from_slice(format!("\x1b[{}A\r\x1b[K\x1b[2m{summary}\x1b[m\x1b[{0}B\r", self.below).as_bytes());
        }
        self.painter.rest(out);
        out.push(b'\n');
    }
}

fn wrap(columns: usize) -> Wrap {
    Wrap::new(columns.saturating_sub(1).max(1), Line::new(), Line::new())
}

/// A time as a person says it: `12 s`, `2 min 5 s`.
pub(crate) fn seconds(time: Duration) -> Words {
    let seconds = time.as_millis().div_ceil(1000).max(1);
    if seconds < 60 {
        words!("{} s", seconds)
    } else {
        words!("{} min {} s", seconds / 60, seconds % 60)
    }
}
