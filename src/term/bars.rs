//! Progress bars on stderr, several at a time; none where stderr is no terminal.

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};
use stream_markdown::sanitize::safe_line;
use stream_markdown::width;

use super::out::Stream;
use crate::host::{Host, window};
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::i18n::lang::Lang;
use crate::render::waiting::{ASCII_SIGNS, PACE, SIGNS};
use crate::{tr, tr_static};

/// The columns of a file's name.
const NAME_COLUMNS: usize = 24;

/// The bars.
pub struct Bars {
    all: MultiProgress,
    style: ProgressStyle,
    lang: Lang,
}

/// Where bars are drawn: on a terminal that can redraw, unless the user wants to see none.
fn target(host: &Host, quiet: bool) -> ProgressDrawTarget {
    let shown = host.ttys.stderr && !quiet && !host.is_accessible() && !host.is_dumb_terminal();
    match shown {
        // Its console echoes no Ctrl-C.
        true if cfg!(windows) => ProgressDrawTarget::stderr(),
        true => ProgressDrawTarget::term_like(Box::<EchoingTerminal>::default()),
        false => ProgressDrawTarget::hidden(),
    }
}

/// Standard error on a terminal that echoes a Ctrl-C as `^C`. Bars are padded to its width with spaces, behind which the echo
/// would begin a further line, and the bar above it would stay. So it is said to be narrower by that.
#[derive(Debug, Default)]
struct EchoingTerminal {
    /// What is written at the next flush.
    pending: Mutex<String>,
}

impl EchoingTerminal {
    fn put(&self, text: fmt::Arguments<'_>) -> io::Result<()> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.write_fmt(text).map_err(io::Error::other)
    }

    /// Moves the cursor so many cells, to where a letter says ("CUU" to "CUB" in ECMA-48).
    fn move_cursor(&self, count: usize, to: char) -> io::Result<()> {
        match count {
            0 => Ok(()),
            count => self.put(format_args!("\x1b[{count}{to}")),
        }
    }
}

impl TermLike for EchoingTerminal {
    fn width(&self) -> u16 {
        window().0.saturating_sub(2).max(1)
    }

    fn height(&self) -> u16 {
        window().1
    }

    fn move_cursor_up(&self, count: usize) -> io::Result<()> {
        self.move_cursor(count, 'A')
    }

    fn move_cursor_down(&self, count: usize) -> io::Result<()> {
        self.move_cursor(count, 'B')
    }

    fn move_cursor_right(&self, count: usize) -> io::Result<()> {
        self.move_cursor(count, 'C')
    }

