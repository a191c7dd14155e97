//! The keys of the prompt.

use std::os::unix::fs::PermissionsExt;

use super::{PROMPT, answering, asked, at_prompt, begun, chat, last, messages, texts};
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
    pty.type_keys("a\nb").wait_for("❯ a\n  b");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn alt_enter_ctrl_j_and_a_backslash_make_lines() {
    assert_eq!(sent("a\x1b\rb\nc\\\rd\r"), "a\nb\nc\nd");
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("one\\\rtwo").wait_for("❯ one\n  two");
    pty.type_keys("\r").wait_for("answer 1");
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
fn a_paste_whose_end_never_comes_takes_no_key_along() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("\x1b[200~half").wait_for("half");
    pty.type_keys(" more\x1b[201~!").wait_for("half more!");
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "half more!");
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
fn without_saving_no_word_is_kept() {
    let server = answering(1);
    let qwen = chat(&server).args(["chat", "--no-save"]);
    let mut pty = begun(&qwen);
    pty.type_keys("secret\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
    let folder = std::fs::read_dir(qwen.qwen_home().join("data")).unwrap();
    for entry in folder {
        let path = entry.unwrap().path();
        let kept = std::fs::read(&path).unwrap();
        for word in ["secret", "answer 1"] {
            let found = kept.windows(word.len()).any(|part| part == word.as_bytes());
            assert!(!found, "{word} in {}", path.display());
        }
    }
    // What the answer took is counted.
    qwen.clone()
        .args(["usage", "--by", "provider"])
        .run()
        .expect_answer("dashscope\t1\t5\t2\t7\t0.0000312 CNY\t0\n");
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

/// A message of so many lines, and the keys that paste it.
fn long_paste(lines: usize) -> (String, String) {
    let lines: Vec<String> = (1..=lines).map(|n| format!("line {n} of it")).collect();
    let text = lines.join("\n");
    let keys = format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r"));
    (text, keys)
}

#[test]
fn a_long_paste_is_one_mark_and_is_sent_whole() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    let (text, keys) = long_paste(2_000);
    pty.type_keys("see ")
        .type_keys(&keys)
        .wait_for("❯ see [pasted 2000 lines]");
    pty.type_keys("\x1b[D\x1b[C\x1b[C?\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), format!("see {text}?"));
    at_prompt(&mut pty);
    // It goes as one character, and comes back.
    pty.type_keys(&keys).wait_for("❯ [pasted 2000 lines]");
    pty.type_keys("\x7f");
    at_prompt(&mut pty);
    pty.type_keys("\x1f").wait_screen("the mark", |screen| {
        screen.trim_end().ends_with("❯ [pasted 2000 lines]")
    });
}

#[test]
fn ctrl_o_opens_a_mark_and_no_key_writes_much_of_a_long_message() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    let (text, keys) = long_paste(2_000);
    pty.type_keys(&keys).wait_for("❯ [pasted 2000 lines]");
    // The nearest one is opened, also from a word away.
    pty.type_keys(" end").wait_for("lines] end");
    pty.type_keys("\x0f\x7f\x7f\x7f\x7f").wait_for("line 2000 of it");
    for (key, shown) in [
        ("!", "line 2000 of it!"),
        ("\x1b[A\x1b[A!", "line 1998 of it!"),
        ("\x01?", "?line 1998 of it"),
        ("\x1b[1;5H", "❯ line 1 of it"),
        ("天", "❯ 天line 1 of it"),
        ("\x7f", "❯ line 1 of it"),
        ("\x1b[1;5F", "line 2000 of it!"),
    ] {
        let before = pty.bytes().len();
        pty.type_keys(key).wait_for(shown);
        let written = pty.bytes().len() - before;
        assert!(written < 4096, "{key:?}: {written} bytes");
    }
    // Only what is in view was ever on the screen.
    assert!(!pty.scrollback().contains("line 1000 of it"));
    pty.type_keys("\r").wait_for("answer 1");
    let changed = text.replace("line 1998 of it", "?line 1998 of it!");
    assert_eq!(last(&server.request()), format!("{changed}!"));
}

#[test]
fn characters_of_the_private_planes_are_no_marks() {
    let odd = "a\u{10f000}\u{10fffd}\u{f0001}b";
    assert_eq!(sent(&format!("{odd}\r")), odd);
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys(&format!("\x1b[200~{odd}\x1b[201~")).wait_for("b");
    let (text, keys) = long_paste(21);
    pty.type_keys(&format!("{keys}\u{10f000}"))
        .wait_for("[pasted 21 lines]");
    pty.type_keys("\x0f\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), format!("{odd}{text}\u{10f000}"));
}

#[test]
fn a_search_that_is_left_by_esc_keeps_what_it_found() {
    let server = answering(2);
    let mut pty = begun(&chat(&server));
    pty.type_keys("about the moon\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("\x12moo").wait_for("search “moo”: about the moon");
    pty.type_keys("\x1b")
        .wait_screen("the hit", |screen| screen.matches("❯ about the moon").count() == 2);
    // The key after it is a letter, not a command.
    pty.type_keys("s\r").wait_for("answer 2");
    assert_eq!(last(&server.requests()[1]), "about the smoon");
    at_prompt(&mut pty);
    // Ctrl-G goes back to what was there.
    pty.type_keys("mine\x12moo").wait_for("search “moo”: about the smoon");
    pty.type_keys("\x12").wait_for("search “moo”: about the moon");
    pty.type_keys("\x13").wait_for("search “moo”: about the smoon");
    pty.type_keys("x").wait_for("no match for “moox”");
    pty.type_keys("\x07").wait_for("❯ mine");
}

#[test]
fn up_and_down_go_by_rows_and_then_through_the_history() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("older\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("one\ntwo\x1b[A!").wait_for("❯ one!\n  two");
    pty.type_keys("\x1b[A")
        .wait_screen("the older one", |screen| screen.trim_end().ends_with("❯ older"));
    pty.type_keys("\x1b[B").wait_for("❯ one!\n  two");
    // A row is one of the screen, also in a long line.
    let mut pty = chat(&server).pty(24, 20);
    pty.wait_for(PROMPT).type_keys("aaaa bbbb cccc dddd eeee");
    pty.wait_for("❯ aaaa bbbb cccc \n  dddd eeee");
    pty.type_keys("\x1b[Ax").wait_for("❯ aaaa bbbbx cccc \n  dddd eeee");
}

#[test]
fn words_of_the_history_are_a_hint_that_is_taken_by_a_key() {
    let server = answering(2);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("about the moon\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("abo")
        .wait_screen("the hint", |screen| screen.matches("❯ about the moon").count() == 2);
    pty.type_keys("\x05!\r").wait_for("answer 2");
    assert_eq!(last(&server.requests()[1]), "about the moon!");
    // Without colours a hint would look as if it had been typed.
    let mut pty = begun(&qwen.env("NO_COLOR", "1"));
    pty.type_keys("abo").wait_for("❯ abo");
    pty.type_keys("\x01x").wait_for("❯ xabo");
    assert!(!pty.screen().contains("moon"), "{}", pty.screen());
}

#[test]
fn vi_mode_shows_its_mode() {
    let server = answering(1);
    let mut pty = begun(&chat(&server).config("edit_mode = \"vi\"\n"));
    pty.type_keys("one two").wait_for("❯ one two");
    pty.type_keys("\x1b").wait_for("❮ one two");
    pty.type_keys("bcw").wait_for("❯ one");
    pty.type_keys("three\x1b0x.").wait_for("❮ e three");
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "e three");
    at_prompt(&mut pty);
}

#[test]
fn slash_commands_are_a_menu_that_goes_without_a_trace() {
    let server = answering(0);
    let mut pty = begun(&chat(&server));
    pty.type_keys("/").wait_for("/help  ");
    pty.type_keys("usa").wait_gone("/help  ");
    pty.wait_for("/usage /tokens  ");
    // Esc closes it, and the text stays.
    pty.type_keys("\x1b");
    pty.wait_screen("no menu", |screen| screen.trim_end().ends_with("❯ /usage"));
    pty.type_keys("\x15/").wait_for("/help  ");
    pty.type_keys("\x1b[B\x1b[A").type_keys("usag").wait_gone("/help  ");
    pty.type_keys("\r").wait_for("❯ /usage\n0 tokens in");
    at_prompt(&mut pty);
    // Tab puts the highlighted one in, to be completed further.
    pty.type_keys("/mod").wait_for("/model [ID]  ");
    pty.type_keys("\t")
        .wait_screen("the command", |screen| screen.trim_end().ends_with("❯ /model"));
    pty.type_keys("x").wait_for("❯ /model x");
}

#[test]
fn tab_shows_a_menu_where_there_are_several() {
    let server = answering(0);
    let qwen = chat(&server).file("note one.txt", "1").file("note two.txt", "2");
    let mut pty = begun(&qwen);
    pty.type_keys("/file no\t")
        .wait_for("note one.txt")
        .wait_for("note two.txt");
    pty.type_keys("\t").type_keys("\r").wait_gone("note one.txt");
    pty.wait_for("note two.txt")
        .type_keys("\r")
        .wait_for("[note two.txt]\n❯");
}

#[test]
fn a_window_of_twenty_columns_and_one_that_is_dragged() {
    let server = answering(1);
    let mut pty = chat(&server).args(["chat", "-q"]).pty(10, 20);
    pty.wait_for(PROMPT);
    let words = "天地玄黄宇宙洪荒日月盈昃辰宿列张";
    pty.type_keys(words).wait_for("❯ 天地玄黄宇宙洪荒\n  日月盈昃辰宿列张");
    pty.resize(10, 40).wait_for(&format!("❯ {words}"));
    pty.resize(10, 20).wait_for("❯ 天地玄黄宇宙洪荒\n  日月盈昃辰宿列张");
    pty.type_keys("\x01寒\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), format!("寒{words}"));
    assert_eq!(pty.scrollback().matches('列').count(), 1, "{}", pty.scrollback());
}

#[test]
fn a_signal_in_the_middle_of_a_paste_keeps_what_came_of_it() {
    let server = answering(0);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    // What comes with the letter was read with it.
    pty.type_keys("before\x1b[200~ half\rof").wait_for("before");
    pty.signal(rustix::process::Signal::TERM);
    assert_eq!(pty.exit_code(), 143);
    let mut pty = begun(&qwen);
    pty.type_keys("\x1b[A").wait_for("❯ before half\n  of");
}

#[test]
fn keys_without_a_use_are_no_text() {
    assert_eq!(sent("\x1b[15~\x1b[2~\x1b[1;2P\x11\x16\x1d\x1b[Zh\x1bqi\r"), "hi");
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
fn esc_and_a_capital_o_are_two_keys_of_vi() {
    let server = Server::without_requests();
    let mut pty = begun(&chat(&server).config("edit_mode = \"vi\"\n"));
    pty.type_keys("one").wait_for("❯ one");
    pty.type_keys("\x1bO");
    pty.wait_screen("a line above", |screen| screen.trim_end().ends_with("❯ \n  one"));
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

#[test]
fn ctrl_d_and_a_line_typed_amid_an_answer_are_read_without_keys_too() {
    let server = Server::plays([
        asked()
            .stream_head()
            .deltas(&["begun\n\n"])
            .gate("rest")
            .deltas(&["answer 1"])
            .sse(crate::server::end("stop"))
            .done(),
        asked().answer(&["answer 2"]),
    ]);
    let mut pty = chat(&server).env("TERM", "dumb").pty(24, 80);
    pty.wait_for(">").type_keys("one\r").wait_for("begun");
    pty.type_keys("two\r\x04");
    server.open("rest");
    pty.wait_for("answer 2");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(last(&server.requests()[1]), "two");
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
    // A title of its own is a code that the terminal obeys.
    let qwen = chat(&server).config("title = false\n");
    let mut pty = begun(&qwen);
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
    let qwen = chat(&server).config("title = false\n").env("NO_COLOR", "1");
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
