//! The text is whole once its finish reason came: what follows spoils nothing, and a signal ends a whole answer.

use qwen_cli::store::Store;
use serde_json::{Value, json};

use super::{complete, post};
use crate::harness::Qwen;
use crate::outcome::Outcome;
use crate::running::Signal;
use crate::server::{Connection, Server, end, text};

const SITE_CHAT: &str = "00000000-0000-4000-8000-0000000000c1";

/// A protocol: how a request to it begins, how it says a text and its end, and an error of its own.
struct Protocol {
    name: &'static str,
    provider: &'static str,
    /// Connections before the one of the answer.
    before: fn() -> Vec<Connection>,
    answer: fn() -> Connection,
    text: fn(&str) -> Value,
    end: Value,
    error: Value,
}

impl Protocol {
    fn qwen(&self, server: &Server, args: &[&str]) -> Qwen {
        let base = match self.name {
            "native" => format!("http://{}/api/v1", server.address()),
            "web" => format!("http://{}", server.address()),
            _ => server.base_url(),
        };
        let args = [&["-p", self.provider, "-m", "qwen-max", "--format", "json"], args].concat();
        complete(&args)
            // So that no server is asked for it.
            .config("[prices.qwen-max]\ninput = 1\noutput = 1\n")
            .server(server)
            .env("QWEN_AUTH_TOKEN", "PLACEHOLDER_TOKEN")
            .env("QWEN_COOKIE", "cna=PLACEHOLDER")
            .env("QWEN_CLI_BASE_URL", &base)
    }

    /// A server that sends "Alpha." and its finish in one piece, and continues with `then`.
    fn server(&self, then: impl Fn(Connection) -> Connection) -> Server {
        let whole = format!("data: {}\n\ndata: {}\n\n", (self.text)("Alpha."), self.end);
        let answer = then((self.answer)().stream_head().chunk(whole));
        Server::plays((self.before)().into_iter().chain([answer]))
    }
}

fn generation(text: &str, finish: &str) -> Value {
    json!({"output": {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}]},
        "usage": {"input_tokens": 1, "output_tokens": 1}, "request_id": "r"})
}

fn site_frame(text: &str, status: &str) -> Value {
    json!({"choices": [{"delta": {"role": "assistant", "content": text, "phase": "answer", "status": status}}]})
}

fn protocols() -> [Protocol; 4] {
    let openai = |name, provider| Protocol {
        name,
        provider,
        before: Vec::new,
        answer: post,
        text,
        end: end("stop"),
        error: json!({"error": {"message": "no", "code": "invalid_api_key"}}),
    };
    [
        openai("compatible", "dashscope"),
        openai("local", "local"),
        Protocol {
            name: "native",
            provider: "dashscope-native",
            before: Vec::new,
            answer: || Connection::new().expect("POST", "/api/v1/services/aigc/text-generation/generation"),
            text: |text| generation(text, "null"),
            end: generation("", "stop"),
            error: json!({"code": "InvalidApiKey", "message": "no", "request_id": "r"}),
        },
        Protocol {
            name: "web",
            provider: "web",
            before: || {
                let opened = json!({"success": true, "data": {"id": SITE_CHAT}});
                vec![Connection::new().expect("POST", "/api/v2/chats/new").json(200, &opened)]
            },
            answer: || Connection::new().expect("POST", &format!("/api/v2/chat/completions?chat_id={SITE_CHAT}")),
            text: |text| site_frame(text, "typing"),
            end: site_frame("", "finished"),
            error: json!({"success": false, "data": {"code": "internal_error", "details": "no"}}),
        },
    ]
}

