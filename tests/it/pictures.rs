//! `qwen image` and `/draw` against a scripted provider, and a scripted storage of what it made.

mod fetching;
mod files;
mod in_chat;
mod on_a_terminal;
mod refusals;
mod requests;

use serde_json::{Value, json};

use crate::harness::Qwen;
use crate::server::{Connection, Server};

/// The path of the native API that makes pictures at once.
pub(crate) const MAKE: &str = "/api/v1/services/aigc/multimodal-generation/generation";
pub(crate) const PNG: &[u8] = include_bytes!("../fixtures/pictures/grey-16.png");

/// `qwen image ARGS` of that provider.
pub(crate) fn image(server: &Server, args: &[&str]) -> Qwen {
    Qwen::new()
        .server(server)
        .args([&["-p", "dashscope", "image"], args].concat())
}

/// A reply with pictures at these addresses.
pub(crate) fn made(urls: &[String]) -> Value {
    let parts: Vec<Value> = urls.iter().map(|url| json!({"image": url})).collect();
    json!({"output": {"choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": parts}}]},
        "usage": {"image_count": urls.len()}, "request_id": "00000000-0000-9000-8000-000000000002"})
}

/// A provider that makes these pictures.
pub(crate) fn makes(urls: &[String]) -> Server {
    Server::plays([Connection::new().expect("POST", MAKE).json(200, &made(urls))])
}

/// A provider that takes pictures in tasks only, and never says that its task `t-1` is over.
fn that_draws_in_a_task() -> Server {
    let no_sync = json!({"request_id": "r", "code": "AccessDenied", "message": "current user api does not support synchronous calls"});
    let running = json!({"output": {"task_status": "RUNNING", "task_id": "t-1"}, "request_id": "r"});
    Server::plays([
        Connection::new().expect("POST", MAKE).json(403, &no_sync),
        Connection::new()
            .expect("POST", "/api/v1/services/aigc/image-generation/generation")
            .json(200, &running),
        Connection::new().expect("GET", "/api/v1/tasks/t-1").stall(),
    ])
}

/// A reply that is this picture.
fn gives(path: &str, picture: &[u8]) -> Connection {
    let length = picture.len().to_string();
    let head = [
        // Storages name what they like.
        ("content-type", "application/octet-stream"),
        ("content-length", length.as_str()),
        ("connection", "close"),
    ];
    Connection::new().expect("GET", path).head(200, &head).bytes(picture)
}

/// A storage that gives these pictures as `/1.png`, `/2.png`, …, and their addresses.
pub(crate) fn storage(pictures: &[&[u8]]) -> (Server, Vec<String>) {
    let paths: Vec<String> = (1..=pictures.len()).map(|n| format!("/{n}.png?Signature=S")).collect();
    let scripts = paths.iter().zip(pictures).map(|(path, picture)| gives(path, picture));
    let server = Server::plays(scripts);
    let urls = paths.iter().map(|path| format!("http://{}{path}", server.address()));
    let urls = urls.collect();
    (server, urls)
}
