//! How a conversation looks: air, marks, and the lines around an answer.

use super::{PROMPT, answering, asked, at_prompt, begun, chat};
use crate::harness::Qwen;
use crate::pty::Pty;
use crate::server::Server;

/// What is on the screen after a turn of `chat -q`.
#[track_caller]
fn turn(pty: &mut Pty, keys: &str, mark: &str) -> String {
    pty.type_keys(keys).wait_for("answer 1");
    let next = format!("\n\n{mark}");
    pty.wait_screen("a second prompt", |screen| screen.trim_end().ends_with(&next));
    pty.screen().trim_end().to_owned()
}

#[test]
fn a_turn_has_air_and_a_message_of_several_lines_stands_right_of_the_mark() {
    let server = answering(1);
    let mut pty = begun(&chat(&server).args(["chat", "-q"]).env("COLORTERM", "truecolor"));
    let shown = turn(&mut pty, "one\n    two\n\nthree\r", "❯");
    assert_eq!(shown, "\n❯ one\n      two\n\n  three\n\nanswer 1\n\n❯");
    // The mark is in the accent, what was typed is bold.
    assert!(
        pty.formatted().contains("\x1b[38;2;200;150;240m❯ \x1b[39;1mone"),
        "{:?}",
        pty.formatted()
    );
}

#[test]
fn a_message_longer_than_the_window_is_wide_goes_on_right_of_the_mark() {
    let server = answering(1);
    let mut pty = chat(&server).args(["chat", "-q"]).pty(24, 20);
    pty.wait_for(PROMPT);
    let shown = turn(&mut pty, "as wide as twenty columns 天地玄黄宇宙洪荒日月\r", "❯");
    assert_eq!(
        shown,
        "\n❯ as wide as twenty\n  columns 天地玄黄\n  宇宙洪荒日月\n\nanswer 1\n\n❯"
    );
}

#[test]
fn nothing_is_drawn_again_for_a_screen_reader() {
    let server = answering(1);
    let mut pty = begun(&chat(&server).args(["chat", "-q"]).env("ACCESSIBLE", "1"));
    let shown = turn(&mut pty, "one\ntwo\r", "❯");
    assert_eq!(shown, "\n❯ one\n  two\n\nanswer 1\n\n❯");
}

#[test]
fn without_colours_what_was_typed_is_bold_all_the_same() {
    let server = answering(1);
    let mut pty = begun(&chat(&server).args(["chat", "-q"]).env("NO_COLOR", "1"));
    assert_eq!(turn(&mut pty, "one\r", "❯"), "\n❯ one\n\nanswer 1\n\n❯");
    assert!(pty.formatted().contains("❯ \x1b[1mone"), "{:?}", pty.formatted());
    assert!(!String::from_utf8_lossy(&pty.bytes()).contains("\x1b[3"));
}

#[test]
fn a_locale_without_unicode_has_an_ascii_mark() {
    for name in ["LANG", "LC_CTYPE", "LC_ALL"] {
        let server = answering(1);
        let mut pty = chat(&server).args(["chat", "-q"]).env(name, "C").pty(24, 80);
        pty.wait_for(">");
        assert_eq!(turn(&mut pty, "one\r", ">"), "\n> one\n\nanswer 1\n\n>", "{name}");
    }
}

#[test]
fn a_locale_without_unicode_has_ascii_bullets_and_rules_in_answers() {
    let server = Server::plays([asked().answer(&["- two\n\n---\n\nanswer 1"])]);
    let mut pty = chat(&server).args(["chat", "-q"]).env("LANG", "C").pty(24, 80);
    pty.wait_for(">");
    let shown = turn(&mut pty, "one\r", ">");
    let rule = "-".repeat(40);
    assert_eq!(shown, format!("\n> one\n\n- two\n\n{rule}\n\nanswer 1\n\n>"));
}

#[test]
fn what_is_switched_on_stands_above_the_prompt_and_in_the_status_line() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.wait_for(" · qwen-max · dashscope");
    pty.type_keys("/think 500\r").wait_for("\n\nthink 500\n❯");
    pty.type_keys("/search on\r").wait_for("\n\nthink 500 · search\n❯");
    pty.type_keys("/system be brief\r")
        .wait_for("\n\nthink 500 · search · system\n❯");
    pty.type_keys("go\r")
        .wait_for("qwen-max · think 500 · search · system · 1 % of ");
    at_prompt(&mut pty);
    let screen = pty.screen();
    let line = screen.lines().find(|line| line.contains("qwen-max · think")).unwrap();
    assert_eq!(line.chars().count(), 78, "{screen}");
    assert!(line.starts_with("  ") && line.contains(" token"), "{screen}");
    pty.type_keys("/think off\r").wait_for("\n\nsearch · system\n❯");
}

#[test]
fn the_status_line_speaks_chinese_and_fits_a_narrow_window() {
    let server = answering(2);
    let qwen = chat(&server).env("LANG", "zh_CN.UTF-8");
    let mut pty = begun(&qwen);
    pty.type_keys("/think on\r").wait_for("\n\n思考\n❯");
    pty.type_keys("go\r").wait_for("qwen-max · 思考 · ");
    let mut pty = qwen.pty(24, 20);
    pty.wait_for(PROMPT).type_keys("go\r").wait_for("个 token");
    at_prompt(&mut pty);
    assert!(!pty.screen().contains("% "), "{}", pty.screen());
}

