//! Requests for pictures and the replies to them.

use std::fs;

use serde_json::{Map, Value, json};

use super::play::{fixtures, head, read, read_json};
use crate::error::{Cause, Error, InvalidInput, Rejection};
use crate::protocol::HttpRequest;
use crate::protocol::dashscope::DashScope;
use crate::protocol::images::{ImageOutcome, ImageProtocol};
use crate::protocol::openai::{Dialect, OpenAi};
use crate::transport::attempt::error_of_reply;
use crate::{ImageRequest, ImageSource, Media};

fn native() -> DashScope {
    DashScope {
        base_url: "https://h/api/v1".into(),
        key: None,
        headers: Vec::new(),
    }
}

fn openai(dialect: Dialect) -> OpenAi {
    OpenAi {
        base_url: "https://h/v1".into(),
        key: None,
        headers: Vec::new(),
        dialect,
        moved: Default::default(),
    }
}

fn cause(error: &Error) -> String {
    match error.cause() {
        Cause::Rejected(rejection) => format!("{rejection:?}"),
        Cause::Malformed(malformed) => format!("{malformed:?}"),
        other => format!("{other:?}"),
    }
}

/// What there is of an error.
fn described(error: &Error) -> Value {
    let mut members = Map::new();
    members.insert("cause".into(), cause(error).into());
    members.extend(error.status().map(|status| ("status".into(), status.into())));
    members.extend(error.code().map(|code| ("code".into(), code.into())));
    if !error.message().is_empty() {
        members.insert("message".into(), error.message().into());
    }
    members.extend(error.request_id().map(|id| ("request_id".into(), id.into())));
    members.into()
}

fn outcome(case: &str) -> Value {
    let head = head(&read_json(&format!("images/{case}/head.json")));
    let body = ["json", "xml"].map(|kind| format!("images/{case}/reply.{kind}"));
    let body = body.iter().find(|path| fixtures().join(path).is_file()).unwrap();
    let body = read(body);
    let protocol: Box<dyn ImageProtocol> = match case.split('-').next().unwrap() {
        "compatible" => Box::new(openai(Dialect::DashScope)),
        "local" => Box::new(openai(Dialect::Generic)),
        _ => Box::new(native()),
    };
    let sent = protocol.image_request(&ImageRequest::new("m", "a fox")).unwrap();
    let outcome = match head.status {
        _ if case.starts_with("result-") => Err(crate::images::refusal(&head, &body)),
        200 => protocol.image_outcome(&head, &body),
        _ => Err(error_of_reply(&*protocol, &sent, &head, &body)),
    };
    let images = match outcome {
        Err(error) => return json!({"error": described(&protocol.image_error(&sent, error))}),
        Ok(ImageOutcome::Running { task }) => return json!({"task": task}),
        Ok(ImageOutcome::Done(images)) => images,
    };
    let sources = images.images.iter().map(|image| match image {
        ImageSource::Url(url) => json!(url),
        ImageSource::Inline(bytes) => json!(bytes.to_vec()),
    });
    let mut members = Map::new();
    members.insert("images".into(), sources.collect());
    if !images.failed.is_empty() {
        members.insert("failed".into(), images.failed.iter().map(cause).collect());
    }
    if !images.text.is_empty() {
        members.insert("text".into(), images.text.into());
    }
    members.extend(images.request_id.map(|id| ("request_id".into(), id.into())));
    members.into()
}

