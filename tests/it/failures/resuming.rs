//! After the first token: a cut answer is continued, or its part is kept.

use serde_json::{Value, json};

use super::{ask, complete, post, stream, told};
use crate::fixtures::{Cut, Fixture};
use crate::harness::KEY;
use crate::server::{Connection, Recorded, Server, chunk, end, text, usage};

const STOPPED: &str = "the server ended the answer early";
const ON: &str = "continuing the answer in [time]";

/// The rest of an answer: head, deltas, usage, end.
fn rest(deltas: &[&str]) -> Connection {
    post().answer(deltas)
}

fn messages(request: &Recorded) -> Value {
    request.json()["messages"].clone()
}

#[test]
fn without_retries_a_cut_answer_stays_and_exits_5() {
    let cut = || stream().deltas(&["Spring", " is"]).end_chunks();
    told(&["--retries", "0"], [cut()]).expect(
        5,
        "Spring is\n",
        &format!("error: {STOPPED}; the answer is incomplete\n"),
    );
    // `[DONE]` without a reason is a cut too.
    told(&["--retries", "0"], [stream().deltas(&["Spring"]).done()]).expect(
        5,
        "Spring\n",
        &format!("error: {STOPPED}; the answer is incomplete\n"),
    );
}

#[test]
fn a_cut_answer_is_resumed_as_one() {
    let cut = stream().deltas(&["Spring", " is\n"]).end_chunks();
    let (outcome, requests) = ask(&["-s", "Be brief.", "-t", "0.5"], [cut, rest(&["here", ".\n"])]);
    outcome
        .steady()
        .expect(0, "Spring is\nhere.\n", &format!("notice: {STOPPED}; {ON}\n"));
    let mut expected = requests[0].json();
    let all = expected["messages"].as_array_mut().unwrap();
    all.push(json!({"role": "assistant", "content": "Spring is\n", "partial": true}));
    assert_eq!(requests[1].json(), expected);
    assert_eq!(requests[1].header("authorization"), requests[0].header("authorization"));
}

#[test]
fn an_answer_may_be_cut_more_than_once() {
    let cut = |deltas: &[&str]| stream().deltas(deltas).end_chunks();
    let args = ["--retries", "2"];
    let (outcome, requests) = ask(&args, [cut(&["a"]), cut(&["b"]), rest(&["c"])]);
    assert_eq!((outcome.code, outcome.text()), (0, "abc\n"));
    assert_eq!(messages(&requests[2])[1]["content"], "ab");
    let (outcome, _) = ask(&args, [cut(&["a"]), cut(&["b"]), cut(&["c"])]);
    let notice = format!("notice: {STOPPED}; {ON}\n");
    outcome.steady().expect(
        5,
        "abc\n",
        &format!(
            "{}error: {STOPPED} (after 3 tries); the answer is incomplete\n",
            notice.repeat(2)
        ),
    );
}

#[test]
fn the_json_counts_it_and_adds_the_tokens_up() {
    let cut = stream().deltas(&["a"]).sse(usage(5, 1)).end_chunks();
    let outcome = told(&["--format", "json", "-q"], [cut, rest(&["b", "c"])]);
    let object = outcome.json();
    assert_eq!(object["content"], "abc");
    assert_eq!((&object["attempts"], &object["resumed"]), (&json!(2), &json!(1)));
    assert_eq!(
        object["usage"],
        json!({"input_tokens": 10, "output_tokens": 3, "total_tokens": 13, "reasoning_tokens": 0, "cached_tokens": 0})
    );
}

/// No server repeats the text it was given: what looks like an echo is an answer that repeats itself.
#[test]
fn repeated_text_in_the_rest_of_an_answer_is_kept() {
    let before = "A sentence that was long enough to be known again, and";
    let refrain = "A line of verse that is said once.\nAnd the refrain, which comes again!\n";
    for (before, rest_of_it) in [
        (before, ["known again, ", "and then the end"]),
        (before, [before, " then the end"]),
        (refrain, ["And the refrain, which comes again!\n", "End."]),
    ] {
        let cut = stream().deltas(&[before]).end_chunks();
        let outcome = told(&["-q"], [cut, rest(&rest_of_it)]);
        outcome.expect_answer(format!("{before}{}\n", rest_of_it.concat()));
    }
}

