//! What goes wrong, what is said of it, and with which exit code the program ends.

mod after_finish;
mod connections;
mod countdown;
mod endings;
mod local;
mod refusals;
mod resuming;
mod retries;

use crate::harness::Qwen;
use crate::outcome::Outcome;
use crate::server::{CHAT, Connection, Recorded, Server};

/// A connection that takes the chat request.
fn post() -> Connection {
    Connection::new().expect("POST", CHAT)
}

/// A chat request and the head of a stream.
fn stream() -> Connection {
    post().stream_head()
}

/// `complete ARGS hi`.
fn complete(args: &[&str]) -> Qwen {
    Qwen::new().args([&["complete"], args, &["hi"]].concat())
}

/// Runs `complete ARGS hi` against these connections, all of which must be used.
#[track_caller]
fn ask(args: &[&str], scripts: impl IntoIterator<Item = Connection>) -> (Outcome, Vec<Recorded>) {
    let server = Server::plays(scripts);
    let outcome = complete(args).server(&server).run();
    (outcome, server.finish())
}

/// The same, for the outcome alone.
#[track_caller]
fn told(args: &[&str], scripts: impl IntoIterator<Item = Connection>) -> Outcome {
    ask(args, scripts).0
}
