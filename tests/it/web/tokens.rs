//! Tokens that end: told, renewed, kept.

use base64::Engine;
use serde_json::json;

use super::*;

const RENEW: &str = "/api/v2/auths/refresh";

/// A token that ends at that second.
fn token(end: u64) -> String {
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json!({"exp": end}).to_string());
    format!("eyJhbGciOiJIUzI1NiJ9.{payload}.PLACEHOLDER")
}

const PAST: u64 = 1_790_000_000;
/// In some 500 years.
const FAR: u64 = 17_900_000_000;

fn renews(token: &str) -> Connection {
    let data = json!({"access_token": token, "refresh_token": "PLACEHOLDER_R1"});
    Connection::new().expect("GET", RENEW).json_with(
        200,
        &[
            ("set-cookie", "acw_tc=PLACEHOLDER; Path=/"),
            ("set-cookie", "refresh_token=PLACEHOLDER_R2; Path=/; HttpOnly"),
        ],
        &json!({"success": true, "data": data}),
    )
}

#[test]
fn an_expired_token_is_reported_before_it_is_used() {
    let server = Server::plays([opens(), answers("plain")]);
    let qwen = web(&server, &["complete", "hi"]).env("QWEN_AUTH_TOKEN", &token(PAST));
    qwen.run().expect(
        0,
        HELLO,
        "notice: the token expired on 2026-09-21 at 14:13 UTC, so the site will probably reject it: copy it again \
         (`qwen auth login -p web`)\n",
    );
    server.finish();
}

#[test]
fn a_token_that_ended_is_renewed_with_the_cookie_and_kept_for_the_next_run() {
    let (old, new) = (token(PAST), token(FAR));
    let server = Server::plays([renews(&new), opens(), answers("plain"), opens(), answers("plain")]);
    let qwen = web(&server, &["complete", "hi"])
        .env("QWEN_AUTH_TOKEN", &old)
        .env("QWEN_COOKIE", "cna=x; refresh_token=PLACEHOLDER_R0");
    qwen.run().expect_answer(HELLO);
    qwen.run().expect_answer(HELLO);
    let requests = server.finish();
    assert_eq!(requests[0].header("authorization"), None);
    assert_eq!(
        requests[0].header("cookie"),
        Some(format!("token={old}; cna=x; refresh_token=PLACEHOLDER_R0").as_str())
    );
    for request in &requests[1..] {
        assert_eq!(request.header("authorization"), Some(format!("Bearer {new}").as_str()));
        assert_eq!(
            request.header("cookie"),
            Some(format!("token={new}; cna=x; refresh_token=PLACEHOLDER_R2").as_str())
        );
    }
    let file = qwen.qwen_home().join("credentials.toml");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // New credentials from the user replace the renewed ones.
    let server = Server::plays([opens(), answers("plain")]);
    qwen.env("QWEN_AUTH_TOKEN", TOKEN)
        .env("QWEN_CLI_BASE_URL", &site(&server))
        .run()
        .expect_answer(HELLO);
    assert_eq!(
        server.finish()[1].header("authorization"),
        Some("Bearer PLACEHOLDER_TOKEN")
    );
}

#[cfg(feature = "keyring")]
#[test]
fn what_a_token_of_the_keyring_is_renewed_to_goes_there_too() {
    use crate::keyring::{Session, files_with};
    let (old, new) = (token(PAST), token(FAR));
    let server = Server::plays([renews(&new), opens(), answers("plain"), opens(), answers("plain")]);
    let qwen = web(&server, &["complete", "hi"])
        .without("QWEN_AUTH_TOKEN")
        .without("QWEN_COOKIE");
    let Some(session) = Session::start(&qwen) else { return };
    let on = session.on(&qwen);
    let both = format!("{old}\ncna=x; refresh_token=PLACEHOLDER_R0\n");
    let login = ["-p", "web", "auth", "login", "--keyring", "--no-check", "-q"];
    on.clone().args(login).stdin(both).run().expect_answer("");
    on.run().expect_answer(HELLO);
    on.run().expect_answer(HELLO);
    for request in &server.finish()[1..] {
        assert_eq!(request.header("authorization"), Some(format!("Bearer {new}").as_str()));
    }
    let path = qwen.qwen_home().join("credentials.toml");
    let names = "keyring = [\"QWEN_AUTH_TOKEN\", \"QWEN_COOKIE\", \"QWEN_WEB_RENEWED\"]\n";
    assert_eq!(std::fs::read_to_string(&path).unwrap(), names);
    for secret in [&old, &new, "PLACEHOLDER_R"] {
        assert_eq!(files_with(&qwen, secret), Vec::<String>::new());
    }
    on.clone()
        .args(["-p", "web", "auth", "logout", "-q"])
        .run()
        .expect_answer("");
    assert!(!path.exists());
}

