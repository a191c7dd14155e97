//! Errors for replies that do not follow the protocol.

use crate::error::{Error, Malformed, RetryClass, Service};

/// The HTTP status of these replies.
pub(super) const GOOD_STATUS: u16 = 200;
/// The limit of the excerpt of a payload in an error, in characters.
const MAX_EXCERPT: usize = 300;

/// An error for a reply with the status 200.
pub(super) fn malformed(service: Service, cause: Malformed) -> Error {
    Error::new(cause).of_service(service).with_status(GOOD_STATUS)
}

/// The error for an empty body. Some local servers send one for a prompt that is too long; it is retried once.
pub(super) fn empty_body(service: Service) -> Error {
    malformed(service, Malformed::Empty).retry(RetryClass::Once)
}

/// The error for a payload that could not be parsed.
pub(super) fn unreadable(service: Service, payload: &str) -> Error {
    let line = payload.split_whitespace().collect::<Vec<_>>().join(" ");
    let excerpt: String = line.chars().take(MAX_EXCERPT).collect();
    malformed(service, Malformed::Unreadable).with_message(&excerpt)
}
