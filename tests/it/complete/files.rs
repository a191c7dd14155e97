//! `-f`, `-s @file` and `-i`: what is read from files and URLs.

use serde_json::json;

use super::{body, complete, message, refused, run};
use crate::harness::Qwen;
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
        "error: a.png is not a text file: it contains a NUL byte\nhint: pictures, sound and video go to -i\n",
    );
}

#[test]
fn a_folder_and_a_pattern_are_their_text_files() {
    let both = "src/a.rs:\n```rs\na\n```\n\nsrc/b.txt:\n```txt\nb\n```\n\n?";
    let qwen = |args: &[&str]| {
        let qwen = complete(args).file("src/a.rs", "a\n").file("src/b.txt", "b\n");
        qwen.file("src/cat.png", PNG)
            .file("src/.gitignore", "*.o\n")
            .file("src/x.o", "x")
    };
    let outcome = qwen(&["-f", "src/", "?", "--dry-run"])
        .env("DASHSCOPE_API_KEY", "sk-test-key")
        .run();
    assert_eq!(outcome.stderr, "notice: src/: one file is no text and was left out\n");
    assert!(outcome.text().contains(&json!(both).to_string()), "{}", outcome.text());
    assert_eq!(message(&qwen(&["-f", "src/*.{rs,txt}", "?"])), both);
    refused(
        &qwen(&["-f", "src/*.py", "?"]),
        "error: src/*.py has no text file to attach\n",
    );
    let mut many = complete(&["-f", "many/", "?"]);
    for n in 0..201 {
        many = many.file(&format!("many/{n}"), "x");
    }
    refused(
        &many,
        "error: many/ has 201 text files, 0.1 MB; at most 200 files and 2 MB are attached\nhint: name fewer: a folder in it, or a pattern such as 'src/*.rs'\n",
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
        "error: cannot read /dev/zero: it is larger than 16 MiB\n",
    );
    let much = vec![b'x'; 64 * 1024 * 1024 + 1];
    refused(&complete(&["?"]).stdin(much), "error: stdin is larger than 64 MiB\n");
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
fn a_picture_goes_to_the_vision_model_with_a_notice() {
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
        "error: a.png is neither an image nor sound nor video\n",
    );
    refused(
        &complete(&["-i", "a.png", "?"]).file("a.png", "%PDF-1.7\n"),
        "error: a.png is application/pdf, which models do not accept\n",
    );
    refused(
        &complete(&["-i", "a.png", "?"]).file("a.png", ""),
        "error: a.png is empty\n",
    );
    refused(
        &complete(&["-i", "-", "-"]).stdin(PNG),
        "error: stdin can be read only once, and both the prompt and --image name it\n",
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

#[test]
fn a_file_url_is_the_file() {
    let qwen = Qwen::new()
        .file("a b.txt", "words\n")
        .file("a.png", PNG)
        .file("{}.json", "{\"type\":\"object\"}");
    let cwd = qwen.cwd();
    let cwd = cwd.to_str().unwrap();
    for scheme in ["file://", "file://localhost", "FILE://", "file:"] {
        let place = format!("{scheme}{cwd}/a%20b.txt");
        let qwen = qwen.clone().args(["complete", "-f", &place, "?"]);
        assert_eq!(message(&qwen), format!("{cwd}/a b.txt:\n```txt\nwords\n```\n\n?"));
    }
    let (system, schema) = (format!("@file://{cwd}/a%20b.txt"), format!("@file://{cwd}/%7B%7D.json"));
    let picture = format!("file://{cwd}/a.png");
    let given = [
        "-q", "complete", "-s", &system, "--schema", &schema, "-i", &picture, "?",
    ];
    let body = body(&qwen.clone().args(given));
    assert_eq!(body["messages"][0], json!({"role": "system", "content": "words"}));
    assert_eq!(
        body["response_format"]["json_schema"]["schema"],
        json!({"type": "object"})
    );
    let url = &body["messages"][1]["content"][0]["image_url"]["url"];
    assert!(
        url.as_str().unwrap().starts_with("data:image/png;base64,iVBOR"),
        "{url}"
    );
    for option in ["-f", "-i"] {
        refused(
            &qwen.clone().args(["complete", option, "file://etc/passwd", "?"]),
            "error: cannot read file://etc/passwd: it does not name a local file\n\
             hint: file:///path has three slashes\n",
        );
    }
}

#[test]
fn a_dash_is_stdin_wherever_a_file_is_named() {
    for dash in ["-", "/dev/stdin"] {
        let at = format!("@{dash}");
        assert_eq!(
            message(&complete(&["-f", dash, "?"]).stdin("words\n")),
            "stdin:\n```\nwords\n```\n\n?"
        );
        let given = body(&complete(&["-s", &at, "?"]).stdin("Be brief.\n"));
        assert_eq!(
            given["messages"],
            json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "?"}])
        );
        let given = body(&complete(&["--schema", &at, "?"]).stdin("{\"type\":\"object\"}"));
        assert_eq!(
            given["response_format"]["json_schema"]["schema"],
            json!({"type": "object"})
        );
        let given = body(&complete(&["-q", "-i", dash, "?"]).stdin(PNG));
        assert_eq!(given["model"], "qwen3-vl-plus");
    }
    // A file of that name has a folder.
    assert_eq!(
        message(&complete(&["-f", "./-", "?"]).file("-", "words\n")),
        "./-:\n```\nwords\n```\n\n?"
    );
}

