//! The spinner that is shown until the first token: late enough not to flicker, and erased completely.

use std::fmt;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::i18n::lang::Lang;
use crate::render::terminal::{COUNTED_AFTER, Waiting, waiting_for};

/// A fast answer needs no spinner.
const SHOWN_AFTER: Duration = Duration::from_millis(200);

/// A spinner. It has no clock and no thread: each tick moves it.
pub struct Spinner {
    target: Box<dyn Fn() -> ProgressDrawTarget>,
    /// What is on the screen.
    bar: Option<ProgressBar>,
    lang: Lang,
}

impl fmt::Debug for Spinner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spinner")
            .field("bar", &self.bar)
            .finish_non_exhaustive()
    }
}

impl Spinner {
    /// A spinner on what `target` makes; [`Spinner::stderr`] is the usual one.
    pub fn new(target: impl Fn() -> ProgressDrawTarget + 'static, lang: Lang) -> Spinner {
        Spinner {
            target: Box::new(target),
            bar: None,
            lang,
        }
    }

    pub fn stderr(lang: Lang) -> Spinner {
        Spinner::new(|| ProgressDrawTarget::stderr_with_hz(20), lang)
    }
}

impl Waiting for Spinner {
    fn tick(&mut self, silent: Duration) {
        if silent < SHOWN_AFTER {
            return;
        }
        let target = &self.target;
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, target());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "));
            }
            bar
        });
        if silent >= COUNTED_AFTER {
            bar.set_message(waiting_for(silent).localize(self.lang));
        }
        bar.tick();
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;

    /// A terminal of eighty columns that is parsed.
    #[derive(Clone, Debug)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Screen {
        fn text(&self) -> String {
            let mut parser = vt100::Parser::default();
            parser.process(&self.0.lock().unwrap());
            parser.screen().contents().trim().to_owned()
        }

        fn put(&self, bytes: &str) -> io::Result<()> {
            self.0.lock().unwrap().extend_from_slice(bytes.as_bytes());
            Ok(())
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, n: usize) -> io::Result<()> {
            if n == 0 {
                Ok(())
            } else {
                self.put(&format!("\x1b[{n}A"))
            }
        }
        fn move_cursor_down(&self, n: usize) -> io::Result<()> {
            if n == 0 {
                Ok(())
            } else {
                self.put(&format!("\x1b[{n}B"))
            }
        }
        fn move_cursor_right(&self, n: usize) -> io::Result<()> {
            if n == 0 {
                Ok(())
            } else {
                self.put(&format!("\x1b[{n}C"))
            }
        }
        fn move_cursor_left(&self, n: usize) -> io::Result<()> {
            if n == 0 {
                Ok(())
            } else {
                self.put(&format!("\x1b[{n}D"))
            }
        }
        fn write_line(&self, s: &str) -> io::Result<()> {
            self.put(s)?;
            self.put("\r\n")
        }
        fn write_str(&self, s: &str) -> io::Result<()> {
            self.put(s)
        }
        fn clear_line(&self) -> io::Result<()> {
            self.put("\r\x1b[2K")
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn comes_late_counts_later_and_leaves_nothing() {
        let screen = Screen(Arc::default());
        let target = screen.clone();
        let mut spinner = Spinner::new(
            move || ProgressDrawTarget::term_like(Box::new(target.clone())),
            Lang::En,
        );
        spinner.tick(Duration::from_millis(199));
        assert_eq!(screen.text(), "");
        spinner.tick(Duration::from_millis(200));
        assert_eq!(screen.text(), "⠙");
        spinner.tick(Duration::from_secs(12));
        assert!(screen.text().ends_with("waiting for 12 s"), "{}", screen.text());
        spinner.clear();
        assert_eq!(screen.text(), "");
        spinner.tick(Duration::from_secs(1));
        assert_ne!(screen.text(), "");
        spinner.clear();
        assert_eq!(screen.text(), "");
    }
}
