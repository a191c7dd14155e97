//! The body of a request: read within a limit, unpacked, parsed.

use std::io::Read;

use axum::body::{Body, HttpBody, to_bytes};
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use serde_json::{Map, Value};

use super::error_reply::ErrorReply;

/// The most bytes of a body, after unpacking.
const LIMIT: usize = 16 << 20;

/// The JSON object that a body holds, whatever its content type says.
pub(super) async fn object(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, ErrorReply> {
    let bytes = bytes(headers, body).await?;
    let bad = |why: String| ErrorReply::new(StatusCode::BAD_REQUEST, format!("the body is no JSON object: {why}"));
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(bad("it is another JSON value".to_owned())),
        Err(error) => Err(bad(error.to_string())),
    }
}

async fn bytes(headers: &HeaderMap, body: Body) -> Result<Bytes, ErrorReply> {
    let encoding = headers
        .get(CONTENT_ENCODING)
        .map(|value| value.to_str().unwrap_or("?").trim().to_ascii_lowercase());
    // A client that asks first (`Expect: 100-continue`) need not send it.
    if body.size_hint().lower() > LIMIT as u64 {
        return Err(too_large());
    }
    let read = to_bytes(body, LIMIT).await.map_err(|error| match is_limit(&error) {
        true => too_large(),
        false => ErrorReply::new(StatusCode::BAD_REQUEST, "the body did not come whole"),
    })?;
    match encoding.as_deref() {
        None | Some("" | "identity") => Ok(read),
        Some("gzip" | "x-gzip") => unpacked(&read),
        Some(other) => Err(ErrorReply::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("the content encoding {other:?} is not supported; gzip is"),
        )),
    }
}

/// Whether the limit was reached rather than the connection lost.
fn is_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn too_large() -> ErrorReply {
    ErrorReply::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 16 MiB")
}

fn unpacked(packed: &[u8]) -> Result<Bytes, ErrorReply> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(packed)
        .take(LIMIT as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|error| ErrorReply::new(StatusCode::BAD_REQUEST, format!("the body is no gzip: {error}")))?;
    match plain.len() > LIMIT {
        true => Err(too_large()),
        false => Ok(plain.into()),
    }
}
