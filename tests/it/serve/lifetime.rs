//! How the gateway begins and ends, and what it does when a client goes away.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::net::TcpListener;
use std::process::Stdio;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::json;

use super::gateway::{Gateway, Reply, question};
use crate::harness::{KEY, Qwen};
use crate::running::{Signal, contains};
use crate::server::{CHAT, Connection, Server, end, text, usage};

fn streaming(gateway: &Gateway) -> std::net::TcpStream {
    let mut socket = gateway.connect();
    let body = json!({"messages": question(), "stream": true}).to_string();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    write!(socket, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    socket
}

#[test]
fn a_client_that_goes_away_ends_its_request_upstream() {
    // In the middle of the answer, and before its first token.
    let begun = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .deltas(&["one "])
        .stall();
    let silent = Connection::new().expect("POST", CHAT).stall();
    let server = Server::plays([begun, silent]);
    let gateway = Gateway::of(&server, &[]);
    let mut socket = streaming(&gateway);
    let mut seen = Vec::new();
    let mut buffer = [0; 1024];
    while !String::from_utf8_lossy(&seen).contains("one ") {
        let count = socket.read(&mut buffer).unwrap();
        seen.extend_from_slice(&buffer[..count]);
    }
    drop(socket);
    server.wait_ended(1);
    gateway.running.wait_stderr("given up by the client");
    let socket = streaming(&gateway);
    server.wait_requests(2);
    drop(socket);
    server.wait_ended(2);
}

#[test]
fn sigterm_lets_a_running_answer_finish_and_takes_no_new_one() {
    let slow = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .sse(text("one "))
        .gate("go on")
        .sse(text("two"))
        .sse(end("stop"))
        .sse(usage(9, 2))
        .done();
    let server = Server::plays([slow]);
    let gateway = Gateway::of(&server, &[]);
    let socket = streaming(&gateway);
    server.wait_requests(1);
    gateway.running.signal(Signal::TERM);
    // The listener is closed before the answer goes on.
    let end = std::time::Instant::now() + crate::guard::LIMIT;
    while std::net::TcpStream::connect(&gateway.address).is_ok() {
        assert!(std::time::Instant::now() < end, "connections are still taken");
        std::thread::yield_now();
    }
    server.open("go on");
    assert_eq!(Reply::read(socket).streamed_text(), "one two");
    assert_eq!(gateway.running.outcome().code, 0);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let server = Server::plays([Connection::new()
            .expect("POST", CHAT)
            .stream_head()
            .deltas(&["one "])
            .stall()]);
        let gateway = Gateway::of(&server, &[]);
        let mut socket = streaming(&gateway);
        // The answer has begun.
        socket.read_exact(&mut [0; 12]).unwrap();
        gateway.running.signal(signal);
        let end = std::time::Instant::now() + crate::guard::LIMIT;
        while std::net::TcpStream::connect(&gateway.address).is_ok() {
            assert!(std::time::Instant::now() < end, "connections are still taken");
            std::thread::yield_now();
        }
        gateway.running.signal(signal);
        assert_eq!(gateway.running.outcome().code, code);
        // The stream is cut rather than ended falsely.
        let mut rest = String::new();
        let _ = socket.read_to_string(&mut rest);
        assert!(!rest.contains("[DONE]") && !rest.contains("\"stop\""), "{rest}");
    }
}

#[test]
fn a_port_in_use_and_one_out_of_range_are_usage_errors() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let base = Qwen::new().env("DASHSCOPE_API_KEY", KEY);
    base.clone().args(["serve", "--port", &port]).run().expect(
        2,
        "",
        &format!(
            "error: cannot listen on 127.0.0.1:{port}: address already in use\nhint: --port 0 takes a free port\n"
        ),
    );
    for port in ["65536", "-1", "http"] {
        base.clone().args(["serve", "--port", port]).run().expect(
            2,
            "",
            &format!(
                "error: invalid value '{port}' for '--port <PORT>': must be a whole number from 0 to 65535\n\
                 hint: `qwen serve --help` shows the usage\n"
            ),
        );
    }
}

#[test]
fn without_a_credential_it_does_not_start() {
    let outcome = Qwen::new().args(["-p", "dashscope", "serve"]).run();
    assert_eq!(outcome.code, 3, "{outcome:?}");
}

#[test]
fn the_log_has_a_line_a_request_and_no_query() {
    let server = Server::plays([0, 1].map(|_| Connection::new().expect("POST", CHAT).answer(&["ok"])));
    let gateway = Gateway::of(&server, &[]);
    gateway.post(
        "/v1/chat/completions?key=sk-test-in-the-query",
        &json!({"messages": question()}),
    );
    gateway.get("/no%1bthing\u{1b}[2J");
    // A name that is no provider's is the model's own.
    gateway.chat(json!({"model": "a\u{1b}[2J\nb\u{202e}", "messages": question()}));
    gateway
        .running
        .wait_stderr("POST /v1/chat/completions qwen-plus 200 6 tokens");
    gateway.running.signal(Signal::INT);
    let outcome = gateway.running.outcome();
    assert_eq!(outcome.stderr.lines().count(), 2, "{}", outcome.stderr);
    assert!(
        !outcome.stderr.contains("sk-test-in-the-query") && !outcome.stderr.contains(['\u{1b}', '\u{202e}']),
        "{}",
        outcome.stderr
    );
}

