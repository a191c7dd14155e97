//! The scripted server, tried by a raw client.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;

use crate::fixtures::{Cut, Fixture, folder};
use crate::server::{CHAT, Connection, Server, end, text};

fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address()).unwrap()
}

fn post(socket: &mut TcpStream, path: &str, body: &str) {
    let length = body.len();
    write!(
        socket,
        "POST {path} HTTP/1.1\r\nHost: x\r\nX-Mark: here\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
}

fn rest(socket: &mut TcpStream) -> Vec<u8> {
    let mut reply = Vec::new();
    socket.read_to_end(&mut reply).unwrap();
    reply
}

fn rest_text(socket: &mut TcpStream) -> String {
    String::from_utf8(rest(socket)).unwrap()
}

/// The body of a chunked reply.
fn body_of(reply: &[u8]) -> Vec<u8> {
    let head = reply.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let mut rest = &reply[head + 4..];
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
}

/// What the server says of how it was used.
fn complaint(server: Server) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| server.finish())).expect_err("the server is content");
    *panic.downcast::<String>().unwrap()
}

#[test]
fn answers_and_records_the_request() {
    let server = Server::answers(&["Hel", "lo"]);
    let mut socket = connect(&server);
    post(&mut socket, CHAT, r#"{"model":"m"}"#);
    let reply = rest_text(&mut socket);
    assert!(
        reply.starts_with("HTTP/1.1 200 ") && reply.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n"),
        "{reply}"
    );
    assert!(reply.contains(r#""delta":{"content":"Hel"}"#));
    drop(socket);
    let request = server.request();
    assert_eq!(request.header("x-mark"), Some("here"));
    assert_eq!(request.json(), json!({"model": "m"}));
    assert_eq!(server.finish().len(), 1);
}

#[test]
fn replays_a_fixture_in_any_cut_byte_for_byte() {
    let fixture = Fixture::read("openai", "stream-crlf");
    for cut in [Cut::Whole, Cut::EveryByte, Cut::Random(3), Cut::Sizes(vec![37])] {
        let path = folder("openai/stream-crlf/reply.sse");
        let server = Server::replays(&path, fixture.status, &fixture.content_type, cut.clone());
        let mut socket = connect(&server);
        post(&mut socket, CHAT, "{}");
        let reply = rest(&mut socket);
        drop(socket);
        assert_eq!(body_of(&reply), fixture.reply, "{cut:?}");
        server.finish();
    }
}

#[test]
fn a_gate_holds_the_stream_until_the_test_opens_it() {
    let script = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .sse(text("one"))
        .gate("more");
    let server = Server::plays([script.sse(text("two")).sse(end("stop")).done()]);
    let mut socket = connect(&server);
    post(&mut socket, CHAT, "{}");
    let mut reply = String::new();
    let mut piece = [0; 256];
    while !reply.contains("one") {
        let count = socket.read(&mut piece).unwrap();
        reply.push_str(std::str::from_utf8(&piece[..count]).unwrap());
    }
    assert!(!reply.contains("two"));
    server.open("more");
    assert!(rest_text(&mut socket).contains("two"));
    drop(socket);
    server.finish();
}

#[test]
fn a_reset_arrives_as_a_reset() {
    let script = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .sse(text("one"))
        .gate("seen")
        .reset();
    let server = Server::plays([script]);
    let mut socket = connect(&server);
    post(&mut socket, CHAT, "{}");
    let mut first = [0; 20];
    socket.read_exact(&mut first).unwrap();
    server.open("seen");
    let error = std::io::copy(&mut socket, &mut std::io::sink()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    server.finish();
}

#[test]
fn a_stall_lasts_until_the_client_goes_away() {
    let server = Server::plays([Connection::new().expect("POST", CHAT).stream_head().stall()]);
    let mut socket = connect(&server);
    post(&mut socket, CHAT, "{}");
    server.wait_requests(1);
    drop(socket);
    server.wait_ended(1);
    server.finish();
}

#[test]
fn one_connection_may_carry_several_requests() {
    let length = ("content-length", "2");
    let script = Connection::new().expect("POST", "/a").head(200, &[length]).bytes("aa");
    let server = Server::plays([script.expect("POST", "/b?c=1").head(200, &[length]).bytes("bb")]);
    let mut socket = connect(&server);
    post(&mut socket, "/a", "1");
    post(&mut socket, "/b?c=1", "2");
    assert!(rest_text(&mut socket).ends_with("bb"));
    drop(socket);
    let bodies: Vec<Vec<u8>> = server.finish().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, [b"1", b"2"]);
}

#[test]
fn an_unused_step_fails() {
    let said = complaint(Server::answers(&["never asked"]));
    assert!(said.contains("0 of 1 connections were used"), "{said}");
    // One that was opened ahead of a request, and closed when none came, used nothing.
    let server = Server::answers(&["never asked"]);
    drop(connect(&server));
    server.wait_opened(1);
    let said = complaint(server);
    assert!(said.contains("0 of 1 connections were used"), "{said}");
    let length = ("content-length", "0");
    let server = Server::plays([Connection::new()
        .expect("POST", "/a")
        .head(200, &[length])
        .expect("POST", "/b")]);
    let mut socket = connect(&server);
    post(&mut socket, "/a", "1");
    drop(socket);
    server.wait_ended(1);
    let said = complaint(server);
    assert!(said.contains("the client closed instead"), "{said}");
}

#[test]
fn an_unexpected_request_fails() {
    let server = Server::plays([]);
    let mut socket = connect(&server);
    post(&mut socket, CHAT, "{}");
    drop(socket);
    server.wait_ended(1);
    assert!(complaint(server).contains(&format!("it asked for POST {CHAT}")));

    let server = Server::answers(&["hi"]);
    let mut socket = connect(&server);
    post(&mut socket, "/elsewhere", "{}");
    assert_eq!(rest_text(&mut socket), "");
    assert!(complaint(server).contains("the client asked for POST /elsewhere"));
}

#[test]
fn a_failed_check_of_the_body_fails() {
    let check = |body: &serde_json::Value| assert_eq!(body["stream"], true, "stream");
    let server = Server::plays([Connection::new()
        .expect("POST", CHAT)
        .expect_body(check)
        .json(200, &json!({}))]);
    let mut socket = connect(&server);
    post(&mut socket, CHAT, r#"{"stream":false}"#);
    assert_eq!(rest_text(&mut socket), "");
    assert!(complaint(server).contains("stream"));
}
