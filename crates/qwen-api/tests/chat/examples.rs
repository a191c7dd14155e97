//! The programs of `examples/`, run against a scripted server, and the README, which shows one of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;

use serde_json::json;

use crate::support::{Script, Server};

/// Where cargo puts an example. `cargo test` builds the examples, `cargo test --test chat` does not.
fn program(name: &str) -> PathBuf {
    static BUILD: Once = Once::new();
    let tests = std::env::current_exe().unwrap();
    let folder = tests.ancestors().nth(2).unwrap();
    let program = folder.join("examples").join(name);
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    BUILD.call_once(|| {
        if !program.is_file() {
            build_all(folder);
        }
    });
    assert!(program.is_file(), "cargo build --examples makes {}", program.display());
    program
}

/// Builds the examples as the tests were built, which are in this folder of the target directory.
fn build_all(folder: &Path) {
    let profile = folder.file_name().filter(|name| *name != "debug");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "qwen-api", "--examples", "--profile"])
        .arg(profile.unwrap_or("dev".as_ref()))
        .arg("--target-dir")
        .arg(folder.parent().unwrap())
        .status();
    assert!(built.unwrap().success(), "the examples were not built");
}

fn run(name: &str, args: &[&str], server: &Server) -> Output {
    Command::new(program(name))
        .args(args)
        .env_clear()
        .env("DASHSCOPE_API_KEY", "sk-test-key")
        .env("QWEN_BASE_URL", server.base_url())
        .output()
        .unwrap()
}

