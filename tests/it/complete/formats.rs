//! `--format json` and `jsonl`: an answer for programs.

use serde_json::{Value, json};

use super::complete;
use crate::fixtures::{Cut, Fixture};
use crate::outcome::Outcome;
use crate::server::{CHAT, Connection, Server, chunk, end, usage};

/// The object without what changes from run to run; that must be there and sound.
fn steady(mut object: Value) -> Value {
    if let Some(id) = object["session"].as_str() {
        assert_eq!(id.len(), 26, "{id}");
        object["session"] = "[id]".into();
    }
    for time in ["time_to_first_token_ms", "duration_ms"] {
        if object.get(time).is_some_and(Value::is_u64) {
            object[time] = "[time]".into();
        }
    }
    object
}

fn lines(outcome: &Outcome) -> Vec<Value> {
    outcome
        .text()
        .lines()
        .map(|line| steady(serde_json::from_str(line).unwrap()))
        .collect()
}

#[test]
fn json_is_one_object_with_everything() {
    let server = Server::replays_fixture(&Fixture::read("openai", "stream-thinking"), Cut::Whole);
    let outcome = complete(&["--format", "json", "hi"]).server(&server).run();
    let expected = Fixture::read("openai", "stream-thinking").expected;
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(outcome.text().lines().count(), 1);
    let object = outcome.json();
    let keys: Vec<&String> = object.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "session",
            "provider",
            "model",
            "content",
            "reasoning",
            "search_results",
            "finish_reason",
            "usage",
            "cost",
            "request_id",
            "time_to_first_token_ms",
            "duration_ms",
            "attempts",
            "resumed"
        ]
    );
    let id = object["request_id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 36, "{id}");
    // By the prices of the table.
    let count = |name: &str| expected["usage"][name].as_f64().unwrap();
    let amount = (count("input_tokens") * 2.4 + count("output_tokens") * 9.6) / 1e6;
    let cost = json!({"amount": (amount * 1e9).round() / 1e9, "currency": "CNY", "estimated": true});
    assert_eq!(
        steady(object),
        json!({
            "session": "[id]", "provider": "dashscope", "model": "qwen-max",
            "content": expected["text"], "reasoning": expected["reasoning"], "search_results": [],
            "finish_reason": "stop", "usage": expected["usage"], "cost": cost, "request_id": id,
            "time_to_first_token_ms": "[time]", "duration_ms": "[time]", "attempts": 1, "resumed": 0,
        })
    );
}

#[test]
fn json_has_null_for_absent_values() {
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let server = Server::plays([script.sse(end("stop")).done()]);
    let args = ["-m", "qwen-plus", "--no-save", "--format", "json", "hi"];
    let outcome = complete(&args).server(&server).run();
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (0, "notice: the model's answer is empty\n")
    );
    let found = steady(outcome.json());
    for (name, expected) in [
        ("session", Value::Null),
        ("model", json!("qwen-plus")),
        ("content", json!("")),
        ("reasoning", Value::Null),
        ("usage", Value::Null),
        ("cost", Value::Null),
        ("time_to_first_token_ms", Value::Null),
    ] {
        assert_eq!(found[name], expected, "{name}");
    }
}

#[test]
fn json_holds_the_part_of_an_answer_that_failed() {
    let script = Connection::new().expect("POST", CHAT).stream_head().deltas(&["half"]);
    let server = Server::plays([script.end_chunks()]);
    let outcome = complete(&["--format", "json", "--retries", "0", "hi"])
        .server(&server)
        .run();
    let message = "the server ended the answer early";
    assert_eq!(outcome.code, 5);
    assert_eq!(outcome.stderr, format!("error: {message}; the answer is incomplete\n"));
    let found = outcome.json();
    assert_eq!(
        (&found["content"], &found["finish_reason"]),
        (&json!("half"), &Value::Null)
    );
    assert_eq!(
        found["error"],
        json!({"kind": "network", "message": message, "hint": null, "code": null, "request_id": null, "exit_code": 5})
    );
}

