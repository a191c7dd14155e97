//! The replies of the gateway, whole and streamed, in the shapes of each API.

mod chat;
mod completion;
mod ollama;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use uuid::Uuid;

pub(super) use self::chat::ChatReply;
pub(super) use self::completion::CompletionReply;
pub(super) use self::ollama::OllamaReply;
use super::error_reply::ErrorReply;
use qwen_api::{Event, Finish, Reply, SearchResult, ToolCall, Usage};

/// How an answer is written.
pub(super) trait WrittenReply: Send {
    fn content_type(&self) -> &'static str;

    /// Appends what an event adds to the stream.
    fn event(&mut self, event: &Event, out: &mut Vec<u8>);

    /// Appends the end of a whole stream.
    fn end(&mut self, finish: FinishReason, usage: Option<Usage>, out: &mut Vec<u8>);

    /// Appends the end of a stream that broke off.
    fn fail(&mut self, error: &ErrorReply, out: &mut Vec<u8>);

    /// The body of a whole answer.
    fn whole(&self, reply: &Reply, finish: FinishReason) -> Value;
}

/// OpenAI's finish reasons, which the SDKs have types for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FinishReason {
    Stop,
    Length,
    ToolCalls,
    ContentFilter,
}

impl FinishReason {
    /// The reason for the client: calls are one whatever the server said. An unknown reason is no natural end.
    pub(super) fn of(finish: &Finish, has_calls: bool) -> FinishReason {
        match finish {
            _ if has_calls => FinishReason::ToolCalls,
            Finish::Stop | Finish::Unstated => FinishReason::Stop,
            Finish::ToolCalls => FinishReason::Stop,
            Finish::ContentFilter => FinishReason::ContentFilter,
            Finish::Length | Finish::Other(_) => FinishReason::Length,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            FinishReason::Stop => "stop",
            FinishReason::Length => "length",
            FinishReason::ToolCalls => "tool_calls",
            FinishReason::ContentFilter => "content_filter",
        }
    }
}

/// What all replies and chunks of one answer share.
#[derive(Clone, Debug)]
pub(super) struct ReplyStamp {
    /// Random; each API puts its own prefix before it.
    pub(super) id: String,
    /// The time of the request, in seconds since 1970.
    pub(super) created: u64,
    /// The model as the client asked for it.
    pub(super) model: String,
}

impl ReplyStamp {
    pub(super) fn new(model: &str) -> ReplyStamp {
        ReplyStamp {
            id: Uuid::new_v4().simple().to_string(),
            created: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            model: model.to_owned(),
        }
    }
}

/// OpenAI's usage. What the server did not count is 0: some clients read the members unasked.
pub(super) fn usage(usage: Option<Usage>) -> Value {
    let usage = usage.unwrap_or_default();
    json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    })
}

/// The sources of an answer as OpenAI's annotations.
fn annotations(sources: &[SearchResult]) -> Vec<Value> {
    let citation = |source: &SearchResult| {
        json!({"type": "url_citation", "url_citation": {
            "url": source.url, "title": source.title, "start_index": 0, "end_index": 0,
        }})
    };
    sources.iter().map(citation).collect()
}

fn call(call: &ToolCall) -> Value {
    json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
}

/// Appends an event of a stream (HTML Living Standard, "Server-sent events").
fn sse(data: impl std::fmt::Display, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("data: {data}\n\n").as_bytes());
}

const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";
