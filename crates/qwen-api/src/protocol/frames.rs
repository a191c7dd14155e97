//! What holds for the replies of every protocol: frames without content are skipped, and characters that were cut in two
//! are joined.

use super::json::{self, Halves};
use super::{ReplyDecoder, ReplyState, malformed};
use crate::error::{Error, Service};
use crate::{Event, Finish};

/// A protocol's own decoder, behind what they all need.
pub(super) struct Frames<D> {
    service: Service,
    decoder: D,
    /// The first frame without an event, while none has had one.
    eventless: Option<String>,
    has_events: bool,
    /// Half a character came somewhere.
    has_halves: bool,
    text: Halves,
    thoughts: Halves,
}

impl<D: ReplyDecoder> Frames<D> {
    pub(super) fn new(service: Service, decoder: D) -> Frames<D> {
        Frames {
            service,
            decoder,
            eventless: None,
            has_events: false,
            has_halves: false,
            text: Halves::default(),
            thoughts: Halves::default(),
        }
    }

    /// Joins the halves of characters in the events from `from` on.
    fn join(&mut self, from: usize, events: &mut Vec<Event>) {
        if !self.has_halves {
            return;
        }
        for event in events.split_off(from) {
            match event {
                Event::Thinking(text) => push(events, Event::Thinking, self.thoughts.join(&text)),
                Event::Text(text) => {
                    // The thoughts are over.
                    push(events, Event::Thinking, self.thoughts.end().into_iter().collect());
                    push(events, Event::Text, self.text.join(&text));
                }
                other => events.push(other.map_texts(&json::alone)),
            }
        }
    }
}

fn push(events: &mut Vec<Event>, event: fn(String) -> Event, text: String) {
    if !text.is_empty() {
        events.push(event(text));
    }
}

impl<D: ReplyDecoder> ReplyDecoder for Frames<D> {
    fn payload(&mut self, payload: &[u8], events: &mut Vec<Event>) -> Result<ReplyState, Error> {
        let (text, has_halves) = json::mended(payload);
        self.has_halves |= has_halves;
        let from = events.len();
        let begun = text.trim_start();
        // `ping`, `[]`, a word: what is cut off in the middle begins like a frame, and is no such thing.
        let progress = if begun.starts_with('{') || begun.trim_end() == "[DONE]" {
            self.decoder.payload(text.as_bytes(), events)
        } else {
            Ok(ReplyState::More)
        };
        self.join(from, events);
        self.has_events |= events.len() > from;
        if self.has_events {
            self.eventless = None;
        } else if matches!(progress, Ok(ReplyState::More)) && self.eventless.is_none() && !begun.is_empty() {
            self.eventless = Some(text.into_owned());
        }
        progress.map_err(|error| match self.has_halves {
            true => error.map_texts(&json::alone),
            false => error,
        })
    }

    fn end(&mut self, clean: bool, events: &mut Vec<Event>) -> Option<Finish> {
        let from = events.len();
        let finish = self.decoder.end(clean, events);
        self.join(from, events);
        // Of an answer that was cut, the other half may yet come with the rest.
        if finish.is_some() {
            push(events, Event::Thinking, self.thoughts.end().into_iter().collect());
            push(events, Event::Text, self.text.end().into_iter().collect());
        }
        finish
    }

    fn failed_end(&self, clean: bool) -> Option<Error> {
        match &self.eventless {
            Some(frame) if clean => Some(malformed::unreadable(self.service, frame)),
            _ => self.decoder.failed_end(clean),
        }
    }
}
