//! `GET /models`: ids and owners of models.

use std::collections::HashSet;

use serde_json::Value;

use crate::error::{Error, Malformed, Service};
use crate::protocol::errors::ErrorBody;
use crate::protocol::malformed::malformed;
use crate::protocol::{Model, ModelPage, json};

/// Parses the only page: `{"data": [...]}`, `{"models": [...]}` or the list itself, of objects or of names. LM Studio and
/// others list an id twice; the first entry is kept.
pub(super) fn page(service: Service, body: &[u8]) -> Result<ModelPage, Error> {
    let value = json::read(body).unwrap_or_default();
    let places = [Some(&value), value.get("data"), value.get("models")];
    let Some(list) = places.into_iter().flatten().find_map(Value::as_array) else {
        return Err(match ErrorBody::read(body) {
            Some(error) if value.is_object() => error.in_stream(service),
            _ => malformed(service, Malformed::ModelList),
        });
    };
    let mut seen = HashSet::new();
    let models = list
        .iter()
        .filter_map(model)
        .filter(|model| seen.insert(model.id.clone()));
    Ok(ModelPage {
        models: models.collect(),
        next: None,
    })
}

fn model(entry: &Value) -> Option<Model> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Model {
        id: entry
            .as_str()
            .map(str::to_owned)
            .or_else(|| ["id", "name", "model"].into_iter().find_map(text))?,
        owned_by: text("owned_by"),
        // Of vLLM and of llama.cpp.
        context_window: entry
            .get("max_model_len")
            .or_else(|| entry.pointer("/meta/n_ctx"))
            .or_else(|| entry.pointer("/meta/n_ctx_train"))
            .and_then(Value::as_u64),
        // Of Together.
        outputs: match text("type").as_deref() {
            Some(kind @ ("embedding" | "rerank" | "image" | "audio" | "moderation")) => vec![kind.to_owned()],
            _ => Vec::new(),
        },
        ..Model::default()
    })
}
