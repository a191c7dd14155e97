//! What shows an answer: on a terminal readable and safe, in a pipe byte for byte.

use std::io::{self, Write};

use crate::chat::Event;
use crate::render::notes::{Notes, Wanted};
use crate::render::plain::Plain;
use crate::render::{Both, Ending, Render};
use crate::term::out::Stdout;
use crate::text::sanitize::push_safe;

/// How answers are to look.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    pub stdout_is_terminal: bool,
    /// Beside the answer, on stderr.
    pub notes: Wanted,
    /// No Markdown rendering.
    pub is_raw: bool,
}

/// The renderer of one answer.
pub fn answer_renderer(shown: Shown) -> Box<dyn Render> {
    let notes = Notes::new(io::stderr(), shown.notes);
    if shown.stdout_is_terminal {
        Box::new(Both(Visible::new(Stdout::new()), notes))
    } else {
        Box::new(Both(Plain::new(Stdout::new(), None), notes))
    }
}

/// The text as it comes, nothing in it able to steer the terminal.
#[derive(Debug)]
struct Visible<W> {
    out: W,
    pending: String,
    /// Something was shown and its last line is open.
    is_open: bool,
}

impl<W: Write> Visible<W> {
    fn new(out: W) -> Visible<W> {
        Visible {
            out,
            pending: String::new(),
            is_open: false,
        }
    }
}

impl<W: Write> Render for Visible<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::Text(text) = event {
            push_safe(&mut self.pending, text);
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.is_open = !self.pending.ends_with('\n');
        self.out.write_all(self.pending.as_bytes())?;
        self.pending.clear();
        self.out.flush()
    }

    fn finish(&mut self, _: &Ending) -> io::Result<()> {
        self.flush()?;
        if std::mem::take(&mut self.is_open) {
            self.out.write_all(b"\n")?;
        }
        self.out.flush()
    }
}
