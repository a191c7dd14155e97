//! Servers on one's own machine: replies with their own framing, a server that dies, one that is not ready.

use serde_json::{Value, json};

use crate::fixtures::folder;
use crate::harness::Qwen;
use crate::outcome::Outcome;
use crate::running::Signal;
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
    // No key goes to a server that asked for none.
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
    // After `[DONE]` the end of the chunks is not waited for.
    let script = first.chunks(size).fold(post(), |script, piece| script.bytes(piece));
    last.chunks(size).fold(script, |script, piece| script.tail(piece))
}

#[test]
fn replies_with_their_own_framing_are_read() {
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
fn a_server_that_is_killed_leaves_a_partial_answer() {
    let raw = raw("llama-server");
    let word = raw.windows(6).position(|window| window == b"\"mall\"").unwrap();
    ask([post().bytes(&raw[..word]).close()]).expect(
        5,
        "Hello! I am a very s\n",
        "error: the connection to 127.0.0.1:[port] dropped: it was closed; the answer is incomplete\n",
    );
}

/// What llama-server says until its model is loaded.
fn loading(script: Connection) -> Connection {
    loading_with(script, &[("retry-after", "0")])
}

fn loading_with(script: Connection, headers: &[(&str, &str)]) -> Connection {
    let reply = std::fs::read(folder("local/llama-server-loading-503").join("reply.json")).unwrap();
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    script.json_with(503, headers, &reply)
}

const LOADING: &str = "notice: the model is still being loaded; waiting for it\n";

#[test]
fn a_model_that_is_being_loaded_is_waited_for_with_one_notice() {
    let scripts = (0..5).map(|_| loading(post())).chain([post().answer(&["ok"])]);
    ask(scripts).expect(0, "ok\n", LOADING);
    // It takes no try away from what goes wrong afterwards.
    let broken = post().stream_head().close();
    let scripts = (0..5).map(|_| loading(post())).chain([broken, post().answer(&["ok"])]);
    let dropped = "notice: the connection to 127.0.0.1:[port] dropped: it was closed; retrying in [time]\n";
    ask(scripts).expect(0, "ok\n", &format!("{LOADING}{dropped}"));
}

#[test]
fn it_is_waited_for_while_the_models_are_listed_too() {
    let get = || Connection::new().expect("GET", "/v1/models");
    let listed = || get().json(200, &json!({"data": [{"id": "m"}]}));
    let run = |args: &[&str], scripts: Vec<Connection>| {
        let server = Server::plays(scripts);
        let qwen = Qwen::new().env("QWEN_CLI_BASE_URL", &format!("http://{}/v1", server.address()));
        let outcome = qwen.args([&["-p", "local"], args].concat()).stdin("hi\n").run();
        server.finish();
        outcome
    };
    let wait = || vec![loading(get()), loading(get()), listed()];
    run(&["models"], wait()).expect(0, "m\n", LOADING);
    for args in [&["complete", "hi"][..], &["chat"]] {
        let mut scripts = wait();
        scripts.push(post().answer(&["ok"]));
        run(args, scripts).expect(0, "ok\n", LOADING);
    }
    // Other failures meanwhile are reported as those of a chat are.
    let failed = get().json_with(500, &[("retry-after", "0")], &json!({"error": "oops"}));
    let told = "notice: the server failed (500): oops; retrying in 0 s\n";
    run(&["models"], vec![failed, listed()]).expect(0, "m\n", told);
}

#[test]
fn ctrl_c_ends_the_wait_for_a_model() {
    let get = || Connection::new().expect("GET", "/v1/models");
    for (args, first) in [
        (&["complete", "hi"][..], get()),
        (&["complete", "-m", "m", "hi"], post()),
        (&["models"], get()),
        (&["chat"], get()),
    ] {
        let server = Server::plays([loading_with(first, &[])]);
        let qwen = Qwen::new().env("QWEN_CLI_BASE_URL", &format!("http://{}/v1", server.address()));
        let running = qwen.args([&["-p", "local"], args].concat()).stdin("hi\n").spawn();
        running.wait_stderr(LOADING).signal(Signal::INT);
        let outcome = running.outcome();
        assert_eq!((outcome.code, outcome.text()), (130, ""), "{args:?}: {outcome:?}");
    }
}

#[test]
fn ctrl_c_ends_it_at_a_terminal_before_the_first_prompt_too() {
    let server = Server::plays([loading_with(Connection::new().expect("GET", "/v1/models"), &[])]);
    let qwen = Qwen::new().env("QWEN_CLI_BASE_URL", &format!("http://{}/v1", server.address()));
    let mut pty = qwen.args(["-p", "local", "chat"]).pty(24, 80);
    pty.wait_for("still being loaded; waiting for it").type_keys("\x03");
    assert_eq!(pty.exit_code(), 130);
}

/// llama-cpp-python answers an overlong prompt so.
#[test]
fn an_empty_reply_is_retried_once_and_reported_with_the_likely_cause() {
    let head = [
        ("content-type", "text/event-stream"),
        ("content-length", "0"),
        ("connection", "close"),
    ];
    let server = Server::plays([post().head(200, &head), post().head(200, &head)]);
    let base_url = format!("http://{}/v1", server.address());
    let qwen = Qwen::new().env("QWEN_CLI_BASE_URL", &base_url);
    let outcome = qwen.args(["complete", "-p", "local", "-m", "m", "hi"]).run().steady();
    server.finish();
    outcome.expect(
        6,
        "",
        "notice: the server's response was empty; retrying in [time]\n\
         error: the server's response was empty (after 2 tries)\n\
         hint: the prompt may be too long for the model; `-v` shows the exchange\n",
    );
}

/// Some servers forget the content type, and a byte-order mark says nothing.
#[test]
fn a_stream_behind_a_byte_order_mark_is_a_stream() {
    let event = format!("data: {}\n\n", crate::server::text("Alpha."));
    let rest = format!("data: {}\n\ndata: [DONE]\n\n", crate::server::end("stop"));
    let head = [("connection", "close")];
    for begin in [&["\u{feff}".as_bytes()][..], &[b"\xef", b"\xbb\xbf"], &[b" \n", b"\n"]] {
        let script = begin
            .iter()
            .fold(post().head(200, &head), |script, piece| script.bytes(*piece));
        ask([script.bytes(event.clone()).tail(rest.clone())]).expect_answer("Alpha.\n");
    }
}

#[test]
fn a_reply_in_another_charset_is_read_in_it() {
    let reply = json!({"choices": [{"message": {"content": "你好"}, "finish_reason": "stop"}]}).to_string();
    let head = [
        ("content-type", "application/json;charset=gbk"),
        ("connection", "close"),
    ];
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    ask([post().head(200, &head).bytes(gbk(&reply))]).expect_answer("你好\n");
    let head = [
        ("content-type", "text/event-stream;charset=gbk"),
        ("connection", "close"),
    ];
    let stream = format!(
        "data: {}\n\ndata: {}\n\ndata: [DONE]\n\n",
        crate::server::text("你好，世界"),
        crate::server::end("stop")
    );
    ask([post().head(200, &head).tail(gbk(&stream))]).expect_answer("你好，世界\n");
    let head = [("content-type", "text/plain;charset=gbk"), ("connection", "close")];
    let outcome = ask([post()
        .head(400, &head)
        .bytes(gbk(&json!({"error": {"message": "没有这个模型"}}).to_string()))]);
    assert!(outcome.stderr.contains("没有这个模型"), "{}", outcome.stderr);
}
