//! `qwen chat`: keys in, screens out, and what the provider and the store got.

mod ahead;
mod answers;
mod background;
mod branches;
mod commands;
mod folders;
mod keys;
mod killed;
mod look;
mod picker;
mod pipes;
mod provider_menu;
mod titles;
mod typing;
mod view;
mod words;

use qwen_cli::store::{Conversation, Store, StoredMessage};

use crate::harness::Qwen;
use crate::pty::Pty;
use crate::server::{CHAT, Connection, Recorded, Server};

/// The prompt.
const PROMPT: &str = "❯";

/// `chat` that asks `server`.
fn chat(server: &Server) -> Qwen {
    Qwen::new().args(["chat"]).server(server)
}

/// On a terminal, at its prompt.
#[track_caller]
fn begun(qwen: &Qwen) -> Pty {
    let mut pty = qwen.pty(24, 80);
    pty.wait_for(PROMPT);
    pty
}

/// Waits until the last line is an empty prompt.
#[track_caller]
fn at_prompt(pty: &mut Pty) {
    pty.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with(PROMPT));
}

/// A server that answers so many messages: `answer 1`, `answer 2`, …
fn answering(count: usize) -> Server {
    match count {
        0 => Server::without_requests(),
        _ => Server::plays((1..=count).map(|n| asked().answer(&["answer ", &n.to_string()]))),
    }
}

/// A connection that is asked for an answer.
fn asked() -> Connection {
    Connection::new().expect("POST", CHAT)
}

/// Role and text of each message of a request.
fn messages(request: &Recorded) -> Vec<(String, String)> {
    let body = request.json();
    let messages = body["messages"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    messages
        .map(|message| (text(&message["role"]), text(&message["content"])))
        .collect()
}

/// The last message of a request.
fn last(request: &Recorded) -> String {
    messages(request).pop().unwrap().1
}

/// The store of a run.
fn store(qwen: &Qwen) -> Store {
    let (store, notices) = Store::open(&qwen.qwen_home().join("data")).unwrap();
    assert_eq!(notices, Vec::<String>::new());
    store
}

/// The last conversation and its branch.
fn kept(qwen: &Qwen) -> (Conversation, Vec<StoredMessage>) {
    let store = store(qwen);
    let conversation = store.latest().unwrap().expect("nothing was kept");
    let branch = store.branch(&conversation).unwrap();
    (conversation, branch)
}

/// The texts of the last conversation's branch.
fn texts(qwen: &Qwen) -> Vec<String> {
    kept(qwen).1.iter().map(|stored| stored.message.plain_text()).collect()
}
