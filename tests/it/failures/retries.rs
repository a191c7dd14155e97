//! Before the first token: asked again, with a notice, and given up at the right time.

use serde_json::{Value, json};

use super::{ask, complete, post, stream, told};
use crate::harness::KEY;
use crate::outcome::steady;
use crate::server::{CHAT, Connection, Server};

fn error(message: &str, code: &str) -> Value {
    json!({"error": {"message": message, "code": code}, "request_id": "r-1"})
}

/// Refuses, and asks to come back after so many seconds.
fn later(status: u16, seconds: &str) -> Connection {
    post().json_with(status, &[("retry-after", seconds)], &error("busy", "busy"))
}

const LIMITS: &str = "hint: limits are per minute and model: wait a little, or choose another model with -m\n";
const FAULT: &str = "hint: this is a server error; try again later\n";

#[test]
fn server_errors_are_retried_with_a_notice_each() {
    for status in [500, 502, 503, 504] {
        let notice = format!("notice: the server failed ({status}): busy; retrying in 0 s\n");
        let (outcome, requests) = ask(&[], [later(status, "0"), later(status, "0"), post().answer(&["ok"])]);
        outcome.expect(0, "ok\n", &notice.repeat(2));
        assert_eq!(requests[0].body, requests[2].body);
        let (outcome, _) = ask(&["-q"], [later(status, "0"), post().answer(&["ok"])]);
        outcome.expect_answer("ok\n");
    }
}

#[test]
fn the_full_stop_of_the_servers_sentence_is_not_followed_by_another_mark() {
    let busy = error("Too many requests, try again later.", "busy");
    let refused = post().json_with(503, &[("retry-after", "0")], &busy);
    ask(&[], [refused, post().answer(&["ok"])]).0.expect(
        0,
        "ok\n",
        "notice: the server failed (503): Too many requests, try again later; retrying in 0 s\n",
    );
}

#[test]
fn server_errors_are_retried_three_times_by_default() {
    let notice = "notice: the server failed (503): busy; retrying in 0 s\n";
    told(&[], (0..4).map(|_| later(503, "0"))).expect(
        6,
        "",
        &format!(
            "{}error: the server failed (503): busy (after 4 tries)\n{FAULT}server: code busy, request id r-1\n",
            notice.repeat(3)
        ),
    );
    told(&["--retries", "1"], (0..2).map(|_| later(503, "0"))).expect(
        6,
        "",
        &format!(
            "{notice}error: the server failed (503): busy (after 2 tries)\n{FAULT}server: code busy, request id r-1\n"
        ),
    );
    for status in [429, 503, 408, 409] {
        let (outcome, _) = ask(&["--retries", "0"], [later(status, "0")]);
        assert!(
            !outcome.stderr.contains("notice") && !outcome.stderr.contains("tries"),
            "{outcome:?}"
        );
    }
}

#[test]
fn timeouts_and_conflicts_are_asked_again_too() {
    told(&[], [later(408, "0"), later(409, "0"), post().answer(&["ok"])]).expect(
        0,
        "ok\n",
        "notice: the server refused the request (408): busy; retrying in 0 s\n\
         notice: the server refused the request (409): busy; retrying in 0 s\n",
    );
    let codes = [(408, 5), (409, 7)].map(|(status, code)| (told(&["--retries", "0"], [later(status, "0")]).code, code));
    assert!(codes.iter().all(|(found, expected)| found == expected), "{codes:?}");
}

#[test]
fn rate_limits_are_asked_again_and_exit_4_in_the_end() {
    let notice = "notice: the server refuses for now (429): busy; retrying in 0 s\n";
    told(&[], [later(429, "0"), later(429, "0"), post().answer(&["ok"])]).expect(0, "ok\n", &notice.repeat(2));
    told(&["--retries", "1"], [later(429, "0"), later(429, "0")]).expect(
        4,
        "",
        &format!(
            "{notice}error: the server refuses for now (429): busy (after 2 tries)\n{LIMITS}\
             server: code busy, request id r-1\n"
        ),
    );
}

