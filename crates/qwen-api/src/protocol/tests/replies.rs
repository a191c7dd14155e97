//! Each reply whole, byte by byte, cut at random, and with each kind of line end.

use std::fs;

use crate::protocol::dashscope::DashScope;
use crate::protocol::openai::{Dialect, OpenAi};
use crate::protocol::web::{Api, Credentials, Web};
use crate::protocol::{ChatProtocol, Head};
use crate::{Event, Finish, Remote, SearchResult, Started, Usage};
use serde_json::Value;

use super::play::{Played, fixtures, head, outcome, play, read, read_json};

fn protocol(folder: &str) -> Box<dyn ChatProtocol> {
    match folder {
        "native" => Box::new(DashScope {
            base_url: "https://example.invalid/api/v1".into(),
            key: None,
            headers: Vec::new(),
        }),
        "local" => Box::new(OpenAi {
            base_url: "http://127.0.0.1:8080/v1".into(),
            key: None,
            headers: Vec::new(),
            dialect: Dialect::Generic,
            moved: Default::default(),
        }),
        "web" => Box::new(web(Api::V2)),
        "web-v1" => Box::new(web(Api::V1)),
        other => panic!("no protocol speaks {other}"),
    }
}

fn web(api: Api) -> Web {
    Web::new("https://chat.qwen.ai", api, Credentials::default(), || 0, String::new)
}

