//! Compatible mode beside chats: the list of models and the files.

use crate::Secret;
use crate::protocol::ChatProtocol;
use crate::protocol::openai::{Dialect, OpenAi, files};
use serde_json::{Value, json};

use super::play::{read, read_json, written};

fn protocol() -> OpenAi {
    OpenAi {
        base_url: "https://host.invalid/compatible-mode/v1".into(),
        key: Some((Secret::new("sk-placeholder"), "DASHSCOPE_API_KEY".into())),
        headers: Vec::new(),
        dialect: Dialect::DashScope,
        moved: Default::default(),
    }
}

/// A request in the form of a captured one.
fn sent(request: &crate::HttpRequest) -> Value {
    let mut sent = written(request);
    let headers = sent["headers"].as_object().unwrap().iter();
    sent["headers"] = headers
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    sent
}

#[test]
fn the_list_of_models_is_asked_for_and_read() {
    assert_eq!(
        sent(&protocol().models(1).unwrap()),
        read_json("openai-requests/models.json")
    );
    let page = protocol().model_page(1, &read("openai-models/reply.json")).unwrap();
    let ids: Vec<&str> = page.models.iter().map(|model| model.id.as_str()).collect();
    let reply = read_json("openai-models/reply.json");
    let listed = reply["data"].as_array().unwrap().iter();
    assert_eq!(
        ids,
        listed.map(|model| model["id"].as_str().unwrap()).collect::<Vec<_>>()
    );
    assert_eq!((page.next, page.models[0].owned_by.as_deref()), (None, Some("system")));
}

#[test]
fn a_document_is_uploaded_as_the_sdk_does() {
    let mut expected = read_json("openai-requests/files-create.json");
    // What is in the form is compared in tests/it/upload.rs.
    let form = expected.as_object_mut().unwrap().remove("multipart").unwrap();
    assert_eq!(form[0], json!({"name": "purpose", "value": files::DOCUMENT}));
    assert_eq!(sent(&protocol().upload()), expected);
    let id = protocol().read_file(&read("openai-files/reply.json"));
    assert_eq!(id.unwrap(), "file-fe-0000000000000000000000a1");
}
