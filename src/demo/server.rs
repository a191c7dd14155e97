//! The socket: accepts connections on loopback and sends what `script` and `reply` say.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::{Stream, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::drawing;
use super::question::Question;
use super::reply::{self, Stamp, Step};
use super::script::{self, DemoResponse};
use super::upload;

/// The most bytes of a request, as on a workspace host of the real server.
const BODY_LIMIT: usize = 64 << 20;

/// Out of file descriptors, `accept` fails at once and again; this keeps the loop from spinning.
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(20);

type HttpReply = Response<BoxBody<Bytes, io::Error>>;

/// The running server. Dropping it stops it and breaks its connections.
#[derive(Debug)]
pub struct Demo {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Demo {
    /// The URL up to `/chat/completions`.
    pub fn base_url(&self) -> String {
        format!("http://{}/compatible-mode/v1", self.address)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Starts the server on a free port of the loopback, as a task of the runtime it is called on.
pub async fn start() -> io::Result<Demo> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let accepting = tokio::spawn(accept(listener));
    Ok(Demo { address, accepting })
}

/// What is kept between requests.
#[derive(Debug, Default)]
struct Memory {
    requests: AtomicU64,
    /// Whether the last request for a rate limit was refused: the next one succeeds.
    has_refused: AtomicBool,
}

async fn accept(listener: TcpListener) {
    let memory = Arc::new(Memory::default());
    // Owned here, so that the connections end with this task.
    let mut connections = JoinSet::new();
    loop {
        // An error of `accept` is one connection's, or passes when others close.
        match listener.accept().await {
            Ok((socket, _)) => {
                connections.spawn(serve(socket, Arc::clone(&memory)));
            }
            Err(_) => tokio::time::sleep(AFTER_A_FAILED_ACCEPT).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(socket: TcpStream, memory: Arc<Memory>) {
    let host = socket
        .local_addr()
        .map_or_else(|_| String::new(), |address| format!("http://{address}"));
    // Deltas are sent at once. Without it they only arrive later.
    let _ = socket.set_nodelay(true);
    let service = service_fn(move |request| {
        let (memory, host) = (Arc::clone(&memory), host.clone());
        async move { Ok::<_, Infallible>(respond(request, &memory, &host).await) }
    });
    // The client may close the connection, and a script may break it: both are errors here.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(socket), service)
        .await;
}

async fn respond(request: Request<Incoming>, memory: &Memory, host: &str) -> HttpReply {
    let number = memory.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let stamp = Stamp {
        request_id: format!("demo-{number:04}"),
        created: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
    };
    let mut reply = match (request.method(), request.uri().path()) {
        (&Method::POST, "/compatible-mode/v1/chat/completions") => {
            match Limited::new(request.into_body(), BODY_LIMIT).collect().await {
                Ok(body) => chat(&body.to_bytes(), &stamp, memory),
                Err(_) => json(
                    StatusCode::BAD_REQUEST,
                    &reply::unreadable("the request body cannot be read", &stamp),
                ),
            }
        }
        (&Method::POST, "/api/v1/services/aigc/multimodal-generation/generation") => {
            let body = Limited::new(request.into_body(), BODY_LIMIT).collect().await;
            let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            match drawing::reply(&body, host, &stamp) {
                Ok(reply) => json(StatusCode::OK, &reply),
                Err(message) => json(StatusCode::BAD_REQUEST, &reply::unreadable(&message, &stamp)),
            }
        }
        (&Method::GET, path) if path.starts_with(drawing::PICTURES) => match drawing::picture(path) {
            Some(png) => {
                let body = Full::new(Bytes::from(png)).map_err(|never| match never {});
                typed(Response::new(BodyExt::boxed(body)), "image/png")
            }
            None => json(StatusCode::NOT_FOUND, &reply::no_such_path(path, &stamp)),
        },
        (&Method::GET, "/api/v1/uploads") => json(StatusCode::OK, &upload::policy(host, &stamp)),
        (&Method::POST, upload::STORAGE) => match swallow(request).await {
            Ok(_) => json(StatusCode::OK, &Value::Null),
            Err(_) => json(StatusCode::BAD_REQUEST, &Value::Null),
        },
        (&Method::POST, "/compatible-mode/v1/files") => match swallow(request).await {
            Ok(size) => json(StatusCode::OK, &upload::document(size, &stamp)),
            Err(_) => json(
                StatusCode::BAD_REQUEST,
                &reply::unreadable("the form cannot be read", &stamp),
            ),
        },
        (&Method::GET, "/compatible-mode/v1/models") => json(StatusCode::OK, &reply::models(&stamp)),
        (_, path) => json(StatusCode::NOT_FOUND, &reply::no_such_path(path, &stamp)),
    };
    if let Ok(id) = HeaderValue::from_str(&stamp.request_id) {
        reply.headers_mut().insert("x-request-id", id);
    }
    reply
}

/// Reads a form to its end and discards it.
async fn swallow(request: Request<Incoming>) -> Result<u64, hyper::Error> {
    let mut body = request.into_body();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        size += frame?.data_ref().map_or(0, |data| data.len() as u64);
    }
    Ok(size)
}

fn chat(body: &[u8], stamp: &Stamp, memory: &Memory) -> HttpReply {
    let question = match Question::read(body) {
        Ok(question) => question,
        Err(message) => return json(StatusCode::BAD_REQUEST, &reply::unreadable(&message, stamp)),
    };
    let answer = match script::respond(&question) {
        DemoResponse::Answer(answer) => answer,
        DemoResponse::Refuse { once: true, .. } if memory.has_refused.fetch_xor(true, Ordering::Relaxed) => {
            script::after_the_rate_limit(&question)
        }
        DemoResponse::Refuse { status, once } => {
            let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut reply = json(code, &reply::refusal(status, &question, stamp));
            if once {
                reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            return reply;
        }
    };
    if question.wants("stream") {
        let body = BodyExt::boxed(StreamBody::new(played(reply::stream(&question, &answer, stamp))));
        return typed(Response::new(body), "text/event-stream;charset=UTF-8");
    }
    let (steps, length) = reply::whole(&question, &answer, stamp);
    let mut reply = Response::new(BodyExt::boxed(StreamBody::new(played(steps))));
    reply.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    typed(reply, "application/json")
}

/// The steps as a body, each at its time.
fn played(steps: Vec<Step>) -> impl Stream<Item = io::Result<Frame<Bytes>>> + Send + Sync {
    stream::unfold(steps.into_iter(), |mut steps| async move {
        let (after, result) = match steps.next()? {
            Step::Send { after, bytes } => (after, Ok(Frame::data(bytes))),
            Step::Break { after } => (after, Err(io::ErrorKind::ConnectionReset.into())),
        };
        if !after.is_zero() {
            tokio::time::sleep(after).await;
        }
        Some((result, steps))
    })
}

fn json(status: StatusCode, body: &Value) -> HttpReply {
    let body = Full::new(Bytes::from(body.to_string()));
    let mut reply = Response::new(BodyExt::boxed(body.map_err(|never| match never {})));
    *reply.status_mut() = status;
    typed(reply, "application/json")
}

fn typed(mut reply: HttpReply, content_type: &'static str) -> HttpReply {
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Sends a request over a socket of its own, and reads until the server closes it.
    async fn ask(demo: &Demo, method: &str, path: &str, body: &str) -> String {
        let mut socket = TcpStream::connect(demo.address).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: demo\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut reply = Vec::new();
        socket.read_to_end(&mut reply).await.unwrap();
        String::from_utf8(reply).unwrap()
    }

    async fn chat(demo: &Demo, mut body: Value, prompt: &str) -> String {
        body["model"] = json!("demo");
        body["messages"] = json!([{"role": "user", "content": prompt}]);
        ask(demo, "POST", "/compatible-mode/v1/chat/completions", &body.to_string()).await
    }

    /// The text of a streamed reply.
    fn text_of(reply: &str) -> String {
        let payloads = reply.lines().filter_map(|line| line.strip_prefix("data: {"));
        payloads
            .map(|rest| serde_json::from_str::<Value>(&format!("{{{rest}")).unwrap())
            .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
            .collect()
    }

    #[tokio::test]
    async fn streams_text_usage_and_the_end_mark() {
        let demo = start().await.unwrap();
        let options = json!({"stream": true, "stream_options": {"include_usage": true}});
        let reply = chat(&demo, options, "table").await;
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
        assert!(reply.contains("content-type: text/event-stream;charset=UTF-8\r\n"));
        assert!(reply.contains("x-request-id: demo-0001\r\n"));
        assert_eq!(text_of(&reply), include_str!("answers/table.md").trim_end());
        assert!(reply.contains(r#""finish_reason":"stop""#));
        assert!(reply.contains(r#""choices":[],"object":"chat.completion.chunk","usage":{"prompt_tokens":6"#));
        assert!(reply.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n"));
    }

    #[tokio::test]
    async fn answers_in_one_piece_without_stream() {
        let demo = start().await.unwrap();
        let reply = chat(&demo, json!({}), "think").await;
        let body: Value = serde_json::from_str(reply.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert!(body["choices"][0]["message"]["reasoning_content"].is_string());
        assert_eq!(body["choices"][0]["finish_reason"], "stop");
        assert!(body["usage"]["completion_tokens_details"]["reasoning_tokens"].is_u64());
    }

    #[tokio::test]
    async fn a_rate_limit_passes_when_asked_again() {
        let demo = start().await.unwrap();
        let first = chat(&demo, json!({"stream": true}), "429").await;
        assert!(first.starts_with("HTTP/1.1 429 "), "{first}");
        assert!(first.contains("retry-after: 1\r\n") && first.contains("limit_requests"));
        let second = chat(&demo, json!({"stream": true}), "429").await;
        assert!(second.starts_with("HTTP/1.1 200 "), "{second}");
    }

    #[tokio::test]
    async fn a_dropped_connection_ends_without_an_end() {
        let demo = start().await.unwrap();
        let reply = chat(&demo, json!({"stream": true}), "drop").await;
        assert!(text_of(&reply).ends_with("breaks in the middle of"));
        assert!(!reply.contains("[DONE]") && !reply.ends_with("0\r\n\r\n"));
        let reply = chat(&demo, json!({}), "drop").await;
        let body = reply.split_once("\r\n\r\n").unwrap().1;
        assert!(!body.is_empty() && serde_json::from_str::<Value>(body).is_err());
    }

    #[tokio::test]
    async fn lists_its_model_and_refuses_what_it_does_not_have() {
        let demo = start().await.unwrap();
        let models = ask(&demo, "GET", "/compatible-mode/v1/models", "").await;
        assert!(models.contains(r#""id":"demo""#));
        let lost = ask(&demo, "GET", "/api/v1/models", "").await;
        assert!(lost.starts_with("HTTP/1.1 404 "));
        let bad = ask(&demo, "POST", "/compatible-mode/v1/chat/completions", "{").await;
        assert!(bad.starts_with("HTTP/1.1 400 ") && bad.contains("invalid_parameter_error"));
    }

    #[tokio::test]
    async fn stops_when_dropped() {
        let demo = start().await.unwrap();
        let address = demo.address;
        let mut idle = TcpStream::connect(address).await.unwrap();
        tokio::task::yield_now().await;
        drop(demo);
        let _ = idle.read(&mut [0; 1]).await;
        assert!(TcpStream::connect(address).await.is_err());
    }
}
