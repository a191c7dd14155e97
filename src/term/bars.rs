//! Progress bars on stderr, several at a time; none where stderr is no terminal.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};
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
/// Fewer do not tell which file it is.
const LEAST_NAME_COLUMNS: usize = 8;

/// The cells of the time that something lasts: `59 min 59 s`.
const LONGEST_TIME: usize = 12;
/// The cells of a gauge.
const GAUGE_CELLS: usize = 20;
/// Fewer cells say too little.
const LEAST_GAUGE_CELLS: usize = 8;

/// The bars. Each is one row: what does not fit is left out or cut.
pub struct Bars {
    all: MultiProgress,
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

/// The columns for bars on a terminal that echoes a Ctrl-C as `^C`.
fn columns() -> u16 {
    window().0.saturating_sub(2).max(1)
}

/// Standard error on a terminal that echoes a Ctrl-C as `^C`. Bars are padded to the width of the terminal with spaces; an echo
/// behind them would wrap onto another row, and the bar above would stay. So the reported width leaves room for the echo.
#[derive(Debug, Default)]
struct EchoingTerminal {
    drawn: Mutex<Drawn>,
}

/// What is drawn, and not written yet.
#[derive(Debug, Default)]
struct Drawn {
    /// What is written at the next flush.
    pending: String,
    /// The cells of the row that were written.
    cells: usize,
}

impl EchoingTerminal {
    fn drawn(&self) -> MutexGuard<'_, Drawn> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a text that moves the cursor off the cells written so far.
    fn put(&self, text: fmt::Arguments<'_>) -> io::Result<()> {
        let mut drawn = self.drawn();
        drawn.cells = 0;
        drawn.pending.write_fmt(text).map_err(io::Error::other)
    }

    /// Moves the cursor by so many cells in the direction of a final byte ("CUU" to "CUB" in ECMA-48).
    fn move_cursor(&self, count: usize, direction: char) -> io::Result<()> {
        match count {
            0 => Ok(()),
            count => self.put(format_args!("\x1b[{count}{direction}")),
        }
    }
}

impl TermLike for EchoingTerminal {
    fn width(&self) -> u16 {
        columns()
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
        if text == "\r" {
            return self.put(format_args!("{text}"));
        }
        let mut drawn = self.drawn();
        // indicatif does not end a full row, and the terminal has some columns more.
        if !text.is_empty() && drawn.cells >= usize::from(columns()) {
            drawn.pending.push_str("\r\n");
            drawn.cells = 0;
        }
        drawn.cells += width::of(text);
        drawn.pending.push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.put(format_args!("\r\x1b[2K"))
    }

    fn flush(&self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.drawn().pending);
        Stream::stderr().write_all(pending.as_bytes())
    }
}

impl Bars {
    /// Bars on a terminal that can redraw, unless the user wants to see none.
    pub fn new(host: &Host, quiet: bool, lang: Lang) -> Bars {
        Bars {
            all: MultiProgress::with_draw_target(target(host, quiet)),
            lang,
        }
    }

    /// A further bar below the others.
    pub fn add(&self, name: &str, size: u64) -> Bar {
        let bar = Bar {
            bar: self.all.add(ProgressBar::new(size).with_style(one_row())),
            name: file_name(name),
            lang: self.lang,
        };
        bar.at(0);
        bar
    }

    /// A line below the others that says what is waited for, how long, and how to stop.
    pub fn spin(&self, what: &UiText, is_ascii: bool) -> Spinner {
        let spinner = Spinner {
            bar: self.all.add(ProgressBar::new_spinner()),
            is_ascii,
            lang: self.lang,
        };
        spinner.tell(what);
        spinner.bar.enable_steady_tick(PACE);
        spinner
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
    name: String,
    lang: Lang,
}

impl Bar {
    /// Shows a text in place of the progress, until there is more of that. False where no bar is seen.
    pub fn tell(&self, text: &UiText) -> bool {
        let text = text.localize(self.lang);
        let name = column(&self.name);
        let room = usize::from(columns()).saturating_sub(width::of(&text) + 1);
        self.bar.set_message(match width::of(&name) > room {
            true => format!("{} {text}", width::fit_end(&self.name, room.max(LEAST_NAME_COLUMNS))),
            false => format!("{name} {text}"),
        });
        !self.bar.is_hidden()
    }

    pub fn at(&self, bytes: u64) {
        self.bar.set_position(bytes);
        let left = match self.bar.eta() {
            Duration::ZERO => String::new(),
            eta => tr!("{} left", seconds(Duration::from_secs(eta.as_secs().max(1)))).localize(self.lang),
        };
        let size = self.bar.length().unwrap_or_default();
        let row = file_row(&self.name, (bytes, size), &left, self.lang, usize::from(columns()));
        self.bar.set_message(row);
        self.bar.tick();
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
        let bar = ProgressBar::with_draw_target(Some(count), target(host, quiet));
        CountBar {
            bar: bar.with_style(one_row()),
        }
    }

    pub fn at(&self, count: u64, text: &str) {
        let total = self.bar.length().unwrap_or_default();
        let room = usize::from(columns()).saturating_sub(width::of(text) + 1);
        self.bar.set_message(match gauge(count, total, room) {
            Some(gauge) => format!("{gauge} {text}"),
            None => text.to_owned(),
        });
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
    is_ascii: bool,
    lang: Lang,
}

impl Spinner {
    /// Shows another text. False where the line is not seen.
    pub fn tell(&self, text: &UiText) -> bool {
        let text = text.localize(self.lang);
        self.bar.set_style(self.style(width::of(&text)));
        self.bar.set_message(text);
        !self.bar.is_hidden()
    }

