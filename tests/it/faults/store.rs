//! The store of conversations: damaged, in a place that cannot be written to, killed in the middle.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Instant;

use qwen_cli::store::Store;

use super::{complete, damage, post};
use crate::guard::LIMIT;
use crate::harness::{Qwen, tool};
use crate::outcome::Outcome;
use crate::pty::Pty;
use crate::running::Signal;
use crate::server::{CHAT, Connection, Server, end, text};

/// A home with a conversation for each of these questions.
fn asked(questions: &[&str]) -> Qwen {
    let qwen = Qwen::new();
    for question in questions {
        let server = Server::answers(&["an answer"]);
        assert_eq!(qwen.clone().args(["complete", question]).server(&server).run().code, 0);
    }
    qwen
}

/// The notice that the store was moved, and the name of the moved file.
#[track_caller]
fn set_aside(qwen: &Qwen) -> String {
    let data = qwen.qwen_home().join("data");
    let names = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<_> = names
        .filter(|path| path.to_string_lossy().contains(".damaged-"))
        .collect();
    assert_eq!(aside.len(), 1, "{aside:?}");
    format!(
        "notice: the saved conversations were damaged: the file was moved to {}, and a new one was created; `sqlite3 FILE .recover` recovers what is left of the old one\n",
        aside[0].display()
    )
}

#[test]
fn a_damaged_store_is_set_aside_once_and_new_answers_are_kept() {
    let qwen = asked(&["one", "two"]);
    damage(&qwen);
    for (number, answer) in ["first", "second"].into_iter().enumerate() {
        let server = Server::answers(&[answer]);
        let outcome = qwen.clone().args(["complete", "hi"]).server(&server).run();
        let told = if number == 0 { set_aside(&qwen) } else { String::new() };
        outcome.expect(0, format!("{answer}\n"), &told);
    }
    qwen.clone().args(["last"]).run().expect_answer("second\n");
    let list = qwen.args(["sessions", "list"]).run();
    assert_eq!(
        (list.code, list.text().lines().count(), list.stderr.as_str()),
        (0, 2, "")
    );
}

#[test]
fn a_store_is_set_aside_by_whatever_finds_it_damaged() {
    const NONE: &str = "error: there is no conversation 'one'\nhint: `qwen sessions list` shows them\n";
    let start = "error: there is no conversation to continue\n";
    for (args, code, stdout, error) in [
        (&["sessions", "list"][..], 0, "", ""),
        (&["sessions", "list", "--json"], 0, "[]\n", ""),
        (&["sessions", "show"], 2, "", "error: there is no conversation yet\n"),
        (&["sessions", "show", "one"], 2, "", NONE),
        (
            &["sessions", "search", "answer"],
            1,
            "",
            "error: \"answer\" was not found\n",
        ),
        (&["sessions", "export", "one"], 2, "", NONE),
        (&["sessions", "rename", "one", "two"], 2, "", NONE),
        (&["sessions", "rm", "--yes", "one"], 2, "", NONE),
        (&["last"], 1, "", "error: there is no answer yet\n"),
        (&["complete", "-c", "hi"], 2, "", start),
        (&["complete", "-r", "one", "hi"], 2, "", NONE),
    ] {
        let qwen = asked(&["one", "two"]);
        damage(&qwen);
        let server = Server::plays([]);
        let outcome = qwen.clone().args(args.iter().copied()).server(&server).run();
        outcome.expect(code, stdout, &format!("{}{error}", set_aside(&qwen)));
    }
}

