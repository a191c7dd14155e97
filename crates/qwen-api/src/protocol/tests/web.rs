//! What the web protocol sends, member by member, and what it reads beside answers.

use std::sync::Mutex;

use crate::Secret;
use crate::error::{Cause, ErrorKind, InvalidInput, Malformed};
use crate::protocol::web::upload::Uploaded;
use crate::protocol::web::{Api, Credentials, Renewed, Web};
use crate::protocol::{ChatProtocol, Head, HeaderValue, HostedChats, HostedFiles, HttpRequest};
use crate::{
    Block, ChatRequest, Media, MediaKind, MediaSource, Message, Notice, Parameter, Params, Remote, ResponseFormat,
    Role, Thinking,
};
use serde_json::{Map, Value, json};

use super::play::{head, read, read_json};

const CHAT: &str = "00000000-0000-4000-8000-0000000000c1";
const ANSWER: &str = "00000000-0000-4000-8000-0000000000a1";
pub(crate) const FILE: &str = "00000000-0000-4000-8000-0000000000f1";
/// The moment of the recorded chats, and that of the recorded uploads.
pub(crate) const CHATTED: u64 = 1_790_000_000_000;
pub(crate) const UPLOADED: u64 = 1_795_210_047_000;

pub(crate) fn credentials(cookie: &str) -> Credentials {
    Credentials {
        token: Some((Secret::new("PLACEHOLDER_TOKEN"), "QWEN_AUTH_TOKEN".into())),
        cookie: Some((Secret::new(cookie), "QWEN_COOKIE".into())),
    }
}

/// A protocol whose ids come from a list, the last of it again and again.
pub(crate) fn protocol(api: Api, credentials: Credentials, now_ms: u64, ids: &[u32]) -> Web {
    let ids = Mutex::new(ids.to_vec());
    let new_id = move || {
        let mut ids = ids.lock().unwrap();
        let id = if ids.len() > 1 { ids.remove(0) } else { ids[0] };
        format!("00000000-0000-4000-8000-{id:012}")
    };
    let mut web = Web::new("https://chat.qwen.ai", api, credentials, move || now_ms, new_id);
    web.version = "PLACEHOLDER_WEB_VERSION".into();
    web
}

/// For a call with no ids but that of the request.
pub(crate) fn v2() -> Web {
    protocol(Api::V2, credentials("cna=PLACEHOLDER"), CHATTED, &[900])
}

/// For a completion: the message, the answer, the request.
fn v2_chat() -> Web {
    protocol(Api::V2, credentials("cna=PLACEHOLDER"), CHATTED, &[911, 912, 900])
}

pub(crate) fn v1() -> Web {
    let cookie = "cna=PLACEHOLDER; token=PLACEHOLDER_TOKEN; acw_tc=PLACEHOLDER";
    protocol(Api::V1, credentials(cookie), CHATTED, &[0])
}

/// A request as the recorded ones are written, header names in lower case.
pub(crate) fn written(http: &HttpRequest) -> Value {
    let headers: Map<String, Value> = http
        .headers
        .iter()
        .map(|(name, value)| {
            let value = match value {
                HeaderValue::Plain(text) => text.clone(),
                HeaderValue::Secret { prefix, secret, .. } => format!("{prefix}{}", secret.expose()),
            };
            (name.to_lowercase(), value.into())
        })
        .collect();
    let (host, rest) = http.url.strip_prefix("https://").unwrap().split_once('/').unwrap();
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Value::from(query)),
        None => (rest, Value::Null),
    };
    json!({
        "method": http.method.as_str(),
        "host": host,
        "path": format!("/{path}"),
        "query": query,
        "headers": headers,
        "body": http.body.as_ref().map(|body| body.json().unwrap()),
    })
}

