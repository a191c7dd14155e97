//! The web account, against a site played by a script.

mod answers;
mod choice;
mod conversations;
mod login;
mod refusals;
mod tokens;
mod uploads;
mod v1;

use serde_json::{Value, json};

use crate::fixtures::{Cut, folder, json as json_file};
use crate::harness::Qwen;
use crate::server::{Connection, Server};

pub const TOKEN: &str = "PLACEHOLDER_TOKEN";
pub const COOKIE: &str = "cna=PLACEHOLDER";
const CHAT: &str = "00000000-0000-4000-8000-0000000000c1";
const ANSWER: &str = "00000000-0000-4000-8000-0000000000a1";
pub const OPEN: &str = "/api/v2/chats/new";
const ASK: &str = "/api/v2/chat/completions?chat_id=00000000-0000-4000-8000-0000000000c1";
const STOP: &str = "/api/v2/chat/completions/stop";
pub const DELETE: &str = "/api/v2/chats/00000000-0000-4000-8000-0000000000c1";
const LIST: &str = "/api/v2/models/";
/// What the recorded plain answer says.
const HELLO: &str = "Hello, world! 你好 🚀\n";

/// The program with an account on `server`, and a model named.
pub fn web(server: &Server, args: &[&str]) -> Qwen {
    bare(server, &[&["-m", "qwen3.7-plus"], args].concat())
}

/// The same without a model.
fn bare(server: &Server, args: &[&str]) -> Qwen {
    Qwen::new()
        .args([&["-p", "web"], args].concat())
        .env("QWEN_AUTH_TOKEN", TOKEN)
        .env("QWEN_COOKIE", COOKIE)
        .env("QWEN_CLI_BASE_URL", &site(server))
}

fn site(server: &Server) -> String {
    format!("http://{}", server.address())
}

/// A reply from the fixtures beside the recorded answers.
fn reply(name: &str) -> Value {
    json_file(&folder("web/replies").join(format!("{name}.json")))
}

/// The models that the site lists, and whether each sees pictures.
pub fn lists(models: &[(&str, bool)]) -> Connection {
    let entry = |(id, sees): &(&str, bool)| json!({"id": id, "info": {"is_active": true, "meta": {"capabilities": {"vision": sees}}}});
    let entries: Vec<Value> = models.iter().map(entry).collect();
    Connection::new()
        .expect("GET", LIST)
        .json(200, &json!({"success": true, "data": {"data": entries}}))
}

pub fn opens() -> Connection {
    Connection::new().expect("POST", OPEN).json(200, &reply("v2-chats-new"))
}

/// A recorded answer to a question in the chat.
pub fn answers(case: &str) -> Connection {
    recorded(Connection::new().expect("POST", ASK), "web", case)
}

/// A recorded reply with its own status and headers.
pub fn recorded(script: Connection, protocol: &str, case: &str) -> Connection {
    let folder = folder(protocol).join(case);
    let body = ["reply.sse", "reply.json", "reply.html"]
        .iter()
        .find_map(|name| std::fs::read(folder.join(name)).ok())
        .unwrap();
    let head = json_file(&folder.join("head.json"));
    let headers: Vec<(String, String)> = head["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let status = head["status"].as_u64().unwrap().try_into().unwrap();
    script.body(status, &headers, body, Cut::Random(7))
}

/// The frame that begins an answer.
fn created() -> Value {
    json!({"response.created": {"chat_id": CHAT, "parent_id": "p", "response_id": ANSWER, "response_index": "0"}})
}

/// A frame of the answer's text.
fn says(text: &str) -> Value {
    json!({"choices": [{"delta": {"role": "assistant", "content": text, "phase": "answer", "status": "typing"}}],
        "response_id": ANSWER})
}

pub fn done() -> Value {
    json!({"success": true, "request_id": "r", "data": {"status": true}})
}
