//! Where the answer goes: stdout byte for byte, its code alone, a file.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{complete, refused};
use crate::harness::Qwen;
use crate::running::Signal;
use crate::server::{CHAT, Connection, Server, end};

/// A run of `complete` whose answer is `deltas`.
fn answered(args: &[&str], deltas: &[&str]) -> crate::outcome::Outcome {
    let server = Server::answers(deltas);
    let outcome = complete(&[args, &["hi"]].concat()).server(&server).run();
    server.finish();
    outcome
}

#[test]
fn a_pipe_gets_the_text_byte_for_byte_and_a_newline_at_its_end() {
    answered(&[], &["no", " end"]).expect_answer("no end\n");
    answered(&[], &["one end\n"]).expect_answer("one end\n");
    answered(&[], &["three ends\n\n\n"]).expect_answer("three ends\n\n\n");
    let strange = "\r\n\u{1b}[31mred\u{1b}[0m\0\u{9b}2J\u{202e} 👩‍👩‍👧 **bold** \u{feff}";
    answered(&[], &[strange]).expect_answer(format!("{strange}\n"));
    answered(&["--color", "always", "--raw"], &["**bold**"]).expect_answer("**bold**\n");
}

#[test]
fn text_is_written_as_it_arrives() {
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let script = script.deltas(&["first"]).gate("seen").deltas(&[" second"]);
    let server = Server::plays([script.sse(end("stop")).done()]);
    let running = complete(&["hi"]).server(&server).spawn();
    running.wait_stdout("first");
    server.open("seen");
    running.outcome().expect_answer("first second\n");
}

const TWO: [&str; 5] = [
    "Here:\n``",
    "`sh\necho a\n  echo b\n```\nand\n",
    "~~~\nprint(1)",
    "\n~~~\n",
    "bye",
];

#[test]
fn the_code_alone_can_be_had() {
    answered(&["-x"], &TWO).expect_answer("echo a\n  echo b\n\nprint(1)\n");
    answered(&["-x=1"], &TWO).expect_answer("echo a\n  echo b\n");
    answered(&["--extract=2"], &TWO).expect_answer("print(1)\n");
    answered(&["-x"], &["```\nno end"]).expect_answer("no end\n");
}

#[test]
fn code_behind_a_list_marker_and_in_a_quote_is_code_and_what_follows_is_not() {
    let answer = [
        "1. ``",
        "`sh\n   l",
        "s\n   ```\n   that lists files\n\n> ```\n> p",
        "wd\nprose\n",
    ];
    answered(&["-x"], &answer).expect_answer("ls\n\npwd\n");
    answered(&["-x=2"], &answer).expect_answer("pwd\n");
}

#[test]
fn an_answer_without_the_code_that_is_wanted_exits_1() {
    let hint = "hint: `qwen last` prints the whole answer\n";
    answered(&["-x"], &["only `words`"]).expect(1, "", &format!("error: the answer has no code block\n{hint}"));
    answered(&["-x=3"], &TWO).expect(1, "", &format!("error: the answer has no code block 3\n{hint}"));
    // It was not kept.
    answered(&["-x", "--no-save"], &["words"]).expect(1, "", "error: the answer has no code block\n");
}

#[test]
fn code_is_written_while_its_block_comes() {
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let script = script.deltas(&["```\nfirst"]).gate("seen").deltas(&["\n```\n"]);
    let server = Server::plays([script.sse(end("stop")).done()]);
    let running = complete(&["-x", "hi"]).server(&server).spawn();
    running.wait_stdout("first");
    server.open("seen");
    running.outcome().expect_answer("first\n");
}

#[test]
fn the_number_of_a_block_begins_at_1_and_excludes_the_other_formats() {
    refused(
        &complete(&["-x=0", "hi"]),
        "error: invalid value '0' for '--extract[=<N>]': must be a whole number from 1 to 65535\n\
         hint: `qwen complete --help` shows the usage\n",
    );
    refused(
        &complete(&["-x", "--format", "json", "hi"]),
        "error: the argument '--extract[=<N>]' cannot be used with '--format <FORMAT>'\n\
         hint: `qwen complete --help` shows the usage\n",
    );
}

