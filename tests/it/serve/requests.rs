//! Requests: what is taken, what is refused, and that nothing refused goes upstream.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::gateway::{Gateway, Reply, question};
use crate::server::{CHAT, Connection, MODELS, Server};

#[test]
fn a_malformed_request_is_refused_with_the_member_at_fault() {
    let server = Server::plays([]);
    let gateway = Gateway::of(&server, &[]);
    let with = |member: &str, value: Value| {
        let mut body = json!({"messages": question()});
        body[member] = value;
        body
    };
    for (body, param) in [
        (json!({}), "messages"),
        (json!({"messages": []}), "messages"),
        (json!({"messages": "hi"}), "messages"),
        (json!({"messages": ["hi"]}), "messages[0]"),
        (
            json!({"messages": [{"role": "robot", "content": "hi"}]}),
            "messages[0].role",
        ),
        (
            json!({"messages": [{"role": "user", "content": 1}]}),
            "messages[0].content",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "video"}]}]}),
            "messages[0].content[0]",
        ),
        (
            json!({"messages": [{"role": "tool", "content": "2"}]}),
            "messages[0].tool_call_id",
        ),
        (
            json!({"messages": [{"role": "assistant", "tool_calls": [{}]}]}),
            "messages[0].tool_calls[0]",
        ),
        (with("model", json!(1)), "model"),
        (with("temperature", json!("hot")), "temperature"),
        (with("max_tokens", json!(1.5)), "max_tokens"),
        (with("stop", json!([1])), "stop"),
        (with("stream", json!("yes")), "stream"),
        (with("n", json!(2)), "n"),
        (with("logprobs", json!(true)), "logprobs"),
        (with("top_logprobs", json!(3)), "top_logprobs"),
        (with("modalities", json!(["text", "audio"])), "modalities"),
        (with("reasoning_effort", json!("hard")), "reasoning_effort"),
        (with("response_format", json!({"type": "xml"})), "response_format"),
        (
            with("response_format", json!({"type": "json_schema"})),
            "response_format",
        ),
        (with("tools", json!([{"type": "function"}])), "tools"),
        (with("tool_choice", json!("maybe")), "tool_choice"),
    ] {
        let reply = gateway.chat(body.clone());
        let error = reply.json()["error"].clone();
        assert_eq!(
            (reply.status, &error["type"], &error["param"]),
            (400, &json!("invalid_request_error"), &json!(param)),
            "{body}"
        );
    }
    for (body, param) in [
        (json!({}), "prompt"),
        (json!({"prompt": ["a", "b"]}), "prompt"),
        (json!({"prompt": [1, 2]}), "prompt"),
        (json!({"prompt": "a", "best_of": 2}), "best_of"),
        (json!({"prompt": "a", "logprobs": 2}), "logprobs"),
        (json!({"prompt": "a", "suffix": "b"}), "suffix"),
    ] {
        let reply = gateway.post("/v1/completions", &body);
        assert_eq!(
            (reply.status, &reply.json()["error"]["param"]),
            (400, &json!(param)),
            "{body}"
        );
    }
    let head = "POST /v1/chat/completions HTTP/1.1\nHost: localhost";
    for body in ["", "{", "[]", "\"hi\""] {
        assert_eq!(gateway.send(head, body.as_bytes()).status, 400, "{body}");
    }
}

#[test]
fn members_are_passed_on_in_the_caller_s_order_and_null_is_absent() {
    let server = Server::answers(&["ok"]);
    let gateway = Gateway::of(&server, &[]);
    gateway.chat(json!({
        "zeta": 1, "messages": [
            {"role": "developer", "content": "be short"},
            {"role": "user", "name": null, "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "oss://x/y.png"}}]},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "2"}]}
        ],
        "alpha": {"b": 1}, "temperature": null, "max_completion_tokens": 9, "max_tokens": 7, "user": "me",
        "reasoning_effort": "none", "n": 1, "logprobs": false, "modalities": ["text"], "tool_choice": "auto",
        "response_format": {"type": "text"}
    }));
    let sent = server.request();
    assert_eq!(
        sent.json(),
        json!({"model": "qwen-plus", "messages": [
                {"role": "system", "content": "be short"},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "oss://x/y.png"}}]},
                {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c1", "content": "2"}],
            "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 9, "enable_thinking": false,
            "tool_choice": "auto", "zeta": 1, "alpha": {"b": 1}, "user": "me"})
    );
    let text = sent.json().to_string();
    assert!(
        text.find("zeta") < text.find("alpha") && text.find("alpha") < text.find("\"user\":\"me\""),
        "{text}"
    );
}

