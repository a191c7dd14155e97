//! `Client::chat`: the stream as its callers see it, over loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batches;
mod blocking;
mod connection;
mod examples;
#[path = "../support/mod.rs"]
mod support;
mod tools;

use futures_util::{FutureExt, StreamExt};
use qwen_api::provider::{Dialect, Endpoint, Protocol};
use qwen_api::uploads::{Purpose, Upload};
use qwen_api::{ChatRequest, ChatStream, Client, ErrorKind, Event, Finish, Message, Remote, RetryPolicy, Role};
use serde_json::json;
use support::{Script, Server};

fn client_of(protocol: Protocol, base_url: &str, retries: u32) -> Client {
    Client::builder()
        .endpoint(Endpoint::new("test", protocol, base_url))
        .retry_policy(RetryPolicy::at_most(retries))
        .no_timeout()
        .build()
        .unwrap()
}

fn client(server: &Server, retries: u32) -> Client {
    client_of(Protocol::OpenAi(Dialect::DashScope), server.base_url(), retries)
}

fn request() -> ChatRequest {
    ChatRequest::new("qwen-max").user("Hello")
}

async fn events(mut stream: ChatStream) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(event.unwrap());
    }
    events
}

/// The next text, behind the event that says who answers.
async fn next_text(stream: &mut ChatStream) -> String {
    loop {
        match stream.next().await.unwrap().unwrap() {
            Event::Started(_) => {}
            Event::Text(text) => return text,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn clients_are_shared_and_streams_sent_between_threads() {
    fn is_shared<T: Clone + Send + Sync + 'static>() {}
    fn is_sent<T: Send + 'static>() {}
    is_shared::<Client>();
    is_sent::<ChatStream>();
}

/// So that `tokio::spawn` takes them.
#[test]
fn every_future_can_be_sent_to_another_thread() {
    fn is_sent(_: impl Send) {}
    let client = client_of(Protocol::Web, "http://127.0.0.1:9", 0);
    let remote = Remote::default();
    is_sent(client.chat(request()).send());
    is_sent(client.models());
    is_sent(client.models_with_notices(&|_| ()));
    is_sent(client.listed_models(&|_| ()));
    is_sent(client.probe());
    is_sent(client.renew());
    is_sent(client.stop(&remote));
    is_sent(client.forget(&remote));
    let uploader = client.uploader(Purpose::Document).unwrap();
    let upload = Upload::bytes("notes.txt", "notes");
    is_sent(uploader.prepare(&()));
    is_sent(uploader.put(&upload, &()));
}

#[tokio::test]
async fn a_stream_outlives_its_client_and_is_read_by_another_task() {
    let server = Server::start([Script::answer(&["Hel", "lo."])]);
    let stream = client(&server, 0).chat(request());
    let reply = tokio::spawn(stream.send()).await.unwrap().unwrap();
    assert_eq!(reply.text, "Hello.");
    assert_eq!(reply.finish, Some(Finish::Stop));
    assert_eq!(reply.usage.unwrap().total_tokens, 5);
    assert_eq!(server.requests()[0].line, "POST /v1/chat/completions");
}

#[tokio::test]
async fn as_a_futures_stream_it_has_the_events_of_next() {
    let server = Server::start([Script::answer(&["one ", "two"]), Script::answer(&["one ", "two"])]);
    let client = client(&server, 0);
    let expected = events(client.chat(request())).await;
    let collected: Vec<_> = client.chat(request()).collect().await;
    let collected: Vec<Event> = collected.into_iter().map(Result::unwrap).collect();
    assert_eq!(collected, expected);
    assert_eq!(expected.last(), Some(&Event::Done(Finish::Stop)));
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_poll() {
    let server = Server::start([Script::answer(&["yes"]), Script::answer(&["no"])]);
    let client = client(&server, 0);
    let mut prepared = client.chat(request());
    prepared.prepare().unwrap();
    drop(prepared);
    let mut other = request();
    other.model = "qwen-plus".to_owned();
    client.chat(other).send().await.unwrap();
    let models: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.body["model"].clone())
        .collect();
    assert_eq!(models, ["qwen-plus"]);
}

#[tokio::test]
async fn a_stored_reply_is_given_without_a_request() {
    let server = Server::start([Script::answer(&["one ", "two"])]);
    let client = client(&server, 0);
    let reply = client.chat(request()).send().await.unwrap();
    let mut stream = client.chat(request());
    stream.prepare().unwrap();
    assert_eq!(
        stream.http_request().unwrap().url,
        format!("{}/chat/completions", server.base_url())
    );
    stream.replay(reply.clone());
    assert!(stream.end_if_whole());
    assert!(stream.stats().first_token.is_some());
    assert_eq!(stream.stats().attempts, 0);
    assert_eq!(stream.send().await.unwrap(), reply);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_error_keeps_what_came_and_ends_the_stream() {
    let cut = || Script::stream().delta("half an ans");
    let server = Server::start([cut(), cut()]);
    let client = client(&server, 0);
    let error = client.chat(request()).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(error.is_incomplete());
    let partial = error.partial_reply().unwrap();
    assert_eq!((partial.text.as_str(), &partial.finish), ("half an ans", &None));
    assert!(!format!("{error:?} {error}").contains("half an ans"));

    let mut stream = client.chat(request());
    assert_eq!(next_text(&mut stream).await, "half an ans");
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.partial_reply()), (ErrorKind::Interrupted, None));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_refusal_carries_its_facts_and_an_empty_reply() {
    let refusal = json!({"error": {"code": "invalid_api_key", "message": "Incorrect API key provided."}});
    let server = Server::start([Script::json(401, &refusal)]);
    let error = client(&server, 0).chat(request()).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!((error.status(), error.code()), (Some(401), Some("invalid_api_key")));
    assert_eq!(error.partial_reply().unwrap().text, "");
    assert_eq!(error.body(), refusal.to_string().as_bytes());
}

#[tokio::test]
async fn a_cut_reply_is_continued_by_a_second_request() {
    let server = Server::start([Script::stream().delta("half "), Script::answer(&["and half"])]);
    let mut stream = client(&server, 3).chat(request());
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        if let Event::Text(delta) = event.unwrap() {
            text += &delta;
        }
    }
    assert_eq!(text, "half and half");
    assert_eq!((stream.stats().attempts, stream.stats().resumed), (2, 1));
    let rest = &server.requests()[1].body["messages"][1];
    assert_eq!(*rest, json!({"role": "assistant", "content": "half ", "partial": true}));
}

#[tokio::test]
async fn a_text_of_an_earlier_run_is_continued() {
    let server = Server::start([Script::answer(&["the rest"])]);
    let stream = client(&server, 0).chat(request()).continuing("the first part, ");
    assert_eq!(stream.send().await.unwrap().text, "the rest");
    let rest = &server.requests()[0].body["messages"][1]["content"];
    assert_eq!(*rest, "the first part, ");
}

#[tokio::test]
async fn next_can_be_dropped_and_called_again() {
    let (script, go) = Script::stream().delta("one ").wait();
    let server = Server::start([script.delta("two").done()]);
    let mut stream = client(&server, 0).chat(request());
    // Before the request has left, too.
    assert!(stream.next().now_or_never().is_none());
    assert_eq!(next_text(&mut stream).await, "one ");
    assert!(stream.next().now_or_never().is_none());
    assert_eq!(stream.ready().await, None);
    go.send(()).unwrap();
    assert_eq!(next_text(&mut stream).await, "two");
    assert_eq!(stream.send().await.unwrap().finish, Some(Finish::Stop));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    let (script, closed) = Script::stream().delta("one ").await_close();
    let server = Server::start([script]);
    let mut stream = client(&server, 3).chat(request());
    assert_eq!(next_text(&mut stream).await, "one ");
    drop(stream);
    tokio::task::spawn_blocking(move || closed.recv().unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn an_error_in_making_the_request_is_the_first_item() {
    let client = client_of(Protocol::Web, "http://127.0.0.1:9", 3);
    let mut ends_with_answer = request();
    ends_with_answer.messages.push(Message::text(Role::Assistant, "Hi."));
    let mut stream = client.chat(ends_with_answer.clone());
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(stream.next().await.is_none());
    assert_eq!(client.chat(ends_with_answer).prepare().unwrap_err(), error);
}

#[tokio::test]
async fn the_first_requests_can_be_shown_instead_of_sent() {
    let client = client_of(Protocol::OpenAi(Dialect::DashScope), "http://127.0.0.1:9/v1", 0);
    let requests = client.chat(request()).into_requests().unwrap();
    assert!(requests.open.is_none());
    assert_eq!(requests.chat.url, "http://127.0.0.1:9/v1/chat/completions");
    assert_eq!(requests.chat.body.unwrap().json().unwrap()["model"], "qwen-max");

    let client = client_of(Protocol::Web, "http://127.0.0.1:9", 0);
    let requests = client.chat(request()).into_requests().unwrap();
    assert_eq!(requests.open.unwrap().url, "http://127.0.0.1:9/api/v2/chats/new");
}
