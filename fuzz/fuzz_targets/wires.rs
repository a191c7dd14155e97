//! Any bytes as a reply to each protocol's chat request: no panic, the same events however the body is cut, nothing
//! after the end, no stand-in for half a character in any text; and any text in any pieces, its characters cut in two
//! and frames that say nothing between them: that text, and of a part of the stream a part of it.
//!
//! The first byte picks the protocol, the second the status and the type of the body, the third where it is cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

use qwen_api::provider::{Dialect, Endpoint, Protocol, WebApi};
use qwen_api::testing::{ChatProtocol, Head, ReplyDecoder, ReplyState, Sse};
use qwen_api::{Error, Event, Finish};

/// What a reply came to.
#[derive(Debug, Default, PartialEq)]
struct Played {
    events: Vec<Event>,
    finish: Option<Finish>,
    /// The error without its time, as text.
    error: Option<String>,
}

fn protocol(choice: u8) -> Arc<dyn ChatProtocol> {
    let (protocol, base_url) = match choice % 5 {
        0 => (Protocol::OpenAi(Dialect::DashScope), "https://example.invalid/compatible-mode/v1"),
        1 => (Protocol::OpenAi(Dialect::Generic), "http://127.0.0.1:8080/v1"),
        2 => (Protocol::DashScope, "https://example.invalid/api/v1"),
        _ => (Protocol::Web, "https://chat.qwen.ai"),
    };
    let mut endpoint = Endpoint::new("fuzz", protocol, base_url);
    endpoint.account.api = if choice % 5 == 3 { WebApi::V2 } else { WebApi::V1 };
    endpoint.chat_protocol()
}

fn play(protocol: &dyn ChatProtocol, head: &Head, body: &[u8], size: usize) -> Played {
    let mut played = Played::default();
    let mut decoder = protocol.decoder(head);
    let outcome = if head.status >= 400 || head.content_type() != "text/event-stream" {
        match protocol.refusal(head, body) {
            Some(error) => Err(error),
            None => decoder.payload(body, &mut played.events).map(|_| ()),
        }
    } else {
        stream(&mut *decoder, body, size, &mut played.events)
    };
    match outcome {
        Ok(()) => {
            played.finish = decoder.end(true, &mut played.events);
            if played.finish.is_none() {
                played.error = decoder.failed_end(true).map(|error| format!("{error:?}"));
            }
        }
        Err(error) => played.error = Some(format!("{error:?}")),
    }
    played
}

fn stream(decoder: &mut dyn ReplyDecoder, body: &[u8], size: usize, events: &mut Vec<Event>) -> Result<(), Error> {
    let (mut sse, mut is_finished) = (Sse::new(), false);
    for piece in body.chunks(size).map(Some).chain([None]) {
        match piece {
            Some(piece) => sse.push(piece),
            None => sse.end(),
        }
        while let Ok(Some(payload)) = sse.next_payload() {
            match decoder.payload(payload, events) {
                Ok(ReplyState::Whole) => return Ok(()),
                Ok(progress) => is_finished |= progress == ReplyState::Finished,
                Err(_) if is_finished => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// A piece of text as a JSON string: each character beyond the first plane as two escapes.
fn quoted(units: &[u16]) -> String {
    let escapes = units.iter().map(|unit| format!("\\u{unit:04x}"));
    format!("\"{}\"", escapes.collect::<String>())
}

/// A payload that says a piece in a protocol's words, and one that says the end.
fn says(choice: u8, piece: &str, why: Option<&str>) -> String {
    let null = why.map_or("null".to_owned(), |why| format!("\"{why}\""));
    match choice % 5 {
        0 | 1 => format!("{{\"choices\":[{{\"delta\":{{\"content\":{piece}}},\"finish_reason\":{null}}}]}}"),
        2 => format!(
            "{{\"output\":{{\"choices\":[{{\"message\":{{\"content\":{piece}}},\"finish_reason\":\"{}\"}}]}}}}",
            why.unwrap_or("null")
        ),
        _ => format!(
            "{{\"choices\":[{{\"delta\":{{\"phase\":\"answer\",\"content\":{piece},\"status\":\"{}\"}}}}]}}",
            why.map_or("typing", |_| "finished")
        ),
    }
}

/// The text that payloads come to.
fn text_of(protocol: &dyn ChatProtocol, payloads: &[String], is_whole: bool) -> String {
    let mut decoder = protocol.decoder(&Head::default());
    let mut events = Vec::new();
    for payload in payloads {
        decoder.payload(payload.as_bytes(), &mut events).expect("an answer is no refusal");
    }
    let finish = decoder.end(is_whole, &mut events);
    assert_eq!(finish.is_some(), is_whole);
    let texts = events.iter().map(|event| match event {
        Event::Text(text) => text.as_str(),
        _ => "",
    });
    texts.collect()
}

/// Whether the text may be classified by its content: thinking tags, and placeholders.
fn is_plain(text: &str) -> bool {
    !text.contains("think>") && !text.chars().any(|c| c >= '\u{10f800}')
}

fn an_answer(choice: u8, size: u8, text: &str) {
    let protocol = protocol(choice);
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut payloads = Vec::new();
    for (at, piece) in units.chunks(usize::from(size) + 1).enumerate() {
        payloads.push(says(choice, &quoted(piece), None));
        payloads.push(["{}", "ping", "[]", "{\"type\":\"ping\"}"][at % 4].to_owned());
    }
    for cut in 0..payloads.len().min(16) {
        let said = text_of(&*protocol, &payloads[..cut], false);
        // A half that the cut left alone is dropped, or the rest of what was not a tag is given back.
        assert!(text.starts_with(&said), "{said:?} of {text:?}");
    }
    payloads.push(says(choice, "\"\"", Some("stop")));
    assert_eq!(text_of(&*protocol, &payloads, true), text);
}

fuzz_target!(|input: (u8, u8, u8, &[u8])| {
    let (choice, kind, size, body) = input;
    let protocol = protocol(choice);
    let status = [200, 200, 200, 400, 401, 404, 429, 500][usize::from(kind % 8)];
    let content_type = ["text/event-stream", "application/json", "text/html"][usize::from(kind / 8 % 3)];
    let head = Head {
        status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
    };
    let whole = play(&*protocol, &head, body, body.len().max(1));
    assert_eq!(play(&*protocol, &head, body, usize::from(size) + 1), whole);
    assert!(!whole.events.iter().any(|event| matches!(event, Event::Done(_))));
    if status >= 400 {
        assert!(whole.error.is_some());
    }
    let own = String::from_utf8_lossy(body);
    if is_plain(&own) && !own.to_ascii_lowercase().contains("\\udbf") {
        assert!(!format!("{whole:?}").chars().any(|c| c >= '\u{10f800}'));
    }
    if let Ok(text) = std::str::from_utf8(body)
        && is_plain(text)
    {
        an_answer(choice, size, text);
    }
    // The other replies that a server sends.
    let _ = protocol.model_page(1, body);
    let _ = protocol.hosted().map(|chats| chats.opened(&head, body));
});