#[test]
fn each_retry_resumes_from_all_text_so_far() {
    let cut = |delta: &str| stream().deltas(&[delta]).end_chunks();
    let scripts = [cut("la la la la la la la "), cut("la la la la "), rest(&["la."])];
    let (outcome, requests) = ask(&["-q"], scripts);
    let shown = "la ".repeat(11);
    outcome.expect_answer(format!("{shown}la.\n"));
    assert_eq!(messages(&requests[2])[1]["content"], shown);
    // The last try broke before its first word: those of the ones before it stay.
    let args = ["-q", "--retries", "2"];
    let outcome = told(&args, [cut("la la"), cut(" la"), stream().end_chunks()]);
    outcome.expect(
        5,
        "la la la\n",
        &format!("error: {STOPPED} (after 3 tries); the answer is incomplete\n"),
    );
}

#[test]
fn a_server_error_in_mid_answer_is_resumed() {
    let fault = json!({"error": {"message": "oops", "code": "internal_error"}, "request_id": "r-1"});
    let cut = || stream().deltas(&["Hel"]).sse(fault.clone()).end_chunks();
    let outcome = told(&[], [cut(), rest(&["lo"])]).steady();
    outcome.expect(0, "Hello\n", &format!("notice: the server failed (500): oops; {ON}\n"));
    told(&["--retries", "0"], [cut()]).expect(
        6,
        "Hel\n",
        "error: the server failed (500): oops; the answer is incomplete\n\
         hint: this is a server error; try again later\nserver: code internal_error, request id r-1\n",
    );
}