/// A folder's cases, by name: those folders that hold an `expected.json`.
fn cases(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(fixtures().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("expected.json").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(!names.is_empty(), "{folder} has no cases");
    names
}

fn body(case: &str) -> Vec<u8> {
    ["sse", "json", "html", "txt", "xml"]
        .iter()
        .map(|extension| format!("{case}/reply.{extension}"))
        .find(|path| fixtures().join(path).is_file())
        .map(|path| read(&path))
        .unwrap_or_else(|| panic!("{case} has no reply"))
}

/// Pseudo-random lengths, the same in each run (Knuth's MMIX generator).
fn random_cuts(body: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut state = seed;
    let mut rest = body;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let most = if state >> 63 == 0 { 7 } else { 400 };
        let (piece, after) = rest.split_at((1 + (state >> 33) as usize % most).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// The events as they came, but texts that follow each other joined: where they are cut is not the matter.
fn joined(played: &Played) -> Vec<Event> {
    let mut joined: Vec<Event> = Vec::new();
    for event in &played.events {
        match (joined.last_mut(), event) {
            (Some(Event::Text(before)), Event::Text(text)) => before.push_str(text),
            (Some(Event::Thinking(before)), Event::Thinking(text)) => before.push_str(text),
            _ => joined.push(event.clone()),
        }
    }
    joined
}

fn every_reply_of(folder: &str) {
    let mut wrong = Vec::new();
    for name in cases(folder) {
        let case = format!("{folder}/{name}");
        let protocol = protocol(folder);
        let head: Head = head(&read_json(&format!("{case}/head.json")));
        let mut expected: Value = read_json(&format!("{case}/expected.json"));
        expected.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let body = body(&case);
        let whole = play(&*protocol, &head, &[&body]);
        let came = outcome(&whole);
        if came != expected {
            wrong.push(format!(
                "{case}\n  expected {expected}\n  came     {came}\n  {:?}",
                whole.error
            ));
            continue;
        }
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        assert_eq!(play(&*protocol, &head, &bytes), whole, "{case}, byte by byte");
        for seed in 0..20 {
            let pieces = random_cuts(&body, seed);
            assert_eq!(
                play(&*protocol, &head, &pieces),
                whole,
                "{case}, cut at random with seed {seed}"
            );
        }
        if head.content_type() != "text/event-stream" {
            continue;
        }
        let text = String::from_utf8(body).unwrap().replace("\r\n", "\n");
        for end in ["\n", "\r\n", "\r"] {
            let body = text.replace('\n', end).into_bytes();
            let again = play(&*protocol, &head, &[&body]);
            assert_eq!(joined(&again), joined(&whole), "{case}, lines that end in {end:?}");
            let bytes: Vec<&[u8]> = body.chunks(1).collect();
            assert_eq!(play(&*protocol, &head, &bytes), again, "{case}, {end:?}, byte by byte");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn native_replies_decode_as_expected() {
    every_reply_of("native");
}

#[test]
fn replies_of_local_servers_decode_as_expected() {
    every_reply_of("local");
}

#[test]
fn replies_of_the_web_site_decode_as_expected() {
    every_reply_of("web");
}

#[test]
fn replies_of_the_web_site_s_v1_decode_as_expected() {
    every_reply_of("web-v1");
}

fn events_of(case: &str) -> Vec<Event> {
    let (folder, _) = case.split_once('/').unwrap();
    let head = head(&read_json(&format!("{case}/head.json")));
    play(&*protocol(folder), &head, &[&body(case)]).events
}

fn usage(input: u64, output: u64) -> Event {
    Event::Usage(Usage {
        input_tokens: input,
        output_tokens: output,
        total_tokens: input + output,
        ..Usage::default()
    })
}

#[test]
fn a_native_search_event_by_event() {
    let page = |index, title: &str, url: &str, site: &str| SearchResult {
        title: title.into(),
        url: url.into(),
        index,
        site: site.into(),
    };
    let expected = [
        Event::Started(Started {
            request_id: Some("00000000-0000-9000-8000-000000000040".into()),
            ..Started::default()
        }),
        Event::Search(vec![
            page(
                1,
                "Weather in Hangzhou",
                "https://weather.example.com/hangzhou",
                "Example Weather",
            ),
            page(2, "Hangzhou, 15 days", "https://example.org/15day", ""),
        ]),
        Event::Text("According to [1]".into()),
        usage(709, 5),
        Event::Text(" it is sunny[2].".into()),
        usage(709, 11),
        Event::Done(Finish::Stop),
    ];
    assert_eq!(events_of("native/search"), expected);
}

#[test]
fn thoughts_in_tags_event_by_event() {
    let started = Event::Started(Started {
        model: Some("tiny".into()),
        request_id: Some("1".into()),
        ..Started::default()
    });
    let expected = [
        started,
        Event::Thinking("Six sev".into()),
        Event::Thinking("ens.".into()),
        Event::Text("6 × 7 = ".into()),
        Event::Text("**42**.".into()),
        usage(5, 2),
        Event::Done(Finish::Stop),
    ];
    assert_eq!(events_of("local/llama-server-think-tags"), expected);
}

#[test]
fn a_web_search_with_summaries_event_by_event() {
    let page = |n: u64| SearchResult {
        title: format!("Example page {n}"),
        url: format!("https://example.invalid/page-{n}"),
        index: n,
        site: "example.invalid".into(),
    };
    let started = Event::Started(Started {
        remote: Remote {
            chat_id: Some("00000000-0000-4000-8000-0000000000c1".into()),
            parent_id: Some("00000000-0000-4000-8000-0000000000a1".into()),
        },
        ..Started::default()
    });
    let mut events = events_of("web/web-search");
    events.retain(|event| !matches!(event, Event::Usage(_)));
    let expected = [
        started,
        Event::ThinkingTitle("Searching".into()),
        Event::Thinking("I look this up.".into()),
        Event::Search(vec![page(1), page(2)]),
        Event::ThinkingTitle("Second look".into()),
        Event::Thinking("\n\nOne more search is needed.".into()),
        Event::Search(vec![page(3), page(4)]),
        Event::Text("The answer is A [".into()),
        Event::Text("[1]".into()),
        Event::Text("] and B [[4]].".into()),
        Event::Done(Finish::Stop),
    ];
    assert_eq!(events, expected);
}

#[test]
fn one_of_two_web_answers_event_by_event() {
    let started = Event::Started(Started {
        remote: Remote {
            chat_id: Some("c".into()),
            parent_id: Some("r0".into()),
        },
        ..Started::default()
    });
    let expected = [
        started,
        Event::Text("Mine".into()),
        usage(5, 2),
        Event::Done(Finish::Stop),
    ];
    assert_eq!(events_of("web/two-responses-second-first"), expected);
}

/// Replies with bytes changed at random: whatever comes of them, it comes of them however they are cut, and
/// nothing panics.
#[test]
fn a_damaged_reply_decodes_alike_however_it_is_cut() {
    for folder in ["native", "local", "web", "web-v1"] {
        for name in cases(folder) {
            let case = format!("{folder}/{name}");
            let protocol = protocol(folder);
            let head: Head = head(&read_json(&format!("{case}/head.json")));
            let body = body(&case);
            for seed in 0..10 {
                let damaged = damaged(&body, seed);
                let whole = play(&*protocol, &head, &[&damaged]);
                let pieces = random_cuts(&damaged, seed);
                assert_eq!(play(&*protocol, &head, &pieces), whole, "{case}, seed {seed}");
            }
        }
    }
}

fn damaged(body: &[u8], seed: u64) -> Vec<u8> {
    let mut damaged = body.to_vec();
    let mut state = seed.wrapping_add(77);
    for _ in 0..=damaged.len() / 300 {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        if damaged.is_empty() {
            break;
        }
        let at = (state >> 33) as usize % damaged.len();
        match state >> 61 {
            0 => drop(damaged.remove(at)),
            1 => damaged[at] = 0xff,
            2 => damaged.insert(at, b'\n'),
            3 => damaged[at] = b'"',
            4 => damaged[at] = b'}',
            5 => damaged.truncate(at.max(damaged.len() * 3 / 4)),
            _ => damaged[at] = b'0' + (state >> 50) as u8 % 10,
        }
    }
    damaged
}
