//! A running gateway, and a client that sees every byte of a reply.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::Value;

use crate::guard::LIMIT;
use crate::harness::Qwen;
use crate::running::Running;
use crate::server::Server;

pub struct Gateway {
    pub running: Running,
    pub address: String,
}

/// A reply, its body without the framing of HTTP.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Gateway {
    /// In front of DashScope's compatible mode, which `server` plays.
    #[track_caller]
    pub fn of(server: &Server, args: &[&str]) -> Gateway {
        Gateway::start(Qwen::new().server(server), args)
    }

    #[track_caller]
    pub fn start(qwen: Qwen, args: &[&str]) -> Gateway {
        Gateway::start_with_stderr(qwen, args, Stdio::piped())
    }

    #[track_caller]
    pub fn start_with_stderr(qwen: Qwen, args: &[&str], stderr: Stdio) -> Gateway {
        let args = [&["serve", "--port", "0"], args].concat();
        let qwen = qwen.env("QWEN_CLI_MODEL", "qwen-plus").args(args);
        let running = Running::start_with_stderr(&qwen, Stdio::null(), stderr);
        running.wait_stdout("/v1\n");
        let line = running.stdout_so_far();
        let address = line.trim_end().strip_prefix("http://").unwrap();
        let address = address.strip_suffix("/v1").unwrap().to_owned();
        Gateway { running, address }
    }

    pub fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        socket
    }

    /// Sends a request whose head is given, and reads the reply to its end.
    #[track_caller]
    pub fn send(&self, head: &str, body: &[u8]) -> Reply {
        let mut socket = self.connect();
        let head = head.replace('\n', "\r\n");
        let length = match head.to_ascii_lowercase().contains("transfer-encoding") {
            true => String::new(),
            false => format!("Content-Length: {}\r\n", body.len()),
        };
        let head = format!("{head}\r\n{length}Connection: close\r\n\r\n");
        socket.write_all(head.as_bytes()).unwrap();
        // A request that is refused early need not be read to its end.
        let _ = socket.write_all(body);
        Reply::read(socket)
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.send(&format!("GET {path} HTTP/1.1\nHost: localhost"), b"")
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(
            &format!("POST {path} HTTP/1.1\nHost: localhost"),
            body.to_string().as_bytes(),
        )
    }

    #[track_caller]
    pub fn chat(&self, body: Value) -> Reply {
        self.post("/v1/chat/completions", &body)
    }
}

impl Reply {
    #[track_caller]
    pub fn read(socket: TcpStream) -> Reply {
        let mut reader = BufReader::new(socket);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "the head is cut: {head}");
        }
        let head = head.to_ascii_lowercase();
        let mut body = Vec::new();
        if head.contains("transfer-encoding: chunked") {
            loop {
                let mut size = String::new();
                reader.read_line(&mut size).unwrap();
                let size = usize::from_str_radix(size.trim(), 16).expect("the body is cut");
                let mut chunk = vec![0; size + 2];
                reader.read_exact(&mut chunk).unwrap();
                if size == 0 {
                    break;
                }
                body.extend_from_slice(&chunk[..size]);
            }
        } else {
            reader.read_to_end(&mut body).unwrap();
        }
        Reply {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body: String::from_utf8(body).unwrap(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The payloads of a stream of events.
    #[track_caller]
    pub fn events(&self) -> Vec<String> {
        let events = self.body.strip_suffix("\n\n").unwrap_or(&self.body).split("\n\n");
        events
            .map(|event| event.strip_prefix("data: ").unwrap().to_owned())
            .collect()
    }

    /// The text that the chunks of a stream add up to.
    #[track_caller]
    pub fn streamed_text(&self) -> String {
        let chunks = self.events();
        let chunks = chunks
            .iter()
            .filter_map(|event| serde_json::from_str::<Value>(event).ok());
        let text = |chunk: Value| chunk.pointer("/choices/0/delta/content")?.as_str().map(str::to_owned);
        chunks.filter_map(text).collect()
    }

    /// The error of a refusal in OpenAI's shape: its status, type, code and message.
    #[track_caller]
    pub fn error(&self) -> (u16, String, Value, String) {
        let error = &self.json()["error"];
        let text = |name: &str| error[name].as_str().unwrap().to_owned();
        (self.status, text("type"), error["code"].clone(), text("message"))
    }
}

pub fn question() -> Value {
    serde_json::json!([{"role": "user", "content": "hi"}])
}

/// A reply without what differs from one to the next.
pub fn without_stamp(mut value: Value) -> Value {
    for name in ["id", "created"] {
        assert!(value.as_object_mut().unwrap().shift_remove(name).is_some());
    }
    value
}