#[test]
fn every_reply_to_a_request_for_pictures_is_understood() {
    let cases: Vec<String> = fs::read_dir(fixtures().join("images"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(cases.len() > 40);
    for case in cases {
        let expected = read_json(&format!("images/{case}/expected.json"));
        assert_eq!(outcome(&case), expected, "{case}");
    }
}

fn full() -> ImageRequest {
    ImageRequest {
        images: vec![
            Media::image(b"PNG".to_vec(), "image/png"),
            Media::image_url("oss://a/b.png"),
        ],
        count: Some(4),
        size: Some("1024x768".into()),
        negative_prompt: Some("blurry".into()),
        seed: Some(7),
        extra: Map::from_iter([("watermark".to_owned(), json!(false))]),
        ..ImageRequest::new("qwen-image-3.0", "make the sky red")
    }
}

fn body(request: &HttpRequest) -> Value {
    request.body.as_ref().unwrap().json().unwrap()
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r crate::HeaderValue> {
    request
        .headers
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

#[test]
fn the_native_form_has_pictures_before_words() {
    let sent = native().image_request(&full()).unwrap();
    assert_eq!(
        sent.url,
        "https://h/api/v1/services/aigc/multimodal-generation/generation"
    );
    assert_eq!(
        body(&sent),
        json!({"model": "qwen-image-3.0",
            "input": {"messages": [{"role": "user", "content": [
                {"image": "data:image/png;base64,UE5H"}, {"image": "oss://a/b.png"}, {"text": "make the sky red"}]}]},
            "parameters": {"n": 4, "size": "1024*768", "negative_prompt": "blurry", "seed": 7, "watermark": false}})
    );
    assert!(header(&sent, "X-DashScope-OssResourceResolve").is_some());
    assert!(header(&sent, "X-DashScope-Async").is_none());
    let least = native().image_request(&ImageRequest::new("m", "a fox")).unwrap();
    assert_eq!(
        body(&least),
        json!({"model": "m", "input": {"messages": [{"role": "user", "content": [{"text": "a fox"}]}]}, "parameters": {}})
    );
    assert!(least.headers.is_empty());
}

#[test]
fn the_compatible_form_is_flat() {
    let sent = openai(Dialect::DashScope).image_request(&full()).unwrap();
    assert_eq!(sent.url, "https://h/v1/images/generations");
    assert_eq!(
        body(&sent),
        json!({"model": "qwen-image-3.0", "prompt": "make the sky red",
            "image": ["data:image/png;base64,UE5H", "oss://a/b.png"], "n": 4, "size": "1024x768",
            "negative_prompt": "blurry", "seed": 7, "watermark": false})
    );
    let local = openai(Dialect::Generic);
    let sent = local.image_request(&ImageRequest::new("", "a fox")).unwrap();
    assert_eq!(body(&sent), json!({"prompt": "a fox", "response_format": "b64_json"}));
    let sent = local.image_request(&ImageRequest::new("gpt-image-1", "a fox")).unwrap();
    assert_eq!(body(&sent), json!({"model": "gpt-image-1", "prompt": "a fox"}));
    assert_eq!(
        local.image_request(&full()).unwrap_err().cause(),
        &InvalidInput::NoImageEdits.into()
    );
}

fn refused(status: u16, message: &str) -> Error {
    Error::new(Rejection::Request).with_status(status).with_message(message)
}

#[test]
fn a_model_of_another_form_is_asked_in_that() {
    let native = native();
    let from_words = ImageRequest {
        negative_prompt: Some("blurry".into()),
        ..ImageRequest::new("wan2.5-t2i-preview", "a fox")
    };
    let first = native.image_request(&from_words).unwrap();
    let (no_sync, wrong_path) = (
        refused(403, "current user api does not support synchronous calls"),
        refused(400, "url error, please check url！"),
    );
    let task = native.other_form(&from_words, &first, &no_sync).unwrap();
    assert_eq!(task.url, "https://h/api/v1/services/aigc/image-generation/generation");
    assert_eq!(task.body, first.body);
    assert!(header(&task, "X-DashScope-Async").is_some());
    assert_eq!(native.other_form(&from_words, &task, &no_sync), None);
    let flat = native.other_form(&from_words, &task, &wrong_path).unwrap();
    assert_eq!(native.other_form(&from_words, &first, &wrong_path).unwrap(), flat);
    assert_eq!(flat.url, "https://h/api/v1/services/aigc/text2image/image-synthesis");
    assert_eq!(
        body(&flat),
        json!({"model": "wan2.5-t2i-preview", "input": {"prompt": "a fox", "negative_prompt": "blurry"}, "parameters": {}})
    );
    assert_eq!(native.other_form(&from_words, &flat, &wrong_path), None);
    let edit = native.other_form(&full(), &first, &wrong_path).unwrap();
    assert_eq!(edit.url, "https://h/api/v1/services/aigc/image2image/image-synthesis");
    assert_eq!(body(&edit)["input"]["images"].as_array().unwrap().len(), 2);
    assert_eq!(native.other_form(&from_words, &first, &refused(400, "size")), None);
    let no_async = refused(403, "current user api does not support asynchronous calls");
    assert_eq!(native.other_form(&from_words, &task, &no_async), None);
    assert_eq!(
        native.task("00000000-0000-4000-8000-00000000a001").unwrap().url,
        "https://h/api/v1/tasks/00000000-0000-4000-8000-00000000a001"
    );
    assert_eq!(
        native.task("../x?y").unwrap().url,
        "https://h/api/v1/tasks/%2E%2E%2Fx%3Fy"
    );
}

#[test]
fn a_server_without_pictures_is_known_by_its_reply() {
    let local = openai(Dialect::Generic);
    let sent = local.image_request(&ImageRequest::new("m", "a fox")).unwrap();
    let no_path = refused(404, "File Not Found");
    assert_eq!(
        local.image_error(&sent, no_path).cause(),
        &Rejection::NoImageGeneration.into()
    );
    let no_model = refused(404, "model 'm' not found");
    assert_eq!(local.image_error(&sent, no_model).cause(), &Rejection::Request.into());
}