#[test]
fn a_filter_in_the_middle_is_final_and_exits_7() {
    let fixture = Fixture::read("openai", "stream-error-mid-inspection");
    let (outcome, requests) = ask(&[], [post().fixture(&fixture, Cut::Random(4))]);
    assert_eq!(requests.len(), 1);
    assert_eq!(outcome.code, 7);
    assert_eq!(
        outcome.text(),
        format!("{}\n", fixture.expected["text"].as_str().unwrap())
    );
    assert!(
        outcome
            .stderr
            .contains("; the answer is incomplete\nhint: the content filter stopped what the model made of it"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_reply_marked_partial_is_resumed() {
    let marked = [
        ("content-type", "text/event-stream"),
        ("X-DashScope-PartialResponse", "true"),
    ];
    let body = format!("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", text("Hel"), end("stop"));
    let outcome = told(&[], [post().body(200, &marked, &body, Cut::Whole), rest(&["lo"])]).steady();
    outcome.expect(0, "Hello\n", &format!("notice: {STOPPED}; {ON}\n"));
    // Without a stream too, and the rest without one.
    let fixture = Fixture::read("openai", "chat-partial-timeout");
    let whole = json!({"choices": [{"message": {"role": "assistant", "content": "界"}, "finish_reason": "stop"}]});
    let scripts = [post().fixture(&fixture, Cut::Whole), post().json(200, &whole)];
    let (outcome, requests) = ask(&["--no-stream"], scripts);
    outcome
        .steady()
        .expect(0, "Hello, 世界\n", &format!("notice: {STOPPED}; {ON}\n"));
    assert_eq!(
        requests[1].json(),
        json!({"model": "qwen-max", "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "Hello, 世", "partial": true},
        ]})
    );
}

#[test]
fn a_stalled_stream_is_cut_after_the_timeout() {
    let stalled = || stream().deltas(&["Hel"]).stall();
    told(&["--timeout", "0.3", "--retries", "0"], [stalled()]).expect(
        5,
        "Hel\n",
        "error: the server was silent for 0.3 s; the answer is incomplete\nhint: --timeout allows for more\n",
    );
    let outcome = told(&["--timeout", "0.3"], [stalled(), rest(&["lo"])]).steady();
    outcome.expect(
        0,
        "Hello\n",
        &format!("notice: the server was silent for [time]; {ON}\n"),
    );
    let outcome = told(&["--timeout", "0.3", "--retries", "0"], [post().stall()]);
    outcome.expect(
        5,
        "",
        "error: the server was silent for 0.3 s\nhint: --timeout allows for more\n",
    );
    let outcome = told(&["--timeout", "0.3", "--retries", "0"], [stream().stall()]);
    outcome.expect(
        5,
        "",
        "error: the server was silent for 0.3 s\nhint: --timeout allows for more\n",
    );
}

#[test]
fn keep_alives_count_as_life_but_not_for_ever() {
    // Thirty pauses between keep-alives are longer than the timeout.
    let script = stream()
        .pings(30)
        .deltas(&["Hel"])
        .pings(30)
        .deltas(&["lo"])
        .sse(end("stop"))
        .done();
    told(&["--timeout", "0.5", "--retries", "0"], [script]).expect_answer("Hello\n");
    let script = stream().deltas(&["Hel"]).pings_for_ever();
    told(&["--timeout", "0.2", "--retries", "0"], [script]).expect(
        5,
        "Hel\n",
        "error: the server sent nothing but keep-alives for too long; the answer is incomplete\n\
         hint: --timeout allows for more\n",
    );
}

#[test]
fn a_timeout_of_zero_waits() {
    let script = stream().pings(8).deltas(&["ok"]).sse(end("stop")).done();
    told(&["--timeout", "0", "--retries", "0"], [script]).expect_answer("ok\n");
}

/// Breaks the connection once the program has shown the text so far, then continues.
#[track_caller]
fn broken(args: &[&str], first: Connection, shown: &str, then: Option<Connection>) -> crate::outcome::Outcome {
    let server = Server::plays([first.gate("seen").reset()].into_iter().chain(then));
    let running = complete(args).server(&server).spawn();
    running.wait_stdout(shown);
    server.open("seen");
    let outcome = running.outcome().steady();
    server.finish();
    outcome
}

const RESET: &str = "the connection to 127.0.0.1:[port] dropped: connection reset by peer";

#[test]
fn a_reset_in_the_middle_of_a_payload_is_resumed() {
    let begun = || {
        stream()
            .deltas(&["Hel"])
            .bytes("200\r\ndata: {\"choices\":[{\"delta\":{\"cont")
    };
    broken(&[], begun(), "Hel", Some(rest(&["lo"]))).expect(0, "Hello\n", &format!("notice: {RESET}; {ON}\n"));
    broken(&["--retries", "0"], begun(), "Hel", None).expect(
        5,
        "Hel\n",
        &format!("error: {RESET}; the answer is incomplete\n"),
    );
}

#[test]
fn a_reset_inside_a_character_shows_no_half_of_it() {
    let mut part = b"200\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"".to_vec();
    part.extend(&"世".as_bytes()[..2]);
    let begun = stream().deltas(&["Hello, "]).bytes(part);
    broken(&[], begun, "Hello, ", Some(rest(&["世界"]))).expect(
        0,
        "Hello, 世界\n",
        &format!("notice: {RESET}; {ON}\n"),
    );
}

#[test]
fn a_refusal_of_the_rest_is_reported_with_the_cut() {
    let cut = stream().deltas(&["Hel"]).end_chunks();
    let no = post().refuse(400, "invalid_parameter_error", "partial mode is not supported");
    let outcome = told(&[], [cut, no]).steady();
    outcome.expect(
        5,
        "Hel\n",
        &format!(
            "notice: {STOPPED}; {ON}\n\
             error: {STOPPED}, and the answer could not be continued: the server refused the request (400): \
             partial mode is not supported; the answer is incomplete\n\
             server: code invalid_parameter_error, request id [id]\n"
        ),
    );
}

#[test]
fn an_answer_after_thoughts_is_resumed_without_thinking() {
    let cut = stream()
        .sse(chunk(json!({"reasoning_content": "Hm."}), None))
        .deltas(&["Hel"])
        .end_chunks();
    let (outcome, requests) = ask(&["-q"], [cut, rest(&["lo"])]);
    outcome.expect_answer("Hello\n");
    assert_eq!(requests[0].json().get("enable_thinking"), None);
    assert_eq!(requests[1].json()["enable_thinking"], false);
}

#[test]
fn an_answer_cut_while_it_was_thought_about_is_asked_again() {
    let cut = stream()
        .sse(chunk(json!({"reasoning_content": "Hm."}), None))
        .end_chunks();
    let again = stream()
        .sse(chunk(json!({"reasoning_content": "So."}), None))
        .deltas(&["Yes"])
        .sse(end("stop"))
        .done();
    let (outcome, requests) = ask(&["-q", "--format", "json"], [cut, again]);
    assert_eq!(requests[0].body, requests[1].body);
    let object = outcome.json();
    assert_eq!((&object["content"], &object["resumed"]), (&json!("Yes"), &json!(0)));
    assert_eq!(object["reasoning"], "So.");
}

/// An answer of 2 tokens of thought, cut, and then a whole one.
fn thought_twice() -> [Connection; 2] {
    let thought = |words: &str| stream().sse(chunk(json!({"reasoning_content": words}), None));
    [
        thought("Hm\n").sse(usage(5, 2)).end_chunks(),
        thought("So.").deltas(&["Yes"]).sse(end("stop")).sse(usage(5, 4)).done(),
    ]
}

#[test]
fn void_thoughts_are_stored_nowhere_and_their_tokens_are_counted() {
    let server = Server::plays(thought_twice());
    let qwen = complete(&["-q", "--format", "json"]).server(&server);
    let object = qwen.run().json();
    assert_eq!(
        (&object["usage"]["input_tokens"], &object["usage"]["output_tokens"]),
        (&json!(10), &json!(6))
    );
    assert_eq!(object["attempts"], 2);
    let last = qwen.args(["last", "--json"]).run().json().to_string();
    assert!(last.contains("So.") && !last.contains("Hm"), "{last}");
}

#[test]
fn void_thoughts_that_were_shown_get_a_notice() {
    let outcome = told(&["-q", "--format", "jsonl"], thought_twice());
    let lines: Vec<Value> = outcome
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let types: Vec<&str> = lines.iter().filter_map(|line| line["type"].as_str()).collect();
    assert_eq!(
        types,
        [
            "start",
            "thinking",
            "notice",
            "restarted",
            "thinking",
            "text",
            "usage",
            "done"
        ]
    );
    let outcome = told(&["--show-thinking", "always"], thought_twice()).steady();
    let told = format!("Hm\nnotice: {STOPPED}; retrying in [time]\nSo.\n");
    outcome.expect(0, "Yes\n", &told);
}

#[test]
fn thoughts_stay_where_no_others_replace_them() {
    let [cut, _] = thought_twice();
    let outcome = told(&["-q", "--retries", "1", "--format", "json"], [cut, post().close()]);
    assert_eq!(outcome.code, 5);
    assert_eq!(outcome.json()["reasoning"], "Hm\n");
}

#[test]
fn json_that_was_shown_is_not_resumed() {
    let cut = stream().deltas(&["{\"a\":"]).end_chunks();
    told(&["--json"], [cut]).expect(5, "{\"a\":\n", &format!("error: {STOPPED}; the answer is incomplete\n"));
}

#[test]
fn json_that_was_not_shown_is_requested_again() {
    let cut = || stream().deltas(&["{\"a\":"]).sse(usage(5, 1)).end_chunks();
    let args = ["-q", "--json", "--format", "json"];
    let server = Server::plays([cut(), rest(&["{\"b\"", ":1}"])]);
    let qwen = complete(&args).server(&server);
    let object = qwen.run().json();
    let requests = server.finish();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(
        (&object["content"], &object["resumed"]),
        (&json!("{\"b\":1}"), &json!(0))
    );
    assert_eq!(object["usage"]["total_tokens"], 13);
    qwen.args(["last"]).run().expect_answer("{\"b\":1}\n");
    // What came is not thrown away for nothing.
    let outcome = told(&[&args[..], &["--retries", "1"]].concat(), [cut(), post().close()]);
    assert_eq!((outcome.code, &outcome.json()["content"]), (5, &json!("{\"a\":")));
}

#[test]
fn the_rest_of_an_answer_that_was_cut_can_be_asked_for_later() {
    let server = Server::plays([stream().deltas(&["One,"]).end_chunks(), rest(&[" two", " three"])]);
    let qwen = complete(&["--retries", "0"]).server(&server);
    assert_eq!(qwen.run().code, 5);
    let again = qwen.clone().args(["complete", "-c", "--resume"]);
    let shown = again.clone().args(["complete", "-c", "--resume", "--dry-run"]).run();
    again.run().expect_answer(" two three\n");
    let requests = server.finish();
    let asked = json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "One,", "partial": true},
    ]);
    assert_eq!(messages(&requests[1]), asked);
    assert_eq!(shown.json()["body"]["messages"], asked);
    qwen.args(["last"]).run().expect_answer("One, two three\n");
    // Now it is whole.
    again.run().expect(
        2,
        "",
        "error: the last answer is complete: there is nothing to continue\n\
         hint: qwen complete -c \"your question\" goes on with the conversation\n",
    );
}

