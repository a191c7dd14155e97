//! What went wrong with a call: an [`Error`], its kind to decide by, and the facts behind it.
//!
//! An error holds values and the server's own words. It gives no advice and knows no program: what to tell a user, and in
//! which language, is the caller's to decide.
//!
//! [`ErrorKind`] is enough for most callers. The enums of causes ([`Rejection`], [`Malformed`], [`TransportFailure`],
//! [`InvalidInput`]) are for those who make messages of them; they are exhaustive, so that a catalogue of messages is known
//! to be complete when it compiles, and a new variant comes with a new minor version.

mod cause;
mod input;
mod kind;
mod malformed;
mod rejection;
mod transport;

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::Reply;

pub use cause::Cause;
pub use input::InvalidInput;
pub(crate) use kind::RetryClass;
pub use kind::{ErrorKind, Service};
pub use malformed::Malformed;
pub use rejection::Rejection;
pub use transport::{BreakReason, Party, ProxyName, ProxyRefusal, SocksReply, TlsFailure, TransportFailure};

/// The most bytes of a refusal's body that an error keeps: 64 KiB.
const MAX_BODY: usize = 64 * 1024;
/// The most characters of a server's message that an error keeps.
pub(crate) const MAX_MESSAGE: usize = 2000;
/// The most of its code, its id, and other words that stand for something.
pub(crate) const MAX_NAME: usize = 200;

/// The text, or its beginning where it has more characters.
pub(crate) fn begin_of(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A request that failed.
///
/// Decide by [`Error::kind`]; [`Error::cause`] says what exactly happened, where that is known. What the server sent
/// (status, code, message, request id, headers, body) is there when a reply came. No credential is ever in it.
///
/// ```
/// # #[allow(dead_code)]
/// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mod.rs")); }
/// use qwen_api::{ChatRequest, Client, ErrorKind};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), qwen_api::Error> {
/// # let body = serde_json::json!({"error": {"code": "invalid_api_key", "message": "Incorrect API key provided."}});
/// # let server = support::Server::start([support::Script::json(401, &body)]);
/// # let client = Client::builder().api_key("sk-test-key").base_url(server.base_url()).build()?;
/// let error = client.chat(ChatRequest::new("qwen-plus").user("Hello")).send().await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Authentication);
/// assert_eq!((error.status(), error.code()), (Some(401), Some("invalid_api_key")));
/// assert_eq!(
///     error.to_string(),
///     "credential not accepted (HTTP 401, invalid_api_key): Incorrect API key provided."
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Box<Facts>);

#[derive(Clone, Debug)]
struct Facts {
    cause: Cause,
    service: Service,
    status: Option<u16>,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    time: SystemTime,
    retry: RetryClass,
    retry_after: Option<Duration>,
    attempts: u32,
    proxy: Option<ProxyName>,
    subject: Option<String>,
    is_incomplete: bool,
    continuation_of: Option<Error>,
    partial_reply: Option<Reply>,
}

impl Error {
    /// A failure whose cause this is, from DashScope until said otherwise, which asking again does not mend.
    pub fn new(cause: impl Into<Cause>) -> Error {
        Error(Box::new(Facts {
            cause: cause.into(),
            service: Service::default(),
            status: None,
            code: None,
            message: String::new(),
            request_id: None,
            headers: Vec::new(),
            body: Vec::new(),
            time: SystemTime::now(),
            retry: RetryClass::Never,
            retry_after: None,
            attempts: 1,
            proxy: None,
            subject: None,
            is_incomplete: false,
            continuation_of: None,
            partial_reply: None,
        }))
    }

    /// The kind to decide by.
    pub fn kind(&self) -> ErrorKind {
        self.0.cause.kind()
    }

    /// What exactly happened.
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// Who answered.
    pub fn service(&self) -> Service {
        self.0.service
    }

    /// The HTTP status: the one named inside the body where a reply with status 200 wraps an error. `None` where no reply
    /// came.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The server's own code, such as `model_not_found`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The server's own words, on one line; empty where it had none.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The id to quote to the server's owner.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// A header of the reply, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers().iter();
        headers.find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The headers of the reply, their names in lower case.
    pub fn headers(&self) -> &[(String, String)] {
        &self.0.headers
    }

    /// The body of a reply that was no answer, 64 KiB of it at most.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// When it happened.
    pub fn time(&self) -> SystemTime {
        self.0.time
    }

    /// How long the server asks to wait (`Retry-After`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How often the request was made.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The proxy that the exchange went through.
    pub fn proxy(&self) -> Option<&ProxyName> {
        self.0.proxy.as_ref()
    }

    /// The file that the failure is about, if several were sent.
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// Whether a part of the answer came before, and the rest will not.
    pub fn is_incomplete(&self) -> bool {
        self.0.is_incomplete
    }

    /// What had cut the answer before, where this is a refusal of its rest.
    pub fn interruption(&self) -> Option<&Error> {
        self.0.continuation_of.as_ref()
    }

    /// The part of the reply that arrived before it failed, where [`ChatStream::send`](crate::ChatStream::send) gathered it. Its
    /// finish reason is `None`.
    pub fn partial_reply(&self) -> Option<&Reply> {
        self.0.partial_reply.as_ref()
    }

    /// Whether the same request may succeed when it is made again after a while.
    pub fn is_retryable(&self) -> bool {
        self.0.retry != RetryClass::Never
    }

