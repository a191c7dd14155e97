//! How an answer ends, on each protocol: its reason, an error beside it, and what follows it.

use crate::Finish;
use crate::error::{ErrorKind, Rejection};
use serde_json::json;

use super::every_protocol::{came, chunk, generation, notices, protocols};

#[test]
fn an_error_beside_an_answer_is_an_error() {
    let limit = json!({"code": 429, "message": "Rate limit exceeded"});
    let [compatible, local, native, ..] = &protocols()[..] else {
        panic!("five protocols")
    };
    for protocol in [compatible, local] {
        let beside = [
            json!({"choices": [], "error": limit}),
            json!({"choices": [{"delta": {"content": "pha"}, "finish_reason": "error"}], "error": limit}),
            json!({"choices": [{"delta": {"content": "pha"}, "finish_reason": "stop", "error": limit}]}),
            json!({"choices": [{"delta": {"content": "pha"}}], "code": 429, "message": "Rate limit exceeded"}),
            json!({"choices": [{"delta": {"content": "pha"}}], "error": "Rate limit exceeded"}),
        ];
        for (at, error) in beside.iter().enumerate() {
            let played = protocol.plays(&[(protocol.text)("Al").to_string(), error.to_string()]);
            let no = played.error.as_ref().unwrap_or_else(|| panic!("{error}"));
            assert_eq!(
                (no.status(), no.kind(), no.is_retryable(), no.message()),
                (Some(429), ErrorKind::RateLimit, true, "Rate limit exceeded"),
                "{error}"
            );
            assert_eq!(came(&played).0, if at == 0 { "Al" } else { "Alpha" }, "{error}");
        }
        let whole = json!({"choices": [{"message": {"content": "Al"}, "finish_reason": "error", "error": limit}]});
        let played = protocol.answers(&whole.to_string());
        assert_eq!(
            (came(&played).0.as_str(), played.error.unwrap().status()),
            ("Al", Some(429))
        );
        // Nothing is wrong here.
        for fine in [
            json!({"error": null, "code": 200, "message": "ok", "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}),
            json!({"error": {}, "code": "Success", "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}),
        ] {
            let played = protocol.answers(&fine.to_string());
            assert_eq!(
                (played.error.is_none(), came(&played).0.as_str()),
                (true, "a"),
                "{fine}"
            );
        }
    }
    let beside = |text: &str| {
        let mut payload = (native.text)(text);
        payload["code"] = "Throttling.RateQuota".into();
        payload["message"] = "Requests rate limit exceeded".into();
        payload.to_string()
    };
    for played in [
        native.plays(&[(native.text)("Al").to_string(), beside("pha")]),
        native.answers(&beside("Alpha")),
    ] {
        assert_eq!(came(&played).0, "Alpha");
        let error = played.error.unwrap();
        assert_eq!(
            (error.status(), error.kind(), error.code()),
            (Some(429), ErrorKind::RateLimit, Some("Throttling.RateQuota"))
        );
    }
    let mut fine = generation(json!({"content": "a"}), "stop");
    fine["code"] = "".into();
    fine["message"] = "".into();
    assert!(native.answers(&fine.to_string()).error.is_none());
}

#[test]
fn other_words_for_the_end_mean_what_they_mean() {
    let protocols = protocols();
    for protocol in &protocols[..3] {
        let ends = |word: &str| {
            let end = match protocol.name {
                "native" => generation(json!({"content": ""}), word),
                _ => chunk(json!({}), Some(word)),
            };
            protocol.plays(&[(protocol.text)("x").to_string(), end.to_string()])
        };
        for (word, finish) in [
            ("max_tokens", Finish::Length),
            ("eos", Finish::Stop),
            ("SAFETY", Finish::ContentFilter),
            // No call came.
            ("tool_use", Finish::Stop),
            ("who knows", Finish::Other("who knows".into())),
        ] {
            assert_eq!(came(&ends(word)).2, Some(finish), "{}: {word}", protocol.name);
        }
        for word in ["error", "network_error"] {
            let played = ends(word);
            assert_eq!(came(&played), ("x".into(), String::new(), None), "{}", protocol.name);
            let error = played.error.unwrap();
            assert_eq!(
                (error.cause(), error.message(), error.is_retryable()),
                (&Rejection::ServerError.into(), word, true),
                "{}: {word}",
                protocol.name
            );
        }
    }
}

/// A proxy that loses the server ends the body in good order over HTTP/2.
#[test]
fn a_place_for_the_reason_that_stays_empty_is_a_cut() {
    let local = &protocols()[1];
    let played = local.plays(&[(local.text)("Hi").to_string()]);
    assert_eq!(came(&played), ("Hi".into(), String::new(), None));
    assert!(played.error.is_none());
    let without = json!({"choices": [{"delta": {"content": "Hi"}}]}).to_string();
    let played = local.plays(&[without]);
    assert_eq!((came(&played).2, notices(&played)), (Some(Finish::Unstated), 1));
    let v1 = &protocols()[4];
    let played = v1.plays(&[(v1.text)("Hi").to_string()]);
    assert_eq!(came(&played).2, None);
    assert!(played.error.is_none());
    let without = json!({"choices": [{"delta": {"content": "Hi"}}]}).to_string();
    assert_eq!(came(&v1.plays(&[without])).2, Some(Finish::Stop));
}

/// Frames that follow the finish reason, and what the text is then.
#[test]
fn words_that_follow_the_finish_reason_belong_to_the_answer_and_errors_do_not_spoil_it() {
    for protocol in protocols() {
        let text = |text: &str| (protocol.text)(text).to_string();
        let error = r#"{"error":{"message":"oops","code":"internal_error"}}"#.to_owned();
        let flat = r#"{"code":"InternalError","message":"oops","request_id":"r"}"#.to_owned();
        let site = r#"{"success":false,"data":{"code":"internal_error","details":"oops"}}"#.to_owned();
        let stopped = r#"{"response.stopped":{"chat_id":"c"}}"#.to_owned();
        let network_error = match protocol.name {
            "native" => generation(json!({"content": ""}), "network_error"),
            _ => chunk(json!({}), Some("network_error")),
        };
        let odd = || ["DONE", "{\"choices\":[}", "{}", "[]", "{\"output\":7"].map(str::to_owned);
        for (late, whole) in [
            (vec![], "Alpha"),
            (vec![text(", be"), text("ta.")], "Alpha, beta."),
            (
                vec![
                    error.clone(),
                    flat,
                    site,
                    stopped,
                    network_error.to_string(),
                    text(" and on"),
                ],
                "Alpha and on",
            ),
            (odd().to_vec(), "Alpha"),
            ([odd().as_slice(), &[text(".")]].concat(), "Alpha."),
            // The whole text again, as in a last message.
            (vec![text("Alpha")], "Alpha"),
            (vec![text("!"), text("Alpha!")], "Alpha!"),
            (vec![text("Al")], "AlphaAl"),
            (vec![protocol.end.to_string(), error, protocol.end.to_string()], "Alpha"),
        ] {
            let said = [text("Al"), text("ph"), text("a"), protocol.end.to_string()];
            let played = protocol.plays(&[said.as_slice(), &late].concat());
            assert!(
                played.error.is_none(),
                "{}: {late:?}: {:?}",
                protocol.name,
                played.error
            );
            assert_eq!(
                came(&played),
                (whole.into(), String::new(), Some(Finish::Stop)),
                "{}: {late:?}",
                protocol.name
            );
        }
    }
}

/// Some servers state a reason in each frame.
#[test]
fn the_reason_beside_the_last_words_is_the_true_one() {
    let local = &protocols()[1];
    let chunk = |text: &str, reason: &str| chunk(json!({"content": text}), Some(reason)).to_string();
    let played = local.plays(&[chunk("Al", "stop"), chunk("pha", "stop"), chunk(" be", "length")]);
    assert_eq!(came(&played), ("Alpha be".into(), String::new(), Some(Finish::Length)));
    let played = local.plays(&[chunk("Alpha", "length"), chunk("", "stop")]);
    assert_eq!(came(&played), ("Alpha".into(), String::new(), Some(Finish::Length)));
}
