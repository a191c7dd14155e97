//! A reply in one piece, gathered from the deltas of a model that answers in streams only.

use std::collections::VecDeque;

use crate::Event;
use crate::error::Error;

/// What has come of a reply that was not asked for as a stream. Its text and its thinking are held back until it ends.
#[derive(Debug, Default)]
pub(super) struct WholeReply {
    thinking: String,
    text: String,
    /// What can be handed out.
    items: VecDeque<Result<Event, Error>>,
}

impl WholeReply {
    pub(super) fn push(&mut self, item: Result<Event, Error>) {
        match item {
            Ok(Event::Thinking(delta)) => return self.thinking.push_str(&delta),
            Ok(Event::Text(delta)) => return self.text.push_str(&delta),
            Ok(Event::Restarted) => {
                self.thinking.clear();
                self.text.clear();
            }
            Ok(Event::ToolCall(_) | Event::Done(_)) | Err(_) => {
                let (thinking, text) = (std::mem::take(&mut self.thinking), std::mem::take(&mut self.text));
                let held = [Event::Thinking(thinking), Event::Text(text)].into_iter();
                let is_any =
                    |event: &Event| !matches!(event, Event::Thinking(text) | Event::Text(text) if text.is_empty());
                self.items.extend(held.filter(is_any).map(Ok));
            }
            Ok(_) => {}
        }
        self.items.push_back(item);
    }

    pub(super) fn pop(&mut self) -> Option<Result<Event, Error>> {
        self.items.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Finish, Usage};

    #[test]
    fn deltas_come_out_as_one_piece_at_the_end() {
        let text = |text: &str| Event::Text(text.to_owned());
        let mut whole = WholeReply::default();
        let mut given = Vec::new();
        for event in [
            text("void"),
            Event::Restarted,
            Event::Thinking("h".to_owned()),
            Event::Thinking("m".to_owned()),
            text("Hel"),
            Event::Usage(Usage::default()),
            text("lo"),
            Event::Done(Finish::Stop),
        ] {
            whole.push(Ok(event));
            while let Some(Ok(event)) = whole.pop() {
                given.push(event);
            }
        }
        let expected = [
            Event::Restarted,
            Event::Usage(Usage::default()),
            Event::Thinking("hm".to_owned()),
            text("Hello"),
            Event::Done(Finish::Stop),
        ];
        assert_eq!(given, expected);
    }
}
