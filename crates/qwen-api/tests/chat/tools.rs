//! Tool calls as callers of the client see them.

use qwen_api::{ChatRequest, Event, Finish, Message, Tool, ToolCall};
use serde_json::{Value, json};

use super::{client, events, request};
use crate::support::{Script, Server};

fn with_tools() -> ChatRequest {
    let mut request = request();
    request.params.tools = vec![Tool {
        name: "get_weather".into(),
        description: String::new(),
        parameters: json!({}),
    }];
    request
}

/// A chunk with a piece of a call.
fn piece(index: usize, id: &str, arguments: &str) -> Value {
    let function = json!({"name": "get_weather", "arguments": arguments});
    let call = json!({"index": index, "id": id, "function": function});
    json!({"choices": [{"delta": {"tool_calls": [call]}, "finish_reason": null}]})
}

fn ended(script: Script) -> Script {
    let end = json!({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]});
    script.chunk(&end).bytes("data: [DONE]\n\n")
}

fn calls(events: &[Event]) -> Vec<&ToolCall> {
    let calls = events.iter().filter_map(|event| match event {
        Event::ToolCall(call) => Some(call),
        _ => None,
    });
    calls.collect()
}

#[tokio::test]
async fn calls_without_ids_of_their_own_get_one_in_the_conversation() {
    let turn = |id: &str| ended(Script::stream().chunk(&piece(0, id, "{}")).chunk(&piece(1, "", "{}")));
    let server = Server::start([turn(""), turn("call_1")]);
    let client = client(&server, 0);
    let first = client.chat(with_tools()).send().await.unwrap();
    let ids = |calls: &[ToolCall]| calls.iter().map(|call| call.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&first.tool_calls), ["call_1", "call_2"]);
    assert_eq!(first.finish, Some(Finish::ToolCalls));
    let mut next = with_tools().message(first.message());
    for call in &first.tool_calls {
        next = next.message(Message::tool_result(&call.id, "rain"));
    }
    let second = client.chat(next).send().await.unwrap();
    assert_eq!(ids(&second.tool_calls), ["call_3", "call_4"]);
    let sent = server.requests()[1].body["messages"].clone();
    assert_eq!(sent[1]["tool_calls"][1]["id"], "call_2");
    assert_eq!(
        sent[3],
        json!({"role": "tool", "tool_call_id": "call_2", "content": "rain"})
    );
}

#[tokio::test]
async fn a_call_that_is_cut_is_asked_for_again() {
    let half = Script::stream().chunk(&piece(0, "call_1", "{\"city\": "));
    let whole = ended(Script::stream().chunk(&piece(0, "call_2", "{}")));
    let server = Server::start([half, whole]);
    let events = events(client(&server, 1).chat(with_tools())).await;
    let [call] = calls(&events)[..] else {
        panic!("{events:?}");
    };
    assert_eq!((call.id.as_str(), call.arguments.as_str()), ("call_2", "{}"));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
}

#[tokio::test]
async fn the_text_before_a_call_that_is_cut_is_continued() {
    let half = Script::stream()
        .delta("I will ")
        .chunk(&piece(0, "call_1", "{\"city\": "));
    let rest = ended(Script::stream().delta("look.").chunk(&piece(0, "call_2", "{}")));
    let server = Server::start([half, rest]);
    let reply = client(&server, 1).chat(with_tools()).send().await.unwrap();
    assert_eq!((reply.text.as_str(), reply.tool_calls.len()), ("I will look.", 1));
    let rest = &server.requests()[1].body;
    assert_eq!(
        rest["messages"][1],
        json!({"role": "assistant", "content": "I will ", "partial": true})
    );
    assert_eq!(rest["tools"], server.requests()[0].body["tools"]);
}

/// A connection that breaks behind the finish reason takes nothing away, and nothing is asked for twice.
#[tokio::test]
async fn a_call_that_is_complete_is_not_asked_for_again() {
    let end = json!({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]});
    let server = Server::start([Script::stream().chunk(&piece(0, "call_1", "{}")).chunk(&end)]);
    let events = events(client(&server, 1).chat(with_tools())).await;
    assert_eq!(calls(&events).len(), 1);
    assert_eq!(events.last(), Some(&Event::Done(Finish::ToolCalls)));
    assert_eq!(server.requests().len(), 1);
}
