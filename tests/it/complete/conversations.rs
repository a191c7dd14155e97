//! `-c` and `-r` continue a conversation; `--no-save` stores nothing.

use serde_json::{Value, json};

use super::refused;
use crate::harness::Qwen;
use crate::server::{CHAT, Connection, Server};

/// Asks in this home; the request's messages and the conversation's id.
#[track_caller]
fn said(qwen: &Qwen, args: &[&str], answer: &str) -> (Value, Value) {
    let server = Server::answers(&[answer]);
    let args = [&["complete", "--format", "json"], args].concat();
    let outcome = qwen.clone().args(args).server(&server).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    (
        server.request().json()["messages"].clone(),
        outcome.json()["session"].clone(),
    )
}

#[test]
fn the_last_conversation_is_continued() {
    let qwen = Qwen::new();
    let (_, id) = said(&qwen, &["-s", "Be brief.", "one?"], "1");
    let (messages, same) = said(&qwen, &["-c", "two?"], "2");
    assert_eq!(
        messages,
        json!([
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "one?"},
            {"role": "assistant", "content": "1"},
            {"role": "user", "content": "two?"},
        ])
    );
    assert_eq!(id, same);
    // Another system message takes the place of the first from here on.
    let (messages, _) = said(&qwen, &["-c", "-s", "Be long.", "three?"], "3");
    assert_eq!(messages[0], json!({"role": "system", "content": "Be long."}));
    assert_eq!(messages.as_array().unwrap().len(), 6);
    let (messages, _) = said(&qwen, &["-c", "four?"], "4");
    assert_eq!(messages[0], json!({"role": "system", "content": "Be long."}));
}

#[test]
fn a_chosen_conversation_is_continued() {
    let qwen = Qwen::new();
    let (_, first) = said(&qwen, &["one?"], "1");
    let (_, second) = said(&qwen, &["other?"], "other");
    assert_ne!(first, second);
    let id = first.as_str().unwrap();
    let (messages, same) = said(&qwen, &["-r", id, "two?"], "2");
    assert_eq!(messages[0]["content"], "one?");
    assert_eq!(messages.as_array().unwrap().len(), 3);
    assert_eq!(same, first);
}

#[test]
fn a_continued_conversation_keeps_its_provider_and_model_unless_others_are_named() {
    let server = Server::answers(&["1"]);
    let other = Server::answers(&["2"]);
    let config = format!(
        "provider = \"first\"\nmodel = \"main\"\n[providers.first]\nbase_url = \"{}\"\n\
         [providers.second]\nbase_url = \"{}\"\n",
        server.base_url(),
        other.base_url()
    );
    let qwen = Qwen::new().config(&config);
    let run = |args: &[&str]| qwen.clone().args([&["complete"], args].concat()).run();
    run(&["-p", "second", "-m", "own", "one?"]).expect_answer("2\n");
    assert_eq!(other.request().json()["model"], "own");
    // The config's provider and model are for new conversations.
    let goes_on = Server::answers(&["3"]);
    let moved = config.replace(&other.base_url(), &goes_on.base_url());
    let qwen = qwen.clone().config(&moved);
    qwen.clone().args(["complete", "-c", "two?"]).run().expect_answer("3\n");
    assert_eq!(goes_on.request().json()["model"], "own");
    // What is named for this run wins.
    qwen.clone()
        .args(["complete", "-c", "-p", "first", "three?"])
        .run()
        .expect_answer("1\n");
    assert_eq!(server.request().json()["model"], "main");
}

