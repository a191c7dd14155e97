//! Clients as sockets: how they send a request, how they read or stop reading, how they leave.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::gateway::{Gateway, Reply, question};
use crate::harness::{KEY, Qwen};
use crate::server::{CHAT, Connection, Server, end, text};

const HEAD: &str = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

fn ask(gateway: &Gateway, body: &Value) -> TcpStream {
    let body = body.to_string();
    let mut socket = gateway.connect();
    write!(socket, "{HEAD}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    socket
}

/// What comes first on a socket, up to this text.
#[track_caller]
fn read_until(socket: &mut TcpStream, text: &str) -> String {
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains(text) {
        let mut byte = [0];
        assert_eq!(
            socket.read(&mut byte).unwrap(),
            1,
            "it ended: {:?}",
            String::from_utf8_lossy(&seen)
        );
        seen.push(byte[0]);
    }
    String::from_utf8(seen).unwrap()
}

#[test]
fn a_client_that_waits_for_100_continue_is_told_to_go_on() {
    let server = Server::answers(&["ok"]);
    let gateway = Gateway::of(&server, &[]);
    let body = json!({"messages": question()}).to_string();
    let mut socket = gateway.connect();
    write!(
        socket,
        "{HEAD}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    let first = read_until(&mut socket, "\r\n\r\n");
    assert_eq!(first.lines().next(), Some("HTTP/1.1 100 Continue"));
    socket.write_all(body.as_bytes()).unwrap();
    assert_eq!(Reply::read(socket).status, 200);
}

#[test]
fn a_body_that_is_announced_as_too_large_is_refused_before_it_is_sent() {
    let server = Server::plays([]);
    let gateway = Gateway::of(&server, &[]);
    let mut socket = gateway.connect();
    write!(
        socket,
        "{HEAD}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        (16 << 20) + 1
    )
    .unwrap();
    assert_eq!(Reply::read(socket).error().0, 413);
}

#[test]
fn a_client_of_http_1_0_gets_a_stream_that_ends_with_its_connection() {
    let server = Server::answers(&["one ", "two"]);
    let gateway = Gateway::of(&server, &[]);
    let body = json!({"messages": question(), "stream": true}).to_string();
    let reply = gateway.send("POST /v1/chat/completions HTTP/1.0", body.as_bytes());
    assert_eq!(reply.header("transfer-encoding"), None);
    assert_eq!(
        (reply.streamed_text().as_str(), reply.events().last().unwrap().as_str()),
        ("one two", "[DONE]")
    );
}

#[test]
fn paths_with_doubled_slashes_and_whole_addresses_are_known() {
    let server = Server::plays((0..3).map(|_| Connection::new().expect("POST", CHAT).answer(&["ok"])));
    let gateway = Gateway::of(&server, &[]);
    let body = json!({"messages": question()}).to_string();
    for target in [
        "//v1//chat///completions/",
        "//chat/completions",
        "http://localhost/v1//chat/completions",
    ] {
        let reply = gateway.send(&format!("POST {target} HTTP/1.1\nHost: localhost"), body.as_bytes());
        assert_eq!(reply.status, 200, "{target}");
    }
}

#[test]
fn a_packed_body_may_have_several_members_and_a_small_one_may_not_grow_beyond_the_limit() {
    let packed = |part: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(part).unwrap();
        encoder.finish().unwrap()
    };
    let server = Server::answers(&["ok"]);
    let gateway = Gateway::of(&server, &[]);
    let head = "POST /v1/chat/completions HTTP/1.1\nHost: localhost\nContent-Encoding: gzip";
    let body = json!({"messages": question()}).to_string();
    let (begin, rest) = body.as_bytes().split_at(9);
    assert_eq!(gateway.send(head, &[packed(begin), packed(rest)].concat()).status, 200);
    // A megabyte that is a gigabyte, of which no more is unpacked than may be.
    let bomb = packed(&vec![b' '; 64 << 20]).repeat(16);
    assert!(bomb.len() < 2 << 20);
    assert_eq!(gateway.send(head, &bomb).error().0, 413);
    #[cfg(target_os = "linux")]
    assert!(crate::memory::kilobytes(gateway.running.pid(), "VmHWM") < 100 << 10);
}

#[test]
fn a_client_that_goes_away_or_closes_its_half_ends_the_wait_for_a_retry() {
    for closes_half in [false, true] {
        let busy = [("retry-after", "15")];
        let error = json!({"error": {"message": "busy", "code": "ServiceUnavailable"}});
        let server = Server::plays([Connection::new().expect("POST", CHAT).json_with(503, &busy, &error)]);
        let gateway = Gateway::of(&server, &["--retries", "1"]);
        let socket = ask(&gateway, &json!({"messages": question()}));
        server.wait_requests(1).wait_ended(1);
        if closes_half {
            socket.shutdown(Shutdown::Write).unwrap();
        } else {
            drop(socket);
        }
        gateway
            .running
            .wait_stderr(" qwen-plus 499 ")
            .wait_stderr("given up by the client");
        // Nothing more was asked.
        server.finish();
    }
}

#[test]
fn silence_upstream_is_504_and_after_the_first_token_an_error_without_an_end() {
    let silent = || Connection::new().expect("POST", CHAT).stall();
    let begun = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .deltas(&["one "])
        .stall();
    let server = Server::plays([silent(), silent(), begun]);
    let gateway = Gateway::of(&server, &["--timeout", "0.2", "--retries", "0"]);
    for stream in [false, true] {
        let reply = gateway.chat(json!({"messages": question(), "stream": stream}));
        let (status, kind, ..) = reply.error();
        assert_eq!((status, kind.as_str()), (504, "api_error"));
    }
    let reply = gateway.chat(json!({"messages": question(), "stream": true}));
    let events = reply.events();
    let last: Value = serde_json::from_str(events.last().unwrap()).unwrap();
    assert_eq!((reply.status, &last["error"]["type"]), (200, &json!("api_error")));
    assert!(!reply.body.contains("\"finish_reason\":\"stop\""), "{}", reply.body);
}

/// A delta of 8 KB, and the number of them that no socket's buffers hold.
const LARGE: usize = 8 << 10;
const MANY: usize = 8 << 10;

#[test]
fn a_client_that_does_not_read_holds_up_the_provider_and_not_the_memory() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    let qwen = Qwen::new()
        .env("QWEN_CLI_BASE_URL", &base)
        .env("DASHSCOPE_API_KEY", KEY);
    let gateway = Gateway::start(qwen, &[]);
    let client = ask(&gateway, &json!({"messages": question(), "stream": true}));
    let (mut upstream, _) = listener.accept().unwrap();
    read_until(&mut upstream, "hi");
    upstream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        .unwrap();
    let delta = format!("data: {}\n\n", text(&"x".repeat(LARGE)));
    // It is written until it is held up.
    upstream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let answer = delta.repeat(MANY);
    let mut written = 0;
    while written < answer.len() {
        match upstream.write(&answer.as_bytes()[written..]) {
            Ok(count) => written += count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(written < answer.len(), "the whole answer was taken from the provider");
    #[cfg(target_os = "linux")]
    assert!(crate::memory::kilobytes(gateway.running.pid(), "VmHWM") < 64 << 10);
    upstream.set_write_timeout(None).unwrap();
    let rest = std::thread::spawn(move || {
        upstream.write_all(&answer.as_bytes()[written..]).unwrap();
        let end = format!("data: {}\n\ndata: [DONE]\n\n", end("stop"));
        upstream.write_all(end.as_bytes()).unwrap();
        // What is unread when a socket is closed resets it.
        upstream.shutdown(Shutdown::Write).unwrap();
        let _ = upstream.read_to_end(&mut Vec::new());
    });
    let reply = Reply::read(client);
    rest.join().unwrap();
    assert_eq!(reply.streamed_text().len(), LARGE * MANY);
    assert!(reply.body.ends_with("data: [DONE]\n\n"));
}
