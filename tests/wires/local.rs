//! What differs with servers on the user's own machine, beside the replies: words, hints, lists, cuts.

use qwen_cli::backend::wire::openai::{Dialect, OpenAi};
use qwen_cli::backend::wire::{Decode, Head, Refusal, Retry, Wire};
use qwen_cli::chat::{Event, Finish};

use crate::play::{head, read, read_json};

fn wire(dialect: Dialect) -> OpenAi {
    OpenAi {
        base_url: "http://127.0.0.1:11434/v1".into(),
        key: None,
        headers: Vec::new(),
        dialect,
        moved: Default::default(),
    }
}

fn refused(case: &str) -> Refusal {
    let head = head(&read_json(&format!("local/{case}/head.json")));
    let body = ["json", "txt", "html"]
        .iter()
        .find_map(|extension| {
            let path = format!("local/{case}/reply.{extension}");
            crate::play::fixtures().join(&path).is_file().then(|| read(&path))
        })
        .unwrap();
    wire(Dialect::Generic).refusal(&head, &body).unwrap()
}

#[test]
fn a_refusal_is_told_in_the_server_s_words_with_a_hint_for_this_machine() {
    let cases = [
        (
            "vllm-err-no-key",
            "the server did not accept the credential (401): Unauthorized",
            "OPENAI_API_KEY",
        ),
        (
            "transformers-422",
            "the server refused the request (422): JSON decode error",
            "",
        ),
        (
            "transformers-500",
            "the server failed (500): Internal Server Error",
            "own log",
        ),
        ("nginx-502", "the server failed (502): 502 Bad Gateway", "own log"),
        ("mistralrs-404", "the server found no such thing (404)", "--base-url"),
        ("llama-server-loading-503", "the model is still being loaded", "own log"),
        (
            "llama-server-err-context",
            "the server refused the request (400): request (18912 tokens) exceeds the available context size (2048 tokens), try increasing it",
            "larger context",
        ),
        (
            "litellm-400-no-db",
            "the server did not accept the credential (400): No connected db.",
            "wrong key",
        ),
        ("mistralrs-200-empty", "the server's reply was empty", "longer than"),
    ];
    for (case, message, hint) in cases {
        let refusal = refused(case);
        assert_eq!(refusal.message, message, "{case}");
        let given = refusal.hint.unwrap_or_default().to_string();
        assert!(
            given.contains(hint) && given.is_empty() == hint.is_empty(),
            "{case}: {given}"
        );
        assert!(!given.contains("--region"), "{case}: {given}");
    }
}

#[test]
fn a_page_of_a_proxy_is_told_by_its_title() {
    use qwen_cli::error::Kind::{Auth, Refused, Server};
    for (status, page, kind, told) in [
        (
            401,
            "<html><head><title>401 Authorization Required</title></head>",
            Auth,
            ": 401 Authorization Required",
        ),
        (
            413,
            "<html>\r\n<head><title>413 Request Entity Too Large</title></head>",
            Refused,
            ": 413 Request Entity Too Large",
        ),
        (
            504,
            "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>",
            Server,
            ": 504 Gateway Time-out The server didn't respond in time.",
        ),
        (
            503,
            "<!DOCTYPE html><html><head><title>ERROR: The requested URL could not be retrieved</title>",
            Server,
            ": ERROR: The requested URL could not be retrieved",
        ),
    ] {
        let head = Head {
            status,
            headers: vec![("content-type".into(), "text/html".into())],
        };
        let refusal = wire(Dialect::Generic).refusal(&head, page.as_bytes()).unwrap();
        assert_eq!(refusal.kind, kind, "{status}");
        assert!(refusal.message.to_string().ends_with(told), "{}", refusal.message);
    }
}

#[test]
fn an_error_in_the_stream_that_is_no_json_shows_its_words() {
    let mut decoder = wire(Dialect::Generic).decoder(&Head::default());
    let no = decoder
        .payload(b"{\"error\": \"The size of tensor a", &mut Vec::new())
        .unwrap_err();
    assert_eq!(no.message, "the server failed (500): The size of tensor a");
}

