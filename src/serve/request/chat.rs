//! Chat completions and completions ("Create chat completion", "Create completion" in OpenAI's API reference).

use serde_json::{Map, Value};

use super::AnswerRequest;
use crate::chat_body::{MemberError, Members, read, read_rest};
use crate::serve::error_reply::ErrorReply;
use crate::serve::wire::ReplyShape;
use qwen_api::ChatRequest;

/// A request of `/v1/chat/completions`.
pub(in crate::serve) fn chat(body: Map<String, Value>) -> Result<AnswerRequest, ErrorReply> {
    Ok(AnswerRequest::new(read(body)?, ReplyShape::Chat))
}

/// A request of `/v1/completions`: its one prompt is a message of the user's.
pub(in crate::serve) fn completion(body: Map<String, Value>) -> Result<AnswerRequest, ErrorReply> {
    let mut members = Members::new(body);
    let one = || {
        ErrorReply::invalid(
            "prompt",
            "prompt must be one string: token ids and several prompts are not taken",
        )
    };
    let prompt = match members.take("prompt") {
        Some(Value::String(prompt)) => prompt,
        Some(Value::Array(mut prompts)) if prompts.len() == 1 => match prompts.pop() {
            Some(Value::String(prompt)) => prompt,
            _ => return Err(one()),
        },
        Some(_) => return Err(one()),
        None => return Err(ErrorReply::invalid("prompt", "prompt is missing")),
    };
    // A number of candidates in `/v1/chat/completions` is a flag here.
    if members
        .take("logprobs")
        .is_some_and(|count| count != 0 && count != false)
    {
        return Err(MemberError::unsupported("logprobs").into());
    }
    if members.take("echo").is_some_and(|echoes| echoes != false) {
        return Err(MemberError::unsupported("echo").into());
    }
    if members.take("best_of").is_some_and(|count| count != 1) {
        return Err(MemberError::unsupported("best_of").into());
    }
    if members.take("suffix").is_some_and(|suffix| suffix != "") {
        return Err(MemberError::unsupported("suffix").into());
    }
    let body = read_rest(members, ChatRequest::new("").user(prompt))?;
    Ok(AnswerRequest::new(body, ReplyShape::Completion))
}
