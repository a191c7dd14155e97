//! Requests for the transcript of a long recording, and the replies to them.

use serde_json::{Value, json};

use super::play::{fixtures, head, read, read_json};
use crate::error::{Cause, InvalidInput};
use crate::protocol::TaskOutcome;
use crate::protocol::dashscope::{DashScope, words_of_transcript};
use crate::{ChatRequest, Media, Message, Role};

fn native() -> DashScope {
    DashScope {
        base_url: "https://h/api/v1".into(),
        key: None,
        headers: Vec::new(),
    }
}

fn asked(media: &[Media]) -> ChatRequest {
    let message = media.iter().cloned().fold(Message::user(""), Message::with_media);
    ChatRequest::new("qwen3-asr-flash-filetrans").message(message)
}

#[test]
fn the_request_names_the_address_and_the_terms_to_expect() {
    let mut request = asked(&[Media::audio_url("oss://a/talk.mp3")]);
    request.messages.insert(0, Message::text(Role::System, "names: Qwen"));
    let options = json!({"language": "en", "enable_itn": false});
    request.params.extra.insert("asr_options".into(), options);
    let sent = native().transcription(&request).unwrap().request;
    assert_eq!(sent.url, "https://h/api/v1/services/audio/asr/transcription");
    let headers: Vec<&str> = sent.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(headers, ["X-DashScope-Async", "X-DashScope-OssResourceResolve"]);
    assert_eq!(
        sent.body.unwrap().json().unwrap(),
        json!({"model": "qwen3-asr-flash-filetrans", "input": {"file_url": "oss://a/talk.mp3"},
            "parameters": {"channel_id": [0], "language": "en", "enable_itn": false, "corpus": {"text": "names: Qwen"}}})
    );
}

#[test]
fn anything_but_one_uploaded_recording_is_refused() {
    let url = || Media::audio_url("https://a.b/c.mp3");
    let model = "qwen3-asr-flash-filetrans".to_owned();
    for media in [&[][..], &[url(), url()]] {
        let error = native().transcription(&asked(media)).unwrap_err();
        let model = model.clone();
        assert_eq!(error.cause(), &InvalidInput::NotOneRecording { model }.into());
    }
    let inline = native().transcription(&asked(&[Media::audio("abc", "audio/mpeg")]));
    assert_eq!(
        inline.unwrap_err().cause(),
        &InvalidInput::NotUploaded { name: String::new() }.into()
    );
}

fn outcome(case: &str) -> Value {
    let head = head(&read_json(&format!("transcription/{case}/head.json")));
    let body = read(&format!("transcription/{case}/reply.json"));
    match native().transcription_outcome(&head, &body) {
        Ok(TaskOutcome::Running { task }) => json!({"task": task}),
        Ok(TaskOutcome::Done(place)) => json!({"url": place.url, "request_id": place.request_id}),
        Err(error) => {
            let cause = match error.cause() {
                Cause::Rejected(rejection) => format!("{rejection:?}"),
                Cause::Malformed(malformed) => format!("{malformed:?}"),
                other => format!("{other:?}"),
            };
            json!({"error": cause, "request_id": error.request_id()})
        }
    }
}

#[test]
fn every_reply_about_a_transcript_is_understood() {
    let mut count = 0;
    for entry in std::fs::read_dir(fixtures().join("transcription")).unwrap() {
        let entry = entry.unwrap();
        if !entry.path().is_dir() {
            continue;
        }
        let case = entry.file_name().into_string().unwrap();
        let expected = read_json(&format!("transcription/{case}/expected.json"));
        assert_eq!(outcome(&case), expected, "{case}");
        count += 1;
    }
    assert_eq!(count, 8);
}

#[test]
fn the_words_of_a_transcript_are_those_of_its_channels() {
    let words = words_of_transcript(&read("transcription/transcript.json")).unwrap();
    assert_eq!(words, "Good morning. Shall we begin?");
    let two = json!({"transcripts": [{"channel_id": 0, "text": "Hello."}, {"channel_id": 1, "text": "Hi."}]});
    assert_eq!(words_of_transcript(two.to_string().as_bytes()).unwrap(), "Hello.\nHi.");
    assert!(words_of_transcript(b"<html>").is_err());
}
