//! What the web site's refusals are, and what of them may never be shown.

use std::time::Duration;

use crate::error::{Cause, Error, ErrorKind, Malformed, Rejection, Service};
use crate::protocol::{ChatProtocol, HostedChats};

use super::play::{head, read, read_json};
use super::web::{fine, v2};

pub(crate) fn refused(case: &str) -> Error {
    let head = head(&read_json(&format!("web/{case}/head.json")));
    let path = ["json", "html"]
        .map(|extension| format!("web/{case}/reply.{extension}"))
        .into_iter()
        .find(|path| super::play::fixtures().join(path).is_file())
        .unwrap();
    v2().refusal(&head, &read(&path)).unwrap()
}

#[test]
fn the_bot_check_is_known_and_its_address_never_shown() {
    for case in [
        "200-validate",
        "200-waf",
        "check-address-only",
        "check-page-405",
        "check-page-504",
    ] {
        let error = refused(case);
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::BotCheck, false),
            "{case}"
        );
        let shown = format!("{error:?} {error} {}", error.message());
        assert!(
            !shown.contains("punish") && !shown.contains("PLACEHOLDER"),
            "{case}: {shown}"
        );
    }
    assert_ne!(refused("503").kind(), ErrorKind::BotCheck);
    assert_ne!(refused("200-unauthorized").kind(), ErrorKind::BotCheck);
}

#[test]
fn refusals_are_known_by_status_code_and_words() {
    use Rejection as R;
    let cases: [(&str, Cause, u16, &str); 7] = [
        (
            "200-ratelimited",
            R::RateLimit { hours: Some(6) }.into(),
            429,
            "Placeholder: upper limit for today's usage.",
        ),
        ("200-bad-request", R::UnnamedMember.into(), 400, "Internal error..."),
        (
            "200-unauthorized",
            R::Credential.into(),
            401,
            "Placeholder: token has expired, log in again.",
        ),
        (
            "200-chat-in-progress",
            R::ChatBusy.into(),
            400,
            "The chat is in progress!",
        ),
        ("model-not-found", R::ModelNotFound.into(), 404, "Model not found"),
        ("503", R::Unavailable.into(), 503, "503 Service Temporarily Unavailable"),
        ("page-200", Malformed::WebPage.into(), 200, "Maintenance"),
    ];
    for (case, cause, status, message) in cases {
        let error = refused(case);
        assert_eq!(
            (error.cause(), error.status(), error.message()),
            (&cause, Some(status), message),
            "{case}"
        );
        assert_eq!(error.service(), Service::WebSite, "{case}");
    }
    let limited = refused("200-ratelimited");
    assert_eq!(limited.request_id(), Some("00000000-0000-4000-8000-0000000000e1"));
    assert_eq!(limited.retry_after(), Some(Duration::from_secs(6 * 3600)));
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
    let error = decoder.failed_end(true).unwrap();
    assert_eq!(error.cause(), &Malformed::NoText.into());
    assert!(decoder.failed_end(false).is_none());
}
