//! What holds for every line: templates, generation options, pictures, the cache, the provider.

use serde_json::{Value, json};

use super::provider::{Answer, Provider, results};
use crate::images::plain;

#[test]
fn the_columns_of_a_table_are_the_variables_of_a_template() {
    let provider = Provider::echo();
    let template = "+++\nsystem = \"Be {{ tone }}.\"\ntemperature = 0.2\nvars.tone = \"kind\"\n+++\nJudge {{ product }}: {{ text }}";
    let table = "id,product,text,seen\nr1,Tea,\"Good,\nreally\",yes\nr2,Cup,Broken,no\n";
    let qwen = provider.qwen().file("in.csv", table);
    let folder = qwen.qwen_home().join("templates");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("judge.md"), template).unwrap();
    let args = [
        "batch",
        "run",
        "in.csv",
        "--template",
        "judge",
        "--var",
        "tone=short",
        "--format",
        "csv",
    ];
    let outcome = qwen.clone().args(args).run();
    outcome.expect(
        0,
        "id,product,text,seen,answer,error\n\
         r1,Tea,\"Good,\nreally\",yes,\"re: Judge Tea: Good,\nreally\",\n\
         r2,Cup,Broken,no,re: Judge Cup: Broken,\n",
        "",
    );
    let bodies = provider.bodies();
    let of = |name: &str| bodies.iter().map(|body| body[name].clone()).collect::<Vec<Value>>();
    assert_eq!(of("temperature"), [json!(0.2), json!(0.2)]);
    assert!(bodies.iter().all(|body| body["messages"][0]["content"] == "Be short."));
    let outcome = qwen.file("in.csv", "product\nTea\n").args(args[..5].to_vec()).run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.starts_with("in.csv:2: "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("\"text\" is not set"), "{}", outcome.stderr);
}

#[test]
fn a_table_needs_a_template() {
    let provider = Provider::echo();
    let qwen = provider.qwen().file("in.csv", "a\n1\n");
    qwen.args(["batch", "run", "in.csv"]).run().expect(
        2,
        "",
        "error: a CSV file needs a template\nhint: --template NAME; its variables are the columns\n",
    );
}

#[test]
fn a_model_that_thinks_by_default_is_told_not_to_unless_the_line_or_an_option_says_so() {
    let provider = Provider::echo();
    let lines = [
        json!({"prompt": "default"}),
        json!({"prompt": "own", "enable_thinking": true, "thinking_budget": 50}),
        json!({"prompt": "cannot", "model": "qwen-max"}),
    ];
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    let qwen = provider.qwen().file("in.jsonl", lines.join("\n"));
    let run = |args: &[&str]| {
        let before = provider.bodies().len();
        let args = [&["-m", "qwen3.8-flash", "batch", "run", "in.jsonl"], args].concat();
        assert_eq!(qwen.clone().args(args).run().code, 0);
        let mut thinking: Vec<(String, Value, Value)> = provider.bodies()[before..]
            .iter()
            .map(|body| {
                let prompt = body["messages"][0]["content"].as_str().unwrap().to_owned();
                (prompt, body["enable_thinking"].clone(), body["thinking_budget"].clone())
            })
            .collect();
        thinking.sort_by(|one, other| one.0.cmp(&other.0));
        thinking
    };
    let is = |prompt: &str, thinks: Value, budget: Value| (prompt.to_owned(), thinks, budget);
    let (cannot, own) = (
        is("cannot", Value::Null, Value::Null),
        is("own", json!(true), json!(50)),
    );
    assert_eq!(
        run(&[]),
        [cannot.clone(), is("default", json!(false), Value::Null), own.clone()]
    );
    assert_eq!(run(&["--think=9"]), [cannot, is("default", json!(true), json!(9)), own]);
}

