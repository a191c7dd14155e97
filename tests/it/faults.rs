//! Everything that can go wrong between the program, its server and its machine: what is said, and what is kept.
//!
//! SECURITY.md lists the faults with the test of each; those of refusals, retries, endings and redirects are in
//! `failures`, signals in `signals`.

mod h2;
mod machine;
mod proxies;
mod regions;
mod store;
mod tls;
mod tls_server;
mod wire;

use crate::harness::Qwen;
use crate::outcome::Outcome;
use crate::server::{CHAT, Connection, Server};

/// A connection that takes the chat request.
fn post() -> Connection {
    Connection::new().expect("POST", CHAT)
}

/// `complete ARGS hi`.
fn complete(args: &[&str]) -> Qwen {
    Qwen::new().args([&["complete"], args, &["hi"]].concat())
}

/// Runs `complete ARGS hi` against these connections, all of which must be used.
#[track_caller]
fn run(args: &[&str], scripts: impl IntoIterator<Item = Connection>) -> Outcome {
    let server = Server::plays(scripts);
    let outcome = complete(args).server(&server).run();
    server.finish();
    outcome
}

/// Damages all that a home's store holds behind its first page.
pub fn damage(qwen: &Qwen) {
    let file = qwen.qwen_home().join("data").join(qwen_cli::store::FILE);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[4096..].fill(0xa5);
    std::fs::write(file, bytes).unwrap();
}
