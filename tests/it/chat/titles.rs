//! Titles by the model.

use serde_json::json;

use super::{answering, asked, at_prompt, begun, chat, kept, last};
use crate::server::Server;

#[test]
fn the_model_gives_a_title_after_the_first_answer() {
    let server = Server::plays([
        asked().answer(&["answer 1"]),
        asked().answer(&["**Counting\u{1b}[2J to one.**\nmore"]),
        asked().answer(&["answer 3"]),
    ]);
    let qwen = chat(&server).config("titles = \"model\"\n");
    let mut pty = begun(&qwen);
    pty.type_keys("count to one\r").wait_for("answer 1");
    at_prompt(&mut pty);
    server.wait_ended(2);
    let request = server.requests()[1].json();
    assert_eq!(
        (&request["max_tokens"], &request["model"]),
        (&json!(60), &json!("qwen-max"))
    );
    let asked = last(&server.requests()[1]);
    assert!(asked.starts_with("Give this conversation a title"), "{asked}");
    assert!(asked.contains("count to one") && asked.contains("answer 1"), "{asked}");
    loop {
        match kept(&qwen).0.label() {
            "Counting[2J to one" => break,
            before => assert_eq!(before, "count to one"),
        }
    }
    pty.type_keys("and on\r").wait_for("answer 3");
    at_prompt(&mut pty);
    assert_eq!(server.requests().len(), 3);
    assert!(!pty.screen().contains("Counting"), "{}", pty.screen());
}

#[test]
fn a_title_that_fails_is_in_the_log_alone_and_none_is_asked_for_what_is_not_saved() {
    let server = Server::plays([
        asked().answer(&["answer 1"]),
        asked().refuse(400, "invalid_parameter_error", "no titles"),
    ]);
    let qwen = chat(&server).config("titles = \"model\"\n");
    let qwen = qwen.args(["chat", "--log-file", "log"]);
    let mut pty = begun(&qwen);
    pty.type_keys("count\r").wait_for("answer 1");
    at_prompt(&mut pty);
    server.wait_ended(2);
    while !String::from_utf8_lossy(&qwen.read("log")).contains(" 400") {}
    at_prompt(&mut pty);
    assert_eq!(kept(&qwen).0.label(), "count");
    assert!(!pty.screen().contains("no titles"), "{}", pty.screen());
    let server = answering(2);
    let qwen = chat(&server).config("titles = \"model\"\n").args(["chat", "--no-save"]);
    let mut pty = begun(&qwen);
    pty.type_keys("one\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("two\r").wait_for("answer 2");
    assert_eq!(last(&server.requests()[1]), "two");
}
