//! Pictures and documents in a message: `-i` and `-f`, against a scripted provider and a scripted storage.

mod bombs;
mod in_a_message;
mod in_chat;
mod uploaded;

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::harness::Qwen;
use crate::outcome::Outcome;
use crate::server::{Connection, Recorded, Server};

/// A picture of one colour.
pub fn plain(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    encoded(DynamicImage::new_rgb8(width, height), format)
}

/// A picture that no compression makes small.
fn noise(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()[0]
    };
    encoded(
        RgbImage::from_fn(width, height, |_, _| Rgb([next(), next(), next()])).into(),
        format,
    )
}

fn encoded(picture: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn uri(mime: &str, bytes: &[u8]) -> String {
    format!("data:{mime};base64,{}", STANDARD.encode(bytes))
}

fn ask(server: &Server, args: &[&str]) -> Qwen {
    Qwen::new()
        .server(server)
        .args([&["-p", "dashscope", "-m", "qwen3-vl-plus", "complete"], args].concat())
}

fn parts(request: &Recorded) -> Vec<Value> {
    request.json()["messages"][0]["content"].as_array().unwrap().clone()
}

/// Runs against a server that must get no request.
fn refused(qwen: Qwen, args: &[&str]) -> Outcome {
    let server = Server::without_requests();
    let outcome = qwen
        .server(&server)
        .args([&["-p", "dashscope", "complete"], args].concat())
        .run();
    server.finish();
    outcome
}

/// The reply to the question where a file for the model can be stored.
fn gives(policy: &Value) -> Connection {
    Connection::new()
        .expect("GET", "/api/v1/uploads?action=getPolicy&model=qwen3-vl-plus")
        .json(200, policy)
}

/// Checks that the first part of a request's message is `large.png` in the storage.
fn expect_stored_large(request: &Recorded) {
    let parts = parts(request);
    let url = parts[0]["image_url"]["url"].as_str().unwrap();
    assert!(
        url.starts_with("oss://instant/d/") && url.ends_with("-large.png"),
        "{url}"
    );
}

/// A storage that takes so many files, and the reply that names it.
fn storage(files: usize) -> (Server, Value) {
    let taken = [("content-length", "0"), ("connection", "close")];
    let takes = |_| Connection::new().expect("POST", "/").head(200, &taken);
    let storage = Server::plays((0..files).map(takes));
    let policy = json!({"data": {"policy": "UA==", "signature": "S", "upload_dir": "instant/d",
        "upload_host": format!("http://{}", storage.address()), "expire_in_seconds": 300, "max_file_size_mb": 100,
        "oss_access_key_id": "ID"}});
    (storage, policy)
}

/// `chat` with a conversation that is not kept.
fn chat(server: &Server) -> Qwen {
    Qwen::new()
        .server(server)
        .args(["-p", "dashscope", "chat", "--no-save"])
}
