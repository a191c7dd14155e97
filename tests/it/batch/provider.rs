//! A provider that answers as many requests at a time as come, each by its last message.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use serde_json::{Value, json};

use crate::guard::{LIMIT, Watched};
use crate::harness::{KEY, Qwen};

/// What a request is answered with.
#[derive(Clone, Debug)]
pub enum Answer {
    Text(String),
    /// A status, headers and a JSON body.
    Json(u16, Vec<(&'static str, String)>, Value),
    /// The connection is closed without a word.
    Close,
    /// Nothing comes until the provider goes away or the gate opens; then the text.
    Held(&'static str, String),
}

impl Answer {
    /// An error in the shape of compatible mode.
    pub fn refusal(status: u16, code: &str, message: &str) -> Answer {
        Answer::Json(status, Vec::new(), error(code, message))
    }

    /// A refusal for too many requests that names the wait in seconds.
    pub fn too_many(wait: u64) -> Answer {
        let headers = vec![("retry-after", wait.to_string())];
        Answer::Json(
            429,
            headers,
            error("limit_requests", "You exceeded your current requests"),
        )
    }
}

fn error(code: &str, message: &str) -> Value {
    json!({"error": {"message": message, "type": code, "param": null, "code": code}})
}

/// What the connections share.
#[derive(Debug, Default)]
struct State {
    /// The bodies of the requests, in the order they came.
    bodies: Vec<Value>,
    /// How many run, and how many ran at most.
    running: usize,
    most: usize,
    answered: usize,
    /// The files that were uploaded.
    uploads: usize,
    gates: Vec<String>,
    is_over: bool,
}

type Handler = dyn Fn(&str, usize) -> Answer + Send + Sync;

/// The provider; it answers until it is dropped.
pub struct Provider {
    address: SocketAddr,
    state: Watched<State>,
}

impl Provider {
    /// Answers each request with what `handler` makes of its last message and of the number of requests before it.
    pub fn new(handler: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Watched::new(State::default());
        let (shared, handler): (_, Arc<Handler>) = (state.clone(), Arc::new(handler));
        thread::spawn(move || {
            while let Ok((socket, _)) = listener.accept() {
                if shared.lock().is_over {
                    return;
                }
                let (state, handler) = (shared.clone(), Arc::clone(&handler));
                // A client that is killed breaks its connections.
                thread::spawn(move || serve(&socket, &state, &*handler));
            }
        });
        Provider { address, state }
    }

    /// Answers `re: TEXT` to each.
    pub fn echo() -> Provider {
        Provider::new(|prompt, _| Answer::Text(format!("re: {prompt}")))
    }

    /// A program that asks it.
    pub fn qwen(&self) -> Qwen {
        Qwen::new()
            .env("QWEN_CLI_BASE_URL", &format!("http://{}/v1", self.address))
            .env("DASHSCOPE_API_KEY", KEY)
            .env("QWEN_CLI_MODEL", "qwen-plus")
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn open(&self, gate: &str) {
        self.state.change(|state| state.gates.push(gate.to_owned()));
    }

    /// Waits until so many requests have come.
    #[track_caller]
    pub fn wait_requests(&self, count: usize) {
        let come = self.state.wait(LIMIT, |state| state.bodies.len() >= count);
        assert!(come, "{} of {count} requests came", self.state.lock().bodies.len());
    }

    /// Waits until so many requests were answered.
    #[track_caller]
    pub fn wait_answered(&self, count: usize) {
        let come = self.state.wait(LIMIT, |state| state.answered >= count);
        assert!(come, "{} of {count} requests were answered", self.state.lock().answered);
    }

    pub fn bodies(&self) -> Vec<Value> {
        self.state.lock().bodies.clone()
    }

    /// The prompts asked so far.
    pub fn prompts(&self) -> Vec<String> {
        self.bodies().iter().map(prompt).collect()
    }

    /// How many files were uploaded to its storage.
    pub fn uploads(&self) -> usize {
        self.state.lock().uploads
    }

    /// The most requests that ran at a time.
    pub fn most(&self) -> usize {
        self.state.lock().most
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.state.change(|state| state.is_over = true);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.address);
    }
}

/// The text of the last message.
fn prompt(body: &Value) -> String {
    let last = body["messages"].as_array().and_then(|messages| messages.last());
    match &last.unwrap_or(&Value::Null)["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.collect()
        }
        _ => String::new(),
    }
}

fn serve(socket: &TcpStream, state: &Watched<State>, handler: &Handler) {
    let _ = socket.set_nodelay(true);
    let mut reader = BufReader::new(socket);
    while let Some((path, body)) = request(&mut reader) {
        if path == "/" || path.contains("/uploads?") {
            let host = format!("http://{}", socket.local_addr().unwrap());
            let policy = json!({"data": {"policy": "UA==", "signature": "S", "upload_dir": "instant/d",
                "upload_host": host, "expire_in_seconds": 300, "max_file_size_mb": 100, "oss_access_key_id": "ID"}});
            state.change(|state| state.uploads += usize::from(path == "/"));
            let mut out = socket;
            if out.write_all(&whole(200, &[], &policy)).is_err() {
                return;
            }
            continue;
        }
        let mut number = 0;
        state.change(|state| {
            number = state.bodies.len();
            state.bodies.push(body.clone());
            state.running += 1;
            state.most = state.most.max(state.running);
        });
        let answer = handler(&prompt(&body), number);
        let bytes = match answer {
            Answer::Text(text) => streamed(&text),
            Answer::Json(status, headers, body) => whole(status, &headers, &body),
            Answer::Close => Vec::new(),
            Answer::Held(gate, text) => {
                state.wait(LIMIT, |state| {
                    state.is_over || state.gates.iter().any(|open| open == gate)
                });
                streamed(&text)
            }
        };
        state.change(|state| state.running -= 1);
        let mut out = socket;
        if bytes.is_empty() || out.write_all(&bytes).is_err() {
            return;
        }
        state.change(|state| state.answered += 1);
    }
}

/// The path of the next request and its JSON body; an empty one where it has none.
fn request(reader: &mut impl BufRead) -> Option<(String, Value)> {
    let (mut length, mut first) = (0, String::new());
    reader.read_line(&mut first).ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

fn streamed(text: &str) -> Vec<u8> {
    let chunk = |delta: Value, finish: Value, usage: Value| {
        let choice = json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
        let chunk = json!({"id": "chatcmpl-1", "model": "qwen-plus", "created": 1, "object": "chat.completion.chunk",
            "choices": choice, "usage": usage});
        format!("data: {chunk}\n\n")
    };
    let usage = json!({"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7});
    let body = [
        chunk(json!({"role": "assistant", "content": text}), Value::Null, Value::Null),
        chunk(json!({}), json!("stop"), usage),
        "data: [DONE]\n\n".to_owned(),
    ]
    .concat();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn whole(status: u16, headers: &[(&str, String)], body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let mut head = format!("HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The results of an output: each line's id, and its answer or the code and status of its error.
#[track_caller]
pub fn results(bytes: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(bytes).unwrap();
    let result = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let id = line["custom_id"].as_str().unwrap().to_owned();
        let response = &line["response"];
        let said = match response["status_code"].as_u64() {
            Some(200) => response["body"]["choices"][0]["message"]["content"]
                .as_str()
                .unwrap()
                .to_owned(),
            Some(status) => format!("{status} {}", response["body"]["error"]["code"].as_str().unwrap_or("-")),
            None => format!("error {}", line["error"]["code"].as_str().unwrap()),
        };
        (id, said)
    };
    text.lines().map(result).collect()
}
