//! What the web protocol sends in its older generation, beside what the site's public SDK sends.

use crate::error::{Cause, InvalidInput};
use crate::protocol::{ChatProtocol, HostedFiles};
use crate::{ChatRequest, MediaKind, Message, Params, Remote, Role, Thinking};
use serde_json::Value;

use super::web::{asked, attached, recorded, sent, v1, written};

#[test]
fn v1_asks_as_its_sdk_does() {
    let calls = |name: &str| recorded(&format!("web-v1/calls/{name}.json"), 0);
    let defaults = Params {
        temperature: Some(0.7),
        max_tokens: Some(2048),
        ..Params::default()
    };
    let ask = |messages: Vec<Message>, params: &Params, model: &str| {
        let request = ChatRequest {
            model: model.into(),
            messages,
            params: params.clone(),
            stream: true,
        };
        sent(&v1(), &request, &Remote::default())
    };
    let hello = vec![Message::text(Role::User, "Say hello.")];
    assert_eq!(ask(hello.clone(), &defaults, "qwen-max-latest"), calls("stream"));
    assert_eq!(ask(hello, &defaults, "qwen-max-latest"), calls("nonstream"));

    let thinking = Params {
        temperature: Some(0.2),
        search: Some(true),
        thinking: Some(Thinking::On { budget: Some(1024) }),
        ..Params::default()
    };
    let mut expected = calls("stream-search-thinking");
    // An option that was not given is left out rather than sent as null.
    let removed = expected["body"].as_object_mut().unwrap().remove("max_tokens");
    assert_eq!(removed, Some(Value::Null));
    let new = vec![Message::text(Role::User, "What is new?")];
    assert_eq!(ask(new, &thinking, "qwen3-235b-a22b"), expected);

    let mut expected = calls("multiturn-roles");
    // There are no tools here, so no tool's answer either.
    let tool = expected["body"]["messages"].as_array_mut().unwrap().remove(3);
    assert_eq!(tool["role"], "function");
    let turns = vec![
        Message::text(Role::System, "Be brief."),
        Message::text(Role::User, "Hi"),
        Message::text(Role::Assistant, "Hello"),
        Message::text(Role::User, "Again"),
    ];
    assert_eq!(ask(turns, &defaults, "qwen-max-latest"), expected);

    let flow = "web-v1/calls/upload-image-then-stream.json";
    let expected = recorded(flow, 2);
    let url = expected["body"]["messages"][0]["content"][1]["image"].as_str().unwrap();
    let mut message = attached(MediaKind::Image, url, "pixel.png", "image/png", "What is this?");
    message.blocks.swap(0, 1);
    assert_eq!(ask(vec![message], &defaults, "qwen-max-latest"), expected);
    assert_eq!(
        written(&v1().grant("pixel.png", 70, MediaKind::Image)),
        recorded(flow, 0)
    );

    let mut request = asked("", Params::default());
    request.messages = vec![attached(
        MediaKind::Document,
        url,
        "doc.pdf",
        "application/pdf",
        "Sum up",
    )];
    let error = v1().chat(&request, &Remote::default()).unwrap_err();
    let name = "doc.pdf".to_owned();
    assert_eq!(error.cause(), &Cause::Input(InvalidInput::MediaNotTaken { name }));
}
