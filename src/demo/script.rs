//! The scripted answers. Pure: a question in, a response out.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::choice::{Script, choose};
use super::picture;
use super::question::Question;
use super::sample;

/// Between two deltas of an ordinary answer: enough to be seen streaming, too short to be waited for.
const PACE: Duration = Duration::from_millis(4);
/// Between two deltas of a slow one.
const SLOW_PACE: Duration = Duration::from_millis(150);
/// A text is sent in about this many deltas at most, so that an ordinary answer takes less than a second.
const MOST_DELTAS: usize = 150;

/// The response to a request.
#[derive(Debug, PartialEq)]
pub(super) enum DemoResponse {
    /// An error of this status; `once` makes the next request of its kind succeed.
    Refuse {
        status: u16,
        once: bool,
    },
    Answer(ScriptedAnswer),
}

/// An answer, before `reply` encodes it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ScriptedAnswer {
    pub(super) thoughts: String,
    pub(super) text: String,
    pub(super) finish: &'static str,
    /// Characters in a delta.
    pub(super) delta: usize,
    pub(super) pause: Duration,
    /// The connection breaks after the text, without an end.
    pub(super) breaks: bool,
    /// A member of the first chunk that compatible mode does not have; a client may read it or ignore it.
    pub(super) search_info: Option<Value>,
}

/// The response to a question.
pub(super) fn respond(question: &Question) -> DemoResponse {
    let script = choose(question);
    match script {
        Script::RateLimit => {
            return DemoResponse::Refuse {
                status: 429,
                once: true,
            };
        }
        Script::Refuse(status) => return DemoResponse::Refuse { status, once: false },
        _ => {}
    }
    DemoResponse::Answer(answer(script, question))
}

/// The answer after a rate limit.
pub(super) fn after_the_rate_limit(question: &Question) -> ScriptedAnswer {
    let text = "The demo refused this request once with status 429 and `Retry-After: 1`, and took it the second time.";
    shaped(text.to_owned(), "", "stop", question)
}

fn answer(script: Script, question: &Question) -> ScriptedAnswer {
    let file = |text: &str| text.trim_end().to_owned();
    let text = match script {
        Script::Help => file(include_str!("answers/help.md")),
        Script::Markdown => file(include_str!("answers/markdown.md")),
        Script::Code => file(include_str!("answers/code.md")),
        Script::Command => file(include_str!("answers/command.md")),
        Script::Table => file(include_str!("answers/table.md")),
        Script::Chinese => file(include_str!("answers/chinese.md")),
        Script::Think => file(include_str!("answers/think.md")),
        Script::Search => file(include_str!("answers/search.md")),
        Script::Slow => file(include_str!("answers/slow.md")),
        Script::Drop => file(include_str!("answers/drop.md")),
        Script::Length => file(include_str!("answers/length.md")),
        Script::Long => long(),
        Script::Json => sample::object(question.response_format()).to_string(),
        Script::Escape => ESCAPES.to_owned(),
        Script::Empty => String::new(),
        Script::Media => media(&question.media()),
        Script::Received | Script::RateLimit | Script::Refuse(_) => describe_request(question),
    };
    let thinks = script == Script::Think || question.wants("enable_thinking");
    // A continued answer has its reasoning already.
    let thoughts = match (thinks, script, &question.prefix) {
        (false, ..) | (_, _, Some(_)) => String::new(),
        (_, Script::Think, _) => file(include_str!("answers/thoughts.md")),
        _ => "These thoughts are scripted, as is the answer.\nThe first line of the message decides which one it is."
            .to_owned(),
    };
    let mut answer = shaped(text, &thoughts, "stop", question);
    match script {
        Script::Slow => (answer.delta, answer.pause) = (4, SLOW_PACE),
        Script::Search => answer.search_info = Some(sources()),
        Script::Drop if question.prefix.is_none() => {
            cut_behind(&mut answer.text, "breaks in the middle of");
            answer.breaks = true;
        }
        Script::Length if question.prefix.is_none() => {
            cut_behind(&mut answer.text, "the word that you would");
            answer.finish = "length";
        }
        _ => {}
    }
    answer
}

