//! What both of DashScope's protocols write the same way.

use base64::Engine;
use serde_json::{Value, json};

use super::{HeaderValue, HttpRequest, Method};
use crate::secret::Secret;
use crate::{ChatRequest, Media, MediaKind, MediaSource, Message, ResponseFormat};

/// A request without a body, the key as its bearer token.
pub(super) fn bearer(
    method: Method,
    url: String,
    key: Option<&(Secret, String)>,
    headers: &[(String, HeaderValue)],
) -> HttpRequest {
    let authorization = key.map(|(secret, variable)| {
        let value = HeaderValue::Secret {
            prefix: "Bearer ",
            secret: secret.clone(),
            variable: variable.clone(),
        };
        ("Authorization".to_owned(), value)
    });
    HttpRequest {
        method,
        url,
        headers: authorization.into_iter().chain(headers.iter().cloned()).collect(),
        body: None,
    }
}

/// The form an answer must have.
pub(super) fn response_format(format: &ResponseFormat) -> Value {
    match format {
        ResponseFormat::JsonObject => json!({"type": "json_object"}),
        ResponseFormat::JsonSchema(schema) => json!({
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": true, "schema": schema},
        }),
    }
}

/// The header without which the server does not look into its temporary storage, where a message refers to it.
pub(super) fn storage_header(request: &ChatRequest) -> Option<(String, HeaderValue)> {
    let is_stored = |media: &Media| matches!(&media.source, MediaSource::Url(url) if url.starts_with("oss://"));
    let mut media = request.messages.iter().flat_map(Message::media);
    let enable = HeaderValue::Plain("enable".into());
    media
        .any(is_stored)
        .then(|| ("X-DashScope-OssResourceResolve".into(), enable))
}

/// The ids of a message's documents, `fileid://…`: each is a system message of its own.
pub(super) fn document_ids(message: &Message) -> impl Iterator<Item = &str> {
    message.media().filter_map(|media| match (&media.source, media.kind) {
        (MediaSource::Url(url), MediaKind::Document) => Some(url.as_str()),
        _ => None,
    })
}

/// The URL of a media block: its own, or its bytes as a `data:` URI. The URI of a sound has no media type, as the
/// omni models require.
pub(super) fn media_url(media: &Media) -> String {
    match &media.source {
        MediaSource::Url(url) => url.clone(),
        MediaSource::Inline(bytes) => {
            let mime = match media.kind {
                MediaKind::Audio => "",
                _ => media.mime.as_str(),
            };
            let mut uri = format!("data:{mime};base64,");
            base64::engine::general_purpose::STANDARD.encode_string(bytes, &mut uri);
            uri
        }
    }
}
