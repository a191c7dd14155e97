//! What belongs to an answer but is not its text: thoughts, sources, notices. All of it goes to standard error.

mod thoughts;

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use stream_markdown::{ColorDepth, Cursor, Viewport, sanitize};

use super::failure::{fitted, notice_line};
use super::footer::{Footer, FooterRow};
use super::{Ending, Render};
use crate::i18n::UiText;
use crate::i18n::lang::Lang;
use crate::tr_static;
use qwen_api::{Event, SearchResult};
use thoughts::Thoughts;

/// Whether thoughts are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShowThinking {
    /// Where standard error is a terminal: the last words of them in one line, and then how long they took.
    #[default]
    Auto,
    Always,
    Never,
}

/// What standard error is, and what the user wants there.
#[derive(Clone, Copy, Debug, Default)]
pub struct StderrOptions {
    pub is_terminal: bool,
    /// Where thoughts are drawn. Without colours not one escape code is written, and nothing is drawn twice; where it is
    /// ASCII, so are the marks of notices.
    pub viewport: Viewport,
    pub show_thinking: ShowThinking,
    /// Thoughts and sources are part of what standard output gets.
    pub only_notices: bool,
    /// The answer and errors only.
    pub quiet: bool,
    /// `/thoughts` can be typed.
    pub in_chat: bool,
    pub lang: Lang,
}

impl StderrOptions {
    /// The mark, or its stand-in where there are ASCII characters only.
    fn mark(&self, mark: &'static str, ascii: &'static str) -> &'static str {
        if self.viewport.ascii { ascii } else { mark }
    }

    /// What begins and ends dim text.
    fn dim(&self) -> (&'static str, &'static str) {
        if self.is_terminal && self.viewport.color_depth > ColorDepth::None {
            ("\x1b[2m", "\x1b[m")
        } else {
            ("", "")
        }
    }
}

/// The source of the time; tests have their own.
pub type Clock = Box<dyn Fn() -> Instant>;

/// The renderer of standard error: alone beside an answer that goes to a pipe or a file, and a part of
/// [`super::terminal::TerminalRenderer`].
pub struct StderrRenderer<E> {
    err: E,
    options: StderrOptions,
    thoughts: Thoughts,
    sources: Vec<SearchResult>,
    /// What comes and goes below thoughts, and below the answer where that is in the same window. Text that follows takes
    /// its place.
    pub(super) footer: Footer,
    buffer: Vec<u8>,
}

impl<E> fmt::Debug for StderrRenderer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StderrRenderer")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<E: Write> StderrRenderer<E> {
    pub fn new(err: E, options: StderrOptions, clock: Clock) -> StderrRenderer<E> {
        StderrRenderer {
            err,
            options,
            thoughts: Thoughts::new(clock),
            sources: Vec::new(),
            footer: Footer::default(),
            buffer: Vec::new(),
        }
    }

    pub(super) fn options(&self) -> StderrOptions {
        self.options
    }

    /// Whether thoughts that come would be shown.
    pub fn shows_thinking(&self) -> bool {
        let is_wanted = match self.options.show_thinking {
            ShowThinking::Auto => self.options.is_terminal,
            ShowThinking::Always => true,
            ShowThinking::Never => false,
        };
        is_wanted && !self.options.only_notices && !self.options.quiet
    }

    /// Ends the thoughts, if there are any: the answer begins.
    pub fn end_thinking(&mut self) -> io::Result<()> {
        if !self.is_thinking() {
            return Ok(());
        }
        self.footer.clear(&mut self.buffer);
        self.thoughts.end(&self.options, &mut self.buffer);
        self.write_text()
    }

    /// The live line of thoughts: another one if it `is_due`, or the last one is not new.
    pub(super) fn live_row(&mut self, is_due: bool) -> Option<FooterRow> {
        self.thoughts.live_row(is_due, &self.options)
    }

    /// Writes what was said and thought, but for what is a line that goes.
    pub(super) fn write_text(&mut self) -> io::Result<()> {
        let mut drawn = Vec::new();
        self.thoughts.draw(&mut drawn);
        if !drawn.is_empty() {
            self.footer.clear(&mut self.buffer);
            self.buffer.append(&mut drawn);
        }
        if !self.buffer.is_empty() {
            self.err.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        self.err.flush()
    }

    /// Where the cursor is among thoughts, for lines that go.
    pub(super) fn cursor(&self) -> Cursor {
        self.thoughts.cursor().unwrap_or(Cursor {
            is_at_start: true,
            may_wrap: false,
            free_rows: usize::from(self.options.viewport.rows).saturating_sub(1),
        })
    }

    /// Shows the live line of thoughts where this is the only renderer.
    fn show_live(&mut self, is_due: bool) {
        let row = self.live_row(is_due);
        let cursor = self.cursor();
        self.footer
            .show(row.as_slice(), cursor, self.options.viewport.columns, &mut self.buffer);
    }

    /// Writes a sentence about the wait on a line of its own. The cursor must be at the beginning of one.
    pub(super) fn tell(&mut self, sentence: &UiText) -> io::Result<()> {
        if !self.options.quiet {
            let line = self.fitted(sentence.localize(self.options.lang));
            self.buffer.extend_from_slice(format!("{line}\n").as_bytes());
        }
        self.write_text()
    }

    fn fitted(&self, text: String) -> String {
        let o = &self.options;
        fitted(text, o.is_terminal.then_some(o.viewport.columns), o.viewport.ascii)
    }

    pub fn is_thinking(&self) -> bool {
        self.thoughts.are_any()
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.options.viewport.columns = columns;
        self.options.viewport.rows = rows;
        self.footer.clear(&mut self.buffer);
        self.thoughts.resize(columns, rows);
    }

    fn source(&mut self, source: &SearchResult) {
        let title = match (source.title.trim(), source.site.trim()) {
            ("", site) => site,
            (title, _) => title,
        };
        let (title, url) = (sanitize::safe_line(title), sanitize::safe_line(&source.url));
        self.buffer.extend_from_slice(format!("[{}] ", source.index).as_bytes());
        if !title.is_empty() {
            self.buffer.extend_from_slice(title.as_bytes());
            self.buffer.push(b' ');
        }
        let (dim, reset) = self.options.dim();
        self.buffer.extend_from_slice(format!("{dim}{url}{reset}\n").as_bytes());
    }
}