#[test]
fn thoughts_are_summed_up_above_the_answer_and_shown_when_asked_for() {
    let mut pty = Qwen::new().args(["-p", "demo", "chat"]).pty(40, 80);
    pty.wait_for(PROMPT)
        .type_keys("/thoughts\r")
        .wait_for("there are no thoughts to show");
    pty.type_keys("/think on\r").wait_for("think\n❯");
    pty.type_keys("hello\r")
        .wait_for("✻ thinking 1 s · ")
        .wait_for("\n▸ thought for 1 s · /thoughts shows them\n\nThis is the demo");
    at_prompt(&mut pty);
    assert!(!pty.screen().contains("scripted, as is"), "{}", pty.screen());
    pty.type_keys("/thoughts\r")
        .wait_for("These thoughts are scripted, as is the answer.\nThe first line of the message decides");
    at_prompt(&mut pty);
}

#[test]
fn thoughts_stream_as_they_come_where_that_is_wanted() {
    let args = ["-p", "demo", "chat", "--think", "--show-thinking", "always"];
    let mut pty = Qwen::new().args(args).pty(40, 80);
    pty.wait_for(PROMPT).type_keys("hello\r");
    pty.wait_for("thought for 1 s\nThese thoughts are scripted, as is the answer.\nThe first line");
}

/// In a locale other than UTF-8, and on a terminal that may have no other characters.
#[test]
fn all_that_is_said_without_unicode_is_ascii() {
    for (name, value) in [("LANG", "C"), ("TERM", "dumb")] {
        let qwen = crate::harness::Qwen::new().env(name, value);
        let is_ascii = |pty: &Pty, what: &str| {
            let bytes = String::from_utf8(pty.bytes()).unwrap();
            let line = bytes.lines().find(|line| !line.is_ascii());
            assert_eq!(line, None, "{name}={value} {what}");
        };
        let mut pty = qwen.clone().args(["chat", "-p", "demo", "--think=500"]).pty(200, 80);
        let prompt = |pty: &mut Pty| {
            pty.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('>'));
        };
        prompt(&mut pty);
        for (line, told) in [
            ("/help", "Ctrl-C stops an answer"),
            ("/search on", "web search is on"),
            ("/system be brief", "system message"),
            ("hello", "tokens"),
            ("/usage", "in all"),
            ("/file no.md", "no.md"),
            ("/sessions", "hello"),
            ("/new", "new conversation"),
            ("/continue", "no answer"),
        ] {
            pty.type_keys(&format!("{line}\r"));
            pty.wait_screen(told, |screen| {
                let after = screen.rsplit_once(&format!("> {line}")).map_or("", |(_, after)| after);
                after.contains(told) && after.trim_end().ends_with("\n>")
            });
        }
        pty.type_keys("\u{4}");
        assert_eq!(pty.exit_code(), 0);
        is_ascii(&pty, "chat");
        for args in [
            &["chat", "-p", "demo", "-c"][..],
            &["doctor"],
            &["doctor", "-p", "demo"],
            &["models", "-p", "demo"],
            &["models", "show", "-p", "demo", "demo"],
            &["sessions", "list"],
            &["sessions", "search", "hello"],
            &["auth", "status"],
            &["config", "show"],
            &["complete", "hi"],
            &["complete", "-p", "web", "hi"],
            &["--help"],
            &["-h"],
            &["complete", "--help"],
        ] {
            let mut pty = qwen.clone().args(args.iter().copied()).pty(60, 60);
            if args[0] == "chat" {
                pty.wait_screen("a question", |screen| screen.trim_end().ends_with([':', '>']));
                pty.type_keys("\u{3}\u{3}\u{4}");
            }
            pty.exit_code();
            is_ascii(&pty, &args.join(" "));
        }
    }
}

#[test]
fn the_windows_title_is_the_state_and_then_what_it_was() {
    let server = Server::plays([asked().gate("answer").answer(&["answer 1"])]);
    let mut pty = begun(&chat(&server));
    pty.wait_bytes("\x1b[22;2t\x1b]2;qwen\x1b\\");
    pty.type_keys("a question\r").wait_bytes("\x1b]2;qwen: waiting…\x1b\\");
    server.open("answer");
    pty.wait_bytes("\x1b]2;qwen: a question\x1b\\");
    at_prompt(&mut pty);
    pty.type_keys("/save 猫\r").wait_bytes("\x1b]2;qwen: 猫\x1b\\");
    at_prompt(&mut pty);
    pty.type_keys("\x04").wait_bytes("\x1b]2;\x1b\\\x1b[23;2t");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn a_title_is_left_alone_where_it_is_not_wanted() {
    for (qwen, mark) in [
        (Qwen::new().config("title = false\n"), "❯"),
        (Qwen::new().env("ACCESSIBLE", "1"), "❯"),
        (Qwen::new().env("TERM", "dumb"), ">"),
        (Qwen::new().env("TERM", "linux"), "❯"),
    ] {
        let mut pty = qwen.args(["-p", "demo", "chat"]).pty(24, 80);
        pty.wait_for(mark).type_keys("/exit\r");
        assert_eq!(pty.exit_code(), 0);
        let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
        assert!(!bytes.contains("\x1b]2;") && !bytes.contains("\x1b[22"), "{bytes:?}");
    }
}
