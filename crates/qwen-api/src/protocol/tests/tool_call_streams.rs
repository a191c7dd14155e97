//! Tool calls in streams of every shape that servers send, cut anywhere.

use crate::protocol::openai::Dialect;
use crate::protocol::{ChatProtocol, Head};
use crate::{Finish, ToolCall};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::play::play;
use super::tools::{calls, native, openai};

/// The shape in which a server sends its calls.
#[derive(Clone, Copy, Debug)]
struct CallShape {
    is_native: bool,
    /// Every call has the index 0, or none has one.
    index: Index,
    /// Later pieces have the id too, or an empty one.
    repeats_id: bool,
    repeats_name: bool,
    /// Each piece holds all that came before.
    is_cumulative: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Index {
    Counted,
    Zero,
    Missing,
}

fn shape() -> impl Strategy<Value = CallShape> {
    let index = prop::sample::select(&[Index::Counted, Index::Zero, Index::Missing][..]);
    (any::<[bool; 4]>(), index).prop_map(
        |([is_native, repeats_id, repeats_name, is_cumulative], index)| CallShape {
            is_native,
            index,
            repeats_id,
            repeats_name,
            is_cumulative,
        },
    )
}

/// JSON objects, as models write arguments.
fn arguments() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i32>().prop_map(Value::from),
        "[a-z{}\"\\\\ 世🎉]{0,8}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-c{\"]{1,3}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::hash_map("[a-c{\"]{1,3}", value, 0..4)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

/// The events of a stream that sends these arguments in pieces of these sizes, as its body.
fn stream_of(shape: CallShape, all: &[(String, String)], sizes: &[usize]) -> String {
    let mut payloads = Vec::new();
    let mut sizes = sizes.iter().cycle();
    for (index, (id, text)) in all.iter().enumerate() {
        let letters: Vec<char> = text.chars().collect();
        let (mut at, mut is_first) = (0, true);
        while at < letters.len() {
            let end = (at + sizes.next().unwrap()).min(letters.len());
            let from = if shape.is_cumulative { 0 } else { at };
            let piece: String = letters[from..end].iter().collect();
            let mut call = json!({"type": "function", "id": "", "function": {"arguments": piece}});
            match shape.index {
                Index::Counted => call["index"] = index.into(),
                Index::Zero => call["index"] = 0.into(),
                Index::Missing => {}
            }
            if is_first || shape.repeats_id {
                call["id"] = id.clone().into();
            }
            if is_first || shape.repeats_name {
                call["function"]["name"] = "get_weather".into();
            }
            payloads.push(payload(shape, json!({"content": "", "tool_calls": [call]}), None));
            (at, is_first) = (end, false);
        }
    }
    payloads.push(payload(shape, json!({"content": ""}), Some("tool_calls")));
    let events = payloads.iter().map(|payload| format!("data: {payload}\n\n"));
    events.collect()
}

fn payload(shape: CallShape, message: Value, why: Option<&str>) -> Value {
    match shape.is_native {
        true => json!({"output": {"choices": [{"message": message, "finish_reason": why.unwrap_or("null")}]}}),
        false => json!({"choices": [{"delta": message, "finish_reason": why}]}),
    }
}

proptest! {
    /// Whatever the shape, and wherever the server cuts the calls and the network the body.
    #[test]
    fn a_stream_of_calls_in_any_pieces_holds_the_same_calls(
        shape in shape(),
        all in prop::collection::vec(arguments(), 1..4),
        sizes in prop::collection::vec(1..12usize, 1..6),
        size in 1..200usize,
    ) {
        let all: Vec<(String, String)> = (0..).zip(all).map(|(n, value)| (format!("call_{n}"), value.to_string())).collect();
        let expected: Vec<ToolCall> = all
            .iter()
            .map(|(id, text)| ToolCall { id: id.clone(), name: "get_weather".into(), arguments: text.clone() })
            .collect();
        let body = stream_of(shape, &all, &sizes);
        let pieces: Vec<&[u8]> = body.as_bytes().chunks(size).collect();
        let head = Head { status: 200, headers: vec![("content-type".into(), "text/event-stream".into())] };
        let wires: Vec<Box<dyn ChatProtocol>> = match shape.is_native {
            true => vec![Box::new(native())],
            false => vec![Box::new(openai(Dialect::DashScope)), Box::new(openai(Dialect::Generic))],
        };
        for wire in wires {
            let played = play(&*wire, &head, &pieces);
            prop_assert!(played.error.is_none());
            prop_assert_eq!(calls(&played.events), (expected.clone(), Some(&Finish::ToolCalls)));
        }
    }
}
