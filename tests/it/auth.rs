//! `qwen auth`: credentials stored, looked at, removed, and never shown.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::harness::{KEY, Qwen};
use crate::server::{CHAT, Connection, MODELS, Server};

fn lists_models() -> Connection {
    let models = json!({"object": "list", "data": [{"id": "qwen-max"}, {"id": "qwen-plus"}]});
    Connection::new().expect("GET", MODELS).json(200, &models)
}

fn auth(args: &[&str]) -> Qwen {
    Qwen::new().args([&["auth"], args].concat())
}

fn with_server(qwen: Qwen, server: &Server) -> Qwen {
    qwen.env("QWEN_CLI_BASE_URL", &server.base_url())
}

fn stored(qwen: &Qwen) -> Option<String> {
    std::fs::read_to_string(qwen.qwen_home().join("credentials.toml")).ok()
}

#[test]
fn a_key_from_stdin_is_tried_and_stored_for_its_owner_alone() {
    let server = Server::plays([lists_models(), Connection::new().expect("POST", CHAT).answer(&["hi"])]);
    let qwen = with_server(auth(&["login"]), &server).stdin(format!("{KEY}\n"));
    let outcome = qwen.run();
    let told = "notice: DASHSCOPE_API_KEY is stored in [root]/qwen/credentials.toml; it can use 2 models\n";
    outcome.steady().expect(0, "", told);
    assert_eq!(stored(&qwen), Some(format!("DASHSCOPE_API_KEY = \"{KEY}\"\n")));
    let mode = std::fs::metadata(qwen.qwen_home().join("credentials.toml"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    qwen.args(["complete", "hello"]).run().expect_answer("hi\n");
    for request in server.finish() {
        assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    }
}

#[test]
fn a_key_that_is_refused_is_not_stored() {
    let refusal =
        Connection::new()
            .expect("GET", MODELS)
            .refuse(401, "invalid_api_key", "Incorrect API key provided. ");
    let server = Server::plays([refusal]);
    let qwen = with_server(auth(&["login"]), &server).stdin(KEY);
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.text()), (3, ""));
    let told =
        "error: the server did not accept the credential (401): Incorrect API key provided.; nothing was stored\n";
    assert!(outcome.stderr.starts_with(told), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains(KEY));
    assert_eq!(stored(&qwen), None);
}

#[test]
fn a_key_that_cannot_be_tried_is_stored_only_when_asked_to() {
    let unreachable = "http://127.0.0.1:9/compatible-mode/v1";
    let qwen = auth(&["login", "--retries", "0"])
        .env("QWEN_CLI_BASE_URL", unreachable)
        .stdin(KEY);
    qwen.run().expect(
        5,
        "",
        "error: cannot connect to 127.0.0.1:9: connection refused; nothing was stored\nhint: use --no-check to store it anyway\n",
    );
    assert_eq!(stored(&qwen), None);
    let outcome = qwen.clone().args(["auth", "login", "--no-check", "-q"]).run();
    outcome.expect_answer("");
    assert_eq!(stored(&qwen), Some(format!("DASHSCOPE_API_KEY = \"{KEY}\"\n")));
}

#[test]
fn nothing_and_more_than_a_line_are_no_credential() {
    for (given, told) in [
        (" \n", "no credential was given; nothing was stored"),
        (
            "a\nb\n",
            "a credential must be a single line without control characters; nothing was stored",
        ),
    ] {
        let qwen = auth(&["login"]).stdin(given);
        qwen.run().expect(2, "", &format!("error: {told}\n"));
        assert_eq!(stored(&qwen), None);
    }
}

#[test]
fn a_key_keeps_its_region() {
    let qwen = auth(&["login", "--no-check", "--region", "singapore"]).stdin(KEY);
    let told = "notice: DASHSCOPE_API_KEY (singapore) is stored in [root]/qwen/credentials.toml\n";
    qwen.run().steady().expect(0, "", told);
    let dry = ["-p", "dashscope", "complete", "--dry-run", "hi"];
    let url = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions";
    assert_eq!(qwen.clone().args(dry).run().json()["url"], url);
    let chosen = [&["--region", "us"], dry.as_slice()].concat();
    let url = "https://dashscope-us.aliyuncs.com/compatible-mode/v1/chat/completions";
    assert_eq!(qwen.clone().args(chosen).run().json()["url"], url);
    // The region of another key is not known.
    let url = "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions";
    let other = qwen.env("DASHSCOPE_API_KEY", "sk-other");
    assert_eq!(other.args(dry).run().json()["url"], url);
}

