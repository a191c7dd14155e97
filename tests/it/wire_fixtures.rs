//! Recorded replies of compatible mode, decoded: whole, at every byte, in random cuts, with every line end, in
//! process and through the program.

use std::sync::Arc;

use qwen_api::Error;
use qwen_api::provider::{Dialect, Endpoint, Protocol};
use qwen_api::testing::{ChatProtocol, Head, ReplyDecoder, Sse};
use qwen_api::{Event, Reply};
use qwen_cli::messages::{self, Context};
use serde_json::{Value, json};

use crate::fixtures::{Cut, Fixture};
use crate::harness::Qwen;
use crate::server::{CHAT, Connection, Server};

fn protocol() -> Arc<dyn ChatProtocol> {
    let protocol = Protocol::OpenAi(Dialect::DashScope);
    Endpoint::new("test", protocol, "https://example.com/v1").chat_protocol()
}

fn head(fixture: &Fixture) -> Head {
    let mut headers = vec![("content-type".to_owned(), fixture.content_type.clone())];
    let further = fixture.headers.iter();
    headers.extend(further.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())));
    Head {
        status: fixture.status,
        headers,
    }
}

/// What `expected.json` would say of this body.
fn read(fixture: &Fixture, body: &[u8], cut: &Cut) -> Value {
    let (protocol, head) = (protocol(), head(fixture));
    let mut decoder = protocol.decoder(&head);
    let mut events = Vec::new();
    let mut error = None;
    if fixture.status != 200 {
        error = protocol.refusal(&head, body);
    } else if fixture.is_stream() {
        let mut sse = Sse::new();
        for piece in cut.pieces(body) {
            sse.push(piece);
            error = error.or(drain(&mut sse, &mut *decoder, &mut events));
        }
        // A last line that never ended is no payload: the stream was cut there.
    } else {
        error = protocol
            .refusal(&head, body)
            .or_else(|| decoder.payload(body, &mut events).err());
    }
    let finish = if error.is_none() && fixture.status == 200 {
        decoder.end(true, &mut events)
    } else {
        None
    };
    let mut reply = Reply::default();
    events.iter().for_each(|event| reply.add(event));
    let error = error.map(
        |error| json!({"code": error.code(), "kind": messages::describe(&error, &Context::default()).kind.name()}),
    );
    json!({
        "text": reply.text,
        "reasoning": reply.reasoning,
        "finish": finish.as_ref().map(|finish| finish.as_str()),
        "usage": reply.usage,
        "cut": error.is_none() && finish.is_none(),
        "error": error,
    })
}

fn drain(sse: &mut Sse, decoder: &mut dyn ReplyDecoder, events: &mut Vec<Event>) -> Option<Error> {
    while let Some(payload) = sse.next_payload().unwrap() {
        if let Err(error) = decoder.payload(payload, events) {
            return Some(error);
        }
    }
    None
}

/// `expected.json` in the terms of [`read`]: the status is the head's, and a cut answer has no end.
fn wanted(fixture: &Fixture) -> Value {
    let mut expected = fixture.expected.clone();
    if let Some(error) = expected["error"].as_object_mut() {
        error.remove("status");
    }
    if fixture.case == "error-400-files-purpose" {
        // If a server sends no code, its type is shown instead.
        expected["error"]["code"] = "invalid_request_error".into();
    }
    if expected["cut"] == true {
        expected["finish"] = Value::Null;
    }
    expected
}

fn cuts() -> Vec<Cut> {
    let mut cuts = vec![Cut::Whole, Cut::EveryByte, Cut::Sizes(vec![3, 1, 97])];
    cuts.extend((1..=20).map(Cut::Random));
    cuts
}

#[test]
fn every_case_decodes_alike_however_it_is_cut() {
    let all = Fixture::all("openai");
    assert!(all.len() > 40);
    for fixture in all {
        for cut in cuts() {
            let found = read(&fixture, &fixture.reply, &cut);
            assert_eq!(found, wanted(&fixture), "{} {cut:?}", fixture.case);
        }
    }
}

#[test]
fn every_stream_decodes_alike_with_every_line_end() {
    let streams: Vec<Fixture> = Fixture::all("openai").into_iter().filter(Fixture::is_stream).collect();
    assert!(streams.len() > 10);
    for fixture in streams {
        let lines = String::from_utf8(fixture.reply.clone()).unwrap().replace("\r\n", "\n");
        for end in ["\n", "\r\n", "\r"] {
            let body = lines.replace('\n', end);
            for cut in cuts() {
                let found = read(&fixture, body.as_bytes(), &cut);
                assert_eq!(found, wanted(&fixture), "{} {end:?} {cut:?}", fixture.case);
            }
        }
    }
}

