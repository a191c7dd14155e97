//! The body of a request: read within a limit, unpacked, parsed.

use std::io::Read;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::CONTENT_ENCODING;
use hyper::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::error_reply::ErrorReply;

/// The most bytes of a body, after unpacking.
const LIMIT: usize = 16 << 20;

/// The longest wait for a body. A client that lost its network in the middle of it would stay for ever.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Bodies of so many bytes are unpacked and parsed beside the other requests.
const LARGE: usize = 64 << 10;

/// The JSON object that a body holds, whatever its content type says.
pub(super) async fn object(headers: &HeaderMap, body: Incoming) -> Result<Map<String, Value>, ErrorReply> {
    let is_packed = is_packed(headers)?;
    let bytes = bytes(body).await?;
    let parse = || match is_packed {
        true => parsed(&unpacked(&bytes)?),
        false => parsed(&bytes),
    };
    match bytes.len() >= LARGE || is_packed {
        true => tokio::task::block_in_place(parse),
        false => parse(),
    }
}

/// Whether the body is packed with gzip, the one encoding that is taken.
fn is_packed(headers: &HeaderMap) -> Result<bool, ErrorReply> {
    let encoding = headers
        .get(CONTENT_ENCODING)
        .map(|value| value.to_str().unwrap_or("?").trim().to_ascii_lowercase());
    match encoding.as_deref() {
        None | Some("" | "identity") => Ok(false),
        Some("gzip" | "x-gzip") => Ok(true),
        Some(other) => Err(ErrorReply::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("the content encoding {other:?} is not supported; gzip is"),
        )),
    }
}

async fn bytes(body: Incoming) -> Result<Bytes, ErrorReply> {
    // A client that asks first (`Expect: 100-continue`) need not send it.
    if body.size_hint().lower() > LIMIT as u64 {
        return Err(too_large());
    }
    let Ok(read) = tokio::time::timeout(TIMEOUT, Limited::new(body, LIMIT).collect()).await else {
        return Err(ErrorReply::new(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not come in time",
        ));
    };
    match read {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(ErrorReply::new(StatusCode::BAD_REQUEST, "the body did not come whole")),
    }
}

fn parsed(body: &[u8]) -> Result<Map<String, Value>, ErrorReply> {
    let bad = |why: String| ErrorReply::new(StatusCode::BAD_REQUEST, format!("the body is no JSON object: {why}"));
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(bad("it is another JSON value".to_owned())),
        Err(error) => Err(bad(error.to_string())),
    }
}

fn too_large() -> ErrorReply {
    ErrorReply::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 16 MiB")
}

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, ErrorReply> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(packed)
        .take(LIMIT as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|error| ErrorReply::new(StatusCode::BAD_REQUEST, format!("the body is no gzip: {error}")))?;
    match plain.len() > LIMIT {
        true => Err(too_large()),
        false => Ok(plain),
    }
}
