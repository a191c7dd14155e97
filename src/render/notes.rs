//! What goes beside an answer, to stderr: notices, thinking, sources, counts.

use std::io::{self, Write};
use std::time::Duration;

use super::{Ending, Render};
use crate::chat::Event;
use crate::text::sanitize::{safe, safe_line};

/// What is wanted of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    pub notices: bool,
    pub thinking: bool,
    pub sources: bool,
    /// Tokens and times, after the answer.
    pub usage: bool,
    /// stderr is a terminal: foreign text is cleaned, thinking is dim.
    pub is_terminal: bool,
}

/// The renderer of stderr.
#[derive(Debug)]
pub struct Notes<W> {
    err: W,
    wanted: Wanted,
    /// Thinking was written and its last line is open.
    is_open: bool,
}

impl<W: Write> Notes<W> {
    pub fn new(err: W, wanted: Wanted) -> Notes<W> {
        Notes {
            err,
            wanted,
            is_open: false,
        }
    }

    fn close(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_open) {
            self.err
                .write_all(if self.wanted.is_terminal { b"\x1b[0m\n" } else { b"\n" })?;
        }
        Ok(())
    }
}

impl<W: Write> Render for Notes<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Notice(message) if self.wanted.notices => {
                self.close()?;
                writeln!(self.err, "notice: {}", safe_line(message))
            }
            Event::Thinking(text) if self.wanted.thinking => {
                if self.wanted.is_terminal {
                    if !self.is_open {
                        self.err.write_all(b"\x1b[2m")?;
                    }
                    self.err.write_all(safe(text).as_bytes())?;
                } else {
                    self.err.write_all(text.as_bytes())?;
                }
                self.is_open = true;
                Ok(())
            }
            Event::Text(_) => self.close(),
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.err.flush()
    }

    fn finish(&mut self, ending: &Ending) -> io::Result<()> {
        self.close()?;
        if self.wanted.sources && !ending.reply.search.is_empty() {
            writeln!(self.err, "sources:")?;
            for result in &ending.reply.search {
                writeln!(
                    self.err,
                    "  [{}] {} {}",
                    result.index,
                    safe_line(&result.title),
                    safe_line(&result.url)
                )?;
            }
        }
        if self.wanted.usage {
            writeln!(self.err, "{}", usage_line(ending))?;
        }
        self.err.flush()
    }
}

/// `usage: 5 in, 7 out, 12 in all; first token 0.31 s, 1.84 s in all`.
pub fn usage_line(ending: &Ending) -> String {
    let tokens = match ending.reply.usage {
        Some(usage) => {
            let thought = match usage.reasoning_tokens {
                0 => String::new(),
                tokens => format!(" ({tokens} thought)"),
            };
            let (input, output, total) = (usage.input_tokens, usage.output_tokens, usage.total_tokens);
            format!("{input} tokens in, {output} out{thought}, {total} in all")
        }
        None => "tokens not told by the server".to_owned(),
    };
    let first = ending
        .time_to_first_token
        .map_or_else(String::new, |time| format!("first token after {}, ", seconds(time)));
    format!("usage: {tokens}; {first}{} in all", seconds(ending.duration))
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