/// The answer with `text`, less the prefix that the client has, within the token limit.
fn shaped(text: String, thoughts: &str, finish: &'static str, question: &Question) -> ScriptedAnswer {
    let mut text = match &question.prefix {
        None => text,
        Some(prefix) => match text.strip_prefix(prefix.as_str()) {
            Some(rest) => rest.to_owned(),
            None => format!(
                " (The demo goes on after {} characters that it did not write.)",
                prefix.chars().count()
            ),
        },
    };
    let mut finish = finish;
    if let Some(limit) = question.max_tokens() {
        let room = limit.saturating_mul(CHARACTERS_PER_TOKEN);
        if let Some((end, _)) = text.char_indices().nth(room) {
            text.truncate(end);
            finish = "length";
        }
    }
    ScriptedAnswer {
        delta: (text.chars().count().div_ceil(MOST_DELTAS)).max(3),
        thoughts: thoughts.to_owned(),
        text,
        finish,
        pause: PACE,
        breaks: false,
        search_info: None,
    }
}

/// The demo has no tokenizer; its counts are this estimate.
pub(super) const CHARACTERS_PER_TOKEN: usize = 4;

fn cut_behind(text: &mut String, mark: &str) {
    if let Some(at) = text.find(mark) {
        text.truncate(at + mark.len());
    }
}

fn long() -> String {
    let mut text = "Three hundred lines, as asked.\n".to_owned();
    for number in 1..=298 {
        let _ = writeln!(text, "{number}. The demo counts on, and this is line {number}.");
    }
    text.push_str("\nThat was the last of them.");
    text
}

fn media(received: &[(&str, &str)]) -> String {
    let mut counts = Vec::new();
    for kind in ["picture", "sound", "video"] {
        match received.iter().filter(|(of, _)| *of == kind).count() {
            0 => {}
            1 => counts.push(format!("1 {kind}")),
            count => counts.push(format!("{count} {kind}s")),
        }
    }
    let mut text = format!("The demo server received {}:\n", counts.join(", "));
    for (number, (_, url)) in received.iter().enumerate() {
        let _ = write!(text, "\n{}. {}", number + 1, picture::describe(url));
    }
    let is_heard = received.iter().any(|(kind, _)| *kind != "picture");
    text.push_str(match is_heard {
        true => "\n\nNo model looked at or listened to them.",
        false => "\n\nNo model looked at them.",
    });
    text
}

/// An answer that describes the request.
fn describe_request(question: &Question) -> String {
    let mut text = "This is the demo: a scripted server inside the program. It received:\n".to_owned();
    for (name, value) in question.options() {
        let _ = write!(text, "\n- {name}: `{}`", shortened(&value.to_string(), 120));
    }
    for (role, said) in question.turns() {
        let said_count = said.chars().count();
        let shown = both_ends(&said, 200).replace('\n', "\n  > ");
        let plural = if said_count == 1 { "" } else { "s" };
        let _ = write!(text, "\n- {role}, {said_count} character{plural}:\n  > {shown}");
    }
    text.push_str("\n\nSend `help` for what else it can show.");
    text
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}

/// The beginning and the end of a text: where a template was used, what was typed stands at its end.
fn both_ends(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= 2 * most {
        return text.to_owned();
    }
    let end: String = text.chars().skip(count - most).collect();
    format!("{} {end}", shortened(text, most))
}

/// In the shape of DashScope's own API, which alone reports sources.
fn sources() -> Value {
    json!({"search_results": [
        {"index": 1, "title": "West Lake (made up for the demo)", "url": "https://example.com/west-lake", "site_name": "example.com"},
        {"index": 2, "title": "World Heritage List (made up for the demo)", "url": "https://example.com/heritage?id=2011", "site_name": "example.com"},
    ]})
}

