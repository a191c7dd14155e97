//! What belongs to an answer but is not its text: thoughts, sources, notices. All of it goes to standard error.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use stream_markdown::{ColorDepth, Cursor, SectionRenderer, Theme, Viewport};
use stream_markdown::{sanitize, width};

use super::failure::{fitted, notice_line};
use super::footer::{Footer, FooterRow};
use super::{Ending, Render};
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::i18n::lang::Lang;
use crate::{tr, tr_static};
use qwen_api::{Event, SearchResult};

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
#[derive(Clone, Copy, Debug)]
pub struct StderrOptions {
    pub is_terminal: bool,
    pub columns: u16,
    pub rows: u16,
    /// How many columns thoughts are wrapped to at most; 0 for those of the window.
    pub prose_columns: u16,
    /// With `None` not one escape code is written, and nothing is drawn twice.
    pub color_depth: ColorDepth,
    pub theme: Theme,
    /// Whole lines only, each written once.
    pub accessible: bool,
    pub show_thinking: ShowThinking,
    /// Thoughts and sources are part of what standard output gets.
    pub only_notices: bool,
    /// The answer and errors only.
    pub quiet: bool,
    /// `/thoughts` can be typed.
    pub in_chat: bool,
    /// Marks are ASCII characters.
    pub ascii: bool,
    pub lang: Lang,
}

impl Default for StderrOptions {
    fn default() -> StderrOptions {
        StderrOptions {
            is_terminal: false,
            columns: 80,
            rows: 24,
            prose_columns: 0,
            color_depth: ColorDepth::None,
            theme: Theme::Dark,
            accessible: false,
            show_thinking: ShowThinking::Auto,
            only_notices: false,
            quiet: false,
            in_chat: false,
            ascii: false,
            lang: Lang::En,
        }
    }
}

impl StderrOptions {
    /// The mark, or its stand-in where there are ASCII characters only.
    fn mark(&self, mark: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { mark }
    }

    fn viewport(&self) -> Viewport {
        Viewport {
            columns: self.columns,
            rows: self.rows,
            color_depth: self.color_depth,
            theme: self.theme,
            accessible: self.accessible,
            ascii: self.ascii,
            prose_columns: self.prose_columns,
            ..Viewport::default()
        }
    }
}

/// The least time between two drawings of a line of thoughts.
const LIVE_PACE: Duration = Duration::from_millis(80);
/// How many bytes of thoughts are kept for that line.
const LAST_BYTES: usize = 1000;

/// Adds to the last words of thoughts, and forgets those before.
fn push_last(last: &mut String, text: &str) {
    last.push_str(text);
    if last.len() > 2 * LAST_BYTES {
        let start = last.ceil_char_boundary(last.len() - LAST_BYTES);
        last.drain(..start);
    }
}

/// The source of the time; tests have their own.
pub type Clock = Box<dyn Fn() -> Instant>;

/// The renderer of standard error: alone beside an answer that goes to a pipe or a file, and a part of
/// [`super::terminal::TerminalRenderer`].
pub struct StderrRenderer<E> {
    err: E,
    options: StderrOptions,
    clock: Clock,
    thinking: Thinking,
    /// When the thoughts at hand began.
    since: Instant,
    /// How many tokens were thought, where the server has counted them by then.
    thought_tokens: u64,
    sources: Vec<SearchResult>,
    /// What comes and goes below thoughts, and below the answer where that is in the same window. Text that follows takes
    /// its place.
    pub(super) footer: Footer,
    buffer: Vec<u8>,
}

