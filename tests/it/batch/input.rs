//! The input is checked whole before anything is sent.

use serde_json::json;

use super::provider::Provider;

#[test]
fn every_bad_line_is_named_and_nothing_is_sent() {
    let provider = Provider::echo();
    let lines = [
        r#"{"prompt": 1}"#,
        r#"{"prompt": "#,
        r#"{"prompt": "x", "temperature": 9}"#,
        r#"{"id": "a", "prompt": "x"}"#,
        r#"{"id": "a", "prompt": "y"}"#,
        r#"[]"#,
        r#"{"input": "x"}"#,
        r#"{"body": {"messages": []}}"#,
        r#"{"prompt": "x", "image": "no.png"}"#,
    ]
    .join("\n");
    let qwen = provider.qwen().file("in.jsonl", lines);
    qwen.args(["batch", "run", "in.jsonl"]).run().expect(
        2,
        "",
        "in.jsonl:1: prompt must be a string\n\
         in.jsonl:2: is not JSON: EOF while parsing a value at column 11\n\
         in.jsonl:3: temperature must be a number from 0 to 2\n\
         in.jsonl:5: the id \"a\" is that of an earlier line\n\
         in.jsonl:6: must be a JSON object\n\
         in.jsonl:7: has neither prompt, messages nor body\n\
         in.jsonl:8: messages is empty\n\
         in.jsonl:9: cannot read no.png: no such file or folder\n\
         error: in.jsonl has 8 bad lines; nothing was sent\n",
    );
    assert_eq!(provider.prompts(), [""; 0]);
}

#[test]
fn an_output_folder_that_is_missing_is_told_before_anything_is_read() {
    let provider = Provider::echo();
    let qwen = provider.qwen().file("in.txt", "one\n");
    qwen.args(["batch", "run", "in.txt", "-o", "no/out.jsonl"])
        .run()
        .expect(2, "", "error: cannot write no/out.jsonl: no such file or folder\n");
    assert_eq!(provider.prompts(), [""; 0]);
}

#[test]
fn what_is_no_picture_and_a_number_of_answers_that_is_none_are_bad_lines() {
    let provider = Provider::echo();
    let lines = [
        json!({"prompt": "what is it?", "image": "talk.wav"}),
        json!({"prompt": "hi", "n": "two"}),
        json!({"prompt": "hi", "n": 0}),
    ];
    let sound = crate::media::files::wav(1);
    let qwen = provider
        .qwen()
        .file("in.jsonl", lines.map(|line| line.to_string()).join("\n"))
        .file("talk.wav", sound);
    qwen.args(["batch", "run", "in.jsonl"]).run().expect(
        2,
        "",
        "in.jsonl:1: talk.wav is not a picture\nin.jsonl:2: n must be a whole number\nin.jsonl:3: n must be 1\n\
         error: in.jsonl has 3 bad lines; nothing was sent\n",
    );
    assert_eq!(provider.prompts(), [""; 0]);
}
