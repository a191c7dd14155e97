//! The events of a streamed answer, and the one object of a reply that is not streamed.

use serde::Deserialize;
use serde_json::{Value, from_str};

use super::grown::Grown;
use crate::backend::wire::usage::usage;
use crate::backend::wire::{Decode, Head, Progress, Refusal, refusal, senseless};
use crate::chat::{Event, Finish, SearchResult, Started, Usage};
use crate::words;

#[derive(Deserialize)]
struct Generation {
    output: Option<Output>,
    usage: Option<Value>,
    request_id: Option<String>,
}

#[derive(Deserialize)]
struct Output {
    choices: Option<Vec<Choice>>,
    /// Where `result_format: text`, the older default, has its text.
    text: Option<String>,
    finish_reason: Option<String>,
    search_info: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    message: Option<Said>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    /// A string, or on the multimodal path a list of `{"text"}`, which is empty while nothing is said.
    content: Option<Value>,
    reasoning_content: Option<String>,
    tool_calls: Option<Value>,
}

/// The decoder of one reply.
#[derive(Debug)]
pub(super) struct Decoder {
    /// The server ran out of time and sent what it had (`X-DashScope-PartialResponse`).
    is_partial: bool,
    request_id: Option<String>,
    started: bool,
    told_of_tools: bool,
    text: Grown,
    thoughts: Grown,
    usage: Option<Usage>,
    finish: Option<Finish>,
}

impl Decoder {
    pub(super) fn new(head: &Head) -> Decoder {
        Decoder {
            is_partial: head
                .header("x-dashscope-partialresponse")
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
            request_id: head.header("x-request-id").map(str::to_owned),
            started: false,
            told_of_tools: false,
            text: Grown::default(),
            thoughts: Grown::default(),
            usage: None,
            finish: None,
        }
    }

    fn start(&mut self, request_id: Option<String>, events: &mut Vec<Event>) {
        self.started = true;
        events.push(Event::Started(Started {
            request_id: self.request_id.take().or(request_id),
            ..Started::default()
        }));
    }

    /// Passes on what was held back.
    fn flush(&mut self, events: &mut Vec<Event>) {
        push(events, Event::Thinking, self.thoughts.end());
        push(events, Event::Text, self.text.end());
    }

    fn output(&mut self, output: Output, counted_more: Option<bool>, events: &mut Vec<Event>) {
        if let Some(found) = output.search_info.as_ref().map(search_results)
            && !found.is_empty()
        {
            events.push(Event::Search(found));
        }
        let mut words = vec![output.finish_reason];
        if let Some(text) = output.text {
            push(events, Event::Text, self.text.take(&text, counted_more));
        }
        if let Some(choice) = output.choices.into_iter().flatten().next() {
            words.push(choice.finish_reason);
            if let Some(said) = choice.message {
                self.said(&said, counted_more, events);
            }
        }
        // While it goes on, the reason is the string "null".
        let word = words.into_iter().flatten().find(|word| !matches!(&**word, "" | "null"));
        if let Some(word) = word {
            self.finish = Some(Finish::from_word(&word));
        }
    }

    fn said(&mut self, said: &Said, counted_more: Option<bool>, events: &mut Vec<Event>) {
        if let Some(thought) = said.reasoning_content.as_deref() {
            // An empty thought beside a text says that the thinking is over, not that it was taken back.
            if !thought.is_empty() {
                push(events, Event::Thinking, self.thoughts.take(thought, counted_more));
            }
        }
        let text = said.content.as_ref().map(text_of).unwrap_or_default();
        let is_thinking = said.reasoning_content.as_deref().is_some_and(|text| !text.is_empty());
        if !text.is_empty() || !is_thinking {
            push(events, Event::Text, self.text.take(&text, counted_more));
        }
        let has_calls = matches!(&said.tool_calls, Some(Value::Array(calls)) if !calls.is_empty());
        if has_calls && !self.told_of_tools {
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

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part.get("text")?.as_str())
            .collect::<Vec<_>>()
            .concat(),
        _ => String::new(),
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

/// A payload without an output: an error, or nothing this protocol knows.
fn no_output(payload: &str) -> Refusal {
    match refusal::told(payload.as_bytes()) {
        Some(told) if !told.message.is_empty() && from_str::<Value>(payload).is_ok() => refusal::in_stream(told),
        _ => senseless::unreadable(payload),
    }
}

impl Decode for Decoder {
    fn payload(&mut self, payload: &[u8], events: &mut Vec<Event>) -> Result<Progress, Refusal> {
        let text = String::from_utf8_lossy(payload);
        if text.trim() == "[DONE]" {
            return Ok(Progress::Whole);
        }
        let Ok(Generation {
            output: Some(output),
            usage: counted,
            request_id,
        }) = from_str::<Generation>(&text)
        else {
            // What came before the error is the user's.
            self.flush(events);
            return Err(no_output(&text));
        };
        if !self.started {
            self.start(request_id, events);
        }
        let counted = counted.as_ref().and_then(usage);
        let counted_more = match (self.usage, counted) {
            (Some(before), Some(now)) => Some(now.output_tokens > before.output_tokens),
            _ => None,
        };
        self.output(output, counted_more, events);
        if let Some(counted) = counted
            && self.usage != Some(counted)
        {
            self.usage = Some(counted);
            events.push(Event::Usage(counted));
        }
        // The connection is closed after this event; there is no end mark to wait for.
        Ok(if self.finish.is_some() {
            Progress::Whole
        } else {
            Progress::More
        })
    }

    fn end(&mut self, _: bool, events: &mut Vec<Event>) -> Option<Finish> {
        self.flush(events);
        if self.is_partial {
            return None;
        }
        self.finish.take()
    }
}
