//! Feeds a reply through `Sse` and a decoder, as the program does, and says what it came to.

use std::fs;
use std::path::{Path, PathBuf};

use qwen_cli::backend::sse::Sse;
use qwen_cli::backend::wire::senseless::nothing_came;
use qwen_cli::backend::wire::{Decode, Head, HeaderValue, HttpRequest, Progress, Refusal, Retry, Wire};
use qwen_cli::chat::{Event, Reply};
use serde_json::{Map, Value, json};

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
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

/// A whole reply: every event, and the refusal it ended with if it did.
#[derive(Debug, PartialEq)]
pub(crate) struct Played {
    pub(crate) events: Vec<Event>,
    pub(crate) refusal: Option<Refusal>,
}

/// Plays a body that arrives in these pieces and then ends well.
pub(crate) fn play(wire: &dyn Wire, head: &Head, pieces: &[&[u8]]) -> Played {
    let mut events = Vec::new();
    let refusal = answer(wire, head, pieces, &mut events).err();
    Played { events, refusal }
}

fn answer(wire: &dyn Wire, head: &Head, pieces: &[&[u8]], events: &mut Vec<Event>) -> Result<(), Refusal> {
    let mut decoder = wire.decoder(head);
    if head.status >= 400 || head.content_type() != "text/event-stream" {
        let body = pieces.concat();
        if let Some(refusal) = wire.refusal(head, &body) {
            return Err(refusal);
        }
        decoder.payload(&body, events)?;
        return finish(&mut *decoder, events);
    }
    if pieces.concat().is_empty() {
        return Err(nothing_came());
    }
    let mut sse = Sse::new();
    for piece in pieces {
        sse.push(piece);
        if drain(&mut sse, &mut *decoder, events)? == Progress::Whole {
            return finish(&mut *decoder, events);
        }
    }
    sse.end();
    drain(&mut sse, &mut *decoder, events)?;
    finish(&mut *decoder, events)
}

fn drain(sse: &mut Sse, decoder: &mut dyn Decode, events: &mut Vec<Event>) -> Result<Progress, Refusal> {
    while let Some(payload) = sse.next_payload().expect("no event is too long") {
        if decoder.payload(payload, events)? == Progress::Whole {
            return Ok(Progress::Whole);
        }
    }
    Ok(Progress::More)
}

fn finish(decoder: &mut dyn Decode, events: &mut Vec<Event>) -> Result<(), Refusal> {
    match decoder.end(true, events) {
        Some(finish) => events.push(Event::Done(finish)),
        None => match decoder.failed_end(true) {
            Some(refusal) => return Err(refusal),
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
            Event::Notice(notice) => notices.push(notice.clone()),
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
    put("usage", usage.unwrap_or_default());
    put("model", reply.model.into());
    put("request_id", reply.request_id.into());
    put("remote", serde_json::to_value(&reply.remote).unwrap());
    put("finish", reply.finish.map(|finish| finish.as_str().to_owned()).into());
    put("error", played.refusal.as_ref().map(refused).unwrap_or_default());
    Value::Object(out)
}

fn refused(refusal: &Refusal) -> Value {
    let retry = match refusal.retry {
        Retry::Never => "never",
        Retry::Once => "once",
        Retry::Soon => "soon",
        Retry::Later => "later",
        Retry::Busy => "busy",
        Retry::Preparing => "preparing",
    };
    let mut out = json!({
        "kind": refusal.kind.name(),
        "status": refusal.status,
        "code": refusal.code,
        "retry": retry,
    });
    if let Some(after) = refusal.retry_after {
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
        out["json"] = body.clone();
    }
    out
}
