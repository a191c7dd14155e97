//! `-f`, `-s @file` and `-i`: what is read from files and URLs.

use serde_json::json;

use super::{body, complete, message, refused, run};
use crate::server::{CHAT, Connection, Server};

/// Black, 16 × 16 pixels.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\0\0\0\0:\x98\xa0\xbd\0\0\0\rIDATx\xdac`\x18\x05\xc8\0\0\x01\x10\0\x01\x7f\xcd\x03\xb5\0\0\0\0IEND\xaeB`\x82";

#[test]
fn files_stand_before_the_prompt_fenced_and_named_in_the_order_given() {
    let qwen = complete(&["-f", "src/a.rs", "which is longer?", "-f", "b"])
        .file("src/a.rs", "fn main() {}\n")
        .file("b", "no end");
    assert_eq!(
        message(&qwen.stdin("piped")),
        "src/a.rs:\n```rs\nfn main() {}\n```\n\nb:\n```\nno end\n```\n\nwhich is longer?\n\npiped"
    );
}

#[test]
fn a_fence_is_longer_than_any_inside() {
    let text = "# doc\n````sh\nls\n````\n";
    assert_eq!(
        message(&complete(&["-f", "doc.md", "?"]).file("doc.md", text)),
        format!("doc.md:\n`````md\n{text}`````\n\n?")
    );
}

#[test]
fn what_is_no_text_is_refused() {
    refused(
        &complete(&["-f", "a.png", "?"]).file("a.png", PNG),
        "error: a.png is no text file: it holds a NUL byte\nhint: pictures go to -i\n",
    );
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    refused(
        &complete(&["-f", "gone", "?"]),
        "error: cannot read gone: no such file or folder\n",
    );
    refused(&complete(&["-f", ".", "?"]), "error: cannot read .: it is a folder\n");
    refused(
        &complete(&["-i", "gone", "?"]),
        "error: cannot read gone: no such file or folder\n",
    );
    refused(
        &complete(&["-s", "@gone", "?"]),
        "error: cannot read gone: no such file or folder\n",
    );
    refused(
        &complete(&["--schema", "@gone", "?"]),
        "error: cannot read gone: no such file or folder\n",
    );
}

#[test]
fn what_has_no_end_is_refused() {
    refused(
        &complete(&["-f", "/dev/zero", "?"]),
        "error: cannot read /dev/zero: it is over 16 MiB\n",
    );
    let much = vec![b'x'; 64 * 1024 * 1024 + 1];
    refused(&complete(&["?"]).stdin(much), "error: stdin is over 64 MiB\n");
}

#[test]
fn a_pipe_is_a_file_too() {
    let qwen = complete(&["-f", "pipe", "?"]);
    let pipe = qwen.cwd().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let writer = std::thread::spawn(move || std::fs::write(pipe, "through a pipe\n").unwrap());
    assert_eq!(message(&qwen), "pipe:\n```\nthrough a pipe\n```\n\n?");
    writer.join().unwrap();
}

#[test]
fn a_url_is_fetched_without_a_credential() {
    let elsewhere = Server::plays([Connection::new().expect("GET", "/notes.txt").body(
        200,
        &[("content-type", "text/plain")],
        "from the web\n",
        crate::fixtures::Cut::Random(3),
    )]);
    let url = format!("http://{}/notes.txt", elsewhere.address());
    assert_eq!(
        message(&complete(&["-f", &url, "?"])),
        format!("{url}:\n```txt\nfrom the web\n```\n\n?")
    );
    let fetched = elsewhere.request();
    assert_eq!(
        (fetched.header("authorization"), fetched.header("cookie")),
        (None, None)
    );
    elsewhere.finish();
}

#[test]
fn a_url_that_cannot_be_fetched_is_refused() {
    let elsewhere = Server::plays([Connection::new().expect("GET", "/gone").json(404, &json!({}))]);
    let url = format!("http://{}/gone", elsewhere.address());
    refused(
        &complete(&["-f", &url, "?"]),
        &format!("error: cannot fetch {url}: the server answered 404\n"),
    );
    elsewhere.finish();
}

#[test]
fn the_system_message_is_the_option_or_the_file() {
    let expected = json!([
        {"role": "system", "content": "Be terse.\nIn French."},
        {"role": "user", "content": "hi"},
    ]);
    let given = body(&complete(&["-s", "Be terse.\nIn French.", "hi"]));
    assert_eq!(given["messages"], expected);
    let qwen = complete(&["--system", "@style.txt", "hi"]).file("style.txt", "\u{feff}Be terse.\nIn French.\n\n");
    assert_eq!(body(&qwen)["messages"], expected);
    refused(
        &complete(&["-s", "@empty", "hi"]).file("empty", "\n"),
        "error: --system: empty is empty\n",
    );
}

#[test]
fn a_picture_goes_to_the_vision_model_and_that_is_told() {
    let (outcome, request) = run(&complete(&["-i", "a", "what is it?"]).file("a", PNG));
    outcome.expect(0, "ok\n", "notice: the message holds an image: asking qwen3-vl-plus\n");
    let body = request.json();
    assert_eq!(body["model"], "qwen3-vl-plus");
    let parts = &body["messages"][0]["content"];
    assert!(
        parts[0]["image_url"]["url"]
            .as_str()
            .unwrap()
            .starts_with("data:image/png;base64,iVBOR")
    );
    assert_eq!(parts[1], json!({"type": "text", "text": "what is it?"}));
    let chosen = complete(&["-m", "mine", "-i", "-", "what is it?"]).stdin(PNG);
    let (outcome, request) = run(&chosen);
    outcome.expect_answer("ok\n");
    assert_eq!(request.json()["model"], "mine");
}

#[test]
fn what_is_no_picture_is_refused() {
    refused(
        &complete(&["-i", "a.png", "?"]).file("a.png", "text"),
        "error: a.png is no image\n",
    );
    refused(
        &complete(&["-i", "a.png", "?"]).file("a.png", "%PDF-1.7\n"),
        "error: a.png is no image a model takes, but application/pdf\n",
    );
    refused(
        &complete(&["-i", "a.png", "?"]).file("a.png", ""),
        "error: a.png is empty\n",
    );
    refused(
        &complete(&["-i", "-", "-"]).stdin(PNG),
        "error: stdin cannot be both the prompt and an image\n",
    );
}

#[test]
fn the_web_server_of_a_file_may_redirect_and_the_provider_is_asked_once() {
    let target =
        Server::plays([Connection::new()
            .expect("GET", "/b")
            .body(200, &[], "there", crate::fixtures::Cut::Whole)]);
    let place = format!("http://{}/b", target.address());
    let first = Server::plays([Connection::new().expect("GET", "/a").head(
        302,
        &[("location", &place), ("content-length", "0"), ("connection", "close")],
    )]);
    let url = format!("http://{}/a", first.address());
    let provider = Server::plays([Connection::new().expect("POST", CHAT).answer(&["ok"])]);
    complete(&["-f", &url, "?"])
        .server(&provider)
        .run()
        .expect_answer("ok\n");
    assert_eq!(
        provider.request().json()["messages"][0]["content"],
        format!("{url}:\n```\nthere\n```\n\n?")
    );
}