#[test]
fn pictures_go_into_the_request_and_their_content_belongs_to_the_line() {
    let provider = Provider::echo();
    let png = |side| plain(side, side, image::ImageFormat::Png);
    let line = json!({"prompt": "what is it?", "image": ["cat.png", "https://example.com/dog.png"], "id": 7});
    let qwen = provider
        .qwen()
        .file("cat.png", png(20))
        .file("in.jsonl", line.to_string());
    let qwen = qwen.args(["-m", "qwen3-vl-plus", "batch", "run", "in.jsonl"]);
    assert_eq!(
        results(&qwen.run().stdout),
        [("7".to_owned(), "re: what is it?".to_owned())]
    );
    let content = provider.bodies()[0]["messages"][0]["content"].clone();
    let url = |part: usize| content[part]["image_url"]["url"].as_str().unwrap().to_owned();
    assert!(url(0).starts_with("data:image/png;base64,"), "{content}");
    assert_eq!(url(1), "https://example.com/dog.png");
    assert_eq!(qwen.run().code, 0);
    assert_eq!(provider.bodies().len(), 1);
    // Another picture of the same name is another question.
    assert_eq!(qwen.file("cat.png", png(30)).run().code, 0);
    assert_eq!(provider.bodies().len(), 2);
}

#[test]
fn a_file_s_text_stands_before_the_prompt() {
    let provider = Provider::echo();
    let line = json!({"prompt": "sum it up", "file": "notes.txt"});
    let qwen = provider
        .qwen()
        .file("notes.txt", "hello\n")
        .file("in.jsonl", line.to_string());
    assert_eq!(qwen.args(["batch", "run", "in.jsonl"]).run().code, 0);
    assert_eq!(provider.prompts(), ["notes.txt:\n```txt\nhello\n```\n\nsum it up"]);
}

#[test]
fn cached_answers_are_given_again_to_another_batch() {
    let provider = Provider::echo();
    let qwen = provider.qwen().file("a.txt", "one\n").file("b.txt", "two\none\n");
    let run = |name: &str| {
        qwen.clone()
            .args(["batch", "run", name, "--cache", "--format", "text"])
            .run()
    };
    run("a.txt").expect(0, "re: one\n", "");
    run("b.txt").expect(0, "re: two\nre: one\n", "");
    assert_eq!(provider.prompts(), ["one", "two"]);
}

#[test]
fn a_named_encoding_is_decoded_and_another_is_told() {
    let provider = Provider::echo();
    let (gbk, _, _) = encoding_rs::GB18030.encode("你好\n");
    let qwen = provider.qwen().file("in.txt", gbk);
    qwen.clone().args(["batch", "run", "in.txt"]).run().expect(
        2,
        "",
        "in.txt:1: is not UTF-8; --encoding names another encoding\nerror: in.txt has a bad line; nothing was sent\n",
    );
    let args = ["batch", "run", "in.txt", "--encoding", "gbk", "--format", "text"];
    qwen.args(args).run().expect(0, "re: 你好\n", "");
}

#[test]
fn a_long_answer_is_escaped_in_text() {
    let provider = Provider::new(|_, _| Answer::Text("a\nb\\c\r\n".to_owned()));
    let qwen = provider.qwen().file("in.txt", "one\n");
    qwen.args(["batch", "run", "in.txt", "--format", "text"])
        .run()
        .expect(0, "a\\nb\\\\c\\r\\n\n", "");
}

#[test]
fn what_all_lines_can_cost_is_looked_at_before_anything_is_sent() {
    let provider = Provider::echo();
    let qwen = provider.qwen().file("in.txt", "one\ntwo\n");
    let run = |most: &str| {
        let args = [
            "batch",
            "run",
            "in.txt",
            "--max-tokens",
            "1000",
            "--max-cost",
            most,
            "--format",
            "text",
        ];
        qwen.clone().args(args).run()
    };
    let refused = run("0.000001");
    assert_eq!((refused.code, refused.text()), (4, ""));
    assert_eq!(provider.prompts(), [""; 0]);
    run("5").expect(0, "re: one\nre: two\n", "");
    let usage = qwen.clone().args(["usage", "--by", "model", "--json"]).run().json();
    let row = &usage.as_array().unwrap_or_else(|| panic!("{usage}"))[0];
    assert_eq!(
        (&row["requests"], &row["total_tokens"]),
        (&json!(2), &json!(14)),
        "{usage}"
    );
}
