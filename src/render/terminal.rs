//! An answer on a terminal: Markdown or plain text on standard output, the rest on standard error.

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use stream_markdown::sanitize::Sanitizer;
use stream_markdown::{ColorDepth, Cursor, Renderer, Viewport, width};

use super::footer::FooterRow;
use super::stderr::{Clock, StderrOptions, StderrRenderer};
use super::waiting::{Retry, Waiting};
use super::{Ending, Render};
use crate::i18n::UiText;
use qwen_api::Event;

/// How the answer is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct TerminalOptions {
    pub viewport: Viewport,
    pub stderr: StderrOptions,
    /// The text as it is, made safe, instead of Markdown.
    pub raw: bool,
}

/// A renderer for standard output that is a terminal.
pub struct TerminalRenderer<W, E> {
    out: W,
    stderr: StderrRenderer<E>,
    answer: Answer,
    /// Whether both streams end in the same window, so that one must not write into the other's line.
    is_shared: bool,
    has_begun: bool,
    /// Notices about the answer, which stand below it.
    notices: Vec<UiText>,
    /// Whether lines may come and go.
    has_footer: bool,
    waiting: Waiting,
    /// The caller's lines below the answer.
    rows: Vec<FooterRow>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
enum Answer {
    Rendered(Box<Renderer>),
    Raw(RawText),
}

impl<W, E> fmt::Debug for TerminalRenderer<W, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TerminalRenderer")
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

impl<W: Write, E: Write> TerminalRenderer<W, E> {
    pub fn new(out: W, err: E, options: TerminalOptions, clock: Clock) -> TerminalRenderer<W, E> {
        let has_colors = options.viewport.color_depth > ColorDepth::None;
        TerminalRenderer {
            out,
            stderr: StderrRenderer::new(err, options.stderr, clock),
            answer: if options.raw {
                Answer::Raw(RawText::default())
            } else {
                Answer::Rendered(Box::new(Renderer::new(options.viewport)))
            },
            is_shared: options.stderr.is_terminal,
            has_begun: false,
            notices: Vec::new(),
            has_footer: options.stderr.is_terminal && !options.viewport.accessible && has_colors,
            waiting: Waiting::default(),
            rows: Vec::new(),
            buffer: Vec::new(),
        }
    }

    /// The window has another size.
    pub fn resize(&mut self, columns: u16, rows: u16) -> io::Result<()> {
        self.stderr.footer.clear(&mut self.buffer);
        self.stderr.resize(columns, rows);
        if let Answer::Rendered(markdown) = &mut self.answer {
            markdown.resize(columns, rows);
        }
        self.write_buffer()
    }

    fn draw(&mut self) {
        match &mut self.answer {
            Answer::Rendered(markdown) => markdown.draw(&mut self.buffer),
            Answer::Raw(raw) => raw.draw(&mut self.buffer),
        }
    }

    /// Writes what was drawn, in the place of lines below the answer where it needs that.
    fn write(&mut self) -> io::Result<()> {
        let footer = &mut self.stderr.footer;
        if footer.is_shown() && !self.buffer.is_empty() && !footer.stays_below(&self.buffer) {
            let mut bytes = Vec::new();
            footer.clear(&mut bytes);
            self.buffer.splice(0..0, bytes);
        }
        self.show_footer(false);
        self.write_buffer()
    }

    fn write_buffer(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.out.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        self.out.flush()
    }

    /// Brings the lines below the answer up to date.
    fn show_footer(&mut self, is_due: bool) {
        if !self.has_footer {
            return;
        }
        let options = self.stderr.options();
        let stderr = &mut self.stderr;
        let is_amid = self.has_begun || stderr.is_thinking();
        let live = stderr.live_row(is_due);
        // Thoughts that are shown say themselves how long they take.
        let Viewport {
            columns, rows, ascii, ..
        } = options.viewport;
        let is_told = (live.is_none() || self.waiting.is_for_retry()) && !options.quiet;
        let waiting = is_told.then(|| self.waiting.row(is_amid, columns, ascii, options.lang));
        let footer: Vec<FooterRow> = live
            .into_iter()
            .chain(waiting.flatten())
            .chain(self.rows.iter().cloned())
            .collect();
        if footer.is_empty() && !stderr.footer.is_shown() {
            return;
        }
        let cursor = match &mut self.answer {
            _ if stderr.is_thinking() => stderr.cursor(),
            Answer::Rendered(markdown) => {
                markdown.reset_style(&mut self.buffer);
                markdown.cursor()
            }
            Answer::Raw(raw) => raw.cursor(columns, rows),
        };
        stderr.footer.show(&footer, cursor, columns, &mut self.buffer);
    }

    /// Tells how long the wait is where lines cannot come and go, if the cursor is at the beginning of one.
    fn tell_wait(&mut self) -> io::Result<()> {
        let is_told = self.is_shared && !self.has_footer && !self.stderr.is_thinking();
        let is_at_start = match &self.answer {
            Answer::Rendered(markdown) => markdown.cursor().is_at_start,
            Answer::Raw(raw) => raw.at_line_start,
        };
        match is_told && is_at_start {
            true => self
                .waiting
                .sentence()
                .map_or(Ok(()), |sentence| self.stderr.tell(&sentence)),
            false => Ok(()),
        }
    }

