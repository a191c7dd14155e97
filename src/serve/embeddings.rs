//! Embeddings, for OpenAI's and Ollama's clients.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::Gateway;
use super::error_reply::ErrorReply;
use super::usage_counter::CountedRequest;
use crate::chat_body::Members;
use qwen_api::{EmbeddingRequest, Embeddings};

/// How vectors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VectorFormat {
    Floats,
    /// The bytes of little-endian 32-bit floats in base64: the default of OpenAI's SDKs.
    Base64,
    Ollama,
    /// One vector, as `/api/embeddings` has it.
    OllamaOld,
}

/// A request for vectors.
#[derive(Debug)]
pub(super) struct EmbeddingCall {
    request: EmbeddingRequest,
    shape: VectorFormat,
}

/// A request of `/v1/embeddings`.
pub(super) fn openai(body: Map<String, Value>) -> Result<EmbeddingCall, ErrorReply> {
    let mut members = Members::new(body);
    let model = members.text("model")?.unwrap_or_default();
    let texts = texts(&mut members)?;
    let shape = match members.text("encoding_format")?.as_deref() {
        Some("base64") => VectorFormat::Base64,
        None | Some("float") => VectorFormat::Floats,
        Some(_) => {
            return Err(ErrorReply::invalid(
                "encoding_format",
                "encoding_format must be float or base64",
            ));
        }
    };
    let extra = members.rest();
    Ok(EmbeddingCall {
        request: EmbeddingRequest { model, texts, extra },
        shape,
    })
}

/// A request of `/api/embed`.
pub(super) fn ollama(body: Map<String, Value>) -> Result<EmbeddingCall, ErrorReply> {
    of_ollama(body, VectorFormat::Ollama)
}

/// A request of `/api/embeddings`.
pub(super) fn ollama_old(mut body: Map<String, Value>) -> Result<EmbeddingCall, ErrorReply> {
    if let Some(prompt) = body.shift_remove("prompt") {
        body.insert("input".into(), prompt);
    }
    of_ollama(body, VectorFormat::OllamaOld)
}

fn of_ollama(body: Map<String, Value>, shape: VectorFormat) -> Result<EmbeddingCall, ErrorReply> {
    let mut members = Members::new(body);
    let model = members.text("model")?.unwrap_or_default();
    let model = model.strip_suffix(":latest").unwrap_or(&model).to_owned();
    let mut extra = Map::new();
    if let Some(dimensions) = members.take("dimensions") {
        extra.insert("dimensions".into(), dimensions);
    }
    Ok(EmbeddingCall {
        request: EmbeddingRequest {
            model,
            texts: texts(&mut members)?,
            extra,
        },
        shape,
    })
}

fn texts(members: &mut Members) -> Result<Vec<String>, ErrorReply> {
    let texts = members.texts("input").map_err(|_| {
        ErrorReply::invalid(
            "input",
            "input must be a string or an array of strings: token ids are not taken (LangChain: check_embedding_ctx_length=False)",
        )
    })?;
    match texts.is_empty() {
        true => Err(ErrorReply::invalid("input", "input is missing")),
        false => Ok(texts),
    }
}

/// Asks the provider for the vectors, and writes them.
pub(super) async fn answer(gateway: &Arc<Gateway>, mut call: EmbeddingCall) -> Result<Value, ErrorReply> {
    let target = gateway.upstreams.target(&call.request.model);
    let upstream = gateway.upstreams.provider(&target.provider).await?;
    let missing = || ErrorReply::invalid("model", "model is missing: name an embedding model");
    let asked = std::mem::take(&mut call.request.model);
    call.request.model = target.model.ok_or_else(missing)?;
    let allowed = upstream.meter.allow_embeddings(&call.request, &upstream.context).await;
    let reservation = allowed.map_err(|failure| ErrorReply::too_costly(failure.message.to_string()))?;
    let made = upstream.client.embeddings(&call.request).await;
    let made = made.map_err(|error| match error.kind() {
        qwen_api::ErrorKind::InvalidInput => {
            ErrorReply::new(StatusCode::BAD_REQUEST, format!("{} has no embeddings", upstream.name))
        }
        _ => ErrorReply::of_upstream(&error, &upstream.context),
    })?;
    gateway.usage.count(CountedRequest {
        upstream,
        model: call.request.model,
        usage: Some(made.usage),
        has_thought: false,
        is_summed: false,
        reservation,
    });
    Ok(written(&made, call.shape, &asked))
}

fn written(made: &Embeddings, shape: VectorFormat, model: &str) -> Value {
    let counted = made.usage.total_tokens;
    match shape {
        VectorFormat::Ollama => json!({"model": model, "embeddings": made.vectors, "prompt_eval_count": counted}),
        VectorFormat::OllamaOld => json!({"embedding": made.vectors.first()}),
        VectorFormat::Floats | VectorFormat::Base64 => {
            let data = made.vectors.iter().enumerate().map(|(index, vector)| {
                let embedding = match shape {
                    VectorFormat::Base64 => packed(vector).into(),
                    _ => json!(vector),
                };
                json!({"object": "embedding", "index": index, "embedding": embedding})
            });
            json!({
                "object": "list",
                "data": data.collect::<Vec<Value>>(),
                "model": model,
                "usage": {"prompt_tokens": made.usage.input_tokens, "total_tokens": counted},
            })
        }
    }
}

fn packed(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_packed_as_the_sdks_unpack_it() {
        assert_eq!(packed(&[1.0, -2.5]), "AACAPwAAIMA=");
    }
}
