//! The replies of the gateway, whole and streamed, in the shapes of each API.

mod chat;
mod completion;
mod ollama;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use uuid::Uuid;

use self::chat::ChatReply;
use self::completion::CompletionReply;
use self::ollama::OllamaReply;
use super::error_reply::ErrorReply;
use crate::chat_body::FinishReason;
use qwen_api::{Event, Reply, Usage};

/// The shape of an answer, which its path decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReplyShape {
    Chat,
    Completion,
    OllamaChat,
    OllamaGenerate,
}

impl ReplyShape {
    /// The writer of one answer. A stream ends with the usage where `includes_usage`; Ollama's always does.
    pub(super) fn reply(self, stamp: ReplyStamp, includes_usage: bool) -> Box<dyn WrittenReply> {
        match self {
            ReplyShape::Chat => Box::new(ChatReply::new(stamp, includes_usage)),
            ReplyShape::Completion => Box::new(CompletionReply::new(stamp, includes_usage)),
            ReplyShape::OllamaChat => Box::new(OllamaReply::new(stamp, true)),
            ReplyShape::OllamaGenerate => Box::new(OllamaReply::new(stamp, false)),
        }
    }
}

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

/// Appends an event of a stream (HTML Living Standard, "Server-sent events").
fn sse(data: impl std::fmt::Display, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("data: {data}\n\n").as_bytes());
}

const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";
