//! Which renderer an answer gets: Markdown for a person, bytes for a pipe, JSON for a program.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use stream_markdown::{ColorDepth, Theme, Viewport};

use super::Context;
use crate::cli::When;
use crate::i18n::UiText;
use crate::render::stderr::{ShowThinking, StderrOptions, StderrRenderer};
use crate::render::terminal::{TerminalOptions, TerminalRenderer, Waiting};
use crate::render::{Ending, Render};
use crate::term::out::Stream;
use crate::term::spinner::Spinner;
use qwen_api::Event;

/// The colours to use on a stream, by `--color`, `NO_COLOR` and the terminal.
pub(crate) fn depth(context: &Context<'_>, is_terminal: bool) -> ColorDepth {
    match context.settings.color.value {
        When::Never => ColorDepth::None,
        // Asked for by name: even where the terminal does not say that it has colours.
        When::Always => context.host.terminal_depth().max(ColorDepth::Ansi16),
        When::Auto if is_terminal => context.host.color_depth(),
        When::Auto => ColorDepth::None,
    }
}

fn theme(context: &Context<'_>) -> Theme {
    // The terminal is never asked.
    let of_terminal = || Theme::of_background(context.host.env.get("COLORFGBG").unwrap_or_default());
    context.settings.theme.value.unwrap_or_else(of_terminal)
}

fn show_thinking(context: &Context<'_>) -> ShowThinking {
    match context.settings.show_thinking.value {
        When::Always => ShowThinking::Always,
        When::Never => ShowThinking::Never,
        When::Auto => ShowThinking::Auto,
    }
}

/// Standard error's part of an answer.
fn stderr_options(context: &Context<'_>, only_notices: bool) -> StderrOptions {
    let (columns, rows) = context.host.window();
    let host = context.host;
    StderrOptions {
        is_terminal: host.ttys.stderr,
        columns,
        rows,
        color_depth: depth(context, host.ttys.stderr),
        theme: theme(context),
        accessible: host.is_accessible(),
        show_thinking: show_thinking(context),
        only_notices,
        quiet: context.settings.quiet,
        lang: context.settings.lang(),
    }
}

/// The renderer of standard error beside an answer that goes elsewhere. `only_notices`: what standard output gets holds
/// thoughts and sources.
pub(crate) fn stderr(context: &Context<'_>, only_notices: bool) -> StderrRenderer<Stream> {
    let options = stderr_options(context, only_notices);
    StderrRenderer::new(Stream::stderr(), options, Box::new(Instant::now))
}

/// The renderer for a person. `forced` renders Markdown into a pipe too.
pub(crate) fn terminal(context: &Context<'_>, raw: bool) -> Box<dyn Render> {
    let host = context.host;
    let (columns, rows) = host.window();
    let is_dumb = host.is_dumb_terminal();
    let options = TerminalOptions {
        viewport: Viewport {
            columns,
            rows,
            color_depth: depth(context, host.ttys.stdout),
            theme: theme(context),
            hyperlinks: host.has_hyperlinks(),
            accessible: host.is_accessible(),
        },
        stderr: stderr_options(context, false),
        raw,
    };
    let spinner = (!is_dumb).then(|| Box::new(Spinner::stderr(context.settings.lang())) as Box<dyn Waiting>);
    let terminal = TerminalRenderer::new(
        Stream::stdout(),
        Stream::stderr(),
        options,
        Box::new(Instant::now),
        spinner,
    );
    Box::new(Live {
        terminal,
        window: (columns, rows),
        is_measured: false,
        host: host.clone(),
    })
}

/// A terminal renderer that looks at the window's size before it takes in what comes: what the terminal has wrapped
/// anew by then is all on the screen.
struct Live<W, E> {
    terminal: TerminalRenderer<W, E>,
    window: (u16, u16),
    /// Whether that was done since the last drawing.
    is_measured: bool,
    host: crate::host::Host,
}

impl<W: Write, E: Write> Live<W, E> {
    fn measure(&mut self) {
        if std::mem::replace(&mut self.is_measured, true) {
            return;
        }
        let window = self.host.window();
        if window != self.window {
            self.window = window;
            self.terminal.resize(window.0, window.1);
        }
    }
}

impl<W: Write, E: Write> Render for Live<W, E> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.measure();
        self.terminal.event(event)
    }

    fn notice(&mut self, notice: &UiText) -> io::Result<()> {
        self.measure();
        self.terminal.notice(notice)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.measure();
        self.is_measured = false;
        self.terminal.flush()
    }

    fn idle(&mut self, silent: Duration) -> io::Result<()> {
        self.measure();
        self.is_measured = false;
        self.terminal.idle(silent)
    }

    fn finish(&mut self, ending: &Ending) -> io::Result<()> {
        self.measure();
        self.terminal.finish(ending)
    }
}
