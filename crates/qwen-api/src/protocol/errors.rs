//! Error responses of servers in all their shapes.
//!
//! The shapes: `{"error":{"message","code"}}`, `{"error":"text"}`, `{"code","message","request_id"}`,
//! `{"message"}`, `{"detail":"text"|[{"msg"}]}`, `{}`, plain text, an HTML page, nothing, and each of them framed
//! as a server-sent event.

mod codes;
mod rejection;

use serde_json::Value;

pub(super) use self::rejection::context_limit;
use self::rejection::{cause, implied_status};
use super::{Head, json, malformed};
use crate::error::{Error, Service};

/// An error as a server sent it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ErrorBody {
    pub(super) code: Option<String>,
    pub(super) message: String,
    pub(super) request_id: Option<String>,
    /// The status in the body.
    status: Option<u16>,
}

/// The error in a response that is not streamed; `None` when neither its body nor its status is an error.
pub(super) fn error_of_reply(service: Service, head: &Head, body: &[u8]) -> Option<Error> {
    match ErrorBody::read(body) {
        Some(_) if head.status < 400 && body.trim_ascii().is_empty() => Some(malformed::empty_body(service)),
        Some(error) => Some(error.under_head(service, head)),
        None if head.status >= 400 => Some(ErrorBody::default().under_head(service, head)),
        None => None,
    }
}

impl ErrorBody {
    /// Parses a body as an error; `None` when it is JSON without an error.
    pub(super) fn read(body: &[u8]) -> Option<ErrorBody> {
        let text = String::from_utf8_lossy(body);
        let text = unframed(text.trim());
        match json::read(text.as_bytes()) {
            Some(value) => ErrorBody::from_json(&value),
            None => Some(ErrorBody {
                message: page_text(text),
                ..ErrorBody::default()
            }),
        }
    }

    /// Parses an error in a chunk that holds a delta too: an `error` that is not empty, or a `code` other than of
    /// success.
    pub(super) fn beside_answer(value: &Value) -> Option<ErrorBody> {
        let is_error = match (&value["error"], &value["code"]) {
            (Value::Null | Value::Bool(false), Value::Number(code)) => code.as_u64().is_some_and(|code| code >= 400),
            (Value::Null | Value::Bool(false), Value::String(code)) => match code.parse::<u16>() {
                Ok(code) => code >= 400,
                Err(_) => !matches!(&*code.to_ascii_lowercase(), "" | "ok" | "success"),
            },
            (Value::Null | Value::Bool(false), _) => false,
            (Value::String(message), _) => !message.is_empty(),
            (Value::Array(list), _) => !list.is_empty(),
            (Value::Object(members), _) => !members.is_empty(),
            _ => true,
        };
        let of_unknown_shape = || ErrorBody {
            message: value["error"].to_string(),
            ..ErrorBody::default()
        };
        is_error.then(|| ErrorBody::from_json(value).unwrap_or_else(of_unknown_shape))
    }

    /// Parses the error in a JSON value; `None` without one. Google wraps the object in a list.
    pub(super) fn from_json(value: &Value) -> Option<ErrorBody> {
        let object = value.get(0).unwrap_or(value).as_object()?;
        let text = |value: Option<&Value>| value.and_then(word).filter(|text| !text.is_empty());
        let request_id = text(object.get("request_id"));
        let is_status = |code: &String| code.parse::<u16>().is_ok();
        // Some servers repeat the status in `code`; their code is then in `type`.
        let named = |code: Option<String>, kind: Option<String>| match (code, kind) {
            (Some(status), Some(kind)) if is_status(&status) => (status.parse().ok(), Some(kind)),
            (code, kind) => (None, code.or(kind)),
        };
        let ((inside, code), message) = match object.get("error") {
            Some(Value::Object(error)) => (
                named(text(error.get("code")), text(error.get("type"))),
                text(error.get("message")).or_else(|| text(error.get("details"))),
            ),
            Some(Value::String(message)) => ((None, None), Some(message.clone())),
            _ => (
                (None, text(object.get("code"))),
                text(object.get("message")).or_else(|| object.get("detail").and_then(detail)),
            ),
        };
        if code.is_none() && message.is_none() {
            return None;
        }
        let message = message.or_else(|| code.clone()).unwrap_or_default();
        let message = with_context_size(message, object.get("error").unwrap_or(value));
        let (status, message) = strip_status(&message);
        let status = status.or(inside).or_else(|| code.as_deref()?.parse().ok());
        Some(ErrorBody {
            status: status.filter(|status| (400..600).contains(status)),
            code: code.filter(|code| !is_status(code)),
            message: message.to_owned(),
            request_id,
        })
    }

    /// The error of a response with this head. A status of 400 or above decides, otherwise the body.
    pub(super) fn under_head(self, service: Service, head: &Head) -> Error {
        let status = match head.status {
            400.. => head.status,
            good => self.implied_status().unwrap_or(good),
        };
        let of_head = head.header("x-request-id").map(str::to_owned);
        let request_id = self.request_id.clone().or(of_head);
        self.into_error(service, status).with_request_id(request_id)
    }

    /// The error of a payload in a stream, which has no status of its own: the code decides.
    pub(super) fn in_stream(self, service: Service) -> Error {
        let status = self.implied_status().unwrap_or(500);
        self.into_error(service, status)
    }

    /// The HTTP status that such an error has outside of a stream.
    fn implied_status(&self) -> Option<u16> {
        self.status
            .or_else(|| implied_status(self.code.as_deref(), &self.message))
    }

    fn into_error(self, service: Service, status: u16) -> Error {
        let (cause, retry) = cause(status, self.code.as_deref().unwrap_or_default(), &self.message);
        Error::new(cause)
            .of_service(service)
            .with_status(status)
            .with_message(&self.message)
            .with_code(self.code)
            .with_request_id(self.request_id)
            .retry(retry)
    }
}

