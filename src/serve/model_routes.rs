//! Lists of models, for OpenAI's and Ollama's clients.

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::Gateway;
use super::error_reply::ErrorReply;
use crate::chat_body::Members;
use qwen_api::{Model, catalog};

/// The version of Ollama whose API this is; some clients look at it.
pub(super) const OLLAMA_VERSION: &str = "0.33.0";

/// The time that the provider's list may take: some clients show a connection as dead after ten seconds.
const LIST_TIMEOUT: Duration = Duration::from_secs(5);

/// The models of the usual provider: those it lists, else those that are known without it.
async fn models(gateway: &Arc<Gateway>) -> Result<Vec<Model>, ErrorReply> {
    let upstream = gateway.upstreams.first().await?;
    let listed = tokio::time::timeout(LIST_TIMEOUT, upstream.client.listed_models(&|_| ())).await;
    let mut models = match listed {
        Ok(Ok(Some(models))) if !models.is_empty() => models,
        _ => upstream.offered.to_vec(),
    };
    models.retain(Model::chats);
    Ok(models)
}

/// `GET /v1/models`.
pub(super) async fn list(gateway: &Arc<Gateway>) -> Result<Value, ErrorReply> {
    let models = models(gateway).await?;
    let data: Vec<Value> = models
        .iter()
        .map(|model| entry(model, &gateway.usual_provider))
        .collect();
    Ok(json!({"object": "list", "data": data}))
}

/// `GET /v1/models/ID`.
pub(super) async fn one(gateway: &Arc<Gateway>, id: &str) -> Result<Value, ErrorReply> {
    // Ids may hold slashes and colons.
    let id = percent_decode_str(id).decode_utf8_lossy();
    let models = models(gateway).await?;
    let found = models.iter().find(|model| model.id == id);
    let missing = || ErrorReply::new(StatusCode::NOT_FOUND, format!("there is no model {id}")).coded("model_not_found");
    Ok(entry(found.ok_or_else(missing)?, &gateway.usual_provider))
}

fn entry(model: &Model, provider: &str) -> Value {
    json!({
        "id": model.id,
        "object": "model",
        "created": 0,
        "owned_by": model.owned_by.as_deref().unwrap_or(provider),
    })
}

/// `GET /api/tags`.
pub(super) async fn tags(gateway: &Arc<Gateway>) -> Result<Value, ErrorReply> {
    let models = models(gateway).await?;
    let tag = |model: &Model| {
        json!({
            "name": model.id,
            "model": model.id,
            "modified_at": "1970-01-01T00:00:00Z",
            "size": 0,
            "digest": "0".repeat(64),
            "details": details(),
        })
    };
    Ok(json!({"models": models.iter().map(tag).collect::<Vec<Value>>()}))
}

/// `POST /api/show`.
pub(super) async fn show(gateway: &Arc<Gateway>, body: Map<String, Value>) -> Result<Value, ErrorReply> {
    let mut members = Members::new(body);
    let name = match members.text("model")? {
        Some(name) => name,
        None => members.text("name")?.unwrap_or_default(),
    };
    let name = name.strip_suffix(":latest").unwrap_or(&name);
    let models = models(gateway).await?;
    let listed = models.into_iter().find(|model| model.id == name);
    let missing = || ErrorReply::new(StatusCode::NOT_FOUND, format!("model '{name}' not found"));
    let model = catalog::find(name).or(listed).ok_or_else(missing)?;
    let takes_images = model.inputs.iter().any(|input| input == "image");
    let capabilities = [
        ("completion", true),
        ("tools", true),
        ("vision", takes_images),
        ("thinking", model.thinking == Some(true)),
    ];
    let capabilities: Vec<&str> = capabilities
        .into_iter()
        .filter(|(_, has)| *has)
        .map(|(name, _)| name)
        .collect();
    Ok(json!({
        "modelfile": "",
        "parameters": "",
        "template": "",
        "details": details(),
        "model_info": {
            "general.architecture": "qwen",
            "qwen.context_length": model.context_window.or(model.max_input),
        },
        "capabilities": capabilities,
    }))
}

fn details() -> Value {
    json!({
        "parent_model": "", "format": "api", "family": "qwen", "families": ["qwen"],
        "parameter_size": "", "quantization_level": "",
    })
}