/// The recorded request, without what is put on later: who sends it, and that JSON is JSON.
pub(crate) fn recorded(file: &str, n: usize) -> Value {
    let mut request = read_json(file)[n].clone();
    let headers = request["headers"].as_object().unwrap().clone();
    let is_storage = request["method"] == "PUT";
    request["headers"] = headers
        .into_iter()
        .map(|(name, value)| (name.to_lowercase(), value))
        .filter(|(name, _)| name != "user-agent" && (name != "content-type" || is_storage))
        .collect::<Map<_, _>>()
        .into();
    request
}

pub(crate) fn asked(text: &str, params: Params) -> ChatRequest {
    ChatRequest {
        model: "qwen3.7-plus".into(),
        messages: vec![Message::text(Role::User, text)],
        params,
        stream: true,
    }
}

fn at(chat: &str, parent: Option<&str>) -> Remote {
    Remote {
        chat_id: Some(chat.into()),
        parent_id: parent.map(Into::into),
    }
}

pub(crate) fn attached(kind: MediaKind, url: &str, name: &str, mime: &str, text: &str) -> Message {
    let media = Media {
        kind,
        source: MediaSource::Url(url.into()),
        mime: mime.into(),
        name: name.into(),
        upload: None,
    };
    Message::new(Role::User, vec![Block::Media(media), Block::Text(text.into())])
}

pub(crate) fn sent(web: &Web, request: &ChatRequest, remote: &Remote) -> Value {
    let prepared = web.chat(request, remote).unwrap();
    assert_eq!(prepared.notices, []);
    written(&prepared.request)
}