#[test]
fn tokens_and_times_are_printed_on_stderr() {
    let outcome = answered(&["-u"], &["a", "b"]).steady();
    outcome.expect(
        0,
        "ab\n",
        "usage: 5 tokens in, 2 out, 7 in all, about ¥0.000031; first token after [time], [time] in all\n",
    );
    let server = Server::replays_fixture(
        &crate::fixtures::Fixture::read("openai", "stream-plain"),
        crate::fixtures::Cut::Whole,
    );
    let outcome = complete(&["-u", "-q", "hi"]).server(&server).run().steady();
    assert_eq!(
        outcome.stderr,
        "usage: no token counts from the server; first token after [time], [time] in all\n"
    );
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_file_gets_the_answer_and_stdout_nothing() {
    let server = Server::answers(&["text", "\u{1b}[1m"]);
    let qwen = complete(&["-o", "out.txt", "hi"]).server(&server);
    qwen.run().expect_answer("");
    assert_eq!(qwen.read("out.txt"), b"text\x1b[1m\n");
    assert_eq!(qwen.file_names(), ["out.txt"]);
    // As any other program would have made it.
    let qwen = qwen.file("other", "");
    assert_eq!(mode(&qwen.cwd().join("out.txt")), mode(&qwen.cwd().join("other")));
}

#[test]
fn the_old_file_stays_until_the_new_one_is_whole() {
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let script = script.deltas(&["new\n"]).gate("seen");
    let server = Server::plays([script.sse(end("stop")).done()]);
    let qwen = complete(&["--output", "out.txt", "hi"])
        .file("out.txt", "old\n")
        .server(&server);
    let path = qwen.cwd().join("out.txt");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    let running = qwen.spawn();
    server.wait_requests(1);
    assert_eq!(qwen.read("out.txt"), b"old\n");
    server.open("seen");
    running.outcome().expect_answer("");
    assert_eq!(qwen.read("out.txt"), b"new\n");
    assert_eq!(format!("{:o}", mode(&path)), "666");
}

#[test]
fn permissions_of_a_file_that_was_there_are_kept() {
    for wanted in [0o600, 0o640, 0o755] {
        let server = Server::answers(&["new"]);
        let qwen = complete(&["-o", "out", "hi"]).file("out", "old").server(&server);
        let path = qwen.cwd().join("out");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(wanted)).unwrap();
        qwen.run().expect_answer("");
        assert_eq!(format!("{:o}", mode(&path)), format!("{wanted:o}"));
    }
}

#[test]
fn a_link_stays_a_link() {
    let server = Server::answers(&["new"]);
    let qwen = complete(&["-o", "link", "hi"]).file("real/out", "old").server(&server);
    std::os::unix::fs::symlink("real/out", qwen.cwd().join("link")).unwrap();
    qwen.run().expect_answer("");
    assert_eq!(qwen.read("real/out"), b"new\n");
    assert!(qwen.cwd().join("link").is_symlink());
}

/// Killed, the program takes nothing away behind it.
#[test]
fn the_unfinished_file_that_a_kill_leaves_is_named_part() {
    let long = "x".repeat(240) + ".txt";
    for (name, prefix) in [("out.txt", "out.txt."), (&long, &long[..240])] {
        let server = Server::plays([Connection::new()
            .expect("POST", CHAT)
            .stream_head()
            .deltas(&["half\n"])
            .stall()]);
        let qwen = complete(&["-vv", "-o", name, "hi"]).server(&server);
        let running = qwen.spawn();
        running.wait_stderr("\"half\\n\"").signal(Signal::KILL);
        assert_eq!(running.outcome().code, 137);
        let [left] = &qwen.file_names()[..] else {
            panic!("{:?}", qwen.file_names());
        };
        assert!(left.starts_with(prefix) && left.ends_with(".part"), "{left}");
        server.finish();
    }
}

