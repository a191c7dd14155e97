//! `/view`: the last answer in a pager.

use super::{answering, asked, at_prompt, begun, chat};
use crate::server::Server;

/// A pager that keeps what it gets and the options it gets it with.
const PAGER: &str = "#!/bin/sh\ncat > shown\nprintf %s \"$LESS\" > options\necho the pager was here\n";

#[cfg(unix)]
#[test]
fn an_answer_is_drawn_for_a_pager_that_passes_colours_on() {
    let server = Server::plays([asked().answer(&["one **bold** word\n\n```rs\nfn f() {}\n```\n"])]);
    let qwen = chat(&server)
        .file("less", PAGER)
        .env("PAGER", "./less")
        .env("LESS", "FX");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(qwen.cwd().join("less"), mode).unwrap();
    let mut pty = begun(&qwen);
    pty.type_keys("/view\r").wait_for("there is no answer to show");
    at_prompt(&mut pty);
    pty.type_keys("go\r").wait_for("fn f()");
    at_prompt(&mut pty);
    pty.type_keys("/view\r").wait_for("the pager was here");
    at_prompt(&mut pty);
    let shown = String::from_utf8(qwen.read("shown")).unwrap();
    assert!(
        shown.contains("\x1b[1mbold") && shown.contains("── rs ── 1 ──"),
        "{shown:?}"
    );
    assert_eq!(qwen.read("options"), b"-R -FX");
}

#[test]
fn another_pager_gets_the_answer_as_it_was_written_and_safe() {
    let server = Server::plays([asked().answer(&["one **bold** \u{1b}[2Jword"])]);
    let qwen = chat(&server).file("less", PAGER).env("PAGER", "sh ./less");
    let mut pty = begun(&qwen);
    pty.type_keys("go\r").wait_for("word");
    at_prompt(&mut pty);
    pty.type_keys("/view\r").wait_for("the pager was here");
    at_prompt(&mut pty);
    assert_eq!(String::from_utf8(qwen.read("shown")).unwrap(), "one **bold** ␛[2Jword");
}

#[test]
fn a_pager_that_does_not_start_or_does_not_read_is_no_harm() {
    let server = answering(1);
    let mut pty = begun(&chat(&server).env("PAGER", "no-such-pager -x"));
    pty.type_keys("go\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("/view\r")
        .wait_for("error: cannot start the pager \"no-such-pager -x\": the command was not found")
        .wait_for("hint: $PAGER names the pager");
    at_prompt(&mut pty);
}

/// A home with one conversation: a file, a question of two lines, an answer with code.
fn with_a_conversation(answer: &str) -> crate::harness::Qwen {
    let server = Server::plays([asked().answer(&[answer])]);
    let qwen = chat(&server).file("notes.md", "# Notes\n");
    let asked = qwen.clone().args(["complete", "-f", "notes.md", "what is\n  this?"]);
    assert_eq!(asked.run().code, 0);
    server.finish();
    qwen
}

const ANSWER: &str = "It is **bold**:\n\n```rs\nfn f() {}\n```\n";

#[test]
fn a_conversation_that_is_opened_again_shows_its_last_exchange_as_it_looked() {
    let qwen = with_a_conversation(ANSWER);
    let mut pty = begun(&qwen.clone().args(["chat", "-c"]));
    at_prompt(&mut pty);
    let shown = pty.screen();
    let behind = shown
        .split_once("just now\n")
        .map_or("", |(_, behind)| behind)
        .trim_end();
    assert_eq!(
        behind,
        "\n[notes.md]\n❯ what is\n    this?\n\nIt is bold:\n\n── rs ── 1 ─────────────────────────────\nfn f() {}\n────────────────────────────────────────\n\n❯"
    );
    assert!(pty.formatted().contains("\x1b[1mwhat is"), "{:?}", pty.formatted());
    pty.type_keys("/new\r").wait_for("new conversation");
    at_prompt(&mut pty);
    pty.type_keys("/open 1\r")
        .wait_screen("the same", |screen| screen.matches("── rs ── 1 ──").count() == 2);
}

#[test]
fn of_a_long_answer_the_end_is_shown_that_fits_into_the_window() {
    let answer: Vec<String> = (1..=60).map(|n| format!("line {n}.  \n")).collect();
    let qwen = with_a_conversation(&answer.concat());
    let mut pty = begun(&qwen.clone().args(["chat", "-c"]));
    at_prompt(&mut pty);
    let shown = pty.screen();
    assert!(
        shown.contains("… 46 lines more; /view shows the whole answer\nline 47.\n"),
        "{shown}"
    );
    assert!(shown.starts_with("qwen 0."), "{shown}");
    assert!(shown.trim_end().ends_with("line 60.\n\n❯"), "{shown}");
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn last_and_sessions_show_are_drawn_on_a_terminal_and_plain_in_a_pipe() {
    let qwen = with_a_conversation(ANSWER);
    let last = qwen.clone().args(["last"]);
    last.run().expect_answer(ANSWER);
    let drawn =
        "It is bold:\n\n── rs ── 1 ─────────────────────────────\nfn f() {}\n────────────────────────────────────────";
    let mut pty = last.pty(24, 80);
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(pty.screen().trim_end(), drawn);
    let show = qwen.clone().args(["sessions", "show"]);
    assert!(show.run().text().contains("\n## You\n\nnotes.md:\n```md\n"));
    let mut pty = show.pty(24, 80);
    assert_eq!(pty.exit_code(), 0);
    let screen = pty.screen();
    assert!(screen.starts_with("what is\n20"), "{screen}");
    assert!(
        screen.contains(&format!(
            "\n\n[notes.md]\n❯ what is\n    this?\n\n{drawn}\n\n  qwen-plus · 1 token"
        )),
        "{screen}"
    );
    let mut pty = show.env("TERM", "dumb").pty(24, 80);
    assert_eq!(pty.exit_code(), 0);
    let bytes = String::from_utf8(pty.bytes()).unwrap();
    assert!(
        bytes.contains("> what is") && bytes.contains("```rs") && !bytes.contains('\x1b'),
        "{bytes:?}"
    );
}
