//! The batch service, over loopback.

use std::io::Write;
use std::sync::Mutex;

use qwen_api::batches::{BatchStatus, Batches, NewBatch};
use qwen_api::error::{Cause, InvalidInput, Malformed};
use qwen_api::provider::{Dialect, Protocol};
use qwen_api::uploads::Upload;
use qwen_api::{ErrorKind, Notice};
use serde_json::{Value, json};

use super::support::{Script, Server};
use super::{client, client_of};

fn batches(server: &Server, retries: u32) -> Batches<'static> {
    client(server, retries).batches().unwrap()
}

fn job(id: &str, file: &str) -> Value {
    json!({"id": id, "object": "batch", "status": "in_progress", "input_file_id": file, "errors": null})
}

fn page(jobs: &Value, has_more: bool) -> Script {
    Script::json(200, &json!({"object": "list", "data": jobs, "has_more": has_more}))
}

fn lines_of(server: &Server) -> Vec<String> {
    server.requests().into_iter().map(|request| request.line).collect()
}

/// The head of a reply with this length, and as much of its body.
fn content(length: usize, body: &str) -> Script {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    Script::default().bytes(head).bytes(body)
}

/// The lines, and the error that ended them.
async fn read(batches: &Batches<'_>) -> (Vec<String>, Option<ErrorKind>) {
    let mut lines = batches.lines("file-1");
    let mut read = Vec::new();
    while let Some(line) = lines.next().await {
        match line {
            Ok(line) => read.push(String::from_utf8(line).unwrap()),
            Err(error) => return (read, Some(error.kind())),
        }
    }
    (read, None)
}

#[test]
fn its_futures_are_sent_between_threads() {
    fn is_sent<T: Send>(value: T) -> T {
        value
    }
    let client = client_of(Protocol::OpenAi(Dialect::Generic), "http://127.0.0.1:1", 0);
    let batches = is_sent(client.batches().unwrap());
    drop(is_sent(batches.retrieve("a")));
    drop(is_sent(batches.list()));
    let file = Upload::bytes("a", "");
    drop(is_sent(batches.upload(&file, &())));
    let mut lines = batches.lines("a");
    drop(is_sent(lines.next()));
}

#[tokio::test]
async fn a_file_is_sent_as_a_form_and_becomes_a_job() {
    let server = Server::start([
        Script::json(200, &json!({"id": "file-batch-1", "purpose": "batch"})),
        Script::json(200, &job("batch_1", "file-batch-1")),
    ]);
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("batches.jsonl");
    std::fs::File::create(&path)
        .unwrap()
        .write_all(b"{\"custom_id\":\"1\"}\n")
        .unwrap();
    let batches = batches(&server, 0);
    let id = batches.upload(&Upload::file(&path).unwrap(), &()).await.unwrap();
    assert_eq!(id, "file-batch-1");
    let mut new = NewBatch::new(id);
    new.metadata.insert("ds_name".into(), "nightly".into());
    let created = batches.create(&new).await.unwrap();
    assert_eq!(
        (created.id.as_str(), created.status),
        ("batch_1", BatchStatus::InProgress)
    );
    let requests = server.requests();
    let form = String::from_utf8(requests[0].bytes.clone()).unwrap();
    for part in [
        "name=\"purpose\"\r\n\r\nbatch\r\n",
        "name=\"file\"; filename=\"batches.jsonl\"\r\n",
        "\r\n\r\n{\"custom_id\":\"1\"}\n\r\n",
    ] {
        assert!(form.contains(part), "{part:?} in {form}");
    }
    assert_eq!(lines_of(&server), ["POST /v1/files", "POST /v1/batches"]);
    assert_eq!(
        requests[1].body,
        json!({"input_file_id": "file-batch-1", "endpoint": "/v1/chat/completions", "completion_window": "24h",
            "metadata": {"ds_name": "nightly"}})
    );
}

#[tokio::test]
async fn a_job_is_created_once_whatever_the_reply() {
    for reply in [
        Script::json(500, &json!({"error": {"message": "Down."}})),
        Script::json(429, &json!({"error": {"message": "Too many requests."}})),
        Script::default(),
    ] {
        let server = Server::start([reply, Script::json(200, &job("batch_2", "f"))]);
        let error = batches(&server, 3).create(&NewBatch::new("f")).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        assert_eq!(lines_of(&server), ["POST /v1/batches"]);
    }
}

#[tokio::test]
async fn what_only_reads_is_asked_for_again() {
    let down = || Script::json(503, &json!({"error": {"message": "Down."}}));
    let server = Server::start([down(), Script::json(200, &job("batch_1", "f"))]);
    let notices = Mutex::new(0);
    let count = |_: Notice| *notices.lock().unwrap() += 1;
    let found = batches(&server, 1)
        .with_notices(&count)
        .retrieve("batch_1")
        .await
        .unwrap();
    assert_eq!((found.id.as_str(), *notices.lock().unwrap()), ("batch_1", 1));
    let server = Server::start([
        Script::json(409, &json!({"error": {"message": "It has ended."}})),
        down(),
    ]);
    let error = batches(&server, 1).cancel("batch_1").await.unwrap_err();
    assert_eq!((error.message(), error.attempts()), ("It has ended.", 1));
}

