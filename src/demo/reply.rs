//! Answers encoded for compatible mode: chunks, whole replies, errors, the model list.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::question::Question;
use super::script::{CHARACTERS_PER_TOKEN, ScriptedAnswer};

/// One step of a reply's body.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Send {
        after: Duration,
        bytes: Bytes,
    },
    /// The connection breaks.
    Break {
        after: Duration,
    },
}

/// The request id and the time, which all parts of a reply have.
#[derive(Debug)]
pub(super) struct Stamp {
    /// Of the reply; also sent as `X-Request-Id`.
    pub(super) request_id: String,
    /// Seconds since 1970.
    pub(super) created: u64,
}

/// The steps of a streamed answer.
pub(super) fn stream(question: &Question, answer: &ScriptedAnswer, stamp: &Stamp) -> Vec<Step> {
    let mut steps = Vec::new();
    let thinks = !answer.thoughts.is_empty();
    let mut send = |after: Duration, payload: &Value| {
        let bytes = Bytes::from(format!("data: {payload}\n\n"));
        steps.push(Step::Send { after, bytes });
    };
    let chunk = |choices: Value, usage: Value| {
        json!({"choices": choices, "object": "chat.completion.chunk", "usage": usage, "created": stamp.created,
            "system_fingerprint": null, "model": question.model(), "id": format!("chatcmpl-{}", stamp.request_id)})
    };
    let choice = |delta: Value, finish: Value| {
        let choices = json!([{"delta": delta, "finish_reason": finish, "index": 0, "logprobs": null}]);
        chunk(choices, Value::Null)
    };

    let opening = if thinks {
        json!({"content": null, "role": "assistant", "reasoning_content": ""})
    } else {
        json!({"content": "", "role": "assistant"})
    };
    let mut first = choice(opening, Value::Null);
    if let (Some(info), Some(members)) = (&answer.search_info, first.as_object_mut()) {
        members.insert("search_info".to_owned(), info.clone());
    }
    send(Duration::ZERO, &first);
    for piece in pieces(&answer.thoughts, answer.delta) {
        let delta = json!({"content": null, "reasoning_content": piece});
        send(answer.pause, &choice(delta, Value::Null));
    }
    for piece in pieces(&answer.text, answer.delta) {
        let mut delta = json!({"content": piece});
        if let (true, Some(members)) = (thinks, delta.as_object_mut()) {
            members.insert("reasoning_content".to_owned(), Value::Null);
        }
        send(answer.pause, &choice(delta, Value::Null));
    }
    if answer.breaks {
        let after = BEFORE_A_BREAK;
        steps.push(Step::Break { after });
        return steps;
    }
    let mut last = json!({"content": ""});
    if let (true, Some(members)) = (thinks, last.as_object_mut()) {
        members.insert("reasoning_content".to_owned(), Value::Null);
    }
    send(answer.pause, &choice(last, json!(answer.finish)));
    if question.wants_usage() {
        send(Duration::ZERO, &chunk(json!([]), usage(question, answer)));
    }
    let bytes = Bytes::from_static(b"data: [DONE]\n\n");
    let after = Duration::ZERO;
    steps.push(Step::Send { after, bytes });
    steps
}

/// A pause before the connection breaks, without which the text before it would be lost.
const BEFORE_A_BREAK: Duration = Duration::from_millis(30);

/// The steps of an answer that is not streamed, and its `Content-Length`.
pub(super) fn whole(question: &Question, answer: &ScriptedAnswer, stamp: &Stamp) -> (Vec<Step>, usize) {
    let mut message = json!({"role": "assistant", "content": answer.text});
    if let (false, Some(members)) = (answer.thoughts.is_empty(), message.as_object_mut()) {
        members.insert("reasoning_content".to_owned(), json!(answer.thoughts));
    }
    let reply = json!({
        "choices": [{"message": message, "finish_reason": answer.finish, "index": 0, "logprobs": null}],
        "object": "chat.completion", "usage": usage(question, answer), "created": stamp.created,
        "system_fingerprint": null, "model": question.model(), "id": format!("chatcmpl-{}", stamp.request_id)});
    let mut bytes = Bytes::from(reply.to_string());
    let length = bytes.len();
    let deltas = pieces(&answer.text, answer.delta).count();
    let after = answer.pause.saturating_mul(u32::try_from(deltas).unwrap_or(u32::MAX));
    if !answer.breaks {
        return (vec![Step::Send { after, bytes }], length);
    }
    bytes.truncate(length / 2);
    let steps = vec![Step::Send { after, bytes }, Step::Break { after: BEFORE_A_BREAK }];
    (steps, length)
}

