//! What the native protocol sends, beside what DashScope's own SDK sends for the same request; and its uploads.

use crate::Secret;
use crate::error::Rejection;
use crate::protocol::dashscope::upload::Policy;
use crate::protocol::dashscope::{DashScope, GenerationPath, path_for};
use crate::protocol::{ChatProtocol, Head, HeaderValue, oss};
use crate::{
    Block, ChatRequest, Event, Media, MediaKind, MediaSource, Message, Notice, Params, Remote, ResponseFormat, Role,
    SearchOptions, Thinking,
};
use serde_json::{Value, json};

use super::play::{head, read, read_json, written};

pub(super) fn protocol() -> DashScope {
    DashScope {
        base_url: "https://host.invalid/api/v1".into(),
        key: Some((Secret::new("sk-PLACEHOLDER"), "DASHSCOPE_API_KEY".into())),
        headers: Vec::new(),
    }
}

fn asked(model: &str, messages: Vec<Message>, params: Params, stream: bool) -> ChatRequest {
    ChatRequest {
        model: model.into(),
        messages,
        params,
        stream,
    }
}

fn hello() -> Vec<Message> {
    vec![
        Message::text(Role::System, "You are terse."),
        Message::text(Role::User, "Say hello"),
    ]
}

fn picture(source: MediaSource) -> Vec<Message> {
    let image = Block::Media(Media {
        kind: MediaKind::Image,
        source,
        mime: "image/png".into(),
        name: "red.png".into(),
        upload: None,
    });
    vec![Message::new(
        Role::User,
        vec![image, Block::Text("What is this?".into())],
    )]
}

fn url(url: &str) -> MediaSource {
    MediaSource::Url(url.into())
}

fn sent(request: &ChatRequest) -> Value {
    let prepared = protocol().chat(request, &Remote::default()).unwrap();
    assert_eq!(prepared.notices, []);
    written(&prepared.request)
}

/// The recorded request, the `n`-th of its file.
pub(super) fn recorded(name: &str, n: usize) -> Value {
    read_json(&format!("native/requests/{name}.json"))["requests"][n].clone()
}

#[test]
fn asks_as_the_sdk_does() {
    let plain = Params::default;
    assert_eq!(
        sent(&asked("qwen-plus", hello(), plain(), false)),
        recorded("generation", 0)
    );
    assert_eq!(
        sent(&asked("qwen-plus", hello(), plain(), true)),
        recorded("generation-stream", 0)
    );
    let thinking = Params {
        thinking: Some(Thinking::On { budget: Some(4096) }),
        ..plain()
    };
    assert_eq!(
        sent(&asked("qwen-plus", hello(), thinking, true)),
        recorded("generation-thinking", 0)
    );
    let thinking = Params {
        thinking: Some(Thinking::On { budget: None }),
        ..plain()
    };
    let image = picture(url("https://example.com/red.png"));
    assert_eq!(
        sent(&asked("qwen3-vl-plus", image.clone(), thinking, true)),
        recorded("multimodal-thinking", 0)
    );
    assert_eq!(
        sent(&asked("qwen3-vl-plus", image, plain(), false)),
        recorded("multimodal-url", 0)
    );
    let image = picture(url("oss://dashscope-instant/0123/2026-10-20/x/red.png"));
    assert_eq!(
        sent(&asked("qwen3-vl-plus", image, plain(), false)),
        recorded("multimodal-oss", 0)
    );
}

#[test]
fn two_pictures_go_in_their_order_as_the_sdk_sends_them() {
    // One policy, two forms, then the question.
    let mut recorded = recorded("multimodal-two-files-stream", 3);
    let parameters = recorded["json"]["parameters"].as_object_mut().unwrap();
    assert!(parameters.remove("vl_high_resolution_images").is_some());
    let image = recorded["json"]["input"]["messages"][0]["content"][1]["image"].clone();
    let mut messages = picture(url(image.as_str().unwrap()));
    let first = messages[0].blocks[0].clone();
    messages[0].blocks = vec![first.clone(), first, Block::Text("Compare".into())];
    assert_eq!(
        sent(&asked("qwen3-vl-plus", messages, Params::default(), true)),
        recorded
    );
}

#[test]
fn inlines_a_picture_as_the_sdk_does() {
    let recorded = recorded("multimodal-base64", 0);
    let uri = recorded["json"]["input"]["messages"][0]["content"][0]["image"]
        .as_str()
        .unwrap()
        .to_owned();
    let base64 = uri.strip_prefix("data:image/png;base64,").unwrap();
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, base64).unwrap();
    let image = picture(MediaSource::Inline(bytes.into()));
    assert_eq!(sent(&asked("qwen3-vl-plus", image, Params::default(), false)), recorded);
}

