//! Servers on one's own machine: replies with their own framing, a server that dies, one that is not ready.

use crate::fixtures::folder;
use crate::harness::Qwen;
use crate::outcome::Outcome;
use crate::server::{Connection, Server};

const CHAT: &str = "/v1/chat/completions";

fn post() -> Connection {
    Connection::new().expect("POST", CHAT)
}

fn ask(scripts: impl IntoIterator<Item = Connection>) -> Outcome {
    let server = Server::plays(scripts);
    let base_url = server.base_url().replace("/compatible-mode/v1", "/v1");
    let args = ["complete", "-p", "local", "-m", "m", "--retries", "1", "hi"];
    let outcome = Qwen::new().env("QWEN_CLI_BASE_URL", &base_url).args(args).run();
    let requests = server.finish();
    // Nobody's key goes to a server that asked for none.
    assert!(requests.iter().all(|request| request.header("authorization").is_none()));
    outcome.steady()
}

/// A whole reply as it came: status line, headers, chunks.
fn raw(name: &str) -> Vec<u8> {
    std::fs::read(folder("local").join("raw").join(format!("{name}-hello.raw"))).unwrap()
}

fn in_pieces(raw: &[u8], size: usize) -> Connection {
    let (last, first) = {
        let at = raw.len() - 40;
        (&raw[at..], &raw[..at])
    };
    // Once `[DONE]` was read nobody waits for the end of the chunks.
    let script = first.chunks(size).fold(post(), |script, piece| script.bytes(piece));
    last.chunks(size).fold(script, |script, piece| script.tail(piece))
}

#[test]
fn replies_with_their_own_framing_come_to_their_text() {
    const HELLO: &str = "Hello! I am a very small model. How can I help you today?\n";
    // This one takes all it says for thoughts.
    let thoughts =
        "notice: the model sent thinking and no answer; --show-thinking always shows it, --no-think turns it off\n";
    for (name, text, told) in [("llama-server", HELLO, ""), ("vllm", "", thoughts)] {
        for size in [usize::MAX, 37, 5] {
            ask([in_pieces(&raw(name), size)]).expect(0, text, told);
        }
    }
}

#[test]
fn a_server_that_is_killed_leaves_what_it_said() {
    let raw = raw("llama-server");
    let word = raw.windows(6).position(|window| window == b"\"mall\"").unwrap();
    ask([post().bytes(&raw[..word]).close()]).expect(
        5,
        "Hello! I am a very s\n",
        "error: the connection to 127.0.0.1:[port] dropped: it was closed; the answer is incomplete\n",
    );
}

#[test]
fn a_server_that_loads_its_model_is_asked_again() {
    let loading = std::fs::read(folder("local/llama-server-loading-503").join("reply.json")).unwrap();
    let loading: serde_json::Value = serde_json::from_slice(&loading).unwrap();
    let outcome = ask([
        post().json_with(503, &[("retry-after", "0")], &loading),
        in_pieces(&raw("llama-server"), 37),
    ]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let told = "notice: the server failed (503): Loading model; trying again in [time]";
    assert!(outcome.stderr.starts_with(told), "{}", outcome.stderr);
}

#[test]
fn an_empty_reply_is_an_error() {
    let head = [
        ("content-type", "text/event-stream"),
        ("content-length", "0"),
        ("connection", "close"),
    ];
    let outcome = ask([post().head(200, &head), post().head(200, &head)]);
    outcome.expect(
        6,
        "",
        "notice: the server's reply was empty; trying again in [time]\n\
         error: the server's reply was empty (after 2 tries)\n",
    );
}
