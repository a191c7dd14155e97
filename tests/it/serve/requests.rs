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
            "unknown path /v1/nothing".into()
        )
    );
    let reply = gateway.post("/api/pull", &json!({"model": "x"}));
    assert_eq!((reply.status, reply.json()["error"].is_string()), (501, true));
}

#[test]
fn a_path_names_its_methods_to_another_one() {
    let gateway = Gateway::of(&Server::plays([]), &[]);
    for (request, allow) in [
        ("GET /v1/chat/completions", "POST"),
        ("PUT //embeddings", "POST"),
        ("POST /v1/models", "GET, HEAD"),
        ("DELETE /v1/models/qwen-plus", "GET, HEAD"),
    ] {
        let reply = gateway.send(&format!("{request} HTTP/1.1\nHost: localhost"), b"");
        let allowed = reply.header("allow").map(str::to_ascii_uppercase);
        assert_eq!(allowed.as_deref(), Some(allow), "{request}");
        let (method, path) = request.split_once(' ').unwrap();
        assert_eq!(
            reply.error(),
            (
                405,
                "invalid_request_error".into(),
                "method_not_allowed".into(),
                format!("{method} is not allowed on {path}; use {allow}")
            )
        );
    }
    let reply = gateway.get("/api/chat");
    assert_eq!(
        (reply.status, reply.json()),
        (405, json!({"error": "GET is not allowed on /api/chat; use POST"}))
    );
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
    let vectors = |gateway: &Gateway, input: &str| {
        gateway.post("/v1/embeddings", &json!({"model": "text-embedding-v4", "input": input}))
    };
    let (status, _, code, message) = vectors(&gateway, "text").error();
    assert_eq!((status, code), (402, json!("max_cost_exceeded")));
    assert_eq!(
        message,
        "what text-embedding-v4 can cost is not known, and --max-cost is set"
    );
    let priced = crate::harness::Qwen::new()
        .config("[prices.text-embedding-v4]\ninput = 100\noutput = 0\n")
        .server(&server);
    let priced = Gateway::start(priced, &["--max-cost", "0.01"]);
    let (status, _, _, message) = vectors(&priced, &"text ".repeat(200)).error();
    assert_eq!(
        (status, message.as_str()),
        (402, "the request can cost 0.0334 CNY, more than --max-cost 0.01")
    );
    let file = json!([{"type": "file", "file": {"file_id": "file-1"}}]);
    let reply = gateway.chat(json!({"messages": [{"role": "user", "content": file}], "max_tokens": 1}));
    let (status, _, code, _) = reply.error();
    assert_eq!((status, code), (402, json!("max_cost_exceeded")));
    let free = Gateway::start(crate::harness::Qwen::new(), &["-p", "demo", "--max-cost", "0"]);
    assert_eq!(free.chat(json!({"model": "demo", "messages": question()})).status, 200);
    let wrong = crate::harness::Qwen::new().args(["serve", "--max-cost", "much"]).run();
    assert_eq!(wrong.code, 2, "{wrong:?}");
}