#[test]
fn sends_sampling_options_under_the_sdk_s_names() {
    let params = Params {
        temperature: Some(0.3),
        top_p: Some(0.9),
        top_k: Some(20),
        max_tokens: Some(256),
        seed: Some(42),
        stop: vec!["\n\n".into()],
        presence_penalty: Some(0.5),
        repetition_penalty: Some(1.05),
        response_format: Some(ResponseFormat::JsonObject),
        ..Params::default()
    };
    let mut recorded = recorded("generation-sampling", 0);
    // There is one answer to a request of ours.
    let parameters = recorded["json"]["parameters"].as_object_mut().unwrap();
    parameters.remove("n");
    assert_eq!(sent(&asked("qwen-plus", hello(), params, false)), recorded);
}

#[test]
fn a_search_asks_for_its_sources() {
    let params = Params {
        search: Some(true),
        ..Params::default()
    };
    let with_options = Params {
        search_options: SearchOptions {
            forced: Some(true),
            strategy: Some("turbo".into()),
            ..SearchOptions::default()
        },
        ..params.clone()
    };
    let mut with_citations = recorded("generation-search", 0);
    assert_eq!(sent(&asked("qwen-plus", hello(), with_options, true)), with_citations);
    let options = with_citations["json"]["parameters"]["search_options"]
        .as_object_mut()
        .unwrap();
    // The model decides whether to search, in the server's own way.
    options.remove("forced_search");
    options.remove("search_strategy");
    assert_eq!(sent(&asked("qwen-plus", hello(), params.clone(), true)), with_citations);

    let request = asked("qwen3.8-max", hello(), params.clone(), false);
    let prepared = protocol().chat(&request, &Remote::default()).unwrap();
    assert_eq!(prepared.request.body.unwrap().json().unwrap()["parameters"], json!({}));
    assert_eq!(prepared.notices, [Notice::SearchNeedsStream]);
    let request = asked("qwen-plus", hello(), params, false);
    let whole = sent(&request);
    assert_eq!(whole["json"]["parameters"]["enable_search"], json!(true));
}

#[test]
fn headers_of_a_provider_are_sent_too() {
    let mut protocol = protocol();
    protocol.headers = vec![(
        "X-DashScope-WorkSpace".into(),
        HeaderValue::Plain("ws-PLACEHOLDER".into()),
    )];
    let request = asked("qwen-plus", hello(), Params::default(), false);
    let http = protocol.chat(&request, &Remote::default()).unwrap().request;
    assert_eq!(written(&http), recorded("generation-workspace", 0));
}

#[test]
fn documents_are_system_messages_and_thoughts_are_not_sent_back() {
    let messages = vec![
        Message::text(Role::User, "Hi"),
        Message::new(
            Role::Assistant,
            vec![Block::Thinking("Hm.".into()), Block::Text("Hello.".into())],
        ),
        Message::new(
            Role::User,
            vec![
                Block::Media(Media {
                    kind: MediaKind::Document,
                    source: url("fileid://file-fe-1"),
                    mime: String::new(),
                    name: "a.pdf".into(),
                    upload: None,
                }),
                Block::Text("Sum it up".into()),
            ],
        ),
    ];
    let body = sent(&asked("qwen-long", messages, Params::default(), true));
    assert_eq!(
        body["json"]["input"]["messages"],
        json!([
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello."},
            {"role": "system", "content": "fileid://file-fe-1"},
            {"role": "user", "content": "Sum it up"},
        ])
    );
}

#[test]
fn resumes_a_cut_answer() {
    let params = Params {
        thinking: Some(Thinking::On { budget: Some(9) }),
        ..Params::default()
    };
    let mut request = asked("qwen-plus", hello(), params, true);
    let http = protocol().resume(&request, "Hello, w").unwrap();
    let body = http.body.unwrap().json().unwrap();
    assert_eq!(
        body["input"]["messages"][2],
        json!({"role": "assistant", "content": "Hello, w", "partial": true})
    );
    assert_eq!(
        body["parameters"],
        json!({"result_format": "message", "incremental_output": true, "enable_thinking": false})
    );
    assert!(protocol().resume(&request, "").is_none());
    request.model = "qwen3.8-max".into();
    let body = protocol()
        .resume(&request, "Hello")
        .unwrap()
        .body
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(body["input"]["messages"][2]["content"], json!([{"text": "Hello"}]));
    request.params.response_format = Some(ResponseFormat::JsonObject);
    assert!(protocol().resume(&request, "{").is_none());
}

