//! Decoding of replies, streamed or whole.
//!
//! Members are parsed as raw JSON first, since each may be `null`, empty, absent or of an unexpected type. They borrow
//! from the payload, hence the bounds.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, from_str, json};

use super::Dialect;
use super::call_text::CallText;
use super::errors::message_of_broken_json;
use super::think_tags::ThinkTags;
use crate::error::{Error, Service};
use crate::protocol::content::Content;
use crate::protocol::errors::ErrorBody;
use crate::protocol::finish_reason::finish_reason;
use crate::protocol::frames::FrameDecoder;
use crate::protocol::json::{First, Object};
use crate::protocol::tool_calls::ToolCalls;
use crate::protocol::{Head, malformed};
use crate::{Event, Finish, Notice, Started, Usage};

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Chunk<'a> {
    choices: Option<First<ChatChoice<'a>>>,
    usage: Option<&'a RawValue>,
    model: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
    code: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct ChatChoice<'a> {
    delta: Option<Object<Delta<'a>>>,
    /// The content of a reply that is not streamed. Some servers repeat all of a streamed one here.
    message: Option<Object<Delta<'a>>>,
    /// The text of the older completions API.
    text: Option<&'a RawValue>,
    /// `null` is distinguished from an absent member.
    #[serde(default, deserialize_with = "present")]
    finish_reason: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Delta<'a> {
    content: Option<&'a RawValue>,
    /// The text of a model that refuses to answer.
    refusal: Option<&'a RawValue>,
    reasoning_content: Option<&'a RawValue>,
    /// The name of the same member in vLLM and Ollama.
    reasoning: Option<&'a RawValue>,
    tool_calls: Option<&'a RawValue>,
    /// The older member of OpenAI's API, for a single call.
    function_call: Option<&'a RawValue>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// A member of a choice that can hold content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChoiceMember {
    Delta,
    Message,
    Text,
}

/// The decoder of a reply.
#[derive(Debug)]
pub(super) struct ChatDecoder {
    dialect: Dialect,
    /// The server reached its time limit and sent a part of the reply (`X-DashScope-PartialResponse`).
    is_partial: bool,
    request_id: Option<String>,
    started: bool,
    /// The member that held thinking, text or calls first. Others repeat the same content.
    thoughts_in: Option<ChoiceMember>,
    text_in: Option<ChoiceMember>,
    calls_in: Option<ChoiceMember>,
    calls: ToolCalls,
    /// `None` for DashScope, which has a member for thinking.
    tags: Option<ThinkTags>,
    call_text: CallText,
    /// A chunk had a `finish_reason`, if only `null`, so the last one must have it too.
    promises_reason: bool,
}

impl ChatDecoder {
    pub(super) fn new(dialect: Dialect, head: &Head) -> ChatDecoder {
        ChatDecoder {
            dialect,
            is_partial: head
                .header("x-dashscope-partialresponse")
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
            request_id: head.header("x-request-id").map(str::to_owned),
            started: false,
            thoughts_in: None,
            text_in: None,
            calls_in: None,
            calls: ToolCalls::default(),
            tags: (dialect == Dialect::Generic).then(ThinkTags::new),
            call_text: CallText::default(),
            promises_reason: false,
        }
    }

    fn service(&self) -> Service {
        self.dialect.service()
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

    fn chunk(&mut self, text: &str, events: &mut Vec<Event>) -> Result<Option<Finish>, Error> {
        let Ok(chunk) = from_str::<Chunk<'_>>(text) else {
            return Err(no_chunk(self.service(), text));
        };
        let Some(First(choice)) = &chunk.choices else {
            // An error, or an unknown chunk.
            if let Some(error) = ErrorBody::from_json(&from_str(text).unwrap_or_default()) {
                return Err(error.in_stream(self.service()));
            }
            events.extend(chunk.usage.and_then(usage).map(Event::Usage));
            return Ok(None);
        };
        if !self.started {
            self.start(&chunk, events);
        }
        let finish = match choice {
            Some(choice) => self.choice(choice, events),
            None => Ok(None),
        };
        events.extend(chunk.usage.and_then(usage).map(Event::Usage));
        if (chunk.error.is_some() || chunk.code.is_some())
            && let Some(error) = ErrorBody::beside_answer(&from_str(text).unwrap_or_default())
        {
            // A reply with an error is not complete.
            return Err(error.in_stream(self.service()));
        }
        finish
    }

    fn choice(&mut self, choice: &ChatChoice<'_>, events: &mut Vec<Event>) -> Result<Option<Finish>, Error> {
        if let Some(Object(Some(delta))) = &choice.delta {
            self.delta(delta, ChoiceMember::Delta, events)?;
        }
        if let Some(text) = choice.text {
            self.text(content(text).joined(), ChoiceMember::Text, events);
        }
        if let Some(Object(Some(message))) = &choice.message {
            self.delta(message, ChoiceMember::Message, events)?;
        }
        let error = choice
            .error
            .map(|error| json!({"error": from_str::<Value>(error.get()).unwrap_or_default()}));
        if let Some(error) = error.as_ref().and_then(ErrorBody::beside_answer) {
            return Err(error.in_stream(self.service()));
        }
        self.promises_reason |= choice.finish_reason.is_some();
        let word = choice.finish_reason.and_then(string).filter(|word| !word.is_empty());
        word.map(|word| finish_reason(self.service(), &word)).transpose()
    }

