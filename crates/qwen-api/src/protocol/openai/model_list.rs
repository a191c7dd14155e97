//! `GET /models`: ids and owners, nothing more.

use std::collections::HashSet;

use serde_json::Value;

use crate::error::{Error, Malformed, Service};
use crate::protocol::errors::ErrorBody;
use crate::protocol::malformed::malformed;
use crate::protocol::{Model, ModelPage, json};

/// Reads the one page there is: `{"data": [...]}`, `{"models": [...]}` or the list alone, of objects or of names.
/// LM Studio and others list the same id twice; the first stands.
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
        // vLLM and llama.cpp say how much fits.
        context_window: entry
            .get("max_model_len")
            .or_else(|| entry.pointer("/meta/n_ctx"))
            .or_else(|| entry.pointer("/meta/n_ctx_train"))
            .and_then(Value::as_u64),
        // Together says what a model is for.
        outputs: match text("type").as_deref() {
            Some(kind @ ("embedding" | "rerank" | "image" | "audio" | "moderation")) => vec![kind.to_owned()],
            _ => Vec::new(),
        },
        ..Model::default()
    })
}
