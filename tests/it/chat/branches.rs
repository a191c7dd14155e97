//! Commands that leave what was said as a branch: another model's answer, a summary.

use serde_json::json;

use super::{PROMPT, answering, asked, at_prompt, begun, chat, kept, last, messages, store, texts};
use crate::harness::Qwen;
use crate::pty::Pty;
use crate::server::{Server, end, text, usage};

/// Asks so many questions: `question 1`, …
#[track_caller]
fn talk(pty: &mut Pty, count: usize) {
    for n in 1..=count {
        pty.type_keys(&format!("question {n}\r"))
            .wait_for(&format!("answer {n}"));
        at_prompt(pty);
    }
}

/// How many branches the last conversation has.
fn branches(qwen: &Qwen) -> usize {
    let store = store(qwen);
    store.branches(&kept(qwen).0).unwrap().len()
}

#[test]
fn another_model_answers_once_and_the_first_answer_stays_as_a_branch() {
    let server = answering(3);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("/retry qwen-plus\r").wait_for("no message to ask again");
    at_prompt(&mut pty);
    talk(&mut pty, 1);
    pty.type_keys("/retry qwen-plus\r").wait_for("answer 2");
    at_prompt(&mut pty);
    assert_eq!(texts(&qwen), ["question 1", "answer 2"]);
    assert_eq!(branches(&qwen), 2);
    pty.type_keys("/retry shorter please\r")
        .wait_for("\"shorter please\" is not a model name");
    at_prompt(&mut pty);
    pty.type_keys("question 3\r").wait_for("answer 3");
    let asked: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.json()["model"].clone())
        .collect();
    assert_eq!(asked, ["qwen-max", "qwen-plus", "qwen-max"]);
    let sent: Vec<String> = messages(&server.requests()[2])
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(sent, ["question 1", "answer 2", "question 3"]);
}

#[test]
fn a_summary_takes_the_place_of_the_conversation_which_stays_as_a_branch() {
    let server = Server::plays([
        asked().answer(&["answer 1"]),
        asked().answer(&["answer 2"]),
        asked()
            .stream_head()
            .sse(text("we counted to **two**"))
            .sse(end("stop"))
            .sse(usage(9000, 6))
            .done(),
        asked().answer(&["answer 4"]),
    ]);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("/compact\r").wait_for("there is nothing to sum up");
    at_prompt(&mut pty);
    talk(&mut pty, 2);
    pty.type_keys("/system be brief\r").wait_for("system message set");
    at_prompt(&mut pty);
    pty.type_keys("/set max_tokens 5\r").wait_for("max_tokens is 5");
    at_prompt(&mut pty);
    pty.type_keys("/compact\r")
        .wait_for("asking qwen-max to sum up the conversation")
        .wait_for("we counted to two")
        // Of the window the summary alone is used from here on.
        .wait_for("1 % of 32K")
        .wait_for("the conversation continues from this summary; /open #1 goes back");
    at_prompt(&mut pty);
    let sum = server.requests()[2].json();
    assert_eq!(sum["messages"].as_array().unwrap().len(), 6, "{sum}");
    assert!(sum.get("max_tokens").is_none(), "{sum}");
    let request = last(&server.requests()[2]);
    assert!(request.starts_with("Sum up our conversation so far"), "{request}");
    assert_eq!(texts(&qwen), [request.as_str(), "we counted to **two**"]);
    assert_eq!((kept(&qwen).0.label(), branches(&qwen)), ("question 1", 2));
    pty.type_keys("and three?\r").wait_for("answer 4");
    at_prompt(&mut pty);
    let next = server.requests()[3].json();
    assert_eq!(
        next["messages"],
        json!([
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": request},
            {"role": "assistant", "content": "we counted to **two**"},
            {"role": "user", "content": "and three?"},
        ])
    );
    assert_eq!(next["max_tokens"], 5);
    pty.type_keys("/open #1\r").wait_for("question 1: 4 messages");
    at_prompt(&mut pty);
    assert_eq!(texts(&qwen), ["question 1", "answer 1", "question 2", "answer 2"]);
}

#[test]
fn a_summary_that_fails_is_stopped_or_cut_changes_nothing() {
    let server = Server::plays([
        asked().answer(&["answer 1"]),
        asked().refuse(400, "invalid_parameter_error", "no"),
        asked().stream_head().deltas(&["we said "]).stall(),
        asked().stream_head().sse(text("we said")).sse(end("length")).done(),
        asked().stream_head().sse(end("stop")).done(),
        asked().answer(&["answer 6"]),
    ]);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    talk(&mut pty, 1);
    for (typed, told) in [
        (None, "there is no summary; the conversation stays as it was"),
        (Some("we said"), "stopped; the conversation stays as it was"),
        (None, "the summary was cut off; the conversation stays as it was"),
        (None, "there is no summary; the conversation stays as it was"),
    ] {
        pty.type_keys("\x0c/compact\r");
        if let Some(part) = typed {
            pty.wait_for(part).type_keys("\x03");
        }
        pty.wait_for(told);
        at_prompt(&mut pty);
        assert_eq!(texts(&qwen), ["question 1", "answer 1"]);
        assert_eq!(branches(&qwen), 1);
        pty.type_keys("\x0c").wait_gone(told);
    }
    pty.type_keys("go on\r").wait_for("answer 6");
    let sent: Vec<String> = messages(&server.requests()[5])
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(sent, ["question 1", "answer 1", "go on"]);
}

