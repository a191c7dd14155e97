//! Tools on the wire: what is sent for them beside what official clients send, and the calls that come back.

use crate::error::Malformed;
use crate::protocol::dashscope::DashScope;
use crate::protocol::openai::{Dialect, OpenAi};
use crate::protocol::{ChatProtocol, Head};
use crate::{
    Block, ChatRequest, Event, Finish, Message, Notice, Parameter, Params, ReasoningEffort, Remote, ResponseFormat,
    Role, SearchOptions, Secret, Tool, ToolCall, ToolChoice,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::play::{head, play, read, read_json, written};
use super::web::{asked, v1, v2};

fn openai(dialect: Dialect) -> OpenAi {
    OpenAi {
        base_url: "https://host.invalid/compatible-mode/v1".into(),
        key: None,
        headers: Vec::new(),
        dialect,
        moved: Default::default(),
    }
}

fn native() -> DashScope {
    DashScope {
        base_url: "https://host.invalid/api/v1".into(),
        key: Some((Secret::new("sk-PLACEHOLDER"), "DASHSCOPE_API_KEY".into())),
        headers: Vec::new(),
    }
}

fn weather() -> Tool {
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

fn request(model: &str, messages: Vec<Message>, params: Params, stream: bool) -> ChatRequest {
    ChatRequest {
        model: model.into(),
        messages,
        params,
        stream,
    }
}

/// The body of a request from which nothing is left out.
fn body(wire: &dyn ChatProtocol, request: &ChatRequest) -> Value {
    let prepared = wire.chat(request, &Remote::default()).unwrap();
    assert_eq!(prepared.notices, []);
    prepared.request.body.unwrap()
}

fn captured(case: &str) -> Value {
    read_json(&format!("openai-requests/chat-{case}.json"))["body"].clone()
}

fn ask(text: &str) -> Vec<Message> {
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
    messages.push(Message {
        role: Role::Assistant,
        blocks: vec![Block::ToolCall(call.clone())],
    });
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
    messages.push(Message {
        role: Role::Assistant,
        blocks: vec![Block::Thinking("simple sum".into()), Block::Text("4".into())],
    });
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

/// Every parameter there is.
fn everything() -> Params {
    let extra = json!({"n": 1, "user": "u1", "logprobs": true, "top_logprobs": 2});
    Params {
        temperature: Some(0.3),
        top_p: Some(0.9),
        top_k: Some(20),
        max_tokens: Some(200),
        max_completion_tokens: Some(256),
        seed: Some(42),
        stop: vec!["\n\n".into()],
        presence_penalty: Some(0.5),
        frequency_penalty: Some(0.25),
        repetition_penalty: Some(1.05),
        thinking: None,
        reasoning_effort: Some(ReasoningEffort::XHigh),
        preserve_thinking: Some(false),
        search: Some(true),
        search_options: SearchOptions {
            forced: Some(true),
            strategy: Some("max".into()),
            extension: Some(false),
            freshness: Some(7),
            sites: vec!["example.com".into()],
            instruction: Some("the weather".into()),
        },
        response_format: Some(ResponseFormat::JsonObject),
        tools: vec![weather()],
        tool_choice: Some(ToolChoice::None),
        parallel_tool_calls: Some(true),
        high_resolution_images: Some(true),
        extra: extra.as_object().unwrap().clone(),
    }
}

/// The members that a request with all parameters has, beside those of every request; and what is left out.
fn members(wire: &dyn ChatProtocol) -> (Vec<String>, Vec<Notice>) {
    let asked = request("qwen-plus", ask("Hi"), everything(), true);
    let prepared = wire.chat(&asked, &Remote::default()).unwrap();
    let body = prepared.request.body.unwrap();
    let members = body.get("parameters").unwrap_or(&body).as_object().unwrap();
    let every = [
        "model",
        "messages",
        "stream",
        "stream_options",
        "result_format",
        "incremental_output",
    ];
    let names = members.keys().filter(|name| !every.contains(&name.as_str()));
    (names.cloned().collect(), prepared.notices)
}

const SAMPLING: [&str; 9] = [
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "max_completion_tokens",
    "seed",
    "stop",
    "presence_penalty",
    "repetition_penalty",
];
const OF_DASHSCOPE: [&str; 4] = [
    "preserve_thinking",
    "vl_high_resolution_images",
    "enable_search",
    "search_options",
];
const ANSWER: [&str; 9] = [
    "reasoning_effort",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "n",
    "user",
    "logprobs",
    "top_logprobs",
];

#[test]
fn every_parameter_is_sent_or_noticed() {
    let left_out = |parameters: &[Parameter]| Notice::ParametersLeftOut {
        parameters: parameters.to_vec(),
    };
    let of_dashscope = [&SAMPLING[..], &OF_DASHSCOPE, &ANSWER].concat();
    for wire in [&openai(Dialect::DashScope) as &dyn ChatProtocol, &native()] {
        let (names, notices) = members(wire);
        assert_eq!(names, of_dashscope);
        assert_eq!(notices, [left_out(&[Parameter::FrequencyPenalty])]);
    }
    let (names, notices) = members(&openai(Dialect::Generic));
    let own = ["frequency_penalty", "chat_template_kwargs"];
    assert_eq!(names, [&SAMPLING[..], &own, &ANSWER].concat());
    let both = [Parameter::SearchOptions, Parameter::HighResolutionImages];
    assert_eq!(notices, [Notice::SearchUnsupported, left_out(&both)]);

    let all = [
        &SAMPLING[..8],
        &["frequency_penalty", "repetition_penalty", "reasoning_effort"],
        &["preserve_thinking", "search_options", "response_format"],
        &[
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "vl_high_resolution_images",
        ],
        &ANSWER[5..],
    ];
    for (wire, has) in [(v2(), &[][..]), (v1(), &["temperature", "max_tokens"])] {
        let remote = Remote {
            chat_id: Some("c".into()),
            parent_id: None,
        };
        let notices = wire.chat(&asked("Hi", everything()), &remote).unwrap().notices;
        let [Notice::ParametersLeftOut { parameters }] = notices.as_slice() else {
            panic!("{notices:?}");
        };
        let names: Vec<&str> = parameters.iter().map(Parameter::as_str).collect();
        let mut lacking = all.concat();
        lacking.retain(|name| !has.contains(name));
        assert_eq!(names, lacking);
    }
}

#[test]
fn the_parameters_of_other_requests_are_those_of_the_sdk() {
    let wire = openai(Dialect::DashScope);
    let mut expected = captured("search");
    let params = Params {
        search: Some(true),
        search_options: SearchOptions {
            forced: Some(true),
            strategy: Some("max".into()),
            freshness: Some(7),
            ..SearchOptions::default()
        },
        ..Params::default()
    };
    assert_eq!(
        body(&wire, &request("qwen-plus", ask("News today?"), params, true)),
        expected
    );

    expected = captured("translate");
    let params = Params {
        extra: json!({"translation_options": expected["translation_options"]})
            .as_object()
            .unwrap()
            .clone(),
        ..Params::default()
    };
    assert_eq!(
        body(&wire, &request("qwen-mt-plus", ask("hello"), params, false)),
        expected
    );

    expected = captured("sampling");
    let all = everything();
    let params = Params {
        max_tokens: None,
        frequency_penalty: None,
        reasoning_effort: None,
        preserve_thinking: None,
        search: None,
        search_options: SearchOptions::default(),
        response_format: None,
        tools: Vec::new(),
        tool_choice: None,
        parallel_tool_calls: None,
        high_resolution_images: None,
        ..all
    };
    let mut messages = vec![Message::text(Role::System, "You are terse.")];
    messages.extend(ask("Say hello"));
    assert_eq!(body(&wire, &request("qwen-plus", messages, params, false)), expected);
}

/// The calls among events, and the reason at their end.
fn calls(events: &[Event]) -> (Vec<ToolCall>, Option<&Finish>) {
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
        assert_eq!(refused.unwrap().cause(), &Malformed::TooLarge.into());
    }
}

/// How a server words its calls.
#[derive(Clone, Copy, Debug)]
struct Manner {
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

fn manner() -> impl Strategy<Value = Manner> {
    let index = prop::sample::select(&[Index::Counted, Index::Zero, Index::Missing][..]);
    (any::<[bool; 4]>(), index).prop_map(|([is_native, repeats_id, repeats_name, is_cumulative], index)| Manner {
        is_native,
        index,
        repeats_id,
        repeats_name,
        is_cumulative,
    })
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
fn stream_of(manner: Manner, all: &[(String, String)], sizes: &[usize]) -> String {
    let mut payloads = Vec::new();
    let mut sizes = sizes.iter().cycle();
    for (index, (id, text)) in all.iter().enumerate() {
        let letters: Vec<char> = text.chars().collect();
        let (mut at, mut is_first) = (0, true);
        while at < letters.len() {
            let end = (at + sizes.next().unwrap()).min(letters.len());
            let from = if manner.is_cumulative { 0 } else { at };
            let piece: String = letters[from..end].iter().collect();
            let mut call = json!({"type": "function", "id": "", "function": {"arguments": piece}});
            match manner.index {
                Index::Counted => call["index"] = index.into(),
                Index::Zero => call["index"] = 0.into(),
                Index::Missing => {}
            }
            if is_first || manner.repeats_id {
                call["id"] = id.clone().into();
            }
            if is_first || manner.repeats_name {
                call["function"]["name"] = "get_weather".into();
            }
            payloads.push(said(manner, json!({"content": "", "tool_calls": [call]}), None));
            (at, is_first) = (end, false);
        }
    }
    payloads.push(said(manner, json!({"content": ""}), Some("tool_calls")));
    let events = payloads.iter().map(|payload| format!("data: {payload}\n\n"));
    events.collect()
}

fn said(manner: Manner, message: Value, why: Option<&str>) -> Value {
    match manner.is_native {
        true => json!({"output": {"choices": [{"message": message, "finish_reason": why.unwrap_or("null")}]}}),
        false => json!({"choices": [{"delta": message, "finish_reason": why}]}),
    }
}

proptest! {
    /// However a server words its calls and wherever it cuts them, and wherever the network cuts the body.
    #[test]
    fn a_stream_of_calls_in_any_pieces_holds_the_same_calls(
        manner in manner(),
        all in prop::collection::vec(arguments(), 1..4),
        sizes in prop::collection::vec(1..12usize, 1..6),
        size in 1..200usize,
    ) {
        let all: Vec<(String, String)> = (0..).zip(all).map(|(n, value)| (format!("call_{n}"), value.to_string())).collect();
        let expected: Vec<ToolCall> = all
            .iter()
            .map(|(id, text)| ToolCall { id: id.clone(), name: "get_weather".into(), arguments: text.clone() })
            .collect();
        let body = stream_of(manner, &all, &sizes);
        let pieces: Vec<&[u8]> = body.as_bytes().chunks(size).collect();
        let head = Head { status: 200, headers: vec![("content-type".into(), "text/event-stream".into())] };
        let wires: Vec<Box<dyn ChatProtocol>> = match manner.is_native {
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
