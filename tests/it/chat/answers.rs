//! Answers at the prompt: shown as they come, stopped, continued, asked again.

use qwen_cli::store::MessageState;
use serde_json::json;

use super::{answering, asked, at_prompt, begun, chat, kept, last, messages, store, texts};
use crate::server::{Server, chunk, text};

#[test]
fn an_answer_is_shown_as_it_comes_with_a_status_line_behind_it() {
    let server = Server::plays([asked()
        .stream_head()
        .deltas(&["the first "])
        .gate("more")
        .deltas(&["and the rest"])
        .sse(crate::server::end("stop"))
        .sse(crate::server::usage(5, 7))
        .done()]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("go\r").wait_for("the first");
    server.open("more");
    pty.wait_for("the first and the rest").wait_for("  7 tokens");
    at_prompt(&mut pty);
}

#[test]
fn quiet_leaves_nothing_but_the_answer() {
    let server = answering(1);
    let mut pty = begun(&chat(&server).args(["chat", "-q"]));
    pty.type_keys("go\r").wait_for("answer 1");
    at_prompt(&mut pty);
    assert_eq!(pty.screen().trim_end(), "\n❯ go\n\nanswer 1\n\n❯");
}

#[test]
fn ctrl_c_stops_an_answer_keeps_the_part_and_continue_gets_the_rest() {
    let server = Server::plays([
        asked().stream_head().deltas(&["one\n\ntwo "]).stall(),
        asked().answer(&["three"]),
    ]);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("count\r").wait_for("two");
    pty.type_keys("\x03").wait_for("stopped; the partial answer is saved");
    at_prompt(&mut pty);
    let (_, branch) = kept(&qwen);
    assert_eq!(branch[1].message.plain_text(), "one\n\ntwo ");
    assert_eq!(branch[1].state, MessageState::Cut);
    assert!(!pty.screen().contains("tokens"), "{}", pty.screen());
    pty.type_keys("/continue\r").wait_for("three");
    at_prompt(&mut pty);
    let rest = server.requests()[1].json();
    let prefix = rest["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(prefix["partial"], true, "{rest}");
    assert_eq!(prefix["content"], "one\n\ntwo ");
    assert_eq!(texts(&qwen), ["count", "one\n\ntwo three"]);
}

#[test]
fn an_answer_stopped_before_its_first_word_is_not_said_to_be_complete() {
    let thought = chunk(json!({"reasoning_content": "Hm."}), None);
    let server = Server::plays([asked().answer(&["one"]), asked().stream_head().sse(thought).stall()]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("count\r").wait_for("one");
    at_prompt(&mut pty);
    pty.type_keys("think\r").wait_for("Hm.");
    pty.type_keys("\x03").wait_for("stopped; /retry asks again");
    at_prompt(&mut pty);
    pty.type_keys("/continue\r").wait_for("no answer to continue");
}

#[test]
fn what_is_typed_during_an_answer_is_not_in_it_and_not_lost() {
    let server = Server::plays([
        asked()
            .stream_head()
            .deltas(&["begun "])
            .gate("rest")
            .deltas(&["and done"])
            .sse(crate::server::end("stop"))
            .done(),
        asked().answer(&["the second"]),
    ]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("go\r").wait_for("begun");
    pty.type_keys("typed ahead");
    server.open("rest");
    pty.wait_for("begun and done");
    pty.wait_screen("it at the prompt", |screen| screen.contains("❯ typed ahead"));
    assert_eq!(pty.screen().matches("typed ahead").count(), 1, "{}", pty.screen());
    pty.type_keys("\r").wait_for("the second");
    assert_eq!(last(&server.requests()[1]), "typed ahead");
}

#[test]
fn what_was_typed_survives_a_stopped_answer() {
    let server = Server::plays([asked().stream_head().deltas(&["begun "]).stall()]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("go\r").wait_for("begun");
    pty.type_keys("later\x03").wait_for("stopped");
    pty.wait_screen("it at the prompt", |screen| screen.contains("❯ later"));
}

#[test]
fn retry_keeps_the_old_answer_as_a_branch_and_open_reaches_each() {
    let server = answering(4);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("question\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("/retry\r").wait_for("answer 2");
    at_prompt(&mut pty);
    pty.type_keys("/regenerate\r").wait_for("answer 3");
    at_prompt(&mut pty);
    for request in server.requests() {
        assert_eq!(messages(&request), [("user".to_owned(), "question".to_owned())]);
    }
    let store = store(&qwen);
    let conversation = store.latest().unwrap().unwrap();
    assert_eq!(store.branches(&conversation).unwrap().len(), 3);
    pty.type_keys("/open #1\r")
        .wait_screen("the first branch", |screen| screen.matches("answer 1").count() == 2);
    at_prompt(&mut pty);
    assert_eq!(texts(&qwen), ["question", "answer 1"]);
    pty.type_keys("and then?\r").wait_for("answer 4");
    let texts: Vec<String> = messages(&server.requests()[3])
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(texts, ["question", "answer 1", "and then?"]);
}

#[test]
fn a_failed_answer_is_reported_and_the_conversation_continues() {
    let server = Server::plays([
        asked().refuse(400, "invalid_parameter_error", "that \u{1b}[2Jwill not do"),
        asked().answer(&["better"]),
    ]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("bad\r").wait_for("error: ").wait_for("␛[2Jwill not do");
    at_prompt(&mut pty);
    pty.type_keys("good\r").wait_for("better");
    // What got no word of an answer is not sent again.
    assert_eq!(
        messages(&server.requests()[1]),
        [("user".to_owned(), "good".to_owned())]
    );
}

#[test]
fn a_hint_at_the_prompt_names_the_slash_command() {
    let server = Server::plays([
        asked().refuse(400, "invalid_parameter_error", "'temperature' must be Float"),
        asked().refuse(401, "invalid_api_key", "Incorrect API key provided."),
    ]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("hot\r")
        .wait_for("hint: give /set temperature a value in that range");
    at_prompt(&mut pty);
    pty.type_keys("again\r")
        .wait_for("did not accept the key of")
        .wait_for("$DASHSCOPE_API_KEY (401)")
        .wait_for("`qwen config set region");
    assert!(!pty.screen().contains("--"), "{}", pty.screen());
}

#[test]
fn escape_codes_in_an_answer_are_shown_not_obeyed() {
    let server = Server::plays([asked()
        .stream_head()
        .sse(text("\u{1b}]0;owned\u{7}\u{1b}[2Jstill here"))
        .sse(crate::server::end("stop"))
        .done()]);
    let mut pty = begun(&chat(&server));
    pty.type_keys("attack\r").wait_for("still here");
    at_prompt(&mut pty);
    assert!(pty.screen().contains("❯ attack"), "{}", pty.screen());
    assert!(!String::from_utf8_lossy(&pty.bytes()).contains("\u{1b}]0;"));
}

#[test]
fn the_oldest_exchanges_are_left_out_when_the_model_can_hold_no_more() {
    let server = answering(3);
    let qwen = chat(&server);
    let long = "word ".repeat(10_000);
    let qwen = qwen
        .file("a.txt", format!("A {long}"))
        .file("b.txt", format!("B {long}"));
    let mut pty = begun(&qwen);
    pty.type_keys("/system be brief\r").wait_for("system message set");
    pty.type_keys("@a.txt first\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("@b.txt second\r").wait_for("answer 2");
    at_prompt(&mut pty);
    pty.type_keys("third\r")
        .wait_for("the oldest exchange\nwas left out")
        .wait_for("answer 3");
    at_prompt(&mut pty);
    let sent = messages(&server.requests()[2]);
    let roles: Vec<&str> = sent.iter().map(|(role, _)| role.as_str()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    assert!(sent[1].1.starts_with("b.txt"), "{}", &sent[1].1[..20]);
    assert_eq!(texts(&qwen).len(), 6, "nothing is left out of the store");
}

#[test]
fn a_server_that_takes_less_is_asked_again_with_less() {
    let server = Server::plays([
        asked().answer(&["answer 1"]),
        asked().refuse(
            400,
            "invalid_parameter_error",
            "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 2000]",
        ),
        asked().answer(&["answer 2"]),
    ]);
    let qwen = chat(&server).file("a.txt", "word ".repeat(1500));
    let mut pty = begun(&qwen);
    pty.type_keys("@a.txt first\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("second\r").wait_for("left out").wait_for("answer 2");
    at_prompt(&mut pty);
    assert_eq!(
        messages(&server.requests()[2]),
        [("user".to_owned(), "second".to_owned())]
    );
}

#[test]
fn a_whole_context_is_refused_and_nothing_is_sent() {
    let server = answering(1);
    let long = "word ".repeat(20_000);
    let qwen = chat(&server).args(["chat", "--context", "all"]).file("a.txt", long);
    let mut pty = begun(&qwen);
    pty.type_keys("short\r").wait_for("answer 1");
    at_prompt(&mut pty);
    pty.type_keys("@a.txt long\r")
        .wait_for("the conversation has about")
        .wait_for("hint: /compact continues from a summary; /model switches to a larger model");
    pty.wait_screen("the message again", |screen| {
        screen.contains("❯ @a.txt long") || screen.contains("a.txt")
    });
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_answer_cut_by_the_token_limit_is_continued_now_or_later() {
    let cut = |text: &str| {
        let script = asked().stream_head().deltas(&[text]);
        script
            .sse(crate::server::end("length"))
            .sse(crate::server::usage(5, 1))
            .done()
    };
    let server = Server::plays([cut("one "), cut("two "), asked().answer(&["three"])]);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("count\r").wait_for("cut off at the token limit");
    at_prompt(&mut pty);
    pty.type_keys("/continue\r").wait_screen("a second notice", |screen| {
        screen.matches("cut off at the token limit").count() == 2
    });
    at_prompt(&mut pty);
    pty.type_keys("\x04");
    pty.exit_code();
    let mut pty = begun(&qwen.clone().args(["chat", "-c"]));
    pty.type_keys("/continue\r").wait_for("three");
    at_prompt(&mut pty);
    assert_eq!(texts(&qwen), ["count", "one two three"]);
    pty.type_keys("/continue\r").wait_for("the last answer is complete");
}