#[tokio::test]
async fn all_pages_of_the_list_are_read() {
    let server = Server::start([
        page(&json!([job("batch_3", "a"), job("batch_2", "b")]), true),
        page(&json!([job("batch_1", "a")]), true),
        page(&Value::Null, true),
    ]);
    let jobs = batches(&server, 0).list_of_file("a").await.unwrap();
    let ids: Vec<&str> = jobs.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, ["batch_3", "batch_1"]);
    assert_eq!(
        lines_of(&server),
        [
            "GET /v1/batches?limit=100&input_file_ids=a",
            "GET /v1/batches?limit=100&after=batch_2&input_file_ids=a",
            "GET /v1/batches?limit=100&after=batch_1&input_file_ids=a",
        ]
    );
    // One that does not know `after`.
    let same = || page(&json!([job("batch_1", "a")]), true);
    let server = Server::start([same(), same(), same()]);
    assert_eq!(batches(&server, 0).list().await.unwrap().len(), 1);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn lines_end_as_they_like_and_may_be_long() {
    let long = "x".repeat(3 << 20);
    let body = format!("\u{feff}one\r\n\r\n{long}\r\ntwo\nthree");
    let server = Server::start([content(body.len(), &body)]);
    let (lines, error) = read(&batches(&server, 0)).await;
    assert_eq!((lines.len(), error), (4, None));
    assert!(lines[1] == long);
    assert_eq!([&*lines[0], &*lines[2], &*lines[3]], ["one", "two", "three"]);
    let server = Server::start([content(0, "")]);
    assert_eq!(read(&batches(&server, 0)).await, (Vec::new(), None));
}

#[tokio::test]
async fn a_file_that_breaks_off_is_read_on() {
    let server = Server::start([
        content(11, "one\ntw"),
        content(11, "one\n"),
        content(11, "one\ntwo\nend"),
    ]);
    assert_eq!(read(&batches(&server, 2)).await.0, ["one", "two", "end"]);
    let server = Server::start([content(11, "one\ntw"), content(11, "one\ntw")]);
    let (lines, error) = read(&batches(&server, 1)).await;
    assert_eq!(lines, ["one"]);
    assert!(error.is_some());
}

#[tokio::test]
async fn a_file_elsewhere_is_not_fetched() {
    let elsewhere = Server::start([content(3, "one")]);
    let to = elsewhere.base_url().to_owned();
    let server = Server::start([Script::default().bytes(format!(
        "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    ))]);
    let batches = batches(&server, 0);
    let error = batches.lines("file-1").next().await.unwrap().unwrap_err();
    assert_eq!(error.cause(), &Cause::Malformed(Malformed::Redirect { to }));
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_file_that_is_gone_needs_no_deleting() {
    let gone = json!({"error": {"message": "No such file."}});
    let server = Server::start([Script::json(404, &gone), Script::json(404, &gone)]);
    let batches = batches(&server, 0);
    batches.delete_file("file-1").await.unwrap();
    assert_eq!(
        batches.retrieve("batch_1").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        lines_of(&server),
        ["DELETE /v1/files/file-1", "GET /v1/batches/batch_1"]
    );
}

#[tokio::test]
async fn a_base_url_without_its_version_is_corrected() {
    let unknown = || Script::json(404, &json!({"detail": "Not Found"}));
    let server = Server::start([
        unknown(),
        Script::json(200, &json!({"id": "file-1"})),
        Script::json(200, &job("batch_1", "file-1")),
    ]);
    let base_url = server.base_url().strip_suffix("/v1").unwrap().to_owned();
    let batches = client_of(Protocol::OpenAi(Dialect::Generic), &base_url, 0)
        .batches()
        .unwrap();
    let file = Upload::bytes("a.jsonl", "{}");
    let id = batches.upload(&file, &()).await.unwrap();
    batches.create(&NewBatch::new(id)).await.unwrap();
    assert_eq!(lines_of(&server), ["POST /files", "POST /v1/files", "POST /v1/batches"]);
}

#[tokio::test]
async fn the_native_api_has_the_service_of_compatible_mode() {
    let server = Server::start([Script::json(200, &job("batch_1", "f"))]);
    let host = server.base_url().strip_suffix("/v1").unwrap().to_owned();
    let batches = client_of(Protocol::DashScope, &format!("{host}/api/v1"), 0)
        .batches()
        .unwrap();
    batches.retrieve("batch_1").await.unwrap();
    assert_eq!(lines_of(&server), ["GET /compatible-mode/v1/batches/batch_1"]);
}

#[test]
fn an_account_of_the_site_has_no_batch_service() {
    let client = client_of(Protocol::Web, "https://chat.qwen.ai", 0);
    let error = client.batches().unwrap_err();
    let provider = "test".to_owned();
    assert_eq!(error.cause(), &Cause::Input(InvalidInput::NoBatches { provider }));
}
