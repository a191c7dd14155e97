//! What is written at the prompt goes out as it was written, or stays.

use rustix::process::Signal;

use super::{PROMPT, answering, asked, at_prompt, begun, chat, last, messages};
use crate::harness::Qwen;
use crate::pty::Pty;
use crate::server::{Recorded, Server};

const PNG: &[u8] = include_bytes!("../../fixtures/pictures/grey-16.png");

fn paste(text: &str) -> String {
    format!("\x1b[200~{text}\x1b[201~")
}

/// Pastes `text` at a fresh prompt, presses Enter, and gives the one message that was sent.
#[track_caller]
fn sent(qwen: &Qwen, server: &Server, text: &str) -> String {
    let mut pty = begun(qwen);
    pty.type_keys(&paste(text)).type_keys("\r").wait_for("answer 1");
    at_prompt(&mut pty);
    last(&server.request())
}

/// Waits until the line being written is this one.
#[track_caller]
fn stands(pty: &mut Pty, line: &str) {
    pty.wait_screen("the line at the prompt", |screen| {
        screen.trim_end().ends_with(&format!("{PROMPT} {line}"))
    });
}

/// How many pictures are in the last message, and its text.
fn pictures(request: &Recorded) -> (usize, String) {
    let body = request.json();
    let parts = body["messages"].as_array().unwrap().last().unwrap()["content"].clone();
    let parts = parts.as_array().expect("there is no picture");
    let is_picture = |part: &&serde_json::Value| part.get("image_url").is_some();
    let text = parts.last().unwrap()["text"].as_str().unwrap().to_owned();
    (parts.iter().filter(is_picture).count(), text)
}

#[test]
fn options_alone_are_those_of_chat_on_a_terminal() {
    let server = answering(1);
    let mut pty = begun(&Qwen::new().args(["-s", "Be brief."]).server(&server));
    pty.type_keys("hi\r").wait_for("answer 1");
    let sent = messages(&server.request());
    assert_eq!(sent[0], ("system".to_owned(), "Be brief.".to_owned()));
}

#[test]
fn words_that_begin_with_at_and_are_no_path_are_sent() {
    let server = answering(2);
    let mut pty = begun(&chat(&server).file("types/x.ts", ""));
    let message =
        "upgrade @angular/core? @app.get(\"/x\") @alice @media (max-width: 1px) @/lib/utils @\"hi\" me@example.com";
    pty.type_keys(&format!("{message}\r")).wait_for("answer 1");
    at_prompt(&mut pty);
    assert_eq!(last(&server.requests()[0]), message);
    assert!(!pty.screen().contains("notice"), "{}", pty.screen());
    pty.type_keys("see @none.txt and @types\r")
        .wait_for("notice: no such file: none.txt; it is sent as text")
        .wait_for("notice: types is a folder; @types/ attaches the text files in it")
        .wait_for("answer 2");
    assert_eq!(last(&server.requests()[1]), "see @none.txt and @types");
}

#[test]
fn a_path_ends_before_chinese_punctuation() {
    let server = answering(1);
    let mut pty = begun(&chat(&server).file("n.txt", "内容\n"));
    pty.type_keys("看 @n.txt，然后＠n.txt。说\r").wait_for("answer 1");
    let file = "n.txt:\n```txt\n内容\n```\n\n";
    assert_eq!(
        last(&server.request()),
        format!("{file}{file}看 @n.txt，然后＠n.txt。说")
    );
}

#[test]
fn a_slip_in_a_path_is_asked_about_and_sent_the_second_time() {
    let server = answering(1);
    let mut pty = begun(&chat(&server).file("src/main.rs", ""));
    pty.type_keys("see @src/mian.rs\r")
        .wait_for("error: there is no file src/mian.rs")
        .wait_for("press Enter to send the message as it is");
    stands(&mut pty, "see @src/mian.rs");
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "see @src/mian.rs");
}

#[test]
fn quotes_that_were_pasted_are_sent() {
    let text = "\"\"\"\nModule doc\n\"\"\"\nimport x";
    let server = answering(1);
    assert_eq!(sent(&chat(&server), &server, &format!("{text}\n")), text);
    // Without brackets too.
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("\"\"\"\nModule doc\n\"\"\"\nimport x".replace('\n', "\r").as_str())
        .wait_for("import x");
    // The pause that a hand makes and a paste does not; no waiting for the program.
    std::thread::sleep(std::time::Duration::from_millis(100));
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), text);
    // And inside a block that was typed.
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("\"\"\"\r")
        .type_keys(&paste(text))
        .type_keys("\r\"\"\"\r")
        .wait_for("answer 1");
    assert_eq!(last(&server.request()), text);
}

#[test]
fn a_sentence_about_a_docstring_is_sent_with_its_quotes() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("\"\"\"A doc.\"\"\" is what?\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "\"\"\"A doc.\"\"\" is what?");
}

