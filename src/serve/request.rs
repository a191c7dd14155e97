//! Requests of the clients as requests to a provider.

mod chat;
mod ollama;

pub(super) use chat::{chat, completion};
pub(super) use ollama::{ollama_chat, ollama_generate};

use super::wire::ReplyShape;
use crate::chat_body::ChatBody;
use qwen_api::ChatRequest;

/// A request for an answer.
#[derive(Debug)]
pub(super) struct AnswerRequest {
    /// The model as the client named it; empty for the provider's default.
    pub(super) model: String,
    /// The rest of it; its model is set once the provider is chosen.
    pub(super) chat: ChatRequest,
    pub(super) is_stream: bool,
    /// How the answer is written.
    pub(super) shape: ReplyShape,
    /// A stream ends with the usage.
    pub(super) includes_usage: bool,
    /// No cached answer is wanted.
    pub(super) refreshes: bool,
}

impl AnswerRequest {
    fn new(body: ChatBody, shape: ReplyShape) -> AnswerRequest {
        AnswerRequest {
            model: body.model,
            chat: body.chat,
            is_stream: body.is_stream,
            shape,
            includes_usage: body.includes_usage,
            refreshes: false,
        }
    }
}
