//! What is asked for, and of which model.

use serde_json::{Value, json};

use super::{MAKE, PNG, image, made, makes, storage, that_draws_in_a_task};
use crate::harness::{KEY, Qwen};
use crate::running::Signal;
use crate::server::{Connection, Server};

#[test]
fn words_become_a_picture() {
    let (storage, urls) = storage(&[PNG]);
    let server = makes(&urls);
    let qwen = image(&server, &["a", "red fox"]);
    qwen.run().expect_answer("a-red-fox-1.png\n");
    assert_eq!(qwen.read("a-red-fox-1.png"), PNG);
    let sent = &server.finish()[0];
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(sent.header("x-dashscope-async"), None);
    assert_eq!(
        sent.json(),
        json!({"model": "qwen-image-3.0", "parameters": {},
            "input": {"messages": [{"role": "user", "content": [{"text": "a red fox"}]}]}})
    );
    // The picture is fetched without the key, and without anything else that names the user.
    let fetched = &storage.finish()[0];
    assert_eq!(fetched.header("authorization"), None);
    assert_eq!(fetched.header("cookie"), None);
    assert_eq!(fetched.path, "/1.png?Signature=S");
}

#[test]
fn every_option_is_sent_by_its_name_there() {
    let (_storage, urls) = storage(&[PNG, PNG]);
    let server = makes(&urls);
    let args = [
        "-m",
        "wan2.7-image-pro",
        "-n",
        "2",
        "--size",
        "1024X768",
        "--negative",
        "blurry",
        "--seed",
        "7",
        "-i",
        "cat.png",
        "-i",
        "https://example.com/dog.png",
        "make it night",
    ];
    let qwen = image(&server, &args).file("cat.png", PNG);
    qwen.run().expect_answer("make-it-night-1.png\nmake-it-night-2.png\n");
    let sent = server.request().json();
    assert_eq!(sent["model"], "wan2.7-image-pro");
    assert_eq!(
        sent["parameters"],
        json!({"n": 2, "size": "1024*768", "negative_prompt": "blurry", "seed": 7})
    );
    let content = sent["input"]["messages"][0]["content"].as_array().unwrap();
    assert!(
        content[0]["image"]
            .as_str()
            .unwrap()
            .starts_with("data:image/png;base64,iVBORw0KGgo")
    );
    assert_eq!(content[1], json!({"image": "https://example.com/dog.png"}));
    assert_eq!(content[2], json!({"text": "make it night"}));
}

#[test]
fn the_native_provider_asks_the_same() {
    let (_storage, urls) = storage(&[PNG]);
    let server = makes(&urls);
    let qwen = image(&server, &["fox"]).args(["-p", "dashscope-native", "image", "fox"]);
    let base = format!("http://{}/api/v1", server.address());
    qwen.env("QWEN_CLI_BASE_URL", &base).run().expect_answer("fox-1.png\n");
    assert_eq!(server.request().json()["model"], "qwen-image-3.0");
}

