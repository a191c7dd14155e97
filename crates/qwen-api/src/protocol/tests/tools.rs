//! Tools on the wire: what is sent for them beside what official clients send, and the calls that come back.

use crate::error::Malformed;
use crate::protocol::dashscope::DashScope;
use crate::protocol::openai::{Dialect, OpenAi};
use crate::protocol::{ChatProtocol, Head};
use crate::{
    Block, ChatRequest, Event, Finish, Message, Params, ReasoningEffort, Remote, Role, Secret, Tool, ToolCall,
    ToolChoice,
};
use serde_json::{Value, json};

use super::play::{head, play, read, read_json, written};

pub(super) fn openai(dialect: Dialect) -> OpenAi {
    OpenAi {
        base_url: "https://host.invalid/compatible-mode/v1".into(),
        key: None,
        headers: Vec::new(),
        dialect,
        moved: Default::default(),
    }
}

pub(super) fn native() -> DashScope {
    DashScope {
        base_url: "https://host.invalid/api/v1".into(),
        key: Some((Secret::new("sk-PLACEHOLDER"), "DASHSCOPE_API_KEY".into())),
        headers: Vec::new(),
    }
}

pub(super) fn weather() -> Tool {
    Tool {
        name: "get_weather".into(),
        description: "Weather of a city".into(),
        parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}),
    }
}

fn with_tools() -> Params {
    Params {
        tools: vec![weather()],
        ..Params::default()
    }
}

pub(super) fn request(model: &str, messages: Vec<Message>, params: Params, stream: bool) -> ChatRequest {
    ChatRequest {
        model: model.into(),
        messages,
        params,
        stream,
    }
}

/// The body of a request from which nothing is left out.
pub(super) fn body(wire: &dyn ChatProtocol, request: &ChatRequest) -> Value {
    let prepared = wire.chat(request, &Remote::default()).unwrap();
    assert_eq!(prepared.notices, []);
    prepared.request.body.unwrap().json().unwrap()
}

pub(super) fn captured(case: &str) -> Value {
    read_json(&format!("openai-requests/chat-{case}.json"))["body"].clone()
}

pub(super) fn ask(text: &str) -> Vec<Message> {
    vec![Message::text(Role::User, text)]
}

/// A question, the thought and the call that it led to, and the result.
fn round() -> Vec<Message> {
    let call = ToolCall {
        id: "call_00000000000000000000aa01".into(),
        name: "get_weather".into(),
        arguments: "{\"city\": \"Hangzhou\"}".into(),
    };
    let mut messages = ask("Weather in Hangzhou?");
    messages.push(Message::new(Role::Assistant, vec![Block::ToolCall(call.clone())]));
    messages.push(Message::tool_result(call.id, "sunny, 25 C"));
    messages
}

#[test]
fn tools_are_offered_as_the_sdks_do() {
    let wire = openai(Dialect::DashScope);
    let question = ask("Weather in Hangzhou?");
    let params = Params {
        tool_choice: Some(ToolChoice::Auto),
        ..with_tools()
    };
    assert_eq!(
        body(&wire, &request("qwen3-max", question.clone(), params, false)),
        captured("tools")
    );
    assert_eq!(
        body(&wire, &request("qwen3-max", question, with_tools(), true)),
        captured("tools-stream")
    );
    let params = Params {
        parallel_tool_calls: Some(true),
        ..with_tools()
    };
    let question = ask("Weather in Hangzhou and Shanghai?");
    assert_eq!(
        body(&wire, &request("qwen3-max", question, params, true)),
        captured("tools-parallel-stream")
    );
    let http = native().chat(
        &request("qwen-plus", ask("Weather?"), with_tools(), true),
        &Remote::default(),
    );
    let recorded = read_json("native/requests/generation-tools.json")["requests"][0].clone();
    assert_eq!(written(&http.unwrap().request), recorded);
}

#[test]
fn a_call_and_its_result_are_sent_back_as_the_sdk_does() {
    let wire = openai(Dialect::DashScope);
    assert_eq!(
        body(&wire, &request("qwen3-max", round(), with_tools(), false)),
        captured("tool-result")
    );
    let expected = captured("tool-result")["messages"].clone();
    let sent = body(&native(), &request("qwen-plus", round(), with_tools(), true));
    assert_eq!(sent["input"]["messages"], expected);
    let sent = body(&native(), &request("qwen3.8-max", round(), with_tools(), true));
    let mut parts = expected;
    parts[0]["content"] = json!([{"text": "Weather in Hangzhou?"}]);
    parts[1]["content"] = json!([]);
    parts[2]["content"] = json!([{"text": "sunny, 25 C"}]);
    assert_eq!(sent["input"]["messages"], parts);
}

#[test]
fn one_message_may_hold_the_results_of_several_calls() {
    let mut messages = round();
    let Block::ToolCall(call) = messages[1].blocks[0].clone() else {
        panic!("a call");
    };
    let other = ToolCall {
        id: "b".into(),
        arguments: String::new(),
        ..call
    };
    messages[1].blocks.insert(0, Block::Text("Both.".into()));
    messages[1].blocks.push(Block::ToolCall(other));
    let result = Message::tool_result("b", "rain").blocks;
    messages[2].blocks.extend(result);
    let sent = body(
        &openai(Dialect::Generic),
        &request("m", messages, Params::default(), true),
    );
    assert_eq!(sent["messages"][1]["content"], "Both.");
    assert_eq!(sent["messages"][1]["tool_calls"][1]["function"]["arguments"], "{}");
    assert_eq!(
        sent["messages"].as_array().unwrap()[2..],
        [
            json!({"role": "tool", "tool_call_id": "call_00000000000000000000aa01", "content": "sunny, 25 C"}),
            json!({"role": "tool", "tool_call_id": "b", "content": "rain"}),
        ]
    );
}