#[test]
fn opens_a_chat_and_reads_its_id() {
    let request = asked("Say hello.", Params::default());
    let open = v2().open(&request, &Remote::default()).unwrap();
    assert_eq!(written(&open), recorded("web/calls/v2-chats-new.json", 0));
    assert_eq!(v2().open(&request, &at(CHAT, None)), None);
    assert_eq!(v1().open(&request, &Remote::default()), None);

    let head = Head {
        status: 200,
        ..Head::default()
    };
    let opened = v2().opened(&head, &read("web/replies/v2-chats-new.json")).unwrap();
    assert_eq!(opened, at(CHAT, None));
    let error = v2().opened(&head, br#"{"success":true,"data":{}}"#).unwrap_err();
    assert_eq!(error.cause(), &Malformed::Chat.into());
    let error = v2()
        .opened(&head, &read("web/200-unauthorized/reply.json"))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

#[test]
fn asks_member_by_member() {
    let plain = asked("Say hello.", Params::default());
    assert_eq!(
        sent(&v2_chat(), &plain, &at(CHAT, None)),
        recorded("web/calls/v2-chat-plain.json", 0)
    );
    let thinking = Params {
        thinking: Some(Thinking::On { budget: Some(4096) }),
        ..Params::default()
    };
    assert_eq!(
        sent(&v2_chat(), &asked("Think about it.", thinking), &at(CHAT, None)),
        recorded("web/calls/v2-chat-thinking.json", 0)
    );
    let search = Params {
        search: Some(true),
        thinking: Some(Thinking::Off),
        ..Params::default()
    };
    assert_eq!(
        sent(&v2_chat(), &asked("What is new?", search), &at(CHAT, None)),
        recorded("web/calls/v2-chat-search.json", 0)
    );
    let mut second = asked("Say hello.", Params::default());
    second.messages.push(Message::text(Role::Assistant, "Hello."));
    second.messages.push(Message::text(Role::User, "Again, please."));
    assert_eq!(
        sent(&v2_chat(), &second, &at(CHAT, Some(ANSWER))),
        recorded("web/calls/v2-chat-second-turn.json", 0)
    );
}

#[test]
fn attaches_what_this_run_uploaded() {
    let cases = [
        ("image", MediaKind::Image, "pixel.png", "image/png", 70, "What is this?"),
        (
            "document",
            MediaKind::Document,
            "doc.pdf",
            "application/pdf",
            15,
            "Sum this up.",
        ),
    ];
    for (case, kind, name, mime, size, text) in cases {
        let expected = recorded(&format!("web/calls/v2-chat-{case}.json"), 0);
        let url = expected["body"]["messages"][0]["files"][0]["url"].as_str().unwrap();
        let web = v2_chat();
        web.remember(Uploaded {
            kind,
            mime: mime.into(),
            name: name.into(),
            size,
            file_id: FILE.into(),
            url: url.into(),
            item_id: "00000000-0000-4000-8000-000000000912".into(),
            at_ms: CHATTED,
            is_parsed: kind == MediaKind::Document,
        });
        let mut request = asked("", Params::default());
        request.messages = vec![attached(kind, url, name, mime, text)];
        assert_eq!(sent(&web, &request, &at(CHAT, None)), expected, "{case}");
    }
}

#[test]
fn attaches_an_address_from_an_earlier_run_by_its_parameters() {
    let url = format!("https://qwen-webui-prod.oss-accelerate.aliyuncs.com/u/{FILE}_pixel.png?x=y");
    let mut request = asked("", Params::default());
    request.messages = vec![attached(MediaKind::Image, &url, "pixel.png", "image/png", "What?")];
    let body = sent(&v2_chat(), &request, &at(CHAT, None));
    assert_eq!(
        body["body"]["messages"][0]["files"],
        json!([{
            "type": "image", "id": FILE, "url": url, "name": "pixel.png", "status": "uploaded",
            "file_type": "image/png", "showType": "image", "file_class": "vision",
        }])
    );
    // Any other address has no id of the site's, not even a like one; bytes cannot be sent at all.
    let like = "https://qwen-webui-prod.oss-accelerate.aliyuncs.com/u/my_pixel.png";
    request.messages = vec![attached(MediaKind::Image, like, "pixel.png", "image/png", "What?")];
    let body = sent(&v2_chat(), &request, &at(CHAT, None));
    assert_ne!(body["body"]["messages"][0]["files"][0]["id"], "my");
    request.messages = vec![attached(
        MediaKind::Image,
        "https://a.invalid/b.png",
        "b",
        "image/png",
        "What?",
    )];
    let body = sent(&v2_chat(), &request, &at(CHAT, None));
    assert_eq!(
        body["body"]["messages"][0]["files"][0]["id"],
        "00000000-0000-4000-8000-000000000911"
    );
    let Block::Media(media) = &mut request.messages[0].blocks[0] else {
        panic!("a medium comes first");
    };
    media.source = MediaSource::Inline(vec![1].into());
    let error = v2_chat().chat(&request, &at(CHAT, None)).unwrap_err();
    let name = "b".to_owned();
    assert_eq!(error.cause(), &Cause::Input(InvalidInput::NotUploaded { name }));
}

#[test]
fn notices_a_history_the_site_does_not_have_and_options_it_ignores() {
    let mut request = asked(
        "Hi",
        Params {
            temperature: Some(0.2),
            seed: Some(1),
            response_format: Some(ResponseFormat::JsonObject),
            ..Params::default()
        },
    );
    request.messages.push(Message::text(Role::Assistant, "Hello."));
    request.messages.push(Message::text(Role::User, "Again"));
    let prepared = v2_chat().chat(&request, &at(CHAT, None)).unwrap();
    let left_out = |parameters: &[Parameter]| Notice::ParametersLeftOut {
        parameters: parameters.to_vec(),
    };
    assert_eq!(
        prepared.notices,
        [
            Notice::HistoryAsText { messages: 2 },
            left_out(&[Parameter::Temperature, Parameter::Seed, Parameter::ResponseFormat]),
        ]
    );
    let body = prepared.request.body.unwrap().json().unwrap();
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
    let text = body["messages"][0]["content"].as_str().unwrap();
    assert!(text.contains("User: Hi") && text.ends_with("Again"), "{text}");
    assert_eq!(body.get("temperature"), None);

    let prepared = v1().chat(&request, &Remote::default()).unwrap();
    assert_eq!(
        prepared.notices,
        [left_out(&[Parameter::Seed, Parameter::ResponseFormat])]
    );

    request.messages.pop();
    let error = v2_chat().chat(&request, &at(CHAT, Some(ANSWER))).unwrap_err();
    assert_eq!(error.cause(), &InvalidInput::EndsWithAnswer.into());
    let error = v2_chat().chat(&request, &Remote::default()).unwrap_err();
    assert_eq!(error.cause(), &InvalidInput::NoChat.into());
}

#[test]
fn stops_deletes_lists_and_renews() {
    let calls = |name: &str| recorded(&format!("web/calls/{name}.json"), 0);
    let stop = v2().stop(&at(CHAT, Some(ANSWER))).unwrap();
    assert_eq!(written(&stop), calls("v2-stop"));
    assert_eq!(v2().stop(&at(CHAT, None)), None);
    assert_eq!(v1().stop(&at(CHAT, Some(ANSWER))), None);

    let forget = v2().forget(&at(CHAT, Some(ANSWER))).unwrap();
    assert_eq!(written(&forget), calls("v2-delete-chat"));
    assert_eq!(v2().forget(&Remote::default()), None);
    assert_eq!(v1().forget(&at(CHAT, None)), None);

    let list = v2().models(1).unwrap();
    assert_eq!(written(&list), calls("v2-models"));

    let cookie = "token=PLACEHOLDER_TOKEN; refresh_token=PLACEHOLDER_REFRESH_TOKEN";
    let renew = protocol(Api::V2, credentials(cookie), CHATTED, &[900]).renew().unwrap();
    assert_eq!(written(&renew), calls("auth-refresh"));
    assert_eq!(v2().renew(), None);
    let head = head(&json!({"status": 200, "headers": {
        "set-cookie": "refresh_token=PLACEHOLDER_REFRESH_TOKEN; Domain=.qwen.ai; Path=/; Secure; HttpOnly; SameSite=None",
    }}));
    let renewed = Renewed::read(&head, &read("web/replies/auth-refresh.json")).unwrap();
    assert_eq!(renewed.token.expose(), "PLACEHOLDER_ACCESS_TOKEN");
    assert_eq!(
        renewed.refresh_token.as_ref().unwrap().expose(),
        "PLACEHOLDER_REFRESH_TOKEN"
    );
    let error = Renewed::read(&head, &read("web/200-unauthorized/reply.json")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

#[test]
fn another_base_url_gets_the_renewal_too() {
    let cookie = credentials("refresh_token=R");
    let web = Web::new("http://127.0.0.1:9/", Api::V2, cookie, || 0, String::new);
    assert_eq!(web.renew().unwrap().url, "http://127.0.0.1:9/api/v2/auths/refresh");
    let request = asked("Hi", Params::default());
    let open = web.open(&request, &Remote::default()).unwrap();
    assert_eq!(open.url, "http://127.0.0.1:9/api/v2/chats/new");
}

pub(crate) fn fine() -> Head {
    Head {
        status: 200,
        ..Head::default()
    }
}

#[test]
fn warns_of_a_message_that_the_site_may_take_for_an_attack() {
    let notices = |length: usize| {
        let request = asked(&"字".repeat(length), Params::default());
        v2_chat().chat(&request, &at(CHAT, None)).unwrap().notices
    };
    assert_eq!(notices(50_000), []);
    let long = Notice::LongMessage {
        characters: 50_001,
        limit: 50_000,
    };
    assert_eq!(notices(50_001), [long]);
}

#[test]
fn an_id_cannot_leave_its_place_in_an_address() {
    let odd = at("a/../b?c=d#e f", None);
    let forget = v2().forget(&odd).unwrap();
    assert_eq!(forget.url, "https://chat.qwen.ai/api/v2/chats/a%2F..%2Fb%3Fc%3Dd%23e+f");
    let chat = v2_chat().chat(&asked("Hi", Params::default()), &odd).unwrap().request;
    assert!(chat.url.ends_with("?chat_id=a%2F..%2Fb%3Fc%3Dd%23e+f"), "{}", chat.url);
}