/// The usage and the end mark are waited for a moment, whatever `--timeout` says.
#[test]
fn what_follows_the_finish_reason_spoils_nothing() {
    let odd = "data: DONE\n\ndata: {\"choices\":[}\n\ndata: 7\n\n";
    for protocol in protocols() {
        let says = |words: &str| format!("data: {}\n\n", (protocol.text)(words));
        let error = format!("data: {}\n\n", protocol.error);
        type Then<'a> = &'a dyn Fn(Connection) -> Connection;
        let endings: [(&str, &str, Then<'_>); 10] = [
            ("silence", "Alpha.", &Connection::stall),
            ("comments", "Alpha.", &Connection::pings_for_ever),
            ("the end of the connection", "Alpha.", &Connection::close),
            ("the end of the body", "Alpha.", &Connection::end_chunks),
            ("half a frame", "Alpha.", &|script| {
                script.chunk("data: {\"choi").end_chunks()
            }),
            ("half a frame, and silence", "Alpha.", &|script| {
                script.chunk("data: {\"choi").stall()
            }),
            ("words", "Alpha. Beta. Gamma.", &|script| {
                script.chunk(says(" Beta.")).chunk(says(" Gamma.")).end_chunks()
            }),
            ("words, and silence", "Alpha. Beta.", &|script| {
                script.chunk(says(" Beta.")).stall()
            }),
            ("an error, and words", "Alpha. Beta.", &|script| {
                script.chunk(&error).chunk(says(" Beta.")).end_chunks()
            }),
            ("odd frames, all of it again, and a break", "Alpha.", &|script| {
                script.chunk(odd).chunk(says("Alpha.")).close()
            }),
        ];
        // All at once: some of them are waited for.
        let runs = endings.map(|(name, answer, then)| {
            let server = protocol.server(then);
            let running = protocol.qwen(&server, &["--timeout", "0"]).spawn();
            (format!("{}: {name}", protocol.name), answer, running, server)
        });
        for (name, answer, running, server) in runs {
            let outcome = running.outcome();
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{name}");
            let object = outcome.json();
            let said = (&object["content"], &object["finish_reason"], &object["attempts"]);
            assert_eq!(said, (&json!(answer), &json!("stop"), &json!(1)), "{name}");
            server.finish();
        }
    }
}

/// Sends the signal when "Alpha." and its finish are there, while the server keeps the connection open.
fn stopped_after_the_finish(protocol: &Protocol, args: &[&str], signal: Signal) -> (Outcome, Qwen) {
    let server = protocol.server(Connection::stall);
    let qwen = protocol.qwen(&server, args);
    let running = qwen.spawn();
    // The log has a piece before it is decoded, and nothing else is done meanwhile.
    running.wait_stderr(&format!("< {}\n", protocol.end)).signal(signal);
    let outcome = running.outcome();
    server.finish();
    (outcome, qwen)
}

#[test]
fn a_signal_after_the_finish_ends_a_whole_answer() {
    for protocol in protocols() {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            let (outcome, qwen) = stopped_after_the_finish(&protocol, &["-vv", "-o", "out"], signal);
            assert_eq!(outcome.code, 0, "{}, {signal:?}: {}", protocol.name, outcome.stderr);
            assert!(
                !outcome.stderr.contains("error: "),
                "{}: {}",
                protocol.name,
                outcome.stderr
            );
            let written: Value = serde_json::from_slice(&qwen.read("out")).unwrap();
            assert_eq!(
                (&written["content"], &written["error"]),
                (&json!("Alpha."), &Value::Null)
            );
            assert!(!qwen.cwd().join("out.part").exists(), "{}", protocol.name);
            assert_eq!(stored(&qwen), ("Alpha.".to_owned(), None), "{}", protocol.name);
        }
    }
}

/// The last stored answer, and what cut it.
fn stored(qwen: &Qwen) -> (String, Option<String>) {
    let (store, _) = Store::open(&qwen.qwen_home().join("data")).unwrap();
    let branch = store.branch(&store.latest().unwrap().unwrap()).unwrap();
    let answer = branch.last().unwrap();
    let cut = answer.cut.as_ref().map(|cut| cut.kind.clone());
    (answer.message.plain_text(), cut)
}

/// A server that sends "Alpha." and its finish, and keeps the connection open.
fn stays_open() -> Server {
    protocols()[0].server(Connection::stall)
}

fn chat(server: &Server) -> Qwen {
    Qwen::new().args(["chat"]).server(server)
}

#[test]
fn ctrl_c_after_the_finish_leads_back_to_the_prompt() {
    let server = stays_open();
    let qwen = chat(&server);
    let mut pty = qwen.pty(24, 80);
    pty.wait_for("❯").type_keys("go\r").wait_for("Alpha.");
    pty.type_keys("\x03");
    pty.wait_screen("a prompt again", |screen| screen.matches("❯").count() == 2);
    assert!(!pty.screen().contains("stopped"), "{}", pty.screen());
    assert_eq!(stored(&qwen), ("Alpha.".to_owned(), None));
}

#[test]
fn a_terminal_that_closes_after_the_finish_leaves_a_whole_answer() {
    let server = stays_open();
    let qwen = chat(&server);
    let mut pty = qwen.pty(24, 80);
    pty.wait_for("❯").type_keys("go\r").wait_for("Alpha.");
    pty.signal(Signal::HUP);
    assert_eq!(pty.exit_code(), 129);
    assert_eq!(stored(&qwen), ("Alpha.".to_owned(), None));
}

/// Without a terminal, no message that comes behind it is asked.
#[test]
fn ctrl_c_after_the_finish_ends_a_chat_in_a_pipe() {
    for (lines, code, stderr) in [("one\n", 0, ""), ("one\ntwo\n", 130, "error: interrupted\n")] {
        let server = stays_open();
        let qwen = chat(&server).stdin(lines);
        let running = qwen.spawn();
        running.wait_stdout("Alpha.").signal(Signal::INT);
        running.outcome().expect(code, "Alpha.\n", stderr);
        assert_eq!(stored(&qwen), ("Alpha.".to_owned(), None));
        server.finish();
    }
}
