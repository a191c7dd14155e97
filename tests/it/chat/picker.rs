//! Lists to choose from: a menu below the prompt, or numbers where the screen is not drawn on.

use serde_json::json;

use super::{PROMPT, answering, asked, at_prompt, begun, chat};
use crate::harness::Qwen;
use crate::pty::Pty;
use crate::running::Signal;
use crate::server::{Connection, MODELS, Server};

const UP: &str = "\x1b[A";
const DOWN: &str = "\x1b[B";
const ESC: &str = "\x1b";

/// A local server that lists these models so many times.
fn listing(models: &[&str], times: usize) -> Server {
    Server::plays(lists(models, times))
}

fn lists(models: &[&str], times: usize) -> impl Iterator<Item = Connection> {
    let data: Vec<_> = models.iter().map(|id| json!({"id": id})).collect();
    let list = json!({"object": "list", "data": data});
    (0..times).map(move |_| Connection::new().expect("GET", MODELS).json(200, &list))
}

fn local(server: &Server) -> Qwen {
    chat(server).args(["chat", "-p", "local", "-m", "qwen-max"])
}

/// Waits for the end of the screen. A highlighted row has spaces behind it.
#[track_caller]
fn shows(pty: &mut Pty, end: &str) {
    pty.wait_screen(end, |screen| trimmed(screen).ends_with(end));
}

fn trimmed(screen: &str) -> String {
    let lines: Vec<&str> = screen.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n")
}

#[test]
fn a_model_is_chosen_by_arrows_and_by_typing() {
    let lists = lists(&["qwen-max", "qwen-turbo", "qwen-plus", "qwen-vl-plus"], 2);
    let server = Server::plays(lists.chain([asked().answer(&["answer 1"])]));
    let mut pty = begun(&local(&server));
    pty.type_keys("/model\r");
    shows(
        &mut pty,
        "❯ /model\nmodel:\n❯• qwen-max\n   qwen-turbo\n   qwen-plus\n   qwen-vl-plus",
    );
    pty.type_keys(DOWN);
    shows(&mut pty, " • qwen-max\n❯  qwen-turbo\n   qwen-plus\n   qwen-vl-plus");
    pty.type_keys("plus");
    shows(&mut pty, "model: plus\n❯  qwen-plus\n   qwen-vl-plus\n  2 of 4");
    assert!(pty.formatted().contains("\x1b[1mplus"), "{:?}", pty.formatted());
    pty.type_keys(&format!("{DOWN}\r"));
    shows(&mut pty, "❯ /model\nswitched to qwen-vl-plus\n\n❯");
    pty.type_keys("/model\r").wait_for("❯• qwen-vl-plus");
    pty.type_keys("turbo\r");
    shows(&mut pty, "❯ /model\nswitched to qwen-turbo\n\n❯");
    pty.type_keys("hi\r").wait_for("answer 1");
    assert_eq!(server.requests()[2].json()["model"], "qwen-turbo");
}

#[test]
fn nothing_is_left_of_a_list_that_is_left() {
    let server = listing(&["qwen-max", "qwen-plus"], 1);
    let mut pty = begun(&local(&server));
    pty.type_keys("an old message\x15");
    pty.type_keys("/model").wait_for("❯ /model [ID]");
    pty.type_keys("\r").wait_for("qwen-plus");
    let listed = pty.screen();
    let before = &listed[..listed.find("model: ").unwrap()];
    pty.type_keys("max").wait_gone("qwen-plus");
    pty.type_keys(UP).type_keys(ESC);
    at_prompt(&mut pty);
    assert_eq!(trimmed(&pty.screen()), format!("{before}\n❯"));
}

