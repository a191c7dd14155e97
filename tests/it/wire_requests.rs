//! Requests that official clients sent, compared with what the program sends for the same wish.
//!
//! Every difference is written down here, and nothing else may differ.

use base64::Engine;
use qwen_api::{ChatRequest, Client};
use serde_json::{Value, json};

use crate::fixtures::{folder, json as json_file};
use crate::harness::{KEY, Qwen};

/// A captured request without the key.
fn captured(case: &str) -> Value {
    let mut request = json_file(&folder("openai-requests").join(format!("{case}.json")));
    assert_eq!(request["headers"]["authorization"], format!("Bearer {KEY}"));
    request["headers"]["authorization"] = "Bearer ***".into();
    request
}

/// What the program would send, in the form of a captured request.
fn sent(qwen: &Qwen, args: &[&str]) -> Value {
    let mut all = vec!["complete", "--dry-run"];
    all.extend(args);
    let outcome = qwen.clone().env("DASHSCOPE_API_KEY", KEY).args(all).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let said = outcome.json();
    let headers = said["headers"].as_object().unwrap().iter();
    let headers: serde_json::Map<String, Value> = headers
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    let url = said["url"].as_str().unwrap();
    json!({
        "method": said["method"],
        "path": url.strip_prefix("https://dashscope.aliyuncs.com").unwrap(),
        "headers": headers,
        "body": said["body"],
    })
}

/// Takes members out of the body that the program has no option for.
fn without(mut request: Value, names: &[&str]) -> Value {
    for name in names {
        assert!(
            request["body"].as_object_mut().unwrap().remove(*name).is_some(),
            "{name}"
        );
    }
    request
}

const TERSE: [&str; 4] = ["-m", "qwen-plus", "-s", "You are terse."];

#[test]
fn a_plain_question_is_the_same() {
    let qwen = Qwen::new();
    let args = [&TERSE[..], &["--no-stream", "Say hello"]].concat();
    assert_eq!(sent(&qwen, &args), captured("chat"));
    let args = [&TERSE[..], &["Say", "hello"]].concat();
    assert_eq!(sent(&qwen, &args), captured("chat-stream-usage"));
}

#[test]
fn a_stream_always_asks_for_its_usage() {
    let mut expected = captured("chat-stream");
    expected["body"]["stream_options"] = json!({"include_usage": true});
    let args = [&TERSE[..], &["Say hello"]].concat();
    assert_eq!(sent(&Qwen::new(), &args), expected);
}

#[test]
fn sampling_differs_by_what_has_no_option_and_by_the_name_of_the_token_limit() {
    let no_option = ["logprobs", "top_logprobs", "n", "user", "repetition_penalty"];
    let mut expected = without(captured("chat-sampling"), &no_option);
    // The older name: every model takes it.
    let limit = expected["body"]
        .as_object_mut()
        .unwrap()
        .remove("max_completion_tokens");
    expected["body"]["max_tokens"] = limit.unwrap();
    let sampling = "--no-stream --presence-penalty 0.5 --seed 42 -t 0.3 --top-p 0.9 --top-k 20 --max-tokens 256";
    let mut args = TERSE.to_vec();
    args.extend(sampling.split(' '));
    args.extend(["--stop", "\n\n", "Say hello"]);
    assert_eq!(sent(&Qwen::new(), &args), expected);
}

#[test]
fn thinking_is_the_same() {
    let qwen = Qwen::new();
    let args = ["-m", "qwen3-max", "--no-stream", "--think", "2+2?"];
    assert_eq!(sent(&qwen, &args), captured("chat-thinking"));
    let args = ["-m", "qwen3-max", "--think=4096", "2+2?"];
    assert_eq!(sent(&qwen, &args), captured("chat-thinking-stream"));
}

#[test]
fn searching_differs_by_the_options_of_the_search() {
    let expected = without(captured("chat-search"), &["search_options"]);
    let args = ["-q", "-m", "qwen-plus", "--search", "News today?"];
    assert_eq!(sent(&Qwen::new(), &args), expected);
}

#[test]
fn json_differs_by_the_name_of_the_schema() {
    let qwen = Qwen::new();
    let prompt = "Return JSON with name and age of Ada, 36";
    let args = ["-m", "qwen-plus", "--no-stream", "--json", prompt];
    assert_eq!(sent(&qwen, &args), captured("chat-json-object"));
    let mut expected = captured("chat-json-schema");
    let schema = expected["body"]["response_format"]["json_schema"]["schema"].to_string();
    expected["body"]["response_format"]["json_schema"]["name"] = "answer".into();
    let args = ["-m", "qwen3.7-plus", "--no-stream", "--schema", &schema, "Ada is 36"];
    assert_eq!(sent(&qwen, &args), expected);
}

#[test]
fn pictures_differ_by_their_pixels() {
    let inline = captured("chat-image-base64");
    let uri = inline["body"]["messages"][0]["content"][0]["image_url"]["url"]
        .as_str()
        .unwrap();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(uri.strip_prefix("data:image/png;base64,").unwrap())
        .unwrap();
    // The type is detected from the content, not the name.
    let qwen = Qwen::new().file("red.dat", bytes);
    let ask = |image: &str| {
        let args = ["-m", "qwen3-vl-plus", "--no-stream", "-i", image, "What is this?"];
        sent(&qwen, &args)
    };
    assert_eq!(ask("red.dat"), inline);
    let by_url = without(captured("chat-image-url"), &["vl_high_resolution_images"]);
    assert_eq!(ask("https://example.com/red.png"), by_url);
    let uploaded = captured("chat-image-oss");
    let place = uploaded["body"]["messages"][0]["content"][0]["image_url"]["url"]
        .as_str()
        .unwrap();
    assert_eq!(ask(place), uploaded);
    let mut pixels = captured("chat-image-pixels");
    let part = pixels["body"]["messages"][0]["content"][0].as_object_mut().unwrap();
    assert!(part.remove("min_pixels").is_some() && part.remove("max_pixels").is_some());
    assert_eq!(ask("https://example.com/red.png")["body"], pixels["body"]);
}

#[test]
fn a_document_differs_by_its_id_until_it_is_uploaded() {
    let mut expected = captured("chat-fileid");
    expected["body"]["messages"][1]["content"] = "fileid://to-be-uploaded".into();
    let qwen = Qwen::new().file("note.pdf", "%PDF-1.7\nx");
    let args = [
        "-q",
        "-m",
        "qwen-long",
        "-s",
        "You are terse.",
        "-f",
        "note.pdf",
        "Summary?",
    ];
    assert_eq!(sent(&qwen, &args), expected);
}

#[test]
fn the_rest_of_an_answer_is_asked_for_the_same_way() {
    let client = Client::builder().api_key(KEY).build().unwrap();
    let mut request = ChatRequest::new("qwen-plus").user("Finish the line");
    request.stream = false;
    let rest = client
        .chat(request)
        .continuing("Spring is")
        .into_requests()
        .unwrap()
        .chat;
    assert_eq!(rest.body.unwrap().json().unwrap(), captured("chat-partial")["body"]);
}
