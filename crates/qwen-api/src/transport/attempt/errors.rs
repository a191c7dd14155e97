//! The errors of an exchange: silence, an early end, an error status, a redirect, a web page.

use std::time::{Duration, SystemTime};

use url::Url;

use crate::error::{Cause, Error, ErrorKind, MAX_MESSAGE, Malformed, RetryClass, TransportFailure, begin_of};
use crate::protocol::{ChatProtocol, Head, HttpRequest};
use crate::transport::charset::{charset, to_utf8};
use crate::transport::failure::not_http;
use crate::transport::http;

/// The error of a server that sent nothing for so long.
pub(crate) fn silence(timeout: Option<Duration>) -> Error {
    Error::new(TransportFailure::Silent { after: timeout }).retry(RetryClass::Transient)
}

/// The error of a server that sent keep-alive comments and nothing else for too long.
pub(crate) fn only_keep_alives() -> Error {
    Error::new(TransportFailure::OnlyKeepAlives).retry(RetryClass::Transient)
}

/// The error of an answer that was cut.
pub(crate) fn ended_early() -> Error {
    Error::new(TransportFailure::EndedEarly).retry(RetryClass::Transient)
}

/// The error with what the response says beside it: request id, `Retry-After`, headers and body.
pub(crate) fn with_head(error: Error, head: &Head, body: &[u8]) -> Error {
    let id = error.request_id().or(head.header("x-request-id")).map(str::to_owned);
    let wait = error
        .retry_after()
        .or_else(|| http::retry_after(head, SystemTime::now()));
    error
        .with_request_id(id)
        .with_retry_after(wait)
        .with_reply(&head.headers, body)
}

/// The error of a response whose status is not 200.
pub(crate) fn error_of_reply(protocol: &dyn ChatProtocol, sent: &HttpRequest, head: &Head, body: &[u8]) -> Error {
    let body = &*to_utf8(body, charset(head));
    let refusal = protocol.refusal(head, body);
    if (300..400).contains(&head.status) && !refusal.as_ref().is_some_and(is_bot_check) {
        let to = begin_of(head.header("location").unwrap_or_default(), MAX_MESSAGE);
        return with_head(
            Error::new(Malformed::Redirect { to }).with_status(head.status),
            head,
            body,
        );
    }
    if head.status == 400
        && let Some(url) = wants_tls(sent, body)
    {
        return not_http(&http::target(&url));
    }
    let error = refusal.unwrap_or_else(|| Error::new(Malformed::Status).with_status(head.status));
    with_head(error, head, body)
}

pub(super) fn is_bot_check(error: &Error) -> bool {
    error.kind() == ErrorKind::BotCheck
}

/// The URL of a plain HTTP request to a server that expects TLS and says so: nginx, Go's `net/http`, Apache.
fn wants_tls(sent: &HttpRequest, body: &[u8]) -> Option<Url> {
    let url = Url::parse(&sent.url).ok().filter(|url| url.scheme() == "http")?;
    let text = String::from_utf8_lossy(body);
    let words = [
        "sent to HTTPS port",
        "to an HTTPS server",
        "to an SSL-enabled server port",
    ];
    words.iter().any(|words| text.contains(words)).then_some(url)
}

/// The error where a web page came with status 200 in place of an answer.
pub(crate) fn web_page(error: Error, head: &Head) -> Error {
    match error.cause() {
        Cause::Malformed(Malformed::Unreadable) if head.content_type().ends_with("html") => {
            error.caused_by(Malformed::WebPage)
        }
        _ => error,
    }
}