/// The path of a model that sees, in DashScope's own API.
const NATIVE: &str = "/api/v1/services/aigc/multimodal-generation/generation";

fn native_answer() -> Connection {
    let event = json!({"output": {"choices": [{"message": {"role": "assistant", "content": [{"text": "ok"}]},
        "finish_reason": "stop"}]}, "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}});
    Connection::new()
        .expect("POST", NATIVE)
        .stream_head()
        .sse(event)
        .end_chunks()
}

#[test]
fn unknown_members_at_every_depth_reach_the_provider() {
    let tools = json!([{"type": "function", "cache_control": {"type": "ephemeral"}, "function": {"strict": true,
        "name": "f", "parameters": {"type": "object", "default": null}, "x-order": [2, 1]}}]);
    let format = json!({"type": "json_schema", "json_schema": {"name": "city", "description": "A city",
        "strict": false, "schema": {"type": "object"}}});
    let choice = json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto"}});
    let call = json!([{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}, "extra_content": {"a": 1}}]);
    let body = json!({
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "long", "cache_control": {"type": "ephemeral"}}]},
            {"role": "user", "name": "me", "content": [
                {"type": "text", "text": "a"},
                {"type": "image_url", "image_url": {"url": "https://a.b/c.png", "detail": "low"}, "max_pixels": 9},
                {"type": "video", "video": ["https://a.b/1.png", "https://a.b/2.png"], "fps": 2}]},
            {"role": "assistant", "content": null, "tool_calls": call, "reasoning_content": "Hm.", "refusal": null},
            {"role": "tool", "tool_call_id": "c1", "name": "f", "content": "2"},
            {"role": "assistant", "content": "So", "partial": true}
        ],
        "tools": tools, "tool_choice": choice, "parallel_tool_calls": false, "response_format": format,
        "logit_bias": {"1": -100}, "seed": -1
    });
    let with_stream = |streams: bool| {
        let mut body = body.clone();
        body["stream"] = streams.into();
        body
    };
    let system = |part: Value| json!({"role": "system", "content": [part]});
    let rest = |write: &dyn Fn(&str) -> Value| {
        [
            json!({"role": "assistant", "content": write(""), "tool_calls": call, "reasoning_content": "Hm."}),
            json!({"role": "tool", "tool_call_id": "c1", "content": write("2"), "name": "f"}),
            json!({"role": "assistant", "content": write("So"), "partial": true}),
        ]
    };
    let params = json!({"parallel_tool_calls": false, "tools": tools, "tool_choice": choice, "response_format": format,
        "logit_bias": {"1": -100}, "seed": -1});

    let server = Server::plays([0, 1].map(|_| Connection::new().expect("POST", CHAT).answer(&["ok"])));
    let gateway = Gateway::of(&server, &[]);
    for streams in [true, false] {
        assert_eq!(gateway.chat(with_stream(streams)).status, 200);
    }
    for sent in server.finish() {
        let mut sent = sent.json();
        assert_eq!(
            sent["messages"].take(),
            Value::from_iter(
                [body["messages"][0].clone(), body["messages"][1].clone()]
                    .into_iter()
                    .chain(rest(&|text| text.into()))
            )
        );
        let members = sent.as_object_mut().unwrap();
        for name in ["model", "messages", "stream", "stream_options"] {
            members.shift_remove(name).unwrap();
        }
        assert_eq!(sent, params);
    }

    let server = Server::plays([0, 1].map(|_| native_answer()));
    let address = format!("http://{}/api/v1", server.address());
    let qwen = crate::harness::Qwen::new().server(&server);
    let gateway = Gateway::start(qwen, &["-p", "dashscope-native", "--base-url", &address]);
    for streams in [true, false] {
        assert_eq!(gateway.chat(with_stream(streams)).status, 200);
    }
    for sent in server.finish() {
        let mut sent = sent.json();
        let parts = |text: &str| match text {
            "" => json!([]),
            text => json!([{"text": text}]),
        };
        let begun = [
            system(json!({"text": "long", "cache_control": {"type": "ephemeral"}})),
            json!({"role": "user", "name": "me", "content": [{"text": "a"},
                {"image": "https://a.b/c.png", "max_pixels": 9},
                {"video": ["https://a.b/1.png", "https://a.b/2.png"], "fps": 2}]}),
        ];
        assert_eq!(
            sent["input"]["messages"].take(),
            Value::from_iter(begun.into_iter().chain(rest(&parts)))
        );
        let members = sent["parameters"].as_object_mut().unwrap();
        assert_eq!(members.shift_remove("incremental_output"), Some(json!(true)));
        assert_eq!(sent["parameters"], params);
    }
}

