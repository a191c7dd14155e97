//! A message while it is written: what of it is on the screen, and what stays in the scrollback.

use super::{PROMPT, answering, at_prompt, begun, chat, last};
use crate::pty::Pty;

/// The keys that put so many lines into the message, each of its own.
fn opened(pty: &mut Pty, lines: usize) -> Vec<String> {
    let lines: Vec<String> = (1..=lines).map(|n| format!("line {n}, 天气很好")).collect();
    let paste = format!("\x1b[200~{}\x1b[201~", lines.join("\r"));
    pty.type_keys(&paste).wait_for(&format!("[pasted {} lin", lines.len()));
    pty.type_keys("\x0f").wait_for(&format!("  line {}", lines.len()));
    lines
}

/// The rows that have left the screen.
fn above_screen(pty: &Pty) -> Vec<String> {
    let all = pty.scrollback();
    let rows: Vec<String> = all.lines().map(str::to_owned).collect();
    let screen = pty.screen();
    let shown = screen.trim_end().lines().count();
    rows[..rows.len() - shown].to_vec()
}

#[test]
fn no_key_in_a_message_taller_than_the_window_touches_the_scrollback() {
    for (rows, columns) in [(24, 80), (6, 20)] {
        let server = answering(0);
        let mut pty = chat(&server).pty(rows, columns);
        pty.wait_for(PROMPT);
        opened(&mut pty, 100);
        let above = above_screen(&pty);
        for (keys, shown) in [
            ("x\x1b[A\x1b[A\x1b[A\x01y", "  yline"),
            ("\x1b[1;5Hfirst ", "❯ first line 1"),
            ("\n", "❯ first \n  line 1"),
            ("\x7f\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x01z", "zline"),
            ("\x1b[1;5F\x15end", "  end"),
        ] {
            pty.type_keys(keys).wait_for(shown);
            assert_eq!(above_screen(&pty), above, "{keys:?}");
        }
    }
}

#[test]
fn a_message_taller_than_the_window_is_left_in_the_scrollback_whole_and_once() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    let lines = opened(&mut pty, 100);
    pty.type_keys("\x1b[A\x1b[A\r").wait_for("answer 1");
    at_prompt(&mut pty);
    let all = pty.scrollback();
    let message = format!("❯ {}\n\nanswer 1", lines.join("\n  "));
    assert_eq!(all.matches(&message).count(), 1, "{all}");
    assert_eq!(all.matches("line 50,").count(), 1, "{all}");
    assert_eq!(last(&server.request()), lines.join("\n"));
}

#[test]
fn a_long_paste_leaves_one_line() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    let text = "some text\r".repeat(2000);
    pty.type_keys(&format!("see \x1b[200~{text}\x1b[201~"))
        .wait_for("❯ see [pasted 2000 lines]");
    pty.type_keys("\r").wait_for("answer 1");
    let all = pty.scrollback();
    assert!(all.contains("\n❯ see [pasted 2000 lines]\n\nanswer 1"), "{all}");
    assert!(!all.contains("some text"), "{all}");
}

#[test]
fn a_window_that_changes_while_a_message_is_written_keeps_what_is_above_and_shows_no_trace() {
    let server = answering(1);
    // The emulated terminal cuts lines off, as xterm does.
    let qwen = chat(&server).args(["chat", "-q"]).env("XTERM_VERSION", "XTerm(390)");
    let mut pty = qwen.pty(24, 80);
    pty.wait_for(PROMPT).type_keys("one\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("a message of words 天地玄黄宇宙洪荒 and more words, longer than any row\nand a line");
    pty.wait_for("  and a line");
    for (rows, columns, shown) in [
        (
            24,
            60,
            "❯ a message of words 天地玄黄宇宙洪荒 and more words,\n  longer than any row\n  and a line",
        ),
        (
            12,
            30,
            "❯ a message of words 天地玄黄\n  宇宙洪荒 and more words,\n  longer than any row\n  and a line",
        ),
        (
            10,
            20,
            "❯ a message of\n  words 天地玄黄宇\n  宙洪荒 and more\n  words, longer\n  than any row\n  and a line",
        ),
        (
            24,
            25,
            "❯ a message of words 天\n  地玄黄宇宙洪荒 and\n  more words, longer\n  than any row\n  and a line",
        ),
        (
            24,
            80,
            "❯ a message of words 天地玄黄宇宙洪荒 and more words, longer than any row\n  and a line",
        ),
    ] {
        pty.resize(rows, columns).wait_screen(shown, |screen| {
            let rows: Vec<&str> = screen.lines().map(str::trim_end).collect();
            rows.join("\n").trim_end().ends_with(shown)
        });
    }
    assert_eq!(
        pty.scrollback(),
        "\n❯ one\n\nanswer 1\n\n❯ a message of words 天地玄黄宇宙洪荒 and more words, longer than any row\n  and a line"
    );
}

#[test]
fn a_mark_says_how_many_lines_are_out_of_view_in_either_language() {
    for (lang, up, down) in [
        ("en_US.UTF-8", "↑ 80 lines", "↓ 95 lines"),
        ("zh_CN.UTF-8", "↑ 80 行", "↓ 95 行"),
    ] {
        let server = answering(0);
        let mut pty = chat(&server).env("LC_ALL", lang).pty(22, 40);
        pty.wait_for(PROMPT);
        let text: Vec<String> = (1..=100).map(|n| format!("line {n}")).collect();
        pty.type_keys(&format!("\x1b[200~{}\x1b[201~", text.join("\r")))
            .wait_for("[");
        pty.type_keys("\x0f").wait_for("line 100").wait_for(up);
        pty.resize(7, 40).type_keys("\x1b[1;5H").wait_for(down);
    }
}
