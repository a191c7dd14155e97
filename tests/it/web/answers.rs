//! One question, one answer: the chat that is opened for it, stopped, and deleted.

use serde_json::json;

use super::*;
use crate::running::Signal;

#[test]
fn a_chat_is_opened_and_asked_with_token_and_cookie() {
    let server = Server::plays([opens(), answers("plain")]);
    let qwen = web(&server, &["complete", "-s", "Be brief.", "Say hello."]);
    qwen.run().expect_answer(HELLO);
    let requests = server.finish();
    for request in &requests {
        assert_eq!(request.header("authorization"), Some("Bearer PLACEHOLDER_TOKEN"));
        assert_eq!(
            request.header("cookie"),
            Some("token=PLACEHOLDER_TOKEN; cna=PLACEHOLDER")
        );
        assert_eq!(request.header("source"), Some("web"));
        assert!(request.header("version").is_some());
    }
    let opened = requests[0].json();
    assert_eq!(
        (&opened["models"], &opened["chat_mode"]),
        (&json!(["qwen3.7-plus"]), &json!("normal"))
    );
    let asked = requests[1].json();
    assert_eq!((&asked["chat_id"], &asked["parent_id"]), (&json!(CHAT), &json!(null)));
    assert_eq!(asked["messages"].as_array().unwrap().len(), 1);
    assert_eq!(asked["messages"][0]["content"], "Be brief.\n\nSay hello.");
}

#[test]
fn thinking_and_search_are_switches_and_ignored_options_are_noticed_once() {
    let server = Server::plays([opens(), answers("plain")]);
    let args = ["complete", "--think=4096", "--search", "-t", "0.3", "--seed", "7", "hi"];
    web(&server, &args).run().expect(
        0,
        HELLO,
        "notice: chat.qwen.ai has no place for --temperature, --seed; left out\n",
    );
    let requests = server.finish();
    let message = &requests[1].json()["messages"][0];
    assert_eq!(message["chat_type"], "search");
    assert_eq!(
        message["feature_config"],
        json!({"thinking_enabled": true, "output_schema": "phase", "research_mode": "normal", "auto_thinking": false,
            "thinking_mode": "Thinking", "auto_search": true, "thinking_format": "summary", "thinking_budget": 4096})
    );
}

#[test]
fn a_dry_run_shows_the_question_and_the_requests_before_it() {
    let server = Server::plays([]);
    let outcome = bare(&server, &["complete", "--dry-run", "hi"]).run();
    let notice = format!(
        "notice: a chat is opened first (POST {}/api/v2/chats/new); its id takes the place of NEW-CHAT\n",
        site(&server)
    );
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, notice.as_str()));
    let request = outcome.json();
    assert_eq!(
        request["url"],
        format!("{}/api/v2/chat/completions?chat_id=NEW-CHAT", site(&server))
    );
    assert_eq!(request["headers"]["Authorization"], "Bearer ***");
    assert_eq!(request["headers"]["Cookie"], "***");
    assert_eq!(request["body"]["model"], "qwen-max-latest");
    server.finish();
}

#[test]
fn opening_is_tried_again_as_an_answer_is() {
    let server = Server::plays([
        Connection::new()
            .expect("POST", OPEN)
            .json_with(500, &[("retry-after", "0")], &json!({"success": false})),
        opens(),
        answers("plain"),
    ]);
    web(&server, &["complete", "hi"])
        .run()
        .expect(0, HELLO, "notice: the site failed (500); retrying in 0 s\n");
    server.finish();
}

/// A site that sends a part of an answer, and the request that follows.
fn half_said() -> Server {
    Server::plays([
        opens(),
        Connection::new()
            .expect("POST", ASK)
            .stream_head()
            .sse(created())
            .sse(says("Hel"))
            .stall(),
        Connection::new()
            .expect("POST", STOP)
            .expect_body(|body| assert_eq!(*body, json!({"chat_id": CHAT, "response_id": ANSWER})))
            .json(200, &done()),
    ])
}

#[test]
fn ctrl_c_stops_the_answer_on_the_site_too() {
    let server = half_said();
    let running = web(&server, &["complete", "hi"]).spawn();
    running.wait_stdout("Hel");
    running.signal(Signal::INT);
    running
        .outcome()
        .expect(130, "Hel\n", "error: interrupted; the answer is incomplete\n");
    server.finish();
}

#[test]
fn a_closed_stdout_stops_it_as_well() {
    let server = half_said();
    let running = web(&server, &["complete", "hi"]).spawn();
    running.close_stdout_after("Hel");
    assert_eq!(running.outcome().code, 0);
    server.finish();
}

#[test]
fn a_site_that_does_not_hear_is_not_waited_for_long() {
    let server = Server::plays([
        opens(),
        Connection::new()
            .expect("POST", ASK)
            .stream_head()
            .sse(created())
            .sse(says("Hel"))
            .stall(),
        Connection::new().expect("POST", STOP).stall(),
    ]);
    let running = web(&server, &["complete", "hi"]).spawn();
    running.wait_stdout("Hel");
    running.signal(Signal::INT);
    assert_eq!(running.outcome().code, 130);
    server.finish();
}

#[test]
fn the_chat_is_deleted_after_a_one_shot_on_request_or_by_the_config() {
    let deleted = || {
        Server::plays([
            opens(),
            answers("plain"),
            Connection::new().expect("DELETE", DELETE).json(200, &done()),
        ])
    };
    let server = deleted();
    web(&server, &["complete", "--delete-chat", "hi"])
        .run()
        .expect_answer(HELLO);
    server.finish();
    let server = deleted();
    web(&server, &["complete", "hi"])
        .config("web_keep = false\n")
        .run()
        .expect_answer(HELLO);
    server.finish();
}

#[test]
fn a_chat_that_cannot_be_deleted_is_no_more_than_a_notice() {
    let server = Server::plays([
        opens(),
        answers("plain"),
        recorded(Connection::new().expect("DELETE", DELETE), "web", "internal"),
    ]);
    let outcome = web(&server, &["complete", "--delete-chat", "hi"]).run();
    assert_eq!((outcome.code, outcome.text()), (0, HELLO));
    assert!(
        outcome
            .stderr
            .starts_with("notice: the chat stays in the account's list: the site failed"),
        "{}",
        outcome.stderr
    );
    server.finish();
}

#[test]
fn a_stream_cut_before_its_end_leaves_a_partial_answer() {
    let server = Server::plays([opens(), answers("truncated")]);
    let outcome = web(&server, &["complete", "hi"]).run();
    assert_eq!(outcome.code, 5);
    assert!(!outcome.text().is_empty());
    assert!(
        outcome.stderr.contains("the answer is incomplete"),
        "{}",
        outcome.stderr
    );
    server.finish();
}

#[test]
fn an_answer_cut_in_its_first_frame_is_asked_for_again() {
    let head = [
        ("content-type", "text/event-stream"),
        ("connection", "close"),
        ("retry-after", "0"),
    ];
    let told = "notice: the server ended the answer early; retrying in 0 s\n";
    for start in ["data: {\"response.cre", ": ping\n\n", "event: x\n"] {
        let cut = Connection::new().expect("POST", ASK).head(200, &head).tail(start);
        let server = Server::plays([opens(), cut, answers("plain")]);
        web(&server, &["complete", "hi"]).run().expect(0, HELLO, told);
        server.finish();
    }
}
