//! Credentials stored and looked at: `qwen auth` and `qwen doctor`.

use super::*;

fn lists() -> Connection {
    Connection::new().expect("GET", LIST).json(200, &reply("v2-models"))
}

#[test]
fn token_and_cookie_are_stored_together_and_removed_with_what_they_were_renewed_to() {
    let server = Server::plays([lists(), opens(), answers("plain")]);
    let qwen = web(&server, &["auth", "login"])
        .without("QWEN_AUTH_TOKEN")
        .without("QWEN_COOKIE");
    let file = qwen.qwen_home().join("credentials.toml");
    let place = file.display();
    let given = format!("Bearer {TOKEN}\n{COOKIE}\n");
    qwen.clone().stdin(given).run().expect(
        0,
        "",
        &format!(
            "notice: QWEN_AUTH_TOKEN: removed what is not part of the value (quotes, Bearer and the like)\n\
             notice: the site responds; whether this account may chat shows only when a message is sent\n\
             notice: QWEN_AUTH_TOKEN is stored in {place}\nnotice: QWEN_COOKIE is stored in {place}\n"
        ),
    );
    let qwen = qwen.args(["-p", "web", "-m", "qwen3.7-plus", "complete", "hi"]);
    qwen.run().expect_answer(HELLO);
    let asked = &server.finish()[2];
    assert_eq!(asked.header("cookie"), Some("token=PLACEHOLDER_TOKEN; cna=PLACEHOLDER"));

    let stored = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{stored}QWEN_WEB_RENEWED = \"x\"\n")).unwrap();
    // The home is removed when it is dropped.
    let home = qwen.clone();
    let outcome = qwen.args(["-p", "web", "auth", "logout"]).run();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(!file.exists(), "{}", std::fs::read_to_string(&file).unwrap());
    assert!(home.qwen_home().exists());
}

#[test]
fn a_login_that_meets_the_check_stores_nothing() {
    let server = Server::plays([recorded(Connection::new().expect("GET", LIST), "web", "200-waf")]);
    let qwen = web(&server, &["auth", "login"]).stdin(format!("{TOKEN}\n{COOKIE}\n"));
    let outcome = qwen.run();
    assert_eq!(outcome.code, 3);
    assert!(
        outcome
            .stderr
            .starts_with("error: chat.qwen.ai asks for a check that only a browser can pass; nothing was stored\n"),
        "{}",
        outcome.stderr
    );
    assert!(!qwen.qwen_home().join("credentials.toml").exists());
    server.finish();
}

#[test]
fn doctor_notes_that_a_model_list_is_no_proof_of_the_token() {
    let server = Server::plays([lists()]);
    let outcome = web(&server, &["doctor"]).run();
    let text = outcome.text();
    assert!(
        text.contains("this does not prove that this account may chat"),
        "{text}"
    );
    assert!(
        text.contains("QWEN_AUTH_TOKEN (a value, 17 characters) from $QWEN_AUTH_TOKEN"),
        "{text}"
    );
    assert!(text.contains("when the token expires is unknown"), "{text}");
    assert!(!text.contains(TOKEN) && !text.contains("PLACEHOLDER"), "{text}");
    server.finish();
}
