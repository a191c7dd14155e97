//! What both of DashScope's protocols write the same way.

use serde_json::{Value, json};

use super::{HeaderValue, HttpRequest, Method};
use crate::secret::Secret;
use crate::{Media, MediaSource, ResponseFormat};

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

/// Whether the server must be told to look into the temporary storage.
pub(super) fn is_oss(media: &Media) -> bool {
    matches!(&media.source, MediaSource::Url(url) if url.starts_with("oss://"))
}