#[test]
fn json_is_silent_where_no_answer_began() {
    let server = Server::refuses(400, "invalid_parameter_error", "no");
    let outcome = complete(&["--format", "json", "hi"]).server(&server).run();
    assert_eq!((outcome.code, outcome.text()), (7, ""));
}

#[test]
fn jsonl_is_an_event_a_line() {
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let script = script
        .sse(chunk(json!({"reasoning_content": "Hm."}), None))
        .deltas(&["He", "llo\n"])
        .sse(end("stop"))
        .sse(usage(5, 3))
        .done();
    let server = Server::plays([script]);
    let outcome = complete(&["--format", "jsonl", "hi"]).server(&server).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(
        lines(&outcome),
        [
            json!({"type": "start", "provider": "dashscope", "model": "qwen-max", "session": "[id]"}),
            json!({"type": "thinking", "text": "Hm."}),
            json!({"type": "text", "text": "He"}),
            json!({"type": "text", "text": "llo\n"}),
            json!({"type": "usage", "input_tokens": 5, "output_tokens": 3, "total_tokens": 8,
                "reasoning_tokens": 0, "cached_tokens": 0,
                "cost": {"amount": 0.0000408, "currency": "CNY", "estimated": true}}),
            json!({"type": "done", "finish_reason": "stop"}),
        ]
    );
}

#[test]
fn jsonl_is_written_as_events_arrive() {
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let script = script.deltas(&["first"]).gate("seen");
    let server = Server::plays([script.sse(end("stop")).done()]);
    let running = complete(&["--format", "jsonl", "--no-save", "hi"])
        .server(&server)
        .spawn();
    running.wait_stdout("{\"type\":\"text\",\"text\":\"first\"}\n");
    server.open("seen");
    let outcome = running.outcome();
    assert_eq!(outcome.code, 0);
    assert_eq!(lines(&outcome)[0]["session"], Value::Null);
}

#[test]
fn jsonl_reports_a_retry_and_an_error() {
    let busy = || {
        let error = json!({"error": {"message": "slow down", "code": "limit_requests"}, "request_id": "r-1"});
        Connection::new()
            .expect("POST", CHAT)
            .json_with(429, &[("retry-after", "0")], &error)
    };
    let server = Server::plays([busy(), busy()]);
    let outcome = complete(&["--format", "jsonl", "--retries", "1", "hi"])
        .server(&server)
        .run();
    let message = "the server refuses for now (429): slow down";
    assert_eq!(outcome.code, 4);
    let hint = "limits are per minute and model: wait a little, or choose another model with -m";
    assert_eq!(
        outcome.stderr,
        format!(
            "notice: {message}; retrying in 0 s\nerror: {message} (after 2 tries)\nhint: {hint}\n\
             server: code limit_requests, request id r-1\n"
        )
    );
    assert_eq!(
        lines(&outcome),
        [
            json!({"type": "start", "provider": "dashscope", "model": "qwen-max", "session": "[id]"}),
            json!({"type": "notice", "message": format!("{message}; retrying in 0 s")}),
            json!({"type": "error", "kind": "rate_limit", "message": format!("{message} (after 2 tries)"),
                "hint": hint, "code": "limit_requests", "request_id": "r-1", "exit_code": 4}),
        ]
    );
}

#[test]
fn thinking_is_shown_on_stderr_when_it_is_wanted() {
    let thinks = || {
        let script = Connection::new().expect("POST", CHAT).stream_head();
        let script = script.sse(chunk(json!({"reasoning_content": "Hm, "}), None));
        let script = script.sse(chunk(json!({"reasoning_content": "yes."}), None));
        Server::plays([script.deltas(&["Yes"]).sse(end("stop")).done()])
    };
    complete(&["--show-thinking", "always", "hi"])
        .server(&thinks())
        .run()
        .expect(0, "Yes\n", "Hm, yes.\n");
    for args in [&["hi"][..], &["--show-thinking", "never", "hi"]] {
        complete(args).server(&thinks()).run().expect_answer("Yes\n");
    }
}