#[derive(Debug)]
enum Thinking {
    None,
    /// The last words, shown in one line that goes.
    Live {
        last: String,
        /// The line, and when it was made.
        line: Option<(FooterRow, Instant)>,
    },
    Drawn(Box<SectionRenderer>),
    /// The bytes as they are; whether they ended in a newline.
    Plain {
        at_line_start: bool,
    },
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
        let since = clock();
        StderrRenderer {
            err,
            options,
            clock,
            thinking: Thinking::None,
            since,
            thought_tokens: 0,
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

    fn begin_thinking(&mut self) {
        if !matches!(self.thinking, Thinking::None) {
            return;
        }
        self.since = (self.clock)();
        let o = &self.options;
        self.thinking = if o.is_terminal && o.show_thinking == ShowThinking::Auto {
            Thinking::Live {
                last: String::new(),
                line: None,
            }
        } else if o.is_terminal {
            let heading = tr_static!("thinking…").localize(o.lang);
            Thinking::Drawn(Box::new(SectionRenderer::new(o.viewport(), heading)))
        } else {
            Thinking::Plain { at_line_start: true }
        };
    }

    fn thought(&mut self, text: &str) {
        self.begin_thinking();
        match &mut self.thinking {
            Thinking::Live { last, .. } => push_last(last, text),
            Thinking::Drawn(thoughts) => thoughts.push(text),
            Thinking::Plain { at_line_start } if !text.is_empty() => {
                self.buffer.extend_from_slice(text.as_bytes());
                *at_line_start = text.ends_with('\n');
            }
            _ => {}
        }
    }

    fn title(&mut self, title: &str) {
        self.begin_thinking();
        let title = sanitize::safe_line(title);
        match &mut self.thinking {
            Thinking::Live { last, .. } => {
                last.clear();
                push_last(last, &format!("{title}: "));
            }
            Thinking::Drawn(thoughts) => thoughts.push_heading(&title),
            Thinking::Plain { at_line_start } => {
                if !*at_line_start {
                    self.buffer.push(b'\n');
                }
                self.buffer.extend_from_slice(format!("# {title}\n").as_bytes());
                *at_line_start = true;
            }
            Thinking::None => {}
        }
    }

    /// Ends the thoughts, if there are any: the answer begins.
    pub fn end_thinking(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.thinking, Thinking::None) {
            Thinking::None => return Ok(()),
            Thinking::Live { .. } => {
                self.footer.clear(&mut self.buffer);
                let summary = self.summary();
                let (dim, reset) = self.dim();
                self.buffer
                    .extend_from_slice(format!("{dim}{summary}{reset}\n\n").as_bytes());
            }
            Thinking::Drawn(thoughts) => {
                let summary = tr!("thought for {}", self.thinking_time()).localize(self.options.lang);
                self.footer.clear(&mut self.buffer);
                thoughts.finish(&summary, &mut self.buffer);
            }
            Thinking::Plain { at_line_start } => {
                if !at_line_start {
                    self.buffer.push(b'\n');
                }
            }
        }
        self.write_text()
    }

    /// How long the thoughts have taken, in whole seconds, rounded up.
    fn thinking_time(&self) -> UiText {
        let took = (self.clock)().saturating_duration_since(self.since);
        seconds(Duration::from_secs(took.as_millis().div_ceil(1000).max(1) as u64))
    }

    /// `▸ thought for 7 s · 412 tokens · /thoughts shows them`, as much of it as there is room for.
    fn summary(&self) -> String {
        let o = &self.options;
        let tokens = (self.thought_tokens > 0).then(|| tr!("{} tokens", self.thought_tokens));
        let hint = o.in_chat.then(|| tr!("/thoughts shows them"));
        let mut summary = format!(
            "{} {}",
            o.mark("▸", "-"),
            tr!("thought for {}", self.thinking_time()).localize(o.lang)
        );
        for part in [tokens, hint].into_iter().flatten() {
            let longer = format!("{summary} {} {}", o.mark("·", "-"), part.localize(o.lang));
            if width::of(&longer) < usize::from(o.columns) {
                summary = longer;
            }
        }
        summary
    }

    /// The live line of thoughts: another one if it `is_due`, or the last one is not new.
    pub(super) fn live_row(&mut self, is_due: bool) -> Option<FooterRow> {
        let Thinking::Live { line, .. } = &self.thinking else {
            return None;
        };
        let now = (self.clock)();
        if self.options.color_depth == ColorDepth::None || self.options.accessible {
            return None;
        }
        if let Some((row, made)) = line
            && !is_due
            && now.saturating_duration_since(*made) < LIVE_PACE
        {
            return Some(row.clone());
        }
        let time = self.thinking_time();
        let o = &self.options;
        let Thinking::Live { last, line } = &mut self.thinking else {
            return None;
        };
        let head = format!("{} {}", o.mark("✻", "*"), tr!("thinking {}", time).localize(o.lang));
        let (dot, dots) = (o.mark("·", "-"), o.mark("…", "..."));
        let words = sanitize::safe_line(last);
        let room = usize::from(o.columns).saturating_sub(width::of(&head) + 4 + width::of(dots));
        let text = match width::of(&words) {
            0 => head,
            cells if cells <= room => format!("{head} {dot} {words}"),
            _ => format!("{head} {dot} {dots}{}", width::fit_end(&words, room).trim_start()),
        };
        let row = FooterRow::dim(&text);
        *line = Some((row.clone(), now));
        Some(row)
    }