/// Adds the context size that llama-server sends beside its message (`n_ctx`).
fn with_context_size(message: String, error: &Value) -> String {
    match error.get("n_ctx").and_then(Value::as_u64) {
        Some(tokens) if !message.contains(&tokens.to_string()) => format!("{message} (n_ctx {tokens})"),
        _ => message,
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// FastAPI's `detail`: a text, or a list of validation errors.
fn detail(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let lines: Vec<&str> = items.iter().filter_map(|item| item.get("msg")?.as_str()).collect();
            (!lines.is_empty()).then(|| lines.join("; "))
        }
        _ => None,
    }
}

/// Splits `<400> InternalError.Algo.InvalidParameter: text` into 400 and the text. `InternalError` in this prefix does
/// not mean a server error.
fn strip_status(message: &str) -> (Option<u16>, &str) {
    let Some((status, rest)) = message.strip_prefix('<').and_then(|rest| rest.split_once("> ")) else {
        return (None, message);
    };
    let Ok(status) = status.parse() else {
        return (None, message);
    };
    match rest.split_once(": ") {
        Some((code, text)) if !code.contains(' ') => (Some(status), text),
        _ => (Some(status), rest),
    }
}

/// The data of a body that is one server-sent event; any other body as it is.
fn unframed(text: &str) -> &str {
    text.split(['\n', '\r'])
        .find_map(|line| line.strip_prefix("data:"))
        .map_or(text, str::trim)
}

/// The title of an HTML page or else the text of its body, on one line; plain text as it is.
fn page_text(text: &str) -> String {
    const MAX_CHARACTERS: usize = 300;
    let lower = text.to_ascii_lowercase();
    let inner = match (lower.find("<title>"), lower.find("</title>")) {
        (Some(from), Some(to)) if from + 7 <= to => &text[from + 7..to],
        _ => text,
    };
    let mut plain = String::new();
    let mut in_tag = false;
    for c in inner.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                plain.push(' ');
            }
            _ if !in_tag => plain.push(c),
            _ => {}
        }
    }
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Cause, ErrorKind, Rejection, RetryClass};

    fn code_and_message(body: &str) -> (Option<String>, String) {
        let error = ErrorBody::read(body.as_bytes()).unwrap();
        (error.code, error.message)
    }

    #[test]
    fn reads_every_shape() {
        let cases = [
            (r#"{"error":{"message":"m","type":"t","code":"c"}}"#, Some("c"), "m"),
            (r#"{"error":{"message":"m","type":"t","code":null}}"#, Some("t"), "m"),
            (r#"{"error":{"message":"m","code":401}}"#, None, "m"),
            (r#"{"error":{"message":"m","type":"t","code":401}}"#, Some("t"), "m"),
            (r#"{"error":{"message":"m","type":"t","code":"401"}}"#, Some("t"), "m"),
            (r#"{"error":"Unauthorized"}"#, None, "Unauthorized"),
            (r#"{"code":"c","message":"m","request_id":"r"}"#, Some("c"), "m"),
            (r#"{"message":"m"}"#, None, "m"),
            (r#"{"detail":"Not Found"}"#, None, "Not Found"),
            (r#"{"detail":[{"msg":"one"},{"msg":"two"}]}"#, None, "one; two"),
            (
                "event: error\ndata: {\"error\":{\"message\":\"m\",\"code\":\"c\"}}\n\n",
                Some("c"),
                "m",
            ),
            (
                "<html><title>502 Bad\nGateway</title><body>x</body></html>",
                None,
                "502 Bad Gateway",
            ),
            ("<b>Sign in</b><p>please", None, "Sign in please"),
            ("Internal Server Error", None, "Internal Server Error"),
            ("", None, ""),
        ];
        for (body, code, message) in cases {
            assert_eq!(
                code_and_message(body),
                (code.map(str::to_owned), message.to_owned()),
                "{body}"
            );
        }
        assert_eq!(ErrorBody::read(b"{}"), None);
        assert_eq!(ErrorBody::read(br#"{"code":null,"message":null,"output":{}}"#), None);
    }

    #[test]
    fn a_document_that_is_being_read_is_waited_for() {
        let body = br#"{"error":{"message":"File parsing in progress, please try again later.","code":"invalid_parameter_error"}}"#;
        let head = Head {
            status: 400,
            ..Head::default()
        };
        let error = ErrorBody::read(body).unwrap().under_head(Service::DashScope, &head);
        assert_eq!(error.cause(), &Cause::Rejected(Rejection::DocumentPending));
        assert_eq!(
            (error.kind(), error.retry_class()),
            (ErrorKind::InvalidRequest, RetryClass::Preparing)
        );
    }

    #[test]
    fn a_prefix_names_the_status_and_is_no_fault_of_the_server() {
        let body = br#"{"error":{"message":"<400> InternalError.Algo.InvalidParameter: Range of x","code":"invalid_parameter_error"}}"#;
        let error = ErrorBody::read(body).unwrap().in_stream(Service::DashScope);
        assert_eq!(
            (error.status(), error.kind(), error.message()),
            (Some(400), ErrorKind::InvalidRequest, "Range of x")
        );
    }

    #[test]
    fn the_id_of_a_request_is_in_the_body_or_the_head() {
        let head = Head {
            status: 400,
            headers: vec![("x-request-id".into(), "h".into())],
        };
        for (body, id) in [
            (r#"{"message":"m","request_id":"b"}"#, "b"),
            (r#"{"message":"m"}"#, "h"),
        ] {
            let error = error_of_reply(Service::DashScope, &head, body.as_bytes()).unwrap();
            assert_eq!(error.request_id(), Some(id), "{body}");
        }
    }
}
