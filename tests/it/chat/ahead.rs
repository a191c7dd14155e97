//! What is typed while an answer runs: seen below it, queued, sent when it is done.

use super::*;

/// An answer that has begun and waits for `open("rest")`.
fn running() -> Connection {
    asked()
        .stream_head()
        .deltas(&["begun "])
        .gate("rest")
        .deltas(&["and done"])
        .sse(crate::server::end("stop"))
        .done()
}

/// Enters what was typed, and waits until it is queued: dim as a whole.
fn enter(pty: &mut Pty, text: &str) {
    pty.wait_for(&format!("❯ {text}"))
        .type_keys("\r")
        .wait_bytes(&format!("\x1b[2m❯ {text}\x1b[m"));
}

fn sent(server: &Server) -> Vec<String> {
    server.requests().iter().map(last).collect()
}

#[test]
fn messages_are_queued_and_sent_one_after_the_other() {
    let answers = ["answer 2", "answer 3"].map(|answer| asked().answer(&[answer]));
    let server = Server::plays(std::iter::once(running()).chain(answers));
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("one\r").wait_for("begun");
    pty.type_keys("two");
    enter(&mut pty, "two");
    pty.type_keys("three").wait_for("❯ two\n❯ three");
    assert_eq!(server.requests().len(), 1);
    enter(&mut pty, "three");
    pty.type_keys("unfin").wait_for("❯ unfin");
    server.open("rest");
    pty.wait_for("answer 3");
    pty.wait_screen("the unfinished one", |screen| {
        screen.trim_end().ends_with("\n\n❯ unfin")
    });
    // In the scrollback each stands where it was sent, once.
    let shown = pty.scrollback();
    let places = [
        "❯ one",
        "begun and done",
        "❯ two",
        "answer 2",
        "❯ three",
        "answer 3",
        "❯ unfin",
    ]
    .map(|text| shown.find(text).unwrap());
    assert!(places.is_sorted(), "{shown}");
    assert_eq!(
        (shown.matches("two").count(), shown.matches("three").count()),
        (1, 1),
        "{shown}"
    );
    assert_eq!(sent(&server), ["one", "two", "three"]);
    // They are in the history as any other.
    pty.type_keys("\x15\x1b[A").wait_for("❯ three");
    let history = std::fs::read_to_string(qwen.qwen_home().join("data/history")).unwrap();
    assert!(history.ends_with("one\ntwo\nthree\n"), "{history}");
}

#[test]
fn up_takes_a_queued_message_back() {
    let server = Server::plays([running()]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("one\r").wait_for("begun");
    pty.type_keys("two");
    enter(&mut pty, "two");
    pty.type_keys("\x1b[A!").wait_for("❯ two!");
    server.open("rest");
    pty.wait_for("and done");
    pty.wait_screen("it at the prompt", |screen| screen.trim_end().ends_with("❯ two!"));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_stopped_answer_gives_the_queue_back() {
    for stop in ["\x1b", "\x03"] {
        let server = Server::plays([
            asked().stream_head().deltas(&["begun "]).stall(),
            asked().answer(&["answer 2"]),
        ]);
        let mut pty = begun(&chat(&server));
        pty.type_keys("one\r").wait_for("begun");
        pty.type_keys("two");
        enter(&mut pty, "two");
        pty.type_keys("three").wait_for("❯ three");
        pty.type_keys(stop).wait_for("stopped; the partial answer is saved");
        pty.wait_screen("the queue at the prompt", |screen| {
            screen.trim_end().ends_with("❯ two\n  three")
        });
        pty.type_keys("\r").wait_for("answer 2");
        assert_eq!(sent(&server), ["one", "two\nthree"], "{stop:?}");
    }
}

#[test]
fn a_queued_command_is_run_and_a_paste_is_one_message() {
    let server = Server::plays([running(), asked().answer(&["answer 2"])]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("one\r").wait_for("begun");
    pty.type_keys("/system be brief");
    enter(&mut pty, "/system be brief");
    pty.type_keys("\x1b[200~a\rb\x1b[201~");
    enter(&mut pty, "a b");
    server.open("rest");
    pty.wait_for("\n\nsystem\n❯ a\n  b").wait_for("answer 2");
    assert_eq!(last(&server.requests()[1]), "a\nb");
    assert_eq!(messages(&server.requests()[1])[0].0, "system");
}

#[test]
fn where_lines_cannot_come_and_go_keys_wait_in_the_terminal() {
    for variable in ["NO_COLOR", "ACCESSIBLE"] {
        // Without a line of its own nothing of it would be shown yet.
        let head = asked().stream_head().deltas(&["begun\n\n"]).gate("rest");
        let server = Server::plays([head.deltas(&["and done"]).sse(crate::server::end("stop")).done()]);
        let mut pty = begun(&chat(&server).env(variable, "1"));
        pty.type_keys("one\r").wait_for("begun");
        pty.type_keys("two");
        server.open("rest");
        pty.wait_for("and done");
        pty.wait_screen("it at the prompt", |screen| screen.trim_end().ends_with("❯ two"));
        assert_eq!(pty.scrollback().matches("two").count(), 1, "{}", pty.scrollback());
    }
}

#[test]
fn what_was_typed_ahead_is_kept_when_a_signal_ends_the_answer() {
    let server = Server::plays([asked().stream_head().deltas(&["begun "]).stall()]);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("one\r").wait_for("begun");
    pty.type_keys("two");
    enter(&mut pty, "two");
    pty.type_keys("three").wait_for("❯ three");
    pty.signal(rustix::process::Signal::TERM);
    assert_eq!(pty.exit_code(), 143);
    let mut pty = begun(&qwen);
    pty.type_keys("\x1b[A").wait_for("❯ two\n  three");
}

#[test]
fn ctrl_d_during_an_answer_leaves_when_all_is_answered() {
    let server = Server::plays([running(), asked().answer(&["answer 2"])]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("one\r").wait_for("begun");
    pty.type_keys("two");
    enter(&mut pty, "two");
    pty.type_keys("\x04").wait_for("❯ Ctrl-D");
    server.open("rest");
    pty.wait_for("answer 2");
    assert_eq!(pty.exit_code(), 0);
    // A key after it takes it back.
    let server = Server::plays([running()]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("one\r").wait_for("begun");
    pty.type_keys("\x04").wait_for("❯ Ctrl-D");
    pty.type_keys("x").wait_gone("❯ Ctrl-D");
    server.open("rest");
    pty.wait_screen("the letter at the prompt", |screen| screen.trim_end().ends_with("❯ x"));
}

#[test]
fn a_list_takes_no_queued_message() {
    let server = Server::plays([running(), asked().answer(&["answer 2"])]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("one\r").wait_for("begun");
    for text in ["/provider", "two"] {
        pty.type_keys(text);
        enter(&mut pty, text);
    }
    server.open("rest");
    pty.wait_for("provider:").type_keys("\x1b");
    pty.wait_for("answer 2");
    assert_eq!(sent(&server), ["one", "two"]);
}
