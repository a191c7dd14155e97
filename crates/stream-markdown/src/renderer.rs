//! The renderer: Markdown in, bytes for a terminal out.

use std::borrow::Cow;

use crate::document::Document;
use crate::inline::Links;
use crate::painter::Painter;
use crate::sanitize::Sanitizer;
use crate::styled_line::StyledLine;
use crate::viewport::{Cursor, Viewport};

/// A Markdown document, drawn while it arrives.
///
/// Source goes in with [`push`](Renderer::push), and [`draw`](Renderer::draw) gives the bytes that bring the terminal
/// up to date. The cursor must be at the beginning of a line when the first of them are written, and nothing else may
/// write to the terminal meanwhile, but as [`cursor`](Renderer::cursor) says.
#[derive(Debug)]
pub struct Renderer {
    viewport: Viewport,
    document: Document,
    painter: Painter,
    /// Whether the last character was a carriage return, which a newline after it belongs to.
    after_return: bool,
    sanitizer: Sanitizer,
    /// Whether the screen shows all that was pushed.
    is_drawn: bool,
    /// A new size that came when it did not.
    resized: Option<(u16, u16)>,
}

impl Renderer {
    /// A renderer of an empty document.
    pub fn new(viewport: Viewport) -> Renderer {
        Renderer {
            viewport,
            document: Document::new(viewport.layout(), Links::new(viewport.hyperlinks)),
            painter: Painter::new(viewport.color_depth, viewport.theme),
            after_return: false,
            sanitizer: Sanitizer::default(),
            is_drawn: true,
            resized: None,
        }
    }

    /// Takes more of the source.
    pub fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let clean = self.clean(text);
        self.document.push(&clean);
        self.is_drawn = false;
    }

    /// The text with `\n` for line ends, and without control characters.
    fn clean<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        let follows_return = std::mem::replace(&mut self.after_return, text.ends_with('\r'));
        let text = match text.strip_prefix('\n') {
            Some(rest) if follows_return => rest,
            _ => text,
        };
        if memchr::memchr(b'\r', text.as_bytes()).is_none() {
            return self.sanitizer.clean(text);
        }
        Cow::Owned(
            self.sanitizer
                .clean(&text.replace("\r\n", "\n").replace('\r', "\n"))
                .into_owned(),
        )
    }

    /// Appends the bytes that show what was pushed.
    pub fn draw(&mut self, out: &mut Vec<u8>) {
        let done = std::mem::take(&mut self.document.output.done);
        if self.viewport.layout().is_plain {
            let next = if self.viewport.accessible || !self.document.output.kept.is_empty() {
                StyledLine::new()
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
            let tail: Vec<&StyledLine> = self.document.output.kept.iter().chain(&current).collect();
            let rows = usize::from(self.viewport.rows);
            self.painter
                .draw(&done, &tail, rows, self.document.links.targets(), out);
        }
        self.is_drawn = true;
        if let Some((columns, rows)) = self.resized.take() {
            self.resize(columns, rows);
        }
    }

    /// Continues in a window of another size. What is on the screen stays; lines that the terminal may have wrapped
    /// again are not touched.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        if (columns, rows) == (self.viewport.columns, self.viewport.rows) {
            return;
        }
        if !self.is_drawn {
            self.resized = Some((columns, rows));
            return;
        }
        // A line wider than the old window takes several rows in the new one too, unless the terminal joins them.
        let old = self.viewport.layout();
        let fitted = self.painter.fits(old.columns, old.rows);
        self.viewport.columns = columns;
        self.viewport.rows = rows;
        let layout = self.viewport.layout();
        let fits = fitted && self.painter.fits(layout.columns, layout.rows);
        let is_lost = !layout.is_plain && !self.painter.is_pinned() && !fits;
        let is_open = self.document.resize(layout, is_lost);
        if is_lost {
            // Those lines are on the screen already.
            self.document.output.done.clear();
            self.painter.abandon(is_open);
        }
    }

    /// The place of the cursor since the last `draw`. Other output may stand at it and below until the next `draw`, if it
    /// is gone and the cursor back by then. Bytes of a `draw` with neither a line end nor an escape sequence that erases
    /// rows (`\x1b[J`) only change the cursor's row, unless that may wrap: output below may stay.
    pub fn cursor(&self) -> Cursor {
        let layout = self.viewport.layout();
        self.painter.cursor(layout.columns, layout.rows)
    }

    /// Resets the terminal's colours, for a pause in which the program may end. The next `draw` continues as before.
    pub fn reset_style(&mut self, out: &mut Vec<u8>) {
        self.painter.reset_style(out);
    }

    /// Appends the bytes that end the document. The cursor is at the beginning of a line then. What is pushed
    /// afterwards begins a block of its own.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.document.finish();
        self.draw(out);
        self.painter.reset_style(out);
    }
}
