//! The chunks of a streamed answer, and the one piece of a reply that is not streamed.
//!
//! Members are read as raw JSON and looked at only when they say something: their order varies from chunk to
//! chunk, and each may be `null`, empty or absent.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, from_str};

use super::think::ThinkTags;
use super::{Dialect, local};
use crate::backend::wire::{Decode, Head, Progress, Refusal, refusal, senseless};
use crate::chat::{Event, Finish, Started, Usage};
use crate::words;

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    /// Where a reply that is not streamed has its text.
    #[serde(borrow)]
    message: Option<Delta<'a>>,
    #[serde(borrow)]
    finish_reason: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    reasoning_content: Option<&'a RawValue>,
    /// What vLLM and Ollama call it.
    #[serde(borrow)]
    reasoning: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_calls: Option<&'a RawValue>,
}

/// The decoder of one reply.
#[derive(Debug)]
pub(super) struct Decoder {
    dialect: Dialect,
    /// The server ran out of time and sent what it had (`X-DashScope-PartialResponse`).
    is_partial: bool,
    request_id: Option<String>,
    started: bool,
    told_of_tools: bool,
    /// Not where the server is known to have a field for thoughts.
    tags: Option<ThinkTags>,
    finish: Option<Finish>,
}

impl Decoder {
    pub(super) fn new(dialect: Dialect, head: &Head) -> Decoder {
        Decoder {
            dialect,
            is_partial: head
                .header("x-dashscope-partialresponse")
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
            request_id: head.header("x-request-id").map(str::to_owned),
            started: false,
            told_of_tools: false,
            tags: (dialect == Dialect::Generic).then(ThinkTags::new),
            finish: None,
        }
    }

    fn start(&mut self, chunk: &Chunk<'_>, events: &mut Vec<Event>) {
        self.started = true;
        let id = chunk.id.and_then(string);
        let from_id = id.and_then(|id| id.strip_prefix("chatcmpl-").map(str::to_owned));
        events.push(Event::Started(Started {
            model: chunk.model.and_then(string).filter(|model| !model.is_empty()),
            request_id: self.request_id.take().or(from_id),
            ..Started::default()
        }));
    }

    fn chunk(&mut self, payload: &[u8], events: &mut Vec<Event>) -> Result<Progress, Refusal> {
        if payload.trim_ascii() == b"[DONE]" {
            return Ok(Progress::Whole);
        }
        let text = String::from_utf8_lossy(payload);
        let chunk: Chunk<'_> = match from_str(&text) {
            Ok(chunk) => chunk,
            Err(_) => return Err(no_chunk(&text)),
        };
        let Some(choices) = &chunk.choices else {
            // No choices at all: an error, or a kind of chunk that says nothing to us.
            let value: Value = from_str(&text).unwrap_or_default();
            return match refusal::from_json(&value) {
                Some(told) => Err(refusal::in_stream(told)),
                None if chunk.usage.is_some() || self.started => {
                    events.extend(chunk.usage.and_then(usage).map(Event::Usage));
                    Ok(Progress::More)
                }
                None => Err(no_chunk(&text)),
            };
        };
        if !self.started {
            self.start(&chunk, events);
        }
        if let Some(choice) = choices.first() {
            for delta in [&choice.delta, &choice.message].into_iter().flatten() {
                self.delta(delta, events);
            }
            if let Some(word) = choice.finish_reason.and_then(string).filter(|word| !word.is_empty()) {
                self.finish = Some(Finish::from_word(&word));
            }
        }
        events.extend(chunk.usage.and_then(usage).map(Event::Usage));
        Ok(match self.finish {
            Some(_) => Progress::Finished,
            None => Progress::More,
        })
    }

    fn delta(&mut self, delta: &Delta<'_>, events: &mut Vec<Event>) {
        let reasoning = delta.reasoning_content.and_then(string).filter(|text| !text.is_empty());
        if let Some(text) = reasoning.or_else(|| delta.reasoning.and_then(string))
            && !text.is_empty()
        {
            if let Some(tags) = &mut self.tags {
                tags.thought_elsewhere();
            }
            events.push(Event::Thinking(text));
        }
        if let Some(text) = delta.content.and_then(string) {
            match &mut self.tags {
                Some(tags) => tags.take(&text, events),
                None => push(events, Event::Text, text),
            }
        }
        if !self.told_of_tools
            && delta
                .tool_calls
                .is_some_and(|calls| !matches!(calls.get(), "null" | "[]"))
        {
            self.told_of_tools = true;
            events.push(Event::Notice(words!(
                "the model wanted to call a tool; there is none, so the call was left out"
            )));
        }
    }
}

fn push(events: &mut Vec<Event>, event: fn(String) -> Event, text: String) {
    if !text.is_empty() {
        events.push(event(text));
    }
}

/// A JSON string's value; `None` for `null` and whatever else.
fn string(raw: &RawValue) -> Option<String> {
    if !raw.get().starts_with('"') {
        return None;
    }
    from_str(raw.get()).ok()
}

fn usage(raw: &RawValue) -> Option<Usage> {
    let value: Value = from_str(raw.get()).ok()?;
    if !value.is_object() {
        return None;
    }
    let count = |path: &str| value.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let (input, output) = (count("/prompt_tokens"), count("/completion_tokens"));
    let total = match count("/total_tokens") {
        0 => input + output,
        total => total,
    };
    (total > 0).then(|| Usage {
        input_tokens: input,
        output_tokens: output,
        total_tokens: total,
        reasoning_tokens: count("/completion_tokens_details/reasoning_tokens"),
        cached_tokens: count("/prompt_tokens_details/cached_tokens"),
    })
}

/// A payload that is no chunk: an error, or nothing this protocol knows.
fn no_chunk(payload: &str) -> Refusal {
    if let Some(told) = refusal::told(payload.as_bytes())
        && payload.starts_with('{')
        && serde_json::from_str::<Value>(payload).is_ok()
    {
        return refusal::in_stream(told);
    }
    if let Some(told) = local::broken_error(payload).and_then(|words| refusal::told(words.as_bytes())) {
        return refusal::in_stream(told);
    }
    senseless::unreadable(payload)
}

impl Decode for Decoder {
    fn payload(&mut self, payload: &[u8], events: &mut Vec<Event>) -> Result<Progress, Refusal> {
        let progress = self
            .chunk(payload, events)
            .map_err(|refusal| self.dialect.refusal(refusal));
        if let (Err(_), Some(tags)) = (&progress, &mut self.tags) {
            // What came before the error is the user's.
            tags.end(events);
        }
        progress
    }

    fn end(&mut self, clean: bool, events: &mut Vec<Event>) -> Option<Finish> {
        if let Some(tags) = &mut self.tags {
            tags.end(events);
        }
        if self.is_partial {
            return None;
        }
        match self.finish.take() {
            Some(finish) => Some(finish),
            // Some local servers never say why they end; a body that came whole is their end.
            None if clean && self.started && self.dialect == Dialect::Generic => {
                events.push(Event::Notice(words!("the server did not say why the answer ended")));
                Some(Finish::Unstated)
            }
            None => None,
        }
    }
}