/// Sound in OpenAI's form and in DashScope's, and video, as an address and as bytes.
#[test]
fn sound_and_video_are_passed_on_in_the_upstream_s_form() {
    let audio =
        |data: &str, format: &str| json!({"type": "input_audio", "input_audio": {"data": data, "format": format}});
    let video = |url: &str| json!({"type": "video_url", "video_url": {"url": url}});
    let text = json!({"type": "text", "text": "What is said?"});
    let content = json!([
        text, audio("YWJj", "wav"), audio("data:;base64,YWJj", "mp3"), audio("https://a.b/c.wav", "wav"),
        {"type": "audio_url", "audio_url": {"url": "https://a.b/d.mp3"}},
        video("https://a.b/e.mp4"), video("data:video/mp4;base64,YWJj"), {"type": "video_url", "video_url": "oss://f/g.mp4"}
    ]);
    let body = json!({"model": "qwen3-omni-flash", "messages": [{"role": "user", "content": content}]});

    let server = Server::answers(&["ok"]);
    assert_eq!(Gateway::of(&server, &[]).chat(body.clone()).status, 200);
    assert_eq!(
        server.request().json()["messages"][0]["content"],
        json!([
            text,
            audio("data:;base64,YWJj", "wav"),
            audio("data:;base64,YWJj", "mp3"),
            audio("https://a.b/c.wav", "wav"),
            audio("https://a.b/d.mp3", "mp3"),
            video("https://a.b/e.mp4"),
            video("data:video/mp4;base64,YWJj"),
            video("oss://f/g.mp4")
        ])
    );

    let server = Server::plays([native_answer()]);
    let address = format!("http://{}/api/v1", server.address());
    let qwen = crate::harness::Qwen::new().server(&server);
    let gateway = Gateway::start(qwen, &["-p", "dashscope-native", "--base-url", &address]);
    assert_eq!(gateway.chat(body).status, 200);
    assert_eq!(
        server.request().json()["input"]["messages"][0]["content"],
        json!([
            {"text": "What is said?"}, {"audio": "data:;base64,YWJj"}, {"audio": "data:;base64,YWJj"},
            {"audio": "https://a.b/c.wav"}, {"audio": "https://a.b/d.mp3"},
            {"video": "https://a.b/e.mp4"}, {"video": "data:video/mp4;base64,YWJj"}, {"video": "oss://f/g.mp4"}
        ])
    );
}

#[test]
fn a_file_in_a_message_is_passed_on_as_it_was_written() {
    let content = json!([
        {"type": "text", "text": "What is in it?"},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,YWJj"}}
    ]);
    let body = json!({"messages": [{"role": "user", "content": content}]});
    let server = Server::answers(&["ok"]);
    let gateway = Gateway::of(&server, &[]);
    assert_eq!(gateway.chat(body).status, 200);
    assert_eq!(server.request().json()["messages"][0]["content"], content);
    let reply = gateway.chat(json!({"messages": [{"role": "user", "content": [{"type": "file"}]}]}));
    assert_eq!(
        (reply.status, &reply.json()["error"]["param"]),
        (400, &json!("messages[0].content[0]"))
    );
}

#[test]
fn what_is_no_json_object_is_refused_whatever_its_size_and_depth() {
    let gateway = Gateway::of(&Server::plays([]), &[]);
    let head = "POST /v1/chat/completions HTTP/1.1\nHost: localhost";
    let deep = [b"{\"messages\":".as_slice(), &b"[".repeat(1 << 20)].concat();
    let large = [b"{\"messages\":\"".as_slice(), &b"x".repeat(1 << 20)].concat();
    for body in [b"{\"messages\":\"\xff\"}".as_slice(), &deep, &large] {
        let (status, kind, ..) = gateway.send(head, body).error();
        assert_eq!((status, kind.as_str()), (400, "invalid_request_error"));
    }
    assert_eq!(gateway.get("/health").status, 200);
}

#[test]
fn a_request_whose_length_is_in_doubt_is_refused() {
    let gateway = Gateway::of(&Server::plays([]), &[]);
    let body = json!({"messages": question()}).to_string();
    let size = body.len();
    for lengths in [
        format!("Content-Length: {size}\r\nContent-Length: {}", size + 1),
        format!("Content-Length: {size}\r\nTransfer-Encoding: chunked, identity"),
        format!("Content-Length: +{size}"),
    ] {
        let mut socket = gateway.connect();
        let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close";
        write!(socket, "{head}\r\n{lengths}\r\n\r\n{body}").unwrap();
        assert_eq!(Reply::read(socket).status, 400, "{lengths}");
    }
}

