//! A provider played by a script, on a raw socket: what it sends, when, and in which pieces is the test's to say.
//!
//! Connections are matched with their scripts in the order they are accepted. One that was opened ahead of its request
//! lets another have its script that asks for it first, and gives it back when it is closed without a request. Every request is recorded. A step that was not used, a request that was not
//! expected, or one that was not as expected fails the test, at [`Server::finish`] or when the server is dropped.

mod batch_service;
mod play;
mod request;
mod script;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

pub use batch_service::{BatchService, Call, Fault, LineOutcome};
pub use request::Recorded;
pub use script::{CHAT, Connection, MODELS};

use crate::fixtures::{Cut, Fixture};
use crate::guard::{LIMIT, Watched};

/// How long `finish` waits for a connection that is not opened yet.
const GRACE: Duration = Duration::from_millis(500);

/// What the connections tell the test.
#[derive(Debug, Default)]
struct State {
    requests: Vec<Recorded>,
    failures: Vec<String>,
    gates: BTreeSet<String>,
    /// The connections that were opened, with a script or without.
    opened: usize,
    /// Those that were closed before anything came on them.
    unused: usize,
    /// Those on which something came, or that have a script that speaks first; and those of them that played to the end.
    begun: usize,
    ended: usize,
}

type Shared = Watched<State>;

/// The server; it plays until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    state: Shared,
    scripts: usize,
    finished: bool,
}

impl Server {
    /// Plays one script a connection. Without any, no connection may be opened at all.
    pub fn plays(scripts: impl IntoIterator<Item = Connection>) -> Server {
        let scripts: Vec<Connection> = scripts.into_iter().collect();
        let is_unreachable = scripts.is_empty();
        Server::playing(scripts, is_unreachable)
    }

    fn playing(scripts: Vec<Connection>, is_unreachable: bool) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Shared::new(State::default());
        let count = scripts.len();
        let shared = state.clone();
        thread::spawn(move || accept(&listener, scripts, is_unreachable, &shared));
        Server {
            address,
            state,
            scripts: count,
            finished: false,
        }
    }

    /// Takes connections, and no request.
    pub fn without_requests() -> Server {
        Server::playing(Vec::new(), false)
    }

    /// Answers one chat request with a stream of these deltas, usage and the end mark.
    pub fn answers(deltas: &[&str]) -> Server {
        Server::plays([Connection::new().expect("POST", CHAT).answer(deltas)])
    }

    /// Answers one chat request with a file's bytes, cut.
    pub fn replays(path: &Path, status: u16, content_type: &str, cut: Cut) -> Server {
        let body = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let script = Connection::new().expect("POST", CHAT);
        Server::plays([script.body(status, &[("content-type", content_type)], body, cut)])
    }

    /// Answers one chat request with a recorded reply.
    pub fn replays_fixture(fixture: &Fixture, cut: Cut) -> Server {
        Server::plays([Connection::new().expect("POST", CHAT).fixture(fixture, cut)])
    }

    /// Refuses one chat request with an error in the shape of compatible mode.
    pub fn refuses(status: u16, code: &str, message: &str) -> Server {
        Server::plays([Connection::new().expect("POST", CHAT).refuse(status, code, message)])
    }

    /// What stands before `/chat/completions`.
    pub fn base_url(&self) -> String {
        format!("http://{}/compatible-mode/v1", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens a gate, now or for when the script gets there.
    pub fn open(&self, gate: &str) {
        self.state.change(|state| state.gates.insert(gate.to_owned()));
    }

    /// The requests so far, in the order they came.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state.lock().requests.clone()
    }

    /// The only request.
    #[track_caller]
    pub fn request(&self) -> Recorded {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests.into_iter().next().unwrap()
    }

    /// Waits until so many requests have come.
    #[track_caller]
    pub fn wait_requests(&self, count: usize) -> &Server {
        if !self.state.wait(LIMIT, |state| state.requests.len() >= count) {
            panic!("{count} requests did not come, but {:#?}", self.requests());
        }
        self
    }

    /// The connections that were opened, whether anything came on them or not.
    pub fn opened(&self) -> usize {
        self.state.lock().opened
    }

    /// Waits until so many connections were opened.
    #[track_caller]
    pub fn wait_opened(&self, count: usize) -> &Server {
        if !self.state.wait(LIMIT, |state| state.opened >= count) {
            panic!("{count} connections were not opened, but {}", self.opened());
        }
        self
    }

    /// Waits until so many connections were closed without a byte on them.
    #[track_caller]
    pub fn wait_unused(&self, count: usize) -> &Server {
        if !self.state.wait(LIMIT, |state| state.unused >= count) {
            panic!("{count} unused connections were not closed");
        }
        self
    }

    /// Waits until so many connections have played to their end: for a stall, until the client went away.
    #[track_caller]
    pub fn wait_ended(&self, count: usize) -> &Server {
        if !self.state.wait(LIMIT, |state| state.ended >= count) {
            panic!("{count} connections did not end, but {}", self.state.lock().ended);
        }
        self
    }

    /// Checks that everything was used and nothing else was asked.
    #[track_caller]
    pub fn finish(mut self) -> Vec<Recorded> {
        let failures = self.failures();
        if !failures.is_empty() {
            panic!("the server was not used as its script says:\n{}", failures.join("\n"));
        }
        self.requests()
    }

    fn failures(&mut self) -> Vec<String> {
        self.finished = true;
        self.state.wait(GRACE, |state| state.begun >= self.scripts);
        self.state.wait(LIMIT, |state| state.ended >= state.begun);
        let state = self.state.lock();
        let mut failures = state.failures.clone();
        if state.begun < self.scripts {
            failures.push(format!("{} of {} connections were used", state.begun, self.scripts));
        }
        if state.ended < state.begun {
            failures.push(format!("{} connections never ended", state.begun - state.ended));
        }
        failures
    }
}