#[test]
fn a_typed_key_is_not_shown() {
    let server = Server::plays([lists_models()]);
    let qwen = with_server(auth(&["login"]), &server);
    let mut terminal = qwen.pty(10, 120);
    terminal.wait_for("DASHSCOPE_API_KEY for dashscope (not shown): ");
    terminal.type_keys(&format!("{KEY}\r")).wait_for("it can use 2 models");
    terminal.wait_for("model:").type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
    assert!(
        !terminal.scrollback().contains("placeholder"),
        "{}",
        terminal.scrollback()
    );
    assert_eq!(stored(&qwen), Some(format!("DASHSCOPE_API_KEY = \"{KEY}\"\n")));
}

#[test]
fn ctrl_c_at_the_question_leaves_the_echo_on() {
    let script = "trap : INT; \"$QWEN\" auth login; echo \"code $?\"; stty -a";
    let shell = Qwen::shell(script).env("QWEN", env!("CARGO_BIN_EXE_qwen"));
    let mut terminal = shell.pty(30, 120);
    terminal
        .wait_for("(not shown): ")
        .type_keys("\x03")
        .wait_for("code 130")
        .wait_for(" echo ");
    assert!(terminal.screen().contains(" icanon "), "{}", terminal.screen());
    terminal.exit_code();
}

#[test]
fn status_shows_origin_and_shape_and_never_the_value() {
    let qwen = auth(&["status"])
        .env("OPENAI_API_KEY", "hunter2")
        .file(".env", "QWEN_API_KEY=sk-sp-secret\n");
    let outcome = qwen.run();
    outcome.steady().expect(
        0,
        "dashscope         QWEN_API_KEY     a plan's key, sk-sp-…, 12 characters  from QWEN_API_KEY in [root]/cwd/.env\n\
         dashscope-native  QWEN_API_KEY     a plan's key, sk-sp-…, 12 characters  from QWEN_API_KEY in [root]/cwd/.env\n\
         web               QWEN_AUTH_TOKEN  not set\n\
         web               QWEN_COOKIE      not set\n\
         local             OPENAI_API_KEY   a value, 7 characters  from $OPENAI_API_KEY\n",
        "",
    );
}

#[test]
fn status_is_json_too() {
    let qwen = auth(&["login", "--no-check", "-q", "--region", "us"]).stdin(KEY);
    qwen.run().expect_answer("");
    let outcome = qwen.clone().args(["auth", "status", "--json"]).run();
    let list = outcome.steady().json();
    let shape = "an API key, sk-…, 14 characters";
    let origin = "[root]/qwen/credentials.toml";
    let first = json!({"provider": "dashscope", "variable": "DASHSCOPE_API_KEY", "shape": shape, "origin": origin, "region": "us"});
    assert_eq!(list[0], first);
    let local =
        json!({"provider": "local", "variable": "OPENAI_API_KEY", "shape": null, "origin": null, "region": null});
    assert_eq!(list[4], local);
    assert!(!outcome.text().contains(KEY));
}

#[test]
fn status_without_a_credential_shows_how_to_get_one() {
    let outcome = auth(&["status"]).run();
    assert_eq!(outcome.code, 3);
    assert!(
        outcome
            .text()
            .starts_with("dashscope         DASHSCOPE_API_KEY  not set\n"),
        "{}",
        outcome.text()
    );
    assert!(
        outcome.stderr.starts_with("error: no credential found\nhint: "),
        "{}",
        outcome.stderr
    );
}

#[test]
fn logout_removes_what_is_stored() {
    let qwen = auth(&["login", "--no-check", "-q"]).stdin(KEY);
    qwen.run().expect_answer("");
    qwen.clone()
        .args(["-p", "local", "auth", "login", "--no-check", "-q"])
        .stdin("mine")
        .run()
        .expect_answer("");
    let one = qwen.clone().args(["-p", "local", "auth", "logout"]).run();
    one.steady().expect(
        0,
        "",
        "notice: OPENAI_API_KEY is removed from [root]/qwen/credentials.toml\n",
    );
    assert_eq!(
        stored(&qwen),
        Some(format!(
            "DASHSCOPE_API_KEY = \"{KEY}\"\n\n[regions]\nDASHSCOPE_API_KEY = \"beijing\"\n"
        ))
    );
    let rest = qwen
        .clone()
        .env("DASHSCOPE_API_KEY", "sk-other")
        .args(["auth", "logout"])
        .run();
    rest.steady().expect(
        0,
        "",
        "notice: DASHSCOPE_API_KEY is removed from [root]/qwen/credentials.toml\nnotice: $DASHSCOPE_API_KEY is still used\n",
    );
    assert_eq!(stored(&qwen), None);
    qwen.args(["auth", "logout"])
        .run()
        .expect(0, "", "notice: nothing was stored\n");
}

