//! Templates in `chat`: the body for the first message, the front matter for all.

use serde_json::Value;

use super::{answering, home, messages};
use crate::harness::Qwen;
use crate::pty::Pty;
use crate::server::Server;

const VERSE: &str = "+++\nsystem = \"You write {{ form }}.\"\ntemperature = 0.5\nmodel = \"qwen-turbo\"\nthink = true\n\
    [vars]\nform = \"verse\"\n+++\nIn {{ form }}: {{ input }}\n";

fn bodies(server: &Server) -> Vec<Value> {
    server.requests().iter().map(crate::server::Recorded::json).collect()
}

#[track_caller]
fn begun(qwen: &Qwen) -> Pty {
    let mut pty = qwen.pty(30, 100);
    pty.wait_for("❯");
    pty
}

fn at_prompt(pty: &mut Pty) {
    pty.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('❯'));
}

#[test]
fn in_a_pipe_the_first_line_goes_through_it() {
    let server = answering(2);
    let qwen = home(&[("t", VERSE)]).server(&server).stdin("{{ one }}\ntwo\n");
    let run = qwen.args([
        "-q",
        "chat",
        "--template",
        "t",
        "--var",
        "form=prose",
        "--show-thinking",
        "never",
    ]);
    run.run().expect_answer("answer 1\nanswer 2\n");
    let bodies = bodies(&server);
    let system = ("system", "You write prose.");
    let first = ("user", "In prose: {{ one }}");
    assert_eq!(messages(&bodies[0]), [system, first]);
    assert_eq!(
        messages(&bodies[1]),
        [system, first, ("assistant", "answer 1"), ("user", "two")]
    );
    for body in bodies {
        assert_eq!(
            (&body["model"], &body["temperature"]),
            (&"qwen-turbo".into(), &0.5.into())
        );
        assert_eq!(body["enable_thinking"], true);
    }
}

#[test]
fn on_a_terminal_the_first_message_goes_through_it() {
    let server = answering(2);
    let qwen = home(&[("t", VERSE)]).file("a.txt", "words\n").server(&server);
    let mut pty = begun(&qwen.args(["chat", "--template", "t", "-s", "Mine.", "-f", "a.txt"]));
    pty.wait_for("template t").type_keys("one\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("two\r").wait_for("answer 2");
    at_prompt(&mut pty);
    let bodies = bodies(&server);
    let first = ("user", "In verse: a.txt:\n```txt\nwords\n```\n\none");
    assert_eq!(messages(&bodies[0]), [("system", "Mine."), first]);
    assert_eq!(messages(&bodies[1])[3], ("user", "two"));
    assert_eq!(
        (&bodies[1]["model"], &bodies[1]["temperature"]),
        (&"qwen-turbo".into(), &0.5.into())
    );
}

#[test]
fn the_command_takes_a_name_and_variables() {
    let server = answering(3);
    let qwen = home(&[("verse", VERSE), ("ask", "{{ who }}? {{ input }}")]).server(&server);
    let mut pty = begun(&qwen.args(["chat", "-t", "1", "-s", "Mine."]));
    pty.type_keys("plain\r").wait_for("answer 1");
    at_prompt(&mut pty);
    // Tab completes the name.
    pty.type_keys("/template ve\t").wait_for("/template verse");
    pty.type_keys(" form=free verse\r")
        .wait_for("the next message uses the template verse");
    pty.wait_for("switched to qwen-turbo").wait_for("template verse\n");
    pty.type_keys("one\r").wait_for("answer 2");
    at_prompt(&mut pty);
    pty.type_keys("/template ask\r")
        .wait_for("the variable \"who\" is not set");
    pty.type_keys("/template ask whom=you\r")
        .wait_for("there is no variable \"whom\"");
    pty.type_keys("/template ask you\r")
        .wait_for("/template takes a name, then KEY=VALUE");
    pty.type_keys("/template asc\r")
        .wait_for("there is no template \"asc\"");
    pty.type_keys("/template ask who=you\r")
        .wait_for("uses the template ask");
    // Ctrl-C takes it away again.
    pty.type_keys("\u{3}")
        .wait_for("template removed; press Ctrl-C again to leave");
    pty.type_keys("two\r").wait_for("answer 3");
    let bodies = bodies(&server);
    assert_eq!(
        (&bodies[0]["model"], &bodies[0]["temperature"]),
        (&"qwen-max".into(), &1.0.into())
    );
    // What is typed at the prompt comes after the flags, as with the other commands.
    assert_eq!(messages(&bodies[1])[0], ("system", "You write free verse."));
    assert_eq!(messages(&bodies[1])[3], ("user", "In free verse: one"));
    assert_eq!(
        (&bodies[2]["model"], &bodies[2]["temperature"]),
        (&"qwen-turbo".into(), &0.5.into())
    );
    assert_eq!(messages(&bodies[2])[5], ("user", "two"));
}

#[test]
fn the_command_alone_offers_a_list() {
    let server = answering(1);
    let qwen = home(&[("verse", VERSE)]).server(&server);
    let mut pty = begun(&qwen.args(["chat"]));
    pty.type_keys("/template\r")
        .wait_for("a commit message for a diff")
        .type_keys("verse\r");
    pty.wait_for("the next message uses the template verse");
    pty.type_keys("one\r").wait_for("answer 1");
    assert_eq!(messages(&bodies(&server)[0])[1], ("user", "In verse: one"));
}

#[test]
fn a_message_that_cannot_be_sent_keeps_its_template() {
    let server = answering(1);
    let qwen = home(&[("t", "<{{ input }}>")]).file("docs/a.txt", "").server(&server);
    let mut pty = begun(&qwen.args(["chat", "--template", "t"]));
    // A slip in a path is asked about first.
    pty.type_keys("look @docs/b.txt\r").wait_for("there is no file");
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(messages(&bodies(&server)[0]), [("user", "<look @docs/b.txt>")]);
}
