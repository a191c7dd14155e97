// A server on loopback that plays scripted replies, for tests and doctests of the client.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// A server that gives one reply to each connection, in the order of the script.
pub(crate) struct Server {
    base_url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `POST /v1/chat/completions`.
    pub(crate) line: String,
    /// `Null` where there was no JSON.
    pub(crate) body: Value,
    /// The body as it came.
    pub(crate) bytes: Vec<u8>,
}

/// A scripted reply: what is done on the connection, one step after the other.
#[derive(Debug, Default)]
pub(crate) struct Script(Vec<Step>);

#[derive(Debug)]
enum Step {
    Send(Vec<u8>),
    /// Waits until the other end of the channel is used or dropped.
    Wait(Receiver<()>),
    /// Waits until the client closes the connection, and says so.
    AwaitClose(Sender<()>),
}

impl Server {
    /// Starts the server on a free port. It stops with the process.
    pub(crate) fn start(scripts: impl IntoIterator<Item = Script>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let mut scripts: VecDeque<Script> = scripts.into_iter().collect();
        thread::spawn(move || {
            while let Some(script) = scripts.pop_front() {
                let (socket, _) = listener.accept().unwrap();
                let seen = Arc::clone(&seen);
                thread::spawn(move || play(socket, script, &seen));
            }
        });
        Server { base_url, requests }
    }

    /// `http://127.0.0.1:PORT/v1`.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Script {
    /// A reply in one piece.
    pub(crate) fn json(status: u16, body: &Value) -> Script {
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} .\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        Script::default().bytes(head).bytes(body)
    }

    /// The head of a stream of server-sent events.
    pub(crate) fn stream() -> Script {
        Script::default().bytes("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
    }

    /// A whole streamed reply of compatible mode that says these texts.
    pub(crate) fn answer(deltas: &[&str]) -> Script {
        deltas
            .iter()
            .fold(Script::stream(), |script, delta| script.delta(delta))
            .done()
    }

    pub(crate) fn bytes(mut self, bytes: impl Into<Vec<u8>>) -> Script {
        self.0.push(Step::Send(bytes.into()));
        self
    }

    /// A chunk of compatible mode with a piece of text.
    pub(crate) fn delta(self, text: &str) -> Script {
        self.chunk(&json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}))
    }

    /// The end of a streamed reply: the finish reason, the usage and the end mark.
    pub(crate) fn done(self) -> Script {
        self.chunk(&json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
            .chunk(&json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}))
            .bytes("data: [DONE]\n\n")
    }

    /// A server-sent event with this payload.
    pub(crate) fn chunk(self, payload: &Value) -> Script {
        self.bytes(format!("data: {payload}\n\n"))
    }

    /// Goes on when the sender is used or dropped.
    pub(crate) fn wait(mut self) -> (Script, Sender<()>) {
        let (sender, receiver) = mpsc::channel();
        self.0.push(Step::Wait(receiver));
        (self, sender)
    }

    /// Goes on when the client has closed the connection, which the receiver hears of.
    pub(crate) fn await_close(mut self) -> (Script, Receiver<()>) {
        let (sender, receiver) = mpsc::channel();
        self.0.push(Step::AwaitClose(sender));
        (self, receiver)
    }
}

fn play(mut socket: TcpStream, script: Script, seen: &Mutex<Vec<Request>>) {
    let Some(request) = read_request(&socket) else {
        return;
    };
    seen.lock().unwrap().push(request);
    for step in script.0 {
        match step {
            Step::Send(bytes) => {
                // A client that has gone reads no more, which its test knows.
                if socket.write_all(&bytes).is_err() {
                    return;
                }
            }
            Step::Wait(receiver) => {
                let _ = receiver.recv();
            }
            Step::AwaitClose(sender) => {
                let _ = socket.read(&mut [0]);
                let _ = sender.send(());
            }
        }
    }
}

fn read_request(socket: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(socket);
    let mut next_line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    };
    let line = next_line()?;
    let line = line.strip_suffix(" HTTP/1.1")?.to_owned();
    let mut length = 0;
    loop {
        let header = next_line()?.to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        line,
        body: serde_json::from_slice(&body).unwrap_or_default(),
        bytes: body,
    })
}
