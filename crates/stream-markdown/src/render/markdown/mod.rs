//! Markdown drawn as it streams.
//!
//! Source goes in with [`Markdown::push`], and [`Markdown::draw`] gives the bytes that bring the screen up to date.
//! Finished lines are final; only the tail of the unfinished block is ever drawn again, by relative moves over lines
//! drawn here and still in view. The screen and its scrollback depend on the text alone, never on how it was cut.
//! Nothing is read from the terminal, and nothing of the text reaches it as a control character.
//!
//! References (`[text][label]`, `[label][]`, `[label]`, `![alt][label]`) lead where a definition says that came
//! before: they are drawn as links are, and the definition is hidden. A definition may also come after its use, when
//! the line that uses it is final: that use stays as it was written, as CommonMark shows what is never defined, and so
//! that its URL is not lost the definition is shown as written, dim. From there on the label leads somewhere.
//!
//! Not looked into: footnotes, `[^1]` and `[^1]: text`, are shown as written. So is HTML, but for `<br>`, which ends
//! the line.
//!
//! Where this parts from CommonMark on purpose: a single newline ends the line; `**重点：**内容` is bold; every
//! item has the number that was written for it; cells beyond a table's head stand in its last column; only `~~`
//! strikes; `---` under several lines is a rule; below a tag of no block that stands alone on its line, markup is
//! still looked for; a mark or link that is not closed within a quarter of the window's
//! lines, or of what half of them hold, is none; math is shown as written, and nothing in it is markup.

mod code;
mod cursor;
mod definition;
mod document;
pub mod extract;
mod highlight;
mod inline;
mod leaf;
mod nesting;
mod page;
mod paragraph;
mod scan;
mod starts;
mod table;

use std::borrow::Cow;

use super::paint::Painter;
use crate::text::line::Line;
use crate::text::sanitize::Safe;
use crate::text::style::{ColorDepth, Style, Theme};
use document::Document;
use page::Measure;

/// The terminal to draw for.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub columns: u16,
    pub rows: u16,
    /// With `None` not one escape code is written, and nothing is drawn twice.
    pub depth: ColorDepth,
    pub theme: Theme,
    /// Whether the terminal is known to understand OSC 8.
    pub hyperlinks: bool,
    /// Whole lines only, each written once.
    pub accessible: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            columns: 80,
            rows: 24,
            depth: ColorDepth::None,
            theme: Theme::Dark,
            hyperlinks: false,
            accessible: false,
        }
    }
}

impl Options {
    fn measure(&self) -> Measure {
        Measure {
            columns: usize::from(self.columns),
            rows: usize::from(self.rows),
            is_plain: self.depth == ColorDepth::None || self.accessible,
        }
    }
}

/// A document being drawn.
#[derive(Debug)]
pub struct Markdown {
    options: Options,
    document: Document,
    painter: Painter,
    /// The last character was a carriage return: a newline after it belongs to it.
    after_return: bool,
    safe: Safe,
    /// Whether the screen shows all that was pushed.
    is_drawn: bool,
    /// A new size that came while it did not.
    resized: Option<(u16, u16)>,
    /// What stands below the text while nothing comes. Drawn as one more line of the tail.
    note: Option<Line>,
}

impl Markdown {
    pub fn new(options: Options) -> Markdown {
        Markdown {
            options,
            document: Document::new(options.measure(), options.hyperlinks),
            painter: Painter::new(options.depth, options.theme),
            after_return: false,
            safe: Safe::default(),
            is_drawn: true,
            resized: None,
            note: None,
        }
    }

