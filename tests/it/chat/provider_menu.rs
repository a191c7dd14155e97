//! `chat` without a credential: the menu.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::{PROMPT, answering};
use crate::harness::{KEY, Qwen};
use crate::server::{CHAT, Connection, MODELS, Server};

#[test]
fn a_key_is_read_without_echo_and_stored_for_its_owner_alone() {
    let qwen = Qwen::new().args(["chat"]);
    let mut pty = qwen.pty(24, 80);
    pty.wait_for("an API key of Alibaba Cloud Model Studio")
        .wait_for("provider:")
        .type_keys("dashscope\r");
    pty.wait_for("it is not shown")
        .type_keys("sk-placeholder\r")
        .wait_for(PROMPT);
    assert!(!String::from_utf8_lossy(&pty.bytes()).contains("sk-place"));
    let file = qwen.qwen_home().join("credentials.toml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    pty.type_keys("\x15\x04");
    assert_eq!(pty.exit_code(), 0);
    // It is used from then on, by every command.
    let server = answering(1);
    let qwen = qwen
        .env("QWEN_CLI_BASE_URL", &server.base_url())
        .args(["complete", "hi"]);
    qwen.run().expect_answer("answer 1\n");
    assert_eq!(server.request().header("authorization"), Some("Bearer sk-placeholder"));
}

#[test]
fn the_demo_needs_no_key() {
    let mut pty = Qwen::new().pty(24, 80);
    pty.wait_for("provider:").type_keys("demo\r").wait_for(PROMPT);
    pty.type_keys("hello\r").wait_for("This is the demo");
}

#[test]
fn ctrl_d_leaves_and_reports_the_missing_credential() {
    let mut pty = Qwen::new().args(["chat"]).pty(24, 80);
    pty.wait_for("provider:").type_keys("9\r").wait_for("no match");
    pty.type_keys("\x15\x04").wait_for("error: no credential found");
    assert_eq!(pty.exit_code(), 3);
}

#[test]
fn what_no_provider_is_called_says_which_key_leaves() {
    for (name, value, key) in [("TERM", "xterm-256color", "Esc"), ("TERM", "dumb", "Enter")] {
        let mut pty = Qwen::new().args(["chat"]).env(name, value).pty(24, 80);
        pty.wait_for("provider:").type_keys("nosuch\r");
        pty.wait_for(&format!("no match; press {key} to cancel"));
        pty.wait_screen("the question", |screen| {
            screen.trim_end().ends_with("provider:") || key == "Esc"
        });
        pty.type_keys(if key == "Esc" { "\x1b" } else { "\r" });
        pty.wait_for("error: no credential found");
        assert_eq!(pty.exit_code(), 3);
    }
}

#[test]
fn what_doctor_finds_is_folded_under_its_columns() {
    let mut pty = Qwen::new().args(["doctor"]).pty(40, 60);
    pty.wait_for(
        "\nok       local       no server on this machine (ports 11434,\n                     8080, 8000, 1234)\n",
    );
    assert_eq!(pty.exit_code(), 3);
}

#[test]
fn ctrl_c_leaves_the_menu() {
    let mut pty = Qwen::new().args(["chat"]).pty(24, 80);
    pty.wait_for("provider:").type_keys("\x03");
    assert_eq!(pty.exit_code(), 130);
}

#[test]
fn a_key_that_others_can_read_is_not_used() {
    let qwen = Qwen::new().args(["complete", "hi"]);
    let file = qwen.qwen_home().join("credentials.toml");
    std::fs::write(&file, "DASHSCOPE_API_KEY = \"sk-placeholder\"\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let outcome = qwen.run();
    assert_eq!(outcome.code, 3);
    assert!(
        outcome.stderr.contains("is readable by other users"),
        "{}",
        outcome.stderr
    );
    assert!(!outcome.stderr.contains("sk-placeholder"));
}

/// A server that knows a key, as the config file names it.
fn knows_key(answers: &[&str]) -> (Server, String) {
    let list =
        json!({"object": "list", "data": [{"id": "qwen-max"}, {"id": "text-embedding-v4"}, {"id": "qwen3.8-flash"}]});
    let mut scripts = vec![Connection::new().expect("GET", MODELS).json(200, &list)];
    scripts.extend(
        answers
            .iter()
            .map(|answer| Connection::new().expect("POST", CHAT).answer(&[answer])),
    );
    let server = Server::plays(scripts);
    let config = format!("[providers.dashscope]\nbase_url = \"{}\"\n", server.base_url());
    (server, config)
}

#[test]
fn a_key_a_model_and_a_question_are_all_it_takes() {
    let (server, config) = knows_key(&["from the server"]);
    let qwen = Qwen::new().config(&config);
    let mut pty = qwen.pty(30, 100);
    pty.wait_for("https://bailian.console.aliyun.com/?tab=model#/api-key (China)")
        .wait_for("https://modelstudio.console.alibabacloud.com/?tab=model#/api-key (international)")
        .wait_for("provider:");
    pty.type_keys(&format!("{KEY}\r")).wait_for("Choose the default model:");
    // What the server recommends comes first, what does not chat not at all.
    pty.wait_for("qwen3.8-flash").wait_for("qwen-max").wait_for("model:");
    assert!(!pty.screen().contains("embedding"), "{}", pty.screen());
    let screen = pty.screen();
    let (_, rows) = screen.split_once("Choose the default model:\n").unwrap();
    assert!(rows.lines().all(|row| !row.trim_end().ends_with('*')), "{rows}");
    let [first, second] = ["qwen3.8-flash", "qwen-max"].map(|id| pty.screen().find(id));
    assert!(first < second, "{}", pty.screen());
    pty.type_keys("qwen3.8-flash\r").wait_for(PROMPT);
    pty.type_keys("hello\r").wait_for("from the server");
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
    assert!(
        !String::from_utf8_lossy(&pty.bytes()).contains("sk-p"),
        "{}",
        pty.scrollback()
    );
    let requests = server.finish();
    for request in &requests {
        assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    }
    assert_eq!(requests[1].json()["model"], "qwen3.8-flash");
    let stored = std::fs::read_to_string(qwen.qwen_home().join("config.toml")).unwrap();
    assert_eq!(stored, config + "model = \"qwen3.8-flash\"\n");
}

#[test]
fn a_key_that_is_pasted_in_brackets_is_taken_too() {
    let (_server, config) = knows_key(&[]);
    let mut pty = Qwen::new().config(&config).pty(30, 100);
    let pasted = format!("\x1b[200~DASHSCOPE_API_KEY='{KEY}'\x1b[201~");
    pty.wait_for("provider:").type_keys(&pasted).type_keys("\r");
    pty.wait_for("model:");
    assert!(
        !String::from_utf8_lossy(&pty.bytes()).contains("sk-p"),
        "{}",
        pty.scrollback()
    );
}

#[test]
fn a_key_that_is_refused_is_not_kept_and_asked_for_again() {
    let refusal =
        Connection::new()
            .expect("GET", MODELS)
            .refuse(401, "invalid_api_key", "Incorrect API key provided. ");
    let server = Server::plays([refusal]);
    let qwen = Qwen::new().config(&format!(
        "[providers.dashscope]\nbase_url = \"{}\"\n",
        server.base_url()
    ));
    let mut pty = qwen.pty(30, 100);
    pty.wait_for("provider:").type_keys(&format!("{KEY}\r"));
    pty.wait_for("error: the server did not accept the credential (401)")
        .wait_for("provider:");
    pty.type_keys("\x03");
    assert_eq!(pty.exit_code(), 130);
    assert!(!qwen.qwen_home().join("credentials.toml").exists());
}