    fn delta(&mut self, delta: &Delta<'_>, member: ChoiceMember, events: &mut Vec<Event>) -> Result<(), Error> {
        let content = delta.content.map(content).unwrap_or_default();
        let thoughts = [delta.reasoning_content, delta.reasoning]
            .into_iter()
            .flatten()
            .map(|raw| self::content(raw).joined())
            .find(|text| !text.is_empty());
        self.thoughts(thoughts.unwrap_or(content.thoughts), member, events);
        let mut text = content.text;
        match delta.refusal.map(|refusal| self::content(refusal).joined()) {
            Some(refusal) if refusal != text => text += &refusal,
            _ => {}
        }
        self.text(text, member, events);
        self.calls(delta, member)
    }

    fn calls(&mut self, delta: &Delta<'_>, from: ChoiceMember) -> Result<(), Error> {
        let calls = delta.tool_calls.filter(|calls| calls.get() != "[]");
        let Some(member) = calls.or(delta.function_call) else {
            return Ok(());
        };
        if *self.calls_in.get_or_insert(from) != from {
            return Ok(());
        }
        let member = from_str(member.get()).unwrap_or_default();
        match calls {
            Some(_) => self.calls.take(self.service(), &member),
            None => self.calls.take_function(self.service(), &member),
        }
    }

    fn thoughts(&mut self, thoughts: String, member: ChoiceMember, events: &mut Vec<Event>) {
        if thoughts.is_empty() || *self.thoughts_in.get_or_insert(member) != member {
            return;
        }
        if let Some(tags) = &mut self.tags {
            tags.thought_elsewhere();
        }
        events.push(Event::Thinking(thoughts));
    }

    fn text(&mut self, text: String, member: ChoiceMember, events: &mut Vec<Event>) {
        if text.is_empty() || *self.text_in.get_or_insert(member) != member {
            return;
        }
        match &mut self.tags {
            Some(tags) => {
                let from = events.len();
                tags.take(&text, events);
                self.call_text.hold(from, events);
            }
            None => events.push(Event::Text(text)),
        }
    }

    /// Appends the text that was held back as a possible tag.
    fn end_of_tags(&mut self, events: &mut Vec<Event>) {
        if let Some(tags) = &mut self.tags {
            let from = events.len();
            tags.end(events);
            self.call_text.hold(from, events);
        }
    }
}

/// The content of a member, which may be a string, a part or a list of parts; empty for any other value.
fn content(raw: &RawValue) -> Content {
    match string(raw) {
        Some(text) => Content {
            text,
            ..Content::default()
        },
        None if raw.get().starts_with(['[', '{']) => from_str(raw.get())
            .map(|parts| Content::read(&parts))
            .unwrap_or_default(),
        None => Content::default(),
    }
}

/// The value of a JSON string; `None` for any other value.
fn string(raw: &RawValue) -> Option<String> {
    if !raw.get().starts_with('"') {
        return None;
    }
    from_str(raw.get()).ok()
}

fn usage(raw: &RawValue) -> Option<Usage> {
    let value: Value = from_str(raw.get()).ok()?;
    crate::protocol::usage::usage(&value, "prompt_tokens", "completion_tokens")
}

/// The error for a payload that could not be parsed as a chunk.
fn no_chunk(service: Service, payload: &str) -> Error {
    let is_object = payload.starts_with('{') && serde_json::from_str::<Value>(payload).is_ok();
    if let Some(error) = ErrorBody::read(payload.as_bytes()).filter(|_| is_object) {
        return error.in_stream(service);
    }
    let message = message_of_broken_json(payload);
    match message.and_then(|message| ErrorBody::read(message.as_bytes())) {
        Some(error) => error.in_stream(service),
        None => malformed::unreadable(service, payload),
    }
}

impl FrameDecoder for ChatDecoder {
    fn frame(&mut self, frame: &str, events: &mut Vec<Event>) -> Result<Option<Finish>, Error> {
        let finish = self.chunk(frame, events).map_err(|error| self.dialect.refine(error));
        if finish.is_err() {
            // The text before the error is a part of the reply.
            self.end_of_tags(events);
            self.call_text.end(!self.calls.is_empty(), events);
        }
        finish
    }

    fn end(&mut self, stated: Option<Finish>, clean: bool, events: &mut Vec<Event>) -> Option<Finish> {
        self.end_of_tags(events);
        let finish = stated.filter(|_| !self.is_partial);
        // Some local servers send no finish reason; the regular end of the body is the end of the reply. A stream with
        // `finish_reason: null` and nothing after it was cut, for instance by a proxy that ended the body regularly over
        // HTTP/2. So was one that ends within a call.
        let is_unstated = finish.is_none()
            && clean
            && self.started
            && !self.is_partial
            && !self.promises_reason
            && self.dialect == Dialect::Generic
            && !self.calls.is_in_call();
        let has_calls = finish.is_some() || is_unstated;
        self.call_text.end(has_calls && !self.calls.is_empty(), events);
        if is_unstated {
            events.push(Event::Notice(Notice::FinishUnstated));
        }
        let finish = finish.or(is_unstated.then_some(Finish::Unstated))?;
        Some(self.calls.end(finish, events))
    }
}
