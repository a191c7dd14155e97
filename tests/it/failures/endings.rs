//! Answers that end, but not as one would wish; and very long ones.

use serde_json::json;

use super::{ask, complete, post, stream, told};
use crate::fixtures::{Cut, Fixture};
use crate::server::{Server, chunk, end, text, usage};

#[test]
fn an_answer_cut_by_the_token_limit_exits_0_with_a_notice() {
    let outcome = told(&[], [stream().deltas(&["half of"]).sse(end("length")).done()]);
    let notice = "notice: the answer was cut off at the token limit; raise it with --max-tokens\n";
    outcome.expect(0, "half of\n", notice);
    let outcome = told(&["-q"], [stream().deltas(&["half of"]).sse(end("length")).done()]);
    outcome.expect_answer("half of\n");
}

/// With `2>&1`, and on a terminal with `--raw`.
#[test]
fn notices_of_an_answer_are_on_a_line_of_their_own() {
    for (args, deltas, answer) in [
        (&[][..], &["half of"][..], "half of\n"),
        (&["-x"], &["```\nhalf", " of"], "half of\n"),
        (&[], &[], ""),
    ] {
        let server = Server::plays([stream().deltas(deltas).sse(end("length")).done()]);
        let shell = [
            "-c",
            "exec \"$0\" \"$@\" 2>&1",
            env!("CARGO_BIN_EXE_qwen"),
            "complete",
            "hi",
        ];
        let qwen = complete(&[]).server(&server).program("/bin/sh");
        let outcome = qwen.args([&shell, args].concat()).run();
        let notice = "notice: the answer was cut off at the token limit; raise it with --max-tokens\n";
        let empty = if answer.is_empty() {
            "notice: the model's answer is empty\n"
        } else {
            ""
        };
        outcome.expect(0, format!("{answer}{notice}{empty}"), "");
    }
}

#[test]
fn an_answer_without_text_exits_0_with_a_notice() {
    told(&[], [stream().sse(end("stop")).done()]).expect(0, "", "notice: the model's answer is empty\n");
}

#[test]
fn thinking_without_an_answer_gets_a_notice() {
    let script = stream()
        .sse(chunk(json!({"reasoning_content": "Hm."}), None))
        .sse(end("stop"))
        .done();
    told(&[], [script]).expect(
        0,
        "",
        "notice: the model sent thinking and no answer; --show-thinking always shows it, --no-think turns it off\n",
    );
}

#[test]
fn tool_calls_are_left_out_with_a_notice() {
    let notices = "notice: the model tried to call a tool; no tools are available, so the call was ignored\n\
                   notice: the answer contains only a tool call\n";
    for case in ["stream-tools", "stream-tools-parallel"] {
        let script = post().fixture(&Fixture::read("openai", case), Cut::Random(9));
        told(&[], [script]).expect(0, "", notices);
    }
    let script = post().fixture(&Fixture::read("openai", "chat-tools"), Cut::Whole);
    told(&["--no-stream"], [script]).expect(0, "", notices);
}

/// A piece of a call in a stream.
fn call_piece(arguments: &str) -> serde_json::Value {
    let function = json!({"name": "get_weather", "arguments": arguments});
    chunk(
        json!({"tool_calls": [{"index": 0, "id": "call_1", "function": function}]}),
        None,
    )
}

#[test]
fn half_a_call_is_no_call() {
    let half = || stream().sse(call_piece("{\"city\": ")).close();
    let whole = || stream().sse(call_piece("{}")).sse(end("tool_calls")).done();
    // Nothing was shown: the same is asked again.
    let (outcome, requests) = ask(&["-q"], [half(), whole()]);
    outcome.expect(0, "", "");
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].json(), requests[1].json());
    // The text before it is continued.
    let half = stream().deltas(&["I will "]).sse(call_piece("{\"city\": ")).close();
    let rest = stream().deltas(&["look."]).sse(call_piece("{}")).sse(end("tool_calls"));
    let (outcome, requests) = ask(&["-q"], [half, rest.done()]);
    outcome.expect(0, "I will look.\n", "");
    let messages = requests[1].json()["messages"].clone();
    assert_eq!(
        messages[1],
        json!({"role": "assistant", "content": "I will ", "partial": true})
    );
    // What follows the finish takes nothing away from a call either.
    let whole = stream().sse(call_piece("{}")).sse(end("tool_calls")).close();
    let (outcome, requests) = ask(&[], [whole]);
    let notices = "notice: the model tried to call a tool; no tools are available, so the call was ignored\n\
                   notice: the answer contains only a tool call\n";
    outcome.expect(0, "", notices);
    assert_eq!(requests.len(), 1);
}

#[test]
fn an_answer_ended_by_the_content_filter_exits_7() {
    let (outcome, requests) = ask(&[], [stream().deltas(&["half"]).sse(end("content_filter")).done()]);
    outcome.expect(
        7,
        "half\n",
        "error: the content filter stopped the answer; the answer is incomplete\nhint: reword the prompt\n",
    );
    assert_eq!(requests.len(), 1);
}