#[test]
fn an_answer_cut_before_its_first_word_is_not_said_to_be_complete() {
    let thought = chunk(json!({"reasoning_content": "Hm."}), None);
    let server = Server::plays([stream().sse(thought).end_chunks()]);
    let qwen = complete(&["--retries", "0"]).server(&server);
    assert_eq!(qwen.run().code, 5);
    qwen.clone().args(["complete", "-c", "--resume"]).run().expect(
        2,
        "",
        "error: no answer to continue\n\
         hint: qwen complete -c \"your question\" goes on with the conversation\n",
    );
}

#[test]
fn where_the_server_cannot_resume_the_model_is_asked_to_continue() {
    let server = Server::plays([stream().deltas(&["One,"]).close(), rest(&[" two"])]);
    let qwen = complete(&["-p", "local", "-m", "m", "--retries", "0"]).env("QWEN_CLI_BASE_URL", &server.base_url());
    assert_eq!(qwen.run().code, 5);
    let args = ["complete", "-p", "local", "-m", "m", "-c", "--resume"];
    qwen.clone().args(args).run().expect_answer(" two\n");
    let requests = server.finish();
    let all = messages(&requests[1]);
    assert_eq!(all[1], json!({"role": "assistant", "content": "One,"}));
    assert!(
        all[2]["content"]
            .as_str()
            .unwrap()
            .starts_with("Your answer was cut off.")
    );
    qwen.args(["last"]).run().expect_answer("One, two\n");
}

