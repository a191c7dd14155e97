//! What differs with servers on the user's own machine, beside the replies: errors, lists, cuts.

use crate::error::{Cause, Error, ErrorKind, Malformed, Rejection, Service};
use crate::protocol::openai::{Dialect, OpenAi};
use crate::protocol::{ChatProtocol, Head, ReplyDecoder};
use crate::{Event, Finish, Notice};

use super::play::{head, read, read_json};

fn protocol(dialect: Dialect) -> OpenAi {
    OpenAi {
        base_url: "http://127.0.0.1:11434/v1".into(),
        key: None,
        headers: Vec::new(),
        dialect,
        moved: Default::default(),
    }
}

fn refused(case: &str) -> Error {
    let head = head(&read_json(&format!("local/{case}/head.json")));
    let body = ["json", "txt", "html"]
        .iter()
        .find_map(|extension| {
            let path = format!("local/{case}/reply.{extension}");
            super::play::fixtures().join(&path).is_file().then(|| read(&path))
        })
        .unwrap();
    protocol(Dialect::Generic).refusal(&head, &body).unwrap()
}

#[test]
fn an_error_has_the_server_s_words_and_a_cause() {
    use Rejection as R;
    let cases: [(&str, Cause, u16, &str); 9] = [
        ("vllm-err-no-key", R::Credential.into(), 401, "Unauthorized"),
        ("transformers-422", R::Request.into(), 422, "JSON decode error"),
        ("transformers-500", R::ServerError.into(), 500, "Internal Server Error"),
        ("nginx-502", R::ServerError.into(), 502, "502 Bad Gateway"),
        ("mistralrs-404", R::NotFound.into(), 404, ""),
        ("llama-server-loading-503", R::ModelLoading.into(), 503, "Loading model"),
        (
            "llama-server-err-context",
            R::ContextLength { limit: Some(2048) }.into(),
            400,
            "request (18912 tokens) exceeds the available context size (2048 tokens), try increasing it",
        ),
        ("litellm-400-no-db", R::MaybeCredential.into(), 400, "No connected db."),
        ("mistralrs-200-empty", Malformed::Empty.into(), 200, ""),
    ];
    for (case, cause, status, message) in cases {
        let error = refused(case);
        assert_eq!(
            (error.cause(), error.status(), error.message()),
            (&cause, Some(status), message),
            "{case}"
        );
        assert_eq!(error.service(), Service::OpenAiCompatible, "{case}");
    }
}

#[test]
fn a_page_of_a_proxy_is_reported_by_its_title() {
    use ErrorKind::{Authentication, InvalidRequest, Server};
    for (status, page, kind, title) in [
        (
            401,
            "<html><head><title>401 Authorization Required</title></head>",
            Authentication,
            "401 Authorization Required",
        ),
        (
            413,
            "<html>\r\n<head><title>413 Request Entity Too Large</title></head>",
            InvalidRequest,
            "413 Request Entity Too Large",
        ),
        (
            504,
            "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>",
            Server,
            "504 Gateway Time-out The server didn't respond in time.",
        ),
        (
            503,
            "<!DOCTYPE html><html><head><title>ERROR: The requested URL could not be retrieved</title>",
            Server,
            "ERROR: The requested URL could not be retrieved",
        ),
    ] {
        let head = Head {
            status,
            headers: vec![("content-type".into(), "text/html".into())],
        };
        let error = protocol(Dialect::Generic).refusal(&head, page.as_bytes()).unwrap();
        assert_eq!((error.kind(), error.message()), (kind, title), "{status}");
    }
}

#[test]
fn an_error_in_the_stream_that_is_no_json_shows_its_words() {
    let mut decoder = protocol(Dialect::Generic).decoder(&Head::default());
    let error = decoder
        .payload(b"{\"error\": \"The size of tensor a", &mut Vec::new())
        .unwrap_err();
    assert_eq!(error.cause(), &Rejection::ServerError.into());
    assert_eq!((error.status(), error.message()), (Some(500), "The size of tensor a"));
}