#[test]
fn a_conversation_that_is_not_saved_is_summed_up_too() {
    let server = Server::plays([
        asked().answer(&["answer 1"]),
        asked().answer(&["we said hello"]),
        asked().answer(&["answer 3"]),
    ]);
    let mut pty = begun(&chat(&server).args(["chat", "--no-save"]));
    talk(&mut pty, 1);
    pty.type_keys("/compact\r")
        .wait_for("the conversation continues from this summary");
    at_prompt(&mut pty);
    assert!(!pty.screen().contains("/open"), "{}", pty.screen());
    pty.type_keys("go on\r").wait_for("answer 3");
    assert_eq!(messages(&server.requests()[2])[1].1, "we said hello");
}

#[test]
fn a_word_that_leaves_elsewhere_is_asked_about() {
    let server = answering(2);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    for word in ["exit", "quit", ":q"] {
        pty.type_keys(&format!("{word}\r")).wait_for("leave? [y/N]");
        pty.type_keys("\r").wait_for("press Enter to send it as a message");
        pty.wait_screen("the word again", |screen| {
            screen.trim_end().ends_with(&format!("{PROMPT} {word}"))
        });
        pty.type_keys("\x03\x0c").wait_gone("leave?");
    }
    assert_eq!(server.requests().len(), 0);
    pty.type_keys("exit\r").wait_for("leave? [y/N]");
    pty.type_keys("n\r").wait_for("press Enter to send");
    pty.type_keys("\r").wait_for("answer 1");
    assert_eq!(last(&server.request()), "exit");
    at_prompt(&mut pty);
    pty.type_keys("exit the loop\r").wait_for("answer 2");
    at_prompt(&mut pty);
    pty.type_keys("quit\r")
        .wait_screen("the question", |screen| screen.trim_end().ends_with("leave? [y/N]"));
    pty.type_keys("y\r").wait_for("to continue: qwen chat -r");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn an_earlier_question_is_edited_and_asked_as_a_branch() {
    let server = answering(4);
    let qwen = chat(&server).file("notes.md", "# N\n");
    let mut pty = begun(&qwen);
    pty.type_keys("/back\r").wait_for("there is no question to go back to");
    at_prompt(&mut pty);
    talk(&mut pty, 1);
    pty.type_keys("/file notes.md\r").wait_for("[notes.md]");
    at_prompt(&mut pty);
    talk_about(&mut pty, "question 2", "answer 2");
    talk_about(&mut pty, "question 3", "answer 3");
    // The newest stands first; the file that went with the question goes along again.
    pty.type_keys("/back\r").wait_for("question:");
    pty.type_keys("2\r")
        .wait_for("editing an earlier question · [notes.md]");
    pty.wait_screen("the question", |screen| screen.trim_end().ends_with("❯ question 2"));
    pty.type_keys(" again\r").wait_for("answer 4");
    at_prompt(&mut pty);
    let file = "notes.md:\n```md\n# N\n```\n\n";
    assert_eq!(
        texts(&qwen),
        ["question 1", "answer 1", &format!("{file}question 2 again"), "answer 4"]
    );
    assert_eq!(branches(&qwen), 2);
    assert_eq!(messages(&server.requests()[3]).len(), 3);
    assert!(
        !pty.screen()
            .trim_end()
            .lines()
            .rev()
            .nth(1)
            .unwrap()
            .contains("editing")
    );
}

#[track_caller]
fn talk_about(pty: &mut Pty, question: &str, answer: &str) {
    pty.type_keys(&format!("{question}\r")).wait_for(answer);
    at_prompt(pty);
}

#[test]
fn a_question_that_is_not_sent_again_stays() {
    let server = answering(3);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    talk(&mut pty, 2);
    pty.type_keys("/back\r").wait_for("question:");
    pty.type_keys("1\r")
        .wait_screen("the question", |screen| screen.trim_end().ends_with("❯ question 1"));
    pty.type_keys("\x03").wait_for("the conversation stays as it was");
    at_prompt(&mut pty);
    pty.type_keys("question 3\r").wait_for("answer 3");
    at_prompt(&mut pty);
    assert_eq!(messages(&server.requests()[2]).len(), 5);
    // In another conversation nothing is taken away.
    pty.type_keys("/back\r").wait_for("question:");
    pty.type_keys("3\r")
        .wait_screen("the question", |screen| screen.trim_end().ends_with("❯ question 3"));
    pty.type_keys("\x15/new\r").wait_for("new conversation");
    assert_eq!(texts(&qwen).len(), 6);
}

#[test]
fn esc_twice_on_an_empty_prompt_lists_the_questions() {
    let server = answering(2);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    talk(&mut pty, 1);
    pty.type_keys("\x1b\x1b").wait_for("question:");
    pty.type_keys("\r")
        .wait_screen("the question", |screen| screen.trim_end().ends_with("❯ question 1"));
    pty.type_keys(" again\r").wait_for("answer 2");
    at_prompt(&mut pty);
    assert_eq!(texts(&qwen), ["question 1 again", "answer 2"]);
}