/// What the program printed, and its exit code.
fn printed(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

#[track_caller]
fn assert_printed(output: &Output, stdout: &str, stderr: &str) {
    assert_eq!(printed(output), (stdout.to_owned(), stderr.to_owned(), Some(0)));
}

#[test]
fn chat_prints_the_whole_answer_and_its_tokens() {
    let server = Server::start([Script::answer(&["Light ", "scatters."])]);
    let output = run("chat", &["Why is the sky blue?"], &server);
    assert_printed(&output, "Light scatters.\n", "3 tokens in, 2 out\n");
    let messages = &server.requests()[0].body["messages"];
    assert_eq!(
        messages,
        &json!([
            {"role": "system", "content": "Answer in one sentence."},
            {"role": "user", "content": "Why is the sky blue?"}
        ])
    );
}

#[test]
fn stream_prints_the_answer_as_it_comes() {
    let server = Server::start([Script::answer(&["Light ", "scatters."])]);
    assert_printed(&run("stream", &[], &server), "Light scatters.", "");
}

#[test]
fn blocking_does_the_same_without_async() {
    let server = Server::start([Script::answer(&["Light ", "scatters."])]);
    assert_printed(&run("blocking", &[], &server), "Light scatters.\n", "");
}

#[test]
fn images_sends_a_picture() {
    let server = Server::start([Script::answer(&["A cat."])]);
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cat.png");
    std::fs::write(&picture, b"\x89PNG").unwrap();
    let output = run("images", &[picture.to_str().unwrap()], &server);
    assert_printed(&output, "A cat.\n", "");
    let image = &server.requests()[0].body["messages"][0]["content"][1];
    assert_eq!(image["image_url"]["url"], "data:image/png;base64,iVBORw==");
    let server = Server::start([Script::answer(&["A dog."])]);
    let output = run("images", &["https://example.com/dog.png"], &server);
    assert_printed(&output, "A dog.\n", "");
    let image = &server.requests()[0].body["messages"][0]["content"][1];
    assert_eq!(image["image_url"]["url"], "https://example.com/dog.png");
}

#[test]
fn draw_writes_a_picture() {
    let reply = json!({"created": 1, "data": [{"b64_json": "iVBORw=="}]});
    let server = Server::start([Script::json(200, &reply)]);
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fox.png");
    let path = picture.to_str().unwrap();
    let output = run("draw", &["a red fox", path], &server);
    assert_printed(&output, &format!("{path}\n"), "");
    assert_eq!(std::fs::read(&picture).unwrap(), b"\x89PNG");
    let body = json!({"model": "qwen-image-3.0", "prompt": "a red fox"});
    assert_eq!(server.requests()[0].body, body);
}

fn rate_limited() -> Script {
    let body = json!({"error": {"code": "limit_requests", "message": "Slow down."}}).to_string();
    let head = "HTTP/1.1 429 .\r\ncontent-type: application/json\r\nretry-after: 0\r\nconnection: close\r\n";
    Script::default().bytes(format!("{head}content-length: {}\r\n\r\n{body}", body.len()))
}

const LIMIT: &str = "rate limit reached (HTTP 429, limit_requests): Slow down.";

#[test]
fn retry_waits_for_a_rate_limit_and_gives_up_at_last() {
    let server = Server::start([rate_limited(), Script::answer(&["Light scatters."])]);
    let output = run("retry", &[], &server);
    assert_printed(&output, "Light scatters.\n", &format!("{LIMIT}; retrying in 0 s\n"));
    let server = Server::start([rate_limited(), rate_limited(), rate_limited()]);
    let output = run("retry", &[], &server);
    let retrying = format!("{LIMIT}; retrying in 0 s\n");
    let gave_up = format!("{LIMIT}; gave up after 3 attempts, try again in 0 s\n");
    assert_printed(&output, "", &format!("{retrying}{retrying}{gave_up}"));
}

#[test]
fn files_uploads_a_document_and_asks_about_it() {
    let server = Server::start([
        Script::json(200, &json!({"id": "file-fe-1"})),
        Script::answer(&["Nothing."]),
    ]);
    let document = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.txt");
    std::fs::write(&document, "nothing").unwrap();
    let document = document.to_str().unwrap();
    let output = run("files", &[document], &server);
    assert_printed(&output, "Nothing.\n", &format!("{document} is fileid://file-fe-1\n"));
    let lines: Vec<String> = server.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(lines, ["POST /v1/files", "POST /v1/chat/completions"]);
}

#[test]
fn batch_prints_the_results_of_both_files() {
    let job = json!({"id": "batch_1", "status": "completed", "input_file_id": "file-1", "output_file_id": "file-2",
        "error_file_id": "file-3", "request_counts": {"total": 2, "completed": 2, "failed": 0}});
    let answer = json!({"choices": [{"message": {"role": "assistant", "content": "Four."}}]});
    let server = Server::start([
        Script::json(200, &json!({"id": "file-1"})),
        Script::json(
            200,
            &json!({"id": "batch_1", "status": "validating", "input_file_id": "file-1"}),
        ),
        Script::json(200, &job),
        Script::json(
            200,
            &json!({"custom_id": "b", "response": {"status_code": 200, "body": answer}, "error": null}),
        ),
        Script::json(
            200,
            &json!({"custom_id": "a", "response": null, "error": {"code": "x", "message": "Refused."}}),
        ),
    ]);
    let requests = Path::new(env!("CARGO_TARGET_TMPDIR")).join("requests.jsonl");
    std::fs::write(&requests, "{}\n").unwrap();
    let output = run("batch", &[requests.to_str().unwrap()], &server);
    assert_printed(
        &output,
        "b: \"Four.\"\n",
        "job batch_1\ncompleted: 2 of 2\na: Refused.\n",
    );
}

#[test]
fn many_at_once_keeps_the_order_of_the_questions() {
    let answer = || Script::answer(&["Yes."]);
    let server = Server::start([answer(), answer(), answer(), answer(), answer(), answer()]);
    let output = run("many_at_once", &["a?", "b?", "c?", "d?", "e?", "f?"], &server);
    let expected = "a? Yes.\nb? Yes.\nc? Yes.\nd? Yes.\ne? Yes.\nf? Yes.\n";
    assert_printed(&output, expected, "");
}

#[test]
fn tools_calls_the_function_and_gives_its_results_to_the_model() {
    let call = |index: usize, city: &str| {
        let arguments = json!({"city": city}).to_string();
        let function = json!({"name": "get_weather", "arguments": arguments});
        json!({"index": index, "id": format!("call_{city}"), "type": "function", "function": function})
    };
    let calls = json!([call(0, "Hangzhou"), call(1, "Shanghai")]);
    let choice = json!({"message": {"content": "", "tool_calls": calls.clone()}, "finish_reason": "tool_calls"});
    let server = Server::start([
        Script::json(200, &json!({"choices": [choice]})),
        Script::answer(&["In neither."]),
    ]);
    let output = run("tools", &[], &server);
    let called = "get_weather {\"city\":\"Hangzhou\"}\nget_weather {\"city\":\"Shanghai\"}\n";
    assert_printed(&output, "In neither.\n", called);
    let messages = server.requests()[1].body["messages"].clone();
    assert_eq!(messages[1]["tool_calls"][1]["id"], "call_Shanghai");
    assert_eq!(
        messages[3],
        json!({"role": "tool", "tool_call_id": "call_Shanghai", "content": "22 degrees and cloudy in Shanghai"})
    );
}

#[test]
fn without_a_credential_an_example_says_so() {
    let output = Command::new(program("stream")).env_clear().output().unwrap();
    let (stdout, stderr, code) = printed(&output);
    assert_eq!((stdout.as_str(), code), ("", Some(1)));
    assert!(stderr.contains("NoCredential"), "{stderr}");
}

#[test]
fn the_readme_shows_the_example_that_streams() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let example = std::fs::read_to_string(folder.join("examples/stream.rs")).unwrap();
    let (_, shown) = readme.split_once("```rust,no_run\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    assert!(example.ends_with(shown), "{shown}");
}