#[test]
fn the_chat_model_of_the_environment_makes_no_pictures() {
    let model_with = |qwen: fn(Qwen) -> Qwen| {
        let (_storage, urls) = storage(&[PNG]);
        let server = makes(&urls);
        qwen(image(&server, &["fox"])).run().expect_answer("fox-1.png\n");
        server.request().json()["model"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        model_with(|qwen| qwen.env("QWEN_CLI_MODEL", "qwen-plus")),
        "qwen-image-3.0"
    );
    assert_eq!(
        model_with(|qwen| qwen.config("model = \"qwen-plus\"\n")),
        "qwen-image-3.0"
    );
    assert_eq!(
        model_with(|qwen| qwen.config("image_model = \"z-image-turbo\"\n")),
        "z-image-turbo"
    );
    assert_eq!(
        model_with(|qwen| qwen.env("QWEN_CLI_IMAGE_MODEL", "wan2.6-t2i")),
        "wan2.6-t2i"
    );
    let own =
        "image_model = \"a\"\n[providers.dashscope]\nimage_model = \"paint\"\n[aliases]\npaint = \"wan2.6-t2i\"\n";
    let model = {
        let (_storage, urls) = storage(&[PNG]);
        let server = makes(&urls);
        image(&server, &["fox"]).config(own).run().expect_answer("fox-1.png\n");
        server.request().json()["model"].clone()
    };
    assert_eq!(model, "wan2.6-t2i");
}

#[test]
fn the_prompt_may_come_from_standard_input() {
    let (_storage, urls) = storage(&[PNG]);
    let server = makes(&urls);
    image(&server, &["-"])
        .stdin("a fox\nin snow\n")
        .run()
        .expect_answer("a-fox-in-snow-1.png\n");
    assert_eq!(
        server.request().json()["input"]["messages"][0]["content"],
        json!([{"text": "a fox\nin snow"}])
    );
    // What is piped in besides is not a part of the prompt.
    let (_storage, urls) = storage(&[PNG]);
    let server = makes(&urls);
    image(&server, &["fox"])
        .stdin("a list of prompts\n")
        .run()
        .expect_answer("fox-1.png\n");
    assert_eq!(
        server.request().json()["input"]["messages"][0]["content"],
        json!([{"text": "fox"}])
    );
}

#[test]
fn what_makes_no_request_is_refused_before_anything_is_sent() {
    let refused = |args: &[&str], stdin: &str, stderr: &str| {
        let server = Server::plays([]);
        let qwen = image(&server, args).file("a.png", PNG).stdin(stdin);
        qwen.run().expect(2, "", stderr);
        server.finish();
        assert_eq!(qwen.file_names(), ["a.png"]);
    };
    let no_prompt = "error: there is no prompt\nhint: qwen image \"a red fox in snow\"\n";
    refused(&["-"], " \n", no_prompt);
    refused(&["  "], "", no_prompt);
    refused(
        &["-n", "-1", "fox"],
        "",
        "error: invalid value '-1' for '--count <N>': must be a whole number from 1 to 12\nhint: `qwen image --help` shows the usage\n",
    );
    refused(
        &["--size", "big", "fox"],
        "",
        "error: invalid value 'big' for '--size <WxH>': must be WIDTHxHEIGHT in pixels, as in 1024x768, or 1K, 2K or 4K\n\
         hint: `qwen image --help` shows the usage\n",
    );
    refused(
        &["-i", "a.png", "-i", "a.png", "-i", "a.png", "-i", "a.png", "fox"],
        "",
        "error: at most 3 pictures can be changed at once\n",
    );
    refused(
        &["-i", "-", "-"],
        "x",
        "error: stdin can be read only once, and both - and PROMPT name it\n",
    );
    refused(
        &["-o", "-", "-n", "2", "fox"],
        "",
        "error: only one picture fits on standard output, and nothing beside it\n",
    );
}

#[test]
fn a_model_of_an_older_form_is_asked_in_that() {
    let (_storage, urls) = storage(&[PNG, PNG, PNG]);
    let wrong_path = json!({"request_id": "r", "code": "InvalidParameter", "message": "url error, please check url！"});
    let task = "00000000-0000-4000-8000-00000000a001";
    let state = |output: Value| {
        Connection::new()
            .expect("GET", &format!("/api/v1/tasks/{task}"))
            .json(200, &json!({"request_id": "r", "output": output}))
    };
    let results = json!([{"url": urls[0]}, {"url": urls[1]},
        {"code": "DataInspectionFailed", "message": "Output data may contain inappropriate content."}, {"url": urls[2]}]);
    let server = Server::plays([
        Connection::new().expect("POST", MAKE).json(400, &wrong_path),
        Connection::new()
            .expect("POST", "/api/v1/services/aigc/text2image/image-synthesis")
            .json(
                200,
                &json!({"output": {"task_status": "PENDING", "task_id": task}, "request_id": "r"}),
            ),
        state(json!({"task_id": task, "task_status": "RUNNING"})),
        state(json!({"task_id": task, "task_status": "SUCCEEDED", "results": results})),
    ]);
    // The pictures that were made are kept; why one was not is the run's error.
    image(&server, &["-m", "wan2.5-t2i-preview", "-n", "4", "fox"])
        .run()
        .expect(
            7,
            "fox-1.png\nfox-2.png\nfox-3.png\n",
            "error: the server refused the request (400): Output data may contain inappropriate content.\n\
         hint: the content filter stopped what the model made of it; reword the prompt\n\
         server: code DataInspectionFailed\n",
        );
    let requests = server.finish();
    assert_eq!(requests[1].header("x-dashscope-async"), Some("enable"));
    assert_eq!(requests[1].json()["input"], json!({"prompt": "fox"}));
}

#[test]
fn a_model_without_synchronous_calls_is_given_a_task() {
    let (_storage, urls) = storage(&[PNG]);
    let no_sync = json!({"request_id": "r", "code": "AccessDenied", "message": "current user api does not support synchronous calls"});
    let server = Server::plays([
        Connection::new().expect("POST", MAKE).json(403, &no_sync),
        Connection::new()
            .expect("POST", "/api/v1/services/aigc/image-generation/generation")
            .json(
                200,
                &json!({"output": {"task_status": "PENDING", "task_id": "t-1"}, "request_id": "r"}),
            ),
        Connection::new().expect("GET", "/api/v1/tasks/t-1").json(200, &{
            let mut reply = made(&urls);
            reply["output"]["task_status"] = "SUCCEEDED".into();
            reply
        }),
    ]);
    image(&server, &["fox"]).run().expect_answer("fox-1.png\n");
}

#[test]
fn a_signal_while_a_task_runs_tells_its_id() {
    let server = that_draws_in_a_task();
    let asking = image(&server, &["fox"]).spawn();
    server.wait_requests(3);
    asking.signal(Signal::INT);
    asking.outcome().expect(
        130,
        "",
        "error: interrupted\nhint: the server goes on with task t-1 and keeps its result for 24 hours\n",
    );
    server.finish();
}

#[test]
fn a_key_without_the_default_model_gets_its_successor_once() {
    for (status, code) in [(404, "ModelNotFound"), (403, "Model.AccessDenied")] {
        let (_storage, urls) = storage(&[PNG]);
        let refusal = json!({"request_id": "r", "code": code, "message": "m"});
        let server = Server::plays([
            Connection::new().expect("POST", MAKE).json(status, &refusal),
            Connection::new().expect("POST", MAKE).json(200, &made(&urls)),
        ]);
        image(&server, &["fox"]).run().expect(
            0,
            "fox-1.png\n",
            "notice: this key cannot use qwen-image-3.0; asking qwen-image-2.0 instead (`qwen config set image_model NAME` chooses another)\n",
        );
        assert_eq!(server.finish()[1].json()["model"], "qwen-image-2.0");
    }
    // The user's choice is the user's.
    let refusal = json!({"request_id": "r", "code": "ModelNotFound", "message": "Model not exist."});
    let server = Server::plays([Connection::new().expect("POST", MAKE).json(404, &refusal)]);
    image(&server, &["-m", "qwen-image-plus", "fox"]).run().expect(
        7,
        "",
        "error: the server did not find it (404): Model not exist.\n\
         hint: qwen-image-plus was retired on 2026-10-10; its successor is qwen-image-2.0: -m qwen-image-2.0\n\
         server: code ModelNotFound, request id r\n",
    );
    server.finish();
}

#[test]
fn a_local_server_is_asked_as_openais_clients_do() {
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD.encode(PNG);
    let reply = json!({"created": 1_790_000_000, "data": [{"b64_json": encoded}, {"b64_json": encoded}]});
    let server = Server::plays([Connection::new()
        .expect("POST", "/v1/images/generations")
        .json(200, &reply)]);
    let local = |server: &Server, args: &[&str]| {
        let base = format!("http://{}/v1", server.address());
        Qwen::new().args([&["-p", "local", "--base-url", &base, "image"], args].concat())
    };
    local(&server, &["-n", "2", "--size", "512x512", "fox"])
        .run()
        .expect_answer("fox-1.png\nfox-2.png\n");
    assert_eq!(
        server.request().json(),
        json!({"prompt": "fox", "n": 2, "size": "512x512", "response_format": "b64_json"})
    );
    // An address on this machine is fetched, too.
    let (_storage, urls) = storage(&[PNG]);
    let reply = json!({"data": [{"url": urls[0]}]});
    let server = Server::plays([Connection::new()
        .expect("POST", "/v1/images/generations")
        .json(200, &reply)]);
    local(&server, &["-m", "sd", "fox"]).run().expect_answer("fox-1.png\n");
    assert_eq!(server.request().json()["model"], "sd");
    let server = Server::plays([]);
    local(&server, &["-i", "a.png", "fox"]).file("a.png", PNG).run().expect(
        2,
        "",
        "error: this server makes pictures from words only\nhint: -p dashscope changes pictures, with an API key\n",
    );
    let none = json!({"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}});
    let server = Server::plays([Connection::new()
        .expect("POST", "/v1/images/generations")
        .json(404, &none)]);
    local(&server, &["fox"]).run().expect(
        7,
        "",
        "error: the server makes no pictures (404): File Not Found\nhint: -p dashscope makes them, with an API key\n\
         server: code not_found_error\n",
    );
}
