//! What a protocol has beside [`ChatProtocol`] where it makes pictures, and the replies that hold them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;

use super::errors::ErrorBody;
use super::malformed::{malformed, unreadable};
use super::{ChatProtocol, Head, HttpRequest, TaskOutcome, json};
use crate::error::{Error, Malformed, Service};
use crate::{ImageRequest, ImageSource, Images};

/// A protocol that makes pictures.
pub trait ImageProtocol: ChatProtocol {
    /// The HTTP request for pictures.
    fn image_request(&self, request: &ImageRequest) -> Result<HttpRequest, Error>;

    /// The same request in another form or to another address, where `error` shows that `sent` is not what the model or
    /// the server takes.
    fn other_form(&self, request: &ImageRequest, sent: &HttpRequest, error: &Error) -> Option<HttpRequest> {
        let _ = request;
        self.reroute(sent, error)
    }

    /// The request for the state of a task; `None` where pictures are in the first reply.
    fn task(&self, id: &str) -> Option<HttpRequest> {
        let _ = id;
        None
    }

    /// The error with a cause that only a request for pictures has.
    fn image_error(&self, sent: &HttpRequest, error: Error) -> Error {
        let _ = sent;
        error
    }

    /// What a reply with status 200 says.
    fn image_outcome(&self, head: &Head, body: &[u8]) -> Result<ImageOutcome, Error>;
}

/// What a reply says of the pictures that were asked for.
pub(crate) type ImageOutcome = TaskOutcome<Images>;

/// What a reply with status 200 says. `task` reads what it says of a task that runs or failed.
pub(super) fn outcome(
    service: Service,
    head: &Head,
    body: &[u8],
    task: impl FnOnce(&Value) -> Option<Result<ImageOutcome, Error>>,
) -> Result<ImageOutcome, Error> {
    let Some(reply) = json::read(body) else {
        let begin = String::from_utf8_lossy(&body[..body.len().min(4096)]);
        return Err(unreadable(service, &begin));
    };
    if let Some(outcome) = task(&reply) {
        return outcome;
    }
    let images = images(service, &reply);
    if !images.images.is_empty() {
        return Ok(ImageOutcome::Done(images));
    }
    let refusal = ErrorBody::from_json(&reply).map(|error| error.under_head(service, head));
    let failed = images.failed.into_iter().next();
    Err(refusal.or(failed).unwrap_or_else(|| {
        // The model may have said why.
        malformed(service, Malformed::NoImages)
            .with_message(&images.text)
            .with_request_id(images.request_id)
    }))
}

/// The pictures of a reply, in every shape: `output.choices` and `output.results` of DashScope, `data` of OpenAI.
fn images(service: Service, reply: &Value) -> Images {
    let mut images = Images {
        request_id: reply["request_id"].as_str().map(str::to_owned),
        ..Images::default()
    };
    let list = |value: &'_ Value| value.as_array().cloned().unwrap_or_default();
    for choice in list(&reply["output"]["choices"]) {
        for part in list(&choice["message"]["content"]) {
            if let Some(text) = part["text"].as_str() {
                images.text.push_str(text);
            }
            images.images.extend(source(&part["image"]));
        }
    }
    for result in list(&reply["output"]["results"]).iter().chain(&list(&reply["data"])) {
        let found = source(&result["url"]).or_else(|| inline(result["b64_json"].as_str()?));
        match found {
            Some(image) => images.images.push(image),
            None => {
                let error = ErrorBody::from_json(result);
                images.failed.extend(error.map(|error| error.in_stream(service)));
            }
        }
    }
    images
}

/// A picture's address, or the picture itself in a `data:` URI.
fn source(url: &Value) -> Option<ImageSource> {
    let url = url.as_str().filter(|url| !url.is_empty())?;
    match url.strip_prefix("data:").and_then(|uri| uri.split_once(";base64,")) {
        Some((_, encoded)) => inline(encoded),
        None => Some(ImageSource::Url(url.to_owned())),
    }
}

fn inline(encoded: &str) -> Option<ImageSource> {
    let bytes = STANDARD.decode(encoded.trim()).ok().filter(|bytes| !bytes.is_empty())?;
    Some(ImageSource::Inline(Bytes::from(bytes)))
}
