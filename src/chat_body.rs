//! OpenAI's chat bodies, as `serve` and `batch` read requests and write replies.

mod members;
mod message;
mod reply;
mod request;

use qwen_api::ChatRequest;

pub use self::members::Members;
pub use self::message::{has_file, inline_media};
pub use self::reply::{FinishReason, annotations, completion, tool_call, usage};
pub use self::request::{read, read_rest};
use crate::i18n::{IntoArg, TextArg, UiText};
use crate::tr;

/// A request for a chat completion.
#[derive(Clone, Debug)]
pub struct ChatBody {
    /// The model as the request names it; empty where it names none.
    pub model: String,
    /// The rest of it. Its model is for the caller to set.
    pub chat: ChatRequest,
    pub is_stream: bool,
    /// Whether a stream ends with the usage.
    pub includes_usage: bool,
}

/// A member of a request that is malformed, or asks for what cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberError {
    /// Its path in the request: `messages[0].role`.
    pub member: String,
    /// The predicate to its name: "must be a number".
    pub fault: UiText,
}

impl MemberError {
    pub fn new(member: impl Into<String>, fault: impl Into<UiText>) -> MemberError {
        MemberError {
            member: member.into(),
            fault: fault.into(),
        }
    }

    pub fn missing(member: impl Into<String>) -> MemberError {
        MemberError::new(member, tr!("is missing"))
    }

    pub fn unsupported(member: impl Into<String>) -> MemberError {
        MemberError::new(member, tr!("is not supported"))
    }

    /// What is wrong, in a sentence.
    pub fn message(&self) -> UiText {
        tr!("{} {}", self.member, self.fault)
    }
}

impl IntoArg for MemberError {
    fn arg(&self) -> TextArg {
        self.message().arg()
    }
}
