//! Frames that say nothing, on each protocol.

use crate::Finish;
use crate::error::Malformed;

use super::every_protocol::{came, protocols};

#[test]
fn frames_that_say_nothing_are_nothing() {
    const NOTHING: [&str; 15] = [
        "",
        " ",
        "ping",
        "{}",
        "[]",
        "null",
        "\"\"",
        "0",
        r#"{"type":"ping"}"#,
        r#"{"hook_results":{"before_request_hooks":[]},"provider":"x"}"#,
        r#"{"choices":null,"output":null}"#,
        r#"{"choices":[],"output":{}}"#,
        r#"{"choices":[{"delta":[]}],"output":{"choices":[]}}"#,
        r#"{"choices":[{"delta":null,"finish_reason":null}],"output":{"choices":[{"message":null}]}}"#,
        r#"{"choices":[null],"output":{"choices":[null]},"usage":null,"id":7,"model":7,"request_id":7}"#,
    ];
    for protocol in protocols() {
        for nothing in NOTHING {
            let nothing = nothing.to_owned();
            let said = [(protocol.text)("Al"), (protocol.text)("pha")].map(|payload| payload.to_string());
            let [first, second] = said;
            let payloads = [
                nothing.clone(),
                first,
                nothing.clone(),
                second,
                protocol.end.to_string(),
            ];
            let played = protocol.plays(&payloads);
            assert!(played.error.is_none(), "{}: {nothing}", protocol.name);
            assert_eq!(
                came(&played),
                ("Alpha".to_owned(), String::new(), Some(Finish::Stop)),
                "{}: {nothing}",
                protocol.name
            );
        }
    }
}

#[test]
fn a_stream_of_empty_frames_alone_is_malformed() {
    for protocol in protocols() {
        for nothing in ["ping", r#"{"type":"ping"}"#] {
            let played = protocol.plays(&[nothing.to_owned(), "{}".to_owned()]);
            let error = played.error.unwrap();
            assert_eq!(error.cause(), &Malformed::Unreadable.into(), "{}", protocol.name);
            assert_eq!((error.message(), error.is_retryable()), (nothing, false));
        }
        // Half a frame is no frame that says nothing: text is lost with it.
        let half = (protocol.text)("lost").to_string();
        let whole = (protocol.text)("kept").to_string();
        let played = protocol.plays(&[whole, half[..half.len() - 4].to_owned()]);
        assert!(played.error.is_some(), "{}", protocol.name);
    }
}
