//! The members of a request, at every depth, as they reach the provider.

use serde_json::{Value, json};

use super::gateway::Gateway;
use crate::server::{CHAT, Connection, Server};

#[test]
fn members_are_passed_on_in_the_caller_s_order_and_null_is_absent() {
    let server = Server::answers(&["ok"]);
    let gateway = Gateway::of(&server, &[]);
    gateway.chat(json!({
        "zeta": 1, "messages": [
            {"role": "developer", "content": "be short"},
            {"role": "user", "name": null, "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "oss://x/y.png"}}]},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "2"}]}
        ],
        "alpha": {"b": 1}, "temperature": null, "max_completion_tokens": 9, "max_tokens": 7, "user": "me",
        "reasoning_effort": "none", "n": 1, "logprobs": false, "modalities": ["text"], "tool_choice": "auto",
        "response_format": {"type": "text"}
    }));
    let sent = server.request();
    assert_eq!(
        sent.json(),
        json!({"model": "qwen-plus", "messages": [
                {"role": "system", "content": "be short"},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "oss://x/y.png"}}]},
                {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c1", "content": "2"}],
            "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 9, "enable_thinking": false,
            "tool_choice": "auto", "zeta": 1, "alpha": {"b": 1}, "user": "me"})
    );
    let text = sent.json().to_string();
    assert!(
        text.find("zeta") < text.find("alpha") && text.find("alpha") < text.find("\"user\":\"me\""),
        "{text}"
    );
}

/// The path of a model that sees, in DashScope's own API.
const NATIVE: &str = "/api/v1/services/aigc/multimodal-generation/generation";

fn native_answer() -> Connection {
    let event = json!({"output": {"choices": [{"message": {"role": "assistant", "content": [{"text": "ok"}]},
        "finish_reason": "stop"}]}, "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}});
    Connection::new()
        .expect("POST", NATIVE)
        .stream_head()
        .sse(event)
        .end_chunks()
}

#[test]
fn unknown_members_at_every_depth_reach_the_provider() {
    let tools = json!([{"type": "function", "cache_control": {"type": "ephemeral"}, "function": {"strict": true,
        "name": "f", "parameters": {"type": "object", "default": null}, "x-order": [2, 1]}}]);
    let format = json!({"type": "json_schema", "json_schema": {"name": "city", "description": "A city",
        "strict": false, "schema": {"type": "object"}}});
    let choice = json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto"}});
    let call = json!([{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}, "extra_content": {"a": 1}}]);
    let body = json!({
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "long", "cache_control": {"type": "ephemeral"}}]},
            {"role": "user", "name": "me", "content": [
                {"type": "text", "text": "a"},
                {"type": "image_url", "image_url": {"url": "https://a.b/c.png", "detail": "low"}, "max_pixels": 9},
                {"type": "video", "video": ["https://a.b/1.png", "https://a.b/2.png"], "fps": 2}]},
            {"role": "assistant", "content": null, "tool_calls": call, "reasoning_content": "Hm.", "refusal": null},
            {"role": "tool", "tool_call_id": "c1", "name": "f", "content": "2"},
            {"role": "assistant", "content": "So", "partial": true}
        ],
        "tools": tools, "tool_choice": choice, "parallel_tool_calls": false, "response_format": format,
        "logit_bias": {"1": -100}, "seed": -1
    });
    let with_stream = |streams: bool| {
        let mut body = body.clone();
        body["stream"] = streams.into();
        body
    };
    let system = |part: Value| json!({"role": "system", "content": [part]});
    let rest = |write: &dyn Fn(&str) -> Value| {
        [
            json!({"role": "assistant", "content": write(""), "tool_calls": call, "reasoning_content": "Hm."}),
            json!({"role": "tool", "tool_call_id": "c1", "content": write("2"), "name": "f"}),
            json!({"role": "assistant", "content": write("So"), "partial": true}),
        ]
    };
    let params = json!({"parallel_tool_calls": false, "tools": tools, "tool_choice": choice, "response_format": format,
        "logit_bias": {"1": -100}, "seed": -1});

    let server = Server::plays([0, 1].map(|_| Connection::new().expect("POST", CHAT).answer(&["ok"])));
    let gateway = Gateway::of(&server, &[]);
    for streams in [true, false] {
        assert_eq!(gateway.chat(with_stream(streams)).status, 200);
    }
    for sent in server.finish() {
        let mut sent = sent.json();
        assert_eq!(
            sent["messages"].take(),
            Value::from_iter(
                [body["messages"][0].clone(), body["messages"][1].clone()]
                    .into_iter()
                    .chain(rest(&|text| text.into()))
            )
        );
        let members = sent.as_object_mut().unwrap();
        for name in ["model", "messages", "stream", "stream_options"] {
            members.shift_remove(name).unwrap();
        }
        assert_eq!(sent, params);
    }

    let server = Server::plays([0, 1].map(|_| native_answer()));
    let address = format!("http://{}/api/v1", server.address());
    let qwen = crate::harness::Qwen::new().server(&server);
    let gateway = Gateway::start(qwen, &["-p", "dashscope-native", "--base-url", &address]);
    for streams in [true, false] {
        assert_eq!(gateway.chat(with_stream(streams)).status, 200);
    }
    for sent in server.finish() {
        let mut sent = sent.json();
        let parts = |text: &str| match text {
            "" => json!([]),
            text => json!([{"text": text}]),
        };
        let begun = [
            system(json!({"text": "long", "cache_control": {"type": "ephemeral"}})),
            json!({"role": "user", "name": "me", "content": [{"text": "a"},
                {"image": "https://a.b/c.png", "max_pixels": 9},
                {"video": ["https://a.b/1.png", "https://a.b/2.png"], "fps": 2}]}),
        ];
        assert_eq!(
            sent["input"]["messages"].take(),
            Value::from_iter(begun.into_iter().chain(rest(&parts)))
        );
        let members = sent["parameters"].as_object_mut().unwrap();
        assert_eq!(members.shift_remove("incremental_output"), Some(json!(true)));
        assert_eq!(sent["parameters"], params);
    }
}

