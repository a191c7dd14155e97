//! `GET /models`: ids and owners, nothing more.

use serde_json::Value;

use crate::backend::wire::{Model, ModelPage, Refusal, refusal, senseless};

/// Reads the one page there is. LM Studio and others list the same id twice; the first stands.
pub(super) fn page(body: &[u8]) -> Result<ModelPage, Refusal> {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(list) = value.get("data").or(value.get("models")).and_then(Value::as_array) else {
        return Err(match refusal::told(body) {
            Some(told) if value.is_object() => refusal::in_stream(told),
            _ => senseless::no_list(),
        });
    };
    let mut models: Vec<Model> = Vec::with_capacity(list.len());
    for entry in list {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        let Some(id) = text("id").or_else(|| text("name")) else {
            continue;
        };
        if models.iter().any(|model| model.id == id) {
            continue;
        }
        models.push(Model {
            id,
            owned_by: text("owned_by"),
            // vLLM and llama.cpp say how much fits.
            context_window: entry
                .get("max_model_len")
                .or_else(|| entry.pointer("/meta/n_ctx"))
                .or_else(|| entry.pointer("/meta/n_ctx_train"))
                .and_then(Value::as_u64),
            ..Model::default()
        });
    }
    Ok(ModelPage { models, next: None })
}
