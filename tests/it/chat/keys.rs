//! The keys of the prompt.

use std::os::unix::fs::PermissionsExt;

use super::{PROMPT, answering, at_prompt, begun, chat, last, messages, texts};
use crate::harness::{KEY, Qwen};
use crate::pty::Pty;
use crate::server::Server;

/// Types `keys` at a fresh prompt and gives the one message that was sent.
#[track_caller]
fn sent(keys: &str) -> String {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys(keys).wait_for("answer 1");
    at_prompt(&mut pty);
    last(&server.request())
}

#[test]
fn enter_sends_what_was_typed_and_nothing_else() {
    let server = answering(1);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("hello\r").wait_for("answer 1");
    at_prompt(&mut pty);
    assert_eq!(
        messages(&server.request()),
        [("user".to_owned(), "hello".to_owned())],
        "no hidden message"
    );
    assert_eq!(texts(&qwen), ["hello", "answer 1"]);
}

#[test]
fn a_message_typed_before_the_program_starts_is_sent() {
    let server = answering(1);
    // The shell reads the first line; the second waits, and Enter has become a newline in it.
    let script = ["-c", "read -r line; exec \"$0\" chat", env!("CARGO_BIN_EXE_qwen")];
    let qwen = Qwen::new().program("/bin/sh").args(script).server(&server);
    let mut pty = qwen.pty(24, 80);
    pty.type_keys("go\rhello\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "hello");
    at_prompt(&mut pty);
    // Ctrl-J is itself again.
    pty.type_keys("a\nb").wait_for("❯ a\nb");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn alt_enter_ctrl_j_and_a_backslash_make_lines() {
    assert_eq!(sent("a\x1b\rb\nc\\\rd\r"), "a\nb\nc\nd");
}

#[test]
fn three_quotes_hold_a_block_together() {
    assert_eq!(
        sent("\"\"\"\r/help is\r\r  a command\r\"\"\"\r"),
        "/help is\n\n  a command"
    );
}

#[test]
fn a_bracketed_paste_is_one_message_and_sends_nothing() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("\x1b[200~one\r\ntwo\rthree\r\x1b[201~").wait_for("three");
    // An answer would come before this is done.
    pty.type_keys("!").wait_for("!");
    assert_eq!(server.requests().len(), 0);
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "one\ntwo\nthree\n!");
}

#[test]
fn a_paste_without_brackets_is_one_message_and_sends_nothing() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("one\rtwo\r\nthree\r").wait_for("three");
    // The pause that a hand makes and a paste does not; no waiting for the program.
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(server.requests().len(), 0);
    pty.type_keys("!\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "one\ntwo\nthree\n!");
}

#[test]
fn ctrl_c_clears_the_line_and_up_brings_it_back() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("precious\x03");
    at_prompt(&mut pty);
    pty.type_keys("\x1b[A").wait_screen("the line again", |screen| {
        screen.trim_end().ends_with(&format!("{PROMPT} precious"))
    });
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "precious");
}

#[test]
fn ctrl_c_twice_on_an_empty_line_leaves() {
    let server = answering(0);
    let mut pty = begun(&chat(&server));
    pty.type_keys("\x03").wait_for("press Ctrl-C again to leave");
    at_prompt(&mut pty);
    pty.type_keys("x\x03");
    at_prompt(&mut pty);
    pty.type_keys("\x03").wait_screen("asked again", |screen| {
        screen.matches("press Ctrl-C again to leave").count() == 2
    });
    at_prompt(&mut pty);
    pty.type_keys("\x03");
    assert_eq!(pty.exit_code(), 0);
    assert!(
        !pty.screen().contains("qwen chat -r"),
        "there is nothing to come back to"
    );
}

#[test]
fn keys_behind_a_ctrl_c_in_one_read_are_not_lost() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("wrong\x03right\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "right");
}

