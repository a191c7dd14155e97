//! Completions: the object `text_completion` of OpenAI's API reference, whole and in a stream.

use serde_json::{Value, json};

use super::{EVENT_STREAM, ReplyStamp, WrittenReply, sse};
use crate::chat_body::{FinishReason, usage};
use crate::serve::error_reply::{ApiStyle, ErrorReply};
use qwen_api::{Event, Reply, Usage};

/// A completion. It has no place for thoughts.
#[derive(Debug)]
pub(in crate::serve) struct CompletionReply {
    stamp: ReplyStamp,
    includes_usage: bool,
}

impl CompletionReply {
    pub(in crate::serve) fn new(stamp: ReplyStamp, includes_usage: bool) -> CompletionReply {
        CompletionReply { stamp, includes_usage }
    }

    fn object(&self, choices: Value) -> Value {
        json!({
            "id": format!("cmpl-{}", self.stamp.id),
            "object": "text_completion",
            "created": self.stamp.created,
            "model": self.stamp.model,
            "choices": choices,
        })
    }

    fn with_text(&self, text: &str, finish: Option<FinishReason>) -> Value {
        let finish = finish.map(FinishReason::as_str);
        self.object(json!([{"index": 0, "text": text, "logprobs": null, "finish_reason": finish}]))
    }
}

impl WrittenReply for CompletionReply {
    fn content_type(&self) -> &'static str {
        EVENT_STREAM
    }

    fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        if let Event::Text(text) = event {
            sse(self.with_text(text, None), out);
        }
    }

    fn end(&mut self, finish: FinishReason, tokens: Option<Usage>, out: &mut Vec<u8>) {
        sse(self.with_text("", Some(finish)), out);
        if self.includes_usage {
            let mut last = self.object(json!([]));
            last["usage"] = usage(tokens);
            sse(last, out);
        }
        sse("[DONE]", out);
    }

    fn fail(&mut self, error: &ErrorReply, out: &mut Vec<u8>) {
        sse(error.body(ApiStyle::OpenAi), out);
    }

    fn whole(&self, reply: &Reply, finish: FinishReason) -> Value {
        let mut whole = self.with_text(&reply.text, Some(finish));
        whole["usage"] = usage(reply.usage);
        whole
    }
}
