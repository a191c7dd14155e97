//! The commands of the prompt.

use serde_json::json;

use super::{PROMPT, answering, asked, at_prompt, begun, chat, kept, last, messages, texts};
#[cfg(unix)]
use crate::harness::tool;
use crate::server::{Connection, MODELS, Server};

/// A grey picture, 16 × 16 pixels.
const PNG: &[u8] = include_bytes!("../../fixtures/pictures/grey-16.png");

#[test]
fn help_lists_every_command() {
    let server = answering(0);
    let mut pty = chat(&server).pty(50, 120);
    pty.wait_for(PROMPT).type_keys("/help\r").wait_for("/exit /quit /bye");
    at_prompt(&mut pty);
    let screen = pty.screen();
    for command in qwen_cli::repl::slash_commands::COMMANDS {
        assert!(screen.contains(&format!("/{}", command.name)), "{}", command.name);
        assert!(
            screen.contains(command.about.localize(qwen_cli::i18n::lang::Lang::En)),
            "{}",
            command.about
        );
    }
}

#[test]
fn an_unknown_command_is_reported_and_sends_nothing() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("/modle x\r").wait_for("did you mean /model?");
    at_prompt(&mut pty);
    pty.type_keys("/s\r").wait_for("/s could be /system, /search");
    at_prompt(&mut pty);
    pty.type_keys("//s is a path\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "/s is a path");
}

#[test]
fn full_width_signs_count() {
    let server = answering(1);
    let mut pty = begun(&chat(&server).file("笔记.txt", "内容\n"));
    pty.type_keys("／mod qwen-plus\r").wait_for("switched to qwen-plus");
    pty.type_keys("＠笔记.txt 讲什么\r").wait_for("answer 1");
    let request = server.request().json();
    assert_eq!(request["model"], "qwen-plus");
    assert_eq!(
        request["messages"][0]["content"],
        "笔记.txt:\n```txt\n内容\n```\n\n＠笔记.txt 讲什么"
    );
}

#[test]
fn switches_go_into_the_request_and_out_again() {
    let server = answering(2);
    let mut pty = begun(&chat(&server));
    for line in [
        "/think 500",
        "/search on",
        "/set temperature 0.5",
        "/set max-tokens=99",
        "/system 请用中文",
    ] {
        pty.type_keys(&format!("{line}\r")).wait_for(line);
        at_prompt(&mut pty);
    }
    pty.type_keys("/set temperature 9\r")
        .wait_for("temperature must be a number from 0 to 2");
    at_prompt(&mut pty);
    pty.type_keys("one\r").wait_for("answer 1");
    at_prompt(&mut pty);
    let body = server.requests()[0].json();
    let expected = json!({"enable_thinking": true, "thinking_budget": 500, "enable_search": true,
        "temperature": 0.5, "max_tokens": 99});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&body[name], value, "{name}");
    }
    assert_eq!(body["messages"][0], json!({"role": "system", "content": "请用中文"}));
    for (line, told) in [
        ("/think off", "thinking is off"),
        ("/search off", "web search is off"),
        ("/set temperature", "temperature reset to the server's default"),
        ("/set max_tokens", "max_tokens reset to the server's default"),
        ("/system -", "system message removed"),
    ] {
        pty.type_keys(&format!("{line}\r")).wait_for(told);
        at_prompt(&mut pty);
    }
    pty.type_keys("two\r").wait_for("answer 2");
    let body = server.requests()[1].json();
    assert_eq!(
        (&body["enable_thinking"], &body["enable_search"]),
        (&json!(false), &json!(false))
    );
    assert!(
        body.get("temperature").is_none() && body.get("max_tokens").is_none(),
        "{body}"
    );
    assert_eq!(body["messages"][0]["role"], "user");
}