#[test]
fn stdin_is_read_for_one_thing_only() {
    let told = |first: &str, second: &str| {
        format!("error: stdin can be read only once, and both {first} and {second} name it\n")
    };
    let cases: [(&[&str], &str, &str); 5] = [
        (&["-f", "-", "-"], "the prompt", "--file"),
        (&["-f", "-", "-i", "-", "?"], "--image", "--file"),
        (&["-f", "-", "-f", "/dev/stdin", "?"], "--file", "--file"),
        (&["-s", "@-", "--schema", "@-", "?"], "--system", "--schema"),
        (&["-s", "@/dev/stdin", "-"], "the prompt", "--system"),
    ];
    for (args, first, second) in cases {
        refused(&complete(args).stdin("words"), &told(first, second));
    }
    let chat = Qwen::new().args(["chat", "-s", "@-"]).stdin("words");
    refused(&chat, &told("the messages", "--system"));
}

#[test]
fn a_name_that_is_no_utf_8_is_the_file_that_was_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let name = |ending: &[u8]| OsStr::from_bytes(&[b"\xff\xfe".as_slice(), ending].concat()).to_owned();
    let server = Server::answers(&["ok"]);
    let qwen = complete(&["-q", "?"]).server(&server);
    std::fs::write(qwen.cwd().join(name(b".txt")), "words\n").unwrap();
    std::fs::write(qwen.cwd().join(name(b".png")), PNG).unwrap();
    let mut command = qwen.command();
    command.arg("-f").arg(name(b".txt")).arg("-i").arg(name(b".png"));
    command.arg("-o").arg(name(b".out")).stdin(std::process::Stdio::null());
    let output = command.output().unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), b"".as_slice())
    );
    let parts = &server.request().json()["messages"][0]["content"];
    assert_eq!(parts[1]["text"], "\u{fffd}\u{fffd}.txt:\n```txt\nwords\n```\n\n?");
    assert_eq!(std::fs::read(qwen.cwd().join(name(b".out"))).unwrap(), b"ok\n");
    assert_eq!(std::fs::read_dir(qwen.cwd()).unwrap().count(), 3);
}

#[test]
fn words_that_are_no_utf_8_are_refused_in_words() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let told = |args: &[&[u8]]| {
        let qwen = complete(&[]).server(&Server::plays([]));
        let mut command = qwen.command();
        command
            .args(args.iter().map(|arg| OsStr::from_bytes(arg)))
            .stdin(std::process::Stdio::null());
        let output = command.output().unwrap();
        assert_eq!(
            (output.status.code(), output.stdout.as_slice()),
            (Some(2), b"".as_slice())
        );
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(
        told(&[b"caf\xe9"]),
        "error: invalid UTF-8 was detected in one or more arguments\nhint: `qwen complete --help` shows the usage\n"
    );
    assert_eq!(
        told(&[b"-s", b"caf\xe9", b"?"]),
        "error: --system is not UTF-8\nhint: @FILE may be in another encoding\n"
    );
}
