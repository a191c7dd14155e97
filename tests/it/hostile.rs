//! Text of others on a terminal: every way it gets there, and nothing of it is obeyed.
//!
//! Each case sends [`NASTY`] down one way and looks at the bytes that the terminal got.

use serde_json::json;

use crate::harness::{KEY, Qwen};
use crate::pty::Pty;
use crate::server::{CHAT, Connection, Server, chunk, end, text};

/// Sets the title, erases the screen, hides the cursor, writes to the clipboard, asks for an answer, rings, and
/// does the same with the eight-bit form, and holds invisible text; the marker shows that it came at all.
const NASTY: &str = "MARK\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[?25l\u{1b}]52;c;b3duZWQ=\u{7}\u{1b}[6n\u{9b}31m\u{8}\u{85}\
    \u{200b}\u{3164}\u{fe01}\u{e0158}\u{e0068}\u{2062}\u{202e}";

/// What no terminal may get, even where the program writes escapes of its own.
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
    "\u{200b}",
    "\u{3164}",
    "\u{fe01}",
    "\u{e0158}",
    "\u{e0068}",
    "\u{2062}",
    "\u{202e}",
];

#[track_caller]
fn harmless(way: &str, bytes: &[u8]) {
    let shown = String::from_utf8_lossy(bytes);
    assert!(shown.contains("MARK"), "{way}: it never came: {shown:?}");
    nothing_obeyed(way, &shown);
}

#[track_caller]
fn nothing_obeyed(way: &str, shown: &str) {
    // The program's own title, and the empty one that it leaves.
    let shown = &shown.replace("\u{1b}]2;qwen", "").replace("\u{1b}]2;\u{1b}\\", "");
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
        format!("<b>{NASTY}</b> MARK&#27;]0;owned&#7; &#x1b;[2J &#x200b;&#xe0068;&#x3164;\n"),
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
    // The one line is drawn once and again while the model thinks: the answer waits until it was.
    let server = Server::plays([post()
        .stream_head()
        .sse(chunk(json!({"reasoning_content": NASTY}), None))
        .gate("thought")
        .sse(text("ok"))
        .sse(end("stop"))
        .done()]);
    let mut pty = complete(&["hi"]).server(&server).pty(40, 200);
    pty.wait_bytes("MARK");
    server.open("thought");
    pty.exit_code();
    harmless("thoughts on one line", &pty.bytes());
    let server = Server::plays([thought()]);
    let mut pty = Qwen::new().server(&server).args(["chat"]).pty(40, 200);
    pty.wait_for("❯").type_keys("hi\r").wait_for("thought for");
    pty.type_keys("/thoughts\r").wait_for("MARK");
    pty.type_keys("/exit\r");
    pty.exit_code();
    harmless("/thoughts", &pty.bytes());
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
        // Some of it is shown by its name alone, which is fine.
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
    on_a_terminal("a command", &Qwen::new().args(["sessions", NASTY]));
    let templates = Qwen::new().file(".qwen-cli/templates/t.md", format!("a\n{NASTY}"));
    let described = Qwen::new().file(
        ".qwen-cli/templates/t.md",
        "+++\ndescription = \"MARK\\u001b]0;owned\\u0007\"\n+++\n",
    );
    on_a_terminal("templates show", &templates.clone().args(["templates", "show", "t"]));
    on_a_terminal("templates list", &described.args(["templates", "list"]));
    let mut pty = templates.args(["complete", "--template", "t", "x"]).pty(40, 200);
    pty.wait_for("[y/N]").type_keys("\r");
    pty.exit_code();
    harmless("a template that is asked for", &pty.bytes());
}