    pub(crate) fn retry_class(&self) -> RetryClass {
        self.0.retry
    }
}

/// How an error is put together.
impl Error {
    /// The same failure with a cause that is known better.
    #[must_use]
    pub(crate) fn caused_by(mut self, cause: impl Into<Cause>) -> Error {
        self.0.cause = cause.into();
        self
    }

    #[must_use]
    pub(crate) fn retry(mut self, class: RetryClass) -> Error {
        self.0.retry = class;
        self
    }

    /// The same from this service.
    #[must_use]
    pub fn of_service(mut self, service: Service) -> Error {
        self.0.service = service;
        self
    }

    /// The same with this HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Error {
        self.0.status = Some(status);
        self
    }

    /// The same with this code of the server's.
    #[must_use]
    pub fn with_code(mut self, code: Option<String>) -> Error {
        self.0.code = code.map(|code| begin_of(&code, MAX_NAME));
        self
    }

    /// The same with this message of the server's, made one line.
    #[must_use]
    pub fn with_message(mut self, message: &str) -> Error {
        let begin = begin_of(message, MAX_MESSAGE);
        self.0.message = begin.split_whitespace().collect::<Vec<_>>().join(" ");
        self
    }

    #[must_use]
    pub(crate) fn with_request_id(mut self, id: Option<String>) -> Error {
        let id = id.filter(|id| !id.is_empty());
        self.0.request_id = id.map(|id| begin_of(&id, MAX_NAME));
        self
    }

    #[must_use]
    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Error {
        self.0.retry_after = wait;
        self
    }

    /// The reply's head, and its body where it is not an answer.
    #[must_use]
    pub(crate) fn with_reply(mut self, headers: &[(String, String)], body: &[u8]) -> Error {
        self.0.headers = headers.to_vec();
        self.0.body = body[..body.len().min(MAX_BODY)].to_vec();
        self
    }

    #[must_use]
    pub(crate) fn with_attempts(mut self, attempts: u32) -> Error {
        self.0.attempts = attempts;
        self
    }

    #[must_use]
    pub(crate) fn with_proxy(mut self, proxy: Option<ProxyName>) -> Error {
        self.0.proxy = proxy;
        self
    }

    #[must_use]
    pub(crate) fn about(mut self, subject: &str) -> Error {
        self.0.subject = Some(subject.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn incomplete(mut self, is_incomplete: bool) -> Error {
        self.0.is_incomplete = is_incomplete;
        self
    }

    #[must_use]
    pub(crate) fn with_partial_reply(mut self, reply: Reply) -> Error {
        self.0.partial_reply = Some(reply);
        self
    }

    /// The same as a refusal of the rest of an answer that `cut` had cut.
    #[must_use]
    pub(crate) fn after(mut self, cut: Error) -> Error {
        self.0.continuation_of = Some(cut);
        self
    }

    /// The same with every text of the server as `change` makes it.
    #[must_use]
    pub(crate) fn map_texts(mut self, change: &dyn Fn(String) -> String) -> Error {
        let facts = &mut *self.0;
        facts.message = change(std::mem::take(&mut facts.message));
        facts.code = facts.code.take().map(change);
        facts.request_id = facts.request_id.take().map(change);
        for (_, value) in &mut facts.headers {
            *value = change(std::mem::take(value));
        }
        let body = std::mem::take(&mut facts.body);
        facts.body = match String::from_utf8(body) {
            Ok(text) => change(text).into_bytes(),
            Err(error) => change(String::from_utf8_lossy(error.as_bytes()).into_owned()).into_bytes(),
        };
        if let Cause::Malformed(Malformed::Redirect { to }) = &mut facts.cause {
            *to = change(std::mem::take(to));
        }
        facts.continuation_of = facts.continuation_of.take().map(|cut| cut.map_texts(change));
        self
    }
}

/// Two errors are the same where their facts are, whenever they happened.
impl PartialEq for Error {
    fn eq(&self, other: &Error) -> bool {
        let facts = |error: &Error| {
            let facts = &*error.0;
            (
                facts.cause.clone(),
                facts.service,
                facts.status,
                facts.code.clone(),
                facts.message.clone(),
                facts.request_id.clone(),
                facts.retry,
                facts.retry_after,
                facts.is_incomplete,
            )
        };
        facts(self) == facts(other)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = &*self.0;
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("cause", &facts.cause)
            .field("status", &facts.status)
            .field("code", &facts.code)
            .field("message", &facts.message)
            .field("request_id", &facts.request_id)
            .field("attempts", &facts.attempts)
            .field("is_incomplete", &facts.is_incomplete)
            .finish_non_exhaustive()
    }
}

/// One English line for a log: what happened, the status and the code, and the server's words.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(subject) = self.subject() {
            write!(f, "{subject}: ")?;
        }
        write!(f, "{}", self.cause())?;
        match (self.status(), self.code()) {
            (Some(status), Some(code)) => write!(f, " (HTTP {status}, {code})")?,
            (Some(status), None) => write!(f, " (HTTP {status})")?,
            (None, Some(code)) => write!(f, " ({code})")?,
            (None, None) => {}
        }
        match self.message() {
            "" => Ok(()),
            message => write!(f, ": {message}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.interruption().map(|cut| cut as _)
    }
}
