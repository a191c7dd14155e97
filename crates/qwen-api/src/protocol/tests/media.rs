//! Sounds and videos in requests, as each protocol writes them.

use crate::error::InvalidInput;
use crate::protocol::ChatProtocol;
use crate::protocol::dashscope::DashScope;
use crate::protocol::openai::{Dialect, OpenAi};
use crate::{ChatRequest, HttpRequest, Media, MediaKind, MediaSource, Message, Remote};
use serde_json::{Value, json};

fn compatible(dialect: Dialect) -> OpenAi {
    OpenAi {
        base_url: "https://host.invalid/v1".into(),
        key: None,
        headers: Vec::new(),
        dialect,
        moved: Default::default(),
    }
}

fn native() -> DashScope {
    DashScope {
        base_url: "https://host.invalid/api/v1".into(),
        key: None,
        headers: Vec::new(),
    }
}

fn asked(model: &str, media: Media, words: &str) -> ChatRequest {
    let mut message = Message::user(words).with_media(media);
    message.blocks.reverse();
    ChatRequest::new(model).message(message)
}

fn sent(protocol: &dyn ChatProtocol, request: &ChatRequest) -> HttpRequest {
    protocol.chat(request, &Remote::default()).unwrap().request
}

/// The parts of the last message of what is sent.
fn parts(protocol: &dyn ChatProtocol, request: &ChatRequest) -> Value {
    let body = sent(protocol, request).body.unwrap().json().unwrap();
    let messages = body.get("messages").unwrap_or(&body["input"]["messages"]);
    messages.as_array().unwrap().last().unwrap()["content"].clone()
}

fn refusal(protocol: &dyn ChatProtocol, request: &ChatRequest) -> String {
    protocol.chat(request, &Remote::default()).unwrap_err().to_string()
}

#[test]
fn compatible_mode_gives_omni_models_a_uri_without_a_type_and_a_format() {
    let text = json!({"type": "text", "text": "What is it?"});
    let audio =
        |data: &str, format: &str| json!({"type": "input_audio", "input_audio": {"data": data, "format": format}});
    for (media, part) in [
        (Media::audio("abc", "audio/mpeg"), audio("data:;base64,YWJj", "mp3")),
        (Media::audio("abc", "audio/wav"), audio("data:;base64,YWJj", "wav")),
        (Media::audio("abc", "audio/mp4"), audio("data:;base64,YWJj", "m4a")),
        (Media::audio("abc", "audio/x-flac"), audio("data:;base64,YWJj", "flac")),
        (
            Media::audio_url("https://a.b/c.AMR?x=1.y"),
            audio("https://a.b/c.AMR?x=1.y", "amr"),
        ),
        (Media::audio_url("oss://a/b.ogg"), audio("oss://a/b.ogg", "ogg")),
        (
            Media::audio_url("https://a.b/c"),
            json!({"type": "input_audio", "input_audio": {"data": "https://a.b/c"}}),
        ),
        (
            Media::video("abc", "video/mp4"),
            json!({"type": "video_url", "video_url": {"url": "data:video/mp4;base64,YWJj"}}),
        ),
        (
            Media::video_url("https://a.b/c.mp4"),
            json!({"type": "video_url", "video_url": {"url": "https://a.b/c.mp4"}}),
        ),
    ] {
        let request = asked("qwen3.8-omni-flash", media, "What is it?");
        assert_eq!(parts(&compatible(Dialect::DashScope), &request), json!([part, text]));
    }
}