#[test]
fn an_incomplete_answer_is_kept_in_a_part_file() {
    let script = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .deltas(&["half of"]);
    let server = Server::plays([script.end_chunks()]);
    let qwen = complete(&["-o", "out.txt", "--retries", "0", "hi"])
        .file("out.txt", "old\n")
        .server(&server);
    qwen.run().expect(
        5,
        "",
        "error: the server ended the answer early; the answer is incomplete\n\
         hint: the partial output is in out.txt.part\n",
    );
    assert_eq!(qwen.read("out.txt"), b"old\n");
    assert_eq!(qwen.read("out.txt.part"), b"half of\n");
    assert_eq!(qwen.file_names(), ["out.txt", "out.txt.part"]);
}

#[test]
fn nothing_is_kept_where_nothing_came() {
    let server = Server::refuses(400, "invalid_parameter_error", "no");
    let qwen = complete(&["-o", "out.txt", "hi"]).server(&server);
    qwen.run().expect(
        7,
        "",
        "error: the server refused the request (400): no\n\
         server: code invalid_parameter_error, request id 00000000-0000-9000-8000-000000000090\n",
    );
    assert_eq!(qwen.file_names(), [""; 0]);
}

#[test]
fn a_file_that_cannot_be_written_is_refused_before_anything_is_sent() {
    refused(
        &complete(&["-o", "gone/out.txt", "hi"]),
        "error: cannot write gone/out.txt: no such file or folder\n",
    );
    refused(&complete(&["-o", ".", "hi"]), "error: cannot write .: it is a folder\n");
}

#[test]
fn a_failed_write_to_stdout_is_reported() {
    let server = Server::answers(&["text"]);
    let run = |qwen: &Qwen| {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = qwen
            .command()
            .stdin(std::process::Stdio::null())
            .stdout(full)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(
        run(&complete(&["hi"]).server(&server)),
        (
            Some(1),
            "error: cannot write the answer: no space left on the device; the answer is incomplete\n".to_owned()
        )
    );
    assert_eq!(
        run(&Qwen::new().args(["config", "show"])),
        (
            Some(1),
            "error: cannot write to stdout: no space left on the device\n".to_owned()
        )
    );
}

#[test]
fn a_full_disk_is_reported() {
    let server = Server::answers(&["text"]);
    let qwen = complete(&["-o", "/dev/full", "hi"]).server(&server);
    qwen.run().expect(
        1,
        "",
        "error: cannot write the answer: no space left on the device; the answer is incomplete\n",
    );
}

#[test]
fn a_dash_is_stdout() {
    for dash in ["-", "/dev/stdout"] {
        let server = Server::answers(&["text"]);
        let qwen = complete(&["-o", dash, "hi"]).server(&server);
        qwen.run().expect_answer("text\n");
        assert_eq!(qwen.file_names(), [""; 0]);
    }
    let server = Server::answers(&["text"]);
    let qwen = complete(&["-o", "./-", "hi"]).server(&server);
    qwen.run().expect_answer("");
    assert_eq!(qwen.read("-"), b"text\n");
}

#[test]
fn a_pipe_without_a_name_is_written_to() {
    let server = Server::answers(&["text"]);
    let script = "\"$0\" complete -o /dev/fd/3 hi 3>&1 | cat";
    let args = ["-c", script, env!("CARGO_BIN_EXE_qwen")];
    let qwen = Qwen::new().server(&server).program("/bin/sh").args(args);
    qwen.run().expect_answer("text\n");
}

#[test]
fn what_no_file_can_be_called_is_refused_before_anything_is_sent() {
    let qwen = Qwen::new().file("f", "old\n").file("d/x", "");
    for (name, why) in [
        ("a/", "it is a folder"),
        ("a/.", "it is a folder"),
        ("d", "it is a folder"),
        ("d/", "it is a folder"),
        ("..", "it is a folder"),
        ("f/", "it is a folder"),
        ("f/x", "a part of the path is not a directory"),
    ] {
        refused(
            &qwen.clone().args(["complete", "-o", name, "hi"]),
            &format!("error: cannot write {name}: {why}\n"),
        );
    }
    let long = "x".repeat(300);
    let outcome = qwen
        .clone()
        .server(&Server::without_requests())
        .args(["complete", "-o", &long, "hi"])
        .run();
    assert_eq!((outcome.code, outcome.stdout.as_slice()), (2, b"".as_slice()));
    assert_eq!(qwen.file_names(), ["d", "f"]);
}

#[test]
fn a_link_to_what_is_not_there_yet_stays_a_link() {
    let server = Server::answers(&["new"]);
    let qwen = complete(&["-o", "link", "hi"]).server(&server);
    std::os::unix::fs::symlink("target", qwen.cwd().join("link")).unwrap();
    qwen.run().expect_answer("");
    assert_eq!(qwen.read("target"), b"new\n");
    assert!(qwen.cwd().join("link").is_symlink());
}

/// Another user of this machine; only the superuser can give anything to them.
const OTHER: u32 = 4242;

#[test]
fn another_users_link_in_an_open_folder_is_not_followed() {
    let qwen = Qwen::new().file("mine", "precious\n").file("open/x", "");
    let open = qwen.cwd().join("open");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o1777)).unwrap();
    std::os::unix::fs::symlink("../mine", open.join("link")).unwrap();
    // Our own is.
    let server = Server::answers(&["new"]);
    let ours = qwen.clone().args(["complete", "-o", "open/link", "hi"]).server(&server);
    ours.run().expect_answer("");
    assert_eq!(qwen.read("mine"), b"new\n");
    let given = std::os::unix::fs::lchown(open.join("link"), Some(OTHER), Some(OTHER));
    if given.is_err() || std::os::unix::fs::chown(open.join("x"), Some(OTHER), Some(OTHER)).is_err() {
        return;
    }
    for name in ["open/link", "open/x"] {
        let why = "another user put it into a folder that is open to all";
        refused(
            &qwen.clone().args(["complete", "-o", name, "hi"]),
            &format!("error: cannot write {name}: {why}\n"),
        );
        refused(
            &qwen.clone().args(["complete", "--log-file", name, "hi"]),
            &format!("error: cannot write the log {name}: {why}\n"),
        );
        let id = crate::sessions::ids(&qwen).remove(0);
        let export = qwen.clone().args(["sessions", "export", &id, name]);
        export
            .run()
            .expect(2, "", &format!("error: cannot write {name}: {why}\n"));
    }
    assert_eq!(qwen.read("mine"), b"new\n");
}

