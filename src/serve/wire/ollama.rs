//! Ollama's replies: a line of JSON for each piece (Ollama's API documentation, "Generate a chat completion").

use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{FinishReason, ReplyStamp, WrittenReply};
use crate::serve::error_reply::{ApiStyle, ErrorReply};
use qwen_api::{Event, Reply, ToolCall, Usage};

/// An answer of `/api/chat` or `/api/generate`.
#[derive(Debug)]
pub(in crate::serve) struct OllamaReply {
    stamp: ReplyStamp,
    /// `/api/chat`: pieces are messages; else they are text in `response`.
    is_chat: bool,
    begun: Instant,
}

impl OllamaReply {
    pub(in crate::serve) fn new(stamp: ReplyStamp, is_chat: bool) -> OllamaReply {
        OllamaReply {
            stamp,
            is_chat,
            begun: Instant::now(),
        }
    }

    fn piece(&self, text: &str, thinking: &str, calls: &[ToolCall]) -> Value {
        let created = Timestamp::now().to_string();
        let mut piece = json!({"model": self.stamp.model, "created_at": created});
        let mut words = json!({});
        if self.is_chat {
            words["role"] = "assistant".into();
        }
        words[if self.is_chat { "content" } else { "response" }] = text.into();
        if !thinking.is_empty() {
            words["thinking"] = thinking.into();
        }
        if !calls.is_empty() {
            words["tool_calls"] = calls.iter().map(call).collect();
        }
        if self.is_chat {
            piece["message"] = words;
        } else if let (Some(piece), Value::Object(words)) = (piece.as_object_mut(), words) {
            piece.extend(words);
        }
        piece["done"] = false.into();
        piece
    }

    /// Makes a piece the last one.
    fn close(&self, mut piece: Value, finish: FinishReason, usage: Option<Usage>) -> Value {
        let usage = usage.unwrap_or_default();
        let nanos = u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        piece["done"] = true.into();
        piece["done_reason"] = if finish == FinishReason::Length {
            "length"
        } else {
            "stop"
        }
        .into();
        piece["total_duration"] = nanos.into();
        piece["load_duration"] = 0.into();
        piece["prompt_eval_count"] = usage.input_tokens.into();
        piece["prompt_eval_duration"] = 0.into();
        piece["eval_count"] = usage.output_tokens.into();
        piece["eval_duration"] = nanos.into();
        piece
    }
}

/// A call with its arguments as an object.
fn call(call: &ToolCall) -> Value {
    let arguments: Value = call
        .parse_arguments()
        .unwrap_or_else(|_| call.arguments.as_str().into());
    json!({"function": {"name": call.name, "arguments": arguments}})
}

fn line(value: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{value}\n").as_bytes());
}

impl WrittenReply for OllamaReply {
    fn content_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::Text(text) => line(&self.piece(text, "", &[]), out),
            Event::Thinking(text) => line(&self.piece("", text, &[]), out),
            Event::ToolCall(call) => line(&self.piece("", "", std::slice::from_ref(call)), out),
            _ => {}
        }
    }

    fn end(&mut self, finish: FinishReason, usage: Option<Usage>, out: &mut Vec<u8>) {
        line(&self.close(self.piece("", "", &[]), finish, usage), out);
    }

    fn fail(&mut self, error: &ErrorReply, out: &mut Vec<u8>) {
        line(&error.body(ApiStyle::Ollama), out);
    }

    fn whole(&self, reply: &Reply, finish: FinishReason) -> Value {
        let piece = self.piece(&reply.text, &reply.reasoning, &reply.tool_calls);
        self.close(piece, finish, reply.usage)
    }
}