#[test]
fn several_uploads_at_once_renew_once() {
    let new = token(FAR);
    let grant = || {
        Connection::new()
            .expect("POST", "/api/v2/files/getstsToken")
            .json(200, &reply("v2-sts-fail"))
    };
    let server = Server::plays([renews(&new), grant(), grant(), grant()]);
    let qwen = bare(&server, &["upload", "a", "b", "c"])
        .file("a", "one")
        .file("b", "two")
        .file("c", "three")
        .env("QWEN_AUTH_TOKEN", &token(PAST))
        .env("QWEN_COOKIE", "refresh_token=PLACEHOLDER_R0");
    assert_eq!(qwen.run().code, 7);
    server.finish();
}

#[test]
fn a_renewal_that_is_refused_ends_it() {
    let server = Server::plays([recorded(
        Connection::new().expect("GET", RENEW),
        "web",
        "200-unauthorized",
    )]);
    let qwen = web(&server, &["complete", "hi"])
        .env("QWEN_AUTH_TOKEN", &token(PAST))
        .env("QWEN_COOKIE", "refresh_token=PLACEHOLDER_R0");
    let outcome = qwen.run();
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

#[test]
fn a_failed_renewal_is_reported_and_the_old_token_used() {
    let server = Server::plays([
        recorded(Connection::new().expect("GET", RENEW), "web", "503"),
        opens(),
        answers("plain"),
    ]);
    let qwen = web(&server, &["complete", "hi"])
        .env("QWEN_AUTH_TOKEN", &token(PAST))
        .env("QWEN_COOKIE", "refresh_token=PLACEHOLDER_R0");
    qwen.run().expect(
        0,
        HELLO,
        "notice: the token could not be renewed: the site is unavailable (503): 503 Service Temporarily Unavailable\n",
    );
    server.finish();
}

#[test]
fn a_token_in_the_cookie_alone_is_enough_and_its_end_is_read() {
    let server = Server::plays([opens(), answers("plain")]);
    let cookie = format!("cna=x; token={}", token(FAR));
    let qwen = web(&server, &["complete", "hi"])
        .without("QWEN_AUTH_TOKEN")
        .env("QWEN_COOKIE", &cookie);
    qwen.run().expect_answer(HELLO);
    let requests = server.finish();
    assert_eq!(requests[1].header("authorization"), None);
    assert_eq!(requests[1].header("cookie"), Some(cookie.as_str()));
}

#[test]
fn the_word_bearer_is_removed_with_a_notice() {
    let server = Server::plays([opens(), answers("plain")]);
    web(&server, &["complete", "hi"])
        .env("QWEN_AUTH_TOKEN", "Bearer PLACEHOLDER_TOKEN")
        .run()
        .expect(
            0,
            HELLO,
            "notice: QWEN_AUTH_TOKEN: removed what is not part of the value (quotes, Bearer and the like)\n",
        );
    let requests = server.finish();
    assert_eq!(requests[0].header("authorization"), Some("Bearer PLACEHOLDER_TOKEN"));
}

#[test]
fn no_log_shows_the_token_or_a_part_of_the_cookie() {
    let (old, new) = (token(PAST), token(FAR));
    let echo = json!({"success": false, "data": {"code": "Bad_Request",
        "details": format!("{new} PLACEHOLDER_R2 PLACEHOLDER_R0")}});
    let server = Server::plays([renews(&new), Connection::new().expect("POST", OPEN).json(200, &echo)]);
    let qwen = web(&server, &["-vv", "complete", "hi"])
        .env("QWEN_AUTH_TOKEN", &old)
        .env("QWEN_COOKIE", "cna=x; refresh_token=PLACEHOLDER_R0");
    let outcome = qwen.run();
    assert_eq!(outcome.code, 7);
    assert!(outcome.stderr.contains("*** *** ***"), "{}", outcome.stderr);
    for secret in [&old, &new, "PLACEHOLDER_R0", "PLACEHOLDER_R1", "PLACEHOLDER_R2"] {
        assert!(!outcome.stderr.contains(secret), "{secret}: {}", outcome.stderr);
    }
    server.finish();
}