#[test]
fn ctrl_d_leaves_on_an_empty_line_only_and_shows_how_to_continue() {
    let server = answering(1);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("xhi\x01\x04\r").wait_for("answer 1");
    assert_eq!(
        last(&server.request()),
        "hi",
        "it deletes the character under the cursor"
    );
    at_prompt(&mut pty);
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
    let id = super::kept(&qwen).0.id;
    // The end of the id is enough.
    let end = &id[id.len() - 4..];
    assert!(
        pty.screen().contains(&format!("qwen chat -r {end}")),
        "{}",
        pty.screen()
    );
    let mut pty = begun(&qwen.args(["chat", "-r", &end.to_lowercase()]));
    pty.wait_for("hi: 2 messages");
}

#[test]
fn history_is_kept_across_runs_for_its_owner_alone() {
    let server = answering(3);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("first of all\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("second\r").wait_for("answer 2");
    at_prompt(&mut pty);
    pty.type_keys("\x04");
    pty.exit_code();
    let file = qwen.qwen_home().join("data/history");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let mut pty = begun(&qwen);
    pty.type_keys("\x12of a").wait_for("first of all");
    // Enter on a hit sends it.
    pty.type_keys("\r").wait_for("answer 3");
    let requests = server.requests();
    assert_eq!(last(&requests[2]), "first of all");
}

#[test]
fn without_saving_no_history_is_written() {
    let server = answering(2);
    let qwen = chat(&server);
    for (args, words) in [(&["chat"] as &[&str], "open"), (&["chat", "--no-save"], "secret")] {
        let mut pty = begun(&qwen.clone().args(args.to_vec()));
        pty.type_keys(&format!("{words}\r")).wait_for("answer");
        at_prompt(&mut pty);
        pty.type_keys("\x04");
        assert_eq!(pty.exit_code(), 0);
        assert_eq!(pty.screen().contains("chat -r"), words == "open");
    }
    let history = std::fs::read_to_string(qwen.qwen_home().join("data/history")).unwrap();
    assert!(history.contains("open") && !history.contains("secret"), "{history}");
    assert_eq!(texts(&qwen), ["open", "answer 1"]);
}

#[test]
fn without_saving_there_is_no_folder() {
    let server = answering(1);
    let qwen = chat(&server).args(["chat", "--no-save"]);
    let mut pty = begun(&qwen);
    pty.type_keys("secret\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
    assert!(!qwen.qwen_home().join("data").exists());
}

#[test]
fn tab_completes_commands_and_paths_with_spaces() {
    let server = answering(1);
    let qwen = chat(&server)
        .file("my notes.txt", "from the notes\n")
        .file("other.txt", "");
    let mut pty = begun(&qwen);
    pty.type_keys("/mod\t").wait_for("/model");
    pty.type_keys("\x15see @my\t").wait_for("see @\"my notes.txt\"");
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(
        last(&server.request()),
        "my notes.txt:\n```txt\nfrom the notes\n```\n\nsee @\"my notes.txt\""
    );
}

#[test]
fn tab_offers_the_models_of_who_is_asked_also_after_a_switch() {
    let server = answering(0);
    let qwen = chat(&server).config("[aliases]\nfast = \"qwen-flash\"\n");
    let mut pty = qwen
        .args(["-p", "demo", "chat"])
        .env("DASHSCOPE_API_KEY", KEY)
        .pty(24, 80);
    pty.wait_for(PROMPT);
    pty.type_keys("/model d\t").wait_for("❯ /model demo");
    pty.type_keys("\x15/model qwen-m\t")
        .type_keys("\x15/provider dashscope\r")
        .wait_for("switched to qwen-max on dashscope");
    assert!(!pty.screen().contains("/model qwen-max"), "{}", pty.screen());
    pty.type_keys("/model qwen-ma\t").wait_for("❯ /model qwen-max");
}

#[test]
fn notices_in_a_narrow_window_are_wrapped_at_words() {
    let qwen = Qwen::new().args(["-p", "demo", "chat"]);
    let mut pty = qwen.pty(40, 20);
    pty.wait_for("leaves\n\n❯");
    pty.type_keys("length\r")
        .wait_for("notice: the answer\nwas cut off at the\ntoken limit; raise\nit with /set\nmax_tokens\n");
    at_prompt_of_demo(&mut pty);
    pty.type_keys("/usage\r").wait_for("in all, for one\nanswer");
    // What is to be copied is in one piece, and the terminal's to wrap.
    pty.type_keys("\x04").wait_for("continue: qwen chat -r ");
}

fn at_prompt_of_demo(pty: &mut Pty) {
    pty.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with(PROMPT));
}

#[test]
fn ctrl_g_and_ctrl_x_ctrl_e_open_the_editor() {
    let server = answering(2);
    let qwen = chat(&server).file("edit.sh", "printf ' and edited' >> \"$1\"\n");
    let editor = format!("sh {}", qwen.cwd().join("edit.sh").display());
    let mut pty = begun(&qwen.env("EDITOR", &editor));
    pty.type_keys("one\x07").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("two\x18\x05").wait_for("answer 2");
    let requests = server.requests();
    assert_eq!(last(&requests[0]), "one and edited");
    assert_eq!(last(&requests[1]), "two and edited");
}

#[test]
fn an_editor_that_fails_sends_nothing_and_loses_nothing() {
    let server = answering(1);
    let mut pty = begun(&chat(&server).env("VISUAL", "false"));
    pty.type_keys("draft\x07").wait_for("nothing was sent");
    pty.wait_screen("the draft again", |screen| {
        screen.trim_end().ends_with(&format!("{PROMPT} draft"))
    });
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "draft");
}