#[test]
fn a_stream_cut_in_two_anywhere_decodes_alike() {
    let fixture = Fixture::read("openai", "stream-thinking");
    for at in 1..fixture.reply.len() {
        let cut = Cut::Sizes(vec![at, usize::MAX]);
        assert_eq!(read(&fixture, &fixture.reply, &cut), wanted(&fixture), "cut at {at}");
    }
}

#[test]
fn a_stream_that_stops_anywhere_before_its_end_is_no_whole_answer() {
    let fixture = Fixture::read("openai", "stream-usage");
    let finish = fixture.reply.windows(6).position(|six| six == b"\"stop\"").unwrap();
    let whole = fixture.expected["text"].as_str().unwrap();
    for at in 0..finish {
        let found = read(&fixture, &fixture.reply[..at], &Cut::Whole);
        assert_eq!(found["cut"], true, "stopped at {at}: {found}");
        assert!(
            whole.starts_with(found["text"].as_str().unwrap()),
            "stopped at {at}: {found}"
        );
    }
}

/// The exit code of the contract for a kind of failure.
fn exit_code(kind: &str) -> i32 {
    match kind {
        "auth" => 3,
        "rate_limit" => 4,
        "network" => 5,
        "server" => 6,
        "refused" => 7,
        other => panic!("no code for {other}"),
    }
}

/// What `--format json` printed, in the terms of [`read`], and the exit code.
fn through_the_program(fixture: &Fixture, body: &[u8], cut: Cut) -> (i32, Value) {
    let played = Fixture {
        reply: body.to_owned(),
        ..fixture.clone()
    };
    let server = Server::plays([Connection::new().expect("POST", CHAT).fixture(&played, cut)]);
    let mut args = vec![
        "complete",
        "hi",
        "--format",
        "json",
        "--no-save",
        "--retries",
        "0",
        "-q",
    ];
    if !fixture.is_stream() {
        args.push("--no-stream");
    }
    let outcome = Qwen::new().server(&server).args(args).run();
    server.finish();
    let said = if outcome.stdout.is_empty() {
        json!({"content": "", "reasoning": null, "finish_reason": null, "usage": null})
    } else {
        outcome.json()
    };
    let error = (outcome.code != 0).then(|| {
        let code = outcome
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("server: code "));
        let code = code.map(|rest| rest.split(", ").next().unwrap_or(rest));
        json!({"code": code, "exit": outcome.code})
    });
    let found = json!({
        "text": said["content"],
        "reasoning": said["reasoning"].as_str().unwrap_or_default(),
        "finish": said["finish_reason"],
        "usage": said["usage"],
        "error": error,
    });
    (outcome.code, found)
}

/// [`wanted`] as the program tells it: a cut answer is a failure of the network.
fn wanted_of_the_program(fixture: &Fixture) -> (i32, Value) {
    let mut expected = wanted(fixture);
    let code = match (expected["error"]["kind"].as_str(), expected["cut"] == true) {
        (Some(kind), _) => exit_code(kind),
        (None, true) => 5,
        (None, false) => 0,
    };
    let server_code = expected["error"]["code"].clone();
    expected["error"] = if code == 0 {
        Value::Null
    } else {
        json!({"code": server_code, "exit": code})
    };
    expected.as_object_mut().unwrap().remove("cut");
    (code, expected)
}

#[test]
fn every_case_comes_through_the_program() {
    for fixture in Fixture::all("openai") {
        // Where model names are looked up for a hint, a further request comes: that has a test of its own.
        if fixture.status == 404 {
            continue;
        }
        let found = through_the_program(&fixture, &fixture.reply, Cut::Random(11));
        assert_eq!(found, wanted_of_the_program(&fixture), "{}", fixture.case);
    }
}

#[test]
fn streams_come_through_the_program_byte_by_byte_with_every_line_end() {
    for case in [
        "stream-thinking",
        "stream-nospace",
        "stream-keepalive",
        "stream-error-mid",
    ] {
        let fixture = Fixture::read("openai", case);
        let lines = String::from_utf8(fixture.reply.clone()).unwrap().replace("\r\n", "\n");
        for end in ["\n", "\r\n", "\r"] {
            let body = lines.replace('\n', end);
            let found = through_the_program(&fixture, body.as_bytes(), Cut::EveryByte);
            assert_eq!(found, wanted_of_the_program(&fixture), "{case} {end:?}");
        }
    }
}
