//! An answer on a terminal: Markdown or plain text on standard output, the rest on standard error.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use stream_markdown::sanitize::Sanitizer;
use stream_markdown::{Renderer, Viewport};

use super::stderr::{Clock, StderrOptions, StderrRenderer};
use super::{Ending, Render};
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::i18n::lang::Lang;
use crate::tr;
use qwen_api::Event;

/// A silence of this length is counted on the screen.
pub const COUNTED_AFTER: Duration = Duration::from_secs(10);

/// The text of a counted silence.
pub fn waiting_for(silent: Duration) -> UiText {
    tr!("waiting for {}", seconds(Duration::from_secs(silent.as_secs())))
}

/// A sign of activity during a silence. `tick` gets the time since the last event; `clear` erases it.
pub trait Waiting {
    fn tick(&mut self, silent: Duration);
    fn clear(&mut self);
}

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
    lang: Lang,
    /// Notices that wait for the end of a line.
    notices: VecDeque<UiText>,
    waiting: Option<Box<dyn Waiting>>,
    /// Nothing that is erased again is drawn.
    is_calm: bool,
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
    /// `waiting` is what is shown until the first token; `None` for nothing.
    pub fn new(
        out: W,
        err: E,
        options: TerminalOptions,
        clock: Clock,
        waiting: Option<Box<dyn Waiting>>,
    ) -> TerminalRenderer<W, E> {
        let is_calm = options.viewport.accessible || options.stderr.quiet || !options.stderr.is_terminal;
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
            lang: options.stderr.lang,
            notices: VecDeque::new(),
            waiting: waiting.filter(|_| !is_calm),
            is_calm,
            buffer: Vec::new(),
        }
    }

    /// The window has another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.stderr.resize(columns, rows);
        if let Answer::Rendered(markdown) = &mut self.answer {
            markdown.resize(columns, rows);
        }
    }

    fn stop_waiting(&mut self) {
        if let Some(mut waiting) = self.waiting.take() {
            waiting.clear();
        }
    }

    /// Shows below the answer how long the silence is, or erases that.
    fn show_silence(&mut self, silent: Option<Duration>) {
        if let Answer::Rendered(markdown) = &mut self.answer {
            let status = silent.map(|silent| waiting_for(silent).localize(self.lang));
            markdown.set_status(status.as_deref(), &mut self.buffer);
        }
    }

    fn draw(&mut self) {
        match &mut self.answer {
            Answer::Rendered(markdown) => markdown.draw(&mut self.buffer),
            Answer::Raw(raw) => raw.draw(&mut self.buffer),
        }
    }

    fn write(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.out.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        self.out.flush()
    }

    /// Makes room on standard error's line, if that can be done now.
    fn make_room(&mut self) -> io::Result<bool> {
        if !self.is_shared || !self.has_begun {
            return Ok(true);
        }
        let has_room = match &mut self.answer {
            Answer::Rendered(markdown) => markdown.make_room(&mut self.buffer),
            Answer::Raw(raw) => {
                raw.draw(&mut self.buffer);
                raw.at_line_start
            }
        };
        self.write()?;
        Ok(has_room)
    }

    fn write_notices(&mut self) -> io::Result<()> {
        if self.notices.is_empty() || !self.make_room()? {
            return Ok(());
        }
        while let Some(notice) = self.notices.pop_front() {
            self.stderr.notice(&notice)?;
        }
        self.draw();
        self.write()
    }

    /// Ends the answer's line, so that thoughts can follow in the middle of an answer.
    fn end_answer(&mut self) -> io::Result<()> {
        match &mut self.answer {
            Answer::Rendered(markdown) => markdown.finish(&mut self.buffer),
            Answer::Raw(raw) => raw.finish(&mut self.buffer),
        }
        self.write()
    }
}

impl<W: Write, E: Write> Render for TerminalRenderer<W, E> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if !matches!(event, Event::Text(_)) {
            self.show_silence(None);
        }
        match event {
            Event::Text(text) if !text.is_empty() => {
                self.stop_waiting();
                self.stderr.event(event)?;
                self.has_begun = true;
                match &mut self.answer {
                    Answer::Rendered(markdown) => markdown.push(text),
                    Answer::Raw(raw) => raw.push(text),
                }
            }
            Event::Thinking(_) | Event::ThinkingTitle(_) if self.stderr.shows_thinking() => {
                self.stop_waiting();
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

    fn notice(&mut self, notice: &UiText) -> io::Result<()> {
        self.show_silence(None);
        if let Some(waiting) = &mut self.waiting {
            waiting.clear();
        }
        self.notices.push_back(notice.clone());
        self.write_notices()
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.stderr.is_thinking() {
            return self.stderr.flush();
        }
        self.draw();
        self.write()?;
        self.write_notices()
    }

    fn idle(&mut self, silent: Duration) -> io::Result<()> {
        if let Some(waiting) = &mut self.waiting {
            waiting.tick(silent);
        }
        self.stderr.idle(silent)?;
        if silent >= COUNTED_AFTER && self.has_begun && !self.is_calm && !self.stderr.is_thinking() {
            self.show_silence(Some(silent));
        }
        // The program may be killed in a pause: no colour is left on the terminal.
        if let Answer::Rendered(markdown) = &mut self.answer {
            markdown.reset_style(&mut self.buffer);
        }
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.write()
    }

    fn finish(&mut self, ending: &Ending) -> io::Result<()> {
        self.stop_waiting();
        self.stderr.end_thinking()?;
        if self.has_begun {
            self.end_answer()?;
        }
        self.has_begun = false;
        self.write_notices()?;
        self.stderr.finish(ending)
    }
}

/// Text without Markdown: safe for a terminal, as it comes.
#[derive(Debug)]
struct RawText {
    pending: String,
    at_line_start: bool,
    /// A carriage return may be half of a line end.
    after_return: bool,
    safe: Sanitizer,
}

impl Default for RawText {
    fn default() -> RawText {
        RawText {
            pending: String::new(),
            at_line_start: true,
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
            out.extend_from_slice(self.pending.as_bytes());
            self.pending.clear();
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
