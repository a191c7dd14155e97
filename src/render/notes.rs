//! Standard error beside an answer that goes to a pipe or a file.

use std::io::{self, Write};
use std::time::Duration;

use super::aside::Aside;
use super::{Ending, Render};
use crate::i18n::UiText;
use crate::tr;
use qwen_api::Event;

/// The renderer of stderr where standard output is another's.
#[derive(Debug)]
pub struct Notes<E> {
    aside: Aside<E>,
    /// Notices alone: the answer's own form holds thoughts and sources already.
    only_notices: bool,
}

impl<E: Write> Notes<E> {
    pub fn new(aside: Aside<E>, only_notices: bool) -> Notes<E> {
        Notes { aside, only_notices }
    }
}

impl<E: Write> Render for Notes<E> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Text(_) => self.aside.end_thinking(),
            Event::Restarted => self.aside.start_over(),
            _ if self.only_notices => Ok(()),
            event => {
                self.aside.event(event);
                Ok(())
            }
        }
    }

    fn notice(&mut self, notice: &UiText) -> io::Result<()> {
        self.aside.notice(notice)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.aside.flush()
    }

    /// It holds no text of the answer.
    fn can_start_over(&self) -> bool {
        true
    }

    fn finish(&mut self, _: &Ending) -> io::Result<()> {
        self.aside.finish()
    }
}

/// `usage: 5 tokens in, 7 out, 12 in all; first token after 0.31 s, 1.84 s in all`.
pub fn usage_line(ending: &Ending) -> UiText {
    let tokens = match ending.reply.usage {
        Some(usage) => {
            let (input, output, total) = (usage.input_tokens, usage.output_tokens, usage.total_tokens);
            match usage.reasoning_tokens {
                0 => tr!("{} tokens in, {} out, {} in all", input, output, total),
                thought => tr!(
                    "{} tokens in, {} out ({} thought), {} in all",
                    input,
                    output,
                    thought,
                    total
                ),
            }
        }
        None => tr!("tokens not told by the server"),
    };
    let duration = seconds(ending.duration);
    match ending.time_to_first_token.map(seconds) {
        Some(first) => tr!(
            "usage: {}; first token after {} s, {} s in all",
            tokens,
            first,
            duration
        ),
        None => tr!("usage: {}; {} s in all", tokens, duration),
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}