#[test]
fn usage_that_arrives_just_after_the_finish_counts() {
    let script = stream()
        .deltas(&["x"])
        .sse(end("stop"))
        .pings(3)
        .sse(usage(5, 1))
        .stall();
    let outcome = told(&["--format", "json"], [script]);
    assert_eq!((outcome.code, &outcome.json()["usage"]["total_tokens"]), (0, &json!(6)));
}

/// The transfer of a reply in one piece may break behind its last byte, too.
#[test]
fn a_whole_reply_in_one_piece_is_whole_however_its_transfer_ends() {
    let whole = json!({"choices": [{"message": {"content": "Alpha."}, "finish_reason": "stop"}]}).to_string();
    let length = (whole.len() + 9).to_string();
    let head = [
        ("content-type", "application/json"),
        ("content-length", length.as_str()),
    ];
    told(&["--no-stream"], [post().head(200, &head).tail(whole.clone()).close()]).expect_answer("Alpha.\n");
    let stalled = post().head(200, &head).tail(whole).stall();
    told(&["--no-stream", "--timeout", "0.5"], [stalled]).expect_answer("Alpha.\n");
}

#[test]
fn other_words_for_the_finish_reason_are_known() {
    let json = |word: &str| {
        let outcome = told(&["--format", "json"], [stream().deltas(&["x"]).sse(end(word)).done()]);
        (outcome.code, outcome.json()["finish_reason"].clone(), outcome.stderr)
    };
    assert_eq!(json("eos"), (0, json!("stop"), String::new()));
    let limit = "notice: the answer was cut off at the token limit; raise it with --max-tokens\n".to_owned();
    assert_eq!(json("max_tokens"), (0, json!("length"), limit));
    let own = "notice: the server ended the answer for an unknown reason: because\n".to_owned();
    assert_eq!(json("because"), (0, json!("because"), own));
    told(&[], [stream().deltas(&["half"]).sse(end("sensitive")).done()]).expect(
        7,
        "half\n",
        "error: the content filter stopped the answer; the answer is incomplete\nhint: reword the prompt\n",
    );
    told(
        &["--retries", "0"],
        [stream().deltas(&["half"]).sse(end("network_error")).done()],
    )
    .expect(
        6,
        "half\n",
        "error: the server failed: network_error; the answer is incomplete\n\
         hint: this is a server error; try again later\n",
    );
}

#[test]
fn an_error_beside_an_answer_is_reported_and_a_rate_limit_retried() {
    let limited = json!({"choices": [], "error": {"code": 429, "message": "Rate limit exceeded"}});
    let script = || stream().sse(limited.clone()).done();
    let outcome = told(&["--retries", "0"], [script()]);
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(
        outcome
            .stderr
            .starts_with("error: the server refuses for now (429): Rate limit exceeded\n"),
        "{outcome:?}"
    );
    // The time until then is the limit's.
    let outcome = told(&["--retries", "1"], [script(), post().answer(&["ok"])]).steady();
    assert_eq!((outcome.code, outcome.text()), (0, "ok\n"), "{outcome:?}");
    let waited = "notice: the server refuses for now (429): Rate limit exceeded; retrying in [time]";
    assert!(outcome.stderr.starts_with(waited), "{outcome:?}");
}

/// The text of a reply before its error is printed.
#[test]
fn the_text_of_a_whole_reply_that_failed_is_shown() {
    let error = json!({"code": 502, "message": "upstream is gone"});
    let body = json!({"choices": [{"message": {"content": "half"}, "finish_reason": "error", "error": error}]});
    let outcome = told(&["--no-stream", "--retries", "0"], [post().json(200, &body)]);
    assert_eq!((outcome.code, outcome.text()), (6, "half\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("(502): upstream is gone"), "{outcome:?}");
}

#[test]
fn one_delta_may_have_three_megabytes() {
    let long = "0123456789abcdef".repeat(3 * 1024 * 64);
    let body = format!("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", text(&long), end("stop"));
    let head = [("content-type", "text/event-stream")];
    let script = post().body(200, &head, body, Cut::Sizes(vec![60_000]));
    let outcome = told(&[], [script]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(outcome.stdout.len(), long.len() + 1);
    assert!(outcome.stdout.starts_with(long.as_bytes()));
}

#[test]
fn a_line_without_end_is_refused_at_16_mebibytes() {
    let mut script = stream().deltas(&["text"]).chunk("data: {\"choices\":[");
    let piece = format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20));
    for _ in 0..17 {
        script = script.tail(piece.clone());
    }
    told(&[], [script]).expect(
        6,
        "text\n",
        "error: could not parse the server's response: one part of it is over 16 MiB; the answer is incomplete\n",
    );
}

#[test]
fn a_reply_of_one_piece_is_refused_at_16_mebibytes_too() {
    let piece = format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20));
    let mut script = post().head(
        200,
        &[
            ("content-type", "application/json"),
            ("transfer-encoding", "chunked"),
            ("connection", "close"),
        ],
    );
    script = script.chunk("{\"choices\":[");
    for _ in 0..17 {
        script = script.tail(piece.clone());
    }
    told(&["--no-stream"], [script]).expect(
        6,
        "",
        "error: could not parse the server's response: one part of it is over 16 MiB\n",
    );
}
