//! Chat completions: the objects `chat.completion` and `chat.completion.chunk` of OpenAI's API reference.

use serde_json::{Value, json};

use super::{EVENT_STREAM, ReplyStamp, WrittenReply, sse};
use crate::chat_body::{FinishReason, annotations, completion, tool_call, usage};
use crate::serve::error_reply::{ApiStyle, ErrorReply};
use qwen_api::{Event, Reply, SearchResult, Usage};

/// A chat completion.
#[derive(Debug)]
pub(in crate::serve) struct ChatReply {
    stamp: ReplyStamp,
    /// What every chunk begins with, up to its choices.
    head: String,
    includes_usage: bool,
    has_begun: bool,
    calls: usize,
    sources: Vec<SearchResult>,
}

impl ChatReply {
    pub(in crate::serve) fn new(stamp: ReplyStamp, includes_usage: bool) -> ChatReply {
        let head = format!(
            r#"{{"id":"chatcmpl-{}","object":"chat.completion.chunk","created":{},"model":{},"system_fingerprint":null,"choices":["#,
            stamp.id,
            stamp.created,
            Value::from(stamp.model.as_str())
        );
        ChatReply {
            stamp,
            head,
            includes_usage,
            has_begun: false,
            calls: 0,
            sources: Vec::new(),
        }
    }

    /// The chunk of a delta of text, of which an answer has many: written without a tree of values.
    fn text(&self, text: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(self.head.as_bytes());
        out.extend_from_slice(br#"{"index":0,"delta":{"content":"#);
        // A string can always be written into memory.
        let _ = serde_json::to_writer(&mut *out, text);
        out.extend_from_slice(br#"},"logprobs":null,"finish_reason":null}]}"#);
        out.extend_from_slice(b"\n\n");
    }

    fn chunk(&mut self, delta: &Value, finish: Option<FinishReason>, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.has_begun, true) {
            // An empty text, since some clients drop a first chunk without one.
            self.chunk(&json!({"role": "assistant", "content": ""}), None, out);
        }
        let finish = finish.map(FinishReason::as_str);
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish});
        sse(format_args!("{}{choice}]}}", self.head), out);
    }
}

impl WrittenReply for ChatReply {
    fn content_type(&self) -> &'static str {
        EVENT_STREAM
    }

    fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::Text(text) if self.has_begun => self.text(text, out),
            Event::Text(text) => self.chunk(&json!({"content": text}), None, out),
            Event::Thinking(text) => self.chunk(&json!({"content": "", "reasoning_content": text}), None, out),
            Event::Search(sources) => self.sources.extend_from_slice(sources),
            Event::ToolCall(call) => {
                let mut written = tool_call(call);
                written["index"] = self.calls.into();
                self.calls += 1;
                self.chunk(&json!({"tool_calls": [written]}), None, out);
            }
            _ => {}
        }
    }

    fn end(&mut self, finish: FinishReason, tokens: Option<Usage>, out: &mut Vec<u8>) {
        if !self.sources.is_empty() {
            let annotations = annotations(&self.sources);
            self.chunk(&json!({"content": "", "annotations": annotations}), None, out);
        }
        self.chunk(&json!({}), Some(finish), out);
        if self.includes_usage {
            sse(format_args!(r#"{}],"usage":{}}}"#, self.head, usage(tokens)), out);
        }
        sse("[DONE]", out);
    }

    fn fail(&mut self, error: &ErrorReply, out: &mut Vec<u8>) {
        sse(error.body(ApiStyle::OpenAi), out);
    }

    fn whole(&self, reply: &Reply, finish: FinishReason) -> Value {
        let id = format!("chatcmpl-{}", self.stamp.id);
        completion(&id, self.stamp.created, &self.stamp.model, reply, finish)
    }
}