/// What a hostile model could send: sequences that clear the screen, set the title, write to the clipboard, fake links.
const ESCAPES: &str = "Everything below is text, and must stay text:\n\n\
    - clear the screen: \u{1b}[2J\u{1b}[H and red: \u{1b}[31mred\u{1b}[0m\n\
    - set the title: \u{1b}]0;owned\u{7}\n\
    - write to the clipboard: \u{1b}]52;c;ZWNobyBvd25lZA==\u{7}\n\
    - a link that lies: \u{1b}]8;;https://example.com/evil\u{1b}\\https://example.com/good\u{1b}]8;;\u{1b}\\\n\
    - overwrite a line: rm -rf important\recho harmless\n\
    - eight-bit controls: \u{9b}2J, and text that runs backwards: \u{202e}gnp.exe\u{202c}\n\n\
    If you can read this and your screen is intact, nothing was executed.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::choice::WORDS;

    fn question(body: Value) -> Question {
        Question::read(body.to_string().as_bytes()).unwrap()
    }

    fn asked(prompt: &str) -> Question {
        question(json!({"model": "demo", "messages": [{"role": "user", "content": prompt}]}))
    }

    fn said(question: &Question) -> ScriptedAnswer {
        match respond(question) {
            DemoResponse::Answer(answer) => answer,
            refusal => panic!("{refusal:?}"),
        }
    }

    #[test]
    fn help_names_every_word() {
        let help = said(&asked("help")).text;
        for word in WORDS.iter().flat_map(|(_, words)| *words) {
            let named = match word.strip_prefix("error ") {
                Some(status) => help.contains(status),
                None => help.contains(&format!("`{word}`")),
            };
            assert!(named, "{word}");
        }
    }

    #[test]
    fn pictures_are_described_whatever_the_text_says() {
        let part = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
        let text = said(&question(json!({"model": "demo", "messages": [{"role": "user", "content": [
            part("data:image/png;base64,iVBORw0KGgo="), part("oss://a/b.png"), {"type": "text", "text": "error 500"}]}]})))
        .text;
        assert!(
            text.starts_with("The demo server received 2 pictures:\n\n1. `image/png`, 8 bytes"),
            "{text}"
        );
        assert!(text.contains("\n2. an `oss` address"), "{text}");
    }

    #[test]
    fn sounds_and_videos_are_described_too() {
        let text = said(&question(
            json!({"model": "demo", "messages": [{"role": "user", "content": [
            {"type": "input_audio", "input_audio": {"data": "data:;base64,SUQzBAAAAAAAAA==", "format": "mp3"}},
            {"type": "video_url", "video_url": {"url": "oss://a/b.mp4"}}]}]}),
        ))
        .text;
        assert_eq!(
            text,
            "The demo server received 1 sound, 1 video:\n\n1. `audio/mpeg`, 10 bytes\n2. an `oss` address, which a real \
             server would fetch and the demo does not\n\nNo model looked at or listened to them."
        );
    }

    #[test]
    fn an_answer_that_broke_goes_on_where_it_broke() {
        let first = said(&asked("drop"));
        assert!(first.breaks);
        let rest = said(&question(json!({"model": "demo", "messages": [
            {"role": "user", "content": "drop"},
            {"role": "assistant", "content": first.text, "partial": true}]})));
        assert!(!rest.breaks);
        assert_eq!(first.text + &rest.text, include_str!("answers/drop.md").trim_end());
    }

    #[test]
    fn going_on_with_foreign_text_says_so() {
        let rest = said(&question(json!({"model": "demo", "messages": [
            {"role": "user", "content": "drop"}, {"role": "assistant", "content": "Spring is", "partial": true}]})));
        assert!(rest.text.contains("after 9 characters"));
    }

    #[test]
    fn the_token_limit_cuts() {
        let body = json!({"model": "demo", "max_tokens": 2, "messages": [{"role": "user", "content": "hi"}]});
        let answer = said(&question(body));
        assert_eq!((answer.text.as_str(), answer.finish), ("This is ", "length"));
    }

    #[test]
    fn json_fits_the_schema() {
        let body = json!({"model": "demo", "messages": [{"role": "user", "content": "a colour"}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object",
                "properties": {"name": {"type": "string"}, "kind": {"enum": ["b", "c"]},
                    "parts": {"type": "array", "items": {"type": "integer", "minimum": 3}}}}}}});
        assert_eq!(said(&question(body)).text, r#"{"name":"demo","kind":"b","parts":[3]}"#);
    }

    #[test]
    fn thinking_comes_when_asked_for() {
        assert!(said(&asked("think")).thoughts.contains("24"));
        assert_eq!(said(&asked("hi")).thoughts, "");
        let body = json!({"model": "demo", "enable_thinking": true, "messages": [{"role": "user", "content": "code"}]});
        assert!(said(&question(body)).thoughts.contains("scripted"));
    }

    #[test]
    fn anything_else_is_told_back() {
        let text = said(&question(json!({"model": "demo", "temperature": 0.5, "messages": [
            {"role": "system", "content": "be terse"}, {"role": "user", "content": "good morning"}]})))
        .text;
        for part in [
            "- model: `\"demo\"`",
            "- temperature: `0.5`",
            "> be terse",
            "- user, 12 characters:\n  > good morning",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn an_ordinary_answer_takes_less_than_a_second() {
        for prompt in ["help", "markdown", "code", "table", "long", "hi"] {
            let answer = said(&asked(prompt));
            let deltas = answer.text.chars().count().div_ceil(answer.delta);
            assert!(
                answer.pause * u32::try_from(deltas).unwrap() < Duration::from_secs(1),
                "{prompt}"
            );
        }
        assert!(said(&asked("long")).text.lines().count() >= 300);
    }
}
