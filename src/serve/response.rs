//! Responses, whole or as they come.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde_json::Value;

/// A response to a client.
pub(super) type Response = hyper::Response<UnsyncBoxBody<Bytes, Infallible>>;

/// A response of status 200 with a body that is there.
pub(super) fn whole(content_type: &'static str, body: impl Into<Bytes>) -> Response {
    typed(content_type, Full::new(body.into()).boxed_unsync())
}

/// A response of status 200 whose body is a JSON value.
pub(super) fn json(value: &Value) -> Response {
    whole("application/json", value.to_string())
}

/// A response of status 200 whose body is sent as it comes.
pub(super) fn streamed(content_type: &'static str, body: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let frames = body.map(|bytes| Ok(Frame::data(bytes)));
    typed(content_type, StreamBody::new(frames).boxed_unsync())
}

fn typed(content_type: &'static str, body: UnsyncBoxBody<Bytes, Infallible>) -> Response {
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
