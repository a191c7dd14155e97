//! Errors of the site, most of which have the status 200, with the actual one in a header or implied by the message.
//!
//! The order matters: first the bot check, which may have any status and content type; then the status, the code and the
//! message.

use std::time::Duration;

use serde_json::Value;

use crate::error::{Cause, Error, Malformed, Rejection, RetryClass, Service};
use crate::protocol::errors::{ErrorBody, context_limit};
use crate::protocol::malformed::{GOOD_STATUS, malformed};
use crate::protocol::{Head, json};

/// The code of the bot check in JSON, and that in a page.
const VALIDATE: &str = "FAIL_SYS_USER_VALIDATE";
const PAGE: &str = "waf_html";

/// An error as the site sent it.
#[derive(Debug, Default, PartialEq)]
struct SiteError {
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    /// The hours until a retry can help.
    hours: Option<u64>,
    /// It is a page or plain text rather than JSON.
    is_page: bool,
}

/// The error in a response that is not streamed; `None` without one.
pub(super) fn error_of_reply(head: &Head, body: &[u8]) -> Option<Error> {
    let text = String::from_utf8_lossy(body);
    let json = json::read(body);
    if let Some(error) = bot_check(head.status, &text, json.as_ref()) {
        return Some(error);
    }
    // The bot check may be a redirect with an empty body.
    if head.header("location").is_some_and(is_check) {
        return Some(bot_check_error(head.status, VALIDATE));
    }
    let actual = head
        .header("x-actual-status-code")
        .and_then(|status| status.trim().parse::<u16>().ok())
        .filter(|status| (400..600).contains(status));
    let status = actual.unwrap_or(head.status);
    let error = match &json {
        Some(value) => SiteError::from_json(value),
        // Pages and plain text are errors, which the parser for all protocols reads.
        None => ErrorBody::read(body).map(|error| SiteError {
            code: error.code,
            message: error.message,
            request_id: error.request_id,
            hours: None,
            is_page: true,
        }),
    };
    let error = match error {
        Some(error) => error,
        None if status >= 400 => SiteError::default(),
        None => return None,
    };
    let error = error.classify(status);
    let seconds = head
        .header("retry-after")
        .and_then(|seconds| seconds.trim().parse().ok());
    let wait = error.retry_after().or(seconds.map(Duration::from_secs));
    Some(error.with_retry_after(wait))
}

/// The error in a frame of a stream; `None` without one.
pub(super) fn error_in_stream(payload: &str, value: &Value) -> Option<Error> {
    bot_check(GOOD_STATUS, payload, Some(value))
        .or_else(|| SiteError::from_json(value).map(|error| error.classify(GOOD_STATUS)))
}

/// The error for an answer that the server or the user stopped.
pub(super) fn answer_stopped() -> Error {
    Error::new(Rejection::AnswerStopped)
        .of_service(Service::WebSite)
        .with_status(GOOD_STATUS)
}

/// The error for a reply without text and thinking.
pub(super) fn no_text() -> Error {
    malformed(Service::WebSite, Malformed::NoText)
}

/// Whether the chat, or the message to continue from, no longer exists.
pub(super) fn has_lost_chat(error: &Error) -> bool {
    error.status() == Some(404) && *error.cause() == Rejection::ChatNotFound.into()
}

/// Whether a body is the bot check in one of its shapes: JSON with `ret`, JSON with only a URL, two kinds of page. The
/// body is not put into the error, since its URL belongs to the session.
fn bot_check(status: u16, text: &str, json: Option<&Value>) -> Option<Error> {
    let lower = text.to_ascii_lowercase();
    let has = |marks: &[&str]| marks.iter().any(|mark| lower.contains(mark));
    let code = match json {
        Some(value) => {
            let entries = value.get("ret").and_then(Value::as_array);
            let mut entries = entries.into_iter().flatten().filter_map(Value::as_str);
            let is_named = entries.any(|entry| {
                ["FAIL_SYS_USER_VALIDATE", "RGV587", "FAIL_SYS_ILLEGAL_ACCESS"]
                    .iter()
                    .any(|mark| entry.starts_with(mark))
            });
            let address = value
                .pointer("/data/url")
                .or_else(|| value.get("url"))
                .and_then(Value::as_str);
            (is_named || address.is_some_and(is_check)).then_some(VALIDATE)
        }
        None => {
            let is_page = lower.trim_start().starts_with('<');
            let marks = [
                "aliyun_waf",
                "_____tmd_____",
                "punish",
                "x5secdata",
                "nocaptcha",
                "captcha",
            ];
            (is_page && has(&marks)).then_some(PAGE)
        }
    }?;
    Some(bot_check_error(status, code))
}

