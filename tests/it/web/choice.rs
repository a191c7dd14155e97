//! Which provider, where it is, with which credentials, and which model.

use serde_json::{Value, json};

use super::*;
use crate::harness::KEY;

fn asked_model(server: Server) -> Value {
    server.finish().last().unwrap().json()["model"].clone()
}

#[test]
fn the_usual_model_is_asked_while_the_site_lists_it_and_the_list_is_kept() {
    let server = Server::plays([
        lists(&[("qwen3.8-max", true), ("qwen-max-latest", false)]),
        opens(),
        answers("plain"),
        opens(),
        answers("plain"),
    ]);
    let qwen = bare(&server, &["complete", "hi"]);
    qwen.run().expect_answer(HELLO);
    qwen.run().expect_answer(HELLO);
    assert_eq!(asked_model(server), "qwen-max-latest");
}

#[test]
fn else_the_first_it_lists() {
    let server = Server::plays([lists(&[("qwen3.8-max", true), ("b", true)]), opens(), answers("plain")]);
    bare(&server, &["complete", "hi"]).run().expect_answer(HELLO);
    assert_eq!(asked_model(server), "qwen3.8-max");
}

#[test]
fn a_list_that_is_not_to_be_had_stops_nothing() {
    let server = Server::plays([
        recorded(Connection::new().expect("GET", LIST), "web", "page-200"),
        opens(),
        answers("plain"),
    ]);
    bare(&server, &["--retries", "0", "complete", "hi"])
        .run()
        .expect_answer(HELLO);
    assert_eq!(asked_model(server), "qwen-max-latest");
}

#[test]
fn models_come_from_the_site_or_from_its_older_list() {
    let server = Server::plays([
        Connection::new()
            .expect("GET", LIST)
            .json(404, &json!({"detail": "Not Found"})),
        Connection::new()
            .expect("GET", "/api/models")
            .json(200, &reply("models")),
    ]);
    let outcome = bare(&server, &["models"]).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(
        outcome.text().starts_with("qwen3.8-max\nqwen3.7-plus\n"),
        "{}",
        outcome.text()
    );
    server.finish();
}

#[test]
fn what_a_model_can_do_is_the_site_s_word() {
    let server = Server::plays([Connection::new().expect("GET", LIST).json(200, &reply("v2-models"))]);
    let outcome = bare(&server, &["models", "show", "qwen3.7-plus", "--json"]).run();
    let model = outcome.json();
    assert_eq!(
        (&model["context_window"], &model["search"]),
        (&json!(1_000_000), &json!(true))
    );
    assert_eq!(model["inputs"], json!(["text", "image", "audio", "video"]));
    server.finish();
}

#[test]
fn a_key_is_preferred_to_an_account_and_an_account_to_a_local_server() {
    let server = Server::plays([]);
    let dry = |qwen: Qwen| {
        let outcome = qwen.args(["complete", "--dry-run", "hi"]).run();
        outcome.json()["url"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(dry(bare(&server, &[])), "completions?chat_id=NEW-CHAT");
    assert_eq!(dry(bare(&server, &[]).env("DASHSCOPE_API_KEY", KEY)), "completions");
    server.finish();
}

#[test]
fn the_site_is_the_default_and_without_credentials_there_is_a_way_in() {
    let qwen = Qwen::new().args(["-p", "web", "complete", "--dry-run", "hi"]);
    let outcome = qwen.clone().env("QWEN_AUTH_TOKEN", TOKEN).run();
    assert_eq!(
        outcome.json()["url"],
        "https://chat.qwen.ai/api/v2/chat/completions?chat_id=NEW-CHAT"
    );
    qwen.run().expect(
        3,
        "",
        "error: no credential for web\n\
         hint: an account of chat.qwen.ai (unofficial): export QWEN_AUTH_TOKEN=… and QWEN_COOKIE=…, from a browser\n\
         \x20     or try the program without a key: -p demo\n",
    );
}

#[test]
fn a_base_url_of_a_dotenv_file_gets_neither_that_is_not_from_there() {
    let server = Server::plays([]);
    let lines = format!("QWEN_CLI_BASE_URL={}\nQWEN_AUTH_TOKEN={TOKEN}\n", site(&server));
    let qwen = Qwen::new()
        .args(["-p", "web", "-m", "m", "complete", "hi"])
        .file(".env", &lines)
        .env("QWEN_COOKIE", COOKIE);
    let outcome = qwen.run();
    assert_eq!(outcome.code, 3);
    assert!(
        outcome
            .stderr
            .contains("the credential from $QWEN_COOKIE: it is not sent there"),
        "{}",
        outcome.stderr
    );
    server.finish();
    let server = Server::plays([opens(), answers("plain")]);
    let lines = format!(
        "QWEN_CLI_BASE_URL={}\nQWEN_AUTH_TOKEN={TOKEN}\nQWEN_COOKIE={COOKIE}\n",
        site(&server)
    );
    let qwen = Qwen::new()
        .args(["-p", "web", "-m", "m", "complete", "hi"])
        .allowed_dotenv(&lines);
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.text()), (0, HELLO), "{}", outcome.stderr);
    server.finish();
}

#[test]
fn stored_credentials_are_not_mixed_with_those_of_the_environment() {
    let stored = "QWEN_COOKIE = \"cna=STORED\"\n";
    let server = Server::plays([opens(), answers("plain")]);
    let qwen = web(&server, &["complete", "hi"]).without("QWEN_COOKIE");
    let file = qwen.qwen_home().join("credentials.toml");
    std::fs::write(&file, stored).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    qwen.run().expect_answer(HELLO);
    assert_eq!(server.finish()[1].header("cookie"), Some("token=PLACEHOLDER_TOKEN"));
}

#[test]
fn an_own_provider_names_its_own_credentials() {
    let server = Server::plays([opens(), answers("plain")]);
    let config = format!(
        "web_version = \"9.9.9\"\n[providers.mirror]\nprotocol = \"web\"\nbase_url = \"{}\"\n\
         api_key_env = \"MIRROR_TOKEN\"\ncookie_env = \"MIRROR_COOKIE\"\nmodel = \"m\"\n",
        site(&server)
    );
    let qwen = Qwen::new()
        .args(["-p", "mirror", "complete", "hi"])
        .config(&config)
        .env("QWEN_AUTH_TOKEN", TOKEN)
        .env("QWEN_COOKIE", COOKIE)
        .env("MIRROR_TOKEN", "PLACEHOLDER_MIRROR")
        .env("MIRROR_COOKIE", "cna=MIRROR");
    qwen.run().expect_answer(HELLO);
    let requests = server.finish();
    assert_eq!(requests[1].header("authorization"), Some("Bearer PLACEHOLDER_MIRROR"));
    assert_eq!(
        requests[1].header("cookie"),
        Some("token=PLACEHOLDER_MIRROR; cna=MIRROR")
    );
    assert_eq!(requests[1].header("version"), Some("9.9.9"));
    assert_eq!(requests[1].json()["model"], "m");
}

#[test]
fn credentials_do_not_cross_a_network_in_the_clear() {
    let qwen = Qwen::new()
        .args(["-p", "web", "--base-url", "http://chat.example.com", "complete", "hi"])
        .env("QWEN_COOKIE", COOKIE);
    qwen.run().expect(
        2,
        "",
        "error: refusing to send a credential over plain http:// to chat.example.com\n\
         hint: use https://, or --allow-http if the network is trusted\n",
    );
}
