//! All protocols, to show what holds for each of them.

use crate::protocol::dashscope::DashScope;
use crate::protocol::openai::{Dialect, OpenAi};
use crate::protocol::web::{Api, Credentials, Web};
use crate::protocol::{ChatProtocol, Head};
use crate::{Event, Finish};
use serde_json::{Value, json};

use super::play::{Played, play};

/// A protocol, and how it says a piece of text, a piece of thoughts, and the end.
pub(crate) struct Protocol {
    pub(crate) name: &'static str,
    pub(crate) protocol: Box<dyn ChatProtocol>,
    pub(crate) text: fn(&str) -> Value,
    pub(crate) thought: fn(&str) -> Value,
    pub(crate) end: Value,
}

pub(crate) fn openai(dialect: Dialect) -> Box<dyn ChatProtocol> {
    Box::new(OpenAi {
        base_url: "http://127.0.0.1:8080/v1".into(),
        key: None,
        headers: Vec::new(),
        dialect,
        moved: Default::default(),
    })
}

pub(crate) fn chunk(delta: Value, finish: Option<&str>) -> Value {
    json!({"id": "chatcmpl-1", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

pub(crate) fn generation(message: Value, finish: &str) -> Value {
    json!({"output": {"choices": [{"message": message, "finish_reason": finish}]}, "request_id": "1"})
}

pub(crate) fn frame(phase: &str, content: &str, status: &str) -> Value {
    json!({"choices": [{"delta": {"role": "assistant", "phase": phase, "content": content, "status": status}}]})
}

pub(crate) fn protocols() -> Vec<Protocol> {
    let compatible = |name, dialect| Protocol {
        name,
        protocol: openai(dialect),
        text: |text| chunk(json!({"content": text}), None),
        thought: |text| chunk(json!({"content": null, "reasoning_content": text}), None),
        end: chunk(json!({}), Some("stop")),
    };
    let web = |name, api| Protocol {
        name,
        protocol: Box::new(Web::new(
            "https://chat.qwen.ai",
            api,
            Credentials::default(),
            || 0,
            String::new,
        )),
        text: |text| frame("answer", text, "typing"),
        thought: |text| frame("think", text, "typing"),
        end: frame("answer", "", "finished"),
    };
    vec![
        compatible("compatible", Dialect::DashScope),
        compatible("local", Dialect::Generic),
        Protocol {
            name: "native",
            protocol: Box::new(DashScope {
                base_url: "https://example.invalid/api/v1".into(),
                key: None,
                headers: Vec::new(),
            }),
            text: |text| generation(json!({"role": "assistant", "content": text}), "null"),
            thought: |text| generation(json!({"content": "", "reasoning_content": text}), "null"),
            end: generation(json!({"content": ""}), "stop"),
        },
        web("web", Api::V2),
        web("web v1", Api::V1),
    ]
}

impl Protocol {
    /// A stream of these payloads, as they are.
    pub(crate) fn plays(&self, payloads: &[String]) -> Played {
        let head = Head {
            status: 200,
            headers: vec![("content-type".into(), "text/event-stream".into())],
        };
        let body: String = payloads.iter().map(|payload| format!("data: {payload}\n\n")).collect();
        let whole = play(&*self.protocol, &head, &[body.as_bytes()]);
        let bytes: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
        assert_eq!(
            play(&*self.protocol, &head, &bytes),
            whole,
            "{}, byte by byte",
            self.name
        );
        whole
    }

    /// A reply that is no stream.
    pub(crate) fn answers(&self, body: &str) -> Played {
        let head = Head {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
        };
        play(&*self.protocol, &head, &[body.as_bytes()])
    }
}

/// Text, thoughts and why it ended.
pub(crate) fn came(played: &Played) -> (String, String, Option<Finish>) {
    let (mut text, mut thoughts, mut finish) = (String::new(), String::new(), None);
    for event in &played.events {
        match event {
            Event::Text(more) => text += more,
            Event::Thinking(more) => thoughts += more,
            Event::Done(done) => finish = Some(done.clone()),
            _ => {}
        }
    }
    (text, thoughts, finish)
}

pub(crate) fn notices(played: &Played) -> usize {
    played
        .events
        .iter()
        .filter(|event| matches!(event, Event::Notice(_)))
        .count()
}
