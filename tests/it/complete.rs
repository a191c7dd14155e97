//! `qwen complete`: one prompt in, one answer out.

mod conversations;
mod dry_run;
mod encodings;
mod files;
mod formats;
mod input;
mod logs;
mod options;
mod output;

use serde_json::{Value, json};

use crate::harness::Qwen;
use crate::outcome::Outcome;
use crate::server::{Recorded, Server};

/// Asks a server that answers `ok`; the run and its only request.
#[track_caller]
fn run(qwen: &Qwen) -> (Outcome, Recorded) {
    let server = Server::answers(&["ok"]);
    let outcome = qwen.clone().server(&server).run();
    let request = server.requests().into_iter().next();
    let request = request.unwrap_or_else(|| panic!("nothing was sent: {outcome:?}"));
    server.finish();
    (outcome, request)
}

/// The body of the request of a run that does nothing but answer.
#[track_caller]
fn body(qwen: &Qwen) -> Value {
    let (outcome, request) = run(qwen);
    outcome.expect_answer("ok\n");
    request.json()
}

/// The one message of such a run, which must be the user's.
#[track_caller]
fn message(qwen: &Qwen) -> String {
    let body = body(qwen);
    let messages = body["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &messages[0]["role"]), (1, &json!("user")), "{body}");
    messages[0]["content"].as_str().unwrap().to_owned()
}

/// Runs it with a server that must get no request: exit code 2, nothing on stdout, and this on stderr.
#[track_caller]
fn refused(qwen: &Qwen, stderr: &str) {
    let server = Server::without_requests();
    qwen.clone().server(&server).run().expect(2, "", stderr);
    server.finish();
}

/// `complete` with these arguments.
fn complete(args: &[&str]) -> Qwen {
    Qwen::new().args([&["complete"], args].concat())
}