#[test]
fn what_was_kept() {
    let server = Server::answers(&[NASTY]);
    let qwen = complete(&["-m", NASTY, NASTY]).server(&server);
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
        &["usage", "--by", "model"],
        &["usage", "--by", "model", "--json"],
        &["usage", "--by", "model", "--csv"],
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

#[test]
fn results_of_a_batch() {
    for format in ["jsonl", "text", "csv"] {
        let server = Server::plays([post().stream_head().sse(text(NASTY)).sse(end("stop")).done()]);
        let qwen = Qwen::new().server(&server).file("in.txt", "hi\n");
        on_a_terminal(
            &format!("results as {format}"),
            &qwen.args(["batch", "run", "in.txt", "--format", format]),
        );
    }
    let qwen = Qwen::new().env("DASHSCOPE_API_KEY", KEY);
    let qwen = qwen.file("in.jsonl", json!({"id": 1, "image": NASTY}).to_string());
    on_a_terminal("a bad line", &qwen.args(["batch", "run", "in.jsonl"]));
}

#[test]
fn jobs_of_a_batch() {
    let job = |status: &str| {
        json!({"id": "batch_1", "status": status, "input_file_id": NASTY,
            "errors": {"data": [{"code": NASTY, "message": NASTY, "line": 1}]}})
    };
    let call = |method: &str, path: &str| Connection::new().expect(method, &format!("/compatible-mode/v1/{path}"));
    let looked_at = |status: &str| call("GET", "batches/batch_1").json(200, &job(status));
    let server = Server::plays([
        call("POST", "files").json(200, &json!({"id": NASTY})),
        call("POST", "batches").json(200, &job(NASTY)),
        looked_at(NASTY),
        looked_at("failed"),
    ]);
    let file = format!("{NASTY}.txt");
    let qwen = Qwen::new().server(&server).file(&file, "hi\n");
    let submitted = qwen.clone().args(["batch", "submit", &file, "-m", "qwen-plus"]).run();
    assert_eq!(submitted.code, 0, "{submitted:?}");
    on_a_terminal("a list of batches", &qwen.clone().args(["batch", "list"]));
    on_a_terminal("how far a job is", &qwen.clone().args(["batch", "status", "batch_1"]));
    on_a_terminal("a refused file", &qwen.args(["batch", "status", "batch_1"]));
}

#[test]
fn uploads() {
    let mut picture = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(20, 20)
        .write_to(&mut picture, image::ImageFormat::Png)
        .unwrap();
    let file = format!("{NASTY}.png");
    let refusal = json!({"code": NASTY, "message": NASTY, "request_id": NASTY});
    let policy = Connection::new()
        .expect("GET", "/api/v1/uploads?action=getPolicy&model=qwen3-vl-plus")
        .json(400, &refusal);
    let server = Server::plays([policy]);
    let qwen = Qwen::new().server(&server).file(&file, picture.into_inner());
    on_a_terminal(
        "a refused upload",
        &qwen.clone().args(["-p", "dashscope", "upload", &file]),
    );
    // The bar of one that is under way.
    let storage = Server::plays([Connection::new().expect("POST", "/").gate("seen").close()]);
    let policy = json!({"request_id": "r", "data": {"policy": "UE9MSUNZ", "signature": "S", "upload_dir": "instant/d",
        "upload_host": format!("http://{}", storage.address()), "expire_in_seconds": 300, "max_file_size_mb": 1,
        "oss_access_key_id": "ID", "x_oss_object_acl": "private", "x_oss_forbid_overwrite": "true"}});
    let server = Server::plays([Connection::new()
        .expect("GET", "/api/v1/uploads?action=getPolicy&model=qwen3-vl-plus")
        .json(200, &policy)]);
    let under_way = Qwen::new().server(&server).file(&file, qwen.read(&file));
    let mut pty = under_way
        .args(["-p", "dashscope", "--retries", "0", "upload", &file])
        .pty(40, 120);
    pty.wait_for(".png [");
    storage.open("seen");
    pty.exit_code();
    nothing_obeyed("a bar", &String::from_utf8_lossy(&pty.bytes()));
    let gone = Qwen::new().env("DASHSCOPE_API_KEY", KEY);
    on_a_terminal(
        "a file that is not there",
        &gone.args(["-p", "dashscope", "upload", NASTY]),
    );
    let text = Qwen::new().env("DASHSCOPE_API_KEY", KEY).file(&file, "no picture");
    on_a_terminal("no picture", &text.args(["complete", "-i", &file, "hi"]));
}

#[test]
fn logins_and_checks() {
    let refusal = json!({"error": {"message": NASTY, "code": NASTY}, "request_id": NASTY});
    let list = || Connection::new().expect("GET", "/compatible-mode/v1/models");
    let server = Server::plays([list().json(400, &refusal)]);
    let qwen = Qwen::new().server(&server);
    on_a_terminal("a check", &qwen.args(["-p", "dashscope", "doctor"]));
    let toml = "[providers.\"MARK\\u001b]0;owned\\u0007\"]\nprotocol = \"openai\"\nbase_url = \"http://127.0.0.1:9/\"\n\
                api_key_env = \"MARK\\u001b[2J\"\n";
    let own = Qwen::new().config(toml);
    on_a_terminal("whose keys there are", &own.args(["auth", "status"]));
    let dotenv = Qwen::new().file(".env", format!("QWEN_CLI_REGION=\"{NASTY}\"\n"));
    on_a_terminal("a region", &dotenv.args(["doctor"]));
}

#[test]
fn web_accounts() {
    let page = format!("<html><title>{NASTY}</title>MARK</html>");
    let told = json!({"success": false, "data": {"code": NASTY, "details": NASTY}, "request_id": NASTY});
    let models = || Connection::new().expect("GET", "/api/v2/models/");
    for (way, script) in [
        (
            "a page of the site",
            models()
                .body(200, &[("content-type", "text/html")], page, crate::fixtures::Cut::Whole)
                .close(),
        ),
        ("an error of the site", models().json(200, &told)),
    ] {
        let server = Server::plays([script]);
        let qwen = Qwen::new()
            .args(["-p", "web", "--retries", "0", "models"])
            .env("QWEN_CLI_BASE_URL", &format!("http://{}", server.address()))
            .env("QWEN_AUTH_TOKEN", "eyJ.placeholder.token");
        let mut pty = qwen.pty(40, 200);
        assert_ne!(pty.exit_code(), 101, "{way}");
        nothing_obeyed(way, &String::from_utf8_lossy(&pty.bytes()));
    }
}

/// What the prompt shows that others wrote: names, lists, completions, what a command printed.
#[test]
fn the_prompt() {
    let server = Server::answers(&[NASTY]);
    let qwen = complete(&[NASTY]).server(&server);
    assert_eq!(qwen.run().code, 0);
    let qwen = qwen
        .file(&format!("tabbed-{NASTY}"), "x")
        .file("tabbed-plain", "x")
        .file("print.sh", format!("printf '%s\\n' 'printed {NASTY}'"));
    let mut pty = qwen.args(["chat", "-c", "-m", NASTY]).pty(60, 160);
    pty.wait_for("MARK");
    for (typed, shown) in [
        ("/save named\r", "saved as named"),
        ("!sh print.sh\r", "[!sh print.sh]"),
        // (Ctrl-C drops what was attached.) Of names that no line can hold none is offered.
        ("\x03@tabbed-\t", "@tabbed-plain"),
        ("\x03/nothing-of-this-name\r", "unknown command"),
        ("/export gone/there.md\r", "cannot write"),
        ("/export -\r", "## You"),
        ("/model other-of-them\r", "switched to other-of-them"),
    ] {
        pty.type_keys(typed).wait_for(shown);
    }
    pty.type_keys("/sessions\r").wait_screen("the list", |screen| {
        screen.lines().any(|line| line.contains("named") && line.contains("2"))
    });
    harmless("the prompt", &pty.bytes());
}

#[test]
fn pictures_that_were_made() {
    let make = "/api/v1/services/aigc/multimodal-generation/generation";
    let parts = json!([{"text": NASTY}, {"image": format!("https://10.0.0.1/{NASTY}")}]);
    let made = json!({"output": {"choices": [{"message": {"content": parts}}]}, "request_id": NASTY});
    let refused = json!({"code": NASTY, "message": NASTY, "request_id": NASTY});
    for format in ["text", "json"] {
        for (status, reply) in [(200, &made), (400, &refused)] {
            let server = Server::plays([Connection::new().expect("POST", make).json(status, reply)]);
            let qwen = Qwen::new().args(["-p", "dashscope", "image", "--format", format, NASTY]);
            on_a_terminal(&format!("picture {format} {status}"), &qwen.server(&server));
        }
    }
}

/// Every file of the program that writes to a terminal, and the test above through which foreign text takes that way.
/// "ours": only what the program itself says goes there.
const WAYS: &[(&str, &str)] = &[
    ("app.rs", "errors_notices_and_logs"), // the log
    ("batch/output.rs", "results_of_a_batch"),
    ("commands/batch/list.rs", "jobs_of_a_batch"),
    ("commands/batch/status.rs", "jobs_of_a_batch"),
    ("commands/batch/submit.rs", "ours"),
    ("cancel.rs", "ours"), // looks whether there is a reader, writes nothing
    ("commands/auth.rs", "logins_and_checks"),
    ("commands/chat/provider_menu.rs", "ours"),
    ("commands/complete.rs", "words_of_the_command_line_and_of_files"),
    ("commands/completions.rs", "ours"),
    ("commands/config.rs", "words_of_the_command_line_and_of_files"),
    ("commands/doctor.rs", "logins_and_checks"),
    ("commands/image.rs", "pictures_that_were_made"),
    ("commands/last.rs", "what_was_kept"),
    ("commands/man.rs", "ours"),
    ("commands/models.rs", "names_of_models"),
    ("commands/serve.rs", "ours"), // its address
    ("commands/sessions.rs", "what_was_kept"),
    ("commands/templates.rs", "words_of_the_command_line_and_of_files"),
    ("commands/upload.rs", "uploads"),
    ("commands/usage.rs", "what_was_kept"),
    ("conversation/renderer.rs", "answers_in_every_form"),
    ("host.rs", "ours"),           // asks whether it is a terminal
    ("images/preview.rs", "ours"), // pixels of a picture, in base64
    ("lib.rs", "ours"),            // words for a shell, which quotes them: `completion`
    ("repl/subprocess.rs", "the_prompt"),
    ("repl/picker.rs", "what_was_kept"),
    ("repl/conversation_commands.rs", "the_prompt"),
    ("repl/parameter_commands.rs", "thoughts_and_sources"),
    ("report.rs", "words_of_the_command_line_and_of_files"),
    ("term/ask.rs", "ours"),
    ("term/bars.rs", "uploads"),
    ("term/clipboard.rs", "ours"), // what /copy copies, in base64
    ("term/editor.rs", "ours"),    // the keyboard
    ("term/out.rs", "answers_in_every_form"),
    ("term/tty.rs", "ours"), // the keyboard
    ("term/tty_elsewhere.rs", "ours"),
    ("term/ui.rs", "errors_notices_and_logs"),
];

/// The program's own files: name under `src`, and text.
fn sources() -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let text = std::fs::read_to_string(&entry).unwrap();
            let name = entry.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            files.push((name, text));
        }
    }
    files.sort();
    files
}