#[test]
fn a_block_is_the_same_message_when_it_is_recalled() {
    let server = answering(2);
    let mut pty = begun(&chat(&server));
    pty.type_keys("\"\"\"/help is\r\ra command\x04\"\"\"\r")
        .wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("\x1b[A")
        .wait_screen("the block", |screen| screen.trim_end().ends_with("\"\"\""));
    pty.type_keys("\r").wait_for("answer 2");
    for request in server.requests() {
        assert_eq!(last(&request), "/help is\n\na command");
    }
}

#[test]
fn pasted_text_that_ends_in_a_backslash_is_sent_with_it() {
    let server = answering(1);
    assert_eq!(
        sent(&chat(&server), &server, "curl a \\\n  -d b \\"),
        "curl a \\\n  -d b \\"
    );
}

#[test]
fn a_command_that_takes_nothing_does_nothing_with_words() {
    let server = answering(2);
    let mut pty = begun(&chat(&server));
    pty.type_keys("one\r").wait_for("answer 1");
    at_prompt(&mut pty);
    for (line, name) in [
        ("/new features in Rust?", "new"),
        ("/clear all", "clear"),
        ("/compact now", "compact"),
        ("/undo 2", "undo"),
        ("/fork x", "fork"),
        ("/help me", "help"),
        ("/usage x", "usage"),
        ("/exit code 1 means what?", "exit"),
    ] {
        pty.type_keys(&format!("{line}\r"))
            .wait_for(&format!("/{name} takes no argument; `//` begins a message with `/`"));
        stands(&mut pty, line);
        pty.type_keys("\x15");
        at_prompt(&mut pty);
    }
    pty.type_keys("/exit code 1 means what?\r")
        .wait_screen("the line", |screen| {
            screen.matches("/exit takes no argument").count() == 2
        });
    stands(&mut pty, "/exit code 1 means what?");
    pty.type_keys("\x01/\r").wait_for("answer 2");
    let said: Vec<String> = messages(&server.requests()[1])
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(said, ["one", "answer 1", "/exit code 1 means what?"]);
}

#[test]
fn arguments_that_cannot_be_right_change_nothing() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    for (line, told) in [
        ("/model /s", "\"/s\" is not a model name"),
        ("/model a b c", "\"a b c\" is not a model name"),
        ("/export all of it", "/export writes a .md, .json or .html file"),
    ] {
        if line.starts_with("/export") {
            pty.type_keys("hi\r").wait_for("answer 1");
            at_prompt(&mut pty);
        }
        pty.type_keys(&format!("{line}\r")).wait_for(told);
        at_prompt(&mut pty);
    }
}

#[test]
fn text_that_begins_with_a_slash_and_is_no_command_is_sent() {
    for text in [
        "/* A */\nint x;",
        "/** doc */",
        "// a\nint x;",
        "/exit\nis what I typed",
        "! [rejected] main -> main",
        "/mod x",
    ] {
        let server = answering(1);
        assert_eq!(sent(&chat(&server), &server, text), text);
    }
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("/= is what?\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "/= is what?");
}

#[test]
fn a_system_message_may_have_several_lines() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("/system one\x1b\r\x1b\rtwo\r")
        .wait_for("system message set");
    at_prompt(&mut pty);
    pty.type_keys("go\r").wait_for("answer 1");
    assert_eq!(messages(&server.request())[0].1, "one\n\ntwo");
}

#[test]
fn a_pasted_path_is_the_picture_however_it_is_written() {
    for written in [
        "DIR/a b\u{202f}c's.png",
        "DIR/a b c's.png \n",
        "'DIR/a b\u{202f}c'\\''s.png'",
        "DIR/a\\ b\u{202f}c\\'s.png",
        "file://DIR/a%20b%E2%80%AFc's.png",
    ] {
        let server = answering(1);
        let qwen = chat(&server).file("a b\u{202f}c's.png", PNG);
        let text = written.replace("DIR", qwen.cwd().to_str().unwrap());
        let mut pty = begun(&qwen);
        pty.type_keys(&paste(&text))
            .type_keys("\r")
            .wait_for("as a picture")
            .wait_for("answer 1");
        assert_eq!(pictures(&server.request()), (1, text.trim_end().to_owned()));
    }
}

#[test]
fn several_paths_are_dropped_at_once() {
    let server = answering(1);
    let qwen = chat(&server)
        .file("a b.png", PNG)
        .file("c.png", PNG)
        .file("notes.txt", "the notes\n");
    let dir = qwen.cwd().to_str().unwrap().to_owned();
    let mut pty = begun(&qwen);
    pty.type_keys(&paste(&format!("'{dir}/a b.png' {dir}/c.png {dir}/notes.txt ")))
        .type_keys("\r")
        .wait_for("attached notes.txt as a file")
        .wait_for("answer 1");
    let (count, text) = pictures(&server.request());
    assert_eq!(count, 2);
    assert!(text.contains("```txt\nthe notes\n```\n"), "{text}");
}

