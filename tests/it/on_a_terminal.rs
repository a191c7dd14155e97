//! `complete` on a terminal: what differs from a pipe.

use crate::harness::{KEY, Qwen};
use crate::server::{CHAT, Connection, Server};

fn complete(args: &[&str]) -> Qwen {
    Qwen::new().args([&["complete"], args].concat())
}

#[test]
fn without_a_prompt_the_keyboard_is_not_waited_for() {
    let mut pty = complete(&[]).env("DASHSCOPE_API_KEY", KEY).pty(10, 80);
    pty.wait_for("error: there is no prompt");
    assert_eq!(pty.exit_code(), 2);
}

#[test]
fn a_dash_reads_the_keyboard_to_its_end() {
    let server = Server::answers(&["ok"]);
    let mut pty = complete(&["-"]).server(&server).pty(10, 80);
    pty.type_keys("what?\n\u{4}").wait_for("ok");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(server.request().json()["messages"][0]["content"], "what?\n");
}

#[test]
fn a_silent_pipe_is_waited_for_with_a_notice() {
    // The shell holds both ends. It outlives the program: when the leader of a terminal's session ends, the system throws
    // away what was written and not yet read there.
    let script = "trap : INT; mkfifo silent; exec 3<>silent; \"$0\" \"$@\" <&3; code=$?; read -r _; exit $code";
    for args in [&["hi"][..], &["-f", "-", "hi"], &["-i", "-", "hi"], &["-s", "@-", "hi"]] {
        let shell = ["-c", script, env!("CARGO_BIN_EXE_qwen"), "complete"];
        let qwen = Qwen::new().env("DASHSCOPE_API_KEY", KEY).program("/bin/sh");
        let mut pty = qwen.args([&shell, args].concat()).pty(10, 80);
        pty.wait_for("notice: waiting for standard input; add </dev/null if there is nothing to read");
        pty.type_keys("\u{3}").wait_for("error: interrupted");
        pty.type_keys("\r");
        assert_eq!(pty.exit_code(), 130);
    }
}

#[test]
fn ctrl_c_stops_the_answer() {
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let server = Server::plays([script.deltas(&["half\n"]).stall()]);
    let mut pty = complete(&["hi"]).server(&server).pty(10, 80);
    pty.wait_for("half").type_keys("\u{3}");
    server.wait_ended(1);
    pty.wait_for("error: interrupted; the answer is incomplete");
    assert_eq!(pty.exit_code(), 130);
}

#[test]
fn nothing_is_drawn_over_in_a_window_that_became_narrower() {
    let server = Server::plays([Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .deltas(&["**one two three four five six seven eight nine ten"])
        .gate("narrower")
        .deltas(&[" eleven\n\ntwelve"])
        .sse(crate::server::end("stop"))
        .done()]);
    let mut pty = complete(&["hi"]).env("TERM", "xterm").server(&server).pty(24, 40);
    // The stars that never close are bold as long as they may; the line that shows them is drawn again at its end.
    pty.wait_for("nine ten").resize(24, 20);
    server.open("narrower");
    assert_eq!(pty.exit_code(), 0);
    let bytes = String::from_utf8(pty.bytes()).unwrap();
    assert!(!bytes.contains("\u{1b}[1A"), "{bytes:?}");
    assert!(bytes.ends_with("\r\n\r\ntwelve\r\n"), "{bytes:?}");
}

#[test]
fn no_text_of_a_server_moves_the_cursor_or_sets_the_title() {
    let nasty = "a\u{1b}]0;owned\u{7}b\u{1b}[2Jc\u{9b}31md";
    for args in [
        &["hi"][..],
        &["--raw", "hi"],
        &["-x", "hi"],
        &["--format", "jsonl", "hi"],
    ] {
        let answer = format!("```\n{nasty}\n```\n");
        let server = Server::answers(&[&answer]);
        let mut pty = complete(args).server(&server).pty(10, 100);
        assert_eq!(pty.exit_code(), 0);
        let bytes = String::from_utf8(pty.bytes()).unwrap();
        for part in ["\u{1b}]0;", "\u{7}", "\u{1b}[2J", "\u{9b}"] {
            assert!(!bytes.contains(part), "{args:?}: {bytes:?}");
        }
    }
    let server = Server::refuses(400, "x", nasty);
    let mut pty = complete(&["hi"]).server(&server).pty(10, 100);
    assert_eq!(pty.exit_code(), 7);
    let bytes = String::from_utf8(pty.bytes()).unwrap();
    assert!(bytes.contains("a␛]0;owned␇b␛[2Jc"), "{bytes:?}");
}

