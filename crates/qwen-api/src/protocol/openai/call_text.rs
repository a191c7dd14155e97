//! A tool call that a server sends as text too.
//!
//! mistral.rs sends the call and, as the content of the same answer, the block of Qwen's chat template that it was read
//! from: `<tool_call>` to `</tool_call>`. An answer that begins with such a block is held back until it turns out
//! whether it is one of these or an answer about the block.

use std::mem;

use crate::Event;

const OPEN: &str = "<tool_call>";
const CLOSE: &str = "</tool_call>";
/// The most bytes that are held back.
const MAX_HELD: usize = 64 * 1024;

/// The text of one answer, as long as it is nothing but calls.
#[derive(Debug, Default)]
pub(super) struct CallText {
    held: String,
    /// The answer is text; nothing is held back any more.
    is_text: bool,
}

impl CallText {
    /// Holds back the text of the events from `from` on while it may be a call.
    pub(super) fn hold(&mut self, from: usize, events: &mut Vec<Event>) {
        if self.is_text {
            return;
        }
        for event in events.split_off(from) {
            match event {
                Event::Text(text) if !self.is_text => {
                    self.held.push_str(&text);
                    self.is_text = self.held.len() > MAX_HELD || !is_calls(&self.held);
                    if self.is_text {
                        self.end(false, events);
                    }
                }
                other => events.push(other),
            }
        }
    }

    /// The answer has ended, with calls or without: what is held back is text without.
    pub(super) fn end(&mut self, has_calls: bool, events: &mut Vec<Event>) {
        let held = mem::take(&mut self.held);
        if !has_calls && !held.is_empty() {
            events.push(Event::Text(held));
        }
    }
}

/// Whether a text is blocks of calls, the last of which may be cut.
fn is_calls(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some(block) = rest.strip_prefix(OPEN) {
        match block.find(CLOSE) {
            Some(end) => rest = block[end + CLOSE.len()..].trim_start(),
            None => return true,
        }
    }
    OPEN.starts_with(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that comes of an answer in these pieces.
    fn text_of(pieces: &[&str], has_calls: bool) -> String {
        let mut call_text = CallText::default();
        let mut events = Vec::new();
        for piece in pieces {
            let from = events.len();
            events.push(Event::Text((*piece).to_owned()));
            call_text.hold(from, &mut events);
        }
        call_text.end(has_calls, &mut events);
        let texts = events.iter().map(|event| match event {
            Event::Text(text) => text.as_str(),
            _ => "",
        });
        texts.collect()
    }

    #[test]
    fn the_text_of_a_call_is_dropped_where_the_call_came_and_no_other() {
        let block = "\n<tool_call>\n{\"name\": \"f\"}\n</tool_call>\n";
        let two = block.repeat(2);
        for (answer, left) in [
            (block, ""),
            (&two, ""),
            ("<tool_call>{\"na", ""),
            (
                "<tool_call> opens a call.</tool_call> That is all.",
                "<tool_call> opens a call.</tool_call> That is all.",
            ),
            ("The tag <tool_call>", "The tag <tool_call>"),
            ("<tool_box>", "<tool_box>"),
            ("\n\nText", "\n\nText"),
        ] {
            let letters: Vec<String> = answer.chars().map(String::from).collect();
            let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
            for pieces in [&[answer][..], &letters] {
                assert_eq!(text_of(pieces, true), left, "{pieces:?}");
                assert_eq!(text_of(pieces, false), answer, "{pieces:?}");
            }
        }
    }
}
