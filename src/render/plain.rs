//! The model's text, byte for byte: for pipes and files.

use std::io::{self, Write};

use stream_markdown::sanitize::Sanitizer;
use stream_markdown::{CodeExtractor, CodeSelection};

use super::{Ending, Render};
use qwen_api::Event;

/// Writes text as it comes, and a newline at the end where the text has none.
#[derive(Debug)]
pub struct PlainRenderer<W> {
    out: W,
    extract: Option<CodeExtractor>,
    /// A terminal gets nothing that it could act on.
    is_terminal: bool,
    safe: Sanitizer,
    /// Text that was handed over since the last flush.
    pending: String,
    /// The last byte written; `None` before the first.
    last: Option<u8>,
}

impl<W: Write> PlainRenderer<W> {
    pub fn new(out: W, wanted: Option<CodeSelection>, is_terminal: bool) -> PlainRenderer<W> {
        PlainRenderer {
            out,
            extract: wanted.map(CodeExtractor::new),
            is_terminal,
            safe: Sanitizer::default(),
            pending: String::new(),
            last: None,
        }
    }
}

impl<W> PlainRenderer<W> {
    /// The text has ended.
    fn end(&mut self) {
        if let Some(extract) = &mut self.extract {
            extract.finish(&mut self.pending);
        }
        let last = self.pending.as_bytes().last().copied().or(self.last);
        if last.is_some_and(|last| last != b'\n') {
            self.pending.push('\n');
        }
    }
}

impl<W: Write> Render for PlainRenderer<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match (event, &mut self.extract) {
            (Event::Text(text), Some(extract)) => extract.push(text, &mut self.pending),
            (Event::Text(text), None) => self.pending.push_str(text),
            // A notice about the answer may follow on the same terminal: it begins a new line.
            (Event::Done(_), _) => self.end(),
            _ => {}
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(last) = self.pending.as_bytes().last() else {
            return Ok(());
        };
        self.last = Some(*last);
        if self.is_terminal {
            self.out.write_all(self.safe.clean(&self.pending).as_bytes())?;
        } else {
            self.out.write_all(self.pending.as_bytes())?;
        }
        self.pending.clear();
        self.out.flush()
    }

    fn found_nothing(&self) -> bool {
        self.extract.as_ref().is_some_and(|extract| !extract.has_found())
    }

    fn finish(&mut self, _: &Ending) -> io::Result<()> {
        self.end();
        self.flush()
    }
}