#[test]
fn a_rate_limit_that_asks_for_no_wait_is_not_asked_for_ever() {
    let outcome = told(&[], (0..21).map(|_| later(429, "0")));
    assert_eq!(outcome.code, 4);
    assert!(
        outcome.stderr.contains("(429): busy (after 21 tries)\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn the_servers_wait_is_obeyed_up_to_a_minute() {
    for (asked, wait) in [("1", "1"), ("0.2", "0.2"), ("Sat, 21 Nov 2020 07:28:00 GMT", "0")] {
        told(&[], [later(503, asked), post().answer(&["ok"])]).expect(
            0,
            "ok\n",
            &format!("notice: the server failed (503): busy; retrying in {wait} s\n"),
        );
    }
    let by_millis = post().json_with(429, &[("retry-after-ms", "100")], &error("busy", "busy"));
    told(&[], [by_millis, post().answer(&["ok"])]).expect(
        0,
        "ok\n",
        "notice: the server refuses for now (429): busy; retrying in 0.1 s\n",
    );
}

#[test]
fn a_wait_over_the_limit_is_reported_and_not_made() {
    for (asked, words) in [("61", "1 min 1 s"), ("120", "2 min"), ("86400", "1 d")] {
        for (status, code, what) in [(429, 4, "refuses for now"), (503, 6, "failed")] {
            told(&[], [later(status, asked)]).expect(
                code,
                "",
                &format!(
                    "error: the server {what} ({status}): busy\nhint: the server asks you to wait {words} before retrying\n\
                     server: code busy, request id r-1\n"
                ),
            );
        }
    }
}

#[test]
fn a_connection_that_breaks_before_its_answer_is_made_again() {
    let server = Server::plays([post().close(), post().answer(&["ok"])]);
    let outcome = complete(&[]).server(&server).run();
    let stderr = steady(&outcome.stderr);
    assert_eq!((outcome.code, outcome.text()), (0, "ok\n"), "{stderr}");
    assert_eq!(
        stderr,
        "notice: the connection to 127.0.0.1:[port] dropped: it was closed; retrying in [time]\n"
    );
    server.finish();
    let server = Server::plays([post().reset(), post().answer(&["ok"])]);
    let outcome = complete(&[]).server(&server).run().steady();
    outcome.expect(
        0,
        "ok\n",
        "notice: the connection to 127.0.0.1:[port] dropped: connection reset by peer; retrying in [time]\n",
    );
}

#[test]
fn an_empty_reply_and_an_error_before_the_first_token_are_asked_again() {
    let empty = "notice: the server's response was empty; retrying in [time]\n";
    let outcome = told(&[], [stream().end_chunks(), post().answer(&["ok"])]).steady();
    outcome.expect(0, "ok\n", empty);
    let failed = stream()
        .sse(json!({"error": {"message": "oops", "code": "internal_error"}}))
        .end_chunks();
    let outcome = told(&[], [failed, post().answer(&["ok"])]).steady();
    outcome.expect(0, "ok\n", "notice: the server failed (500): oops; retrying in [time]\n");
}

/// What a proxy sends whose server died: a stream, or a reply in one piece, that ends before its first event is whole.
#[test]
fn a_reply_cut_in_its_first_event_is_asked_again_and_exits_5_in_the_end() {
    const HALF: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Al";
    let starts = [
        HALF,
        "da",
        ": ping\n\n",
        "event: message\n",
        "id: 1\n\n",
        "data: [DO",
        "data: {\n",
    ];
    let head =
        |kind: &str, framing: (&str, &str)| post().head(200, &[("content-type", kind), framing, ("retry-after", "0")]);
    let (chunks, close) = (("transfer-encoding", "chunked"), ("connection", "close"));
    let chunked = |start: &str| head("text/event-stream", chunks).chunk(start).end_chunks();
    let closed = |start: &str| head("text/event-stream", close).tail(start);
    let in_one = |start: &str| head("application/json", close).tail(start.strip_prefix("data: ").unwrap_or("{"));
    let cuts: [&dyn Fn(&str) -> Connection; 3] = [&chunked, &closed, &in_one];
    let args: [&[&str]; 3] = [&[], &[], &["--no-stream"]];
    for (args, cut) in args.into_iter().zip(cuts) {
        for start in starts {
            let outcome = told(args, [cut(start), post().answer(&["ok"])]);
            outcome.expect(0, "ok\n", &format!("notice: {STOPPED}; retrying in 0 s\n"));
        }
        let args = [args, &["--retries", "0"]].concat();
        told(&args, [cut(HALF)]).expect(5, "", &format!("error: {STOPPED}\n"));
    }
}

#[test]
fn so_is_one_on_the_native_protocol_and_from_a_local_server() {
    const HALF: &str = "data: {\"output\":{\"choices\":[{\"mess";
    for (provider, base, path) in [
        ("local", "/v1", "/v1/chat/completions"),
        (
            "dashscope-native",
            "/api/v1",
            "/api/v1/services/aigc/text-generation/generation",
        ),
    ] {
        for start in [HALF, ": ping\n\n", "event: result\n", "id: 1\n\n"] {
            let cut = Connection::new()
                .expect("POST", path)
                .stream_head()
                .chunk(start)
                .end_chunks();
            let server = Server::plays([cut]);
            complete(&["-p", provider, "-m", "qwen-max", "--retries", "0"])
                .env("DASHSCOPE_API_KEY", KEY)
                .env("QWEN_CLI_BASE_URL", &format!("http://{}{base}", server.address()))
                .run()
                .expect(5, "", &format!("error: {STOPPED}\n"));
            server.finish();
        }
    }
}

const STOPPED: &str = "the server ended the answer early";

#[test]
fn tries_are_counted_in_the_json() {
    let (outcome, _) = ask(&["--format", "json", "-q"], [later(503, "0"), post().answer(&["ok"])]);
    let object = outcome.json();
    assert_eq!((&object["attempts"], &object["resumed"]), (&json!(2), &json!(0)));
}

#[test]
fn refusals_are_never_asked_again() {
    for status in [400, 401, 403, 413, 422, 501] {
        let (_, requests) = ask(&[], [later(status, "0")]);
        assert_eq!(requests.len(), 1, "{status}");
    }
    let listed = Connection::new()
        .expect("GET", crate::server::MODELS)
        .json(404, &json!({}));
    let (_, requests) = ask(&[], [later(404, "0"), listed]);
    assert_eq!(requests.iter().filter(|request| request.path == CHAT).count(), 1);
}
