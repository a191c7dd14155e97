//! Replies that are neither an answer nor an error.

use crate::error::{Error, Malformed, RetryClass, Service};

/// The HTTP status of a reply that is wrong all the same.
pub(super) const GOOD_STATUS: u16 = 200;
/// The most characters of a payload that its error keeps.
const MAX_EXCERPT: usize = 300;

/// The error of a reply with a good status in which this is wrong.
pub(super) fn malformed(service: Service, cause: Malformed) -> Error {
    Error::new(cause).of_service(service).with_status(GOOD_STATUS)
}

/// The error of a body without a byte. Some local servers answer an overlong prompt so; it is worth one more try.
pub(super) fn empty_body(service: Service) -> Error {
    malformed(service, Malformed::Empty).retry(RetryClass::Once)
}

/// The error of a piece of a stream that is not what the protocol sends.
pub(super) fn unreadable(service: Service, payload: &str) -> Error {
    let line = payload.split_whitespace().collect::<Vec<_>>().join(" ");
    let excerpt: String = line.chars().take(MAX_EXCERPT).collect();
    malformed(service, Malformed::Unreadable).with_message(&excerpt)
}
