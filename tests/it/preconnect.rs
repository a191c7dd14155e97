//! The connection that is there before the question: when it is opened, and when it is not.

use serde_json::json;

use crate::harness::Qwen;
use crate::pty::Pty;
use crate::server::{CHAT, Connection, Server, end, text};

/// An answer after which the connection stays open. Its length is announced, so that it is whole with its last byte.
fn answer(script: Connection, words: &str) -> Connection {
    let body = format!("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", text(words), end("stop"));
    let length = body.len().to_string();
    let head = [("content-type", "text/event-stream"), ("content-length", &length)];
    script.expect("POST", CHAT).head(200, &head).tail(body.into_bytes())
}

fn complete(server: &Server, args: &[&str]) -> Qwen {
    Qwen::new().args([&["complete"], args].concat()).server(server)
}

/// `chat` at its prompt.
#[track_caller]
fn chat(server: &Server) -> Pty {
    let mut pty = Qwen::new().args(["chat"]).server(server).pty(24, 80);
    pty.wait_for("❯");
    pty
}

#[test]
fn it_is_opened_while_standard_input_is_read() {
    let server = Server::answers(&["fine"]);
    let running = complete(&server, &["how is this?"]).spawn_open();
    server.wait_opened(1);
    assert_eq!(server.requests().len(), 0);
    running.write_stdin("some text\n");
    running.close_stdin();
    running.outcome().expect_answer("fine\n");
    assert_eq!(server.opened(), 1);
    let sent = server.request().json();
    assert_eq!(sent["messages"][0]["content"], json!("how is this?\n\nsome text\n"));
}

#[test]
fn it_is_opened_when_a_message_is_begun_and_serves_every_turn() {
    let server = Server::plays([answer(answer(Connection::new(), "answer 1"), "answer 2")]);
    let mut pty = chat(&server);
    // A command is no message.
    pty.type_keys("/hel").wait_for("❯ /hel");
    assert_eq!(server.opened(), 0);
    pty.type_keys("\x15").wait_gone("❯ /hel");
    assert_eq!(server.opened(), 0);
    pty.type_keys("h");
    server.wait_opened(1);
    assert_eq!(server.requests().len(), 0);
    pty.type_keys("i\r").wait_for("answer 1");
    pty.wait_screen("the prompt", |screen| screen.trim_end().ends_with('❯'));
    pty.type_keys("and?\r").wait_for("answer 2");
    assert_eq!(server.opened(), 1);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn one_that_the_server_closes_while_it_is_idle_is_opened_again() {
    // The first is closed before anything is asked on it, the second after an answer.
    let server = Server::plays([
        Connection::new(),
        answer(Connection::new(), "answer 1"),
        answer(Connection::new(), "answer 2"),
    ]);
    let mut pty = chat(&server);
    pty.type_keys("h");
    server.wait_ended(1);
    pty.type_keys("i\r").wait_for("answer 1");
    server.wait_ended(2);
    pty.type_keys("and?\r").wait_for("answer 2");
    let all = pty.scrollback();
    assert!(!all.contains("notice:") && !all.contains("error:"), "{all}");
    assert_eq!(server.opened(), 3);
}

#[test]
fn one_that_no_question_came_for_is_closed() {
    let server = Server::answers(&["never asked"]);
    let mut pty = chat(&server);
    pty.type_keys("h");
    server.wait_opened(1);
    pty.type_keys("\x15\x04");
    assert_eq!(pty.exit_code(), 0);
    server.wait_unused(1);
    complete(&server, &["hi"]).run().expect_answer("never asked\n");
}

#[test]
fn where_none_can_be_opened_the_question_says_so() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}/v1");
    let qwen = Qwen::new().args(["chat", "-p", "local", "-m", "m", "--base-url", &url, "--retries", "0"]);
    let mut pty = qwen.pty(24, 80);
    pty.wait_for("❯").type_keys("hi").wait_for("❯ hi");
    pty.type_keys(" there").wait_for("❯ hi there");
    assert!(!pty.scrollback().contains("error:"), "{}", pty.scrollback());
    pty.type_keys("\r").wait_for("connection refused");
}

#[test]
fn none_is_opened_where_nothing_may_be_sent() {
    let server = Server::plays([]);
    let shown = complete(&server, &["--dry-run", "hi"]).stdin("text").run();
    assert_eq!((shown.code, server.opened()), (0, 0));
}

#[test]
fn none_is_opened_for_an_answer_of_the_cache() {
    let server = Server::plays([answer(Connection::new(), "Hello")]);
    let qwen = complete(&server, &["-q", "--cache", "hi"]);
    qwen.run().expect_answer("Hello\n");
    qwen.run().expect_answer("Hello\n");
    assert_eq!(server.opened(), 1);
}

#[test]
fn a_conversation_that_is_continued_has_it_too() {
    let server = Server::plays([
        answer(Connection::new(), "answer 1"),
        answer(Connection::new(), "answer 2"),
    ]);
    let qwen = complete(&server, &["-q", "hi"]);
    qwen.run().expect_answer("answer 1\n");
    let running = qwen.args(["complete", "-q", "-c", "and this?"]).spawn_open();
    server.wait_opened(2);
    assert_eq!(server.requests().len(), 1);
    running.close_stdin();
    running.outcome().expect_answer("answer 2\n");
}