#[test]
fn a_file_that_others_can_read_is_not_used() {
    let qwen = auth(&["login", "--no-check", "-q"]).stdin(KEY);
    qwen.run().expect_answer("");
    let path = qwen.qwen_home().join("credentials.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let outcome = qwen.args(["-p", "dashscope", "complete", "hi"]).run();
    assert_eq!(outcome.code, 3);
    let told = "notice: [root]/qwen/credentials.toml is readable by other users and is not used; run chmod 600 on it and replace its keys\nerror: no credential for dashscope\n";
    assert!(outcome.steady().stderr.starts_with(told), "{}", outcome.stderr);
}

#[test]
fn a_base_url_of_a_project_gets_no_stored_key() {
    let qwen = auth(&["login", "--no-check", "-q"]).stdin(KEY);
    qwen.run().expect_answer("");
    let qwen = qwen.file(".env", "QWEN_CLI_BASE_URL=http://127.0.0.1:9/compatible-mode/v1\n");
    let outcome = qwen.args(["-p", "dashscope", "complete", "hi"]).run();
    assert_eq!(outcome.code, 3);
    assert!(outcome.stderr.contains("it is not sent there"), "{}", outcome.stderr);
}

#[cfg(not(feature = "keyring"))]
#[test]
fn a_build_without_the_keyring_explains_how_to_build_one_with_it() {
    let hint = "hint: build one with it: cargo install --path . --locked --features keyring\n";
    let qwen = auth(&["login", "--keyring"]).stdin(KEY);
    let told = "error: --keyring asks for the system keyring, but this qwen is built without keyring support\n";
    qwen.run().expect(2, "", &format!("{told}{hint}"));
    assert_eq!(stored(&qwen), None);
    // Another build kept it there.
    let path = qwen.qwen_home().join("credentials.toml");
    std::fs::write(&path, "keyring = [\"DASHSCOPE_API_KEY\"]\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let missing = "DASHSCOPE_API_KEY is in the system keyring, but this qwen is built without keyring support";
    let told = format!("error: {missing}\n{hint}");
    qwen.clone()
        .args(["-p", "dashscope", "complete", "hi"])
        .run()
        .expect(2, "", &told);
    qwen.clone().args(["auth", "logout"]).run().expect(2, "", &told);
    let outcome = qwen.clone().args(["auth", "status"]).run();
    let line = format!("dashscope         DASHSCOPE_API_KEY  {missing}\n");
    assert!(outcome.code == 2 && outcome.text().starts_with(&line), "{outcome:?}");
    let other = qwen
        .env("DASHSCOPE_API_KEY", "sk-other")
        .args(["-p", "dashscope", "complete", "--dry-run", "hi"]);
    assert_eq!(other.run().code, 0);
}

#[test]
fn a_default_model_is_chosen_on_a_terminal() {
    let server = Server::plays([lists_models()]);
    let qwen = with_server(auth(&["login"]), &server);
    let mut terminal = qwen.pty(20, 120);
    terminal.wait_for("https://bailian.console.aliyun.com/?tab=model#/api-key (China)");
    terminal.wait_for("(not shown): ").type_keys(&format!("{KEY}\r"));
    terminal.wait_for("model:").type_keys("qwen-plus\r");
    terminal.wait_for("qwen-plus is stored as providers.dashscope.model");
    assert_eq!(terminal.exit_code(), 0);
    let dry = qwen.args(["-p", "dashscope", "complete", "--dry-run", "hi"]).run();
    assert_eq!(dry.json()["body"]["model"], "qwen-plus");
}

#[test]
fn an_address_that_was_given_is_stored_with_the_key() {
    let server = Server::plays([lists_models(), Connection::new().expect("POST", CHAT).answer(&["hi"])]);
    let base_url = server.base_url();
    let qwen = auth(&["login", "--base-url", &base_url]).stdin(KEY);
    let told = "notice: DASHSCOPE_API_KEY is stored in [root]/qwen/credentials.toml; it can use 2 models\n\
                notice: http://127.0.0.1:[port]/compatible-mode/v1 is stored as providers.dashscope.base_url\n";
    qwen.run().steady().expect(0, "", told);
    qwen.args(["complete", "hello"]).run().expect_answer("hi\n");
}
