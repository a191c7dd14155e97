//! The program's whole output for each refusal of the site.

use super::*;

const CHECK: &str = "error: chat.qwen.ai asks for a check that only a browser can pass\n\
    hint: open https://chat.qwen.ai in a browser, pass the check there and copy token and cookie again \
    (`qwen auth login -p web`); or use an API key with -p dashscope. Trying again soon makes it worse\n";

/// Asks a site that refuses so.
#[track_caller]
fn refused(case: &str, code: i32, stderr: &str) {
    let server = Server::plays([opens(), answers(case)]);
    web(&server, &["complete", "hi"]).run().expect(code, "", stderr);
    server.finish();
}

#[test]
fn the_bot_check_is_reported_in_each_shape_and_never_retried() {
    for (case, code) in [
        ("200-validate", "FAIL_SYS_USER_VALIDATE"),
        ("check-address-only", "FAIL_SYS_USER_VALIDATE"),
        ("check-in-stream", "FAIL_SYS_USER_VALIDATE"),
        ("200-waf", "waf_html"),
        ("check-page-405", "waf_html"),
        ("check-page-504", "waf_html"),
    ] {
        refused(case, 3, &format!("{CHECK}server: code {code}\n"));
    }
}

#[test]
fn the_bot_checks_address_is_in_no_log_and_no_redirect_is_reported() {
    let server = Server::plays([opens(), answers("200-validate")]);
    let outcome = web(&server, &["-vv", "complete", "hi"]).run();
    assert_eq!(outcome.code, 3);
    assert!(
        outcome.stderr.contains("the site's check for browsers"),
        "{}",
        outcome.stderr
    );
    assert!(!outcome.stderr.contains("punish"), "{}", outcome.stderr);
    server.finish();

    let check = "https://chat.qwen.ai/_____tmd_____/punish?x5secdata=PLACEHOLDER";
    let server = Server::plays([
        opens(),
        Connection::new().expect("POST", ASK).head(
            302,
            &[("location", check), ("content-length", "0"), ("connection", "close")],
        ),
    ]);
    let outcome = web(&server, &["-vv", "complete", "hi"]).run();
    assert_eq!(outcome.code, 3);
    assert!(!outcome.stderr.contains("punish"), "{}", outcome.stderr);
    server.finish();
}

#[test]
fn the_check_may_meet_the_first_call_or_the_list_too() {
    let server = Server::plays([recorded(Connection::new().expect("POST", OPEN), "web", "200-waf")]);
    let stderr = format!("{CHECK}server: code waf_html\n");
    web(&server, &["complete", "hi"]).run().expect(3, "", &stderr);
    server.finish();
    let server = Server::plays([recorded(Connection::new().expect("GET", LIST), "web", "200-waf")]);
    bare(&server, &["complete", "hi"]).run().expect(3, "", &stderr);
    server.finish();
}

#[test]
fn a_limit_of_hours_is_reported_and_not_waited_for() {
    refused(
        "200-ratelimited",
        4,
        "error: the site's limit is reached, and it asks to wait 6 hours (429): Placeholder: upper limit for today's \
         usage.\nhint: choose another model with -m, or use an API key with -p dashscope\n\
         server: code RateLimited, request id 00000000-0000-4000-8000-0000000000e1\n",
    );
}

#[test]
fn a_token_the_site_rejects_gets_a_hint_where_to_get_another() {
    refused(
        "200-unauthorized",
        3,
        "error: the site did not accept the token from $QWEN_AUTH_TOKEN (401): Placeholder: token has expired, log in again.\n\
         hint: log in to https://chat.qwen.ai in a browser, then copy token and cookie again: `qwen auth login -p web`\n\
         server: code Unauthorized, request id 00000000-0000-4000-8000-0000000000e1\n",
    );
}

#[test]
fn a_retired_model_names_the_nearest() {
    let server = Server::plays([
        opens(),
        answers("model-not-found"),
        Connection::new().expect("GET", LIST).json(200, &reply("v2-models")),
    ]);
    let outcome = bare(&server, &["-m", "qwen3.7-pls", "complete", "hi"]).run();
    assert_eq!(outcome.code, 7);
    assert!(
        outcome
            .stderr
            .starts_with("error: the site has no such model (404): Model not found\nhint: did you mean qwen3.7-plus? "),
        "{}",
        outcome.stderr
    );
    server.finish();
}

#[test]
fn an_answer_that_never_began_is_a_failure() {
    let server = Server::plays([opens(), answers("created-only")]);
    let outcome = web(&server, &["--retries", "0", "complete", "hi"]).run();
    assert_eq!(outcome.code, 6);
    assert!(
        outcome
            .stderr
            .starts_with("error: the site started an answer but sent no text\nhint: "),
        "{}",
        outcome.stderr
    );
    server.finish();
}

#[test]
fn a_redirect_gets_neither_token_nor_cookie() {
    let elsewhere = Server::plays([]);
    let place = format!("{}/login", site(&elsewhere));
    let server = Server::plays([Connection::new().expect("POST", OPEN).head(
        307,
        &[("location", &place), ("content-length", "0"), ("connection", "close")],
    )]);
    assert_eq!(web(&server, &["complete", "hi"]).run().code, 6);
    server.finish();
    elsewhere.finish();
    // Not even on the site itself.
    let server = Server::plays([Connection::new().expect("POST", OPEN).head(
        307,
        &[("location", "/login"), ("content-length", "0"), ("connection", "close")],
    )]);
    assert_eq!(web(&server, &["complete", "hi"]).run().code, 6);
    server.finish();
}