/// A run that writes to `out/answer`, whose answer continues once `change` was applied to that folder.
fn changed_meanwhile(change: impl Fn(&Path)) -> (Qwen, crate::outcome::Outcome) {
    let script = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .deltas(&["whole\n"]);
    let server = Server::plays([script.gate("seen").sse(end("stop")).done()]);
    let qwen = complete(&["-o", "out/answer", "hi"]).file("out/x", "").server(&server);
    let running = qwen.spawn();
    server.wait_requests(1);
    change(&qwen.cwd().join("out"));
    server.open("seen");
    (qwen, running.outcome())
}

#[test]
fn an_answer_whose_place_is_taken_meanwhile_is_kept_beside_it() {
    let (qwen, outcome) = changed_meanwhile(|out| std::fs::create_dir(out.join("answer")).unwrap());
    outcome.expect(
        1,
        "",
        "error: cannot write out/answer: it is a folder\nhint: the partial output is in out/answer.part\n",
    );
    assert_eq!(qwen.read("out/answer.part"), b"whole\n");
}

#[test]
fn an_answer_whose_folder_vanishes_meanwhile_goes_to_stdout() {
    let (_, outcome) = changed_meanwhile(|out| std::fs::remove_dir_all(out).unwrap());
    outcome.expect(
        1,
        "whole\n",
        "error: cannot write out/answer: no such file or folder\nhint: the partial output is on standard output\n",
    );
}

#[test]
fn a_file_that_may_not_grow_is_reported_and_none_is_left_behind() {
    let server = Server::answers(&[&"x".repeat(5000)]);
    let script = "ulimit -f 1; exec \"$0\" \"$@\"";
    let qwen = Qwen::new().server(&server).program("/bin/sh");
    let qwen = qwen.args([
        "-c",
        script,
        env!("CARGO_BIN_EXE_qwen"),
        "complete",
        "--no-save",
        "-o",
        "out",
        "hi",
    ]);
    let outcome = qwen.run();
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(
        outcome
            .stderr
            .starts_with("error: cannot write the answer: the file is too large; "),
        "{outcome:?}"
    );
    assert_eq!(qwen.file_names(), ["out.part"]);
}