    /// Takes more of the source.
    pub fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.note = None;
        let clean = self.clean(text);
        self.document.push(&clean);
        self.is_drawn = false;
    }

    /// Line ends as `\n`, everything else safe for a terminal.
    fn clean<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        let follows_return = std::mem::replace(&mut self.after_return, text.ends_with('\r'));
        let text = match text.strip_prefix('\n') {
            Some(rest) if follows_return => rest,
            _ => text,
        };
        if memchr::memchr(b'\r', text.as_bytes()).is_none() {
            return self.safe.of(text);
        }
        Cow::Owned(
            self.safe
                .of(&text.replace("\r\n", "\n").replace('\r', "\n"))
                .into_owned(),
        )
    }

    /// Appends the bytes that show what was pushed.
    pub fn draw(&mut self, out: &mut Vec<u8>) {
        let done = std::mem::take(&mut self.document.page.done);
        if self.options.measure().is_plain {
            let next = if self.options.accessible || !self.document.page.kept.is_empty() {
                Line::new()
            } else {
                self.document.fixed()
            };
            self.painter.append(&done, &next, out);
        } else {
            let mut current = Vec::new();
            match self.document.pinned() {
                Some(line) if self.painter.is_pinned() => current.push(line),
                _ => self.document.tail(&mut current),
            }
            let tail: Vec<&Line> = self
                .document
                .page
                .kept
                .iter()
                .chain(&current)
                .chain(&self.note)
                .collect();
            let rows = usize::from(self.options.rows);
            self.painter
                .draw(&done, &tail, rows, self.document.links.targets(), out);
        }
        self.is_drawn = true;
        if let Some((columns, rows)) = self.resized.take() {
            self.resize(columns, rows);
        }
    }

    /// The window has another size. What is on the screen stays; lines that the terminal may have wrapped anew are
    /// not touched again.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        if (columns, rows) == (self.options.columns, self.options.rows) {
            return;
        }
        if !self.is_drawn {
            self.resized = Some((columns, rows));
            return;
        }
        // What was wider than the old window lies on several rows in the new one, too, unless lines are joined again.
        let (old_columns, old_rows) = (usize::from(self.options.columns), usize::from(self.options.rows));
        let fitted = self.painter.fits(old_columns, old_rows);
        self.options.columns = columns;
        self.options.rows = rows;
        let measure = self.options.measure();
        let fits = fitted && self.painter.fits(measure.columns, measure.rows);
        let is_lost = !measure.is_plain && !self.painter.is_pinned() && !fits;
        let is_open = self.document.resize(measure, is_lost);
        if self.note.take().is_some() && is_lost {
            self.painter.give_up_last();
        }
        if is_lost {
            // Those lines are on the screen already.
            self.document.page.done.clear();
            self.painter.lose(is_open);
        }
    }

    /// Shows a line below the text until more comes, where it can be taken away without a trace; `None` takes it
    /// away now.
    pub fn note(&mut self, text: Option<&str>, out: &mut Vec<u8>) {
        let note = text.map(|text| Line::of(text, Style::dim()));
        if self.options.measure().is_plain || !self.is_drawn || note == self.note {
            return;
        }
        if let (Some(line), None) = (&note, &self.note) {
            let (columns, rows) = (usize::from(self.options.columns), usize::from(self.options.rows));
            if !self.painter.has_room_below(line, columns, rows) {
                return;
            }
        }
        self.note = note;
        self.draw(out);
        self.painter.rest(out);
    }

    /// Takes back colours and links, so that someone else may write. The next `draw` goes on where this left off.
    pub fn rest(&mut self, out: &mut Vec<u8>) {
        self.painter.rest(out);
    }

    /// Makes room for something else to be written at the beginning of a line: what may still change is taken off
    /// the screen until the next `draw`. False when that cannot be done before the line has ended.
    pub fn lift(&mut self, out: &mut Vec<u8>) -> bool {
        self.is_at_line_start()
            || (self.is_drawn
                && self
                    .painter
                    .lift(usize::from(self.options.columns), usize::from(self.options.rows), out))
    }

    /// Whether the cursor is at the beginning of a line.
    pub fn is_at_line_start(&self) -> bool {
        self.painter.is_at_start()
    }

    /// Appends the bytes that end the document. The cursor is at the beginning of a line then.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.note = None;
        self.document.finish();
        self.draw(out);
        self.painter.rest(out);
    }
}