#[test]
fn a_generic_server_is_not_resumed_and_may_end_without_a_reason() {
    let local = |script: Connection| {
        let server = Server::plays([script]);
        complete(&["-p", "local", "-m", "m"])
            .env("QWEN_CLI_BASE_URL", &server.base_url())
            .env("OPENAI_API_KEY", KEY)
            .run()
            .steady()
    };
    let bare = json!({"choices": [{"delta": {"content": "Hello"}}]});
    local(stream().sse(bare).end_chunks()).expect(
        0,
        "Hello\n",
        "notice: the server did not say why the answer ended\n",
    );
    // A place for the reason that stays empty: the body was cut, in good order, by something on the way.
    local(stream().deltas(&["Hello"]).end_chunks()).expect(
        5,
        "Hello\n",
        "error: the server ended the answer early; the answer is incomplete\n",
    );
    local(stream().deltas(&["Hello"]).close()).expect(
        5,
        "Hello\n",
        "error: the connection to 127.0.0.1:[port] dropped: it was closed; the answer is incomplete\n",
    );
}

/// No model takes so much back; what came stays, and is kept.
#[test]
fn an_answer_too_long_to_be_sent_back_is_not_resumed() {
    let megabyte = "0123456789abcde\n".repeat(64 * 1024);
    let cut = || stream().deltas(&[megabyte.as_str(); 5]).end_chunks();
    let server = Server::plays([cut()]);
    let qwen = complete(&[]).server(&server);
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.text().len()), (5, 5 * megabyte.len()));
    assert_eq!(outcome.stderr, format!("error: {STOPPED}; the answer is incomplete\n"));
    assert_eq!(server.finish().len(), 1);
    let last = qwen.args(["last"]).run();
    assert!(last.text() == outcome.text(), "what was kept is not what was shown");
}
