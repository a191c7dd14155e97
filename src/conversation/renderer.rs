//! The renderer of an answer: Markdown on a terminal, the text as it is in a pipe.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use stream_markdown::{Renderer, Viewport};

use crate::app::App;
use crate::cli::When;
use crate::i18n::UiText;
use crate::render::footer::FooterRow;
use crate::render::plain::PlainRenderer;
use crate::render::stderr::{ShowThinking, StderrOptions, StderrRenderer};
use crate::render::terminal::{TerminalOptions, TerminalRenderer};
use crate::render::waiting::Retry;
use crate::render::{Ending, Render, Tee};
use crate::term::out::Stream;
use crate::term::ui::Ui;
use qwen_api::Event;

fn show_thinking(app: &App<'_>) -> ShowThinking {
    match app.settings.show_thinking.value {
        When::Always => ShowThinking::Always,
        When::Never => ShowThinking::Never,
        When::Auto => ShowThinking::Auto,
    }
}

/// Standard error's part of an answer.
fn stderr_options(app: &App<'_>, only_notices: bool) -> StderrOptions {
    let is_terminal = app.host.ttys.stderr;
    StderrOptions {
        is_terminal,
        viewport: app.look().viewport(is_terminal),
        show_thinking: show_thinking(app),
        only_notices,
        quiet: app.settings.quiet,
        in_chat: app.in_chat,
        lang: app.settings.lang(),
    }
}

/// The renderer of an answer of `qwen chat`: Markdown on a terminal, the model's text byte for byte in a pipe.
pub fn answer_renderer(app: &App<'_>, is_raw: bool) -> Box<dyn Render> {
    if app.host.ttys.stdout {
        terminal(app, is_raw)
    } else {
        Box::new(Tee(
            PlainRenderer::new(Stream::stdout(), None, false),
            stderr(app, false),
        ))
    }
}

/// The renderer of standard error beside an answer that goes elsewhere. `only_notices`: what standard output gets holds
/// thoughts and sources.
pub fn stderr(app: &App<'_>, only_notices: bool) -> StderrRenderer<Stream> {
    let options = stderr_options(app, only_notices);
    StderrRenderer::new(Ui::writer(), options, Box::new(Instant::now))
}

/// A text as it is drawn: Markdown, safe for a terminal.
pub fn drawn(viewport: Viewport, markdown: &str) -> String {
    let mut renderer = Renderer::new(viewport);
    let mut out = Vec::new();
    renderer.push(markdown);
    renderer.finish(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// The renderer for a terminal: Markdown, or with `raw` the text as it is.
pub fn terminal(app: &App<'_>, raw: bool) -> Box<dyn Render> {
    let viewport = app.look().viewport(app.host.ttys.stdout);
    let options = TerminalOptions {
        viewport,
        stderr: stderr_options(app, false),
        raw,
    };
    let terminal = TerminalRenderer::new(Stream::stdout(), Ui::writer(), options, Box::new(Instant::now));
    Box::new(WindowRenderer {
        terminal,
        window: (viewport.columns, viewport.rows),
        is_measured: false,
        host: app.host.clone(),
    })
}

/// A terminal renderer that checks the window's size before each event: what the terminal has rewrapped
/// by then is all on the screen.
struct WindowRenderer<W, E> {
    terminal: TerminalRenderer<W, E>,
    window: (u16, u16),
    /// Whether the size was checked since the last drawing.
    is_measured: bool,
    host: crate::host::Host,
}

impl<W: Write, E: Write> WindowRenderer<W, E> {
    fn measure(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.is_measured, true) {
            return Ok(());
        }
        let window = self.host.window();
        if window == self.window {
            return Ok(());
        }
        self.window = window;
        self.terminal.resize(window.0, window.1)
    }
}

impl<W: Write, E: Write> Render for WindowRenderer<W, E> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.measure()?;
        self.terminal.event(event)
    }

    fn notice(&mut self, notice: &UiText) -> io::Result<()> {
        self.measure()?;
        self.terminal.notice(notice)
    }

    fn retry(&mut self, retry: &Retry, sentence: &UiText) -> io::Result<()> {
        self.measure()?;
        self.terminal.retry(retry, sentence)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.measure()?;
        self.is_measured = false;
        self.terminal.flush()
    }

    fn idle(&mut self, silent: Duration) -> io::Result<()> {
        self.measure()?;
        self.is_measured = false;
        self.terminal.idle(silent)
    }

    fn footer(&mut self, rows: &[FooterRow]) -> io::Result<()> {
        self.measure()?;
        self.is_measured = false;
        self.terminal.footer(rows)
    }

    fn finish(&mut self, ending: &Ending) -> io::Result<()> {
        self.measure()?;
        self.terminal.finish(ending)
    }
}