#[test]
fn what_was_held_back_comes_before_an_error() {
    let mut events = Vec::new();
    let mut decoder = wire(Dialect::Generic).decoder(&Head::default());
    let payload = br#"{"choices":[{"delta":{"content":"<thi"}}]}"#;
    decoder.payload(payload, &mut events).unwrap();
    assert!(!events.contains(&Event::Text("<thi".into())));
    decoder.payload(br#"{"error":"gone"}"#, &mut events).unwrap_err();
    assert_eq!(events.last(), Some(&Event::Text("<thi".into())));
}

fn half_an_answer(dialect: Dialect) -> Box<dyn Decode> {
    let mut decoder = wire(dialect).decoder(&Head::default());
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
    assert_eq!(
        events,
        [Event::Notice(qwen_cli::words!(
            "the server did not say why the answer ended"
        ))]
    );
    let mut events = Vec::new();
    assert_eq!(half_an_answer(Dialect::Generic).end(false, &mut events), None);
    assert_eq!(half_an_answer(Dialect::DashScope).end(true, &mut events), None);
    assert_eq!(events, []);
}

#[test]
fn a_model_that_is_being_loaded_is_waited_for_but_not_one_that_cannot_be() {
    for (status, words, retry) in [
        (
            503,
            r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#,
            Retry::Preparing,
        ),
        (503, r#"{"error":"llm server loading model"}"#, Retry::Preparing),
        (
            503,
            r#"{"error":"Model Qwen/Qwen3-8B is currently loading","estimated_time":20.0}"#,
            Retry::Preparing,
        ),
        (503, r#"{"detail":"The model is being loaded"}"#, Retry::Preparing),
        (
            503,
            r#"{"error":{"message":"error loading model: out of memory"}}"#,
            Retry::Soon,
        ),
        (503, r#"{"error":{"message":"failed loading model"}}"#, Retry::Soon),
        (503, r#"{"error":"server busy, please try again"}"#, Retry::Soon),
        (500, r#"{"error":"Loading model"}"#, Retry::Soon),
    ] {
        let head = Head {
            status,
            headers: Vec::new(),
        };
        let refusal = wire(Dialect::Generic).refusal(&head, words.as_bytes()).unwrap();
        assert_eq!(refusal.retry, retry, "{words}");
    }
}

#[test]
fn tags_are_text_where_the_server_has_a_field_for_thoughts() {
    let mut events = Vec::new();
    let mut decoder = wire(Dialect::DashScope).decoder(&Head::default());
    let payload = br#"{"choices":[{"delta":{"content":"<think>x</think>"},"finish_reason":"stop"}]}"#;
    decoder.payload(payload, &mut events).unwrap();
    assert_eq!(events.last(), Some(&Event::Text("<think>x</think>".into())));
}

#[test]
fn lists_of_local_servers_say_how_much_fits() {
    let wire = wire(Dialect::Generic);
    for (server, context) in [("llama-server", 2048), ("vllm", 4096)] {
        let page = wire
            .model_page(1, &read(&format!("local/lists/{server}.json")))
            .unwrap();
        assert_eq!(page.models.len(), 1, "{server}");
        assert_eq!(page.models[0].id, "tiny-qwen3-fitted");
        assert_eq!(page.models[0].context_window, Some(context), "{server}");
    }
    // mistral.rs names one model twice, under two ids; transformers serve names none though it has one.
    let two = br#"{"object":"list","data":[{"id":"default"},{"id":"Qwen/Qwen3-0.6B:Q4"},{"id":"default"}]}"#;
    let ids: Vec<String> = wire
        .model_page(1, two)
        .unwrap()
        .models
        .into_iter()
        .map(|model| model.id)
        .collect();
    assert_eq!(ids, ["default", "Qwen/Qwen3-0.6B:Q4"]);
    let none = wire.model_page(1, br#"{"object":"list","data":[]}"#).unwrap();
    assert_eq!((none.models.len(), none.next), (0, None));
    let no = wire.model_page(1, br#"{"error":"Unauthorized"}"#).unwrap_err();
    assert!(no.message.to_string().ends_with(": Unauthorized"), "{}", no.message);
}
