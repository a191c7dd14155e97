//! A project's templates: used only after the user saw and allowed them.

use std::os::unix::fs::PermissionsExt;

use super::{answering, home, prompt, write};
use crate::harness::Qwen;
use crate::server::Server;

const THEIRS: &str = "+++\nmodel = \"qwen-turbo\"\n+++\nTheirs \u{1b}[2J: {{ input }}\n";
const PATH: &str = "[root]/cwd/.qwen-cli/templates/release.md";

fn project() -> Qwen {
    Qwen::new().file(".qwen-cli/templates/release.md", THEIRS)
}

#[test]
fn without_a_terminal_it_is_not_used() {
    let server = Server::plays([]);
    for args in [
        &["complete", "--template", "release", "hi"][..],
        &["complete", "--template", "release", "--dry-run", "hi"],
        &["-q", "chat", "--template", "release"],
    ] {
        let run = project()
            .args(args.iter().copied())
            .server(&server)
            .stdin("hi\n")
            .run()
            .steady();
        run.expect(
            2,
            "",
            &format!(
                "error: the template {PATH} belongs to the project and is not allowed yet\n\
                 hint: use it once in a terminal to look at it and allow it; `qwen templates show release` prints it\n"
            ),
        );
    }
    assert!(server.finish().is_empty());
}

#[test]
fn on_a_terminal_the_whole_file_is_shown_and_asked_for_once() {
    let server = answering(4);
    let qwen = project().server(&server);
    let kept = qwen.qwen_home().join("data/allowed-templates");
    let complete = qwen.clone().args(["complete", "--template", "release", "hi"]);
    let question = "The template \"release\" belongs to the project. Use it? [y/N]";
    for answer in ["\r", "n\r", "what\r", "\u{4}"] {
        let mut pty = complete.pty(24, 200);
        // Escape codes in it are shown, not executed.
        pty.wait_for("release.md:")
            .wait_for("model = \"qwen-turbo\"")
            .wait_for("Theirs ␛[2J: {{ input }}");
        pty.wait_for(question).type_keys(answer).wait_for("was not allowed");
        assert_eq!(pty.exit_code(), 2, "{answer:?}");
    }
    let mut pty = complete.pty(24, 200);
    pty.wait_for(question).type_keys("\u{3}");
    assert_eq!(pty.exit_code(), 130);
    assert!(server.requests().is_empty() && !kept.exists());

    let mut pty = complete.pty(24, 200);
    pty.wait_for(question).type_keys("y\r").wait_for("answer 1");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    // From then on there is no question, in a chat neither.
    complete.run().expect_answer("answer 2\n");
    let chat = qwen.clone().args(["chat", "--template", "release"]).stdin("hi\n");
    chat.run().expect_answer("answer 3\n");
    for request in server.requests() {
        let body = request.json();
        assert_eq!(body["messages"][0]["content"], "Theirs \u{1b}[2J: hi");
        assert_eq!(body["model"], "qwen-turbo");
    }
    // Until the file is another.
    let changed = qwen
        .clone()
        .file(".qwen-cli/templates/release.md", format!("{THEIRS}more\n"));
    let complete = changed.args(["complete", "--template", "release", "hi"]);
    assert_eq!(complete.run().code, 2);
    let mut pty = complete.pty(24, 200);
    pty.wait_for("more")
        .wait_for(question)
        .type_keys("yes\r")
        .wait_for("answer 4");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn chat_asks_before_its_first_screen_and_at_its_prompt() {
    let server = answering(1);
    let qwen = project().server(&server);
    let mut pty = qwen.clone().args(["chat", "--template", "release"]).pty(24, 160);
    pty.wait_for("Use it? [y/N]")
        .type_keys("\r")
        .wait_for("was not allowed");
    assert_eq!(pty.exit_code(), 2);
    let mut pty = qwen.args(["chat"]).pty(40, 160);
    pty.wait_for("❯").type_keys("/template release\r");
    pty.wait_for("Use it? [y/N]")
        .type_keys("n\r")
        .wait_for("was not allowed");
    pty.type_keys("/template release\r")
        .wait_screen("a second question", |screen| {
            screen.matches("Use it? [y/N]").count() == 2
        });
    pty.type_keys("y\r")
        .wait_for("the next message uses the template release");
    pty.type_keys("hi\r").wait_for("answer 1");
    pty.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('❯'));
    pty.type_keys("\u{4}");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(
        server.request().json()["messages"][0]["content"],
        "Theirs \u{1b}[2J: hi"
    );
}

#[test]
fn what_the_user_knows_by_a_name_stays_what_it_is() {
    let qwen = home(&[("mine", "Mine: {{ input }}")])
        .file(".qwen-cli/templates/mine.md", "Theirs: {{ input }}")
        .file(".qwen-cli/templates/commit.md", "Theirs: {{ input }}");
    assert_eq!(prompt(&qwen, &["--template", "mine", "x"]), "Mine: x");
    assert!(prompt(&qwen, &["--template", "commit", "x"]).starts_with("Write a Git commit message"));
    write(&qwen, "commit", "My commit: {{ input }}");
    assert_eq!(prompt(&qwen, &["--template", "commit", "x"]), "My commit: x");
}

/// The path of the template that would be used in a folder, as far as there is one.
fn found(qwen: &Qwen, folder: &str) -> Option<String> {
    let program = env!("CARGO_BIN_EXE_qwen");
    let script = format!("cd '{folder}' && exec '{program}' templates list --json");
    let all = qwen
        .clone()
        .program("/bin/sh")
        .args(["-c", &script])
        .run()
        .steady()
        .json();
    let path = all.as_array().unwrap().iter().find(|row| row["name"] == "t")?["path"].clone();
    Some(path.as_str().unwrap().to_owned())
}

#[test]
fn it_is_looked_for_up_to_the_root_of_the_repository() {
    let at = |folder: &str| Some(format!("[root]/cwd/{folder}.qwen-cli/templates/t.md"));
    let qwen = Qwen::new()
        .file(".qwen-cli/templates/t.md", "outside")
        .file("repo/.qwen-cli/templates/t.md", "root")
        .file("repo/a/.qwen-cli/templates/t.md", "near")
        .file("repo/a/b/x", "")
        .file("repo/c/x", "");
    // Without a repository the working directory alone counts.
    assert_eq!(found(&qwen, "repo/a/b"), None);
    assert_eq!(found(&qwen, "repo/a"), at("repo/a/"));
    std::fs::create_dir(qwen.cwd().join("repo/.git")).unwrap();
    assert_eq!(found(&qwen, "repo/a/b"), at("repo/a/"));
    assert_eq!(found(&qwen, "repo/c"), at("repo/"));
    std::fs::remove_file(qwen.cwd().join("repo/.qwen-cli/templates/t.md")).unwrap();
    assert_eq!(found(&qwen, "repo/c"), None);
}
