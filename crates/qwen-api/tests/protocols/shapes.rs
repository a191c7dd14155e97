//! What any server may do, on each protocol: characters cut in two, frames that say nothing, errors beside an answer,
//! text in other places, other words for the end.

use qwen_api::error::{ErrorKind, Malformed, Rejection};
use qwen_api::protocol::dashscope::DashScope;
use qwen_api::protocol::openai::{Dialect, OpenAi};
use qwen_api::protocol::web::{Api, Credentials, Web};
use qwen_api::protocol::{ChatProtocol, Head};
use qwen_api::{Event, Finish};
use serde_json::{Value, json};

use crate::play::{Played, play};

/// A protocol, and how it says a piece of text, a piece of thoughts, and the end.
struct Protocol {
    name: &'static str,
    protocol: Box<dyn ChatProtocol>,
    text: fn(&str) -> Value,
    thought: fn(&str) -> Value,
    end: Value,
}

fn openai(dialect: Dialect) -> Box<dyn ChatProtocol> {
    Box::new(OpenAi {
        base_url: "http://127.0.0.1:8080/v1".into(),
        key: None,
        headers: Vec::new(),
        dialect,
        moved: Default::default(),
    })
}

fn chunk(delta: Value, finish: Option<&str>) -> Value {
    json!({"id": "chatcmpl-1", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

fn generation(message: Value, finish: &str) -> Value {
    json!({"output": {"choices": [{"message": message, "finish_reason": finish}]}, "request_id": "1"})
}

fn frame(phase: &str, content: &str, status: &str) -> Value {
    json!({"choices": [{"delta": {"role": "assistant", "phase": phase, "content": content, "status": status}}]})
}

fn protocols() -> Vec<Protocol> {
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
    fn plays(&self, payloads: &[String]) -> Played {
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
    fn answers(&self, body: &str) -> Played {
        let head = Head {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
        };
        play(&*self.protocol, &head, &[body.as_bytes()])
    }
}

/// Text, thoughts and why it ended.
fn came(played: &Played) -> (String, String, Option<Finish>) {
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

fn notices(played: &Played) -> usize {
    played
        .events
        .iter()
        .filter(|event| matches!(event, Event::Notice(_)))
        .count()
}

/// A payload in which `{d83c}` is an escape of that unit.
fn with_units(payload: &Value) -> String {
    let mut payload = payload.to_string();
    for unit in ["d83c", "df89", "D83C", "DF89"] {
        payload = payload.replace(&format!("{{{unit}}}"), &format!("\\u{unit}"));
    }
    payload
}

/// Pieces, and the text that they are.
const HALVES: [(&[&str], &str); 10] = [
    (
        &["Hello ", "the party {d83c}", "{df89} is on", " now."],
        "Hello the party 🎉 is on now.",
    ),
    (&["{D83C}", "{DF89}"], "🎉"),
    (&["one bad {d83c} unit", " and more"], "one bad \u{fffd} unit and more"),
    (&["{df89}first", " x"], "\u{fffd}first x"),
    (&["x", "last{d83c}"], "xlast\u{fffd}"),
    (&["a{d83c}", "b"], "a\u{fffd}b"),
    (&["a{d83c}", "{d83c}", "{df89}b"], "a\u{fffd}🎉b"),
    (&["a{df89}{d83c}b"], "a\u{fffd}\u{fffd}b"),
    (&["{d83c}{df89}🎉{d83c}", "🎉"], "🎉🎉\u{fffd}🎉"),
    // The stand-ins themselves.
    (
        &["\u{10f83c}", "a\u{10ff89}", "\u{10f83c}"],
        "\u{10f83c}a\u{10ff89}\u{10f83c}",
    ),
];

#[test]
fn halves_of_characters_meet_in_text_and_thoughts_of_each_protocol() {
    for protocol in protocols() {
        for (pieces, text) in HALVES {
            let stream = |say: fn(&str) -> Value, before: &[Value], after: &[Value]| {
                let said = pieces.iter().map(|piece| say(piece));
                let payloads: Vec<String> = before
                    .iter()
                    .cloned()
                    .chain(said)
                    .chain(after.iter().cloned())
                    .map(|payload| with_units(&payload))
                    .collect();
                let played = protocol.plays(&payloads);
                assert!(played.error.is_none(), "{}: {pieces:?}", protocol.name);
                came(&played)
            };
            let end = protocol.end.clone();
            let whole = (text.to_owned(), String::new(), Some(Finish::Stop));
            assert_eq!(
                stream(protocol.text, &[], std::slice::from_ref(&end)),
                whole,
                "{}",
                protocol.name
            );
            let thought = ("ok".to_owned(), text.to_owned(), Some(Finish::Stop));
            let after = [(protocol.text)("ok"), end];
            assert_eq!(stream(protocol.thought, &[], &after), thought, "{}", protocol.name);
        }
    }
}

/// Thoughts between two pieces of text do not keep their halves apart.
#[test]
fn halves_meet_within_their_own_text() {
    for protocol in protocols() {
        let payloads = [
            (protocol.text)("a{d83c}"),
            (protocol.thought)("{d83c}"),
            (protocol.text)("{df89}b"),
            protocol.end.clone(),
        ];
        let played = protocol.plays(&payloads.map(|payload| with_units(&payload)));
        let (text, thoughts, _) = came(&played);
        assert_eq!(
            (text.as_str(), thoughts.as_str()),
            ("a🎉b", "\u{fffd}"),
            "{}",
            protocol.name
        );
    }
}

#[test]
fn halves_in_a_whole_reply_and_beside_the_answer_stay_alone() {
    let [compatible, local, native, web, _] = &protocols()[..] else {
        panic!("five protocols")
    };
    let message = json!({"content": "a{d83c} b{df89}", "reasoning_content": "{d83c}"});
    for protocol in [compatible, local] {
        let body = json!({"model": "{d83c}m", "choices": [{"message": message, "finish_reason": "odd{d83c}"}]});
        let played = protocol.answers(&with_units(&body));
        let (text, thoughts, finish) = came(&played);
        assert_eq!((text.as_str(), thoughts.as_str()), ("a\u{fffd} b\u{fffd}", "\u{fffd}"));
        assert!(
            matches!(&played.events[0], Event::Started(started) if started.model.as_deref() == Some("\u{fffd}m")),
            "{played:?}"
        );
        assert!(finish.is_some(), "{played:?}");
        let refused = protocol.answers(&with_units(&json!({"error": {"message": "{d83c} no"}})));
        assert_eq!(refused.error.unwrap().message(), "\u{fffd} no");
    }
    let played = native.answers(&with_units(&generation(message, "stop")));
    assert_eq!(came(&played).0, "a\u{fffd} b\u{fffd}");
    let body = json!({"success": true, "data": {"messages": [{"content": "a{d83c}", "done": true}]}});
    assert_eq!(came(&web.answers(&with_units(&body))).0, "a\u{fffd}");
    let listed = compatible
        .protocol
        .model_page(1, with_units(&json!({"data": [{"id": "m{d83c}"}]})).as_bytes());
    assert_eq!(listed.unwrap().models[0].id, "m\u{fffd}");
}

/// A stream that repeats all of its text may show the first half of a character before it is whole.
#[test]
fn halves_in_texts_that_are_said_again_and_again() {
    let [_, _, native, web, _] = &protocols()[..] else {
        panic!("five protocols")
    };
    let long = "A sentence of some length, ";
    let grown = [
        "A sent",
        long,
        "A sentence of some length, a {d83c}",
        "A sentence of some length, a {d83c}{df89} and",
        "A sentence of some length, a {d83c}{df89} and {d83c}",
    ];
    let mut payloads: Vec<String> = grown.iter().map(|text| with_units(&(native.text)(text))).collect();
    payloads.push(with_units(&generation(json!({"content": grown[4]}), "stop")));
    let played = native.plays(&payloads);
    assert_eq!(came(&played).0, "A sentence of some length, a 🎉 and \u{fffd}");

    let summary = |thought: &str| {
        let extra = json!({"summary_title": {"content": ["T"]}, "summary_thought": {"content": [thought]}});
        with_units(
            &json!({"choices": [{"delta": {"role": "assistant", "phase": "thinking_summary", "content": "",
            "extra": extra}}]}),
        )
    };
    let payloads = ["I {d83c}", "I {d83c}{df89} re", "I {d83c}{df89} re {d83c}"]
        .map(summary)
        .to_vec();
    let end = [(web.text)("ok"), web.end.clone()].map(|payload| payload.to_string());
    let played = web.plays(&[payloads, end.to_vec()].concat());
    assert_eq!(came(&played).1, "I 🎉 re \u{fffd}");
}

#[test]
fn frames_that_say_nothing_are_nothing() {
    const NOTHING: [&str; 15] = [
        "",
        " ",
        "ping",
        "{}",
        "[]",
        "null",
        "\"\"",
        "0",
        r#"{"type":"ping"}"#,
        r#"{"hook_results":{"before_request_hooks":[]},"provider":"x"}"#,
        r#"{"choices":null,"output":null}"#,
        r#"{"choices":[],"output":{}}"#,
        r#"{"choices":[{"delta":[]}],"output":{"choices":[]}}"#,
        r#"{"choices":[{"delta":null,"finish_reason":null}],"output":{"choices":[{"message":null}]}}"#,
        r#"{"choices":[null],"output":{"choices":[null]},"usage":null,"id":7,"model":7,"request_id":7}"#,
    ];
    for protocol in protocols() {
        for nothing in NOTHING {
            let nothing = nothing.to_owned();
            let said = [(protocol.text)("Al"), (protocol.text)("pha")].map(|payload| payload.to_string());
            let [first, second] = said;
            let payloads = [
                nothing.clone(),
                first,
                nothing.clone(),
                second,
                protocol.end.to_string(),
            ];
            let played = protocol.plays(&payloads);
            assert!(played.error.is_none(), "{}: {nothing}", protocol.name);
            assert_eq!(
                came(&played),
                ("Alpha".to_owned(), String::new(), Some(Finish::Stop)),
                "{}: {nothing}",
                protocol.name
            );
        }
    }
}

#[test]
fn a_stream_that_says_nothing_else_made_no_sense() {
    for protocol in protocols() {
        for nothing in ["ping", r#"{"type":"ping"}"#] {
            let played = protocol.plays(&[nothing.to_owned(), "{}".to_owned()]);
            let error = played.error.unwrap();
            assert_eq!(error.cause(), &Malformed::Unreadable.into(), "{}", protocol.name);
            assert_eq!((error.message(), error.is_retryable()), (nothing, false));
        }
        // Half a frame is no frame that says nothing: text is lost with it.
        let half = (protocol.text)("lost").to_string();
        let whole = (protocol.text)("kept").to_string();
        let played = protocol.plays(&[whole, half[..half.len() - 4].to_owned()]);
        assert!(played.error.is_some(), "{}", protocol.name);
    }
}

#[test]
fn an_error_beside_an_answer_is_an_error() {
    let limit = json!({"code": 429, "message": "Rate limit exceeded"});
    let [compatible, local, native, ..] = &protocols()[..] else {
        panic!("five protocols")
    };
    for protocol in [compatible, local] {
        let beside = [
            json!({"choices": [], "error": limit}),
            json!({"choices": [{"delta": {"content": "pha"}, "finish_reason": "error"}], "error": limit}),
            json!({"choices": [{"delta": {"content": "pha"}, "finish_reason": "stop", "error": limit}]}),
            json!({"choices": [{"delta": {"content": "pha"}}], "code": 429, "message": "Rate limit exceeded"}),
            json!({"choices": [{"delta": {"content": "pha"}}], "error": "Rate limit exceeded"}),
        ];
        for (at, error) in beside.iter().enumerate() {
            let played = protocol.plays(&[(protocol.text)("Al").to_string(), error.to_string()]);
            let no = played.error.as_ref().unwrap_or_else(|| panic!("{error}"));
            assert_eq!(
                (no.status(), no.kind(), no.is_retryable(), no.message()),
                (Some(429), ErrorKind::RateLimit, true, "Rate limit exceeded"),
                "{error}"
            );
            assert_eq!(came(&played).0, if at == 0 { "Al" } else { "Alpha" }, "{error}");
        }
        let whole = json!({"choices": [{"message": {"content": "Al"}, "finish_reason": "error", "error": limit}]});
        let played = protocol.answers(&whole.to_string());
        assert_eq!(
            (came(&played).0.as_str(), played.error.unwrap().status()),
            ("Al", Some(429))
        );
        // Nothing is wrong here.
        for fine in [
            json!({"error": null, "code": 200, "message": "ok", "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}),
            json!({"error": {}, "code": "Success", "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}),
        ] {
            let played = protocol.answers(&fine.to_string());
            assert_eq!(
                (played.error.is_none(), came(&played).0.as_str()),
                (true, "a"),
                "{fine}"
            );
        }
    }
    let beside = |text: &str| {
        let mut payload = (native.text)(text);
        payload["code"] = "Throttling.RateQuota".into();
        payload["message"] = "Requests rate limit exceeded".into();
        payload.to_string()
    };
    for played in [
        native.plays(&[(native.text)("Al").to_string(), beside("pha")]),
        native.answers(&beside("Alpha")),
    ] {
        assert_eq!(came(&played).0, "Alpha");
        let error = played.error.unwrap();
        assert_eq!(
            (error.status(), error.kind(), error.code()),
            (Some(429), ErrorKind::RateLimit, Some("Throttling.RateQuota"))
        );
    }
    let mut fine = generation(json!({"content": "a"}), "stop");
    fine["code"] = "".into();
    fine["message"] = "".into();
    assert!(native.answers(&fine.to_string()).error.is_none());
}

#[test]
fn other_words_for_the_end_mean_what_they_mean() {
    let protocols = protocols();
    for protocol in &protocols[..3] {
        let ends = |word: &str| {
            let end = match protocol.name {
                "native" => generation(json!({"content": ""}), word),
                _ => chunk(json!({}), Some(word)),
            };
            protocol.plays(&[(protocol.text)("x").to_string(), end.to_string()])
        };
        for (word, finish) in [
            ("max_tokens", Finish::Length),
            ("eos", Finish::Stop),
            ("SAFETY", Finish::ContentFilter),
            ("tool_use", Finish::ToolCalls),
            ("who knows", Finish::Other("who knows".into())),
        ] {
            assert_eq!(came(&ends(word)).2, Some(finish), "{}: {word}", protocol.name);
        }
        for word in ["error", "network_error"] {
            let played = ends(word);
            assert_eq!(came(&played), ("x".into(), String::new(), None), "{}", protocol.name);
            let error = played.error.unwrap();
            assert_eq!(
                (error.cause(), error.message(), error.is_retryable()),
                (&Rejection::ServerError.into(), word, true),
                "{}: {word}",
                protocol.name
            );
        }
    }
}

/// A proxy that loses the server ends the body in good order over HTTP/2.
#[test]
fn a_place_for_the_reason_that_stays_empty_is_a_cut() {
    let local = &protocols()[1];
    let played = local.plays(&[(local.text)("Hi").to_string()]);
    assert_eq!(came(&played), ("Hi".into(), String::new(), None));
    assert!(played.error.is_none());
    let without = json!({"choices": [{"delta": {"content": "Hi"}}]}).to_string();
    let played = local.plays(&[without]);
    assert_eq!((came(&played).2, notices(&played)), (Some(Finish::Unstated), 1));
    let v1 = &protocols()[4];
    let played = v1.plays(&[(v1.text)("Hi").to_string()]);
    assert_eq!(came(&played).2, None);
    assert!(played.error.is_none());
    let without = json!({"choices": [{"delta": {"content": "Hi"}}]}).to_string();
    assert_eq!(came(&v1.plays(&[without])).2, Some(Finish::Stop));
}

#[test]
fn text_in_other_places_is_text() {
    let protocols = protocols();
    let parts = json!([
        {"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]},
        {"type": "reference", "reference_ids": [1]},
        {"type": "text", "text": "Al"},
        {"type": "text", "text": "pha"},
    ]);
    for protocol in &protocols[..2] {
        let ends = |choices: &[Value]| {
            let payloads = choices.iter().map(|choice| json!({"choices": [choice]}));
            let end = std::iter::once(protocol.end.clone());
            came(
                &protocol.plays(
                    &payloads
                        .chain(end)
                        .map(|payload| payload.to_string())
                        .collect::<Vec<_>>(),
                ),
            )
        };
        let alpha = |thoughts: &str| ("Alpha".to_owned(), thoughts.to_owned(), Some(Finish::Stop));
        let pieces: Vec<Value> = parts
            .as_array()
            .unwrap()
            .iter()
            .map(|part| json!({"delta": {"content": [part]}}))
            .collect();
        assert_eq!(ends(&pieces), alpha("hmm"));
        assert_eq!(ends(&[json!({"delta": {"content": parts}})]), alpha("hmm"));
        let refusal = |text: &str| json!({"delta": {"content": null, "refusal": text}});
        assert_eq!(ends(&[refusal("Al"), refusal("pha")]), alpha(""));
        assert_eq!(ends(&[json!({"text": "Al"}), json!({"text": "pha"})]), alpha(""));
        // All of it once more is no more of it.
        let last = json!({"delta": {}, "message": {"content": "Alpha", "reasoning_content": "hm"}, "text": "Alpha"});
        let deltas = [
            json!({"delta": {"reasoning_content": "hm"}}),
            json!({"delta": {"content": "Al"}}),
            json!({"delta": {"content": "pha"}}),
            last.clone(),
        ];
        assert_eq!(ends(&deltas), alpha("hm"));
        // Where the deltas hold thoughts alone, the message has the text.
        assert_eq!(
            ends(&[
                deltas[0].clone(),
                json!({"message": {"content": "Alpha", "reasoning_content": "hm"}})
            ]),
            alpha("hm")
        );
        assert_eq!(
            ends(&[
                json!({"message": {"content": "Al"}}),
                json!({"message": {"content": "pha"}})
            ]),
            alpha("")
        );

        for message in [
            json!({"content": parts}),
            json!({"content": null, "refusal": "Alpha"}),
            json!({"content": "Alpha", "refusal": "Alpha"}),
        ] {
            let whole = json!({"choices": [{"message": message, "finish_reason": "stop"}]});
            assert_eq!(came(&protocol.answers(&whole.to_string())).0, "Alpha", "{message}");
        }
    }
    let native = &protocols[2];
    let payloads = [generation(json!({"content": parts}), "null"), native.end.clone()];
    let played = native.plays(&payloads.map(|payload| payload.to_string()));
    assert_eq!(came(&played), ("Alpha".into(), "hmm".into(), Some(Finish::Stop)));
}

#[test]
fn lists_of_models_in_every_shape() {
    let local = &protocols()[1];
    let ids = |body: &str| -> Vec<String> {
        let page = local.protocol.model_page(1, body.as_bytes());
        page.unwrap().models.into_iter().map(|model| model.id).collect()
    };
    for body in [
        r#"{"data":[{"id":"a/b"},{"id":"c"}]}"#,
        r#"{"models":[{"name":"a/b","model":"a/b:latest"},{"model":"c"}]}"#,
        r#"[{"id":"a/b","type":"chat"},{"id":"c"}]"#,
        r#"{"data":["a/b","c"]}"#,
        r#"["a/b","c","c"]"#,
        r#"{"data":null,"models":["a/b","c",7,null,{}]}"#,
        "\u{feff}{\"data\":[\"a/b\",\"c\"]}",
    ] {
        assert_eq!(ids(body), ["a/b", "c"], "{body}");
    }
    // Each of them is compared with all before it: by a set, or it takes minutes.
    let many: Vec<String> = (0..100_000)
        .map(|number| format!("model-{}", number % 50_000))
        .collect();
    assert_eq!(ids(&json!({"data": many}).to_string()).len(), 50_000);
    assert_eq!(ids("[]"), [""; 0]);
    assert!(local.protocol.model_page(1, b"{\"data\":7}").is_err());
}

#[test]
fn models_that_do_not_chat_are_known_by_their_kind_or_name() {
    let local = &protocols()[1];
    let body = json!([{"id": "x", "type": "embedding"}, {"id": "y", "type": "chat"}, "text-embedding-v4", "qwen3-reranker",
        "BAAI/bge-m3", "qwen3-tts-flash", "whisper-large", "qwen3:8b", "gemma-3"]);
    let models = local
        .protocol
        .model_page(1, body.to_string().as_bytes())
        .unwrap()
        .models;
    let chat: Vec<&str> = models
        .iter()
        .filter(|model| model.chats())
        .map(|model| model.id.as_str())
        .collect();
    assert_eq!(chat, ["y", "qwen3:8b", "gemma-3"]);
}

#[test]
fn faults_of_the_request_and_of_the_key_are_known_behind_other_statuses() {
    let local = &protocols()[1];
    let error = |status: u16, message: &str| {
        let head = Head {
            status,
            ..Head::default()
        };
        local
            .protocol
            .refusal(&head, json!({"error": {"message": message}}).to_string().as_bytes())
            .unwrap()
    };
    for (status, message, rejection) in [
        (
            400,
            "Authentication Error, Invalid proxy server token passed.",
            Rejection::Credential,
        ),
        (
            500,
            "Authentication Error, No api key passed in.",
            Rejection::Credential,
        ),
        (400, "No connected db.", Rejection::MaybeCredential),
    ] {
        let error = error(status, message);
        assert_eq!(error.cause(), &rejection.into(), "{message}");
        assert_eq!(
            (error.status(), error.message(), error.is_retryable()),
            (Some(status), message, false)
        );
    }
    let message = "[{'type': 'literal_error', 'msg': \"Input should be 'text' or 'json_object'\"}]";
    let validation = error(500, message);
    assert_eq!(validation.cause(), &Rejection::Request.into());
    assert_eq!((validation.message(), validation.is_retryable()), (message, false));
    assert!(error(500, "boom").is_retryable());
    let body = br#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":18912,"n_ctx":2048}}"#;
    let head = Head {
        status: 400,
        ..Head::default()
    };
    let error = local.protocol.refusal(&head, body).unwrap();
    assert_eq!(error.cause(), &Rejection::ContextLength { limit: Some(2048) }.into());
}
