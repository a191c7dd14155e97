//! The parameters of a request in every protocol: each is sent, or a notice says that it was left out.

use crate::protocol::ChatProtocol;
use crate::protocol::openai::Dialect;
use crate::{
    Message, Notice, Parameter, Params, ReasoningEffort, Remote, ResponseFormat, Role, SearchOptions, Thinking,
    ToolChoice,
};
use serde_json::{Value, json};

use super::tools::{ask, body, captured, native, openai, request, weather};
use super::web::{asked, v1, v2};

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
    let body = prepared.request.body.unwrap().json().unwrap();
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
fn the_template_s_own_parameters_stay_beside_the_caller_s() {
    let written = |own: Value| {
        let params = Params {
            thinking: Some(Thinking::On { budget: Some(99) }),
            extra: [("chat_template_kwargs".to_owned(), own)].into_iter().collect(),
            ..Params::default()
        };
        let request = request("qwen3", ask("Hi"), params, true);
        body(&openai(Dialect::Generic), &request)["chat_template_kwargs"].clone()
    };
    assert_eq!(
        written(json!({"add_vision_id": true, "thinking_budget": 5})),
        json!({"add_vision_id": true, "thinking_budget": 5, "enable_thinking": true})
    );
    // The server is to say what is wrong with it.
    assert_eq!(written(json!("none")), json!("none"));
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