/// Whether an error on this terminal, or in a pipe, has colours.
#[test]
fn errors_have_colours_where_they_are_wanted() {
    let colored = |qwen: &Qwen| {
        let mut pty = qwen.pty(10, 80);
        pty.wait_for("error: ");
        assert_eq!(pty.exit_code(), 2);
        String::from_utf8(pty.bytes()).unwrap().contains('\u{1b}')
    };
    let qwen = complete(&[]);
    assert!(colored(&qwen));
    assert!(!colored(&qwen.clone().env("NO_COLOR", "1")));
    assert!(!colored(&qwen.clone().env("TERM", "dumb")));
    assert!(!colored(&complete(&["--color", "never"])));
    assert!(!colored(&complete(&["--top-k", "x", "--color", "never"])));
    assert!(!colored(&complete(&[]).config("color = \"never\"\n")));
    let outcome = complete(&["--color", "always"]).run();
    assert!(
        outcome
            .stderr
            .starts_with("\u{1b}[1;91merror:\u{1b}[0m there is no prompt\n"),
        "{outcome:?}"
    );
}

#[test]
fn text_is_wrapped_to_the_width_that_is_set() {
    let words = ["word"; 40].join(" ");
    for (config, longest) in [("", 99), ("width = 20\n", 19), ("width = 0\n", 119)] {
        let server = Server::answers(&[&words]);
        let mut pty = complete(&["hi"]).config(config).server(&server).pty(20, 120);
        assert_eq!(pty.exit_code(), 0);
        let bytes = String::from_utf8(pty.bytes()).unwrap();
        let lines = bytes.lines().filter(|line| line.trim().starts_with("word"));
        assert_eq!(lines.map(|line| line.trim().len()).max(), Some(longest), "{bytes:?}");
    }
}

/// The lines that were written, without colours. What changes the terminal's modes ends a line, as a key pressed there does.
fn written(pty: &crate::pty::Pty) -> Vec<String> {
    let bytes = String::from_utf8(pty.bytes()).unwrap();
    let mut text = String::new();
    for (at, part) in bytes.split("\u{1b}[").enumerate() {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || ";?".contains(c));
        match (at, rest.strip_prefix('m')) {
            (0, _) => text.push_str(part),
            (_, Some(rest)) => text.push_str(rest),
            _ => text.extend(["\n", &rest[1..]]),
        }
    }
    text.lines()
        .map(|line| line.trim_end_matches('\r').to_owned())
        .collect()
}

#[test]
fn what_the_program_says_is_folded_at_words_in_every_window() {
    let cases: &[(&[&str], &str)] = &[
        (&["-p", "web", "auth", "login"], "QWEN_AUTH_TOKENforweb"),
        (&["auth", "login"], "DASHSCOPE_API_KEYfordashscope"),
        (&["doctor"], ""),
        (&["auth", "status"], ""),
        (&["config", "show"], ""),
        (&["models", "show", "-p", "demo", "demo"], ""),
        (&["complete", "hi"], ""),
        (&["-p", "web", "complete", "hi"], ""),
        (&["-p", "lab", "doctor"], ""),
    ];
    let config = "[providers.lab]\nbase_url = \"http://127.0.0.1:9/a/path/of/some/length/v1\"\n";
    for (args, prompt) in cases {
        for columns in [80, 60, 40, 20] {
            for lang in ["C.UTF-8", "zh_CN.UTF-8"] {
                let qwen = Qwen::new().args(args.iter().copied()).config(config).env("LANG", lang);
                let mut pty = qwen.pty(100, columns);
                if !prompt.is_empty() {
                    let marker = if lang.starts_with("zh") { "：" } else { prompt };
                    pty.wait_screen("a question", |screen| {
                        let squeezed: String = screen.split_whitespace().collect();
                        squeezed.contains(marker) && squeezed.ends_with([':', '：'])
                    });
                    pty.type_keys("\u{3}");
                }
                pty.exit_code();
                for line in written(&pty) {
                    let is_long = stream_markdown::width::of(&line) > usize::from(columns);
                    assert!(
                        !is_long || !line.trim().contains(' '),
                        "{args:?} {columns} {lang}: {line}"
                    );
                }
            }
        }
    }
}

#[test]
fn lines_that_are_folded_keep_their_indent() {
    let mut pty = Qwen::new().args(["-p", "web", "auth", "login"]).pty(30, 60);
    pty.wait_for("1. Log in to https://chat.qwen.ai in a browser, open the\n   developer tools (F12)")
        .type_keys("\u{3}");
    let config = "[providers.lab]\nbase_url = \"http://127.0.0.1:9/a/path/of/some/length/v1\"\n";
    let mut pty = Qwen::new().args(["-p", "lab", "doctor"]).config(config).pty(60, 60);
    pty.exit_code();
    let lines = written(&pty);
    let address = lines.iter().find(|line| line.contains("/a/path/of")).unwrap();
    assert!(
        stream_markdown::width::of(address) <= 60 && address.starts_with("      "),
        "{lines:#?}"
    );
}
