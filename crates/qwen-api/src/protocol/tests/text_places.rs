//! The members of a reply in which its text may stand.

use crate::Finish;
use serde_json::{Value, json};

use super::every_protocol::{came, generation, protocols};

#[test]
fn text_in_other_places_is_text() {
    let protocols = protocols();
    let parts = json!([
        {"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]},
        {"type": "reference", "reference_ids": [1]},
        {"type": "text", "text": "Al"},
        {"type": "text", "text": "pha"},
    ]);
    for protocol in &protocols[..2] {
        let ends = |choices: &[Value]| {
            let payloads = choices.iter().map(|choice| json!({"choices": [choice]}));
            let end = std::iter::once(protocol.end.clone());
            came(
                &protocol.plays(
                    &payloads
                        .chain(end)
                        .map(|payload| payload.to_string())
                        .collect::<Vec<_>>(),
                ),
            )
        };
        let alpha = |thoughts: &str| ("Alpha".to_owned(), thoughts.to_owned(), Some(Finish::Stop));
        let pieces: Vec<Value> = parts
            .as_array()
            .unwrap()
            .iter()
            .map(|part| json!({"delta": {"content": [part]}}))
            .collect();
        assert_eq!(ends(&pieces), alpha("hmm"));
        assert_eq!(ends(&[json!({"delta": {"content": parts}})]), alpha("hmm"));
        let refusal = |text: &str| json!({"delta": {"content": null, "refusal": text}});
        assert_eq!(ends(&[refusal("Al"), refusal("pha")]), alpha(""));
        assert_eq!(ends(&[json!({"text": "Al"}), json!({"text": "pha"})]), alpha(""));
        // A repeated whole text adds nothing.
        let last = json!({"delta": {}, "message": {"content": "Alpha", "reasoning_content": "hm"}, "text": "Alpha"});
        let deltas = [
            json!({"delta": {"reasoning_content": "hm"}}),
            json!({"delta": {"content": "Al"}}),
            json!({"delta": {"content": "pha"}}),
            last.clone(),
        ];
        assert_eq!(ends(&deltas), alpha("hm"));
        // Where the deltas hold thoughts alone, the message has the text.
        assert_eq!(
            ends(&[
                deltas[0].clone(),
                json!({"message": {"content": "Alpha", "reasoning_content": "hm"}})
            ]),
            alpha("hm")
        );
        assert_eq!(
            ends(&[
                json!({"message": {"content": "Al"}}),
                json!({"message": {"content": "pha"}})
            ]),
            alpha("")
        );

        for message in [
            json!({"content": parts}),
            json!({"content": null, "refusal": "Alpha"}),
            json!({"content": "Alpha", "refusal": "Alpha"}),
        ] {
            let whole = json!({"choices": [{"message": message, "finish_reason": "stop"}]});
            assert_eq!(came(&protocol.answers(&whole.to_string())).0, "Alpha", "{message}");
        }
    }
    let native = &protocols[2];
    let payloads = [generation(json!({"content": parts}), "null"), native.end.clone()];
    let played = native.plays(&payloads.map(|payload| payload.to_string()));
    assert_eq!(came(&played), ("Alpha".into(), "hmm".into(), Some(Finish::Stop)));
}