#[test]
fn what_was_held_back_comes_before_an_error() {
    let mut events = Vec::new();
    let mut decoder = protocol(Dialect::Generic).decoder(&Head::default());
    let payload = br#"{"choices":[{"delta":{"content":"<thi"}}]}"#;
    decoder.payload(payload, &mut events).unwrap();
    assert!(!events.contains(&Event::Text("<thi".into())));
    decoder.payload(br#"{"error":"gone"}"#, &mut events).unwrap_err();
    assert_eq!(events.last(), Some(&Event::Text("<thi".into())));
}

fn half_an_answer(dialect: Dialect) -> Box<dyn ReplyDecoder> {
    let mut decoder = protocol(dialect).decoder(&Head::default());
    let payload = br#"{"choices":[{"delta":{"content":"Hi"}}]}"#;
    decoder.payload(payload, &mut Vec::new()).unwrap();
    decoder
}

#[test]
fn an_end_without_a_reason_is_an_end_only_here_and_only_when_the_body_is_whole() {
    let mut events = Vec::new();
    assert_eq!(
        half_an_answer(Dialect::Generic).end(true, &mut events),
        Some(Finish::Unstated)
    );
    assert_eq!(events, [Event::Notice(Notice::FinishUnstated)]);
    let mut events = Vec::new();
    assert_eq!(half_an_answer(Dialect::Generic).end(false, &mut events), None);
    assert_eq!(half_an_answer(Dialect::DashScope).end(true, &mut events), None);
    assert_eq!(events, []);
}

#[test]
fn a_model_that_is_being_loaded_is_waited_for_but_not_one_that_cannot_be() {
    use Rejection::{ModelLoading, ServerError};
    for (status, body, rejection) in [
        (
            503,
            r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#,
            ModelLoading,
        ),
        (503, r#"{"error":"llm server loading model"}"#, ModelLoading),
        (
            503,
            r#"{"error":"Model Qwen/Qwen3-8B is currently loading","estimated_time":20.0}"#,
            ModelLoading,
        ),
        (503, r#"{"detail":"The model is being loaded"}"#, ModelLoading),
        (
            503,
            r#"{"error":{"message":"error loading model: out of memory"}}"#,
            ServerError,
        ),
        (503, r#"{"error":{"message":"failed loading model"}}"#, ServerError),
        (503, r#"{"error":"server busy, please try again"}"#, ServerError),
        (500, r#"{"error":"Loading model"}"#, ServerError),
    ] {
        let head = Head {
            status,
            headers: Vec::new(),
        };
        let error = protocol(Dialect::Generic).refusal(&head, body.as_bytes()).unwrap();
        assert_eq!(error.cause(), &Cause::Rejected(rejection), "{body}");
        assert!(error.is_retryable(), "{body}");
    }
}

#[test]
fn tags_are_text_where_the_server_has_a_field_for_thoughts() {
    let mut events = Vec::new();
    let mut decoder = protocol(Dialect::DashScope).decoder(&Head::default());
    let payload = br#"{"choices":[{"delta":{"content":"<think>x</think>"},"finish_reason":"stop"}]}"#;
    decoder.payload(payload, &mut events).unwrap();
    assert_eq!(events.last(), Some(&Event::Text("<think>x</think>".into())));
}

#[test]
fn lists_of_local_servers_say_how_much_fits() {
    let protocol = protocol(Dialect::Generic);
    for (server, context) in [("llama-server", 2048), ("vllm", 4096)] {
        let page = protocol
            .model_page(1, &read(&format!("local/lists/{server}.json")))
            .unwrap();
        assert_eq!(page.models.len(), 1, "{server}");
        assert_eq!(page.models[0].id, "tiny-qwen3-fitted");
        assert_eq!(page.models[0].context_window, Some(context), "{server}");
    }
    // mistral.rs names one model twice, under two ids; transformers serve names none though it has one.
    let two = br#"{"object":"list","data":[{"id":"default"},{"id":"Qwen/Qwen3-0.6B:Q4"},{"id":"default"}]}"#;
    let ids: Vec<String> = protocol
        .model_page(1, two)
        .unwrap()
        .models
        .into_iter()
        .map(|model| model.id)
        .collect();
    assert_eq!(ids, ["default", "Qwen/Qwen3-0.6B:Q4"]);
    let none = protocol.model_page(1, br#"{"object":"list","data":[]}"#).unwrap();
    assert_eq!((none.models.len(), none.next), (0, None));
    let error = protocol.model_page(1, br#"{"error":"Unauthorized"}"#).unwrap_err();
    assert_eq!(error.message(), "Unauthorized");
}
