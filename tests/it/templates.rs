//! Templates: prompts kept under a name, in `complete` and in `chat`.

mod chat;
mod command;
mod complete;
mod project;
mod wrong;

use serde_json::Value;

use crate::harness::Qwen;
use crate::server::{CHAT, Connection, Server};

/// A home with templates of the user's own: names and texts.
fn home(templates: &[(&str, &str)]) -> Qwen {
    let qwen = Qwen::new();
    for (name, text) in templates {
        write(&qwen, name, text);
    }
    qwen
}

fn write(qwen: &Qwen, name: &str, text: &str) {
    let folder = qwen.qwen_home().join("templates");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.md")), text).unwrap();
}

/// The body of the request that `complete` with these arguments makes.
#[track_caller]
fn body(qwen: &Qwen, args: &[&str]) -> Value {
    let server = Server::answers(&["ok"]);
    let outcome = qwen.clone().args([&["complete"], args].concat()).server(&server).run();
    outcome.expect_answer("ok\n");
    server.request().json()
}

/// Role and content of its messages.
fn messages(body: &Value) -> Vec<(&str, &str)> {
    let all = body["messages"].as_array().unwrap().iter();
    all.map(|message| (message["role"].as_str().unwrap(), message["content"].as_str().unwrap()))
        .collect()
}

/// The only message, which is the user's.
#[track_caller]
fn prompt(qwen: &Qwen, args: &[&str]) -> String {
    let body = body(qwen, args);
    let messages = messages(&body);
    assert_eq!((messages.len(), messages[0].0), (1, "user"), "{body}");
    messages[0].1.to_owned()
}

/// A server that answers so many messages: `answer 1`, `answer 2`, …
fn answering(count: usize) -> Server {
    let asked = || Connection::new().expect("POST", CHAT);
    Server::plays((1..=count).map(|n| asked().answer(&["answer ", &n.to_string()])))
}
