//! Folders and patterns in a message: the text files they name go along.

use super::{answering, asked, at_prompt, begun, chat, last};
use crate::harness::Qwen;
use crate::server::Server;

const PNG: &[u8] = include_bytes!("../../fixtures/pictures/grey-16.png");

/// With a folder of sources, an ignored file, a picture and a hidden file in it.
fn with_sources(server: &Server) -> Qwen {
    chat(server)
        .file(".gitignore", "*.log\n")
        .file("src/main.rs", "fn main() {}\n")
        .file("src/deep/b.md", "# B\n")
        .file("src/x.log", "log\n")
        .file("src/.hidden", "hidden\n")
        .file("src/cat.png", PNG)
}

const BOTH: &str = "src/deep/b.md:\n```md\n# B\n```\n\nsrc/main.rs:\n```rs\nfn main() {}\n```\n\n";

#[test]
fn a_folder_and_a_pattern_in_a_message_attach_their_text_files() {
    let server = answering(4);
    let mut pty = begun(&with_sources(&server));
    pty.type_keys("what is in @src/?\r")
        .wait_for("notice: attached src/ (2 files)")
        .wait_for("notice: src/: one file is no text and was left out")
        .wait_for("answer 1");
    at_prompt(&mut pty);
    assert_eq!(last(&server.requests()[0]), format!("{BOTH}what is in @src/?"));
    pty.type_keys("看@src/**/*.md，讲什么\r").wait_for("answer 2");
    at_prompt(&mut pty);
    assert_eq!(
        last(&server.requests()[1]),
        "src/deep/b.md:\n```md\n# B\n```\n\n看@src/**/*.md，讲什么"
    );
    // A folder without its stroke may be a word, and so may a pattern without a match.
    pty.type_keys("@src and @*.py\r")
        .wait_for("notice: src is a folder; @src/ attaches the text files in it")
        .wait_for("answer 3");
    at_prompt(&mut pty);
    assert_eq!(last(&server.requests()[2]), "@src and @*.py");
    pty.type_keys("/file src\r").wait_for("\n[src/ (2 files)]\n");
    at_prompt(&mut pty);
    pty.type_keys("explain\r").wait_for("answer 4");
    assert_eq!(last(&server.requests()[3]), format!("{BOTH}explain"));
}

#[test]
fn more_than_two_hundred_files_are_asked_about() {
    let server = answering(2);
    let mut qwen = chat(&server);
    for n in 0..201 {
        qwen = qwen.file(&format!("many/{n:03}.txt"), "x\n");
    }
    let mut pty = begun(&qwen);
    pty.type_keys("count @many/\r")
        .wait_for("many/ has 201 text files, 0.1 MB. Attach them all? [y/N]");
    pty.type_keys("\r");
    pty.wait_screen("the message again", |screen| {
        screen.trim_end().ends_with("❯ count @many/")
    });
    assert_eq!(server.requests().len(), 0);
    pty.type_keys("\r").wait_screen("the question again", |screen| {
        screen.trim_end().ends_with("Attach them all? [y/N]")
    });
    pty.type_keys("y\r").wait_for("answer 1");
    at_prompt(&mut pty);
    assert_eq!(last(&server.request()).matches("```txt\nx\n```\n").count(), 201);
    pty.type_keys("/file many/*\r").wait_screen("the question", |screen| {
        screen.trim_end().ends_with("Attach them all? [y/N]")
    });
    pty.type_keys("n\r");
    at_prompt(&mut pty);
    pty.type_keys("alone\r").wait_for("answer 2");
    assert_eq!(last(&server.requests()[1]), "alone");
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_not_followed() {
    let server = Server::plays([asked().answer(&["answer 1"])]);
    let qwen = with_sources(&server);
    std::os::unix::fs::symlink("loop", qwen.cwd().join("src/loop")).unwrap();
    std::os::unix::fs::symlink("..", qwen.cwd().join("src/up")).unwrap();
    let mut pty = begun(&qwen);
    pty.type_keys("what is in @src/?\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), format!("{BOTH}what is in @src/?"));
}
