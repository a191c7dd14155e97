//! `qwen sessions` and `qwen last`.

use serde_json::Value;

use crate::harness::Qwen;
use crate::server::{CHAT, Connection, Server};

/// A home with these questions and answers, each a conversation of its own.
fn with(exchanges: &[(&str, &str)]) -> Qwen {
    let answers = exchanges
        .iter()
        .map(|(_, answer)| Connection::new().expect("POST", CHAT).answer(&[*answer]));
    let server = Server::plays(answers.collect::<Vec<_>>());
    let qwen = Qwen::new().server(&server);
    for (question, _) in exchanges {
        let outcome = qwen.clone().args(["complete", question]).run();
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
    server.finish();
    qwen
}

fn sessions(qwen: &Qwen, args: &[&str]) -> Qwen {
    qwen.clone().args([&["sessions"], args].concat())
}

/// The ids, the newest first.
pub(crate) fn ids(qwen: &Qwen) -> Vec<String> {
    let outcome = sessions(qwen, &["list", "--json"]).run();
    let list: Value = serde_json::from_str(outcome.text()).unwrap();
    let id = |one: &Value| one["session"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(id).collect()
}

#[test]
fn lists_one_a_line_and_as_json() {
    let qwen = with(&[("first question", "a"), ("第二个问题", "b")]);
    let outcome = sessions(&qwen, &["list"]).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let lines: Vec<Vec<&str>> = outcome.text().lines().map(|line| line.split('\t').collect()).collect();
    let ids = ids(&qwen);
    assert_eq!(lines[0][0], ids[0]);
    assert_eq!((lines[0][2], lines[0][3], lines[0][4]), ("2", "qwen-max", "第二个问题"));
    assert_eq!(lines[1][4], "first question");
    assert_eq!(sessions(&qwen, &["list", "-n", "1"]).run().text().lines().count(), 1);
    sessions(&Qwen::new(), &["list"]).run().expect_answer("");
    sessions(&Qwen::new(), &["list", "--json"]).run().expect_answer("[]\n");
}

#[test]
fn a_list_on_a_terminal_stops_at_twenty_with_a_notice() {
    let questions: Vec<String> = (1..=21).map(|n| format!("question {n}.")).collect();
    let exchanges: Vec<(&str, &str)> = questions.iter().map(|question| (question.as_str(), "a")).collect();
    let qwen = with(&exchanges);
    // A pipe gets all of them.
    assert_eq!(sessions(&qwen, &["list"]).run().text().lines().count(), 21);
    assert_eq!(ids(&qwen).len(), 21);
    let mut pty = sessions(&qwen, &["list"]).pty(40, 100);
    pty.wait_for("only the latest 20 are listed; -n 0 lists all");
    assert!(
        pty.screen().contains("question 2.") && !pty.screen().contains("question 1."),
        "{}",
        pty.screen()
    );
    let mut pty = sessions(&qwen, &["list", "-n", "0"]).pty(40, 100);
    pty.wait_for("question 1.");
    assert_eq!(pty.exit_code(), 0);
    assert!(!pty.screen().contains("there are more"), "{}", pty.screen());
    let ids = ids(&qwen);
    let end = &ids[20][22..];
    pty.wait_for(&format!("{end}    just now         2  question 1."));
    let mut pty = qwen.args(["chat"]).pty(40, 100);
    pty.wait_for("❯").type_keys("/sessions\r");
    pty.wait_for("only the latest 20 are listed; /sessions TEXT searches all");
}

#[test]
fn shows_and_exports_a_conversation() {
    let qwen = with(&[("why?", "because \u{1b}[1mso")]);
    let shown = sessions(&qwen, &["show"]).run();
    assert_eq!(shown.code, 0);
    assert!(
        shown.text().contains("why?") && shown.text().contains("because \u{1b}[1mso"),
        "{shown:?}"
    );
    let json: Value = serde_json::from_str(sessions(&qwen, &["show", "--json"]).run().text()).unwrap();
    assert_eq!(json["session"], ids(&qwen)[0]);
    let id = &ids(&qwen)[0][..20];
    sessions(&qwen, &["export", id, "out.html"]).run().expect_answer("");
    let printed = sessions(&qwen, &["export", id, "-"]).run();
    printed.expect_answer(shown.text());
    let folder = sessions(&qwen, &["export", id, "a/"]).run();
    folder.expect(2, "", "error: cannot write a/: it is a folder\n");
    assert!(String::from_utf8(qwen.read("out.html")).unwrap().contains("<html"));
    let outcome = sessions(&qwen, &["export", id, "--format", "json"]).run();
    assert!(serde_json::from_str::<Value>(outcome.text()).is_ok());
    assert_eq!(sessions(&qwen, &["export", id, "--format", "pdf"]).run().code, 2);
    assert_eq!(sessions(&qwen, &["show", "nothing"]).run().code, 2);
}

#[test]
fn on_a_terminal_nothing_steers_it() {
    let qwen = with(&[("why \u{1b}]0;owned\u{7}?", "because \u{1b}[2Jso")]);
    for args in [&["list"] as &[&str], &["show"], &["search", "owned"], &["export", "0"]] {
        let mut pty = sessions(&qwen, args).pty(24, 80);
        pty.wait_for("owned");
        assert_eq!(pty.exit_code(), 0);
        let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
        assert!(!bytes.contains("\u{1b}]0") && !bytes.contains("\u{1b}[2J"), "{bytes:?}");
    }
}

#[test]
fn finds_words_in_any_language_in_their_line() {
    let qwen = with(&[
        ("cats\nand dogs", "first\nthe Quantum line\nlast"),
        ("物理", "一行\n量子纠缠是什么\n末行"),
    ]);
    let all = ids(&qwen);
    let outcome = sessions(&qwen, &["search", "quantum"]).run();
    outcome.expect_answer(format!("{}\tthe Quantum line\n", all[1]));
    let outcome = sessions(&qwen, &["search", "纠缠"]).run();
    outcome.expect_answer(format!("{}\t量子纠缠是什么\n", all[0]));
    let found: Value = serde_json::from_str(sessions(&qwen, &["search", "--json", "纠缠"]).run().text()).unwrap();
    assert_eq!(found[0]["hits"][0]["line"], "量子纠缠是什么");
    assert_eq!(found[0]["hits"][0]["role"], "assistant");
    let nothing = sessions(&qwen, &["search", "nowhere"]).run();
    nothing.expect(1, "", "error: \"nowhere\" was not found\n");
}

#[test]
fn a_match_is_marked_on_a_terminal() {
    let qwen = with(&[("x", "say hello there")]);
    let mut pty = sessions(&qwen, &["search", "hello"]).pty(24, 80);
    pty.wait_bytes("say \u{1b}[1mhello\u{1b}[0m there");
}

#[test]
fn a_name_is_given_and_taken_away() {
    let qwen = with(&[("why?", "so")]);
    let id = ids(&qwen).remove(0);
    sessions(&qwen, &["rename", &id, "名字"]).run().expect_answer("");
    assert!(sessions(&qwen, &["show", "名字"]).run().text().contains("why?"));
    sessions(&qwen, &["rename", "名字"]).run().expect_answer("");
    assert_eq!(sessions(&qwen, &["show", "名字"]).run().code, 2);
}

#[test]
fn removal_asks_on_a_terminal_and_refuses_without() {
    let qwen = with(&[("one", "1"), ("two", "2")]);
    let all = ids(&qwen);
    let outcome = sessions(&qwen, &["rm", &all[0]]).run();
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert_eq!(ids(&qwen), all);
    let mut pty = sessions(&qwen, &["rm", &all[0]]).pty(24, 80);
    pty.wait_for("remove permanently? [y/N]").type_keys("n\r");
    assert_eq!(pty.exit_code(), 1);
    assert_eq!(ids(&qwen), all);
    let mut pty = sessions(&qwen, &["rm", &all[0]]).pty(24, 80);
    pty.wait_for("two (2 messages)").wait_for("[y/N]").type_keys("y\r");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(ids(&qwen), all[1..]);
    // One that is not there keeps all of them.
    assert_eq!(sessions(&qwen, &["rm", "--yes", &all[1], "nothing"]).run().code, 2);
    assert_eq!(ids(&qwen), all[1..]);
    sessions(&qwen, &["rm", "--yes", &all[1]]).run().expect_answer("");
    assert_eq!(ids(&qwen), Vec::<String>::new());
}

#[test]
fn last_prints_the_last_answer_or_its_code() {
    let item = with(&[("one", "- ```\n  ls\n  ```\n  lists")]);
    item.args(["last", "--code"]).run().expect_answer("ls\n");
    let empty = with(&[("one", "```\n```")]);
    empty.args(["last", "--code"]).run().expect(0, "", "");
    let qwen = with(&[("one", "earlier"), ("two", "Do:\n```sh\necho a\n```\nor\n```\nb\n```")]);
    let last = |args: &[&str]| qwen.clone().args([&["last"], args].concat()).run();
    last(&[]).expect_answer("Do:\n```sh\necho a\n```\nor\n```\nb\n```\n");
    last(&["--code"]).expect_answer("echo a\n\nb\n");
    last(&["--code", "2"]).expect_answer("b\n");
    last(&["--code=3"]).expect(1, "", "error: the last answer has no code block 3\n");
    let json: Value = serde_json::from_str(last(&["--json"]).text()).unwrap();
    assert_eq!(json["model"], "qwen-plus", "the one that says it answered");
    Qwen::new()
        .args(["last"])
        .run()
        .expect(1, "", "error: there is no answer yet\n");
}
