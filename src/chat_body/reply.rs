//! The object `chat.completion` of OpenAI's API reference, and its parts.

use serde_json::{Value, json};

use qwen_api::{Finish, Reply, SearchResult, ToolCall, Usage};

/// OpenAI's finish reasons, which the SDKs have types for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishReason {
    Stop,
    Length,
    ToolCalls,
    ContentFilter,
}

impl FinishReason {
    /// The reason for the client: calls are one whatever the server said. An unknown reason is no natural end.
    pub fn of(finish: &Finish, has_calls: bool) -> FinishReason {
        match finish {
            _ if has_calls => FinishReason::ToolCalls,
            Finish::Stop | Finish::Unstated => FinishReason::Stop,
            Finish::ToolCalls => FinishReason::Stop,
            Finish::ContentFilter => FinishReason::ContentFilter,
            Finish::Length | Finish::Other(_) => FinishReason::Length,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            FinishReason::Stop => "stop",
            FinishReason::Length => "length",
            FinishReason::ToolCalls => "tool_calls",
            FinishReason::ContentFilter => "content_filter",
        }
    }
}

/// OpenAI's usage. What the server did not count is 0: some clients read the members unasked.
pub fn usage(usage: Option<Usage>) -> Value {
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
pub fn annotations(sources: &[SearchResult]) -> Vec<Value> {
    let citation = |source: &SearchResult| {
        json!({"type": "url_citation", "url_citation": {
            "url": source.url, "title": source.title, "start_index": 0, "end_index": 0,
        }})
    };
    sources.iter().map(citation).collect()
}

/// A call of a function.
pub fn tool_call(call: &ToolCall) -> Value {
    json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
}

/// A whole chat completion. `created` is in seconds since 1970.
pub fn completion(id: &str, created: u64, model: &str, reply: &Reply, finish: FinishReason) -> Value {
    let has_only_calls = reply.text.is_empty() && !reply.tool_calls.is_empty();
    let mut message = json!({
        "role": "assistant",
        "content": (!has_only_calls).then_some(&reply.text),
        "refusal": null,
    });
    if !reply.reasoning.is_empty() {
        message["reasoning_content"] = reply.reasoning.as_str().into();
    }
    if !reply.tool_calls.is_empty() {
        message["tool_calls"] = reply.tool_calls.iter().map(tool_call).collect();
    }
    if !reply.search.is_empty() {
        message["annotations"] = annotations(&reply.search).into();
    }
    json!({
        "id": id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "system_fingerprint": null,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish.as_str()}],
        "usage": usage(reply.usage),
    })
}
