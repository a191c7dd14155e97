//! Answers that are not given again: each request is made twice.

use serde_json::json;

use super::*;
use crate::running::Signal;
use crate::server::{chunk, end, usage};
use crate::web;

fn begins() -> Connection {
    Connection::new().expect("POST", CHAT).stream_head()
}

/// Asks twice with these arguments; both runs end with this code, and the cache holds nothing.
#[track_caller]
fn is_not_kept(args: &[&str], code: i32, script: impl Fn() -> Connection) {
    let server = Server::plays([script(), script()]);
    let qwen = complete(&server, &[args, &["hi"]].concat());
    let first = qwen.run();
    let second = qwen.run();
    assert_eq!((first.code, second.code), (code, code), "{first:?} {second:?}");
    assert_eq!(first.stdout, second.stdout);
    let asked = file(&qwen).exists();
    assert!(!asked || kept(&qwen) == 0, "{args:?}");
    server.finish();
}

#[test]
fn a_search_is_made_anew() {
    is_not_kept(&["--search"], 0, || answers("today"));
}

#[test]
fn what_an_address_shows_may_change() {
    is_not_kept(&["-i", "https://pictures.example/a.png"], 0, || answers("a cat"));
}

#[test]
fn an_answer_that_was_cut_is_asked_for_again() {
    is_not_kept(&["--max-tokens", "1"], 0, || {
        begins().deltas(&["Once"]).sse(end("length")).sse(usage(5, 1)).done()
    });
    is_not_kept(&["--retries", "0"], 5, || begins().deltas(&["Once"]).end_chunks());
}

#[test]
fn a_filtered_answer_is_asked_for_again() {
    is_not_kept(&[], 7, || {
        begins()
            .deltas(&["Once"])
            .sse(end("content_filter"))
            .sse(usage(5, 1))
            .done()
    });
}

#[test]
fn an_answer_with_a_tool_call_or_without_text_is_asked_for_again() {
    let call = json!({"content": "x", "tool_calls": [{"index": 0, "id": "a", "type": "function",
        "function": {"name": "f", "arguments": "{}"}}]});
    is_not_kept(&[], 0, || {
        begins()
            .sse(chunk(call.clone(), None))
            .sse(end("stop"))
            .sse(usage(5, 1))
            .done()
    });
    is_not_kept(&[], 0, || begins().sse(end("stop")).sse(usage(5, 0)).done());
}

#[test]
fn a_failure_is_asked_for_again() {
    is_not_kept(&[], 7, || {
        Connection::new()
            .expect("POST", CHAT)
            .refuse(400, "invalid_parameter_error", "no")
    });
}

/// The default model has ended; what its successor says is not its answer.
#[test]
fn an_answer_of_another_model_is_asked_for_again() {
    let gone = || {
        Connection::new()
            .expect("POST", CHAT)
            .refuse(404, "model_not_found", "no such model")
    };
    let server = Server::plays([gone(), answers("one"), gone(), answers("two")]);
    let qwen = complete(&server, &["-q", "hi"]);
    qwen.run().expect_answer("one\n");
    qwen.run().expect_answer("two\n");
    server.finish();
}

#[test]
fn an_answer_that_was_stopped_is_asked_for_again_and_the_cache_stays_whole() {
    for (signal, code) in [(Signal::INT, 130), (Signal::KILL, 137)] {
        let stalls = || begins().deltas(&["Once upon\n"]).stall();
        let server = Server::plays([answers("kept"), stalls(), answers("a time")]);
        let qwen = complete(&server, &["before"]);
        qwen.run().expect_answer("kept\n");
        let asked = qwen.clone().args(with_cache(&["hi"]));
        let running = asked.spawn();
        running.wait_stdout("Once upon\n").signal(signal);
        assert_eq!(running.outcome().code, code);
        asked.run().expect_answer("a time\n");
        server.finish();
        qwen.run().expect(0, "kept\n", HIT);
        asked.run().expect(0, "a time\n", HIT);
    }
}

/// The text was whole when it was stopped, and only its tokens were missing.
#[test]
fn an_answer_stopped_at_its_end_is_asked_for_again() {
    let waits = || begins().deltas(&["Once\n"]).sse(end("stop")).stall();
    let server = Server::plays([waits(), answers("again")]);
    let qwen = complete(&server, &["--timeout", "0", "hi"]);
    let running = qwen.spawn();
    running.wait_stdout("Once\n").signal(Signal::INT);
    running.outcome();
    qwen.run().expect_answer("again\n");
}

/// Its requests hold the ids of a chat that is made for each.
#[test]
fn a_web_account_is_asked_each_time() {
    let server = Server::plays([web::opens(), web::answers("plain"), web::opens(), web::answers("plain")]);
    let qwen = web::web(&server, &["complete", "--cache", "hi"]);
    let told = "notice: answers of a web account are not cached\n";
    for _ in 0..2 {
        let outcome = qwen.run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, told));
    }
    assert!(!file(&qwen).exists());
    server.finish();
}