/// A pipe that takes no more.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let takes_more = |writer: &PipeWriter| {
        let mut fds = [PollFd::new(writer, PollFlags::OUT)];
        poll(&mut fds, Some(&Timespec::default())).unwrap() > 0
    };
    while takes_more(&writer) {
        // A smaller piece would leave room behind it.
        writer.write_all(&[b'.'; 4096]).unwrap();
    }
    (reader, writer)
}

#[test]
fn a_standard_error_that_is_not_read_holds_up_no_answer() {
    let (mut reader, writer) = full_pipe();
    let server = Server::answers(&["ok"]);
    let gateway = Gateway::start_with_stderr(Qwen::new().server(&server), &[], Stdio::from(writer));
    assert_eq!(gateway.chat(json!({"messages": question()})).status, 200);
    // More than wait to be written.
    for _ in 0..1100 {
        assert_eq!(gateway.get("/health").status, 200);
    }
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !contains(&seen, b" lines were left out\n") {
        let count = reader.read(&mut buffer).unwrap();
        assert!(count > 0, "no word of the lines that are missing");
        seen.extend_from_slice(&buffer[..count]);
    }
    assert!(contains(&seen, b"POST /v1/chat/completions qwen-plus 200"));
}

#[test]
fn a_standard_error_that_is_not_read_holds_up_no_end() {
    let (_reader, writer) = full_pipe();
    let server = Server::answers(&["ok"]);
    let gateway = Gateway::start_with_stderr(Qwen::new().server(&server), &[], Stdio::from(writer));
    assert_eq!(gateway.chat(json!({"messages": question()})).status, 200);
    gateway.running.signal(Signal::TERM);
    assert_eq!(gateway.running.outcome().code, 0);
}

#[test]
fn quiet_leaves_only_the_address() {
    let server = Server::answers(&["ok"]);
    let gateway = Gateway::of(&server, &["-q"]);
    gateway.chat(json!({"messages": question()}));
    gateway.running.signal(Signal::INT);
    let address = gateway.address.clone();
    gateway
        .running
        .outcome()
        .expect(0, format!("http://{address}/v1\n"), "");
}

#[test]
fn the_terms_of_a_plan_are_told_at_the_start() {
    let server = Server::plays([]);
    let qwen = Qwen::new()
        .server(&server)
        .env("DASHSCOPE_API_KEY", "sk-sp-placeholder");
    let gateway = Gateway::start(qwen, &[]);
    gateway.running.wait_stderr("its terms allow interactive tools only");
}

#[test]
fn it_serves_on_when_its_stdout_is_closed() {
    let server = Server::answers(&["ok"]);
    let qwen = Qwen::new()
        .server(&server)
        .env("QWEN_CLI_MODEL", "qwen-plus")
        .args(["serve", "--port", "0"]);
    let running = qwen.spawn();
    running.close_stdout_after("/v1\n").wait_stdout("/v1\n");
    let address = running.stdout_so_far();
    let address = address
        .trim()
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_suffix("/v1"));
    let gateway = Gateway {
        address: address.unwrap().to_owned(),
        running,
    };
    assert_eq!(gateway.chat(json!({"messages": question()})).status, 200);
}

#[test]
fn what_runs_at_once_is_within_the_budget_together() {
    let answer = |gate: Option<&str>| {
        let script = Connection::new().expect("POST", CHAT).stream_head().sse(text("ok"));
        let script = gate.into_iter().fold(script, Connection::gate);
        script.sse(end("stop")).sse(usage(9, 2)).done()
    };
    let server = Server::plays([answer(Some("go on")), answer(None)]);
    let qwen = Qwen::new().server(&server).config("budget = \"0.015/day\"\n");
    let gateway = Gateway::start(qwen, &[]);
    // Each can cost about 0.01.
    let body = json!({"messages": question(), "stream": true, "max_tokens": 5_000, "enable_thinking": false});
    let body = body.to_string();
    let ask = || {
        let mut socket = gateway.connect();
        let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close";
        write!(socket, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        socket
    };
    let first = ask();
    server.wait_requests(1);
    let (status, _, _, message) = Reply::read(ask()).error();
    assert_eq!(status, 402);
    assert!(
        message.contains(" of the budget of 0.015 for this day are spent"),
        "{message}"
    );
    server.open("go on");
    assert_eq!(Reply::read(first).streamed_text(), "ok");
    // What it took is far less, once it is counted.
    let end = std::time::Instant::now() + crate::guard::LIMIT;
    while Reply::read(ask()).status != 200 {
        assert!(std::time::Instant::now() < end, "the reservation stays");
    }
}
