//! Feeds a reply through `Sse` and a decoder, as the program does, and says what it came to.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Cause, Error};
use crate::protocol::{ChatProtocol, Head, HeaderValue, HttpRequest, ReplyDecoder, ReplyState};
use crate::transport::sse::Sse;
use crate::{Event, Reply};
use serde_json::{Map, Value, json};

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

pub(crate) fn read(path: &str) -> Vec<u8> {
    let path = fixtures().join(path);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn read_json(path: &str) -> Value {
    serde_json::from_slice(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn head(value: &Value) -> Head {
    let headers = value["headers"].as_object().into_iter().flatten();
    Head {
        status: value["status"].as_u64().unwrap() as u16,
        headers: headers
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect(),
    }
}

/// A whole reply: every event, and the error it ended with if it did.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) events: Vec<Event>,
    pub(crate) error: Option<Error>,
}

/// Whether they are the same but for the time of their errors.
impl PartialEq for Played {
    fn eq(&self, other: &Played) -> bool {
        let facts = |played: &Played| {
            played
                .error
                .as_ref()
                .map(|error| (described(error), error.message().to_owned()))
        };
        self.events == other.events && facts(self) == facts(other)
    }
}

/// Plays a body that arrives in these pieces and then ends well.
pub(crate) fn play(protocol: &dyn ChatProtocol, head: &Head, pieces: &[&[u8]]) -> Played {
    let mut events = Vec::new();
    let error = answer(protocol, head, pieces, &mut events).err();
    Played { events, error }
}

fn answer(protocol: &dyn ChatProtocol, head: &Head, pieces: &[&[u8]], events: &mut Vec<Event>) -> Result<(), Error> {
    let mut decoder = protocol.decoder(head);
    if head.status >= 400 || head.content_type() != "text/event-stream" {
        let body = pieces.concat();
        if let Some(error) = protocol.refusal(head, &body) {
            return Err(error);
        }
        decoder.payload(&body, events)?;
        return finish(&mut *decoder, events);
    }
    let body = pieces.concat();
    if body.is_empty() {
        // No payload reaches a decoder; the protocol says what an empty body is.
        return protocol.refusal(head, &body).map_or(Ok(()), Err);
    }
    let (mut sse, mut is_finished) = (Sse::new(), false);
    for piece in pieces {
        sse.push(piece);
        if drain(&mut sse, &mut *decoder, &mut is_finished, events)? == ReplyState::Whole {
            return finish(&mut *decoder, events);
        }
    }
    sse.end();
    drain(&mut sse, &mut *decoder, &mut is_finished, events)?;
    finish(&mut *decoder, events)
}

fn drain(
    sse: &mut Sse,
    decoder: &mut dyn ReplyDecoder,
    is_finished: &mut bool,
    events: &mut Vec<Event>,
) -> Result<ReplyState, Error> {
    while let Some(payload) = sse.next_payload().expect("no event is too long") {
        match decoder.payload(payload, events) {
            Ok(ReplyState::Whole) => return Ok(ReplyState::Whole),
            Ok(progress) => *is_finished |= progress == ReplyState::Finished,
            Err(_) if *is_finished => {}
            Err(error) => return Err(error),
        }
    }
    Ok(ReplyState::More)
}

fn finish(decoder: &mut dyn ReplyDecoder, events: &mut Vec<Event>) -> Result<(), Error> {
    match decoder.end(true, events) {
        Some(finish) => events.push(Event::Done(finish)),
        None => match decoder.failed_end(true) {
            Some(error) => return Err(error),
            None => return Ok(()),
        },
    }
    Ok(())
}

/// What was played, in the words of `expected.json`.
pub(crate) fn outcome(played: &Played) -> Value {
    let mut reply = Reply::default();
    let (mut titles, mut notices) = (Vec::new(), Vec::new());
    for event in &played.events {
        reply.add(event);
        match event {
            Event::ThinkingTitle(title) => titles.push(title.clone()),
            Event::Notice(notice) => notices.push(format!("{notice:?}")),
            _ => {}
        }
    }
    let search: Vec<Value> = reply
        .search
        .iter()
        .map(|found| json!([found.index, found.title, found.url, found.site]))
        .collect();
    let usage = reply.usage.map(|u| {
        json!([
            u.input_tokens,
            u.output_tokens,
            u.total_tokens,
            u.reasoning_tokens,
            u.cached_tokens
        ])
    });
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| {
        let is_nothing = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        if !is_nothing {
            out.insert(name.to_owned(), value);
        }
    };
    put("text", reply.text.into());
    put("reasoning", reply.reasoning.into());
    put("titles", titles.into());
    put("notices", serde_json::json!(notices));
    put("search", search.into());
    let calls = reply.tool_calls.iter();
    let calls: Vec<Value> = calls.map(|call| json!([call.id, call.name, call.arguments])).collect();
    put("tool_calls", calls.into());
    put("usage", usage.unwrap_or_default());
    put("model", reply.model.into());
    put("request_id", reply.request_id.into());
    put("remote", serde_json::to_value(&reply.remote).unwrap());
    put("finish", reply.finish.map(|finish| finish.as_str().to_owned()).into());
    put("error", played.error.as_ref().map(described).unwrap_or_default());
    Value::Object(out)
}

/// An error's facts but for the server's words.
fn described(error: &Error) -> Value {
    let cause = match error.cause() {
        Cause::Rejected(rejection) => format!("{rejection:?}"),
        Cause::Malformed(malformed) => format!("{malformed:?}"),
        other => format!("{other:?}"),
    };
    let mut out = json!({
        "kind": error.kind().as_str(),
        "cause": cause,
        "status": error.status(),
        "code": error.code(),
        "retry": error.is_retryable(),
    });
    if let Some(after) = error.retry_after() {
        out["retry_after"] = after.as_secs().into();
    }
    out
}

/// A request as the recorded ones are written.
pub(crate) fn written(http: &HttpRequest) -> Value {
    let headers: serde_json::Map<String, Value> = http
        .headers
        .iter()
        .map(|(name, value)| {
            let value = match value {
                HeaderValue::Plain(text) => text.clone(),
                HeaderValue::Secret { prefix, secret, .. } => format!("{prefix}{}", secret.expose()),
            };
            (name.clone(), value.into())
        })
        .collect();
    let path = http.url.strip_prefix("https://host.invalid").unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut out = json!({"method": http.method.as_str(), "path": path, "headers": headers});
    if !query.is_empty() {
        out["query"] = query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
    }
    if let Some(body) = &http.body {
        out["json"] = body.json().unwrap();
    }
    out
}
