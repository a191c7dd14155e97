//! A connection that breaks, drips or lies, at each point of an exchange.

use serde_json::json;

use super::{complete, post, run};
use crate::outcome::Outcome;
use crate::server::{Connection, Server, end, text, usage};

const RESET: &str = "the connection to 127.0.0.1:[port] dropped: connection reset by peer";
const CLOSED: &str = "the connection to 127.0.0.1:[port] dropped: it was closed";

/// Breaks the connection when the request is there, and answers the next one.
#[track_caller]
fn asked_again(first: Connection, fault: &str) {
    let stderr = format!("notice: {fault}; retrying in [time]\n");
    run(&[], [first, post().answer(&["ok"])])
        .steady()
        .expect(0, "ok\n", &stderr);
}

/// The same without another try.
#[track_caller]
fn given_up(first: Connection, fault: &str) {
    run(&["--retries", "0"], [first])
        .steady()
        .expect(5, "", &format!("error: {fault}\n"));
}

#[test]
fn before_the_head() {
    asked_again(post().reset(), RESET);
    given_up(post().reset(), RESET);
    asked_again(post().close(), CLOSED);
    given_up(post().close(), CLOSED);
}

#[test]
fn in_the_head() {
    let begun = || post().bytes("HTTP/1.1 200 OK\r\ncontent-ty");
    asked_again(begun().close(), CLOSED);
    given_up(begun().close(), CLOSED);
}

#[test]
fn before_the_first_payload() {
    asked_again(post().stream_head().close(), CLOSED);
    given_up(post().stream_head().chunk(": ping\n\n").close(), CLOSED);
}

/// Waits until the program has read what came, then breaks the connection.
#[track_caller]
fn reset_after(script: Connection, read: &str) -> Outcome {
    let server = Server::plays([script.gate("read").reset()]);
    let running = complete(&["-vv", "--format", "json"]).server(&server).spawn();
    running.wait_stderr(read);
    server.open("read");
    running.outcome()
}

#[test]
fn after_the_reason_and_between_usage_and_end_nothing_is_lost() {
    let whole = || post().stream_head().deltas(&["whole"]).sse(end("stop"));
    let outcome = reset_after(whole(), "\"finish_reason\":\"stop\"");
    assert_eq!((outcome.code, &outcome.json()["content"]), (0, &json!("whole")));
    let outcome = reset_after(whole().sse(usage(5, 1)), "\"prompt_tokens\":5");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.json()["usage"]["total_tokens"], 6);
    assert_eq!(outcome.json().get("error"), None);
}

#[test]
fn an_answer_byte_by_byte_is_read() {
    let body = format!("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", text("drip 滴"), end("stop"));
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    let script = [head, &body]
        .concat()
        .bytes()
        .fold(post(), |script, byte| script.tail([byte]));
    run(&["--retries", "0"], [script]).expect_answer("drip 滴\n");
}

#[test]
fn an_endless_drip_without_an_answer_is_given_up() {
    let outcome = run(
        &["--timeout", "0.1", "--retries", "0"],
        [post().stream_head().pings_for_ever()],
    );
    outcome.expect(
        5,
        "",
        "error: the server sent nothing but keep-alives for too long\nhint: --timeout allows for more\n",
    );
}

/// `text`, packed by gzip without compressing it.
fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    let length = u16::try_from(text.len()).unwrap();
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend_from_slice(text);
    let crc = !text.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    });
    out.extend(crc.to_le_bytes());
    out.extend(u32::from(length).to_le_bytes());
    out
}

fn packed(bytes: &[u8]) -> Connection {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n";
    post().bytes(head).tail(bytes.to_vec())
}