#[test]
fn thoughts_go_back_with_the_call_they_led_to_and_otherwise_when_asked_for() {
    let mut messages = round();
    messages[1].blocks.insert(0, Block::Thinking("Look it up.".into()));
    for wire in [
        &openai(Dialect::DashScope) as &dyn ChatProtocol,
        &openai(Dialect::Generic),
    ] {
        let sent = body(wire, &request("qwen3.8-max", messages.clone(), with_tools(), true));
        assert_eq!(sent["messages"][1]["reasoning_content"], "Look it up.");
    }
    let sent = body(&native(), &request("qwen3.8-max", messages, with_tools(), true));
    assert_eq!(sent["input"]["messages"][1]["reasoning_content"], "Look it up.");

    let mut messages = ask("2+2?");
    messages.push(Message::new(
        Role::Assistant,
        vec![Block::Thinking("simple sum".into()), Block::Text("4".into())],
    ));
    messages.extend(ask("plus 1?"));
    let mut asked = request("qwen3.8-max", messages, Params::default(), false);
    let wire = openai(Dialect::DashScope);
    assert_eq!(body(&wire, &asked)["messages"][1].get("reasoning_content"), None);
    asked.params.preserve_thinking = Some(true);
    asked.params.reasoning_effort = Some(ReasoningEffort::Low);
    assert_eq!(body(&wire, &asked), captured("reasoning-effort"));
}

#[test]
fn glm_is_asked_to_stream_its_calls() {
    for (model, stream, asked_for) in [
        ("glm-5.2", true, true),
        ("zhipu/GLM-5", true, true),
        ("glm-5.2", false, false),
        ("qwen3-max", true, false),
    ] {
        let request = request(model, ask("Hi"), with_tools(), stream);
        let has = |body: Value| body.get("tool_stream") == Some(&json!(true));
        assert_eq!(has(body(&openai(Dialect::DashScope), &request)), asked_for, "{model}");
        assert_eq!(
            has(body(&native(), &request)["parameters"].clone()),
            asked_for,
            "{model}"
        );
    }
}

#[test]
fn every_choice_of_a_tool_has_its_word() {
    for (choice, word) in [
        (ToolChoice::Auto, json!("auto")),
        (ToolChoice::None, json!("none")),
        (ToolChoice::Required, json!("required")),
        (
            ToolChoice::Function("f".into()),
            json!({"type": "function", "function": {"name": "f"}}),
        ),
    ] {
        let params = Params {
            tool_choice: Some(choice),
            ..with_tools()
        };
        let asked = request("qwen-plus", ask("Hi"), params, true);
        assert_eq!(body(&openai(Dialect::Generic), &asked)["tool_choice"], word);
        assert_eq!(body(&native(), &asked)["parameters"]["tool_choice"], word);
    }
}

/// The calls among events, and the reason at their end.
pub(super) fn calls(events: &[Event]) -> (Vec<ToolCall>, Option<&Finish>) {
    let calls = events.iter().filter_map(|event| match event {
        Event::ToolCall(call) => Some(call.clone()),
        _ => None,
    });
    let finish = match events.last() {
        Some(Event::Done(finish)) => Some(finish),
        _ => None,
    };
    (calls.collect(), finish)
}

#[test]
fn the_recorded_replies_of_dashscope_hold_their_calls() {
    let call = |n: u8, city: &str| ToolCall {
        id: format!("call_00000000000000000000aa0{n}"),
        name: "get_weather".into(),
        arguments: format!("{{\"city\": \"{city}\"}}"),
    };
    for (case, reply, cities) in [
        ("chat-tools", "reply.json", &["Hangzhou"][..]),
        ("stream-tools", "reply.sse", &["Hangzhou"]),
        ("stream-tools-parallel", "reply.sse", &["Hangzhou", "Shanghai"]),
    ] {
        let about = read_json(&format!("openai/{case}/head.json"));
        let mut head = head(&about);
        let kind = about["content_type"].as_str().unwrap().to_owned();
        head.headers.push(("content-type".into(), kind));
        let body = read(&format!("openai/{case}/{reply}"));
        let played = play(&openai(Dialect::DashScope), &head, &[&body]);
        let expected: Vec<ToolCall> = (1..).zip(cities).map(|(n, city)| call(n, city)).collect();
        assert_eq!(calls(&played.events), (expected, Some(&Finish::ToolCalls)), "{case}");
    }
}

#[test]
fn calls_without_end_are_refused() {
    let megabyte = "x".repeat(1024 * 1024);
    // One call whose arguments do not end, and calls that do not end.
    for (pieces, is_one_call, arguments) in [(20, true, megabyte.as_str()), (2_000, false, "{}")] {
        let mut decoder = openai(Dialect::Generic).decoder(&Head::default());
        let refused = (0..pieces).find_map(|n| {
            let index = if is_one_call { 0 } else { n };
            // No piece begins with the one before, so that none repeats it.
            let arguments = format!("{n}{arguments}");
            let call = json!({"index": index, "id": "a", "function": {"name": "f", "arguments": arguments}});
            let piece = json!({"choices": [{"delta": {"tool_calls": [call]}}]}).to_string();
            decoder.payload(piece.as_bytes(), &mut Vec::new()).err()
        });
        assert_eq!(
            refused.unwrap().cause(),
            &Malformed::TooLarge { limit: 16 << 20 }.into()
        );
    }
}