#[test]
fn bodies_may_be_packed_or_chunked_and_are_bounded() {
    let server = Server::plays([0, 1, 2].map(|_| Connection::new().expect("POST", CHAT).answer(&["ok"])));
    let gateway = Gateway::of(&server, &[]);
    let body = json!({"messages": question()}).to_string();
    let packed = |body: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    };
    let head = "POST /v1/chat/completions HTTP/1.1\nHost: localhost";
    let gzip = format!("{head}\nContent-Encoding: gzip");
    assert_eq!(gateway.send(&gzip, &packed(body.as_bytes())).status, 200);
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    assert_eq!(
        gateway
            .send(&format!("{head}\nTransfer-Encoding: chunked"), chunked.as_bytes())
            .status,
        200
    );
    assert_eq!(
        gateway
            .send(
                "POST /v1/chat/completions HTTP/1.0\nContent-Type: text/plain",
                body.as_bytes()
            )
            .status,
        200
    );
    assert_eq!(gateway.send(&format!("{head}\nContent-Encoding: br"), b"x").status, 415);
    assert_eq!(gateway.send(&gzip, b"no gzip").status, 400);
    let large = vec![b' '; (16 << 20) + 1];
    assert_eq!(gateway.send(head, &large).status, 413);
    assert_eq!(gateway.send(&gzip, &packed(&large)).status, 413);
}

#[test]
fn paths_are_known_as_clients_write_them() {
    let list = || {
        Connection::new()
            .expect("GET", MODELS)
            .json(200, &json!({"data": [{"id": "org/qwen-plus", "owned_by": "a"}]}))
    };
    let server = Server::plays((0..7).map(|_| list()));
    let gateway = Gateway::of(&server, &[]);
    let listed =
        json!({"object": "list", "data": [{"id": "org/qwen-plus", "object": "model", "created": 0, "owned_by": "a"}]});
    for path in ["/v1/models", "/models", "/v1//models/", "/v1/models?limit=1"] {
        assert_eq!(gateway.get(path).json(), listed, "{path}");
    }
    assert_eq!(gateway.get("/v1/models/org%2Fqwen-plus").json()["id"], "org/qwen-plus");
    assert_eq!(gateway.get("/v1/models/other").error().2, "model_not_found");
    assert_eq!(gateway.get("/api/tags").json()["models"][0]["name"], "org/qwen-plus");
    assert_eq!(gateway.get("/").body, "Ollama is running");
    assert_eq!(gateway.get("/health").status, 200);
    assert_eq!(gateway.get("/api/ps").json(), json!({"models": []}));
    assert_eq!(
        gateway.get("/v1/nothing").error(),
        (
            404,
            "invalid_request_error".into(),
            "not_found".into(),
            "unknown path /nothing".into()
        )
    );
    let reply = gateway.post("/api/pull", &json!({"model": "x"}));
    assert_eq!((reply.status, reply.json()["error"].is_string()), (501, true));
}

#[test]
fn the_table_stands_in_where_the_provider_lists_nothing() {
    let server = Server::plays([Connection::new().expect("GET", MODELS).refuse(404, "not_found", "no")]);
    let reply = Gateway::of(&server, &["--retries", "0"]).get("/v1/models");
    let ids = reply.json()["data"].as_array().unwrap().len();
    assert!(ids > 5, "{ids} models");
}

#[test]
fn what_can_cost_too_much_is_not_sent() {
    let server = Server::answers(&["ok"]);
    let gateway = Gateway::of(&server, &["--max-cost", "0.01"]);
    let ask = |model: &str, max_tokens: u64| {
        gateway
            .chat(json!({"model": model, "messages": question(), "max_tokens": max_tokens, "enable_thinking": false}))
    };
    assert_eq!(ask("qwen-plus", 100).status, 200);
    let reply = ask("qwen-plus", 30_000);
    let (status, _, code, message) = reply.error();
    assert_eq!((status, code), (402, json!("max_cost_exceeded")));
    assert!(
        message.starts_with("the request can cost 0.0") && message.ends_with(" CNY, more than --max-cost 0.01"),
        "{message}"
    );
    let (status, _, _, message) = ask("a-model-of-tomorrow", 1).error();
    assert_eq!(
        (status, message.as_str()),
        (
            402,
            "what a-model-of-tomorrow can cost is not known, and --max-cost is set"
        )
    );
    let free = Gateway::start(crate::harness::Qwen::new(), &["-p", "demo", "--max-cost", "0"]);
    assert_eq!(free.chat(json!({"model": "demo", "messages": question()})).status, 200);
    let wrong = crate::harness::Qwen::new().args(["serve", "--max-cost", "much"]).run();
    assert_eq!(wrong.code, 2, "{wrong:?}");
}
