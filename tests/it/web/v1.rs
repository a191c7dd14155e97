//! The older generation: one request, the whole history each time.

use serde_json::json;

use super::*;

const V1: &str = "/api/chat/completions";

#[test]
fn v1_asks_once_with_the_whole_history() {
    let answer = || recorded(Connection::new().expect("POST", V1), "web-v1", "plain");
    let server = Server::plays([answer(), answer()]);
    let qwen = web(&server, &["complete", "-t", "0.5", "Hi"]).config("web_api = \"v1\"\n");
    qwen.run().expect_answer("Hello.\n");
    let again = ["-p", "web", "-m", "qwen3.7-plus", "complete", "-c", "Again"];
    qwen.args(again).run().expect_answer("Hello.\n");
    let requests = server.finish();
    let asked = requests[1].json();
    let said: Vec<_> = asked["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| (message["role"].clone(), message["content"].clone()))
        .collect();
    assert_eq!(
        said,
        [
            (json!("user"), json!("Hi")),
            (json!("user"), json!("Hello.")),
            (json!("user"), json!("Again"))
        ]
    );
    assert_eq!(requests[0].json()["temperature"], json!(0.5));
}

#[test]
fn v1_refuses_in_its_own_words() {
    let server = Server::plays([recorded(Connection::new().expect("POST", V1), "web-v1", "401")]);
    let outcome = web(&server, &["complete", "Hi"]).config("web_api = \"v1\"\n").run();
    assert_eq!(outcome.code, 3);
    assert!(
        outcome
            .stderr
            .starts_with("error: the site did not accept the token from $QWEN_AUTH_TOKEN (401)"),
        "{}",
        outcome.stderr
    );
    server.finish();
}