#[test]
fn a_conversation_whose_provider_has_lost_its_key_is_refused() {
    let qwen = Qwen::new();
    said(&qwen, &["one?"], "1");
    let outcome = qwen.clone().args(["complete", "-c", "two?"]).run();
    assert_eq!((outcome.code, outcome.text()), (3, ""), "{}", outcome.stderr);
    assert!(
        outcome.stderr.starts_with("error: the conversation uses dashscope: "),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome
            .stderr
            .contains("; use -p NAME to continue with another provider\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_conversation_that_is_not_saved_is_not_continued() {
    let qwen = Qwen::new();
    let none = "error: there is no conversation to continue\n";
    refused(&qwen.clone().args(["complete", "-c", "hi"]), none);
    let (_, id) = said(&qwen, &["--no-save", "one?"], "1");
    assert_eq!(id, Value::Null);
    refused(&qwen.clone().args(["complete", "-c", "hi"]), none);
    let quiet = qwen.clone().config("save = false\n");
    assert_eq!(said(&quiet, &["one?"], "1").1, Value::Null);
    assert!(said(&quiet, &["--save", "one?"], "1").1.is_string());
    // Going on without keeping leaves the conversation as it was.
    let (messages, id) = said(&quiet, &["-c", "two?"], "2");
    assert_eq!((messages.as_array().unwrap().len(), id), (3, Value::Null));
    assert_eq!(said(&quiet, &["-c", "three?"], "3").0.as_array().unwrap().len(), 3);
}

#[test]
fn a_conversation_that_does_not_exist_is_reported() {
    let qwen = Qwen::new();
    said(&qwen, &["one?"], "1");
    let server = Server::plays([]);
    let run = |args: &[&str]| qwen.clone().server(&server).args([&["complete"], args].concat()).run();
    let outcome = run(&["-r", "nothing-like-it", "hi"]);
    assert_eq!((outcome.code, outcome.text()), (2, ""), "{}", outcome.stderr);
    assert!(outcome.stderr.starts_with("error: "), "{}", outcome.stderr);
    run(&["hi", "-r"]).expect(
        2,
        "",
        "error: --resume needs the id or name of a conversation here\n\
         hint: `qwen sessions list` shows them; -c continues the last one\n",
    );
}

#[test]
fn an_answer_that_failed_is_kept_as_far_as_it_came() {
    let qwen = Qwen::new();
    let cut = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .deltas(&["half of"])
        .end_chunks();
    let server = Server::plays([cut]);
    let outcome = qwen
        .clone()
        .server(&server)
        .args(["complete", "--retries", "0", "one?"])
        .run();
    assert_eq!(outcome.code, 5);
    let (messages, _) = said(&qwen, &["-c", "go on"], "it");
    assert_eq!(
        messages,
        json!([
            {"role": "user", "content": "one?"},
            {"role": "assistant", "content": "half of"},
            {"role": "user", "content": "go on"},
        ])
    );
}

#[test]
fn an_answer_is_printed_even_if_it_cannot_be_saved() {
    let server = Server::answers(&["ok"]);
    let qwen = Qwen::new().args(["complete", "hi"]).server(&server);
    std::fs::write(qwen.qwen_home().join("data"), "no folder").unwrap();
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.text()), (0, "ok\n"));
    assert!(outcome.stderr.starts_with("notice: "), "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .contains("; the conversation is not saved from here on\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_picture_in_an_earlier_message_keeps_the_vision_model() {
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(32, 32)
        .write_to(&mut picture, image::ImageFormat::Png)
        .unwrap();
    let qwen = Qwen::new().file("dot.png", picture.into_inner());
    let asked = |args: &[&str]| {
        let server = Server::answers(&["ok"]);
        let outcome = qwen.clone().args(args.iter().copied()).server(&server).run();
        (outcome.stderr, server.request().json()["model"].clone())
    };
    let (notice, vision) = asked(&["complete", "-i", "dot.png", "what is it?"]);
    assert!(notice.contains("the message holds an image: asking "), "{notice}");
    let (told, model) = asked(&["complete", "-c", "and now?"]);
    assert_eq!((told, &model), (notice, &vision));
    // The picture may come in the middle too.
    asked(&["complete", "one?"]);
    assert_eq!(asked(&["complete", "-c", "-i", "dot.png", "what is it?"]).1, vision);
}
