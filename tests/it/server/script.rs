//! What a connection is to do, step by step.

use std::fmt;

use serde_json::{Value, json};

use super::{end, text, usage};
use crate::fixtures::{Cut, Fixture};

/// The path of a chat request.
pub const CHAT: &str = "/compatible-mode/v1/chat/completions";
/// The path of the model list.
pub const MODELS: &str = "/compatible-mode/v1/models";

pub type Check = Box<dyn Fn(&Value) + Send>;

/// One step of a script.
pub enum Step {
    /// Reads a request, which must be this one.
    Expect { method: String, path: String },
    /// Looks at the body of the request before; a check fails by panicking.
    Body(Check),
    /// Sends bytes as they are.
    Bytes(Vec<u8>),
    /// The same, but a client that has what it needs may be gone by then.
    Tail(Vec<u8>),
    /// Waits until the test opens the gate.
    Gate(String),
    /// Sends keep-alive comments, so many or until the client goes away.
    Pings(Option<usize>),
    /// Keeps silent until the client goes away.
    Stall,
    /// Breaks the connection with a reset.
    Reset,
    /// Ends the connection in order.
    Close,
}

impl fmt::Debug for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Expect { method, path } => write!(out, "expect {method} {path}"),
            Step::Body(_) => write!(out, "check the body"),
            Step::Bytes(bytes) => write!(out, "send {} bytes", bytes.len()),
            Step::Tail(bytes) => write!(out, "send the last {} bytes", bytes.len()),
            Step::Gate(name) => write!(out, "gate {name}"),
            Step::Pings(count) => write!(out, "{count:?} keep-alives"),
            Step::Stall => write!(out, "stall"),
            Step::Reset => write!(out, "reset"),
            Step::Close => write!(out, "close"),
        }
    }
}

/// The script of one connection. When its steps are done the connection is closed in order.
#[derive(Debug, Default)]
pub struct Connection {
    pub(super) steps: Vec<Step>,
}

impl Connection {
    pub fn new() -> Connection {
        Connection::default()
    }

    /// Whether it does something before a request comes.
    pub(super) fn speaks_first(&self) -> bool {
        !matches!(self.steps.first(), Some(Step::Expect { .. }))
    }

    /// Whether these bytes begin the request that comes first.
    pub(super) fn is_asked_by(&self, begun: &[u8]) -> bool {
        match self.steps.first() {
            Some(Step::Expect { method, path }) => begun.starts_with(format!("{method} {path} ").as_bytes()),
            _ => false,
        }
    }

    fn then(mut self, step: Step) -> Connection {
        self.steps.push(step);
        self
    }

    /// The next request must have this method and path (with its query).
    pub fn expect(self, method: &str, path: &str) -> Connection {
        self.then(Step::Expect {
            method: method.to_owned(),
            path: path.to_owned(),
        })
    }

    /// Looks at the JSON body of the request before with `assert!` and its kin.
    pub fn expect_body(self, check: impl Fn(&Value) + Send + 'static) -> Connection {
        self.then(Step::Body(Box::new(check)))
    }

    /// A status line and these headers, nothing added.
    pub fn head(self, status: u16, headers: &[(&str, &str)]) -> Connection {
        let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.bytes(head)
    }

    /// The head of a chunked stream of events.
    pub fn stream_head(self) -> Connection {
        let framing = ("transfer-encoding", "chunked");
        self.head(
            200,
            &[
                ("content-type", "text/event-stream;charset=UTF-8"),
                framing,
                ("connection", "close"),
            ],
        )
    }

    /// Bytes as they are.
    pub fn bytes(self, bytes: impl Into<Vec<u8>>) -> Connection {
        self.then(Step::Bytes(bytes.into()))
    }

    /// The same, but the client need not take them all.
    pub fn tail(self, bytes: impl Into<Vec<u8>>) -> Connection {
        self.then(Step::Tail(bytes.into()))
    }

    /// A payload as one event in one chunk, for a client that may go away in the middle.
    pub fn sse_if_there(self, payload: Value) -> Connection {
        self.then(Step::Tail(framed(format!("data: {payload}\n\n").as_bytes())))
    }

    /// Bytes in one chunk of a chunked body.
    pub fn chunk(self, bytes: impl AsRef<[u8]>) -> Connection {
        self.bytes(framed(bytes.as_ref()))
    }

    /// The end of a chunked body.
    pub fn end_chunks(self) -> Connection {
        self.then(Step::Tail(b"0\r\n\r\n".to_vec()))
    }

