//! Text of others on a terminal: every way it gets there, and nothing of it is obeyed.
//!
//! Each case sends [`NASTY`] down one way and looks at the bytes that the terminal got.

use serde_json::json;

use crate::harness::{KEY, Qwen};
use crate::pty::Pty;
use crate::server::{CHAT, Connection, Server, chunk, end, text};

/// Sets the title, erases the screen, hides the cursor, writes to the clipboard, asks for an answer, rings, and
/// does the same with the eight-bit form; the marker shows that it came at all.
const NASTY: &str = "MARK\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[?25l\u{1b}]52;c;b3duZWQ=\u{7}\u{1b}[6n\u{9b}31m\u{8}\u{85}";

/// What no terminal may get, whoever else writes escapes of their own there.
const NEVER: &[&str] = &[
    "\u{1b}]0;",
    "\u{1b}]2;",
    "\u{7}",
    "\u{1b}[2J",
    "\u{1b}]52;",
    "\u{1b}[6n",
    "\u{9b}",
    "\u{8}",
    "\u{85}",
];

#[track_caller]
fn harmless(way: &str, bytes: &[u8]) {
    let shown = String::from_utf8_lossy(bytes);
    assert!(shown.contains("MARK"), "{way}: it never came: {shown:?}");
    nothing_obeyed(way, &shown);
}

#[track_caller]
fn nothing_obeyed(way: &str, shown: &str) {
    for part in NEVER {
        assert!(!shown.contains(part), "{way}: {part:?} came through: {shown:?}");
    }
}

/// Runs it on a terminal to its end.
#[track_caller]
fn on_a_terminal(way: &str, qwen: &Qwen) {
    let mut pty = qwen.pty(40, 200);
    pty.exit_code();
    harmless(way, &pty.bytes());
}

fn post() -> Connection {
    Connection::new().expect("POST", CHAT)
}

fn complete(args: &[&str]) -> Qwen {
    Qwen::new().args([&["complete"], args].concat())
}

/// Runs `complete ARGS hi` on a terminal against one connection.
#[track_caller]
fn answered(way: &str, args: &[&str], script: Connection) {
    let server = Server::plays([script]);
    on_a_terminal(way, &complete(&[args, &["hi"]].concat()).server(&server));
}

#[test]
fn answers_in_every_form() {
    for answer in [
        NASTY.to_owned(),
        format!("# {NASTY}\n\n- {NASTY}\n\n> **{NASTY}**\n"),
        format!("| {NASTY} | b |\n|---|---|\n| `{NASTY}` | d |\n"),
        format!("```{NASTY}\n{NASTY}\n```\n"),
        format!("[{NASTY}](https://a.example/{NASTY} \"{NASTY}\") ![{NASTY}](x)\n"),
        format!("<b>{NASTY}</b> MARK&#27;]0;owned&#7; &#x1b;[2J\n"),
    ] {
        for args in [
            &[][..],
            &["--raw"],
            &["--format", "json"],
            &["--format", "jsonl"],
            &["--color", "never"],
        ] {
            answered(&format!("{args:?} {answer:?}"), args, post().answer(&[&answer]));
        }
    }
    let code = format!("```\n{NASTY}\n```\n");
    answered("-x", &["-x"], post().answer(&[&code]));
}

#[test]
fn an_escape_that_comes_in_pieces() {
    let pieces: Vec<String> = NASTY.chars().map(String::from).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    answered("pieces", &[], post().answer(&pieces));
    answered("pieces raw", &["--raw"], post().answer(&pieces));
}

