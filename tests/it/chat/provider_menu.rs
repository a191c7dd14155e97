//! `chat` without a credential: the menu.

use std::os::unix::fs::PermissionsExt;

use super::{PROMPT, answering};
use crate::harness::Qwen;

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
    pty.type_keys("\x04");
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
    pty.type_keys("\x04").wait_for("error: no credential found");
    assert_eq!(pty.exit_code(), 3);
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