    /// A payload as one event in one chunk.
    pub fn sse(self, payload: Value) -> Connection {
        self.chunk(format!("data: {payload}\n\n"))
    }

    /// The end mark of a stream, and the end of its body.
    pub fn done(self) -> Connection {
        self.chunk("data: [DONE]\n\n").end_chunks()
    }

    /// Text deltas, an event each.
    pub fn deltas(self, deltas: &[&str]) -> Connection {
        deltas.iter().fold(self, |script, delta| script.sse(text(delta)))
    }

    /// A whole streamed answer: head, deltas, `stop`, usage of 5 and a token a delta, end mark.
    ///
    /// What follows the last delta leaves together with it: a test may end the program when it has seen the words.
    pub fn answer(self, deltas: &[&str]) -> Connection {
        let tokens = deltas.len() as u64;
        let (most, last) = deltas.split_at(deltas.len().saturating_sub(1));
        let payloads = last.iter().map(|delta| text(delta));
        let payloads = payloads
            .chain([end("stop"), usage(5, tokens)])
            .map(|payload| payload.to_string());
        let mut rest = Vec::new();
        for payload in payloads.chain(["[DONE]".to_owned()]) {
            rest.extend(framed(format!("data: {payload}\n\n").as_bytes()));
        }
        rest.extend_from_slice(b"0\r\n\r\n");
        self.stream_head().deltas(most).bytes(rest)
    }

    /// A reply whose body leaves in the pieces of `cut`, each a chunk of its own.
    pub fn body(self, status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>, cut: Cut) -> Connection {
        let framing = [("transfer-encoding", "chunked"), ("connection", "close")];
        let mut script = self.head(status, &[headers, &framing].concat());
        let body = body.as_ref();
        let marks = body.windows(END_MARK.len()).position(|window| window == END_MARK);
        let whole_at = marks.map_or(body.len(), |at| at + END_MARK.len());
        let mut sent = 0;
        for piece in cut.pieces(body) {
            let step = if sent < whole_at {
                Step::Bytes(framed(piece))
            } else {
                Step::Tail(framed(piece))
            };
            script = script.then(step);
            sent += piece.len();
        }
        script.end_chunks()
    }

    /// A recorded reply with its own status and headers.
    pub fn fixture(self, fixture: &Fixture, cut: Cut) -> Connection {
        let mut headers = vec![("content-type", fixture.content_type.as_str())];
        headers.extend(
            fixture
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        self.body(fixture.status, &headers, &fixture.reply, cut)
    }

    /// A JSON reply in one piece, with its length in the head.
    pub fn json(self, status: u16, body: &Value) -> Connection {
        self.json_with(status, &[], body)
    }

    /// The same with further headers.
    pub fn json_with(self, status: u16, headers: &[(&str, &str)], body: &Value) -> Connection {
        let body = body.to_string();
        let length = body.len().to_string();
        let own = [
            ("content-type", "application/json"),
            ("content-length", length.as_str()),
            ("connection", "close"),
        ];
        self.head(status, &[&own, headers].concat()).bytes(body)
    }

    /// An error in the shape of compatible mode.
    pub fn refuse(self, status: u16, code: &str, message: &str) -> Connection {
        let error = json!({"message": message, "type": code, "param": null, "code": code});
        self.json(
            status,
            &json!({"error": error, "request_id": "00000000-0000-9000-8000-000000000090"}),
        )
    }

    /// Waits until the test calls `Server::open(name)`.
    pub fn gate(self, name: &str) -> Connection {
        self.then(Step::Gate(name.to_owned()))
    }

    /// Sends so many keep-alive comments, with pauses between them that are long for a test.
    pub fn pings(self, count: usize) -> Connection {
        self.then(Step::Pings(Some(count)))
    }

    /// Sends keep-alive comments until the client goes away.
    pub fn pings_for_ever(self) -> Connection {
        self.then(Step::Pings(None))
    }

    /// Keeps the connection open and silent until the client goes away.
    pub fn stall(self) -> Connection {
        self.then(Step::Stall)
    }

    /// Breaks the connection with a reset, dropping what the client has not read yet: a gate before it makes sure.
    pub fn reset(self) -> Connection {
        self.then(Step::Reset)
    }

    /// Ends the connection in order.
    pub fn close(self) -> Connection {
        self.then(Step::Close)
    }
}

/// A client need not read on behind it.
const END_MARK: &[u8] = b"[DONE]";

/// A chunk of a chunked body.
fn framed(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}