#[test]
fn a_url_error_leads_to_the_other_path_and_back() {
    let protocol = protocol();
    let head = head(&read_json("native/error-400-url-error/head.json"));
    let error = protocol
        .refusal(&head, &read("native/error-400-url-error/reply.json"))
        .unwrap();
    let ask = |model: &str| {
        let request = asked(model, hello(), Params::default(), true);
        protocol.chat(&request, &Remote::default()).unwrap().request
    };
    assert_eq!(path_for("qwen-plus"), GenerationPath::Text);
    let text = ask("qwen-plus");
    let multimodal = protocol.reroute(&text, &error).unwrap();
    assert_eq!(
        written(&multimodal),
        json!({
            "method": "POST",
            "path": "/api/v1/services/aigc/multimodal-generation/generation",
            "headers": {"Authorization": "Bearer sk-PLACEHOLDER", "X-DashScope-SSE": "enable"},
            "json": {
                "model": "qwen-plus",
                "input": {"messages": [
                    {"role": "system", "content": [{"text": "You are terse."}]},
                    {"role": "user", "content": [{"text": "Say hello"}]},
                ]},
                "parameters": {"incremental_output": true},
            },
        })
    );
    assert_eq!(written(&protocol.reroute(&multimodal, &error).unwrap()), written(&text));

    // A picture goes where pictures can go, whatever the model is called.
    let image = asked("my-model", picture(url("https://a.invalid/b")), Params::default(), true);
    let image = protocol.chat(&image, &Remote::default()).unwrap().request;
    assert!(
        image.url.ends_with(GenerationPath::Multimodal.as_str()),
        "{}",
        image.url
    );

    // A picture cannot go to the text path, and no other refusal leads anywhere.
    let image = asked(
        "qwen3-vl-plus",
        picture(url("https://a.invalid/b")),
        Params::default(),
        true,
    );
    let image = protocol.chat(&image, &Remote::default()).unwrap().request;
    assert_eq!(protocol.reroute(&image, &error), None);
    let other = protocol
        .refusal(&head, br#"{"code":"InvalidParameter","message":"no"}"#)
        .unwrap();
    assert_eq!(protocol.reroute(&text, &other), None);
}

#[test]
fn uploads_as_the_sdk_does() {
    let policy_request = written(&protocol().policy("qwen3-vl-plus"));
    assert_eq!(policy_request, recorded("multimodal-file", 0));

    let policy = Policy::read(&read("native/lists/upload-policy.json")).unwrap();
    assert_eq!(policy.expires_in.as_secs(), 300);
    assert_eq!(policy.max_size, Some(1024 << 20));
    let form = policy.form("u1", "red.png", "image/png");
    assert_eq!(form.url, "https://dashscope-file-mgr.oss-cn-beijing.aliyuncs.com");
    let fields: Vec<Value> = form
        .fields
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value.expose().replace("/u1-", "/")}))
        .collect();
    let mut expected = recorded("multimodal-file", 1)["multipart"].as_array().unwrap().clone();
    let file = expected.pop().unwrap();
    assert_eq!(file["name"], "file");
    assert_eq!(fields, expected);
    assert_eq!(
        form.reference,
        "oss://dashscope-instant/0123456789abcdef0123456789abcdef/2026-10-20/00000000-0000-9000-8000-000000000031/u1-red.png"
    );
    assert_ne!(policy.form("u2", "red.png", "").reference, form.reference);
    let shown = format!("{policy:?} {form:?}");
    assert!(
        !shown.contains("FIXTURE-SIGNATURE") && !shown.contains("eyJmaXh0"),
        "{shown}"
    );

    let error = Policy::read(br#"{"code":"AccessDenied","message":"m"}"#).unwrap_err();
    assert_eq!(error.status(), Some(403));
    assert!(Policy::read(b"{}").is_err());
}

#[test]
fn an_expired_policy_is_distinguished_from_other_refusals() {
    let head = Head {
        status: 403,
        ..Head::default()
    };
    let body = read("native/lists/policy-expired.xml");
    assert!(oss::has_expired(&body));
    let error = oss::refusal(&head, &body);
    assert_eq!(error.cause(), &Rejection::PermissionExpired.into());
    assert!(error.is_retryable());
}

#[test]
fn undecided_text_is_held_back_before_an_error_that_may_be_resumed() {
    let mut decoder = protocol().decoder(&Head::default());
    let mut events = Vec::new();
    for text in ["Hello", "Hello, world"] {
        let payload = json!({"output": {"choices": [{"message": {"content": text}, "finish_reason": "null"}]}});
        decoder.payload(payload.to_string().as_bytes(), &mut events).unwrap();
    }
    decoder
        .payload(br#"{"code":"InternalError","message":"m"}"#, &mut events)
        .unwrap_err();
    let texts: Vec<&Event> = events.iter().filter(|event| matches!(event, Event::Text(_))).collect();
    assert_eq!(texts, [&Event::Text("Hello".into())]);
}
