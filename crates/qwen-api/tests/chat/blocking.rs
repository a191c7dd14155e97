//! The client without async: the same calls, one thread, dropped anywhere.

use qwen_api::batches::NewBatch;
use qwen_api::error::Malformed;
use qwen_api::uploads::{Purpose, Upload};
use qwen_api::{ChatRequest, Client, EmbeddingRequest, ErrorKind, Event, ImageRequest, ImageSource, blocking};
use serde_json::json;

use crate::support::{Script, Server};

fn client(server: &Server) -> blocking::Client {
    let builder = Client::builder().api_key("sk-test-key").base_url(server.base_url());
    builder.build_blocking().unwrap()
}

fn request() -> ChatRequest {
    ChatRequest::new("qwen-plus").user("Hello")
}

#[test]
fn the_calls_are_those_of_the_async_client() {
    let server = Server::start([
        Script::answer(&["Hi", "!"]),
        Script::answer(&["Hi", "!"]),
        Script::json(200, &json!({"data": [{"id": "qwen-plus"}]})),
        Script::json(200, &json!({"data": [{"id": "qwen-plus"}]})),
        Script::json(200, &json!({"id": "file-fe-1"})),
    ]);
    let client = client(&server);
    let texts = client.chat(request()).filter_map(|event| match event.unwrap() {
        Event::Text(text) => Some(text),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["Hi", "!"]);
    assert_eq!(client.chat(request()).send().unwrap().text, "Hi!");
    assert_eq!(client.models().unwrap().unwrap()[0].id, "qwen-plus");
    assert_eq!(client.probe().models.unwrap(), Some(1));
    let uploader = client.uploader(Purpose::Document).unwrap();
    uploader.prepare(&()).unwrap();
    let stored = uploader.put(&Upload::bytes("a.txt", "text"), &()).unwrap();
    assert_eq!(stored.reference, "fileid://file-fe-1");
    assert_eq!(client.renew().unwrap(), None);
}

#[test]
fn pictures_vectors_and_batches_are_made_too() {
    let job = json!({"id": "batch_1", "status": "completed", "output_file_id": "file-2", "input_file_id": "file-1"});
    let list = json!({"data": [job], "has_more": false});
    let server = Server::start([
        Script::json(200, &json!({"data": [{"b64_json": "UE5H"}]})),
        Script::json(200, &json!({"data": [{"index": 0, "embedding": [0.5]}]})),
        Script::json(200, &json!({"id": "file-1"})),
        Script::json(200, &job),
        Script::json(200, &job),
        Script::json(200, &list),
        Script::json(200, &list),
        Script::json(200, &job),
        Script::json(200, &json!({"custom_id": "1"})),
        Script::json(200, &json!({})),
    ]);
    let client = client(&server);
    let made = client.images(&ImageRequest::new("m", "a fox")).unwrap();
    assert_eq!(made.images, [ImageSource::Inline(b"PNG".to_vec().into())]);
    let refused = client.fetch_image("http://example.com/a.png").unwrap_err();
    assert_eq!(refused.cause(), &Malformed::UnsafeUrl.into());
    let texts = EmbeddingRequest {
        model: "m".to_owned(),
        texts: vec!["Hello".to_owned()],
        ..EmbeddingRequest::default()
    };
    assert_eq!(client.embeddings(&texts).unwrap().vectors, [[0.5]]);
    let batches = client.batches().unwrap();
    assert_eq!(batches.max_file(), 500_000_000);
    let file = batches.upload(&Upload::bytes("a.jsonl", "{}"), &()).unwrap();
    let job = batches.create(&NewBatch::new(file)).unwrap();
    assert_eq!(batches.retrieve(&job.id).unwrap(), job);
    assert_eq!(batches.list().unwrap(), std::slice::from_ref(&job));
    assert_eq!(batches.list_of_file("file-1").unwrap(), std::slice::from_ref(&job));
    assert_eq!(batches.cancel(&job.id).unwrap().id, "batch_1");
    let lines: Result<Vec<_>, _> = batches.lines("file-2").collect();
    assert_eq!(lines.unwrap(), [br#"{"custom_id":"1"}"#.to_vec()]);
    batches.delete_file("file-2").unwrap();
    assert!(client.batch_chat().is_ok());
}

#[test]
fn an_error_is_the_last_item() {
    let refusal = json!({"error": {"code": "invalid_api_key", "message": "Incorrect API key provided."}});
    let server = Server::start([Script::json(401, &refusal)]);
    let mut stream = client(&server).chat(request());
    let error = stream.next().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Authentication, Some(401)));
    assert!(stream.next().is_none());
}

#[test]
fn a_stream_outlives_its_client_and_both_are_dropped_anywhere() {
    let (script, gone) = Script::stream().delta("Hi").await_close();
    let server = Server::start([script]);
    let client = client(&server);
    let mut stream = client.chat(request());
    drop(client);
    while !matches!(stream.next().unwrap().unwrap(), Event::Text(_)) {}
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // In async code, where a runtime must not be dropped.
    runtime.block_on(async move { drop(stream) });
    gone.recv().unwrap();
}

#[test]
fn clones_are_used_from_many_threads_at_once() {
    let server = Server::start((0..4).map(|_| Script::answer(&["Hi"])));
    let client = client(&server);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let client = client.clone();
            std::thread::spawn(move || client.chat(request()).send().unwrap().text)
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), "Hi");
    }
}
