//! A decoder around the decoder of each protocol. It skips payloads that are no JSON object, joins surrogate pairs that
//! were cut in two, and ignores errors after the finish reason.

use super::json::{self, SurrogateJoiner};
use super::{ReplyDecoder, ReplyState, malformed};
use crate::error::{Error, Service};
use crate::{Event, Finish, ToolCall};

/// The decoder of one protocol's frames.
pub(super) trait FrameDecoder: Send {
    /// Decodes a frame, or the body of a reply that is not streamed, and appends its events. Returns its finish reason, if
    /// it has one.
    fn frame(&mut self, frame: &str, events: &mut Vec<Event>) -> Result<Option<Finish>, Error>;

    /// Ends the reply, as [`ReplyDecoder::end`]. `stated` is the finish reason of the frames.
    fn end(&mut self, stated: Option<Finish>, clean: bool, events: &mut Vec<Event>) -> Option<Finish>;

    /// See [`ReplyDecoder::failed_end`].
    fn failed_end(&self, clean: bool) -> Option<Error> {
        let _ = clean;
        None
    }
}

/// A protocol's decoder, wrapped.
pub(super) struct Frames<D> {
    service: Service,
    decoder: D,
    /// The first payload, as long as no payload has produced an event.
    eventless: Option<String>,
    has_events: bool,
    /// A lone surrogate has arrived.
    has_surrogates: bool,
    text: SurrogateJoiner,
    thoughts: SurrogateJoiner,
    /// All of the text so far.
    whole: Digest,
    finish: Option<Finish>,
}

impl<D: FrameDecoder> Frames<D> {
    pub(super) fn new(service: Service, decoder: D) -> Frames<D> {
        Frames {
            service,
            decoder,
            eventless: None,
            has_events: false,
            has_surrogates: false,
            text: SurrogateJoiner::default(),
            thoughts: SurrogateJoiner::default(),
            whole: Digest::default(),
            finish: None,
        }
    }

    /// Decodes a frame and joins the surrogates in its events.
    fn frame(&mut self, frame: &str, events: &mut Vec<Event>) -> Result<Option<Finish>, Error> {
        let from = events.len();
        let stated = self.decoder.frame(frame, events);
        self.join(from, events);
        stated.map_err(|error| match self.has_surrogates {
            true => error.map_texts(&json::replace_surrogates),
            false => error,
        })
    }

    /// Decodes a frame after the finish reason. Its text belongs to the answer, unless it repeats the whole answer.
    fn late_frame(&mut self, frame: &str, events: &mut Vec<Event>) -> Result<ReplyState, Error> {
        let from = events.len();
        let stated = self.frame(frame, events);
        let text: String = events[from..].iter().filter_map(text_of).collect();
        if Digest::of(&text) == self.whole {
            let others = events.split_off(from).into_iter();
            events.extend(others.filter(|event| text_of(event).is_none()));
        } else if !text.is_empty() {
            self.whole.add(&text);
            // Some servers send a finish reason with each frame: the last one is right.
            if let Ok(Some(finish)) = &stated {
                self.finish = Some(finish.clone());
            }
        }
        stated.map(|_| ReplyState::Finished)
    }

    /// Joins the surrogates in the events from `from` on.
    fn join(&mut self, from: usize, events: &mut Vec<Event>) {
        if !self.has_surrogates {
            return;
        }
        for event in events.split_off(from) {
            match event {
                Event::Thinking(text) => push(events, Event::Thinking, self.thoughts.join(&text)),
                Event::Text(text) => {
                    // The thinking has ended.
                    push(events, Event::Thinking, self.thoughts.end().into_iter().collect());
                    push(events, Event::Text, self.text.join(&text));
                }
                Event::ToolCall(call) => events.push(Event::ToolCall(ToolCall {
                    id: json::replace_surrogates(call.id),
                    name: json::replace_surrogates(call.name),
                    arguments: json::replace_surrogates(call.arguments),
                })),
                other => events.push(other.map_texts(&json::replace_surrogates)),
            }
        }
    }
}

fn text_of(event: &Event) -> Option<&str> {
    match event {
        Event::Text(text) => Some(text),
        _ => None,
    }
}

/// A text by its length and a hash, which does not depend on how the text is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Digest {
    bytes: usize,
    hash: u64,
}

impl Digest {
    fn of(text: &str) -> Digest {
        let mut digest = Digest::default();
        digest.add(text);
        digest
    }

    fn add(&mut self, text: &str) {
        const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
        self.bytes += text.len();
        for byte in text.bytes() {
            self.hash = self.hash.wrapping_mul(FACTOR).wrapping_add(u64::from(byte));
        }
    }
}

fn push(events: &mut Vec<Event>, event: fn(String) -> Event, text: String) {
    if !text.is_empty() {
        events.push(event(text));
    }
}

impl<D: FrameDecoder> ReplyDecoder for Frames<D> {
    fn payload(&mut self, payload: &[u8], events: &mut Vec<Event>) -> Result<ReplyState, Error> {
        let (text, has_surrogates) = json::repaired(payload);
        self.has_surrogates |= has_surrogates;
        let begun = text.trim_start();
        if begun.trim_end() == "[DONE]" {
            return Ok(ReplyState::Whole);
        }
        // Keep-alives such as `ping` and `[]` are skipped. A payload that was cut begins like any other and is not.
        let is_frame = begun.starts_with('{');
        if self.finish.is_some() {
            return match is_frame {
                true => self.late_frame(&text, events),
                false => Ok(ReplyState::Finished),
            };
        }
        let from = events.len();
        let stated = match is_frame {
            true => self.frame(&text, events),
            false => Ok(None),
        };
        events[from..]
            .iter()
            .filter_map(text_of)
            .for_each(|text| self.whole.add(text));
        self.has_events |= events.len() > from;
        if self.has_events {
            self.eventless = None;
        } else if matches!(stated, Ok(None)) && self.eventless.is_none() && !begun.is_empty() {
            self.eventless = Some(text.into_owned());
        }
        self.finish = stated?;
        Ok(match self.finish {
            Some(_) => ReplyState::Finished,
            None => ReplyState::More,
        })
    }

    fn end(&mut self, clean: bool, events: &mut Vec<Event>) -> Option<Finish> {
        let from = events.len();
        let finish = self.decoder.end(self.finish.take(), clean, events);
        self.join(from, events);
        // The rest of a reply that was cut may begin with the other half.
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
