//! Who may ask.

use serde_json::json;

use super::gateway::{Gateway, question};
use crate::harness::{KEY, Qwen};
use crate::server::{CHAT, Connection, Server};

#[test]
fn with_a_key_only_that_key_is_taken_and_no_key_goes_upstream() {
    let server = Server::plays([0, 1, 2].map(|_| Connection::new().expect("POST", CHAT).answer(&["ok"])));
    let gateway = Gateway::start(
        Qwen::new()
            .server(&server)
            .env("QWEN_CLI_SERVE_KEY", "gateway-test-key"),
        &[],
    );
    let body = json!({"messages": question()}).to_string();
    let ask = |header: &str| {
        let head = format!("POST /v1/chat/completions HTTP/1.1\nHost: localhost{header}");
        gateway.send(&head, body.as_bytes())
    };
    for header in [
        "",
        "\nAuthorization: Bearer other",
        "\nAuthorization: Bearer",
        "\nAuthorization: Basic gateway-test-key",
        "\nx-api-key: gateway-test-ke",
    ] {
        let (status, kind, code, _) = ask(header).error();
        assert_eq!(
            (status, kind.as_str(), code),
            (401, "authentication_error", json!("invalid_api_key")),
            "{header}"
        );
    }
    for header in [
        "\nAuthorization: Bearer gateway-test-key",
        "\napi-key: gateway-test-key",
        "\nX-API-Key: gateway-test-key",
    ] {
        assert_eq!(ask(header).status, 200, "{header}");
    }
    for sent in server.requests() {
        assert_eq!(sent.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
        assert!(sent.header("x-api-key").is_none() && sent.header("api-key").is_none());
    }
    assert_eq!(gateway.get("/health").status, 200);
    assert_eq!(gateway.get("/").status, 200);
    assert_eq!(gateway.get("/v1/models").status, 401);
    gateway.running.signal(crate::running::Signal::TERM);
    let outcome = gateway.running.outcome();
    assert_eq!(outcome.code, 0);
    assert!(
        !outcome.stderr.contains("gateway-test-key") && !outcome.stderr.contains(KEY),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_name_that_is_not_this_machine_s_is_refused() {
    let gateway = Gateway::of(&Server::plays([]), &[]);
    let ask = |host: &str| gateway.send(&format!("GET /health HTTP/1.1\nHost: {host}"), b"").status;
    for host in ["localhost:1234", "127.0.0.1", "[::1]:80", "host.docker.internal"] {
        assert_eq!(ask(host), 200, "{host}");
    }
    for host in [
        "example.com",
        "localhost.example.com",
        "10.0.0.1",
        "localhost:80@example.com",
        "localhost\nHost: example.com",
    ] {
        assert_eq!(ask(host), 403, "{host}");
    }
    let reply = gateway.send("GET http://example.com/health HTTP/1.1\nHost: localhost", b"");
    assert_eq!(reply.status, 403);
}

#[test]
fn pages_ask_only_from_origins_that_are_named() {
    let gateway = Gateway::of(&Server::plays([]), &["--cors", "http://localhost:3000"]);
    let ask = |method: &str, origin: &str| {
        gateway.send(
            &format!("{method} /v1/chat/completions HTTP/1.1\nHost: localhost\nOrigin: {origin}"),
            b"",
        )
    };
    let reply = ask("OPTIONS", "http://localhost:3000");
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin")),
        (204, Some("http://localhost:3000"))
    );
    // A refusal carries the header too, so that the page can read it.
    let reply = ask("POST", "http://localhost:3000");
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin")),
        (400, Some("http://localhost:3000"))
    );
    for origin in [
        "http://localhost:3001",
        "null",
        "chrome-extension://abc",
        "https://example.com",
    ] {
        for method in ["OPTIONS", "POST"] {
            let reply = ask(method, origin);
            assert_eq!(
                (reply.status, reply.header("access-control-allow-origin")),
                (403, None),
                "{origin}"
            );
        }
    }
}

#[test]
fn an_origin_that_no_browser_sends_is_refused() {
    let serve = |origin: &str| Qwen::new().args(["serve", "--port", "0", "--cors", origin]);
    for origin in [
        "foo",
        "localhost:3000",
        "http://localhost:3000/",
        "http://Example.com",
        "https://example.com:443",
        "chrome-extension://abc/",
    ] {
        serve(origin).run().expect(
            2,
            "",
            &format!(
                "error: --cors must be SCHEME://HOST[:PORT] as a browser sends it, not \"{origin}\"\n\
                 hint: qwen serve --cors http://localhost:3000\n"
            ),
        );
    }
    for origin in ["null", "chrome-extension://abc", "https://example.com:8443"] {
        serve(origin)
            .run()
            .expect(3, "", &Qwen::new().args(["serve"]).run().stderr);
    }
}

#[test]
fn what_would_be_open_to_others_needs_a_key() {
    let base = || Qwen::new().env("DASHSCOPE_API_KEY", KEY);
    let hint = "hint: set one with --api-key @FILE\n";
    base().args(["serve", "--host", "0.0.0.0"]).run().expect(
        2,
        "",
        &format!("error: 0.0.0.0 is not a loopback address: a key is needed\n{hint}"),
    );
    base().args(["serve", "--cors", "*"]).run().expect(
        2,
        "",
        "error: --cors '*' needs a key\nhint: set one with --api-key @FILE, or name the origins\n",
    );
    base()
        .args(["serve"])
        .env("QWEN_CLI_SERVE_KEY", " ")
        .run()
        .expect(2, "", "error: QWEN_CLI_SERVE_KEY is empty\n");
    base().args(["serve", "--fallback", "dashscop"]).run().expect(
        2,
        "",
        "error: unknown provider \"dashscop\"\nhint: did you mean \"dashscope\"?\n",
    );
}