    /// Ends the answer's line, so that thoughts can follow in the middle of an answer.
    fn end_answer(&mut self) -> io::Result<()> {
        match &mut self.answer {
            Answer::Rendered(markdown) => markdown.finish(&mut self.buffer),
            Answer::Raw(raw) => raw.finish(&mut self.buffer),
        }
        self.write()
    }

    fn write_notices(&mut self) -> io::Result<()> {
        std::mem::take(&mut self.notices)
            .iter()
            .try_for_each(|notice| self.stderr.notice(notice))
    }
}

impl<W: Write, E: Write> Render for TerminalRenderer<W, E> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.waiting = Waiting::default();
        match event {
            Event::Text(text) if !text.is_empty() => {
                self.stderr.event(event)?;
                self.has_begun = true;
                match &mut self.answer {
                    Answer::Rendered(markdown) => markdown.push(text),
                    Answer::Raw(raw) => raw.push(text),
                }
            }
            Event::Thinking(_) | Event::ThinkingTitle(_) if self.stderr.shows_thinking() => {
                if self.has_begun && self.is_shared && !self.stderr.is_thinking() {
                    self.end_answer()?;
                }
                self.stderr.event(event)?;
            }
            Event::Search(_) | Event::Restarted | Event::Usage(_) => self.stderr.event(event)?,
            _ => {}
        }
        Ok(())
    }

    /// Shows a notice now, as long as nothing of the answer is on the screen that it would stand in the middle of.
    fn notice(&mut self, notice: &UiText) -> io::Result<()> {
        self.waiting = Waiting::default();
        self.notices.push(notice.clone());
        if self.is_shared && self.has_begun {
            return Ok(());
        }
        self.write_notices()
    }

    /// Counts the wait down in a line that goes, where lines can.
    fn retry(&mut self, retry: &Retry, sentence: &UiText) -> io::Result<()> {
        if !self.has_footer {
            return self.notice(sentence);
        }
        self.waiting = Waiting::for_retry(retry);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.stderr.is_thinking() {
            self.stderr.write_text()?;
        } else {
            self.draw();
        }
        self.write()
    }

    fn idle(&mut self, silent: Duration) -> io::Result<()> {
        self.waiting.follow(silent);
        self.tell_wait()?;
        self.show_footer(true);
        // The program may be killed in a pause: no colour is left on the terminal.
        if let Answer::Rendered(markdown) = &mut self.answer {
            markdown.reset_style(&mut self.buffer);
        }
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.write_buffer()
    }

    fn footer(&mut self, rows: &[FooterRow]) -> io::Result<()> {
        self.rows = rows.to_vec();
        self.show_footer(false);
        self.write_buffer()
    }

    fn finish(&mut self, ending: &Ending) -> io::Result<()> {
        self.rows.clear();
        self.waiting = Waiting::default();
        self.stderr.end_thinking()?;
        if self.has_begun {
            self.end_answer()?;
        }
        self.has_begun = false;
        self.write()?;
        self.write_notices()?;
        self.stderr.finish(ending)
    }
}

/// Text without Markdown: safe for a terminal, as it comes.
#[derive(Debug)]
struct RawText {
    pending: String,
    at_line_start: bool,
    /// The cells of the line so far, and whether all its characters take one.
    cells: usize,
    is_ascii: bool,
    /// A carriage return may be half of a line end.
    after_return: bool,
    safe: Sanitizer,
}

impl Default for RawText {
    fn default() -> RawText {
        RawText {
            pending: String::new(),
            at_line_start: true,
            cells: 0,
            is_ascii: true,
            after_return: false,
            safe: Sanitizer::default(),
        }
    }
}

impl RawText {
    fn push(&mut self, text: &str) {
        let mut text = text;
        if std::mem::take(&mut self.after_return) && !text.starts_with('\n') {
            self.pending.push_str(&self.safe.clean("\r"));
        }
        if let Some(rest) = text.strip_suffix('\r') {
            self.after_return = true;
            text = rest;
        }
        self.pending.push_str(&self.safe.clean(&text.replace("\r\n", "\n")));
    }

    fn draw(&mut self, out: &mut Vec<u8>) {
        if !self.pending.is_empty() {
            self.at_line_start = self.pending.ends_with('\n');
            let line = match self.pending.rfind('\n') {
                Some(end) => {
                    (self.cells, self.is_ascii) = (0, true);
                    &self.pending[end + 1..]
                }
                None => &self.pending,
            };
            self.cells += width::of(line);
            self.is_ascii &= line.is_ascii() && !line.contains('\t');
            out.extend_from_slice(self.pending.as_bytes());
            self.pending.clear();
        }
    }

    /// The place of the cursor, for lines that go: none where it may stand behind the last cell of a row.
    fn cursor(&self, columns: u16, rows: u16) -> Cursor {
        let column = self.cells % usize::from(columns.max(1));
        let is_sure = self.at_line_start || (self.is_ascii && column > 0);
        Cursor {
            is_at_start: self.at_line_start,
            may_wrap: true,
            free_rows: usize::from(is_sure) * usize::from(rows.saturating_sub(1)),
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.after_return) {
            self.pending.push_str(&self.safe.clean("\r"));
        }
        self.draw(out);
        if !std::mem::replace(&mut self.at_line_start, true) {
            out.push(b'\n');
        }
    }
}
