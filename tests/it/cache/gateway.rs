//! The cache in `qwen serve`.

use serde_json::{Value, json};

use super::*;
use crate::serve::gateway::{Gateway, question};
use crate::server::{chunk, end, usage};

fn thought() -> Connection {
    Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .sse(chunk(json!({"content": null, "reasoning_content": "Hm."}), None))
        .sse(chunk(json!({"content": "Yes."}), None))
        .sse(end("stop"))
        .sse(usage(9, 2))
        .done()
}

fn message(reply: &Value) -> (&Value, &Value, &Value) {
    let message = &reply["choices"][0]["message"];
    (
        &message["content"],
        &message["reasoning_content"],
        &reply["usage"]["total_tokens"],
    )
}

#[test]
fn a_hit_is_whole_or_streamed_with_the_stored_counts() {
    let server = Server::plays([thought()]);
    let gateway = Gateway::of(&server, &["--cache"]);
    let first = gateway.chat(json!({"messages": question()})).json();
    server.finish();
    let whole = gateway
        .chat(json!({"messages": question(), "user": "other", "metadata": {"a": "b"}}))
        .json();
    assert_eq!(message(&whole), (&json!("Yes."), &json!("Hm."), &json!(11)));
    assert_eq!(message(&whole), message(&first));
    let streamed = gateway.chat(json!({"messages": question(), "stream": true,
        "stream_options": {"include_usage": true}}));
    assert_eq!(streamed.streamed_text(), "Yes.");
    let events = streamed.events();
    assert!(streamed.body.contains("\"reasoning_content\":\"Hm.\""), "{streamed:?}");
    let last: Value = serde_json::from_str(&events[events.len() - 2]).unwrap();
    assert_eq!(
        (events.last().unwrap().as_str(), &last["usage"]["total_tokens"]),
        ("[DONE]", &json!(11))
    );
    gateway
        .running
        .wait_stderr("POST /v1/chat/completions qwen-plus 200 cached 11 tokens");
}

#[test]
fn a_streamed_answer_is_kept_and_shared_with_complete() {
    let server = Server::plays([thought()]);
    let qwen = Qwen::new().server(&server).env("QWEN_CLI_MODEL", "qwen-plus");
    let gateway = Gateway::start(qwen.clone(), &["--cache=1h"]);
    gateway.chat(json!({"messages": question(), "stream": true}));
    server.finish();
    gateway.chat(json!({"messages": question(), "stream": true}));
    qwen.args(with_cache(&["hi"])).run().expect(0, "Yes.\n", HIT);
}

#[test]
fn no_cache_asks_anew_for_all_clients() {
    let server = Server::plays([answers("one"), answers("two")]);
    let gateway = Gateway::of(&server, &["--cache"]);
    let ask = |head: &str| {
        let body = json!({"messages": question()}).to_string();
        let head = format!("POST /v1/chat/completions HTTP/1.1\nHost: localhost{head}");
        gateway.send(&head, body.as_bytes()).json()["choices"][0]["message"]["content"].clone()
    };
    assert_eq!(ask(""), "one");
    assert_eq!(ask("\nAuthorization: Bearer another"), "one");
    assert_eq!(ask("\nCache-Control: max-age=0, No-Cache"), "two");
    assert_eq!(ask("\nCache-Control: max-age=0"), "two");
    server.finish();
}

#[test]
fn tools_addresses_and_what_is_not_whole_are_asked_for_again() {
    let tools = json!([{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]);
    let picture = |url: &str| json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]);
    let cut = || {
        let begun = Connection::new().expect("POST", CHAT).stream_head().deltas(&["Once"]);
        begun.sse(end("length")).sse(usage(5, 1)).done()
    };
    type Script<'a> = &'a dyn Fn() -> Connection;
    let cases: [(Value, Script<'_>); 4] = [
        (json!({"messages": question(), "tools": tools}), &|| answers("x")),
        (json!({"messages": picture("https://pictures.example/a.png")}), &|| {
            answers("x")
        }),
        (json!({"messages": question(), "enable_search": true}), &|| answers("x")),
        (json!({"messages": question(), "max_tokens": 1}), &cut),
    ];
    for (body, script) in &cases {
        let server = Server::plays([script(), script()]);
        let gateway = Gateway::of(&server, &["--cache"]);
        assert_eq!(gateway.chat(body.clone()).status, 200);
        assert_eq!(gateway.chat(body.clone()).status, 200);
        server.finish();
    }
    // A picture inside the request is known by its bytes.
    let server = Server::plays([answers("x")]);
    let gateway = Gateway::of(&server, &["--cache"]);
    let inside = json!({"messages": picture("data:image/png;base64,iVBORw0KGgo=")});
    assert_eq!(gateway.chat(inside.clone()).status, 200);
    server.finish();
    assert_eq!(gateway.chat(inside).status, 200);
}

#[test]
fn members_that_only_some_providers_know_decide_the_answer_too() {
    let asked = |name: &str, detail: &str, schema: &str| {
        let picture = json!({"url": "data:image/png;base64,iVBORw0KGgo=", "detail": detail});
        json!({"messages": [{"role": "user", "name": name, "content": [{"type": "image_url", "image_url": picture}]}],
            "response_format": {"type": "json_schema", "json_schema": {"name": schema, "schema": {"type": "object"}}}})
    };
    let bodies = [
        asked("me", "low", "city"),
        asked("you", "low", "city"),
        asked("me", "high", "city"),
        asked("me", "low", "town"),
    ];
    let server = Server::plays(bodies.each_ref().map(|_| answers("{}")));
    let gateway = Gateway::of(&server, &["--cache"]);
    for body in bodies.iter().chain(&bodies) {
        assert_eq!(gateway.chat(body.clone()).status, 200);
    }
    server.finish();
}

#[test]
fn a_healed_answer_is_kept_whole() {
    let cut = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .deltas(&["Spring"])
        .end_chunks();
    let server = Server::plays([cut, answers(" is here.")]);
    let gateway = Gateway::of(&server, &["--cache"]);
    gateway.chat(json!({"messages": question(), "stream": true}));
    server.finish();
    let again = gateway.chat(json!({"messages": question()})).json();
    assert_eq!(again["choices"][0]["message"]["content"], "Spring is here.");
}

#[test]
fn without_the_option_nothing_is_kept() {
    let server = Server::plays([answers("one"), answers("two")]);
    let gateway = Gateway::of(&server, &[]);
    for text in ["one", "two"] {
        let reply = gateway.chat(json!({"messages": question()})).json();
        assert_eq!(reply["choices"][0]["message"]["content"], text);
    }
    server.finish();
}

#[test]
fn the_config_file_turns_it_on() {
    let server = Server::plays([answers("one")]);
    let qwen = Qwen::new().server(&server).config("cache = \"1d\"\n");
    let gateway = Gateway::start(qwen, &[]);
    for _ in 0..2 {
        gateway.chat(json!({"messages": question()}));
    }
    server.finish();
}