/// Whether a URL is that of the bot check.
fn is_check(address: &str) -> bool {
    address.contains("_____tmd_____") || address.contains("/punish")
}

fn bot_check_error(status: u16, code: &str) -> Error {
    Error::new(Rejection::BotCheck)
        .of_service(Service::WebSite)
        .with_status(status)
        .with_code(Some(code.to_owned()))
}

impl SiteError {
    /// Parses the error in a JSON value; `None` without one.
    fn from_json(value: &Value) -> Option<SiteError> {
        let object = value.as_object()?;
        let word = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let read = |part: &Value| SiteError {
            code: word(&part["code"]),
            message: ["details", "detail", "message"]
                .iter()
                .find_map(|name| word(&part[*name]))
                .unwrap_or_default(),
            request_id: word(&value["request_id"]),
            hours: part["num"].as_u64().or_else(|| part["num"].as_str()?.parse().ok()),
            is_page: false,
        };
        match object.get("error") {
            Some(error @ Value::Object(_)) => return Some(read(error)),
            Some(Value::String(message)) => {
                return Some(SiteError {
                    message: message.clone(),
                    ..read(value)
                });
            }
            _ => {}
        }
        let is_refused = object.get("success") == Some(&Value::Bool(false));
        if is_refused && value["data"]["code"].is_string() {
            return Some(read(&value["data"]));
        }
        let flat = read(value);
        if is_refused || flat.code.is_some() {
            return Some(flat);
        }
        // `detail` is that of v1: a text, or a list of validation errors.
        object.get("detail")?;
        ErrorBody::from_json(value).map(|error| SiteError {
            message: error.message,
            ..flat
        })
    }

    fn classify(self, status: u16) -> Error {
        use RetryClass::{Busy, Never, RateLimited, Transient};
        let message = self.message.to_ascii_lowercase();
        let by_status = || match status {
            401 | 403 => Meaning::Token,
            429 => Meaning::Limit,
            400 => Meaning::Fields,
            402..=499 => Meaning::Other,
            503 => Meaning::Unavailable,
            _ => Meaning::Fault,
        };
        let meaning = Meaning::by_words(self.code.as_deref().unwrap_or_default(), &message).unwrap_or_else(by_status);
        let hours = self.hours.filter(|_| meaning == Meaning::Limit);
        // Each with the status it should have had instead of 200.
        let (cause, implied, retry): (Cause, u16, RetryClass) = match meaning {
            Meaning::Limit => {
                let retry = if hours.is_some() { Never } else { RateLimited };
                (Rejection::RateLimit { hours }.into(), 429, retry)
            }
            Meaning::Token => (Rejection::Credential.into(), 401, Never),
            Meaning::Busy => (Rejection::ChatBusy.into(), 400, Busy),
            Meaning::Model => (Rejection::ModelNotFound.into(), 404, Never),
            Meaning::Chat => (Rejection::ChatNotFound.into(), 404, Never),
            Meaning::TooLong => {
                let limit = context_limit(&message);
                (Rejection::ContextLength { limit }.into(), 400, Never)
            }
            Meaning::Attachment => (Rejection::Attachment.into(), 400, Never),
            Meaning::Fields if message.starts_with("internal error") => (Rejection::UnnamedMember.into(), 400, Never),
            Meaning::Fields | Meaning::Other => (Rejection::Request.into(), 400, Never),
            Meaning::Fault if status < 400 && self.is_page => (Malformed::WebPage.into(), status, Never),
            Meaning::Unavailable => (Rejection::Unavailable.into(), 500, Transient),
            Meaning::Fault => (Rejection::ServerError.into(), 500, Transient),
        };
        Error::new(cause)
            .of_service(Service::WebSite)
            .with_status(if status >= 400 { status } else { implied })
            .with_message(&self.message)
            .with_code(self.code)
            .with_request_id(self.request_id)
            .with_retry_after(hours.map(|hours| Duration::from_secs(hours.saturating_mul(3600))))
            .retry(retry)
    }
}