#[test]
fn a_conversation_at_the_prompt_goes_over_to_the_fresh_store_as_a_whole() {
    let answers = ["alpha", "beta", "gamma"].map(|answer| post().answer(&[answer]));
    let server = Server::plays(answers);
    let qwen = Qwen::new().args(["chat"]).server(&server);
    let mut pty = qwen.pty(30, 100);
    pty.wait_for("❯").type_keys("one\r").wait_for("alpha");
    at_prompt(&mut pty);
    pty.type_keys("two\r").wait_for("beta");
    at_prompt(&mut pty);
    // Another process finds it damaged and sets it aside, while this one has it open.
    let data = qwen.qwen_home().join("data");
    let file = data.join(qwen_cli::store::FILE);
    std::fs::rename(&file, data.join("conversations.db.damaged-1")).unwrap();
    for suffix in ["-wal", "-shm"] {
        let name = format!("{}{suffix}", qwen_cli::store::FILE);
        std::fs::rename(
            data.join(&name),
            data.join(format!("conversations.db.damaged-1{suffix}")),
        )
        .unwrap();
    }
    drop(Store::open(&data).unwrap());
    pty.type_keys("three\r").wait_for("gamma");
    at_prompt(&mut pty);
    pty.type_keys("\u{4}");
    assert_eq!(pty.exit_code(), 0);
    let (store, _) = Store::open(&data).unwrap();
    let all = store.list(9).unwrap();
    assert_eq!(all.len(), 1);
    let said: Vec<String> = store
        .branch(&all[0])
        .unwrap()
        .iter()
        .map(|stored| stored.message.plain_text())
        .collect();
    assert_eq!(said, ["one", "alpha", "two", "beta", "three", "gamma"]);
}

#[track_caller]
fn at_prompt(pty: &mut Pty) {
    pty.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with("❯"));
}

#[test]
fn a_damaged_store_is_set_aside_by_chat_and_the_conversation_continues() {
    let qwen = asked(&["one", "two"]);
    damage(&qwen);
    let server = Server::plays([post().answer(&["alpha"])]);
    let qwen = qwen.args(["chat"]).server(&server);
    let mut pty = qwen.pty(30, 200);
    pty.wait_for("❯").type_keys("/sessions\r");
    pty.wait_for("a new one was created");
    at_prompt(&mut pty);
    pty.type_keys("hello\r").wait_for("alpha");
    at_prompt(&mut pty);
    pty.type_keys("\u{4}");
    assert_eq!(pty.exit_code(), 0);
    qwen.args(["last"]).run().expect_answer("alpha\n");
}

/// A home that the program cannot write to, which is another user's where the tests run as the superuser.
struct ReadOnly(Qwen);

impl ReadOnly {
    fn of(qwen: Qwen) -> Option<ReadOnly> {
        let is_root = rustix::process::geteuid().is_root();
        if is_root {
            tool("setpriv")?;
        }
        set_mode(&qwen.root(), 0o755);
        Some(ReadOnly(qwen))
    }

    fn run(&self, args: &[&str]) -> Outcome {
        let qwen = self.0.clone().args(args.iter().copied());
        if !rustix::process::geteuid().is_root() {
            return qwen.run();
        }
        let place = self.0.root().join("program");
        if !place.exists() {
            std::fs::copy(env!("CARGO_BIN_EXE_qwen"), &place).unwrap();
            set_mode(&place, 0o755);
        }
        let mut all = vec!["--reuid=5678", "--regid=5678", "--clear-groups", "--bounding-set=-all"];
        all.push(place.to_str().unwrap());
        all.extend(args);
        qwen.program("setpriv").args(all).run()
    }

    /// Makes the home unwritable for all, or writable again.
    fn lock(&self, is_locked: bool) {
        let data = self.0.qwen_home().join("data");
        for file in std::fs::read_dir(&data).unwrap() {
            set_mode(&file.unwrap().path(), if is_locked { 0o444 } else { 0o644 });
        }
        for folder in [data, self.0.qwen_home()] {
            set_mode(&folder, if is_locked { 0o555 } else { 0o755 });
        }
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        self.lock(false);
    }
}

