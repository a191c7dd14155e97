//! A run on the engine `realtime`, from the input to the output.

use serde_json::{Value, json};

use super::provider::{Answer, Provider, results};

#[test]
fn every_form_of_a_line_is_asked_and_answered_in_the_order_of_the_input() {
    let provider = Provider::echo();
    let lines = [
        r#"{"prompt": "one", "system": "be brief", "temperature": 0.5}"#,
        "",
        r#"{"messages": [{"role": "user", "content": "two"}], "id": "second", "stream": true}"#,
        r#"{"custom_id": "third", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "qwen-max", "messages": [{"role": "user", "content": "three"}]}}"#,
    ]
    .join("\n");
    let qwen = provider.qwen().file("in.jsonl", lines);
    let outcome = qwen.args(["batch", "run", "in.jsonl", "--max-tokens", "9"]).run();
    let expected = [("line-1", "re: one"), ("second", "re: two"), ("third", "re: three")];
    let expected = expected.map(|(id, said)| (id.to_owned(), said.to_owned()));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(results(&outcome.stdout), expected);
    let mut bodies = provider.bodies();
    bodies.sort_by_key(|body| body["messages"].to_string().len());
    let of = |index: usize| (bodies[index]["model"].clone(), bodies[index]["max_tokens"].clone());
    assert_eq!(
        [0, 1, 2].map(of),
        [
            (json!("qwen-plus"), json!(9)),
            (json!("qwen-max"), json!(9)),
            (json!("qwen-plus"), json!(9)),
        ]
    );
    assert_eq!(
        bodies[2]["messages"][0],
        json!({"role": "system", "content": "be brief"})
    );
    assert_eq!(bodies[2]["temperature"], json!(0.5));
    assert_ne!(bodies[0]["stream"], Value::Null);
}

#[test]
fn the_same_command_writes_the_kept_answers_again_and_sends_nothing() {
    let provider = Provider::echo();
    let qwen = provider.qwen().file("in.txt", "one\ntwo\n");
    let run = |args: &[&str]| qwen.clone().args([&["batch", "run", "in.txt"], args].concat()).run();
    run(&["-o", "a.txt", "--format", "text"]).expect(0, "", "");
    assert_eq!(qwen.read("a.txt"), b"re: one\nre: two\n");
    let again = run(&["--format", "text"]);
    again.expect(
        0,
        "re: one\nre: two\n",
        "notice: all lines were asked before; --again asks anew\n",
    );
    assert_eq!(provider.prompts().len(), 2);
    run(&["--format", "text", "--again"]).expect(0, "re: one\nre: two\n", "");
    assert_eq!(provider.prompts().len(), 4);
}

#[test]
fn again_asks_anew_what_a_stopped_run_was_answered_and_continues_its_own() {
    let provider = Provider::new(|prompt, number| match number {
        1 | 3 => Answer::refusal(401, "invalid_api_key", "Incorrect API key provided."),
        _ => Answer::Text(format!("re: {prompt}")),
    });
    let qwen = provider.qwen().file("in.txt", "one\ntwo\n");
    let run = |args: &[&str]| {
        let run = ["batch", "run", "in.txt", "--concurrency", "1", "--format", "text"];
        qwen.clone().args([&run, args].concat()).run()
    };
    assert_eq!(run(&[]).code, 3);
    assert_eq!(run(&["--again"]).code, 3);
    assert_eq!(provider.prompts(), ["one", "two", "one", "two"]);
    run(&["--again"]).expect(0, "re: one\nre: two\n", "notice: 1 of 2 lines were done before\n");
    assert_eq!(provider.prompts().len(), 5);
}

#[test]
fn a_line_that_fails_stops_no_other_and_can_be_asked_again() {
    let provider = Provider::new(|prompt, number| match prompt {
        "two" if number < 3 => Answer::refusal(400, "data_inspection_failed", "Input data may contain bad content."),
        prompt => Answer::Text(format!("re: {prompt}")),
    });
    let qwen = provider.qwen().file("in.txt", "one\ntwo\nthree\n");
    let outcome = qwen.clone().args(["batch", "run", "in.txt", "-o", "out.jsonl"]).run();
    assert_eq!(outcome.code, 8);
    let (head, hint) = outcome.stderr.split_once('\n').unwrap();
    assert_eq!(head, "error: 1 of 3 lines failed");
    let id = hint.split("retry ").nth(1).unwrap().split('`').next().unwrap();
    assert_eq!(
        hint,
        format!("hint: they are in out.failed.jsonl; `qwen batch retry {id}` asks them again\n")
    );
    let said = |name: &str| {
        results(&qwen.read(name))
            .into_iter()
            .map(|(_, said)| said)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        said("out.jsonl"),
        ["re: one", "400 data_inspection_failed", "re: three"]
    );
    let failed: Value = serde_json::from_slice(&qwen.read("out.failed.jsonl")).unwrap();
    assert_eq!(failed["custom_id"], "line-2");
    let retry = qwen.clone().args(["batch", "retry", id, "-o", "out.jsonl"]).run();
    retry.expect(0, "", "notice: 2 of 3 lines were done before\n");
    assert_eq!(said("out.jsonl"), ["re: one", "re: two", "re: three"]);
    assert!(!qwen.cwd().join("out.failed.jsonl").exists());
    assert_eq!(provider.prompts().len(), 4);
}

#[test]
fn a_terminal_shows_how_far_it_is_and_nothing_at_the_end() {
    let provider = Provider::new(|prompt, _| match prompt {
        "one" => Answer::Text("re: one".to_owned()),
        prompt => Answer::Held(
            ["two", "three"][usize::from(prompt == "three")],
            format!("re: {prompt}"),
        ),
    });
    let qwen = provider.qwen().file("in.txt", "one\ntwo\nthree\n");
    let mut pty = qwen.args(["batch", "run", "in.txt", "-o", "out.jsonl"]).pty(24, 80);
    pty.wait_for(" 1 of 3");
    provider.open("two");
    pty.wait_for(" 2 of 3");
    provider.open("three");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(pty.screen().trim(), "");
}

#[test]
fn in_chinese_too_a_terminal_shows_what_is_done() {
    let provider = Provider::new(|prompt, _| match prompt {
        "one" => Answer::Text("re: one".to_owned()),
        prompt => Answer::Held("go", format!("re: {prompt}")),
    });
    let qwen = provider.qwen().file("in.txt", "one\ntwo\nthree\n");
    let qwen = qwen.env("LANG", "zh_CN.UTF-8");
    let mut pty = qwen.args(["batch", "run", "in.txt", "-o", "out.jsonl"]).pty(24, 80);
    pty.wait_for(" 1/3");
    provider.open("go");
    assert_eq!(pty.exit_code(), 0);
}