#[test]
fn up_in_a_list_is_no_message_of_before_and_digits_of_hidden_ids_are_not_found() {
    let server = answering(1);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("about cats\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
    let id = super::kept(&qwen).0.id;
    let mut pty = qwen.args(["chat", "-r"]).pty(24, 80);
    pty.wait_for("❯ about cats  qwen-max  just now");
    pty.type_keys(UP).type_keys(&id[..8]);
    shows(&mut pty, &format!("continue: {}\n  no match", &id[..8]));
    // Enter takes nothing then.
    pty.type_keys("\r\x15").wait_for("❯ about cats");
    pty.type_keys("\r").wait_for("about cats: 2 messages");
}

#[test]
fn what_is_no_name_is_not_taken() {
    let server = listing(&["qwen-max", "qwen-plus", "qwen-vl-plus"], 1);
    let mut pty = begun(&local(&server));
    pty.type_keys("/model\r").wait_for("qwen-vl-plus");
    pty.type_keys("/s\r");
    shows(&mut pty, "model: /s\n  no match");
    pty.type_keys("\x15").wait_for("qwen-vl-plus");
    pty.type_keys(ESC);
    at_prompt(&mut pty);
    // A part of names narrows the list, one that none has is taken, with a word.
    pty.type_keys("/model plus\r");
    shows(&mut pty, "model: plus\n❯  qwen-plus\n   qwen-vl-plus\n  2 of 3");
    pty.type_keys("\r").wait_for("switched to qwen-plus");
    pty.type_keys("/model vl\r").wait_for("switched to qwen-vl-plus");
    pty.type_keys("/model novel\r")
        .wait_for("novel is not in the list of models")
        .wait_for("switched to novel");
    at_prompt(&mut pty);
    pty.type_keys("/model a b c\r")
        .wait_for("\"a b c\" is not a model name");
}

#[test]
fn a_long_list_scrolls_in_a_small_window_and_says_how_long_it_is() {
    let models: Vec<String> = (1..=214).map(|n| format!("m-{n}")).collect();
    let models: Vec<&str> = models.iter().map(String::as_str).collect();
    let server = listing(&models, 1);
    let qwen = local(&server)
        .args(["chat", "-q", "-p", "local", "-m", "m-1"])
        .env("NO_COLOR", "1");
    let mut pty = qwen.pty(8, 20);
    pty.wait_for(PROMPT).type_keys("/model\r");
    shows(&mut pty, "model:\n❯• m-1\n   m-2\n   m-3\n  1-3 of 214");
    // The highlighted row is reversed without colours, too.
    assert!(pty.formatted().contains("\x1b[7m"), "{:?}", pty.formatted());
    pty.type_keys("\x1b[F");
    shows(&mut pty, "   m-212\n   m-213\n❯  m-214\n  212-214 of 214");
    pty.type_keys("\x1b[5~\x1b[H\x1b[6~");
    shows(&mut pty, "❯  m-4\n   m-5\n  3-5 of 214");
    pty.type_keys(ESC);
    shows(&mut pty, "❯ /model\n\n❯");
}

#[test]
fn commands_are_a_menu_as_soon_as_a_slash_is_typed() {
    let server = answering(1);
    let mut pty = chat(&server).args(["chat", "-q"]).pty(24, 60);
    pty.wait_for(PROMPT);
    let before = pty.screen();
    pty.type_keys("/").wait_for("\n❯ /help ");
    pty.type_keys(ESC);
    shows(&mut pty, "❯ /");
    pty.type_keys("\x7f");
    pty.wait_screen("the screen of before", |screen| screen == before);
    // Commands whose name begins so come alone.
    pty.type_keys("/p").wait_for("\n❯ /provider ");
    assert!(!pty.screen().contains("/compact"), "{}", pty.screen());
    pty.type_keys("ict").wait_for("\n❯ /image");
    pty.type_keys("\x15");
    pty.wait_screen("the screen of before", |screen| screen == before);
    // Enter runs what needs no argument, and puts in what does.
    pty.type_keys("/q").wait_for("❯ /exit /quit /bye");
    pty.type_keys("\x7fimag").wait_for("❯ /image PATH|URL|clipboard");
    pty.type_keys("\r");
    shows(&mut pty, "❯ /image");
    pty.type_keys("x.png\r").wait_for("cannot read x.png");
    at_prompt(&mut pty);
    pty.type_keys("/us").wait_for("❯ /usage");
    pty.type_keys("\r").wait_for("❯ /usage\n0 tokens in");
    at_prompt(&mut pty);
    // Another row than the best is meant, also where the best is called so.
    pty.type_keys("/set").wait_for("❯ /set ");
    pty.type_keys(&format!("{DOWN}{UP}\r")).wait_for("❯ /set\n");
    at_prompt(&mut pty);
    // A path, and what is typed ahead, is what it was.
    pty.type_keys("/tmp").type_keys("\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("/s\r").wait_for("/s could be /system, /search");
    at_prompt(&mut pty);
    // Lines of before that begin with a slash are walked through, not listed.
    pty.type_keys(UP);
    shows(&mut pty, "❯ /s");
    pty.type_keys(UP);
    shows(&mut pty, "❯ /tmp");
}

#[test]
fn lists_have_numbers_where_the_screen_is_not_drawn_on() {
    for (name, value) in [("ACCESSIBLE", "1"), ("TERM", "dumb")] {
        let server = listing(&["qwen-max", "qwen-plus", "qwen-vl-plus"], 1);
        let mut pty = local(&server).env(name, value).pty(24, 80);
        let mark = if value == "dumb" { ">" } else { PROMPT };
        pty.wait_screen("the prompt", |screen| screen.trim_end().ends_with(mark));
        pty.type_keys("/").type_keys("model\r");
        shows(
            &mut pty,
            "qwen-max answers\n1* qwen-max\n2  qwen-plus\n3  qwen-vl-plus\nmodel:",
        );
        pty.type_keys("plus\r");
        shows(&mut pty, "1  qwen-plus\n2  qwen-vl-plus\nmodel:");
        pty.type_keys("2\r").wait_for("switched to qwen-vl-plus");
        assert!(!pty.screen().contains("/help ["), "{}", pty.screen());
    }
}

#[test]
fn the_first_menu_is_a_list_too() {
    let mut pty = Qwen::new().env("LANG", "zh_CN.UTF-8").pty(24, 80);
    pty.wait_for("\n❯ dashscope         阿里云百炼的 API 密钥 ");
    pty.type_keys("脚本");
    shows(
        &mut pty,
        "\n❯ demo              按脚本回答，不用密钥\n  共 5 项，剩 1 项",
    );
    pty.type_keys("\r").wait_gone("阿里云百炼");
    at_prompt(&mut pty);
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn a_signal_ends_the_program_in_a_list_too() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let server = listing(&["qwen-plus", "qwen-max"], 1);
        let mut pty = begun(&local(&server));
        pty.type_keys("/model\r").wait_for("qwen-plus");
        pty.signal(signal);
        assert_eq!(pty.exit_code(), code);
    }
}

#[test]
fn messages_that_wait_behind_a_list_are_kept_when_a_signal_ends_the_program() {
    let models = lists(&["qwen-plus", "qwen-max"], 1);
    let answer = asked()
        .stream_head()
        .deltas(&["begun "])
        .gate("rest")
        .sse(crate::server::end("stop"))
        .done();
    let server = Server::plays(std::iter::once(answer).chain(models));
    let qwen = local(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("one\r").wait_for("begun");
    for line in ["/model", "two"] {
        pty.type_keys(line).wait_for(&format!("❯ {line}"));
        pty.type_keys("\r").wait_bytes(&format!("\x1b[2m❯ {line}\x1b[m"));
    }
    server.open("rest");
    pty.wait_for("qwen-plus").signal(Signal::TERM);
    assert_eq!(pty.exit_code(), 143);
    let history = std::fs::read_to_string(qwen.qwen_home().join("data/history")).unwrap();
    assert!(history.ends_with("one\n/model\ntwo\n"), "{history}");
}