/// `text` in pieces of about `size` characters, of varying length like tokens.
fn pieces(text: &str, size: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let mut lengths = [size.saturating_sub(1).max(1), size + 1, size].into_iter().cycle();
    std::iter::from_fn(move || {
        let length = lengths.next().filter(|_| !rest.is_empty())?;
        let end = rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

/// Token counts, estimated from characters.
fn usage(question: &Question, answer: &ScriptedAnswer) -> Value {
    let tokens = |text: &str| text.chars().count().div_ceil(CHARACTERS_PER_TOKEN);
    let prompt: usize = question.turns().map(|(_, text)| tokens(&text) + 4).sum::<usize>()
        + question.prefix.as_deref().map_or(0, tokens);
    let thoughts = tokens(&answer.thoughts);
    let completion = thoughts + tokens(&answer.text);
    let mut usage = Map::new();
    usage.insert("prompt_tokens".to_owned(), json!(prompt));
    usage.insert("completion_tokens".to_owned(), json!(completion));
    usage.insert("total_tokens".to_owned(), json!(prompt + completion));
    if thoughts > 0 {
        usage.insert(
            "completion_tokens_details".to_owned(),
            json!({"reasoning_tokens": thoughts}),
        );
    }
    usage.insert("prompt_tokens_details".to_owned(), json!({"cached_tokens": 0}));
    Value::Object(usage)
}

/// The body of an error, as the real server words it for this status.
pub(super) fn refusal(status: u16, question: &Question, stamp: &Stamp) -> Value {
    let (message, kind, code) = match status {
        400 => (
            "Range of max_tokens should be [1, 8192]",
            "invalid_request_error",
            "invalid_parameter_error",
        ),
        401 => (
            "Incorrect API key provided. ",
            "invalid_request_error",
            "invalid_api_key",
        ),
        403 => ("Access denied.", "access_denied", "access_denied"),
        404 => {
            let message = format!(
                "The model `{}` does not exist or you do not have access to it.",
                question.model()
            );
            return error(&message, "invalid_request_error", "model_not_found", stamp);
        }
        429 => (
            "Requests rate limit exceeded, please try again later.",
            "limit_requests",
            "limit_requests",
        ),
        503 => (
            "Too many requests. Your requests are being throttled due to system capacity limits. Please try again later.",
            "ModelServingError",
            "ModelServingError",
        ),
        _ => (
            "An internal error has occured, please try again later or contact service support.",
            "internal_error",
            "internal_error",
        ),
    };
    error(message, kind, code, stamp)
}

/// The body of the 400 for a request that cannot be parsed.
pub(super) fn unreadable(message: &str, stamp: &Stamp) -> Value {
    error(message, "invalid_request_error", "invalid_parameter_error", stamp)
}

/// The 404 for a path that the demo does not have.
pub(super) fn no_such_path(path: &str, stamp: &Stamp) -> Value {
    let message = format!("the demo server has no {path}");
    error(&message, "invalid_request_error", "not_found", stamp)
}

fn error(message: &str, kind: &str, code: &str, stamp: &Stamp) -> Value {
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}, "request_id": stamp.request_id})
}

/// The model list.
pub(super) fn models(stamp: &Stamp) -> Value {
    json!({"object": "list", "data": [
        {"id": "demo", "object": "model", "created": stamp.created, "owned_by": "qwen-cli"}]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_lose_nothing() {
        for text in ["", "a", "中文 and more 👋🏽 of it", "abcdefghijklmnop"] {
            for size in 1..6 {
                let joined: String = pieces(text, size).collect();
                assert_eq!(joined, text);
            }
        }
        assert_eq!(pieces("abcdefghi", 3).collect::<Vec<_>>(), ["ab", "cdef", "ghi"]);
    }
}
