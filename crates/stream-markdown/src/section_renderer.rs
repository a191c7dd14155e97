//! The renderer of a section: plain text, dim, under a heading.

use crate::line_wrapper::LineWrapper;
use crate::painter::Painter;
use crate::sanitize::{Sanitizer, safe_line};
use crate::style::Style;
use crate::styled_line::StyledLine;
use crate::viewport::{Cursor, Layout, Viewport};

/// Plain text, drawn dim and wrapped while it arrives, under a heading that is written again at the end: a model's
/// reasoning, the output of a tool.
///
/// Nothing in the text is markup. Empty lines at its beginning and end are left out.
#[derive(Debug)]
pub struct SectionRenderer {
    layout: Layout,
    painter: Painter,
    wrapper: LineWrapper,
    sanitizer: Sanitizer,
    done: Vec<StyledLine>,
    /// Line ends that count only if text follows.
    newlines: usize,
    has_text: bool,
    /// Lines between the heading and the cursor's, as drawn.
    below: usize,
    /// The heading can no longer be found: the window has changed, or other output came between.
    is_heading_lost: bool,
}

impl SectionRenderer {
    /// A section that begins with this heading.
    pub fn new(viewport: Viewport, heading: &str) -> SectionRenderer {
        let layout = viewport.layout();
        SectionRenderer {
            layout,
            painter: Painter::new(viewport.color_depth, viewport.theme),
            wrapper: wrapper(layout),
            sanitizer: Sanitizer::default(),
            done: vec![StyledLine::of(&safe_line(heading), Style::dim())],
            newlines: 0,
            has_text: false,
            below: 0,
            is_heading_lost: false,
        }
    }

    /// Takes more of the text.
    pub fn push(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n");
        let text = self.sanitizer.clean(&text);
        for (at, line) in text.split('\n').enumerate() {
            self.newlines += usize::from(at > 0);
            if line.is_empty() {
                continue;
            }
            let newlines = std::mem::take(&mut self.newlines);
            if std::mem::replace(&mut self.has_text, true) {
                for _ in 0..newlines {
                    self.wrapper.newline(&mut self.done);
                }
            }
            self.wrapper.push(line, Style::dim(), &mut self.done);
        }
    }

    /// Begins a part of the section with a heading of its own, in bold.
    pub fn push_heading(&mut self, heading: &str) {
        self.end_line();
        self.newlines = 0;
        self.has_text = false;
        let mut wrapper = wrapper(self.layout);
        wrapper.push(&safe_line(heading), Style::dim().bold(), &mut self.done);
        wrapper.current(&mut self.done);
    }

    /// Appends the bytes that show what was pushed.
    pub fn draw(&mut self, out: &mut Vec<u8>) {
        let done = std::mem::take(&mut self.done);
        self.below += done.len();
        if self.layout.is_plain {
            self.painter.append(&done, &StyledLine::new(), out);
            return;
        }
        let mut tail = Vec::new();
        match self.wrapper.pinned() {
            Some(line) if self.painter.is_pinned() => tail.push(line),
            _ => self.wrapper.clone().current(&mut tail),
        }
        // The line after the last newline is there when something is on it.
        tail.retain(|line| !line.is_empty());
        let tail: Vec<&StyledLine> = tail.iter().collect();
        self.painter.draw(&done, &tail, self.layout.rows, &[], out);
    }

    /// Continues in a window of another size. What was pushed must have been drawn.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let old = self.layout;
        self.layout.columns = columns.into();
        self.layout.rows = rows.into();
        if self.layout == old {
            return;
        }
        let fits = self.painter.fits(old.columns, old.rows) && self.painter.fits(self.layout.columns, self.layout.rows);
        self.is_heading_lost = true;
        if !self.layout.is_plain && !self.painter.is_pinned() && !fits {
            // The terminal may have wrapped the line: it is only added to.
            self.painter.abandon(true);
            self.wrapper.pin(&mut Vec::new()); // lines that are on the screen already
        }
        self.wrapper.set_columns(self.layout.prose_width(), self.layout.columns);
    }

    /// The place of the cursor since the last `draw`, as [`Renderer::cursor`](crate::Renderer::cursor) says.
    pub fn cursor(&self) -> Cursor {
        let cursor = self.painter.cursor(self.layout.columns, self.layout.rows);
        Cursor {
            // The heading is to stay in view.
            free_rows: cursor.free_rows.min(self.layout.rows.saturating_sub(self.near() + 1)),
            ..cursor
        }
    }

    /// How many lines below its heading a section may have for that to be written again.
    fn near(&self) -> usize {
        self.layout.rows.div_ceil(2)
    }

    /// Makes room for other output at the beginning of a line. The unfinished line is taken off the screen until the
    /// next `draw`, or ended where that cannot be done.
    pub fn make_room(&mut self, out: &mut Vec<u8>) {
        let Layout { columns, rows, .. } = self.layout;
        if !self.painter.is_at_start() && !self.painter.erase_tail(columns, rows, out) {
            self.end_line();
            self.draw(out);
        }
        // What is written there may take any number of rows.
        self.is_heading_lost = true;
    }

    fn end_line(&mut self) {
        let mut last = Vec::new();
        std::mem::replace(&mut self.wrapper, wrapper(self.layout)).current(&mut last);
        last.retain(|line| !line.is_empty());
        self.done.append(&mut last);
    }

    /// Ends the section. The `summary` replaces the heading, or below the text where the heading cannot
    /// be written again; an empty line follows.
    pub fn finish(mut self, summary: &str, out: &mut Vec<u8>) {
        let summary = safe_line(summary);
        self.end_line();
        let is_far = self.layout.is_plain || self.is_heading_lost || self.below + self.done.len() >= self.near();
        if is_far {
            self.done.push(StyledLine::of(&summary, Style::dim()));
        }
        self.draw(out);
        if !is_far {
            self.painter.reset_style(out);
            out.extend_from_slice(format!("\x1b[{}A\r\x1b[K\x1b[2m{summary}\x1b[m\x1b[{0}B\r", self.below).as_bytes());
        }
        self.painter.reset_style(out);
        out.push(b'\n');
    }
}

fn wrapper(layout: Layout) -> LineWrapper {
    LineWrapper::new(layout.prose_width(), StyledLine::new(), StyledLine::new())
}
