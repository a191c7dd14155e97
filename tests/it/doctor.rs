//! `qwen doctor`: each thing looked at, what is found, and what to do.

use serde_json::{Value, json};

use crate::harness::{KEY, Qwen};
use crate::outcome::Outcome;
use crate::server::{Connection, MODELS, Server};

/// Long past: the clock of this server is wrong, or ours is.
const PAST: &str = "Sat, 01 Jan 2000 00:00:00 GMT";

fn doctor(server: &Server, args: &[&str]) -> Qwen {
    let qwen = Qwen::new()
        .server(server)
        .args([&["-p", "dashscope", "doctor"], args].concat());
    let nowhere = qwen.cwd();
    qwen.env("PATH", nowhere.to_str().unwrap())
}

fn lists(headers: &[(&str, &str)]) -> Server {
    let models = json!({"object": "list", "data": [{"id": "qwen-max"}, {"id": "qwen-plus"}]});
    Server::plays([Connection::new().expect("GET", MODELS).json_with(200, headers, &models)])
}

/// What is printed, with what depends on the machine replaced.
fn told(outcome: &Outcome) -> String {
    let text = String::from_utf8(outcome.steady().stdout).unwrap();
    let program = env!("CARGO_BIN_EXE_qwen");
    let machine = format!(
        "qwen {}, {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    text.replace(program, "[qwen]").replace(&machine, "[version]")
}

/// A server of the machine's own may answer on these ports: its line is left out.
fn without_local(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("  local  "));
    lines.map(|line| format!("{line}\n")).collect()
}

