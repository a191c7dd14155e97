//! When a connection is used again.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use qwen_api::provider::{Dialect, Protocol};

use crate::{client_of, events, request};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n";
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Answers the request on this connection, but for the last chunk of the body.
fn answer(socket: &mut TcpStream, header: &str) {
    let _ = socket.read(&mut [0; 8192]).unwrap();
    let finish = r#"{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let body = format!("data: {finish}\n\ndata: [DONE]\n\n");
    let reply = format!("{HEAD}{header}\r\n{:x}\r\n{body}\r\n", body.len());
    socket.write_all(reply.as_bytes()).unwrap();
}

#[tokio::test]
async fn it_is_used_again_when_the_body_ends_after_the_end_mark() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let (answered, was_answered) = mpsc::channel();
    let (again, is_used_again) = mpsc::channel();
    thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        thread::spawn(move || {
            answer(&mut first, "");
            was_answered.recv().unwrap();
            let _ = first.write_all(LAST_CHUNK);
            let is_used = first.peek(&mut [0]).is_ok_and(|bytes| bytes > 0);
            again.send(is_used).unwrap();
            if is_used {
                answer(&mut first, "connection: close\r\n");
                first.write_all(LAST_CHUNK).unwrap();
            }
        });
        // A request that is sent before the last chunk was read opens a connection of its own.
        for other in listener.incoming() {
            let mut other = other.unwrap();
            answer(&mut other, "connection: close\r\n");
            other.write_all(LAST_CHUNK).unwrap();
        }
    });
    let client = client_of(Protocol::OpenAi(Dialect::DashScope), &base_url, 0);
    events(client.chat(request())).await;
    answered.send(()).unwrap();
    loop {
        events(client.chat(request())).await;
        if let Ok(is_used) = is_used_again.try_recv() {
            assert!(is_used, "the first connection was closed");
            return;
        }
    }
}
