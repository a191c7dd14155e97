//! Any bytes as a reply to each protocol's chat request: no panic, the same events however the body is cut, and
//! nothing after the end.
//!
//! The first byte picks the wire, the second the status and the type of the body, the third where it is cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use qwen_cli::backend::sse::Sse;
use qwen_cli::backend::wire::dashscope::DashScope;
use qwen_cli::backend::wire::openai::{Dialect, OpenAi};
use qwen_cli::backend::wire::web::{Api, Credentials, Web};
use qwen_cli::backend::wire::{Decode, Head, Progress, Refusal, Wire};
use qwen_cli::chat::{Event, Finish};

/// What a reply came to.
#[derive(Debug, Default, PartialEq)]
struct Played {
    events: Vec<Event>,
    finish: Option<Finish>,
    refusal: Option<Refusal>,
}

fn wire(choice: u8) -> Box<dyn Wire> {
    let openai = |dialect| {
        Box::new(OpenAi {
            base_url: "http://127.0.0.1:8080/v1".into(),
            key: None,
            headers: Vec::new(),
            dialect, moved: Default::default(), })
    };
    let web = |api| Box::new(Web::new("https://chat.qwen.ai", api, Credentials::default(), || 0, String::new));
    match choice % 5 {
        0 => openai(Dialect::DashScope),
        1 => openai(Dialect::Generic),
        2 => Box::new(DashScope {
            base_url: "https://example.invalid/api/v1".into(),
            key: None,
            headers: Vec::new(),
        }),
        3 => web(Api::V2),
        _ => web(Api::V1),
    }
}

fn play(wire: &dyn Wire, head: &Head, body: &[u8], size: usize) -> Played {
    let mut played = Played::default();
    let mut decoder = wire.decoder(head);
    let told = if head.status >= 400 || head.content_type() != "text/event-stream" {
        match wire.refusal(head, body) {
            Some(refusal) => Err(refusal),
            None => decoder.payload(body, &mut played.events).map(|_| ()),
        }
    } else {
        stream(&mut *decoder, body, size, &mut played.events)
    };
    match told {
        Ok(()) => {
            played.finish = decoder.end(true, &mut played.events);
            if played.finish.is_none() {
                played.refusal = decoder.failed_end(true);
            }
        }
        Err(refusal) => played.refusal = Some(refusal),
    }
    played
}

fn stream(decoder: &mut dyn Decode, body: &[u8], size: usize, events: &mut Vec<Event>) -> Result<(), Refusal> {
    let mut sse = Sse::new();
    for piece in body.chunks(size) {
        sse.push(piece);
        while let Ok(Some(payload)) = sse.next_payload() {
            if decoder.payload(payload, events)? == Progress::Whole {
                return Ok(());
            }
        }
    }
    sse.end();
    while let Ok(Some(payload)) = sse.next_payload() {
        if decoder.payload(payload, events)? == Progress::Whole {
            return Ok(());
        }
    }
    Ok(())
}

fuzz_target!(|input: (u8, u8, u8, &[u8])| {
    let (choice, kind, size, body) = input;
    let wire = wire(choice);
    let status = [200, 200, 200, 400, 401, 404, 429, 500][usize::from(kind % 8)];
    let content_type = ["text/event-stream", "application/json", "text/html"][usize::from(kind / 8 % 3)];
    let head = Head {
        status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
    };
    let whole = play(&*wire, &head, body, body.len().max(1));
    assert_eq!(play(&*wire, &head, body, usize::from(size) + 1), whole);
    assert!(!whole.events.iter().any(|event| matches!(event, Event::Done(_))));
    if status >= 400 {
        assert!(whole.refusal.is_some());
    }
    // The other replies that a server sends.
    let _ = wire.model_page(1, body);
    let _ = wire.opened(&head, body);
});