/// The meaning of a code or a phrase of the site.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Limit,
    Token,
    Busy,
    Model,
    Chat,
    TooLong,
    Attachment,
    Fields,
    Unavailable,
    Fault,
    Other,
}

impl Meaning {
    /// The meaning by code and message, the latter in lower case; `None` when they are unknown.
    fn by_words(code: &str, message: &str) -> Option<Meaning> {
        let is = |names: &[&str]| names.iter().any(|name| code.eq_ignore_ascii_case(name));
        let says = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
        let meaning = if is(&[
            "RateLimited",
            "Too_Many_Requests",
            "ParallelLimited",
            "quotaLimited",
            "quota_limit",
        ]) {
            Meaning::Limit
        } else if is(&["Unauthorized"]) || says(&["token has expired", "token expired"]) {
            Meaning::Token
        } else if says(&["chat is in progress"]) {
            Meaning::Busy
        } else if says(&["model not found"]) {
            Meaning::Model
        } else if is(&["Not_Found", "CHAT_NOT_FOUND", "PARENT_NOT_FOUND"])
            || says(&["chat_not_found", "parent_not_found"])
        {
            Meaning::Chat
        } else if is(&["ContextLengthExceeded"]) {
            Meaning::TooLong
        } else if is(&["invalid_input"]) {
            Meaning::Attachment
        } else if is(&["Bad_Request"]) {
            Meaning::Fields
        } else if is(&["internal_error", "Internal_Server_Error"]) || message == "internal error!" {
            Meaning::Fault
        } else {
            return None;
        };
        Some(meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_cause_and_its_class_of_retry() {
        use Rejection as R;
        use RetryClass::{Busy, Never, RateLimited, Transient};
        for (status, body, cause, implied, retry) in [
            (
                200,
                r#"{"success":false,"data":{"code":"RateLimited","num":6}}"#,
                Cause::from(R::RateLimit { hours: Some(6) }),
                429,
                Never,
            ),
            (
                200,
                r#"{"code":"ParallelLimited"}"#,
                R::RateLimit { hours: None }.into(),
                429,
                RateLimited,
            ),
            (429, "{}", R::RateLimit { hours: None }.into(), 429, RateLimited),
            (200, r#"{"code":"Unauthorized"}"#, R::Credential.into(), 401, Never),
            (403, "{}", R::Credential.into(), 403, Never),
            (
                200,
                r#"{"code":"Bad_Request","details":"The chat is in progress!"}"#,
                R::ChatBusy.into(),
                400,
                Busy,
            ),
            (
                200,
                r#"{"code":"Not_Found","details":"Model not found"}"#,
                R::ModelNotFound.into(),
                404,
                Never,
            ),
            (200, r#"{"code":"Not_Found"}"#, R::ChatNotFound.into(), 404, Never),
            (
                200,
                r#"{"code":"ContextLengthExceeded","details":"maximum context length is 4096"}"#,
                R::ContextLength { limit: Some(4096) }.into(),
                400,
                Never,
            ),
            (200, r#"{"code":"invalid_input"}"#, R::Attachment.into(), 400, Never),
            (
                200,
                r#"{"code":"Bad_Request","details":"Internal error..."}"#,
                R::UnnamedMember.into(),
                400,
                Never,
            ),
            (200, r#"{"code":"Bad_Request"}"#, R::Request.into(), 400, Never),
            (422, "{}", R::Request.into(), 422, Never),
            (503, "{}", R::Unavailable.into(), 503, Transient),
            (
                200,
                r#"{"code":"internal_error"}"#,
                R::ServerError.into(),
                500,
                Transient,
            ),
            (200, "Maintenance", Malformed::WebPage.into(), 200, Never),
        ] {
            let head = Head {
                status,
                ..Head::default()
            };
            let error = error_of_reply(&head, body.as_bytes()).unwrap();
            assert_eq!(
                (error.cause(), error.status(), error.retry_class()),
                (&cause, Some(implied), retry),
                "{body}"
            );
            assert_eq!(error.service(), Service::WebSite);
        }
    }
}