#[test]
fn a_model_is_chosen_by_typing_a_part_of_it() {
    let list = json!({"object": "list", "data": [{"id": "qwen-max"}, {"id": "qwen-turbo"}, {"id": "other"}]});
    let server = Server::plays([
        Connection::new().expect("GET", MODELS).json(200, &list),
        asked().answer(&["answer 1"]),
    ]);
    let mut pty = begun(
        &chat(&server)
            .args(["chat", "-p", "local", "-m", "qwen-max"])
            .env("ACCESSIBLE", "1"),
    );
    pty.type_keys("/model\r").wait_for("3  other").wait_for("model:");
    pty.type_keys("qwen\r")
        .wait_screen("fewer", |screen| screen.matches("qwen-turbo").count() == 2);
    pty.type_keys("turbo\r").wait_for("switched to qwen-turbo");
    pty.type_keys("hi\r").wait_for("answer 1");
    assert_eq!(server.requests()[1].json()["model"], "qwen-turbo");
}

#[test]
fn a_command_is_no_model_and_a_part_of_a_name_narrows_the_list() {
    let list = json!({"object": "list", "data": [{"id": "qwen-max"}, {"id": "qwen-plus"}, {"id": "qwen-vl-plus"}]});
    let server = Server::plays([Connection::new().expect("GET", MODELS).json(200, &list)]);
    let mut pty = begun(
        &chat(&server)
            .args(["chat", "-p", "local", "-m", "qwen-max"])
            .env("ACCESSIBLE", "1"),
    );
    pty.type_keys("/model\r").wait_for("3  qwen-vl-plus").wait_for("model:");
    pty.type_keys("/s\r").wait_for("no match; press Enter to cancel");
    pty.wait_screen("the question again", |screen| screen.trim_end().ends_with("model:"));
    pty.type_keys("\r");
    at_prompt(&mut pty);
    pty.type_keys("/model plus\r").wait_for("2  qwen-vl-plus");
    pty.wait_screen("the question", |screen| screen.trim_end().ends_with("model:"));
    pty.type_keys("1\r").wait_for("switched to qwen-plus");
    pty.type_keys("/model vl\r").wait_for("switched to qwen-vl-plus");
    pty.type_keys("/model novel\r")
        .wait_for("novel is not in the list of models")
        .wait_for("switched to novel");
}

#[test]
fn models_are_listed_with_what_helps_to_choose() {
    let list =
        json!({"object": "list", "data": [{"id": "qwen3-vl-plus"}, {"id": "text-embedding-v4"}, {"id": "qwen-max"}]});
    let server = Server::plays([
        Connection::new().expect("GET", MODELS).json(200, &list),
        Connection::new()
            .expect("GET", "/api/v1/models?page_no=1&page_size=100")
            .json(404, &json!({})),
    ]);
    let qwen = chat(&server).config("aliases = { eyes = \"qwen3-vl-plus\" }\n");
    let mut pty = begun(&qwen);
    pty.type_keys("/model\r")
        .wait_for("❯• qwen-max                      32K   text                      ¥2.4/9.6\n")
        .wait_for("   eyes           qwen3-vl-plus  256K  text image video  thinks  ¥1/10+\n")
        .wait_for("   qwen3-vl-plus                 256K  text image video  thinks  ¥1/10+");
    pty.type_keys("eyes\r").wait_for("switched to qwen3-vl-plus");
}

#[test]
fn a_part_of_a_provider_s_name_is_enough_and_the_list_says_which_lack_a_credential() {
    let server = answering(0);
    let mut pty = begun(&chat(&server));
    pty.type_keys("/provider\r")
        .wait_for("❯• dashscope         qwen-max                        an API key of Alibaba")
        .wait_for("   web               qwen-max-latest  no credential  an account")
        .wait_for("provider:");
    pty.type_keys("\x1b");
    at_prompt(&mut pty);
    pty.type_keys("/provider dem\r").wait_for("switched to demo on demo");
}