    /// With how long it lasts and how to stop, where that fits behind a text of so many cells.
    fn style(&self, text: usize) -> ProgressStyle {
        let (signs, dot) = match self.is_ascii {
            true => (ASCII_SIGNS, "-"),
            false => (SIGNS, "·"),
        };
        let lang = self.lang;
        let end = format!("{dot} {}", tr!("Ctrl-C stops").localize(lang));
        let template = match text + width::of(&end) + LONGEST_TIME + 3 <= usize::from(columns()) {
            true => "{spinner} {msg} {lasted}",
            false => "{spinner} {wide_msg}",
        };
        let lasted = move |state: &ProgressState, out: &mut dyn fmt::Write| {
            let whole = Duration::from_secs(state.elapsed().as_secs());
            // The line is drawn into a string, which takes all.
            let _ = match whole.is_zero() {
                true => write!(out, "{end}"),
                false => write!(out, "{} {end}", tr!("{}", seconds(whole)).localize(lang)),
            };
        };
        // The template is constant and valid, so the fallback is never used.
        ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key("lasted", lasted)
            .tick_strings(signs)
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

/// A row that is cut at the window's edge.
fn one_row() -> ProgressStyle {
    // The template is constant and valid, so the fallback is never used.
    ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// How much of a file is done, by name, gauge, bytes and the time left, or what of that fits.
fn file_row(name: &str, (done, size): (u64, u64), left: &str, lang: Lang, columns: usize) -> String {
    let of = tr_static!("of").localize(lang);
    let [done_bytes, all_bytes] = [done, size].map(|bytes| HumanBytes(bytes).to_string());
    let bytes = format!("{done_bytes:>10} {of} {all_bytes:10} {left}");
    let bytes = bytes.trim_end();
    let room = columns.saturating_sub(NAME_COLUMNS + width::of(bytes) + 2);
    if let Some(gauge) = gauge(done, size, room) {
        return format!("{} {gauge} {bytes}", column(name));
    }
    if NAME_COLUMNS + width::of(bytes) < columns {
        return format!("{} {bytes}", column(name));
    }
    let percent = format!(" {} %", u128::from(done) * 100 / u128::from(size.max(1)));
    let room = columns.saturating_sub(width::of(&percent));
    format!("{}{percent}", width::fit_end(name, room))
}

/// A gauge of as many columns as there are, or of fewer; `None` where it would be too short.
fn gauge(done: u64, all: u64, columns: usize) -> Option<String> {
    let cells = columns.saturating_sub(2).min(GAUGE_CELLS);
    if cells < LEAST_GAUGE_CELLS {
        return None;
    }
    let filled = u128::from(done) * cells as u128 / u128::from(all.max(1));
    let filled = usize::try_from(filled).map_or(cells, |filled| filled.min(cells));
    let head = if filled > 0 && filled < cells { ">" } else { "" };
    let bar = format!("{}{head}", "=".repeat(filled));
    Some(format!("[{bar:cells$}]"))
}

fn file_name(path: &str) -> String {
    safe_line(path.rsplit('/').next().unwrap_or(path))
}

/// The end of a file's name, in a column of its own.
fn column(name: &str) -> String {
    width::padded(width::fit_end(name, NAME_COLUMNS), NAME_COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fills_its_column_and_no_more() {
        assert_eq!(file_name("pictures/cat.png"), "cat.png");
        assert_eq!(file_name("a\u{1b}[2J.png"), "a␛[2J.png");
        assert_eq!(column("cat.png"), format!("cat.png{}", " ".repeat(17)));
        assert_eq!(
            column(&format!("{}.png", "x".repeat(99))),
            format!("{}.png", "x".repeat(20))
        );
        assert_eq!(column(&"照".repeat(20)), "照".repeat(12));
    }

    #[test]
    fn a_row_fits_the_window_by_what_it_leaves_out() {
        let row = |columns| file_row("walker.bin", (30 << 20, 40 << 20), "4 s left", Lang::En, columns);
        let name = format!("walker.bin{}", " ".repeat(14));
        let bytes = " 30.00 MiB of 40.00 MiB  4 s left";
        assert_eq!(row(98), format!("{name} [===============>    ] {bytes}"));
        assert_eq!(row(78), format!("{name} [============>    ] {bytes}"));
        assert_eq!(row(60), format!("{name} {bytes}"));
        assert_eq!(row(18), "walker.bin 75 %");
        assert_eq!(row(8), "bin 75 %");
    }

    #[test]
    fn a_gauge_is_empty_at_first_and_full_at_last() {
        assert_eq!(gauge(0, 3, 10).unwrap(), "[        ]");
        assert_eq!(gauge(1, 3, 10).unwrap(), "[==>     ]");
        assert_eq!(gauge(9, 3, 10).unwrap(), "[========]");
        assert_eq!(gauge(0, 0, 99).unwrap().len(), 22);
        assert_eq!(gauge(1, 3, 9), None);
    }

    /// indicatif leaves ending a full row to the terminal.
    #[test]
    fn a_row_behind_a_full_one_begins_a_line() {
        let terminal = EchoingTerminal::default();
        let full = "x".repeat(columns().into());
        for text in ["a", &full[1..], "", "b", &full[1..], "\r", "d", &full[1..]] {
            terminal.write_str(text).unwrap();
        }
        terminal.clear_line().unwrap();
        terminal.write_str("c").unwrap();
        let (rest, drawn) = (&full[1..], terminal.drawn());
        assert_eq!(drawn.pending, format!("a{rest}\r\nb{rest}\rd{rest}\r\x1b[2Kc"));
    }
}
