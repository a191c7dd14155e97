//! Answers: whole and streamed, healed, failed, of another provider.

use serde_json::{Value, json};

use super::gateway::{Gateway, question, without_stamp};
use crate::fixtures::Cut;
use crate::harness::{KEY, Qwen};
use crate::server::{CHAT, Connection, Server, chunk, end, usage};
use crate::web;

#[test]
fn a_whole_answer_has_openai_s_shape() {
    let server = Server::answers(&["Hel", "lo"]);
    let gateway = Gateway::of(&server, &[]);
    let reply = gateway.chat(json!({"model": "qwen-turbo", "messages": question()}));
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, Some("application/json"))
    );
    assert_eq!(
        without_stamp(reply.json()),
        json!({"object": "chat.completion", "model": "qwen-turbo", "system_fingerprint": null,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello", "refusal": null},
                "logprobs": null, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7,
                "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}}})
    );
    let sent = server.request();
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(
        sent.json(),
        json!({"model": "qwen-turbo", "messages": question(), "stream": true, "stream_options": {"include_usage": true}})
    );
}

#[test]
fn a_stream_begins_with_the_role_and_ends_with_the_usage_that_was_asked_for() {
    for asks_usage in [true, false] {
        let server = Server::answers(&["Hel", "lo"]);
        let gateway = Gateway::of(&server, &[]);
        let reply = gateway.chat(json!({"messages": question(), "stream": true,
            "stream_options": {"include_usage": asks_usage}}));
        assert_eq!(reply.header("content-type"), Some("text/event-stream; charset=utf-8"));
        assert_eq!(reply.header("cache-control"), Some("no-cache"));
        let events = reply.events();
        let (done, chunks) = events.split_last().unwrap();
        assert_eq!(done, "[DONE]");
        let chunks: Vec<Value> = chunks
            .iter()
            .map(|event| serde_json::from_str(event).unwrap())
            .collect();
        assert!(
            chunks
                .iter()
                .all(|chunk| chunk["id"] == chunks[0]["id"] && chunk["model"] == "qwen-plus")
        );
        let deltas = chunks.iter().filter_map(|chunk| chunk.pointer("/choices/0/delta"));
        assert_eq!(
            deltas.cloned().collect::<Vec<Value>>(),
            [
                json!({"role": "assistant", "content": ""}),
                json!({"content": "Hel"}),
                json!({"content": "lo"}),
                json!({})
            ]
        );
        let finishes: Vec<&str> = chunks
            .iter()
            .filter_map(|chunk| chunk.pointer("/choices/0/finish_reason")?.as_str())
            .collect();
        assert_eq!(finishes, ["stop"]);
        let last = chunks.last().unwrap();
        assert_eq!(last["choices"] == json!([]), asks_usage);
        assert_eq!(last["usage"]["total_tokens"] == 7, asks_usage);
    }
}

#[test]
fn thoughts_and_calls_are_passed_on_a_call_a_chunk() {
    let script = || {
        Connection::new()
            .expect("POST", CHAT)
            .stream_head()
            .sse(chunk(json!({"content": null, "reasoning_content": "Hm."}), None))
            .sse(chunk(
                json!({"tool_calls": [
                {"index": 0, "id": "call_a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":"}},
                {"index": 1, "id": "call_b", "type": "function", "function": {"name": "g", "arguments": "{}"}}]}),
                None,
            ))
            .sse(chunk(
                json!({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}),
                None,
            ))
            .sse(end("tool_calls"))
            .sse(usage(9, 2))
            .done()
    };
    let server = Server::plays([script(), script()]);
    let gateway = Gateway::of(&server, &[]);
    let tools = json!([{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]);
    let reply = gateway.chat(json!({"messages": question(), "tools": tools}));
    let message = reply.json()["choices"][0]["message"].clone();
    let call = |id: &str, name: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    assert_eq!(
        message,
        json!({"role": "assistant", "content": null, "refusal": null, "reasoning_content": "Hm.",
            "tool_calls": [call("call_a", "f", "{\"x\":1}"), call("call_b", "g", "{}")]})
    );
    assert_eq!(reply.json()["choices"][0]["finish_reason"], "tool_calls");

    let reply = gateway.chat(json!({"messages": question(), "tools": tools, "stream": true}));
    let deltas: Vec<Value> = reply
        .events()
        .iter()
        .filter_map(|event| Some(serde_json::from_str::<Value>(event).ok()?["choices"][0]["delta"].clone()))
        .collect();
    let indexed = |mut call: Value, index: u64| {
        call["index"] = index.into();
        json!({"tool_calls": [call]})
    };
    assert_eq!(
        deltas[1..],
        [
            json!({"content": "", "reasoning_content": "Hm."}),
            indexed(call("call_a", "f", "{\"x\":1}"), 0),
            indexed(call("call_b", "g", "{}"), 1),
            json!({})
        ]
    );
    assert_eq!(server.requests()[0].json()["tools"][0]["function"]["name"], "f");
}

fn cut_and_resumed() -> [Connection; 2] {
    let cut = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .deltas(&["one ", "two "])
        .reset();
    let rest = Connection::new()
        .expect("POST", CHAT)
        .expect_body(|body| assert_eq!(body["messages"][1]["content"], "one two "))
        .answer(&["three"]);
    [cut, rest]
}

#[test]
fn an_answer_that_is_cut_upstream_is_whole_for_the_client() {
    for stream in [false, true] {
        let server = Server::plays(cut_and_resumed());
        let reply = Gateway::of(&server, &[]).chat(json!({"messages": question(), "stream": stream}));
        let text = match stream {
            true => reply.streamed_text(),
            false => reply.json()["choices"][0]["message"]["content"]
                .as_str()
                .unwrap()
                .to_owned(),
        };
        assert_eq!(text, "one two three");
        assert_eq!(reply.body.contains("[DONE]"), stream);
    }
}

#[test]
fn what_cannot_be_resumed_is_an_error_and_no_false_end() {
    let cut = || {
        Connection::new()
            .expect("POST", CHAT)
            .stream_head()
            .deltas(&["one "])
            .reset()
    };
    let server = Server::plays([cut(), cut()]);
    let gateway = Gateway::of(&server, &["--retries", "0"]);
    let reply = gateway.chat(json!({"messages": question(), "stream": true}));
    assert_eq!(reply.status, 200);
    let last: Value = serde_json::from_str(reply.events().last().unwrap()).unwrap();
    assert_eq!(last["error"]["type"], "api_error");
    assert!(
        !reply.body.contains("[DONE]") && !reply.body.contains("\"finish_reason\":\"stop\""),
        "{}",
        reply.body
    );
    let reply = gateway.chat(json!({"messages": question()}));
    assert_eq!((reply.status, reply.error().1.as_str()), (502, "api_error"));
}

#[test]
fn moderation_in_mid_answer_is_a_finish() {
    let error = json!({"error": {"code": "data_inspection_failed", "message": "Output data may contain inappropriate content."}});
    let script = || {
        Connection::new()
            .expect("POST", CHAT)
            .stream_head()
            .deltas(&["one "])
            .sse(error.clone())
            .end_chunks()
    };
    let server = Server::plays([script(), script()]);
    let gateway = Gateway::of(&server, &[]);
    let reply = gateway.chat(json!({"messages": question()}));
    assert_eq!(reply.json()["choices"][0]["finish_reason"], "content_filter");
    let reply = gateway.chat(json!({"messages": question(), "stream": true}));
    assert!(
        reply.body.contains("\"finish_reason\":\"content_filter\"") && reply.body.contains("[DONE]"),
        "{}",
        reply.body
    );
}

#[test]
fn a_refusal_has_the_status_code_and_message_of_the_provider() {
    let body =
        |code: &str, message: &str| json!({"error": {"message": message, "type": code, "code": code, "param": null}});
    let refuse = |status: u16, code: &str, message: &str, headers: &[(&str, &str)]| {
        Connection::new()
            .expect("POST", CHAT)
            .json_with(status, headers, &body(code, message))
    };
    let server = Server::plays([
        refuse(401, "invalid_api_key", "Incorrect API key provided.", &[]),
        refuse(
            429,
            "limit_requests",
            "You exceeded your current requests.",
            &[("retry-after", "55"), ("x-request-id", "abc")],
        ),
        refuse(
            400,
            "invalid_parameter_error",
            "Range of top_p should be (0.0, 1.0].",
            &[],
        ),
        refuse(404, "model_not_found", "The model does not exist.", &[]),
    ]);
    let gateway = Gateway::of(&server, &[]);
    let ask = || gateway.chat(json!({"messages": question(), "stream": true}));
    let reply = ask();
    assert_eq!(
        reply.error(),
        (
            401,
            "authentication_error".into(),
            "invalid_api_key".into(),
            "Incorrect API key provided.".into()
        )
    );
    let reply = ask();
    assert_eq!(
        reply.error(),
        (
            429,
            "rate_limit_error".into(),
            "limit_requests".into(),
            "You exceeded your current requests.".into()
        )
    );
    // It is longer than the gateway waits, so that the client decides.
    assert_eq!(
        (reply.header("retry-after"), reply.header("x-should-retry")),
        (Some("55"), None)
    );
    assert_eq!(ask().status, 400);
    assert_eq!(ask().error().2, "model_not_found");
}

#[test]
fn after_its_own_retries_the_gateway_tells_the_client_not_to_retry() {
    let busy = || {
        Connection::new()
            .expect("POST", CHAT)
            .refuse(503, "ServiceUnavailable", "busy")
    };
    let server = Server::plays([busy(), busy()]);
    let reply = Gateway::of(&server, &["--retries", "1"]).chat(json!({"messages": question()}));
    assert_eq!((reply.status, reply.header("x-should-retry")), (503, Some("false")));
}

#[test]
fn no_connection_is_502_and_a_web_page_too() {
    let page = Connection::new().expect("POST", CHAT).body(
        403,
        &[("content-type", "text/html"), ("connection", "close")],
        "<html><title>Login</title></html>",
        Cut::Whole,
    );
    let server = Server::plays([page]);
    let gateway = Gateway::of(&server, &["--retries", "0"]);
    let reply = gateway.chat(json!({"messages": question()}));
    assert_eq!(reply.status, 502);
    assert!(!reply.body.contains("<html>"), "{}", reply.body);
    let gone = Qwen::new()
        .env("QWEN_CLI_BASE_URL", "http://127.0.0.1:9/v1")
        .env("DASHSCOPE_API_KEY", KEY);
    let reply = Gateway::start(gone, &["--retries", "0"]).chat(json!({"messages": question()}));
    assert_eq!((reply.status, reply.error().1.as_str()), (502, "api_error"));
}

fn with_spare(first: &Server, spare: &Server) -> Qwen {
    let config = format!(
        "[providers.spare]\nbase_url = \"http://{}/v1\"\nmodel = \"small\"\n",
        spare.address()
    );
    Qwen::new().server(first).config(&config)
}

#[test]
fn another_provider_answers_where_the_first_cannot() {
    let first = Server::refuses(401, "invalid_api_key", "no");
    let spare = Server::plays([Connection::new()
        .expect("POST", "/v1/chat/completions")
        .expect_body(|body| assert_eq!(body["model"], "small"))
        .answer(&["spare"])]);
    let gateway = Gateway::start(with_spare(&first, &spare), &["--fallback", "spare"]);
    let reply = gateway.chat(json!({"model": "qwen-max", "messages": question()}));
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.json()["choices"][0]["message"]["content"], "spare");
    assert_eq!(reply.json()["model"], "qwen-max");
    gateway.running.wait_stderr(" spare/small 200 6 tokens");
}

#[test]
fn a_refused_request_is_not_sent_to_another_provider() {
    let first = Server::refuses(400, "invalid_parameter_error", "bad");
    let spare = Server::plays([]);
    let gateway = Gateway::start(with_spare(&first, &spare), &["--fallback", "spare"]);
    assert_eq!(gateway.chat(json!({"messages": question()})).status, 400);
}

#[test]
fn a_model_may_name_its_provider() {
    let first = Server::answers(&["first"]);
    let spare = Server::plays([Connection::new()
        .expect("POST", "/v1/chat/completions")
        .expect_body(|body| assert_eq!(body["model"], "org/big"))
        .answer(&["spare"])]);
    let gateway = Gateway::start(with_spare(&first, &spare), &[]);
    let ask = |model: &str| gateway.chat(json!({"model": model, "messages": question()})).json();
    assert_eq!(ask("spare/org/big")["choices"][0]["message"]["content"], "spare");
    assert_eq!(ask("org/big")["choices"][0]["message"]["content"], "first");
    assert_eq!(first.request().json()["model"], "org/big");
}

#[test]
fn a_web_account_is_asked_one_at_a_time_in_chats_that_are_removed() {
    let deletes = || Connection::new().expect("DELETE", web::DELETE).json(200, &web::done());
    let server = Server::plays([
        web::opens(),
        web::answers("plain"),
        deletes(),
        web::opens(),
        web::answers("plain"),
        deletes(),
    ]);
    let qwen = web::web(&server, &[]);
    let gateway = Gateway::start(qwen, &["-p", "web", "-m", "qwen3.7-plus"]);
    let ask = |stream: bool| {
        gateway.chat(json!({"stream": stream, "messages": [
            {"role": "system", "content": "Be short."},
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": "two"},
            {"role": "user", "content": "three"}]}))
    };
    // Both at once: the second waits until the first chat is gone, or the script would meet its requests out of turn.
    std::thread::scope(|scope| {
        let (whole, streamed) = (scope.spawn(|| ask(false)), scope.spawn(|| ask(true)));
        let (whole, streamed) = (whole.join().unwrap(), streamed.join().unwrap());
        let text = whole.json()["choices"][0]["message"]["content"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(text.starts_with("Hello, world!"), "{text}");
        assert_eq!(streamed.streamed_text(), text);
    });
    server.wait_ended(6);
    let asked = server.requests()[1].json();
    let sent = asked["messages"][0]["content"].as_str().unwrap().to_owned();
    for part in ["Be short.", "one", "two", "three"] {
        assert!(sent.contains(part), "{sent}");
    }
    let reply =
        gateway.chat(json!({"messages": question(), "tools": [{"type": "function", "function": {"name": "f"}}]}));
    assert_eq!((reply.status, &reply.json()["error"]["param"]), (400, &json!("tools")));
    let file = json!([{"type": "file", "file": {"file_id": "file-1"}}]);
    let reply = gateway.chat(json!({"messages": [{"role": "user", "content": file}]}));
    assert_eq!(
        (reply.status, &reply.json()["error"]["param"]),
        (400, &json!("messages"))
    );
}