impl<E: Write> Render for StderrRenderer<E> {
    /// Takes an event in. Thoughts are drawn at the next `flush`.
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Text(text) if !text.is_empty() => self.end_thinking(),
            Event::Thinking(text) if self.shows_thinking() => {
                self.thoughts.push(text, &self.options, &mut self.buffer);
                Ok(())
            }
            Event::ThinkingTitle(title) if self.shows_thinking() => {
                self.thoughts.push_title(title, &self.options, &mut self.buffer);
                Ok(())
            }
            Event::Search(results) if !self.options.only_notices => {
                for result in results {
                    if !self.sources.contains(result) {
                        self.sources.push(result.clone());
                    }
                }
                Ok(())
            }
            Event::Usage(usage) => {
                self.thoughts.tokens = usage.reasoning_tokens;
                Ok(())
            }
            // Other thoughts come in the place of those so far, from other pages.
            Event::Restarted => {
                self.sources.clear();
                self.end_thinking()
            }
            _ => Ok(()),
        }
    }

    /// Writes a notice on a line of its own. The cursor must be at the beginning of one, but for thoughts.
    fn notice(&mut self, notice: &UiText) -> io::Result<()> {
        if self.options.quiet {
            return Ok(());
        }
        self.footer.clear(&mut self.buffer);
        self.thoughts.make_room(&mut self.buffer);
        let o = &self.options;
        let style = match o.is_terminal {
            true => o.viewport.theme.notice(o.viewport.color_depth),
            false => String::new(),
        };
        let line = self.fitted(notice_line(notice, o.lang, &style));
        self.buffer.extend_from_slice(line.as_bytes());
        self.write_text()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.show_live(false);
        self.write_text()
    }

    fn idle(&mut self, _: Duration) -> io::Result<()> {
        self.show_live(true);
        self.write_text()
    }

    /// It holds no text of the answer.
    fn can_start_over(&self) -> bool {
        true
    }

    /// Ends the thoughts and lists the sources.
    fn finish(&mut self, _: &Ending) -> io::Result<()> {
        self.end_thinking()?;
        let mut sources = std::mem::take(&mut self.sources);
        if !self.options.quiet && !sources.is_empty() {
            sources.sort_by_key(|source| source.index);
            if self.options.is_terminal {
                self.buffer.push(b'\n');
            }
            let head = tr_static!("sources:").localize(self.options.lang);
            self.buffer.extend_from_slice(head.as_bytes());
            self.buffer.push(b'\n');
            for source in &sources {
                self.source(source);
            }
        }
        self.write_text()
    }
}