#[test]
fn thoughts_and_sources() {
    let thought = || {
        post()
            .stream_head()
            .sse(chunk(json!({"reasoning_content": NASTY}), None))
            .sse(text("ok"))
            .sse(end("stop"))
            .done()
    };
    answered("thoughts", &["--show-thinking", "always"], thought());
    let sources = json!({"output": {"choices": [{"message": {"role": "assistant", "content": "ok"},
        "finish_reason": "stop"}], "search_info": {"search_results": [
        {"index": 1, "title": NASTY, "url": format!("https://a.example/{NASTY}"), "site_name": NASTY}]}},
        "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}, "request_id": "r"});
    let reply = || {
        Connection::new()
            .expect("POST", "/api/v1/services/aigc/text-generation/generation")
            .json(200, &sources)
    };
    let server = Server::plays([reply()]);
    let qwen = complete(&["-p", "dashscope-native", "--no-stream", "--search", "hi"])
        .env("QWEN_CLI_BASE_URL", &format!("http://{}/api/v1", server.address()))
        .env("DASHSCOPE_API_KEY", KEY);
    on_a_terminal("sources", &qwen);
}

#[test]
fn errors_notices_and_logs() {
    let refusal = json!({"error": {"message": NASTY, "code": NASTY}, "request_id": NASTY});
    answered("a refusal", &[], post().json(400, &refusal));
    answered("a refusal in the log", &["-vv"], post().json(400, &refusal));
    answered("a retry", &["--retries", "1"], {
        let busy = json!({"error": {"message": NASTY, "code": "limit_requests"}});
        post().json_with(429, &[("retry-after", "61")], &busy)
    });
    answered(
        "an end of another name",
        &["-u"],
        post().stream_head().sse(text("MARK")).sse(end(NASTY)).done(),
    );
    answered("the log of an answer", &["-vv"], post().answer(&[NASTY]));
    let page = format!("<html><title>{NASTY}</title>MARK</html>");
    let html = [("content-type", "text/html")];
    answered(
        "a page",
        &["-vv", "--retries", "0"],
        post().body(502, &html, page, crate::fixtures::Cut::Whole).close(),
    );
}

#[test]
fn words_of_the_command_line_and_of_files() {
    let file = format!("{NASTY}.txt");
    for args in [
        &["-f", &file, "hi"][..],
        &["-i", &file, "hi"],
        &["-s", &format!("@{file}"), "hi"],
        &["--schema", NASTY, "hi"],
        &["--encoding", NASTY, "hi"],
        &["-p", NASTY, "hi"],
        &["--config", &file, "hi"],
        &["--cacert", &file, "hi"],
        &["--proxy", NASTY, "hi"],
        &["--base-url", NASTY, "hi"],
        &["--region", NASTY, "hi"],
        &["-r", NASTY, "hi"],
        &["-o", &format!("gone/{file}"), "hi"],
        &["--log-file", &format!("gone/{file}"), "hi"],
        &["--dry-run", NASTY],
        &["--dry-run=curl", NASTY],
        &["--dry-run", "-m", NASTY, "hi"],
    ] {
        // Some of it is told by its name alone, which is as well.
        let mut pty = complete(args).env("DASHSCOPE_API_KEY", KEY).pty(40, 200);
        assert_ne!(pty.exit_code(), 101, "{args:?}");
        let shown = String::from_utf8_lossy(&pty.bytes()).into_owned();
        assert!(!shown.is_empty(), "{args:?}");
        nothing_obeyed(&format!("{args:?}"), &shown);
    }
    for toml in [
        "model = \"MARK\\u001b]0;owned\\u0007\"\n",
        "\"MARK\\u001b]0;owned\\u0007\" = 1\n",
        "aliases = { a = \"MARK\\u001b[2J\" }\n",
    ] {
        let qwen = Qwen::new().config(toml).env("DASHSCOPE_API_KEY", KEY);
        on_a_terminal(toml, &qwen.args(["config", "show"]));
    }
    let dotenv = Qwen::new().file(".env", format!("DASHSCOPE_API_KEY=sk-x\nQWEN_CLI_MODEL=\"{NASTY}\"\n"));
    on_a_terminal(".env", &dotenv.clone().args(["config", "show"]));
    on_a_terminal("config get", &dotenv.clone().args(["config", "get", "model"]));
    on_a_terminal("a command", &Qwen::new().args([NASTY]));
}

#[test]
fn what_was_kept() {
    let server = Server::answers(&[NASTY]);
    let qwen = complete(&[NASTY]).server(&server);
    assert_eq!(qwen.run().code, 0);
    let list = qwen.clone().args(["sessions", "list", "--json"]).run().json();
    let id = list[0]["session"].as_str().unwrap().to_owned();
    for args in [
        &["sessions", "list"][..],
        &["sessions", "list", "--json"],
        &["sessions", "show"],
        &["sessions", "show", "--json"],
        &["sessions", "search", "MARK"],
        &["sessions", "export", &id],
        &["last"],
        &["last", "--json"],
    ] {
        on_a_terminal(&format!("{args:?}"), &qwen.clone().args(args.to_vec()));
    }
    let mut pty: Pty = qwen.clone().args(["chat", "-r"]).pty(30, 120);
    pty.wait_for("MARK");
    harmless("the picker", &pty.bytes());
}

#[test]
fn names_of_models() {
    let models = json!({"data": [{"id": NASTY, "object": "model", "owned_by": NASTY}], "object": "list"});
    for args in [&["models"][..], &["models", "--json"]] {
        let list = Connection::new()
            .expect("GET", "/compatible-mode/v1/models")
            .json(200, &models);
        let server = Server::plays([list]);
        let qwen = Qwen::new()
            .args([&["-p", "local"], args].concat())
            .env("QWEN_CLI_BASE_URL", &server.base_url());
        on_a_terminal(&format!("{args:?}"), &qwen);
    }
}
