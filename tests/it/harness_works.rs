//! The harness, tried on shell scripts: what it promises the other tests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::fixtures::{Cut, Fixture};
use crate::harness::Qwen;
use crate::outcome::{difference, steady};
use crate::running::Signal;

/// What a failing check says.
fn failure(check: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(check)).expect_err("the check passed");
    *panic.downcast::<String>().unwrap()
}

#[test]
fn a_run_gives_stdout_stderr_and_code() {
    Qwen::shell("cat; echo told >&2; exit 7")
        .stdin("in\0put")
        .run()
        .expect(7, "in\0put", "told\n");
}

#[test]
fn a_stray_line_on_stderr_fails_the_test() {
    let said = failure(|| {
        Qwen::shell("echo yes; echo stray >&2").run().expect_answer("yes\n");
    });
    assert!(said.contains("+ stray"), "{said}");
}

#[test]
fn the_environment_is_cleared() {
    let names = Qwen::shell("env | cut -d= -f1 | sort").env("GIVEN", "1").run();
    for name in names.text().lines() {
        let is_known = name.starts_with("XDG_") || name.starts_with("QWEN_CLI_") || name == "GIVEN";
        let is_ours = ["PATH", "HOME", "LANG", "TZ", "PWD", "OLDPWD", "SHLVL", "_"].contains(&name);
        assert!(is_known || is_ours, "{name} leaked in");
    }
}

#[test]
fn clones_share_home_and_working_directory() {
    let first = Qwen::shell("cat given; echo made > made")
        .file("given", "here\n")
        .config("key = 1\n");
    first.clone().run().expect_answer("here\n");
    assert_eq!(first.read("made"), b"made\n");
    first
        .args(["-c", "cat $QWEN_CLI_HOME/config.toml"])
        .run()
        .expect_answer("key = 1\n");
}

#[test]
fn a_hang_is_ended_and_reported() {
    let said = failure(|| {
        Qwen::shell("echo so far; exec sleep 60")
            .limit(Duration::from_millis(300))
            .run();
    });
    assert!(said.contains("hangs") && said.contains("so far"), "{said}");
}

#[test]
fn stdin_may_be_given_piece_by_piece() {
    let running = Qwen::shell("read a; echo got $a; read b; echo got $b").spawn_open();
    running.write_stdin("one\n");
    running.wait_stdout("got one\n");
    running.write_stdin("two\n");
    running.outcome().expect_answer("got one\ngot two\n");
}

#[test]
fn signals_arrive_and_give_the_exit_code_of_a_shell() {
    let running = Qwen::shell("trap 'echo caught; exit 130' INT; echo ready; while :; do sleep 0.01; done").spawn();
    running.wait_stdout("ready").signal(Signal::INT);
    running.outcome().expect(130, "ready\ncaught\n", "");
    let running = Qwen::shell("echo ready; exec sleep 60").spawn();
    running.wait_stdout("ready").signal(Signal::TERM);
    running.outcome().expect(143, "ready\n", "");
}

#[test]
fn stdout_can_be_closed_in_the_middle() {
    let running = Qwen::shell("trap 'exit 9' PIPE; while echo line 2>/dev/null; do :; done; exit 8").spawn();
    running.close_stdout_after("line\nline\n");
    let code = running.outcome().code;
    assert!(code == 9 || code == 8, "{code}");
}

#[test]
fn a_terminal_takes_keys_and_shows_a_screen() {
    let script = "printf '\\033[31mname?\\033[0m '; read n; clear_line=$n; echo \"hello $n\"; stty size; exit 3";
    let mut pty = Qwen::shell(script).pty(10, 40);
    pty.wait_for("name?")
        .type_keys("wei\r")
        .wait_for("hello wei")
        .wait_for("10 40");
    assert_eq!(pty.exit_code(), 3);
    assert_eq!(pty.screen().trim_end(), "name? wei\nhello wei\n10 40");
    assert!(String::from_utf8(pty.bytes()).unwrap().contains("\u{1b}[31m"));
}

#[test]
fn lines_that_left_the_screen_are_kept() {
    let mut pty = Qwen::shell("for i in 1 2 3 4 5 6 7 8; do echo line $i; done").pty(4, 20);
    assert_eq!(pty.exit_code(), 0);
    let all: Vec<String> = (1..=8).map(|number| format!("line {number}")).collect();
    assert_eq!(pty.scrollback(), all.join("\n"));
    assert!(!pty.screen().contains("line 1"));
}

#[test]
fn a_terminals_ctrl_c_exits_130() {
    let mut pty = Qwen::shell("echo ready; exec sleep 60").pty(4, 20);
    pty.wait_for("ready").type_keys("\u{3}");
    assert_eq!(pty.exit_code(), 130);
}

#[test]
fn what_changes_from_run_to_run_is_named() {
    for (text, expected) in [
        ("1.2 s, 340 ms and 12µs", "[time], [time] and [time]"),
        (
            r#"{"duration_ms":17,"attempts":2}"#,
            r#"{"duration_ms":[time],"attempts":2}"#,
        ),
        ("at 2026-11-21T06:42:36.123Z or 2026-11-21 06:42", "at [date] or [date]"),
        ("http://127.0.0.1:40123/v1", "http://127.0.0.1:[port]/v1"),
        ("0197f3a2-1b2c-7d3e-8f40-0123456789ab.", "[id]."),
        (
            "waited 2 s for 3 servers, 4 s3 buckets and v1.2.3",
            "waited [time] for 3 servers, 4 s3 buckets and v1.2.3",
        ),
        ("5 tokens, 中文 7", "5 tokens, 中文 7"),
    ] {
        assert_eq!(steady(text), expected);
    }
}

#[test]
fn a_difference_shows_each_line_once() {
    let shown = difference("stdout", b"a\nb\nc\n", b"a\nB\x1b\nc");
    assert_eq!(shown, "stdout\n  a\n- b\n- c\n+ B\\u{1b}\n+ c (no line end)\n");
}

#[test]
fn cuts_lose_nothing() {
    let bytes: Vec<u8> = (0..=255).collect();
    for cut in [Cut::Whole, Cut::EveryByte, Cut::Random(7), Cut::Sizes(vec![3, 0, 50])] {
        let pieces = cut.pieces(&bytes);
        assert_eq!(pieces.concat(), bytes, "{cut:?}");
        assert!(pieces.iter().all(|piece| !piece.is_empty()));
    }
    assert_eq!(Cut::EveryByte.pieces(b"abc").len(), 3);
    assert_eq!(Cut::Random(7).pieces(&bytes), Cut::Random(7).pieces(&bytes));
    assert_eq!(
        Cut::Sizes(vec![2, 1]).pieces(b"abcdef"),
        [&b"ab"[..], b"c", b"de", b"f"]
    );
}

#[test]
fn every_fixture_has_its_parts() {
    let all = Fixture::all("openai");
    assert!(all.len() > 40);
    for fixture in all {
        let case = &fixture.case;
        let expected = &fixture.expected;
        assert!(
            expected["text"].is_string() && expected["reasoning"].is_string(),
            "{case}"
        );
        assert!(expected["cut"].is_boolean(), "{case}");
        let has_error = expected["error"].is_object();
        assert!(has_error || fixture.status == 200, "{case}");
        assert!(!has_error || expected["error"]["kind"].is_string(), "{case}");
    }
    let crlf = Fixture::read("openai", "stream-crlf").reply;
    assert_eq!(
        crlf.iter().filter(|byte| **byte == b'\n').count(),
        crlf.windows(2).filter(|two| two == b"\r\n").count()
    );
}
