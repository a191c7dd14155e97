//! Characters that a server cuts into the two halves of their UTF-16, on each protocol.

use crate::{Event, Finish};
use serde_json::{Value, json};

use super::every_protocol::{came, generation, protocols};

/// A payload in which `{d83c}` is an escape of that unit.
fn with_units(payload: &Value) -> String {
    let mut payload = payload.to_string();
    for unit in ["d83c", "df89", "D83C", "DF89"] {
        payload = payload.replace(&format!("{{{unit}}}"), &format!("\\u{unit}"));
    }
    payload
}

/// Pieces, and the text that they are.
const HALVES: [(&[&str], &str); 10] = [
    (
        &["Hello ", "the party {d83c}", "{df89} is on", " now."],
        "Hello the party 🎉 is on now.",
    ),
    (&["{D83C}", "{DF89}"], "🎉"),
    (&["one bad {d83c} unit", " and more"], "one bad \u{fffd} unit and more"),
    (&["{df89}first", " x"], "\u{fffd}first x"),
    (&["x", "last{d83c}"], "xlast\u{fffd}"),
    (&["a{d83c}", "b"], "a\u{fffd}b"),
    (&["a{d83c}", "{d83c}", "{df89}b"], "a\u{fffd}🎉b"),
    (&["a{df89}{d83c}b"], "a\u{fffd}\u{fffd}b"),
    (&["{d83c}{df89}🎉{d83c}", "🎉"], "🎉🎉\u{fffd}🎉"),
    // The stand-ins themselves.
    (
        &["\u{10f83c}", "a\u{10ff89}", "\u{10f83c}"],
        "\u{10f83c}a\u{10ff89}\u{10f83c}",
    ),
];

#[test]
fn halves_of_characters_meet_in_text_and_thoughts_of_each_protocol() {
    for protocol in protocols() {
        for (pieces, text) in HALVES {
            let stream = |say: fn(&str) -> Value, before: &[Value], after: &[Value]| {
                let said = pieces.iter().map(|piece| say(piece));
                let payloads: Vec<String> = before
                    .iter()
                    .cloned()
                    .chain(said)
                    .chain(after.iter().cloned())
                    .map(|payload| with_units(&payload))
                    .collect();
                let played = protocol.plays(&payloads);
                assert!(played.error.is_none(), "{}: {pieces:?}", protocol.name);
                came(&played)
            };
            let end = protocol.end.clone();
            let whole = (text.to_owned(), String::new(), Some(Finish::Stop));
            assert_eq!(
                stream(protocol.text, &[], std::slice::from_ref(&end)),
                whole,
                "{}",
                protocol.name
            );
            let thought = ("ok".to_owned(), text.to_owned(), Some(Finish::Stop));
            let after = [(protocol.text)("ok"), end];
            assert_eq!(stream(protocol.thought, &[], &after), thought, "{}", protocol.name);
        }
    }
}

/// Thoughts between two pieces of text do not keep their halves apart.
#[test]
fn halves_meet_within_their_own_text() {
    for protocol in protocols() {
        let payloads = [
            (protocol.text)("a{d83c}"),
            (protocol.thought)("{d83c}"),
            (protocol.text)("{df89}b"),
            protocol.end.clone(),
        ];
        let played = protocol.plays(&payloads.map(|payload| with_units(&payload)));
        let (text, thoughts, _) = came(&played);
        assert_eq!(
            (text.as_str(), thoughts.as_str()),
            ("a🎉b", "\u{fffd}"),
            "{}",
            protocol.name
        );
    }
}

#[test]
fn halves_in_a_whole_reply_and_beside_the_answer_stay_alone() {
    let [compatible, local, native, web, _] = &protocols()[..] else {
        panic!("five protocols")
    };
    let message = json!({"content": "a{d83c} b{df89}", "reasoning_content": "{d83c}"});
    for protocol in [compatible, local] {
        let body = json!({"model": "{d83c}m", "choices": [{"message": message, "finish_reason": "odd{d83c}"}]});
        let played = protocol.answers(&with_units(&body));
        let (text, thoughts, finish) = came(&played);
        assert_eq!((text.as_str(), thoughts.as_str()), ("a\u{fffd} b\u{fffd}", "\u{fffd}"));
        assert!(
            matches!(&played.events[0], Event::Started(started) if started.model.as_deref() == Some("\u{fffd}m")),
            "{played:?}"
        );
        assert!(finish.is_some(), "{played:?}");
        let refused = protocol.answers(&with_units(&json!({"error": {"message": "{d83c} no"}})));
        assert_eq!(refused.error.unwrap().message(), "\u{fffd} no");
    }
    let played = native.answers(&with_units(&generation(message, "stop")));
    assert_eq!(came(&played).0, "a\u{fffd} b\u{fffd}");
    let body = json!({"success": true, "data": {"messages": [{"content": "a{d83c}", "done": true}]}});
    assert_eq!(came(&web.answers(&with_units(&body))).0, "a\u{fffd}");
    let listed = compatible
        .protocol
        .model_page(1, with_units(&json!({"data": [{"id": "m{d83c}"}]})).as_bytes());
    assert_eq!(listed.unwrap().models[0].id, "m\u{fffd}");
}

/// A stream that repeats all of its text may show the first half of a character before it is whole.
#[test]
fn halves_in_cumulative_texts_are_joined() {
    let [_, _, native, web, _] = &protocols()[..] else {
        panic!("five protocols")
    };
    let long = "A sentence of some length, ";
    let grown = [
        "A sent",
        long,
        "A sentence of some length, a {d83c}",
        "A sentence of some length, a {d83c}{df89} and",
        "A sentence of some length, a {d83c}{df89} and {d83c}",
    ];
    let mut payloads: Vec<String> = grown.iter().map(|text| with_units(&(native.text)(text))).collect();
    payloads.push(with_units(&generation(json!({"content": grown[4]}), "stop")));
    let played = native.plays(&payloads);
    assert_eq!(came(&played).0, "A sentence of some length, a 🎉 and \u{fffd}");

    let summary = |thought: &str| {
        let extra = json!({"summary_title": {"content": ["T"]}, "summary_thought": {"content": [thought]}});
        with_units(
            &json!({"choices": [{"delta": {"role": "assistant", "phase": "thinking_summary", "content": "",
            "extra": extra}}]}),
        )
    };
    let payloads = ["I {d83c}", "I {d83c}{df89} re", "I {d83c}{df89} re {d83c}"]
        .map(summary)
        .to_vec();
    let end = [(web.text)("ok"), web.end.clone()].map(|payload| payload.to_string());
    let played = web.plays(&[payloads, end.to_vec()].concat());
    assert_eq!(came(&played).1, "I 🎉 re \u{fffd}");
}