    /// Writes what was said and thought, but for what is a line that goes.
    pub(super) fn write_text(&mut self) -> io::Result<()> {
        if let Thinking::Drawn(thoughts) = &mut self.thinking {
            let mut text = Vec::new();
            thoughts.draw(&mut text);
            if !text.is_empty() {
                self.footer.clear(&mut self.buffer);
                self.buffer.append(&mut text);
            }
        }
        if !self.buffer.is_empty() {
            self.err.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        self.err.flush()
    }

    /// Where the cursor is among thoughts, for lines that go.
    pub(super) fn cursor(&self) -> Cursor {
        match &self.thinking {
            Thinking::Drawn(thoughts) => thoughts.cursor(),
            _ => Cursor {
                is_at_start: true,
                may_wrap: false,
                free_rows: usize::from(self.options.rows).saturating_sub(1),
            },
        }
    }

    /// Shows the live line of thoughts where this is the only renderer.
    fn show_live(&mut self, is_due: bool) {
        let row = self.live_row(is_due);
        let cursor = self.cursor();
        self.footer
            .show(row.as_slice(), cursor, self.options.columns, &mut self.buffer);
    }

    /// Writes a sentence about the wait on a line of its own. The cursor must be at the beginning of one.
    pub(super) fn tell(&mut self, sentence: &UiText) -> io::Result<()> {
        if !self.options.quiet {
            let line = fitted(sentence.localize(self.options.lang), self.fold_columns());
            self.buffer.extend_from_slice(format!("{line}\n").as_bytes());
        }
        self.write_text()
    }

    /// The columns that lines are folded to.
    fn fold_columns(&self) -> Option<u16> {
        self.options.is_terminal.then_some(self.options.columns)
    }

    /// What begins and ends dim text.
    fn dim(&self) -> (&'static str, &'static str) {
        let o = &self.options;
        if o.is_terminal && o.color_depth > ColorDepth::None {
            ("\x1b[2m", "\x1b[m")
        } else {
            ("", "")
        }
    }

    pub fn is_thinking(&self) -> bool {
        !matches!(self.thinking, Thinking::None)
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.options.columns = columns;
        self.options.rows = rows;
        self.footer.clear(&mut self.buffer);
        if let Thinking::Drawn(thoughts) = &mut self.thinking {
            thoughts.resize(columns, rows);
        }
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
        let (dim, reset) = self.dim();
        self.buffer.extend_from_slice(format!("{dim}{url}{reset}\n").as_bytes());
    }
}

impl<E: Write> Render for StderrRenderer<E> {
    /// Takes an event in. Thoughts are drawn at the next `flush`.
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Text(text) if !text.is_empty() => self.end_thinking(),
            Event::Thinking(text) if self.shows_thinking() => {
                self.thought(text);
                Ok(())
            }
            Event::ThinkingTitle(title) if self.shows_thinking() => {
                self.title(title);
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
                self.thought_tokens = usage.reasoning_tokens;
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
        match &mut self.thinking {
            Thinking::Drawn(thoughts) => thoughts.make_room(&mut self.buffer),
            Thinking::Plain { at_line_start } => {
                if !std::mem::replace(at_line_start, true) {
                    self.buffer.push(b'\n');
                }
            }
            Thinking::Live { .. } | Thinking::None => {}
        }
        let o = &self.options;
        let style = match o.is_terminal {
            true => o.theme.notice(o.color_depth),
            false => String::new(),
        };
        let line = notice_line(notice, o.lang, self.fold_columns(), &style);
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