#[test]
fn a_packed_answer_and_one_that_is_cut() {
    let whole = format!("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", text("packed"), end("stop"));
    run(&[], [packed(&gzip(whole.as_bytes()))]).expect_answer("packed\n");
    let half = gzip(format!("data: {}\n\n", text("half")).as_bytes());
    let outcome = run(&["--retries", "0"], [packed(&half[..half.len() - 6])]);
    assert_eq!((outcome.code, outcome.text()), (5, "half\n"), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("; the answer is incomplete\n"),
        "{}",
        outcome.stderr
    );
    let outcome = run(
        &["-q"],
        [packed(&half[..half.len() - 6]), post().answer(&[" and half"])],
    );
    outcome.expect_answer("half and half\n");
    // What is no gzip at all.
    let outcome = run(&["--retries", "0"], [packed(whole.as_bytes())]);
    assert_eq!((outcome.code, outcome.text()), (5, ""), "{}", outcome.stderr);
}

/// An answer whose head says that it is `length` bytes longer than it is.
fn of_length(body: &str, more: isize) -> Connection {
    let length = body.len().saturating_add_signed(more).to_string();
    post()
        .head(
            200,
            &[
                ("content-type", "text/event-stream"),
                ("content-length", &length),
                ("connection", "close"),
            ],
        )
        .tail(body.as_bytes().to_vec())
}

#[test]
fn a_length_that_is_wrong() {
    let cut = format!("data: {}\n\n", text("half"));
    let outcome = run(&["--retries", "0"], [of_length(&cut, 100).close()]);
    assert_eq!((outcome.code, outcome.text()), (5, "half\n"), "{}", outcome.stderr);
    run(&["-q"], [of_length(&cut, 100).close(), post().answer(&[" more"])]).expect_answer("half more\n");
    // An answer that is whole is whole, whatever was announced.
    let whole = format!("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", text("whole"), end("stop"));
    run(&[], [of_length(&whole, 100).close()]).expect_answer("whole\n");
    run(&[], [of_length(&whole, -3)]).expect_answer("whole\n");
}

#[test]
fn heads_before_the_head() {
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n";
    run(&[], [post().bytes(early).answer(&["ok"])]).expect_answer("ok\n");
}

#[test]
fn a_proxy_that_refuses_and_one_that_wants_a_password() {
    let through = |status: u16, times: usize| {
        let refusal = || {
            let connect = Connection::new().expect("CONNECT", "qwen.invalid:443");
            connect.head(status, &[("content-length", "0"), ("connection", "close")])
        };
        let proxy = Server::plays((0..times).map(|_| refusal()));
        let address = format!("http://{}", proxy.address());
        // With a cache no connection is opened before the request, which alone asks the proxy then.
        let qwen = complete(&["--retries", "0", "--cache", "--proxy", &address])
            .env("QWEN_CLI_BASE_URL", "https://qwen.invalid/v1")
            .env("DASHSCOPE_API_KEY", crate::harness::KEY);
        let outcome = qwen.run().steady();
        // The proxy is not the one the key is for.
        for request in proxy.finish() {
            assert_eq!(request.header("authorization"), None);
        }
        outcome
    };
    let named = "(through the proxy http://127.0.0.1:[port] from --proxy)";
    through(407, 1).expect(
        5,
        "",
        &format!(
            "error: the proxy requires a user name and password (407) {named}\n\
             hint: put them into the proxy's URL: http://user:password@host:port\n"
        ),
    );
    // It is asked a second time for its reason.
    for (status, why) in [(403, "refused (403)"), (502, "it answered 502")] {
        let outcome = through(status, 2);
        let told = format!("error: the proxy did not connect us to qwen.invalid: {why} {named}\n");
        outcome.expect(5, "", &told);
    }
}

#[test]
fn a_head_without_end_is_given_up() {
    let endless = || {
        let lines = "x-more: of the same\r\n".repeat(100_000);
        post().bytes("HTTP/1.1 200 OK\r\n").tail(lines).close()
    };
    given_up(
        endless(),
        "the connection to 127.0.0.1:[port] dropped: message head is too large",
    );
}
