//! Errors as the clients of the gateway get them: OpenAI's shape, or Ollama's on its paths.

use std::time::Duration;

use hyper::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::response::{self, Response};
use crate::chat_body::MemberError;
use crate::error::{Failure, Kind};
use crate::i18n::lang::Lang;
use crate::messages::{self, Context};
use qwen_api::error::{Cause, Error, ErrorKind};

/// The API that a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApiStyle {
    OpenAi,
    Ollama,
}

/// An error before it is written in the style of the path that was asked.
#[derive(Clone, Debug)]
pub(super) struct ErrorReply {
    pub(super) status: StatusCode,
    pub(super) message: String,
    /// The member of the request that is at fault.
    param: Option<String>,
    code: Option<String>,
    /// The methods of the path, where the request has another.
    allow: Option<&'static str>,
    retry_after: Option<Duration>,
    request_id: Option<String>,
    /// The gateway has retried already: the SDKs, which retry as well, are told not to.
    has_retried: bool,
}

impl ErrorReply {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> ErrorReply {
        ErrorReply {
            status,
            message: message.into(),
            param: None,
            code: None,
            allow: None,
            retry_after: None,
            request_id: None,
            has_retried: false,
        }
    }

    /// A request for a path that is known, by a method that is not one of its own.
    pub(super) fn wrong_method(method: &Method, path: &str, allow: &'static str) -> ErrorReply {
        ErrorReply {
            allow: Some(allow),
            ..ErrorReply::new(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("{method} is not allowed on {path}; use {allow}"),
            )
            .coded("method_not_allowed")
        }
    }

    /// A request that is malformed, or asks for what cannot be had; `param` is its member.
    pub(super) fn invalid(param: impl Into<String>, message: impl Into<String>) -> ErrorReply {
        ErrorReply {
            param: Some(param.into()),
            ..ErrorReply::new(StatusCode::BAD_REQUEST, message)
        }
    }

    /// For a request that can cost more than a limit allows.
    pub(super) fn too_costly(message: impl Into<String>) -> ErrorReply {
        ErrorReply::new(StatusCode::PAYMENT_REQUIRED, message).coded("max_cost_exceeded")
    }

    pub(super) fn coded(mut self, code: &str) -> ErrorReply {
        self.code = Some(code.to_owned());
        self
    }

    /// The error of a provider before its first token: its own status, code and message.
    pub(super) fn of_upstream(error: &Error, context: &Context) -> ErrorReply {
        let own = error.status().and_then(|status| StatusCode::from_u16(status).ok());
        // A page is of something on the way, and no client could show it.
        let is_page = error.header("content-type").is_some_and(|kind| kind.contains("html"));
        let is_own = matches!(error.cause(), Cause::Rejected(_)) && !is_page;
        let status = own.filter(|status| is_own && status.as_u16() >= 400);
        let message = match error.message() {
            "" => messages::describe(error, context).message.localize(Lang::En),
            message if is_own => message.to_owned(),
            _ => messages::describe(error, context).message.localize(Lang::En),
        };
        ErrorReply {
            status: match status {
                Some(status) => status,
                None if is_page => StatusCode::BAD_GATEWAY,
                None => status_of(error.kind()),
            },
            message,
            param: None,
            code: error.code().map(str::to_owned),
            allow: None,
            retry_after: error.retry_after(),
            request_id: error.request_id().map(str::to_owned),
            has_retried: error.attempts() > 1,
        }
    }

    /// The error of an answer that broke off and cannot be resumed.
    pub(super) fn of_cut(error: &Error, context: &Context) -> ErrorReply {
        ErrorReply {
            status: StatusCode::BAD_GATEWAY,
            ..ErrorReply::of_upstream(error, context)
        }
    }

    /// The error of a provider that cannot be asked.
    pub(super) fn of_failure(failure: &Failure) -> ErrorReply {
        let status = match failure.kind {
            Kind::Usage => StatusCode::BAD_REQUEST,
            Kind::Auth => StatusCode::UNAUTHORIZED,
            Kind::RateLimit => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_GATEWAY,
        };
        ErrorReply {
            code: failure.code.clone(),
            request_id: failure.request_id.clone(),
            ..ErrorReply::new(status, failure.message.localize(Lang::En))
        }
    }

    /// Whether another provider may be asked in the place of the one that failed so.
    pub(super) fn lets_fall_back(&self) -> bool {
        matches!(self.status.as_u16(), 401 | 403 | 404 | 408 | 429 | 500..)
    }

    fn kind(&self) -> &'static str {
        match self.status.as_u16() {
            401 | 403 => "authentication_error",
            429 => "rate_limit_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        }
    }

    /// The body, which is also an event of a stream.
    pub(super) fn body(&self, style: ApiStyle) -> Value {
        match style {
            ApiStyle::Ollama => json!({"error": self.message}),
            ApiStyle::OpenAi => json!({"error": {
                "message": self.message, "type": self.kind(), "param": self.param, "code": self.code,
            }}),
        }
    }

    pub(super) fn response(&self, style: ApiStyle) -> Response {
        let mut response = response::json(&self.body(style));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(methods) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(methods));
        }
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, wait.as_secs().into());
        }
        let id = self.request_id.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(id)) = id {
            headers.insert(HeaderName::from_static("x-request-id"), id);
        }
        if self.has_retried {
            headers.insert(
                HeaderName::from_static("x-should-retry"),
                HeaderValue::from_static("false"),
            );
        }
        response
    }
}

impl From<MemberError> for ErrorReply {
    fn from(error: MemberError) -> ErrorReply {
        let message = error.message().localize(Lang::En);
        ErrorReply::invalid(error.member, message)
    }
}

/// The status of an error for which the provider sent none.
fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::InvalidInput | ErrorKind::InvalidRequest | ErrorKind::ContentFilter => StatusCode::BAD_REQUEST,
        ErrorKind::Authentication => StatusCode::UNAUTHORIZED,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::RateLimit | ErrorKind::Quota => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::BotCheck => StatusCode::FORBIDDEN,
        ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::Server | ErrorKind::Connection | ErrorKind::Interrupted | ErrorKind::MalformedResponse => {
            StatusCode::BAD_GATEWAY
        }
    }
}