impl Drop for Server {
    #[track_caller]
    fn drop(&mut self) {
        if !self.finished && !thread::panicking() {
            let failures = self.failures();
            assert!(
                failures.is_empty(),
                "the server was not used as its script says:\n{}",
                failures.join("\n")
            );
        }
        // Wakes the accepting thread, so that it ends with the test.
        self.open(CLOSED);
        let _ = TcpStream::connect(self.address);
    }
}

/// The gate that ends the server.
const CLOSED: &str = "\0closed";

fn accept(listener: &TcpListener, scripts: Vec<Connection>, is_unreachable: bool, state: &Shared) {
    let scripts = Arc::new(Mutex::new(Scripts {
        left: scripts.into(),
        held: BTreeMap::new(),
    }));
    for number in 0.. {
        let Ok((socket, _)) = listener.accept() else { return };
        if state.lock().gates.contains(CLOSED) {
            return;
        }
        let speaks_first = scripts.lock().unwrap().hold(number);
        state.change(|state| state.opened += 1);
        let (scripts, state) = (Arc::clone(&scripts), state.clone());
        thread::spawn(move || {
            let begun = match speaks_first || is_unreachable {
                true => Some(Vec::new()),
                false => play::begun(&socket),
            };
            let Some(begun) = begun else {
                scripts.lock().unwrap().give_back(number);
                state.change(|state| state.unused += 1);
                return;
            };
            let script = scripts.lock().unwrap().take(number, &begun);
            state.change(|state| state.begun += 1);
            if let Err(failure) = play::play(socket, script, number, &state) {
                state.change(|state| state.failures.push(format!("connection {}: {failure}", number + 1)));
            }
            state.change(|state| state.ended += 1);
        });
    }
}

/// The scripts that are not played yet.
struct Scripts {
    left: VecDeque<Connection>,
    /// Those of connections on which nothing has come.
    held: BTreeMap<usize, Connection>,
}

impl Scripts {
    /// Holds the next one for a connection; whether it does something before a request comes.
    fn hold(&mut self, number: usize) -> bool {
        let next = self.left.pop_front();
        let speaks_first = next.as_ref().is_some_and(Connection::speaks_first);
        self.held.extend(next.map(|script| (number, script)));
        speaks_first
    }

    /// The script of a connection on which these bytes came first.
    fn take(&mut self, number: usize, begun: &[u8]) -> Option<Connection> {
        let own = self.held.remove(&number);
        let is_asked = |script: &Connection| script.is_asked_by(begun);
        let other = self
            .held
            .iter()
            .find(|(_, script)| is_asked(script))
            .map(|(other, _)| *other);
        if own.as_ref().is_some_and(is_asked) {
            return own;
        }
        if let Some(other) = other {
            let asked = self.held.remove(&other);
            self.held.extend(own.map(|script| (other, script)));
            return asked;
        }
        // Of two requests at a time the second connection may not be open yet.
        match self.left.iter().position(is_asked) {
            Some(at) => {
                let asked = self.left.remove(at);
                own.into_iter().for_each(|script| self.left.push_front(script));
                asked
            }
            None => own,
        }
    }

    fn give_back(&mut self, number: usize) {
        if let Some(script) = self.held.remove(&number) {
            self.left.push_front(script);
        }
    }
}

/// A chunk of a stream with this delta, in the recorded shape.
pub fn chunk(delta: Value, finish: Option<&str>) -> Value {
    json!({"choices": [{"delta": delta, "finish_reason": finish, "index": 0, "logprobs": null}],
        "object": "chat.completion.chunk", "usage": null, "created": 1_790_000_000, "system_fingerprint": null,
        "model": "qwen-plus", "id": "chatcmpl-00000000-0000-9000-8000-000000000001"})
}

/// A chunk that holds text.
pub fn text(content: &str) -> Value {
    chunk(json!({"content": content}), None)
}

/// The chunk that ends the text.
pub fn end(finish: &str) -> Value {
    chunk(json!({"content": ""}), Some(finish))
}

/// The usage chunk: no choices.
pub fn usage(prompt: u64, completion: u64) -> Value {
    let mut last = chunk(Value::Null, None);
    last["choices"] = json!([]);
    last["usage"] = json!({"prompt_tokens": prompt, "completion_tokens": completion,
        "total_tokens": prompt + completion, "prompt_tokens_details": {"cached_tokens": 0}});
    last
}