#[test]
fn every_way_is_known() {
    const WRITING: &[&str] = &[
        "stdout()",
        "stderr()",
        "Ui::put(",
        "Ui::writer(",
        "Stdout::new",
        "write_out(",
        "write_painted(",
        "/dev/tty",
    ];
    let writes = |text: &str| WRITING.iter().any(|way| text.contains(way));
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| writes(text))
        .map(|(name, _)| name)
        .collect();
    let mut known: Vec<&str> = WAYS.iter().map(|(file, _)| *file).collect();
    known.sort_unstable();
    assert_eq!(found, known, "a way to the terminal without its test in this file");
    let tests = include_str!("hostile.rs");
    for (file, test) in WAYS {
        assert!(
            *test == "ours" || tests.contains(&format!("fn {test}()")),
            "{file}: {test}"
        );
    }
}

/// Of the codes that do more than place and colour text the program writes links, pictures, one question for the
/// background, and in `chat` the window's title, where wanted a notification and, by `/copy` alone, the clipboard.
#[test]
fn no_other_code_is_ever_written() {
    for (name, text) in sources() {
        for (at, _) in text.match_indices("\\x1b]") {
            let code = &text[at + "\\x1b]".len()..];
            let is_known = [
                ("8;;", "render/paint.rs"),
                ("1337;File=", "render/picture.rs"),
                ("52;c;", "term/clipboard.rs"),
                ("11;?", "term/background.rs"),
                ("2;", "repl/attention.rs"),
                ("9;", "repl/attention.rs"),
                ("777;notify;qwen;", "repl/attention.rs"),
            ];
            let is_known = is_known
                .iter()
                .any(|(start, file)| code.starts_with(start) && name == *file);
            assert!(is_known, "{name}: \\x1b]{}", &code[..8]);
        }
    }
}
