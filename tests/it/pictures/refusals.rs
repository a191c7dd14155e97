//! What the provider refuses, and replies without a picture.

use serde_json::{Value, json};

use super::{MAKE, image};
use crate::harness::Qwen;
use crate::server::{Connection, Server};

#[track_caller]
fn refused(status: u16, body: &Value, code: i32, stderr: &str) {
    let server = Server::plays([Connection::new().expect("POST", MAKE).json(status, body)]);
    let qwen = image(&server, &["fox"]);
    qwen.run().expect(code, "", stderr);
    server.finish();
    assert_eq!(qwen.file_names(), [""; 0]);
}

fn error(code: &str, message: &str) -> Value {
    json!({"request_id": "r", "code": code, "message": message})
}

#[test]
fn each_refusal_has_its_words() {
    for (status, code, message, exit, hint) in [
        (
            400,
            "DataInspectionFailed",
            "Input data may contain inappropriate content.",
            7,
            "the content filter stopped it; reword the prompt",
        ),
        (
            400,
            "DataInspectionFailed",
            "Output data may contain inappropriate content.",
            7,
            "the content filter stopped what the model made of it; reword the prompt",
        ),
        (
            400,
            "IPInfringementSuspect",
            "Input data is suspected of being involved in IP infringement.",
            7,
            "it may show a known character or brand; describe something else",
        ),
        (
            400,
            "InvalidParameter.DataInspection",
            "Unable to download the media resource during the data inspection process.",
            7,
            "the server could not fetch the URL; give a local file instead, which is sent along",
        ),
    ] {
        let stderr = format!(
            "error: the server refused the request ({status}): {message}\nhint: {hint}\nserver: code {code}, request id r\n"
        );
        refused(status, &error(code, message), exit, &stderr);
    }
    refused(
        403,
        &error(
            "AllocationQuota.FreeTierOnly",
            "The free tier of the model has been exhausted.",
        ),
        4,
        "error: the server refuses for now (403): The free tier of the model has been exhausted.\n\
         hint: turn off \"free tier only\" in the console, or choose another model with -m\n\
         server: code AllocationQuota.FreeTierOnly, request id r\n",
    );
    refused(
        400,
        &error("InvalidParameter", "size must be in format \"width*height\""),
        7,
        "error: the server refused the request (400): size must be in format \"width*height\"\n\
         server: code InvalidParameter, request id r\n",
    );
}

#[test]
fn a_reply_without_a_picture_is_an_error() {
    let reply = |content: Value| json!({"output": {"choices": [{"message": {"content": content}}]}, "request_id": "r"});
    refused(
        200,
        &reply(json!([])),
        6,
        "error: the server's response holds no picture\nserver: request id r\n",
    );
    refused(
        200,
        &reply(json!([{"text": "I cannot draw that."}])),
        6,
        "error: the server's response holds no picture: I cannot draw that.\nserver: request id r\n",
    );
    refused(200, &json!("ok"), 6, "error: the server's response holds no picture\n");
}

#[test]
fn a_rate_limit_is_waited_for() {
    let limit = error("Throttling.RateQuota", "Requests rate limit exceeded.");
    let (storage, urls) = super::storage(&[super::PNG]);
    let server = Server::plays([
        Connection::new()
            .expect("POST", MAKE)
            .json_with(429, &[("retry-after", "0")], &limit),
        Connection::new().expect("POST", MAKE).json(200, &super::made(&urls)),
    ]);
    let outcome = image(&server, &["fox"]).run();
    assert_eq!((outcome.code, outcome.text()), (0, "fox-1.png\n"));
    assert!(outcome.stderr.contains("retry"), "{}", outcome.stderr);
    storage.finish();
}

#[test]
fn a_task_that_is_gone_or_failed_is_an_error() {
    let of_task = |state: Value, code: i32, stderr: &str| {
        let submitted = json!({"output": {"task_status": "PENDING", "task_id": "t-1"}, "request_id": "r"});
        let state = json!({"request_id": "r", "output": state});
        let server = Server::plays([
            Connection::new().expect("POST", MAKE).json(200, &submitted),
            Connection::new().expect("GET", "/api/v1/tasks/t-1").json(200, &state),
        ]);
        image(&server, &["fox"]).run().expect(code, "", stderr);
        server.finish();
    };
    of_task(
        json!({"task_id": "t-1", "task_status": "UNKNOWN"}),
        7,
        "error: the server no longer knows the task\nserver: request id r\n",
    );
    of_task(
        json!({"task_id": "t-1", "task_status": "FAILED", "code": "InvalidParameter", "message": "bad size"}),
        7,
        "error: the server refused the request (400): bad size\nserver: code InvalidParameter, request id r\n",
    );
}

#[test]
fn a_web_account_makes_none_here() {
    Qwen::new()
        .env("QWEN_AUTH_TOKEN", "token-placeholder")
        .args(["-p", "web", "image", "fox"])
        .run()
        .expect(
            2,
            "",
            "error: web makes no pictures here\nhint: -p dashscope makes them, with an API key\n",
        );
}