    fn move_cursor_left(&self, count: usize) -> io::Result<()> {
        self.move_cursor(count, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.put(format_args!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.put(format_args!("{text}"))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.put(format_args!("\r\x1b[2K"))
    }

    fn flush(&self) -> io::Result<()> {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        Stream::stderr().write_all(pending.as_bytes())
    }
}

impl Bars {
    /// Bars on a terminal that can redraw, unless the user wants to see none.
    pub fn new(host: &Host, quiet: bool, lang: Lang) -> Bars {
        // The template is constant and valid, so the fallback is never used.
        let style = ProgressStyle::with_template(&format!(
            "{{prefix}} [{{bar:20}}] {{bytes:>10}} {} {{total_bytes:10}} {{msg}}",
            tr_static!("of").localize(lang)
        ))
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
        Bars {
            all: MultiProgress::with_draw_target(target(host, quiet)),
            style,
            lang,
        }
    }

    /// A further bar below the others.
    pub fn add(&self, name: &str, size: u64) -> Bar {
        let bar = ProgressBar::new(size)
            .with_style(self.style.clone())
            .with_prefix(column(name));
        let bar = self.all.add(bar);
        bar.tick();
        Bar {
            bar,
            style: self.style.clone(),
            has_text: Cell::new(false),
            lang: self.lang,
        }
    }

    /// A line below the others that says what is waited for, how long, and how to stop.
    pub fn spin(&self, what: &UiText, is_ascii: bool) -> Spinner {
        let (signs, dot) = match is_ascii {
            true => (ASCII_SIGNS, "-"),
            false => (SIGNS, "·"),
        };
        let lang = self.lang;
        let lasted = move |state: &ProgressState, out: &mut dyn fmt::Write| {
            let whole = Duration::from_secs(state.elapsed().as_secs());
            let lasted = tr!("{}", seconds(whole)).localize(lang);
            // The line is drawn into a string, which takes all.
            let _ = match whole.is_zero() {
                true => Ok(()),
                false => write!(out, "{lasted} "),
            };
            let _ = write!(out, "{dot} {}", tr!("Ctrl-C stops").localize(lang));
        };
        // The template is constant and valid, so the fallback is never used.
        let style = ProgressStyle::with_template("{spinner} {msg} {lasted}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key("lasted", lasted)
            .tick_strings(signs);
        let bar = self.all.add(ProgressBar::new_spinner().with_style(style));
        bar.set_message(what.localize(lang));
        bar.enable_steady_tick(PACE);
        Spinner { bar, lang }
    }

    /// Writes to a stream while the bars are hidden.
    pub fn between<T>(&self, write: impl FnOnce() -> T) -> T {
        self.all.suspend(write)
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        // A terminal that is gone needs no clearing.
        let _ = self.all.clear();
    }
}

/// One bar. It is removed when it is dropped.
pub struct Bar {
    bar: ProgressBar,
    style: ProgressStyle,
    /// Whether a text is shown in place of the progress.
    has_text: Cell<bool>,
    lang: Lang,
}

impl Bar {
    /// Shows a text in place of the progress, until there is more of that. False where no bar is seen.
    pub fn tell(&self, text: &UiText) -> bool {
        // The template is constant and valid, so the fallback is never used.
        let style = ProgressStyle::with_template("{prefix} {msg}").unwrap_or_else(|_| self.style.clone());
        self.bar.set_style(style);
        self.has_text.set(true);
        self.bar.set_message(text.localize(self.lang));
        !self.bar.is_hidden()
    }

    pub fn at(&self, bytes: u64) {
        if self.has_text.take() {
            self.bar.set_style(self.style.clone());
        }
        self.bar.set_position(bytes);
        self.bar.set_message(match self.bar.eta() {
            Duration::ZERO => String::new(),
            eta => tr!("{} left", seconds(Duration::from_secs(eta.as_secs().max(1)))).localize(self.lang),
        });
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A bar over a number of things, with a text of the caller's behind it. It is removed when it is dropped.
pub struct CountBar {
    bar: ProgressBar,
}

impl CountBar {
    pub fn new(host: &Host, quiet: bool, count: u64) -> CountBar {
        // The template is constant and valid, so the fallback is never used.
        let style = ProgressStyle::with_template("[{bar:20}] {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(count), target(host, quiet));
        CountBar {
            bar: bar.with_style(style.progress_chars("=> ")),
        }
    }

    pub fn at(&self, count: u64, text: &str) {
        self.bar.set_message(text.to_owned());
        self.bar.set_position(count);
        self.bar.tick();
    }

    /// Whether nothing is seen of it.
    pub fn is_hidden(&self) -> bool {
        self.bar.is_hidden()
    }

    /// Writes to a stream while the bar is hidden.
    pub fn between<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}

impl Drop for CountBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A line that says what is waited for. It is removed when it is dropped.
pub struct Spinner {
    bar: ProgressBar,
    lang: Lang,
}

impl Spinner {
    /// Shows another text. False where the line is not seen.
    pub fn tell(&self, text: &UiText) -> bool {
        self.bar.set_message(text.localize(self.lang));
        !self.bar.is_hidden()
    }

    pub fn is_hidden(&self) -> bool {
        self.bar.is_hidden()
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The end of a file's name, in a column of its own.
fn column(name: &str) -> String {
    let name = safe_line(name.rsplit('/').next().unwrap_or(name));
    width::padded(width::fit_end(&name, NAME_COLUMNS), NAME_COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fills_its_column_and_no_more() {
        assert_eq!(column("pictures/cat.png"), format!("cat.png{}", " ".repeat(17)));
        assert_eq!(
            column(&format!("{}.png", "x".repeat(99))),
            format!("{}.png", "x".repeat(20))
        );
        assert_eq!(column(&"照".repeat(20)), "照".repeat(12));
        assert_eq!(column("a\u{1b}[2J.png").trim_end(), "a␛[2J.png");
    }
}
