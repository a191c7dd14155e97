//! Decoding of replies, streamed or whole.

use serde::Deserialize;
use serde_json::{Value, from_str};

use super::cumulative_text::CumulativeText;
use crate::error::{Error, Service};
use crate::protocol::content::Content;
use crate::protocol::errors::ErrorBody;
use crate::protocol::finish_reason::finish_reason;
use crate::protocol::frames::FrameDecoder;
use crate::protocol::json::{First, Object};
use crate::protocol::tool_calls::ToolCalls;
use crate::protocol::usage::usage;
use crate::protocol::{Head, malformed};
use crate::{Event, Finish, SearchResult, Started, Usage};

#[derive(Deserialize)]
struct Generation {
    output: Option<Object<GenerationOutput>>,
    usage: Option<Value>,
    request_id: Option<Value>,
    code: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct GenerationOutput {
    choices: Option<First<GenerationChoice>>,
    /// The text with `result_format: text`, the older default.
    text: Option<Value>,
    finish_reason: Option<Value>,
    search_info: Option<Value>,
}

#[derive(Deserialize)]
struct GenerationChoice {
    message: Option<Object<GenerationMessage>>,
    finish_reason: Option<Value>,
}

#[derive(Deserialize)]
struct GenerationMessage {
    /// A string, or on the multimodal path a list of `{"text"}`.
    content: Option<Value>,
    reasoning_content: Option<Value>,
    tool_calls: Option<Value>,
}

/// The decoder of a reply.
#[derive(Debug)]
pub(super) struct GenerationDecoder {
    /// The server reached its time limit and sent a part of the reply (`X-DashScope-PartialResponse`).
    is_partial: bool,
    request_id: Option<String>,
    started: bool,
    calls: ToolCalls,
    text: CumulativeText,
    thoughts: CumulativeText,
    usage: Option<Usage>,
}

impl GenerationDecoder {
    pub(super) fn new(head: &Head) -> GenerationDecoder {
        GenerationDecoder {
            is_partial: head
                .header("x-dashscope-partialresponse")
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
            request_id: head.header("x-request-id").map(str::to_owned),
            started: false,
            calls: ToolCalls::default(),
            text: CumulativeText::default(),
            thoughts: CumulativeText::default(),
            usage: None,
        }
    }

    fn start(&mut self, request_id: Option<String>, events: &mut Vec<Event>) {
        self.started = true;
        events.push(Event::Started(Started {
            request_id: self.request_id.take().or(request_id),
            ..Started::default()
        }));
    }

    fn output(
        &mut self,
        output: GenerationOutput,
        counted_more: Option<bool>,
        events: &mut Vec<Event>,
    ) -> Result<Option<Finish>, Error> {
        if let Some(found) = output.search_info.as_ref().map(search_results)
            && !found.is_empty()
        {
            events.push(Event::Search(found));
        }
        let mut words = vec![output.finish_reason];
        if let Some(text) = output.text.as_ref().and_then(Value::as_str) {
            push(events, Event::Text, self.text.take(text, counted_more));
        }
        if let Some(First(Some(choice))) = output.choices {
            words.push(choice.finish_reason);
            if let Some(Object(Some(message))) = choice.message {
                self.message(&message, counted_more, events)?;
            }
        }
        // Before the end the reason is the string "null".
        let mut words = words.iter().flatten().filter_map(Value::as_str);
        let word = words.find(|word| !matches!(*word, "" | "null"));
        word.map(|word| finish_reason(Service::DashScope, word)).transpose()
    }

    fn message(
        &mut self,
        message: &GenerationMessage,
        counted_more: Option<bool>,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let content = message.content.as_ref().map(Content::read).unwrap_or_default();
        let thought = message
            .reasoning_content
            .as_ref()
            .map(|thought| Content::read(thought).joined());
        let thought = thought
            .filter(|thought| !thought.is_empty())
            .unwrap_or(content.thoughts);
        if !thought.is_empty() {
            // Tokens that are counted with a text are those of the text.
            let counted_more = counted_more.filter(|_| content.text.is_empty());
            push(events, Event::Thinking, self.thoughts.take(&thought, counted_more));
        } else if !content.text.is_empty() {
            // With a text, empty thinking means that the thinking has ended.
            push(events, Event::Thinking, self.thoughts.end());
        }
        if !content.text.is_empty() || thought.is_empty() {
            push(events, Event::Text, self.text.take(&content.text, counted_more));
        }
        match &message.tool_calls {
            Some(calls) => self.calls.take(Service::DashScope, calls),
            None => Ok(()),
        }
    }
}

fn push(events: &mut Vec<Event>, event: fn(String) -> Event, text: String) {
    if !text.is_empty() {
        events.push(event(text));
    }
}

fn search_results(info: &Value) -> Vec<SearchResult> {
    let results = info.get("search_results").and_then(Value::as_array);
    let text = |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    (1..)
        .zip(results.into_iter().flatten())
        .map(|(place, entry)| SearchResult {
            title: text(entry, "title"),
            url: text(entry, "url"),
            index: entry.get("index").and_then(Value::as_u64).unwrap_or(place),
            site: text(entry, "site_name"),
        })
        .filter(|result| !result.url.is_empty() || !result.title.is_empty())
        .collect()
}

impl FrameDecoder for GenerationDecoder {
    fn frame(&mut self, frame: &str, events: &mut Vec<Event>) -> Result<Option<Finish>, Error> {
        let Ok(generation) = from_str::<Generation>(frame) else {
            return Err(malformed::unreadable(Service::DashScope, frame));
        };
        let whole = || from_str::<Value>(frame).unwrap_or_default();
        let Some(Object(Some(output))) = generation.output else {
            // An error, or an unknown payload.
            return match ErrorBody::from_json(&whole()) {
                Some(error) => Err(error.in_stream(Service::DashScope)),
                None => Ok(None),
            };
        };
        if !self.started {
            let request_id = generation.request_id.as_ref().and_then(Value::as_str);
            self.start(request_id.map(str::to_owned), events);
        }
        let counted = generation
            .usage
            .as_ref()
            .and_then(|value| usage(value, "input_tokens", "output_tokens"));
        let counted_more = match (self.usage, counted) {
            (Some(before), Some(now)) => Some(now.output_tokens > before.output_tokens),
            _ => None,
        };
        let finish = self.output(output, counted_more, events);
        if let Some(counted) = counted
            && self.usage != Some(counted)
        {
            self.usage = Some(counted);
            events.push(Event::Usage(counted));
        }
        if (generation.code.is_some() || generation.error.is_some())
            && let Some(error) = ErrorBody::beside_answer(&whole())
        {
            // A reply with an error is not complete.
            return Err(error.in_stream(Service::DashScope));
        }
        finish
    }

    fn end(&mut self, stated: Option<Finish>, _: bool, events: &mut Vec<Event>) -> Option<Finish> {
        let finish = stated.filter(|_| !self.is_partial)?;
        push(events, Event::Thinking, self.thoughts.end());
        push(events, Event::Text, self.text.end());
        Some(self.calls.end(finish, events))
    }
}
