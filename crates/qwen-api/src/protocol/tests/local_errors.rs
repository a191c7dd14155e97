//! Errors of local servers and gateways.

use crate::error::Rejection;
use crate::protocol::Head;
use serde_json::json;

use super::every_protocol::protocols;

#[test]
fn faults_of_the_request_and_of_the_key_are_known_behind_other_statuses() {
    let local = &protocols()[1];
    let error = |status: u16, message: &str| {
        let head = Head {
            status,
            ..Head::default()
        };
        local
            .protocol
            .refusal(&head, json!({"error": {"message": message}}).to_string().as_bytes())
            .unwrap()
    };
    for (status, message, rejection) in [
        (
            400,
            "Authentication Error, Invalid proxy server token passed.",
            Rejection::Credential,
        ),
        (
            500,
            "Authentication Error, No api key passed in.",
            Rejection::Credential,
        ),
        (400, "No connected db.", Rejection::MaybeCredential),
    ] {
        let error = error(status, message);
        assert_eq!(error.cause(), &rejection.into(), "{message}");
        assert_eq!(
            (error.status(), error.message(), error.is_retryable()),
            (Some(status), message, false)
        );
    }
    let message = "[{'type': 'literal_error', 'msg': \"Input should be 'text' or 'json_object'\"}]";
    let validation = error(500, message);
    assert_eq!(validation.cause(), &Rejection::Request.into());
    assert_eq!((validation.message(), validation.is_retryable()), (message, false));
    assert!(error(500, "boom").is_retryable());
    let body = br#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":18912,"n_ctx":2048}}"#;
    let head = Head {
        status: 400,
        ..Head::default()
    };
    let error = local.protocol.refusal(&head, body).unwrap();
    assert_eq!(error.cause(), &Rejection::ContextLength { limit: Some(2048) }.into());
}