#[test]
fn a_conversation_is_opened_by_the_end_of_its_id_and_tab_offers_titles() {
    let server = answering(2);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("about cats\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("/new\r").wait_for("the previous one is ");
    at_prompt(&mut pty);
    pty.type_keys("about dogs\r").wait_for("answer 2");
    at_prompt(&mut pty);
    let ids: Vec<String> = super::store(&qwen)
        .list(9)
        .unwrap()
        .into_iter()
        .map(|one| one.id)
        .collect();
    let end = |id: &str| id[id.len() - 4..].to_owned();
    let (dogs, cats) = (end(&ids[0]), end(&ids[1]));
    // Digits of an id that are not shown find nothing.
    pty.type_keys("/open\r")
        .wait_for(&format!("❯• about dogs  qwen-max  just now  {dogs}"))
        .wait_for(&format!("   about cats  qwen-max  just now  {cats}"));
    pty.type_keys(&format!("{}\r", &ids[0][..12])).wait_for("no match");
    pty.type_keys("\x1b");
    at_prompt(&mut pty);
    pty.type_keys("/open about\t")
        .wait_for(&format!("about dogs  {dogs}"))
        .wait_for(&format!("about cats  {cats}"));
    pty.type_keys("\x15/open cats\t").wait_for(&format!("/open {cats}"));
    pty.type_keys("\r").wait_for("about cats: 2 messages");
    at_prompt(&mut pty);
    pty.type_keys("/open dogs\r").wait_for("about dogs: 2 messages");
    at_prompt(&mut pty);
    pty.type_keys("/open about\r").wait_for("open: about\n❯• about dogs");
    pty.type_keys("\x1b");
    at_prompt(&mut pty);
    pty.type_keys("/open no such thing\r")
        .wait_for("there is no conversation 'no such thing'");
}

#[test]
fn a_known_provider_of_the_config_file_is_listed_once() {
    let server = answering(0);
    let config =
        "[providers.dashscope]\nvision_model = \"v\"\n[providers.mine]\nbase_url = \"http://127.0.0.1:9/v1\"\n";
    let mut pty = begun(&chat(&server).config(config));
    pty.type_keys("/provider\r").wait_for("mine").wait_for("provider:");
    let screen = pty.screen();
    let listed = screen.lines().filter(|line| line.contains(" dashscope "));
    assert_eq!(listed.count(), 1, "{screen}");
}

#[test]
fn a_provider_is_switched_to_after_an_answer_was_stopped() {
    let server = Server::plays([asked().stream_head().deltas(&["one "]).stall()]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("count\r").wait_for("one");
    pty.type_keys("\x03").wait_for("stopped; the partial answer is saved");
    at_prompt(&mut pty);
    pty.type_keys("/provider demo\r").wait_for("switched to demo on demo");
}

#[test]
fn another_provider_continues_the_conversation() {
    let server = answering(1);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("to the first\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("/provider nobody\r").wait_for("unknown provider");
    at_prompt(&mut pty);
    pty.type_keys("/provider demo\r").wait_for("switched to demo on demo");
    pty.type_keys("to the second\r")
        .wait_for("user, 12 characters")
        .wait_for("answer 1");
    pty.wait_screen("the prompt", |screen| screen.trim_end().ends_with(PROMPT));
    let (conversation, branch) = kept(&qwen);
    assert_eq!((conversation.provider.as_str(), conversation.messages), ("demo", 4));
    assert_eq!(branch[1].provider.as_deref(), Some("dashscope"));
}

#[test]
fn pictures_and_files_go_with_the_next_message() {
    let server = answering(2);
    let qwen = chat(&server).file("a cat.png", PNG).file("b.rs", "fn b() {}\n");
    let mut pty = begun(&qwen);
    pty.type_keys("/image a cat.png\r").wait_for("\n[a cat.png]\n❯");
    pty.type_keys("/file b.rs\r").wait_for("\n[a cat.png, b.rs]\n❯");
    pty.type_keys("/file nothing.rs\r").wait_for("cannot read nothing.rs");
    pty.type_keys("what?\r")
        .wait_for("asking qwen3-vl-plus")
        .wait_for("answer 1");
    at_prompt(&mut pty);
    let body = server.requests()[0].json();
    assert_eq!(body["model"], "qwen3-vl-plus");
    let parts = body["messages"][0]["content"].as_array().unwrap();
    assert!(
        parts[0]["image_url"]["url"]
            .as_str()
            .unwrap()
            .starts_with("data:image/png;base64,")
    );
    assert_eq!(parts[1]["text"], "b.rs:\n```rs\nfn b() {}\n```\n\nwhat?");
    pty.type_keys("and now?\r").wait_for("answer 2");
    // The picture is sent along still, so the model must see.
    assert_eq!(server.requests()[1].json()["model"], "qwen3-vl-plus");
    at_prompt(&mut pty);
}

#[test]
fn the_path_of_a_dropped_picture_is_sent_as_the_picture() {
    let server = answering(1);
    let qwen = chat(&server).file("my cat.png", PNG);
    let path = qwen.cwd().join("my cat.png");
    let mut pty = begun(&qwen);
    pty.type_keys(&format!("\x1b[200~'{}'\x1b[201~ what is it?\r", path.display()))
        .wait_for("answer 1");
    let body = server.request().json();
    let parts = body["messages"][0]["content"].as_array().unwrap();
    assert!(
        parts[0]["image_url"]["url"]
            .as_str()
            .unwrap()
            .starts_with("data:image/png;base64,")
    );
}

#[test]
fn the_output_of_a_command_is_offered() {
    let server = answering(2);
    let mut pty = begun(&chat(&server));
    pty.type_keys("!printf 'one\\033[2J\\ntwo\\n'; false\r")
        .wait_for("one␛[2J")
        .wait_for("false: exit status 1");
    pty.wait_for("is sent with the next message");
    pty.type_keys("explain\r").wait_for("answer 1");
    at_prompt(&mut pty);
    assert_eq!(
        last(&server.requests()[0]),
        "$ printf 'one\\033[2J\\ntwo\\n'; false:\n```\none\u{1b}[2J\ntwo\n```\n\nexplain"
    );
    pty.type_keys("!echo dropped\r").wait_for("\n[!echo dropped]\n❯");
    pty.type_keys("\x03").wait_for("attachments removed");
    at_prompt(&mut pty);
    pty.type_keys("alone\r").wait_for("answer 2");
    assert_eq!(last(&server.requests()[1]), "alone");
}

#[test]
fn conversations_are_named_left_and_opened_again() {
    let server = answering(3);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("about cats\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("/save 猫\r").wait_for("qwen chat -r \"猫\"");
    at_prompt(&mut pty);
    pty.type_keys("/new\r").wait_for("new conversation");
    at_prompt(&mut pty);
    pty.type_keys("about dogs\r").wait_for("answer 2");
    at_prompt(&mut pty);
    assert_eq!(messages(&server.requests()[1]).len(), 1);
    pty.type_keys("/sessions\r").wait_for("2  about dogs").wait_for("2  猫");
    at_prompt(&mut pty);
    pty.type_keys("/sessions cats\r").wait_for("    about cats");
    at_prompt(&mut pty);
    pty.type_keys("/open\r").wait_for("2  ").wait_for("open:");
    pty.type_keys("\r");
    at_prompt(&mut pty);
    // The number that the list gave it.
    pty.type_keys("/open 2\r").wait_for("猫: 2 messages");
    at_prompt(&mut pty);
    pty.type_keys("/open 猫\r").wait_screen("it once more", |screen| {
        screen.matches("猫: 2 messages").count() == 2 && screen.trim_end().ends_with(PROMPT)
    });
    pty.type_keys("more\r").wait_for("answer 3");
    let said: Vec<String> = messages(&server.requests()[2])
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(said, ["about cats", "answer 1", "more"]);
    at_prompt(&mut pty);
    pty.type_keys("/exit\r");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn a_conversation_is_continued_by_flag_and_by_choice() {
    let server = answering(4);
    let qwen = chat(&server);
    for (flags, message) in [
        (&["chat"] as &[&str], "one"),
        (&["chat", "-c"], "two"),
        (&["chat", "-r"], "three"),
    ] {
        let mut pty = qwen.clone().args(flags.to_vec()).pty(24, 80);
        if flags == ["chat", "-r"] {
            pty.wait_for("❯ one").type_keys("\r").wait_gone("continue:");
        }
        pty.wait_for(PROMPT).type_keys(&format!("{message}\r"));
        pty.wait_screen("the answer and a prompt", |screen| {
            screen.contains("  qwen-max ·") && screen.trim_end().ends_with(PROMPT)
        });
        pty.type_keys("\x04");
        assert_eq!(pty.exit_code(), 0);
    }
    assert_eq!(
        texts(&qwen),
        ["one", "answer 1", "two", "answer 2", "three", "answer 3"]
    );
    let id = kept(&qwen).0.id;
    let mut pty = begun(&qwen.clone().args(["chat", "-r", &id]));
    pty.wait_for("answer 3").type_keys("four\r").wait_for("answer 4");
    assert_eq!(messages(&server.requests()[3]).len(), 7);
}

#[test]
fn undo_removes_an_exchange_and_fork_continues_in_a_copy() {
    let server = answering(3);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    for n in 1..=2 {
        pty.type_keys(&format!("question {n}\r"))
            .wait_for(&format!("answer {n}"));
        at_prompt(&mut pty);
    }
    pty.type_keys("/undo\r").wait_for("undone: question 2");
    at_prompt(&mut pty);
    assert_eq!(texts(&qwen), ["question 1", "answer 1"]);
    let first = kept(&qwen).0.id;
    pty.type_keys("/fork\r").wait_for("continuing in a copy");
    at_prompt(&mut pty);
    pty.type_keys("question 3\r").wait_for("answer 3");
    at_prompt(&mut pty);
    assert_eq!(texts(&qwen), ["question 1", "answer 1", "question 3", "answer 3"]);
    assert_ne!(kept(&qwen).0.id, first);
    let store = super::store(&qwen);
    assert_eq!(store.by_id(&first).unwrap().unwrap().messages, 2);
    // What was taken back is still there to go to.
    pty.type_keys(&format!("/open {first}\r"))
        .wait_for("question 1: 2 messages");
    at_prompt(&mut pty);
    pty.type_keys("/open #1\r").wait_for("question 1: 4 messages");
}

#[test]
fn copy_goes_by_the_terminal_over_ssh() {
    let server = Server::plays([asked().answer(&["```\nfirst\n```\nthen\n- ```\n  second\n  ```\n  after\n"])]);
    let qwen = chat(&server).env("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22");
    let mut pty = begun(&qwen);
    pty.type_keys("/copy\r").wait_for("there is no answer to copy");
    at_prompt(&mut pty);
    pty.type_keys("code\r").wait_for("second");
    at_prompt(&mut pty);
    // "second\n" and "first\n" in base64.
    pty.type_keys("/copy code\r")
        .wait_bytes("\u{1b}]52;c;c2Vjb25kCg==\u{7}");
    // A terminal does not say what it does with it.
    pty.wait_for("sent the last code block (7 characters) to the terminal (OSC 52)");
    at_prompt(&mut pty);
    pty.type_keys("/copy code 1\r").wait_bytes("\u{1b}]52;c;Zmlyc3QK\u{7}");
    at_prompt(&mut pty);
    pty.type_keys("/copy code 3\r").wait_for("the answer has 2 code blocks");
}

#[cfg(unix)]
#[test]
fn copy_goes_by_tmux_inside_it_and_by_the_terminal_where_tmux_fails() {
    use std::os::unix::fs::PermissionsExt;
    let server = answering(1);
    let qwen = chat(&server)
        .env("TMUX", "/tmp/none,1,0")
        .env("SSH_TTY", "/dev/pts/9")
        .file("bin/tmux", "#!/bin/sh\necho \"$@\" > tmux-args\ncat > tmux-text\n");
    let stub = qwen.cwd().join("bin/tmux");
    std::fs::set_permissions(&stub, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(
        "{}:{}",
        qwen.cwd().join("bin").display(),
        std::env::var("PATH").unwrap()
    );
    let qwen = qwen.env("PATH", &path);
    let mut pty = begun(&qwen);
    pty.type_keys("hello\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("/copy\r")
        .wait_for("copied the answer (8 characters) to a buffer of tmux, and sent to the terminal");
    at_prompt(&mut pty);
    assert_eq!(
        (qwen.read("tmux-args"), qwen.read("tmux-text")),
        (b"load-buffer -w -\n".to_vec(), b"answer 1".to_vec())
    );
    // Versions before 3.2 do not know -w.
    std::fs::write(&stub, "#!/bin/sh\nexit 1\n").unwrap();
    pty.type_keys("/copy\r").wait_bytes("\u{1b}]52;c;YW5zd2VyIDE=\u{7}");
    pty.wait_for("sent the answer (8 characters) to the terminal (OSC 52)");
}

/// A tmux server of a test's own, which ends with the test.
#[cfg(unix)]
struct Tmux(crate::harness::Qwen);

#[cfg(unix)]
impl Tmux {
    fn run(&self, args: &[&str]) -> String {
        let all = ["-f", "/dev/null"].iter().chain(args).copied();
        self.0.clone().args(all).run().text().to_owned()
    }
}

#[cfg(unix)]
impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.0.clone().args(["kill-server"]).command().status();
    }
}

/// As it comes: `set-clipboard external`, `allow-passthrough off`.
#[cfg(unix)]
#[test]
fn copy_inside_tmux_reaches_its_buffer_and_the_terminal_around_it() {
    let Some(program) = tool("tmux") else { return };
    let server = answering(1);
    let qwen = chat(&server);
    let folder = qwen.root().display().to_string();
    let tmux = Tmux(
        qwen.program(program)
            .env("TMUX_TMPDIR", &folder)
            .env("SSH_TTY", "/dev/pts/9"),
    );
    let args = ["-f", "/dev/null", "new-session", env!("CARGO_BIN_EXE_qwen"), "chat"];
    let mut pty = begun(&tmux.0.clone().args(args));
    pty.type_keys("hello\r").wait_for("answer 1");
    pty.type_keys("/copy\r").wait_for("copied the answer (8 characters)");
    assert_eq!(tmux.run(&["show-buffer"]), "answer 1");
    pty.wait_bytes(";YW5zd2VyIDE=\u{7}");
}

#[test]
fn a_conversation_is_written_out_and_counted() {
    let server = answering(2);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("/export\r").wait_for("this conversation is empty");
    at_prompt(&mut pty);
    for n in 1..=2 {
        pty.type_keys(&format!("q{n}\r")).wait_for(&format!("answer {n}"));
        at_prompt(&mut pty);
    }
    pty.type_keys("/export out.html\r").wait_for("written to out.html");
    at_prompt(&mut pty);
    let html = String::from_utf8(qwen.read("out.html")).unwrap();
    assert!(html.contains("<html") && html.contains("answer 2"), "{html}");
    pty.type_keys("/export out.html\r").wait_for("out.html already exists");
    at_prompt(&mut pty);
    pty.type_keys("/export -\r").wait_for("## You");
    at_prompt(&mut pty);
    assert!(!qwen.cwd().join("-").exists());
    pty.type_keys("/export talk.pdf\r")
        .wait_for("/export writes a .md, .json or .html file");
    at_prompt(&mut pty);
    assert!(!qwen.cwd().join("talk.pdf").exists());
    pty.type_keys("/usage\r")
        .wait_for("10 tokens in, 4 out, 14 in all, over 2 answers");
    at_prompt(&mut pty);
    pty.type_keys("/export talk\r").wait_for("written to talk");
    at_prompt(&mut pty);
    pty.type_keys("/new\r").wait_for("new conversation");
    at_prompt(&mut pty);
    pty.type_keys("/usage\r")
        .wait_for("0 tokens in, 0 out, 0 in all, over 0 answers");
    at_prompt(&mut pty);
    pty.type_keys("/continue\r").wait_for("no answer to continue");
}

#[test]
fn clear_starts_over_on_an_empty_screen() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    pty.type_keys("hello\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("/clear\r").wait_gone("answer 1");
    at_prompt(&mut pty);
    assert!(
        pty.screen().starts_with("new conversation; the previous one is "),
        "{}",
        pty.screen()
    );
}

#[test]
fn think_and_search_without_a_value_show_the_setting() {
    let server = answering(1);
    let mut pty = begun(&chat(&server));
    for (line, told) in [
        ("/think", "thinking is left to the model"),
        ("/think 500", "thinking is on, at most 500 tokens"),
        ("/search", "web search is left to the server"),
        ("/search on", "web search is on"),
    ] {
        pty.type_keys(&format!("{line}\r")).wait_for(told);
        at_prompt(&mut pty);
    }
    for (line, told) in [("/think", "at most 500 tokens"), ("/search", "web search is on")] {
        pty.type_keys(&format!("{line}\r")).wait_screen("it again", |screen| {
            screen.matches(told).count() == 2 && screen.trim_end().ends_with(PROMPT)
        });
    }
    pty.type_keys("hi\r").wait_for("answer 1");
    let body = server.request().json();
    assert_eq!(
        (&body["thinking_budget"], &body["enable_search"]),
        (&json!(500), &json!(true))
    );
}

#[cfg(unix)]
#[test]
fn a_command_that_fails_is_reported_as_a_shell_does() {
    let server = answering(0);
    let mut pty = begun(&chat(&server).without("VISUAL").env("EDITOR", "no-such-editor -w"));
    pty.type_keys("!kill -INT $$\r")
        .wait_for("kill -INT $$: ended by signal 2 (SIGINT)");
    at_prompt(&mut pty);
    pty.type_keys("/edit\r")
        .wait_for("cannot start the editor \"no-such-editor -w\": the command was not found")
        .wait_for("hint: $VISUAL, or else $EDITOR, names the editor");
    at_prompt(&mut pty);
}

#[test]
fn a_conversation_that_begins_with_a_file_is_called_as_its_question() {
    let server = answering(1);
    let qwen = chat(&server).file("notes.md", "# One\n");
    let mut pty = begun(&qwen);
    pty.type_keys("/file notes.md\r").wait_for("\n[notes.md]\n❯");
    pty.type_keys("what is it about?\r").wait_for("answer 1");
    at_prompt(&mut pty);
    assert_eq!(kept(&qwen).0.label(), "what is it about?");
}

#[test]
fn what_a_model_cannot_do_is_said_before_it_is_sent_and_once() {
    let server = answering(3);
    let mut pty = begun(&chat(&server).args(["chat", "-m", "qwen-max"]).file("a.png", PNG));
    pty.type_keys("/think on\r").wait_for("thinking is on");
    at_prompt(&mut pty);
    for n in 1..=2 {
        pty.type_keys(&format!("question {n}\r"))
            .wait_for(&format!("answer {n}"));
        at_prompt(&mut pty);
    }
    let screen = pty.screen();
    assert_eq!(
        screen
            .matches("notice: qwen-max does not think; choose a model that does with /model")
            .count(),
        1,
        "{screen}"
    );
    pty.type_keys("/image a.png\r").wait_for("[a.png]");
    at_prompt(&mut pty);
    pty.type_keys("what is it?\r")
        .wait_for("notice: qwen-max sees no pictures; choose a model that does with /model")
        .wait_for("answer 3");
}
