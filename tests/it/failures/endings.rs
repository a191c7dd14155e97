//! Answers that end, but not as one would wish; and very long ones.

use serde_json::json;

use super::{ask, post, stream, told};
use crate::fixtures::{Cut, Fixture};
use crate::server::{chunk, end, text};

#[test]
fn an_answer_cut_by_the_token_limit_exits_0_with_a_notice() {
    let outcome = told(&[], [stream().deltas(&["half of"]).sse(end("length")).done()]);
    let notice = "notice: the answer was cut by the token limit; --max-tokens allows for more\n";
    outcome.expect(0, "half of\n", notice);
    let outcome = told(&["-q"], [stream().deltas(&["half of"]).sse(end("length")).done()]);
    outcome.expect_answer("half of\n");
}

#[test]
fn an_answer_without_text_exits_0_with_a_notice() {
    told(&[], [stream().sse(end("stop")).done()]).expect(0, "", "notice: the model's answer is empty\n");
}

#[test]
fn thinking_without_an_answer_says_so() {
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
    let notices = "notice: the model wanted to call a tool; there is none, so the call was left out\n\
                   notice: the answer held nothing but a tool call\n";
    for case in ["stream-tools", "stream-tools-parallel"] {
        let script = post().fixture(&Fixture::read("openai", case), Cut::Random(9));
        told(&[], [script]).expect(0, "", notices);
    }
    let script = post().fixture(&Fixture::read("openai", "chat-tools"), Cut::Whole);
    told(&["--no-stream"], [script]).expect(0, "", notices);
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
fn an_end_of_another_name_is_an_end() {
    let outcome = told(&["--format", "json"], [stream().deltas(&["x"]).sse(end("eos")).done()]);
    assert_eq!((outcome.code, &outcome.json()["finish_reason"]), (0, &json!("eos")));
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
        "error: the server's reply made no sense: one piece of it is over 16 MiB; the answer is incomplete\n",
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
        "error: the server's reply made no sense: one piece of it is over 16 MiB\n",
    );
}
