//! How the web site's refusals are told: kind, words, hint, and what may never be shown.

use qwen_cli::backend::wire::web::is_bot_check;
use qwen_cli::backend::wire::{Refusal, Retry, Wire};
use qwen_cli::error::Kind;

use crate::play::{head, read, read_json};
use crate::web::{fine, v2};

pub(crate) fn refused(case: &str) -> Refusal {
    let head = head(&read_json(&format!("web/{case}/head.json")));
    let path = ["json", "html"]
        .map(|extension| format!("web/{case}/reply.{extension}"))
        .into_iter()
        .find(|path| crate::play::fixtures().join(path).is_file())
        .unwrap();
    v2().refusal(&head, &read(&path)).unwrap()
}

#[test]
fn the_bot_check_says_what_can_be_done_and_never_its_address() {
    for case in [
        "200-validate",
        "200-waf",
        "check-address-only",
        "check-page-405",
        "check-page-504",
    ] {
        let refusal = refused(case);
        assert!(is_bot_check(&refusal), "{case}");
        assert_eq!((refusal.kind, refusal.retry), (Kind::Auth, Retry::Never), "{case}");
        let hint = refusal.hint.clone().unwrap().to_string();
        assert!(hint.contains("browser") && hint.contains("-p dashscope"), "{hint}");
        let shown = format!("{refusal:?}");
        assert!(
            !shown.contains("punish") && !shown.contains("PLACEHOLDER"),
            "{case}: {shown}"
        );
    }
    assert!(!is_bot_check(&refused("503")));
    assert!(!is_bot_check(&refused("200-unauthorized")));
}

#[test]
fn refusals_are_told_so_that_one_knows_what_to_do() {
    let cases = [
        (
            "200-ratelimited",
            "the site's limit is reached, and it asks to wait 6 hours (429): Placeholder: upper limit for today's usage.",
            "-p dashscope",
        ),
        (
            "200-bad-request",
            "the site refused the request (400): Internal error...",
            "--think",
        ),
        (
            "200-unauthorized",
            "the site did not accept the token (401): Placeholder: token has expired, log in again.",
            "auth login -p web",
        ),
        (
            "200-chat-in-progress",
            "an earlier answer in this chat is still running (400): The chat is in progress!",
            "stop it",
        ),
        (
            "model-not-found",
            "the site has no such model (404): Model not found",
            "qwen models",
        ),
        (
            "503",
            "the site is not to be had (503): 503 Service Temporarily Unavailable",
            "region",
        ),
        ("page-200", "the site's reply made no sense: Maintenance", "later"),
    ];
    for (case, message, hint) in cases {
        let refusal = refused(case);
        assert_eq!(refusal.message, message, "{case}");
        let given = refusal.hint.unwrap_or_default().to_string();
        assert!(given.contains(hint), "{case}: {given}");
    }
    assert_eq!(
        refused("200-ratelimited").request_id.as_deref(),
        Some("00000000-0000-4000-8000-0000000000e1")
    );
    let web = v2();
    assert!(web.has_lost(&refused("200-not-found")));
    assert!(!web.has_lost(&refused("model-not-found")));
    assert!(!web.has_lost(&refused("200-unauthorized")));
}

#[test]
fn a_reply_without_any_text_is_a_failure_and_not_an_empty_answer() {
    let mut decoder = v2().decoder(&fine());
    let created = br#"{"response.created":{"chat_id":"c","response_id":"r","response_index":"0"}}"#;
    decoder.payload(created, &mut Vec::new()).unwrap();
    assert_eq!(decoder.end(true, &mut Vec::new()), None);
    let no = decoder.failed_end(true).unwrap();
    assert_eq!(
        (no.kind, no.message.to_string().as_str()),
        (Kind::Server, "the site opened an answer and sent no text")
    );
    assert_eq!(decoder.failed_end(false), None);
}
