//! Conversations over several runs: the site keeps its side, and may lose it.

use serde_json::json;

use super::*;

#[test]
fn the_next_run_asks_under_the_last_answer() {
    let server = Server::plays([opens(), answers("plain"), answers("plain")]);
    let qwen = web(&server, &["complete", "-s", "Be brief.", "Say hello."]);
    qwen.run().expect_answer(HELLO);
    let again = ["-p", "web", "-m", "qwen3.7-plus", "complete", "-c", "Again, please."];
    qwen.args(again).run().expect_answer(HELLO);
    let requests = server.finish();
    let asked = requests[2].json();
    assert_eq!((&asked["chat_id"], &asked["parent_id"]), (&json!(CHAT), &json!(ANSWER)));
    assert_eq!(asked["messages"][0]["parentId"], json!(ANSWER));
    assert_eq!(asked["messages"][0]["content"], "Again, please.");
}

#[test]
fn ctrl_c_before_an_answer_has_begun_stops_no_older_one() {
    let silent = Connection::new().expect("POST", ASK).stall();
    let server = Server::plays([opens(), answers("plain"), silent]);
    let qwen = web(&server, &["complete", "Say hello."]);
    qwen.run().expect_answer(HELLO);
    let again = ["-p", "web", "-m", "qwen3.7-plus", "complete", "-c", "Again."];
    let running = qwen.args(again).spawn();
    server.wait_requests(3);
    running.signal(crate::running::Signal::INT);
    running.outcome().expect(130, "", "error: interrupted\n");
    server.finish();
}

#[test]
fn a_chat_the_site_has_lost_is_continued_in_a_new_one() {
    let server = Server::plays([
        opens(),
        answers("plain"),
        answers("200-not-found"),
        opens(),
        answers("plain"),
    ]);
    let qwen = web(&server, &["complete", "Say hello."]);
    qwen.run().expect_answer(HELLO);
    let again = ["-p", "web", "-m", "qwen3.7-plus", "complete", "-c", "Again, please."];
    qwen.args(again).run().expect(
        0,
        HELLO,
        "notice: the site no longer has this chat (404): CHAT_NOT_FOUND; continuing in a new one\n\
         notice: chat.qwen.ai does not know this conversation: its 2 earlier messages are sent along as text\n",
    );
    let asked = server.finish()[4].json();
    assert_eq!(asked["parent_id"], json!(null));
    let text = asked["messages"][0]["content"].as_str().unwrap();
    assert!(
        text.contains("User: Say hello.")
            && text.contains("Assistant: Hello, world!")
            && text.ends_with("Again, please."),
        "{text}"
    );
}

#[test]
fn a_chat_that_was_deleted_is_not_asked_in_again() {
    let server = Server::plays([
        opens(),
        answers("plain"),
        Connection::new().expect("DELETE", DELETE).json(200, &done()),
        opens(),
        answers("plain"),
    ]);
    let qwen = web(&server, &["complete", "--delete-chat", "Say hello."]);
    qwen.run().expect_answer(HELLO);
    let again = ["-p", "web", "-m", "qwen3.7-plus", "-q", "complete", "-c", "Again."];
    qwen.args(again).run().expect_answer(HELLO);
    server.finish();
}

#[test]
fn another_answer_in_the_same_chat_is_waited_for() {
    let busy = json!({"success": false, "data": {"code": "Bad_Request", "details": "The chat is in progress!"}});
    let server = Server::plays([
        opens(),
        Connection::new().expect("POST", ASK).json_with(
            200,
            &[("retry-after", "0"), ("x-actual-status-code", "400")],
            &busy,
        ),
        answers("plain"),
    ]);
    web(&server, &["complete", "hi"]).run().expect(
        0,
        HELLO,
        "notice: an earlier answer in this chat is still running (400): The chat is in progress!; retrying in 0 s\n",
    );
    server.finish();
}

#[test]
fn a_turn_that_failed_leaves_the_chat_where_it_was() {
    let server = Server::plays([opens(), answers("plain"), answers("200-ratelimited"), answers("plain")]);
    let qwen = web(&server, &["complete", "Say hello."]);
    qwen.run().expect_answer(HELLO);
    let again = ["-p", "web", "-m", "qwen3.7-plus", "complete", "-c", "Again."];
    let qwen = qwen.args(again);
    assert_eq!(qwen.run().code, 4);
    qwen.run().expect_answer(HELLO);
    let requests = server.finish();
    assert_eq!(requests[3].json()["parent_id"], json!(ANSWER));
}

/// One line after the other, each in a chat that is removed afterwards.
#[test]
fn a_batch_asks_one_line_at_a_time_and_leaves_no_chat() {
    let delete = || Connection::new().expect("DELETE", DELETE).json(200, &done());
    let server = Server::plays([opens(), answers("plain"), delete(), opens(), answers("plain"), delete()]);
    let qwen = web(&server, &["batch", "run", "in.txt", "--format", "text"]).file("in.txt", "one\ntwo\n");
    qwen.run().expect_answer(format!("{HELLO}{HELLO}"));
    server.finish();
}
