//! `chat` where stdin or stdout is no terminal.

use super::{PROMPT, answering, asked, last, messages, texts};
use crate::harness::Qwen;
use crate::server::Server;

const PROGRAM: &str = env!("CARGO_BIN_EXE_qwen");

#[test]
fn a_pipe_is_the_context_of_the_first_message_and_the_keyboard_asks_the_next() {
    let server = answering(2);
    let script = format!("printf '甲\\n乙\\n' | '{PROGRAM}' chat");
    let mut pty = Qwen::shell(&script).server(&server).pty(24, 80);
    pty.wait_for("\n[stdin]\n❯").type_keys("sum up\r").wait_for("answer 1");
    pty.wait_screen("a prompt", |screen| screen.trim_end().ends_with(PROMPT));
    pty.type_keys("again\r").wait_for("answer 2");
    let requests = server.requests();
    assert_eq!(last(&requests[0]), "sum up\n\n甲\n乙\n");
    assert_eq!(last(&requests[1]), "again");
}

#[test]
fn answers_go_into_a_pipe_byte_for_byte_while_the_keyboard_asks() {
    let server = Server::plays([asked().answer(&["**bold**\u{1b}[1m"])]);
    let script = format!("'{PROGRAM}' chat > out; echo over");
    let qwen = Qwen::shell(&script).server(&server);
    let mut pty = qwen.pty(24, 80);
    pty.wait_for(PROMPT).type_keys("hi\r").wait_for(" token");
    pty.wait_screen("a prompt", |screen| screen.trim_end().ends_with(PROMPT));
    pty.type_keys("\x04").wait_for("over");
    assert_eq!(qwen.read("out"), "**bold**\u{1b}[1m\n".as_bytes());
}

#[test]
fn without_a_terminal_too_the_files_of_options_go_with_the_first_message() {
    let server = answering(2);
    let qwen = Qwen::new()
        .args(["chat", "-f", "a.txt"])
        .file("a.txt", "words\n")
        .server(&server)
        .stdin("one\ntwo\n");
    qwen.run().expect_answer("answer 1\nanswer 2\n");
    let requests = server.requests();
    assert_eq!(last(&requests[0]), "a.txt:\n```txt\nwords\n```\n\none");
    assert_eq!(last(&requests[1]), "two");
}

#[test]
fn without_a_terminal_each_line_is_a_message() {
    let server = answering(2);
    let qwen = Qwen::new()
        .args(["chat"])
        .server(&server)
        .stdin("one\n\n/exit @/etc/passwd\n");
    qwen.run().expect_answer("answer 1\nanswer 2\n");
    let requests = server.requests();
    // A line that looks like a command is a message too: who wrote it need not be the user.
    let said: Vec<String> = messages(&requests[1]).into_iter().map(|(_, text)| text).collect();
    assert_eq!(said, ["one", "answer 1", "/exit @/etc/passwd"]);
    assert_eq!(texts(&qwen).len(), 4);
}

#[test]
fn without_a_terminal_a_line_has_an_end() {
    let server = answering(1);
    let qwen = Qwen::new().args(["chat"]).server(&server);
    let outcome = qwen.stdin([b"one\n", vec![b'a'; 65 << 20].as_slice()].concat()).run();
    assert_eq!(outcome.code, 2);
    assert_eq!(outcome.stdout, b"answer 1\n");
    assert_eq!(
        outcome.stderr,
        "error: a line of stdin is larger than 64 MiB\nhint: without a terminal, chat reads a message a line\n"
    );
}

#[test]
fn without_a_terminal_a_failure_ends_it_with_its_code() {
    let server = Server::plays([asked().refuse(401, "invalid_api_key", "no")]);
    let outcome = Qwen::new().args(["chat"]).server(&server).stdin("one\ntwo\n").run();
    assert_eq!(outcome.code, 3);
    assert_eq!(outcome.stdout, b"");
}

#[test]
fn without_a_terminal_a_conversation_is_continued() {
    let server = answering(2);
    let qwen = Qwen::new().args(["chat"]).server(&server).stdin("one");
    qwen.run().expect_answer("answer 1\n");
    qwen.clone()
        .args(["chat", "-c"])
        .stdin("two")
        .run()
        .expect_answer("answer 2\n");
    assert_eq!(texts(&qwen), ["one", "answer 1", "two", "answer 2"]);
}

#[test]
fn qwen_alone_is_chat_on_a_terminal_and_complete_in_a_pipe() {
    let server = answering(2);
    let qwen = Qwen::new().server(&server);
    let mut pty = qwen.pty(24, 80);
    pty.wait_for(PROMPT).type_keys("hi\r").wait_for("answer 1");
    qwen.stdin("one\ntwo\n").run().expect_answer("answer 2\n");
    assert_eq!(last(&server.requests()[1]), "one\ntwo\n");
}

#[test]
fn ctrl_c_ends_the_wait_for_a_silent_pipe() {
    for line in ["/file silent\r", "/image silent\r", "what is in @./silent?\r"] {
        let server = answering(1);
        let qwen = Qwen::new().args(["chat"]).server(&server);
        let pipe = qwen.cwd().join("silent");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let mut pty = qwen.pty(24, 80);
        pty.wait_for(PROMPT).type_keys(line);
        // It is open once it is read from the other end.
        let writer = std::fs::File::options().write(true).open(&pipe).unwrap();
        pty.type_keys("\x03");
        pty.wait_screen("a prompt again", |screen| screen.matches(PROMPT).count() == 2);
        drop(writer);
        // What was written stands there again, where it was a message.
        pty.type_keys("\x15\x0bhi\r").wait_for("answer 1");
        assert_eq!(last(&server.request()), "hi");
    }
}