#[test]
fn wide_characters_are_edited_one_by_one() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("中文字\x1b[D\x1b[D").wait_screen("the cursor", |_| true);
    pty.type_keys("国\x1b[F\x7f了\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "中国文了");
}

#[test]
fn enter_in_the_middle_sends_the_whole_line() {
    assert_eq!(sent("the whole line\x01\x1b[C\r"), "the whole line");
}

#[test]
fn vi_keys_by_config() {
    let server = answering(1);
    let mut pty = begun(&chat(&server).config("edit_mode = \"vi\"\n"));
    pty.type_keys("bc\x1b0ia\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "abc");
}

#[test]
fn ctrl_z_suspends_with_the_terminal_as_it_was() {
    let server = answering(1);
    let program = env!("CARGO_BIN_EXE_qwen");
    let modes = "stty -a | tr ' ' '\\n' | grep -x -e '-*echo' -e '-*icanon' -e '-*icrnl' | tr '\\n' '/'";
    let script =
        format!("set -m; {modes}; echo before; '{program}' chat; {modes}; echo stopped; fg; {modes}; echo finished");
    let mut pty = Qwen::shell(&script).server(&server).pty(24, 80);
    pty.wait_for(PROMPT).type_keys("half\x1a").wait_for("stopped");
    pty.wait_screen("the line again", |screen| {
        screen.matches(&format!("{PROMPT} half")).count() == 2
    });
    pty.type_keys(" and half\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("\x04").wait_for("finished");
    let screen = pty.screen();
    assert_eq!(screen.matches("icrnl/icanon/echo/").count(), 3, "{screen}");
    assert_eq!(last(&server.request()), "half and half");
}

#[test]
fn a_narrow_screen_keeps_room_for_words() {
    let server = answering(1);
    let mut pty = chat(&server).pty(24, 18);
    pty.wait_for(PROMPT);
    pty.type_keys("一二三四五六七八九\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "一二三四五六七八九");
}

#[test]
fn a_terminated_chat_leaves_the_terminal_as_it_was() {
    let server = Server::plays([]);
    let program = env!("CARGO_BIN_EXE_qwen");
    let modes = "stty -a | tr ' ' '\\n' | grep -x -e '-*echo' -e '-*icanon' -e '-*icrnl' | tr '\\n' '/'";
    let script =
        format!("'{program}' chat & wait_for=$!; (read go < go; kill -TERM $wait_for) & fg %1; {modes}; echo finished");
    let qwen = Qwen::shell(&format!("set -m; mkfifo go; {script}")).server(&server);
    let mut pty = qwen.pty(24, 80);
    pty.wait_for(PROMPT);
    std::fs::write(qwen.cwd().join("go"), "go\n").unwrap();
    pty.wait_for("finished");
    assert!(pty.screen().contains("icrnl/icanon/echo/"), "{}", pty.screen());
}

#[test]
fn a_terminal_without_keys_is_enough() {
    let server = answering(1);
    let mut pty = chat(&server).env("TERM", "dumb").pty(24, 80);
    pty.wait_for(">").type_keys("你好\r").wait_for("answer 1");
    pty.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with("\n\n>"));
    assert_eq!(last(&server.request()), "你好");
    assert!(!pty.bytes().contains(&0x1b), "{}", pty.screen());
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
}

/// A page that was copied from may have put more on the clipboard than it showed.
#[test]
fn invisible_characters_in_pasted_text_are_noticed_and_sent_unchanged() {
    let server = answering(2);
    let mut pty = begun(&chat(&server));
    let words = "می\u{200c}خواهم a\u{200b}b\u{202e}\u{200b}❤\u{fe0f}";
    pty.type_keys(&format!("\x1b[200~{words}\x1b[201~")).wait_for("می");
    pty.type_keys("\r")
        .wait_for("the message has 3 invisible characters: U+200B, U+202E")
        .wait_for("answer 1");
    assert_eq!(last(&server.request()), words);
    let shown = String::from_utf8_lossy(&pty.bytes()).into_owned();
    assert!(!shown.contains(['\u{200b}', '\u{202e}']), "{shown:?}");
    at_prompt(&mut pty);
    pty.type_keys("می\u{200c}خواهم ❤\u{fe0f}\r").wait_for("answer 2");
    assert_eq!(pty.screen().matches("invisible character").count(), 1);
}

#[test]
fn escapes_in_pasted_text_are_not_obeyed_and_not_sent() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("\x1b[200~A\x1b[31mB\x1b]0;owned\x07C\u{9b}2JD\x07E\x08F\x7fG\0H\tI\x1b[?1049hJ\nK\x1b[201~")
        .wait_for("K");
    pty.type_keys("\r").wait_for("answer 1");
    let sent = last(&server.request());
    assert!(
        !sent.chars().any(|c| c.is_control() && c != '\n' && c != '\t'),
        "{sent:?}"
    );
    let letters: String = sent
        .chars()
        .filter(|c| ('A'..='K').contains(c) || c.is_whitespace())
        .collect();
    assert_eq!(letters, "ABCJDEFGH\tIJ\nK", "{sent:?}");
    // Nor had the terminal anything to obey, also where there are no colours.
    let harmless = |pty: &Pty| {
        // It is asked for its background, once.
        let shown = String::from_utf8_lossy(&pty.bytes()).replacen("\x1b]11;?\x1b\\", "", 1);
        for part in ["\x07", "\u{9b}", "\x1b]", "\x08", "\x7f", "\0", "\x1b[?1049h"] {
            assert!(!shown.contains(part), "{part:?} came through: {shown:?}");
        }
    };
    harmless(&pty);
    // A history of other times, or of another program, may hold some as well.
    let server = answering(1);
    let qwen = chat(&server).env("NO_COLOR", "1");
    std::fs::create_dir_all(qwen.qwen_home()).unwrap();
    for folder in [qwen.qwen_home(), qwen.qwen_home().join("data")] {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("history"), "#V2\nOLD\x07\u{9b}2J\x1b]0;owned\x07LINE\n").unwrap();
    }
    let mut pty = begun(&qwen);
    pty.type_keys("\x1b[A").wait_for("LINE");
    harmless(&pty);
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "OLD2J]0;ownedLINE");
}
