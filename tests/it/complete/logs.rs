//! `-v`, `-vv` and `--log-file`: what is logged, and that no key ever is.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::{complete, refused};
use crate::harness::{KEY, Qwen};
use crate::outcome::steady;
use crate::running::contains;
use crate::server::{CHAT, Connection, Server, end, text};

const SENT: &str = "[qwen] > POST http://127.0.0.1:[port]/compatible-mode/v1/chat/completions (118 bytes) Authorization: Bearer ***;\n";
const CAME: &str = "[qwen] < 200 text/event-stream;charset=UTF-8 request id -\n";

#[test]
fn requests_are_logged_to_stderr() {
    let server = Server::answers(&["ok"]);
    let outcome = complete(&["-v", "hi"]).server(&server).run().steady();
    outcome.expect(0, "ok\n", &format!("{SENT}{CAME}"));
}

#[test]
fn events_are_logged_too_when_v_is_given_twice() {
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let server = Server::plays([script.sse(text("ok")).sse(end("stop")).done()]);
    let outcome = complete(&["-vv", "hi"]).server(&server).run().steady();
    let events = format!("[qwen] < {}\n[qwen] < {}\n[qwen] < [DONE]\n", text("ok"), end("stop"));
    outcome.expect(0, "ok\n", &steady(&format!("{SENT}{CAME}{events}")));
}

#[test]
fn the_environment_can_ask_for_the_log() {
    for (level, lines) in [("1", 2), ("requests", 2), ("2", 6), ("0", 0), ("off", 0)] {
        let server = Server::answers(&["ok"]);
        let outcome = complete(&["hi"]).server(&server).env("QWEN_CLI_LOG", level).run();
        assert_eq!(outcome.stderr.lines().count(), lines, "{level}: {}", outcome.stderr);
    }
    refused(
        &complete(&["hi"]).env("QWEN_CLI_LOG", "loud"),
        "error: QWEN_CLI_LOG must be 0, 1 (requests) or 2 (events), not \"loud\"\n",
    );
}

#[test]
fn a_file_takes_the_log_and_is_added_to() {
    let qwen = complete(&["--log-file", "log", "hi"]);
    for _ in 0..2 {
        let server = Server::answers(&["ok"]);
        qwen.clone().server(&server).run().expect_answer("ok\n");
    }
    let log = String::from_utf8(qwen.read("log")).unwrap();
    assert_eq!(steady(&log), format!("{SENT}{CAME}").repeat(2));
    let meta = std::fs::metadata(qwen.cwd().join("log")).unwrap();
    assert_eq!(format!("{:o}", meta.permissions().mode() & 0o777), "600");
}

/// Standard output is the answer's.
#[test]
fn a_dash_in_place_of_the_file_is_stderr() {
    for args in [&["--log-file", "-", "hi"][..], &["-v", "--log-file", "-", "hi"]] {
        let server = Server::answers(&["ok"]);
        let qwen = complete(args).server(&server);
        let outcome = qwen.run();
        assert_eq!((outcome.code, outcome.text()), (0, "ok\n"));
        assert_eq!(steady(&outcome.stderr), format!("{SENT}{CAME}"));
        assert!(!qwen.cwd().join("-").exists());
    }
}

#[test]
fn the_environment_can_name_the_file() {
    let server = Server::answers(&["ok"]);
    let qwen = complete(&["hi"]).server(&server).env("QWEN_CLI_LOG_FILE", "log");
    qwen.run().expect_answer("ok\n");
    let log = String::from_utf8(qwen.read("log")).unwrap();
    assert_eq!(steady(&log), format!("{SENT}{CAME}"));
}

#[test]
fn a_log_that_cannot_be_written_is_refused() {
    refused(
        &complete(&["--log-file", "gone/log", "hi"]),
        "error: cannot write the log gone/log: no such file or folder\n",
    );
}

#[test]
fn a_failed_request_is_logged_with_its_cause() {
    let server = Server::plays([Connection::new().expect("POST", CHAT).close()]);
    let outcome = complete(&["-v", "--retries", "0", "hi"]).server(&server).run();
    assert_eq!(outcome.code, 5);
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert!(lines[1].starts_with("[qwen] ! "), "{lines:?}");
}

/// Every file under the folder of a run, and what it printed.
fn everything(qwen: &Qwen) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![qwen.root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

#[test]
fn no_key_is_ever_written_anywhere() {
    // A server that says the key back, in its words and in its head.
    let echo = || {
        let error =
            json!({"error": {"message": format!("Incorrect API key provided: {KEY}"), "code": "invalid_api_key"}});
        Connection::new()
            .expect("POST", CHAT)
            .json_with(401, &[("x-request-id", KEY)], &error)
    };
    // One that says it beside a good answer.
    let answers = || {
        let head = [
            ("content-type", "text/event-stream"),
            ("x-request-id", KEY),
            ("connection", "close"),
        ];
        let body = [
            json!({"choices": [{"delta": {"content": "ok"}, "index": 0}], "note": KEY, "model": KEY, "id": KEY}),
            end(&format!("stop Bearer {KEY}")),
        ];
        let script = Connection::new().expect("POST", CHAT).head(200, &head);
        body.iter()
            .fold(script, |script, payload| script.bytes(format!("data: {payload}\n\n")))
            .tail("data: [DONE]\n\n")
    };
    let headers = "[providers.lab]\nmodel = \"m\"\n[providers.lab.headers]\nX-Token = \"sk-placeholder\"\n";
    for script in [echo, answers] {
        for args in [
            &["complete", "hi"][..],
            &["-vv", "complete", "--format", "json", "hi"],
            &["-vv", "complete", "--format", "jsonl", "-u", "hi"],
            &["-p", "lab", "-vv", "complete", "hi"],
        ] {
            let server = Server::plays([script()]);
            let qwen = Qwen::new()
                .args([&["--log-file", "log"], args].concat())
                .server(&server);
            let is_lab = args.contains(&"lab");
            let qwen = if is_lab { qwen.config(headers) } else { qwen };
            let outcome = qwen.run();
            let mut written = everything(&qwen);
            written.push(("stdout".to_owned(), outcome.stdout.clone()));
            written.push(("stderr".to_owned(), outcome.stderr.clone().into_bytes()));
            for (place, bytes) in written {
                let is_config = place.ends_with("config.toml");
                assert!(
                    is_config || !contains(&bytes, KEY.as_bytes()),
                    "{args:?}: the key is in {place}"
                );
            }
            server.finish();
        }
    }
}

#[test]
fn no_key_is_shown_where_no_request_is_made() {
    for args in [
        &["config", "show"][..],
        &["config", "show", "--json"],
        &["complete", "--dry-run", "hi"],
        &["complete", "--dry-run=curl", "hi"],
        &["-p", "nobody", "complete", "hi"],
        &["--base-url", "http://example.com/v1", "complete", "hi"],
    ] {
        let qwen = Qwen::new().args(args.to_vec()).env("DASHSCOPE_API_KEY", KEY);
        let outcome = qwen.run();
        let said = format!("{}{}", outcome.text(), outcome.stderr);
        assert!(!said.is_empty() && !said.contains(KEY), "{args:?}: {said}");
    }
}