fn set_mode(path: &std::path::Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_conversation_whose_folder_is_removed_meanwhile_is_kept_as_a_whole() {
    let answers = || [post().answer(&["first answer"]), post().answer(&["second answer"])];
    let with_last = |last: bool, keys: &str, sees: &str| {
        let server = Server::plays(answers().into_iter().take(1 + usize::from(last)));
        let qwen = Qwen::new().args(["chat"]).server(&server);
        let mut pty = qwen.pty(24, 100);
        pty.wait_for("❯").type_keys("one\r").wait_for("first answer");
        pty.wait_for("❯ ");
        std::fs::remove_dir_all(qwen.qwen_home().join("data")).unwrap();
        pty.type_keys(keys).wait_for(sees).type_keys("\u{4}");
        assert_eq!(pty.exit_code(), 0, "{}", pty.screen());
        assert!(!pty.screen().contains("not saved"), "{}", pty.screen());
        let shown = qwen.args(["sessions", "show"]).run();
        assert!(shown.text().contains("first answer"), "{keys:?}: {shown:?}");
        assert_eq!(shown.text().contains("second answer"), last, "{shown:?}");
    };
    with_last(true, "two\r", "second answer");
    with_last(false, "/sessions\r", "just now");
    with_last(false, "", "first answer");
}

#[test]
fn a_home_that_cannot_be_written_to_is_read() {
    let server = Server::plays([post().answer(&["kept nowhere"]), post().answer(&["nor this"])]);
    let Some(home) = ReadOnly::of(asked(&["the question"]).server(&server)) else {
        return;
    };
    home.lock(true);
    let listed = home.run(&["sessions", "list"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    assert!(listed.text().ends_with("\tthe question\n"), "{listed:?}");
    home.run(&["last"]).expect_answer("an answer\n");
    let shown = home.run(&["sessions", "show"]);
    assert!(shown.code == 0 && shown.text().contains("an answer"), "{shown:?}");
    let found = home.run(&["sessions", "search", "question"]);
    assert!(found.code == 0 && found.text().contains("the question"), "{found:?}");
    let id = listed.text().split('\t').next().unwrap();
    let exported = home.run(&["sessions", "export", id]);
    assert!(
        exported.code == 0 && exported.text().contains("an answer"),
        "{exported:?}"
    );
    // Only writing is refused.
    let hint = "set QWEN_CLI_HOME to another folder, or save nothing with --no-save";
    home.run(&["sessions", "rename", id, "name"]).expect(
        1,
        "",
        &format!(
            "error: cannot rename the conversation: the store of conversations cannot be written to\nhint: {hint}\n"
        ),
    );
    let told = format!(
        "notice: cannot save the message: the store of conversations cannot be written to; the conversation is not saved from here on\nnotice: {hint}\n"
    );
    home.run(&["complete", "hi"]).expect(0, "kept nowhere\n", &told);
    home.run(&["complete", "-c", "hi"]).expect(0, "nor this\n", &told);
    let sent = server.requests();
    assert_eq!(sent[1].json()["messages"].as_array().unwrap().len(), 3);
    home.run(&["last"]).expect_answer("an answer\n");
    let doctor = home.run(&["-p", "demo", "doctor"]);
    assert!(doctor.text().contains("is read-only"), "{doctor:?}");
}

#[test]
fn a_read_only_home_with_an_unmerged_log_is_reported() {
    let Some(home) = ReadOnly::of(asked(&["the question"])) else {
        return;
    };
    let data = home.0.qwen_home().join("data");
    let (store, log) = (data.join(qwen_cli::store::FILE), data.join("conversations.db-wal"));
    // As a process leaves it that was killed; the index beside the log is not copied by a backup.
    let open = rusqlite::Connection::open(&store).unwrap();
    open.execute("UPDATE conversations SET title = 'changed'", []).unwrap();
    let bytes = std::fs::read(&log).unwrap();
    drop(open);
    std::fs::write(&log, bytes).unwrap();
    home.lock(true);
    home.run(&["last"]).expect(
        1,
        "",
        &format!(
            "error: cannot open the saved conversations: the newest of them are in {}, which can only be read where \
             its folder can be written to\nhint: copy the folder {} to one that you can write to, and set QWEN_CLI_HOME to that\n",
            log.display(),
            data.display()
        ),
    );
}

/// Waits until the last answer in the store is this.
#[track_caller]
fn wait_kept(qwen: &Qwen, text: &str) {
    let data = qwen.qwen_home().join("data");
    let end = Instant::now() + LIMIT;
    loop {
        let last = Store::glance(&data).and_then(|store| store.last_answer().ok().flatten());
        let kept = last.map(|last| last.message.plain_text());
        if kept.as_deref() == Some(text) {
            return;
        }
        assert!(Instant::now() < end, "{kept:?} is in the store");
        std::thread::yield_now();
    }
}

/// If the output is closed, the end of the answer is in the store anyway.
#[test]
fn the_end_of_an_answer_is_in_the_store_before_it_is_shown() {
    let all = [text("all of it"), end("stop")].map(|payload| format!("data: {payload}\n\n"));
    let server = Server::plays([post()
        .stream_head()
        .chunk(all.concat() + "data: [DONE]\n\n")
        .end_chunks()]);
    let qwen = complete(&[]).server(&server);
    let (_reader, stdout) = crate::memory::full();
    let mut command = qwen.command();
    command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let data = qwen.qwen_home().join("data");
    let stored = || {
        let store = Store::glance(&data)?;
        let branch = store.branch(&store.latest().ok()??).ok()?;
        branch.last()?.finish.as_ref()?;
        Some(branch.last()?.message.plain_text())
    };
    let begun = Instant::now();
    let text = loop {
        match stored() {
            Some(text) => break text,
            None if begun.elapsed() > LIMIT => panic!("the answer is not in the store"),
            None => std::thread::yield_now(),
        }
    };
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(text, "all of it");
}

#[test]
fn half_a_sentence_that_was_shown_is_kept_while_the_model_pauses() {
    let paused = || post().stream_head().deltas(&["Half a ", "sentence, and"]).stall();
    let server = Server::plays([paused(), paused()]);
    let qwen = complete(&[]).server(&server);
    let running = qwen.spawn();
    running.wait_stdout("Half a sentence, and");
    wait_kept(&qwen, "Half a sentence, and");
    running.signal(Signal::KILL);
    assert_eq!(running.outcome().code, 137);
    let shown = qwen.clone().args(["sessions", "show"]).run();
    assert!(shown.text().contains("Half a sentence, and"), "{shown:?}");

    let qwen = Qwen::new().args(["chat"]).server(&server);
    let mut pty = qwen.pty(24, 80);
    pty.wait_for("❯").type_keys("go\r").wait_for("Half a sentence, and");
    wait_kept(&qwen, "Half a sentence, and");
    pty.kill();
    assert_eq!(pty.exit_code(), 137);
    let shown = qwen.args(["sessions", "show"]).run();
    assert!(shown.text().contains("Half a sentence, and"), "{shown:?}");
}

#[test]
fn after_the_clock_was_set_back_the_last_conversation_is_the_one_stored_last() {
    let qwen = asked(&["first", "second"]);
    // The first was asked by a clock that was far ahead.
    let file = qwen.qwen_home().join("data").join(qwen_cli::store::FILE);
    let store = rusqlite::Connection::open(file).unwrap();
    let ahead = "UPDATE conversations SET created = created + 1e10, updated = updated + 1e10 WHERE title = 'first'";
    assert_eq!(store.execute(&ahead.replace("1e10", "10000000000"), []).unwrap(), 1);
    drop(store);
    let listed = qwen.clone().args(["sessions", "list"]).run();
    let titles: Vec<&str> = listed
        .text()
        .lines()
        .filter_map(|line| line.split('\t').nth(4))
        .collect();
    assert_eq!(titles, ["second", "first"]);
    let server = Server::plays([Connection::new().expect("POST", CHAT).answer(&["ok"])]);
    let goes_on = qwen.args(["complete", "-c", "and then?"]).server(&server);
    goes_on.run().expect_answer("ok\n");
    assert_eq!(server.request().json()["messages"][0]["content"], "second");
}
