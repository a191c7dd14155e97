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