#[test]
fn file_urls_and_quoted_names_are_paths() {
    let server = answering(1);
    let qwen = chat(&server)
        .file("a b.png", PNG)
        .file("it's.png", PNG)
        .file("100% c.txt", "c\n")
        .file("d e.txt", "d\n");
    let dir = qwen.cwd().to_str().unwrap().to_owned();
    let mut pty = begun(&qwen);
    pty.type_keys(&format!("/image file://{dir}/a%20b.png\r"))
        .wait_for("\n[a b.png]\n❯");
    pty.type_keys("/image 'it'\\''s.png'\r")
        .wait_for("\n[a b.png, it's.png]\n❯");
    pty.type_keys(&format!("/file file://localhost{dir}/100%25%20c.txt\r"))
        .wait_for("100% c.txt]\n❯");
    pty.type_keys(&format!("see @file://{dir}/d%20e.txt，please\r"))
        .wait_for("answer 1");
    let (count, text) = pictures(&server.request());
    assert_eq!(count, 2);
    assert!(
        text.contains("```txt\nc\n```\n") && text.contains("```txt\nd\n```\n"),
        "{text}"
    );
    assert!(
        text.ends_with(&format!("see @file://{dir}/d%20e.txt，please")),
        "{text}"
    );
}

#[test]
fn a_byte_that_is_not_utf8_leaves_the_line() {
    let server = answering(2);
    let mut pty = begun(&chat(&server));
    pty.type_keys("a long draft, caf").wait_for("caf");
    // What comes with it is not lost.
    pty.type_bytes(b"\xe9!").wait_bytes("\u{fffd}!");
    // A key of GB18030.
    pty.type_bytes(b"\xd6\xd0");
    pty.type_keys("\x7f\x7f\x7f au lait\r").wait_for("answer 1");
    assert_eq!(last(&server.requests()[0]), "a long draft, caf\u{fffd} au lait");
    at_prompt(&mut pty);
    // In the middle of the line, and in a paste.
    pty.type_keys("ac\x1b[D").type_bytes(b"\xe9!");
    pty.type_bytes(b"\x1b[200~b\r\nGr\xfc\xdf\x1b[201~");
    pty.type_keys("\r").wait_for("answer 2");
    assert_eq!(last(&server.requests()[1]), "a\u{fffd}!b\nGr\u{fffd}\u{fffd}c");
}

#[test]
fn a_draft_comes_back_by_up_after_the_terminal_closed() {
    let server = answering(0);
    let qwen = chat(&server);
    for (draft, signal, code) in [("half a thought", Signal::HUP, 129), ("another", Signal::TERM, 143)] {
        let mut pty = begun(&qwen);
        pty.type_keys(draft).wait_for(draft).signal(signal);
        assert_eq!(pty.exit_code(), code);
        let mut pty = begun(&qwen);
        pty.type_keys("\x1b[A");
        stands(&mut pty, draft);
    }
}

#[test]
fn a_message_whose_answer_fails_comes_back_by_up() {
    let server = Server::plays([
        asked().refuse(400, "invalid_parameter_error", "no"),
        asked().answer(&["answer 1"]),
    ]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("a long question\r").wait_for("error: ");
    at_prompt(&mut pty);
    pty.type_keys("\x1b[A");
    stands(&mut pty, "a long question");
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(last(&server.requests()[1]), "a long question");
}

#[test]
fn a_history_that_is_not_utf8_is_read_and_kept_on_with() {
    let server = answering(1);
    let qwen = chat(&server);
    let data = qwen.qwen_home().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let damaged = b"#V2\nfirst\ncaf\xe9\nlast\n";
    std::fs::write(data.join("history"), damaged).unwrap();
    let mut pty = begun(&qwen);
    pty.type_keys("\x1b[A");
    stands(&mut pty, "last");
    // The emulated terminal has no cell for the replacement character.
    pty.type_keys("\x1b[A").wait_bytes("caf\u{fffd}");
    pty.type_keys("\x15new\r").wait_for("answer 1");
    at_prompt(&mut pty);
    let kept = std::fs::read_to_string(data.join("history")).unwrap();
    assert_eq!(kept, "#V2\nfirst\ncaf\u{fffd}\nlast\nnew\n");
    assert_eq!(std::fs::read(data.join("history.damaged")).unwrap(), damaged);
}

#[test]
fn output_in_no_known_encoding_goes_along_as_it_was_shown() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("!printf 'a\\377\\n'\r")
        .wait_for("is sent with the next message");
    pty.type_keys("what?\r").wait_for("answer 1");
    assert_eq!(
        last(&server.request()),
        "$ printf 'a\\377\\n':\n```\na\u{fffd}\n```\n\nwhat?"
    );
}