/// Sound in OpenAI's form and in DashScope's, and video, as an address and as bytes.
#[test]
fn sound_and_video_are_passed_on_in_the_upstream_s_form() {
    let audio =
        |data: &str, format: &str| json!({"type": "input_audio", "input_audio": {"data": data, "format": format}});
    let video = |url: &str| json!({"type": "video_url", "video_url": {"url": url}});
    let text = json!({"type": "text", "text": "What is said?"});
    let content = json!([
        text, audio("YWJj", "wav"), audio("data:;base64,YWJj", "mp3"), audio("https://a.b/c.wav", "wav"),
        {"type": "audio_url", "audio_url": {"url": "https://a.b/d.mp3"}},
        video("https://a.b/e.mp4"), video("data:video/mp4;base64,YWJj"), {"type": "video_url", "video_url": "oss://f/g.mp4"}
    ]);
    let body = json!({"model": "qwen3-omni-flash", "messages": [{"role": "user", "content": content}]});

    let server = Server::answers(&["ok"]);
    assert_eq!(Gateway::of(&server, &[]).chat(body.clone()).status, 200);
    assert_eq!(
        server.request().json()["messages"][0]["content"],
        json!([
            text,
            audio("data:;base64,YWJj", "wav"),
            audio("data:;base64,YWJj", "mp3"),
            audio("https://a.b/c.wav", "wav"),
            audio("https://a.b/d.mp3", "mp3"),
            video("https://a.b/e.mp4"),
            video("data:video/mp4;base64,YWJj"),
            video("oss://f/g.mp4")
        ])
    );

    let server = Server::plays([native_answer()]);
    let address = format!("http://{}/api/v1", server.address());
    let qwen = crate::harness::Qwen::new().server(&server);
    let gateway = Gateway::start(qwen, &["-p", "dashscope-native", "--base-url", &address]);
    assert_eq!(gateway.chat(body).status, 200);
    assert_eq!(
        server.request().json()["input"]["messages"][0]["content"],
        json!([
            {"text": "What is said?"}, {"audio": "data:;base64,YWJj"}, {"audio": "data:;base64,YWJj"},
            {"audio": "https://a.b/c.wav"}, {"audio": "https://a.b/d.mp3"},
            {"video": "https://a.b/e.mp4"}, {"video": "data:video/mp4;base64,YWJj"}, {"video": "oss://f/g.mp4"}
        ])
    );
}

#[test]
fn a_file_in_a_message_is_passed_on_as_it_was_written() {
    let content = json!([
        {"type": "text", "text": "What is in it?"},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,YWJj"}}
    ]);
    let body = json!({"messages": [{"role": "user", "content": content}]});
    let server = Server::answers(&["ok"]);
    let gateway = Gateway::of(&server, &[]);
    assert_eq!(gateway.chat(body).status, 200);
    assert_eq!(server.request().json()["messages"][0]["content"], content);
    let reply = gateway.chat(json!({"messages": [{"role": "user", "content": [{"type": "file"}]}]}));
    assert_eq!(
        (reply.status, &reply.json()["error"]["param"]),
        (400, &json!("messages[0].content[0]"))
    );
}
