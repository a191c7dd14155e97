//! Further members of messages on the wire.

use serde_json::{Value, json};

use super::tools::{body, native, openai, request};
use crate::protocol::openai::Dialect;
use crate::{Block, Media, Message, Params, Role};

fn extra(mut message: Message, members: Value) -> Message {
    message.extra = members.as_object().unwrap().clone();
    message
}

fn messages() -> Vec<Message> {
    let content = json!([
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
        {"type": "image_url", "image_url": {"url": "https://a.b/c.png", "detail": "low"}, "max_pixels": 9},
        {"type": "input_audio", "input_audio": {"data": "https://a.b/c.wav", "format": "wav"}},
        {"type": "video", "video": ["https://a.b/1.png", "https://a.b/2.png"], "fps": 2},
    ]);
    let question = Message::user("a").with_media(Media::image_url("https://a.b/c.png"));
    let call = crate::ToolCall {
        id: "c1".into(),
        name: "f".into(),
        arguments: "{}".into(),
    };
    vec![
        extra(
            Message::text(Role::System, "be short"),
            json!({"name": "house", "x": 1}),
        ),
        extra(question, json!({"content": content, "name": "me"})),
        extra(
            Message::new(Role::Assistant, vec![Block::ToolCall(call)]),
            json!({"reasoning_content": "Hm."}),
        ),
        extra(Message::tool_result("c1", "2"), json!({"name": "f"})),
    ]
}

#[test]
fn further_members_of_messages_are_sent_in_the_place_of_their_blocks() {
    let call = json!([{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]);
    let sent = |content: Value, text: fn(&str) -> Value| {
        json!([
            {"role": "system", "content": text("be short"), "name": "house", "x": 1},
            {"role": "user", "content": content, "name": "me"},
            {"role": "assistant", "content": text(""), "tool_calls": call, "reasoning_content": "Hm."},
            {"role": "tool", "tool_call_id": "c1", "content": text("2"), "name": "f"},
        ])
    };
    let request = request("qwen3-vl-plus", messages(), Params::default(), true);
    let as_written = messages()[1].extra["content"].clone();
    for dialect in [Dialect::DashScope, Dialect::Generic] {
        let body = body(&openai(dialect), &request);
        assert_eq!(body["messages"], sent(as_written.clone(), |text| text.into()));
    }
    let by_type = json!([
        {"text": "a", "cache_control": {"type": "ephemeral"}},
        {"image": "https://a.b/c.png", "max_pixels": 9},
        {"audio": "https://a.b/c.wav"},
        {"video": ["https://a.b/1.png", "https://a.b/2.png"], "fps": 2},
    ]);
    let text = |text: &str| match text {
        "" => json!([]),
        text => json!([{"text": text}]),
    };
    assert_eq!(body(&native(), &request)["input"]["messages"], sent(by_type, text));
}