#[test]
fn models_that_transcribe_get_a_uri_with_a_type_and_the_names_to_expect() {
    let mut request = asked("qwen3-asr-flash", Media::audio("abc", "audio/mpeg"), "");
    request
        .messages
        .insert(0, Message::text(crate::Role::System, "names: Qwen"));
    let options = json!({"language": "en", "enable_itn": false});
    request.params.extra.insert("asr_options".into(), options.clone());
    let body = sent(&compatible(Dialect::DashScope), &request)
        .body
        .unwrap()
        .json()
        .unwrap();
    let uri = "data:audio/mpeg;base64,YWJj";
    assert_eq!(
        body["messages"],
        json!([
            {"role": "system", "content": [{"text": "names: Qwen"}]},
            {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": uri}}]},
        ])
    );
    assert_eq!(body["asr_options"], options);
    let body = sent(&native(), &request).body.unwrap().json().unwrap();
    assert_eq!(
        body["input"]["messages"],
        json!([
            {"role": "system", "content": [{"text": "names: Qwen"}]},
            {"role": "user", "content": [{"audio": uri}]},
        ])
    );
    assert_eq!(body["parameters"]["asr_options"], options);
}

#[test]
fn the_native_api_names_each_part_by_its_kind() {
    for (media, part) in [
        (Media::audio("abc", "audio/wav"), json!({"audio": "data:;base64,YWJj"})),
        (
            Media::audio_url("https://a.b/c.wav"),
            json!({"audio": "https://a.b/c.wav"}),
        ),
        (
            Media::video("abc", "video/webm"),
            json!({"video": "data:video/webm;base64,YWJj"}),
        ),
        (Media::video_url("oss://a/b.mp4"), json!({"video": "oss://a/b.mp4"})),
    ] {
        let request = asked("qwen3.8-omni-flash", media, "Hm?");
        let http = sent(&native(), &request);
        assert!(http.url.ends_with("/multimodal-generation/generation"), "{}", http.url);
        assert_eq!(parts(&native(), &request), json!([part, {"text": "Hm?"}]));
    }
}

#[test]
fn other_servers_get_bare_base64() {
    let server = compatible(Dialect::Generic);
    let text = json!({"type": "text", "text": "Hm?"});
    for (mime, format) in [
        ("audio/wav", "wav"),
        ("audio/x-wav", "wav"),
        ("audio/mpeg", "mp3"),
        ("audio/mp3", "mp3"),
    ] {
        let part = json!({"type": "input_audio", "input_audio": {"data": "YWJj", "format": format}});
        let request = asked("m", Media::audio("abc", mime), "Hm?");
        assert_eq!(parts(&server, &request), json!([part, text]), "{mime}");
    }
    // As vLLM takes it.
    let part = json!({"type": "audio_url", "audio_url": {"url": "https://a.b/c.ogg"}});
    assert_eq!(
        parts(&server, &asked("m", Media::audio_url("https://a.b/c.ogg"), "Hm?")),
        json!([part, text])
    );
}

#[test]
fn a_stored_file_is_resolved_and_one_on_disk_refused() {
    let protocols: [&dyn ChatProtocol; 3] = [
        &compatible(Dialect::DashScope),
        &compatible(Dialect::Generic),
        &native(),
    ];
    for protocol in protocols {
        let request = asked("qwen3.8-omni-flash", Media::video_url("oss://a/b.mp4"), "Hm?");
        let header = sent(protocol, &request).headers;
        assert!(header.iter().any(|(name, _)| name == "X-DashScope-OssResourceResolve"));
        for kind in [MediaKind::Image, MediaKind::Audio, MediaKind::Video] {
            let source = MediaSource::File {
                path: "/tmp/b.mp4".into(),
                size: 9,
            };
            let media = Media {
                kind,
                source,
                mime: "video/mp4".into(),
                name: "b.mp4".into(),
                upload: None,
            };
            let request = asked("qwen3.8-omni-flash", media, "Hm?");
            assert_eq!(refusal(protocol, &request), "b.mp4 must be uploaded first");
        }
    }
}

#[test]
fn omni_models_are_always_asked_for_a_stream() {
    for (model, is_streamed) in [
        ("qwen3.5-omni-plus", true),
        ("qwen3.8-omni-flash", true),
        ("qwen3.8-flash", false),
    ] {
        let request = ChatRequest {
            stream: false,
            ..ChatRequest::new(model).user("Hello")
        };
        let body = sent(&compatible(Dialect::DashScope), &request)
            .body
            .unwrap()
            .json()
            .unwrap();
        assert_eq!(body["stream"] == true, is_streamed, "{model}");
        assert_eq!(body["stream_options"]["include_usage"] == true, is_streamed, "{model}");
        let http = sent(&native(), &request);
        assert_eq!(
            http.headers.iter().any(|(name, _)| name == "X-DashScope-SSE"),
            is_streamed,
            "{model}"
        );
        // Another server's model of that name is its own affair.
        assert_eq!(
            sent(&compatible(Dialect::Generic), &request)
                .body
                .unwrap()
                .json()
                .unwrap()
                .get("stream"),
            None
        );
    }
}

#[test]
fn a_model_that_takes_its_words_back_is_refused() {
    let protocols: [&dyn ChatProtocol; 2] = [&compatible(Dialect::DashScope), &native()];
    for protocol in protocols {
        let request = asked("qwen-audio-3.1-asr-flash", Media::audio("abc", "audio/wav"), "");
        let error = protocol.chat(&request, &Remote::default()).unwrap_err();
        let model = "qwen-audio-3.1-asr-flash".to_owned();
        assert_eq!(error.cause(), &InvalidInput::RevisingModel { model }.into());
    }
}