fn check(outcome: &Outcome, name: &str) -> Value {
    let report = outcome.json();
    let checks = report["checks"].as_array().unwrap().clone();
    checks
        .into_iter()
        .find(|check| check["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

#[test]
fn all_is_well() {
    let server = lists(&[]);
    let outcome = doctor(&server, &[]).run();
    insta::assert_snapshot!(without_local(&told(&outcome)), @r"
    ok       program     [version]
    ok       config      [root]/qwen/config.toml does not exist: using the defaults
    ok       credential  DASHSCOPE_API_KEY (an API key, sk-…, 14 characters) from $DASHSCOPE_API_KEY
    ok       address     dashscope at http://127.0.0.1:[port]/compatible-mode/v1 from $QWEN_CLI_BASE_URL
    ok       proxy       none set here; the system's proxy is used, if any
    ok       server      answers within [time]; 2 models
    ok       clock       the server sent no date
    ok       terminal    stdout is no terminal (TERM not set)
    ok       locale      LANG=C.UTF-8
    ok       store       nothing is saved yet (in [root]/qwen/data)
    ok       path        [qwen] is not on PATH
    ");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let sent = server.request();
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
}

#[test]
fn a_refused_key_is_the_exit_code_and_the_rest_is_still_looked_at() {
    let refusal =
        Connection::new()
            .expect("GET", MODELS)
            .refuse(401, "invalid_api_key", "Incorrect API key provided. ");
    let server = Server::plays([refusal]);
    let outcome = doctor(&server, &["--json"]).run();
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (3, "error: one check failed\n")
    );
    let found = check(&outcome, "server");
    assert_eq!(found["state"], "failure");
    assert_eq!(
        found["message"],
        "the server did not accept the key of $DASHSCOPE_API_KEY (401): Incorrect API key provided."
    );
    assert!(found["hint"].as_str().unwrap().contains("--region"));
    assert_eq!(check(&outcome, "path")["state"], "ok");
    assert_eq!(outcome.json()["ok"], false);
    assert!(!outcome.text().contains(KEY), "{}", outcome.text());
}

#[test]
fn a_server_that_is_not_there_is_a_failure_of_the_network() {
    let server = Server::plays([]);
    let qwen = doctor(&server, &["--json"]).env("QWEN_CLI_BASE_URL", "http://127.0.0.1:9/v1");
    let outcome = qwen.run();
    assert_eq!(outcome.code, 5);
    assert_eq!(
        check(&outcome, "server")["message"],
        "cannot connect to 127.0.0.1:9: connection refused"
    );
    assert_eq!(check(&outcome, "clock")["message"], "the server sent no date");
}

#[test]
fn a_wrong_clock_is_a_warning_and_no_failure() {
    let server = lists(&[("date", PAST)]);
    let outcome = doctor(&server, &["--json"]).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let found = check(&outcome, "clock");
    assert_eq!(found["state"], "warning");
    assert!(
        found["message"].as_str().unwrap().ends_with("ahead of the server's"),
        "{found}"
    );
    assert_eq!(outcome.json()["ok"], true);
}

#[test]
fn without_a_credential_it_explains_how_to_get_one() {
    let outcome = Qwen::new().args(["-p", "dashscope", "doctor", "--json"]).run();
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (3, "error: one check failed\n")
    );
    let found = check(&outcome, "credential");
    assert_eq!(found["message"], "no credential for dashscope");
    assert!(found["hint"].as_str().unwrap().contains("DASHSCOPE_API_KEY"));
}

#[test]
fn surroundings_are_reported() {
    let server = lists(&[]);
    let qwen = doctor(&server, &["--json"])
        .env("LC_ALL", "C")
        .env("DASHSCOPE_API_KEY", "\"sk-quo ted\"")
        .env("HTTPS_PROXY", "http://me:hunter2@proxy.example.com:8080")
        .file("qwen", "#!/bin/sh\n");
    let program = qwen.cwd().join("qwen");
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let outcome = qwen.run();
    assert_eq!(outcome.code, 0);
    assert_eq!(check(&outcome, "locale")["message"], "LC_ALL=C, which is not UTF-8");
    assert!(
        check(&outcome, "credential")["hint"]
            .as_str()
            .unwrap()
            .contains("a space")
    );
    assert!(
        outcome
            .stderr
            .contains("DASHSCOPE_API_KEY: removed what is not part of the value (quotes,")
    );
    let proxy = check(&outcome, "proxy");
    assert_eq!(
        proxy["message"],
        "http://me:***@proxy.example.com:8080 from $HTTPS_PROXY, for all but loopback"
    );
    let path = check(&outcome, "path");
    assert_eq!(path["state"], "warning");
    assert!(
        path["message"]
            .as_str()
            .unwrap()
            .contains("cwd/qwen, which is another program"),
        "{path}"
    );
    assert!(
        !outcome.text().contains("quo ted") && !outcome.text().contains("hunter2"),
        "{}",
        outcome.text()
    );
}

#[test]
fn the_store_is_opened_where_there_is_one() {
    let qwen = Qwen::new();
    let asked = qwen.clone().args(["-p", "demo", "complete", "help"]).run();
    assert_eq!(asked.code, 0);
    let outcome = qwen.clone().args(["-p", "demo", "doctor", "--json"]).run();
    assert!(
        check(&outcome, "store")["message"]
            .as_str()
            .unwrap()
            .contains("conversations.db is intact, ")
    );
    let fresh = Qwen::new().args(["-p", "demo", "doctor", "--json"]);
    let outcome = fresh.run();
    assert!(
        check(&outcome, "store")["message"]
            .as_str()
            .unwrap()
            .starts_with("nothing is saved yet")
    );
    assert!(!fresh.qwen_home().join("data").exists(), "looking made a store");
}

#[test]
fn a_store_that_is_damaged_after_its_first_page_is_set_aside_and_reported() {
    let qwen = Qwen::new();
    for question in ["help", "again"] {
        assert_eq!(qwen.clone().args(["-p", "demo", "complete", question]).run().code, 0);
    }
    crate::faults::damage(&qwen);
    let doctor = qwen.args(["-p", "demo", "doctor", "--json"]);
    let outcome = doctor.run();
    let store = check(&outcome, "store");
    let told = store["message"].as_str().unwrap();
    assert_eq!((outcome.code, store["state"].as_str()), (0, Some("warning")));
    assert!(told.contains("conversations.db.damaged-"), "{told}");
    let outcome = doctor.run();
    assert_eq!(check(&outcome, "store")["state"], "ok");
}

#[test]
fn on_a_terminal_it_is_coloured_and_knows_its_size() {
    let server = lists(&[]);
    let mut terminal = doctor(&server, &[]).pty(40, 150);
    terminal.wait_for("150 × 40, 256 colours (TERM xterm-256color)");
    assert_eq!(terminal.exit_code(), 0);
    assert!(
        terminal.bytes().windows(6).any(|bytes| bytes == b"\x1b[32mo"),
        "no green: {:?}",
        String::from_utf8_lossy(&terminal.bytes())
    );
}

#[test]
fn a_terminal_that_gets_sixels_is_reported() {
    let server = lists(&[]);
    let qwen = doctor(&server, &[]).config("pictures = \"sixel\"\n");
    let mut terminal = qwen.pty(40, 150);
    terminal.wait_for("shows pictures (sixel) (TERM ");
    terminal.exit_code();
}

#[test]
fn a_base_url_without_its_version_or_with_an_endpoint_is_reported() {
    let models = json!({"data": [{"id": "m"}]});
    let list = |path: &str| Connection::new().expect("GET", path).json(200, &models);
    let nothing = |path: &str| {
        Connection::new()
            .expect("GET", path)
            .json(404, &json!({"detail": "Not Found"}))
    };
    let run = |server: &Server, tail: &str| {
        let base = format!("http://{}{tail}", server.address());
        let qwen = Qwen::new().args(["-p", "local", "--base-url", &base, "doctor", "--json"]);
        let outcome = qwen.run();
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let check = check(&outcome, "server");
        (
            check["state"].as_str().unwrap().to_owned(),
            check["hint"].as_str().map(str::to_owned),
        )
    };
    let server = Server::plays([nothing("/models"), list("/v1/models")]);
    let hint = format!("using http://{}/v1; set it as the base URL", server.address());
    assert_eq!(run(&server, "/"), ("warning".to_owned(), Some(hint)));
    let server = Server::plays([nothing("/models"), nothing("/v1/models")]);
    let hint = format!("check the base URL http://{}", server.address());
    assert_eq!(run(&server, ""), ("warning".to_owned(), Some(hint)));
    let server = Server::plays([list("/v1/models")]);
    assert_eq!(run(&server, "/v1/chat/completions/"), ("ok".to_owned(), None));
}
