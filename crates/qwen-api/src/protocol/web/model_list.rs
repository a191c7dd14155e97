//! The site's list of models. Their features are under `info.meta`, any part of which may be missing.

use serde_json::Value;

use super::errors;
use crate::error::{Error, Malformed, Service};
use crate::protocol::malformed::{GOOD_STATUS, malformed};
use crate::protocol::{Head, Model, ModelPage, json};

pub(super) const V1: &str = "/api/models";
pub(super) const V2: &str = "/api/v2/models/";

/// Parses the only page: the list is under `data`, in v2 under `data.data`.
pub(super) fn page(body: &[u8]) -> Result<ModelPage, Error> {
    let value = json::read(body).unwrap_or_default();
    let list = value.pointer("/data/data").or_else(|| value.get("data"));
    let Some(list) = list.and_then(Value::as_array) else {
        let head = Head {
            status: GOOD_STATUS,
            ..Head::default()
        };
        let no_list = || malformed(Service::WebSite, Malformed::ModelList);
        return Err(errors::error_of_reply(&head, body).unwrap_or_else(no_list));
    };
    Ok(ModelPage {
        models: list.iter().filter_map(model).collect(),
        next: None,
    })
}

fn model(entry: &Value) -> Option<Model> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let (info, meta) = (&entry["info"], &entry["info"]["meta"]);
    if info["is_active"].as_bool() == Some(false) {
        return None;
    }
    let count = |name: &str| meta[name].as_u64().filter(|count| *count > 0);
    let can = |name: &str| meta["capabilities"][name].as_bool();
    let is_search = |kind: &Value| kind.as_str() == Some("search");
    let searches = meta["chat_type"]
        .as_array()
        .map(|kinds| kinds.iter().any(is_search))
        .filter(|searches| *searches);
    Some(Model {
        id: text(&entry["id"])?,
        name: text(&entry["name"]).or_else(|| text(&info["name"])),
        description: text(&meta["description"]).or_else(|| text(&meta["short_description"])),
        owned_by: text(&entry["owned_by"]),
        context_window: count("max_context_length"),
        max_output: count("max_generation_length").or_else(|| count("max_summary_generation_length")),
        max_thinking: count("max_thinking_generation_length"),
        inputs: inputs(meta),
        thinking: can("thinking"),
        search: can("search").or(searches),
        ..Model::default()
    })
}

/// The inputs of a model other than text, by its capabilities or else its modalities.
fn inputs(meta: &Value) -> Vec<String> {
    let mut inputs = vec!["text".to_owned()];
    if let Some(capabilities) = meta["capabilities"].as_object() {
        for (name, input) in [("vision", "image"), ("audio", "audio"), ("video", "video")] {
            if capabilities.get(name).and_then(Value::as_bool) == Some(true) {
                inputs.push(input.to_owned());
            }
        }
        return inputs;
    }
    let Some(modalities) = meta["modality"].as_array() else {
        return Vec::new();
    };
    for word in modalities.iter().filter_map(Value::as_str) {
        if !inputs.iter().any(|input| input == word) {
            inputs.push(word.to_owned());
        }
    }
    inputs
}
