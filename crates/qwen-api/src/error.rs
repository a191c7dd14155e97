//! What went wrong with a request: the facts, and a kind to decide by.
//!
//! An [`Error`] holds values and the server's own words. It gives no advice and knows no program that uses it: what a
//! person is told, and in which language, is that program's to say.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::Reply;

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

/// The kinds of failure, after the hierarchy of errors in Qwen's and OpenAI's SDKs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The client was set up or called wrongly; nothing was sent.
    InvalidInput,
    /// No credential, one that was not accepted, or one that may not do this (401, 403).
    Authentication,
    /// The server understood the request and refused it (400, 409, 413, 422).
    InvalidRequest,
    /// There is no such model, path or conversation (404).
    NotFound,
    /// Too many requests for now (429); waiting helps.
    RateLimit,
    /// A quota is used up or a bill is open; waiting does not help.
    Quota,
    /// The content filter refused the prompt or stopped the answer.
    ContentFilter,
    /// The server failed (5xx).
    Server,
    /// No connection came about, or it broke before the answer began.
    Connection,
    /// Nothing came for too long (408 too).
    Timeout,
    /// The answer was cut before its end.
    Interrupted,
    /// The reply is not what the protocol says it should be.
    MalformedResponse,
    /// The web site wants to be shown a browser.
    BotCheck,
}

impl ErrorKind {
    /// The kind's name in snake case, as logs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::InvalidInput => "invalid_input",
            ErrorKind::Authentication => "authentication",
            ErrorKind::InvalidRequest => "invalid_request",
            ErrorKind::NotFound => "not_found",
            ErrorKind::RateLimit => "rate_limit",
            ErrorKind::Quota => "quota",
            ErrorKind::ContentFilter => "content_filter",
            ErrorKind::Server => "server",
            ErrorKind::Connection => "connection",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Interrupted => "interrupted",
            ErrorKind::MalformedResponse => "malformed_response",
            ErrorKind::BotCheck => "bot_check",
        }
    }
}

/// Who answered, where the same refusal means different things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Service {
    /// DashScope: compatible mode and the native API.
    #[default]
    DashScope,
    /// Another server that speaks OpenAI's protocol.
    OpenAiCompatible,
    /// The web API of chat.qwen.ai.
    WebSite,
    /// The object storage that uploads go to.
    Storage,
}

/// What exactly happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// The server said no.
    Rejected(Rejection),
    /// The reply is none that the protocol knows.
    Malformed(Malformed),
    /// The exchange failed on its way.
    Transport(TransportFailure),
    /// The arguments make no request.
    Input(InvalidInput),
}

/// Why a server said no, as far as its status, code and words tell. The codes are those of Model Studio's page "Error
/// codes"; the words of other servers are those of llama.cpp's server, vLLM, mistral.rs and LiteLLM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The credential was not accepted (401).
    Credential,
    /// The credential may not do this (403).
    Access,
    /// There is no such model.
    ModelNotFound,
    /// The model answers on DashScope's native API only.
    ModelOnOtherApi,
    /// There is no such workspace.
    WorkspaceNotFound,
    /// There is no such path or thing (404).
    NotFound,
    /// The request is too large (413).
    TooLarge,
    /// Too many requests (429). `hours`: the wait that the site names.
    RateLimit {
        /// Hours to wait, where the site says so.
        hours: Option<u64>,
    },
    /// A bill is open.
    BillOverdue,
    /// The free tier is used up, and the account pays for nothing beyond it.
    FreeTierOnly,
    /// The plan's quota for this window is used up.
    PlanQuota,
    /// Another quota or a payment is missing (402).
    Quota,
    /// What credit is left does not pay for so many `max_tokens` (402).
    MaxTokensUnaffordable,
    /// The content filter refused.
    Content,
    /// The input is longer than the model takes.
    ContextLength {
        /// Tokens, where the server names the limit.
        limit: Option<u64>,
    },
    /// JSON mode wants the word JSON in the prompt.
    JsonWord,
    /// JSON mode does not go with thinking.
    JsonWhileThinking,
    /// The server could not fetch an address that it was given.
    UrlNotFetched,
    /// The model answers only in a stream.
    StreamOnly,
    /// The model always thinks.
    ThinkingRequired,
    /// The model has no switch for thinking.
    ThinkingUnsupported,
    /// The thinking budget is out of range.
    ThinkingBudget,
    /// The model does not search.
    SearchUnsupported,
    /// `max_tokens` is out of range.
    MaxTokens,
    /// `temperature` is out of range.
    Temperature,
    /// An inline image is too large.
    InlineImageTooLarge,
    /// The model sees no images.
    ImagesUnsupported,
    /// The model is not among those that the server has, which it names.
    ModelNotServed,
    /// The credential may be wrong: LiteLLM without a database says "No connected db." of a key that it does not know.
    MaybeCredential,
    /// The document is still being read.
    DocumentPending,
    /// The model is still being loaded.
    ModelLoading,
    /// An earlier answer in the same chat is still running.
    ChatBusy,
    /// The chat is gone.
    ChatNotFound,
    /// The site did not take an attachment.
    Attachment,
    /// The site failed over a member of the request that it does not name.
    UnnamedMember,
    /// The site is down or closed to this network (503).
    Unavailable,
    /// The upload permission has expired.
    PermissionExpired,
    /// The storage refused the upload.
    StorageRefused,
    /// The storage takes no file so large.
    StoredTooLarge,
    /// The storage holds a file of that name.
    StoredAlready,
    /// This machine's clock is too far off.
    ClockSkew,
    /// The site cannot read this document.
    DocumentUnreadable,
    /// The site did not read the document in time.
    DocumentTimeout {
        /// The time allowed.
        after: Duration,
    },
    /// The site stopped the answer.
    AnswerStopped,
    /// The server waited too long for the request (408).
    RequestTimeout,
    /// The server failed (5xx).
    ServerError,
    /// The request was refused, and nothing more is known (4xx).
    Request,
    /// The site asks for a check that only a browser can pass.
    BotCheck,
}

/// What is wrong with a reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Malformed {
    /// It is neither an answer nor an error; [`Error::message`] holds its first words.
    Unreadable,
    /// Its status is none that an answer has.
    Status,
    /// It redirects to another place, which was not followed.
    Redirect {
        /// The `Location` header; empty where there is none.
        to: String,
    },
    /// The redirects lead in circles.
    RedirectLoop {
        /// The host and port.
        target: String,
    },
    /// It is a web page; [`Error::message`] holds its title. From the web site, any text that is not JSON.
    WebPage,
    /// Its body is empty.
    Empty,
    /// Its stream came whole and held nothing.
    EmptyStream,
    /// One piece of it is over 16 MiB.
    TooLarge,
    /// The site opened an answer and sent no text.
    NoText,
    /// It is no list of models.
    ModelList,
    /// It names no uploaded file.
    File,
    /// It is no permission to upload.
    UploadPolicy,
    /// It names a storage host that is not safe to use.
    StorageHost,
    /// It names no chat.
    Chat,
    /// It holds no token.
    Token,
    /// It says nothing of the document.
    DocumentState,
}

/// How an exchange failed on its way.
#[derive(Clone, Debug, PartialEq)]
pub enum TransportFailure {
    /// A host's name was not found.
    HostNotFound {
        /// The name.
        host: String,
        /// Whose name it is.
        party: Party,
    },
    /// No connection came about in time.
    ConnectTimeout {
        /// The host and port.
        target: String,
        /// The time allowed.
        after: Duration,
    },
    /// No connection came about.
    Connect {
        /// The host and port of the server.
        target: String,
        /// Who was to be connected to.
        party: Party,
        /// Why not.
        reason: BreakReason,
        /// Whether the target is this machine.
        is_loopback: bool,
    },
    /// The proxy did not connect us.
    Proxy {
        /// The host and port of the server.
        target: String,
        /// Why not.
        refusal: ProxyRefusal,
        /// Whether this proxy is told addresses rather than names (SOCKS 4 and 5 without `h`).
        takes_addresses: bool,
    },
    /// No TLS connection came about.
    Tls {
        /// The host and port of the server.
        target: String,
        /// Whose TLS it is.
        party: Party,
        /// Why not.
        failure: TlsFailure,
    },
    /// A connection in use broke.
    Dropped {
        /// The host and port.
        target: String,
        /// How.
        reason: BreakReason,
    },
    /// The server answers plain HTTP with something else.
    NotHttp {
        /// The host and port.
        target: String,
    },
    /// Nothing came.
    Silent {
        /// For how long, where a fixed time was allowed.
        after: Option<Duration>,
    },
    /// Keep-alives came, and nothing else for too long.
    OnlyKeepAlives,
    /// An upload did not move.
    UploadStalled {
        /// For how long.
        after: Duration,
    },
    /// The answer stopped before its end.
    EndedEarly,
    /// TLS could not be set up on this machine.
    TlsSetup {
        /// Why not, in the library's words; empty where the system has no root certificates.
        detail: String,
    },
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The server that was asked.
    Server,
    /// The proxy on the way.
    Proxy,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq)]
pub enum BreakReason {
    /// The other side closed it.
    Closed,
    /// It timed out.
    TimedOut,
    /// The other side reset it.
    Reset,
    /// TLS broke.
    Tls,
    /// The operating system says so.
    Io {
        /// The kind of its error.
        kind: std::io::ErrorKind,
        /// Its words.
        text: String,
    },
    /// In the words of a library.
    Other(String),
}

/// A proxy, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyName {
    /// Its address without its password.
    pub address: String,
    /// What the caller calls the place that names it.
    pub origin: String,
}

/// Why a proxy did not connect us.
#[derive(Clone, Debug, PartialEq)]
pub enum ProxyRefusal {
    /// It wants a user name and a password.
    PasswordWanted {
        /// Its status, where it speaks HTTP.
        status: Option<u16>,
        /// The scheme of its address.
        scheme: String,
    },
    /// It did not accept those it was given.
    PasswordRejected {
        /// Its status, where it speaks HTTP.
        status: Option<u16>,
    },
    /// It takes no user name and password.
    PasswordUnsupported,
    /// It answered CONNECT with this status.
    Status(u16),
    /// It does not answer as a proxy does.
    NotAProxy,
    /// A reply of a SOCKS proxy (RFC 1928, section 6; SOCKS 4 too).
    Socks(SocksReply),
    /// Something else broke.
    Other(BreakReason),
}

/// What a SOCKS proxy replies instead of connecting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocksReply {
    /// General failure.
    GeneralFailure,
    /// Its rules do not allow the connection.
    NotAllowed,
    /// The network cannot be reached.
    NetworkUnreachable,
    /// The host cannot be reached.
    HostUnreachable,
    /// The host refused.
    ConnectionRefused,
    /// The way is too long.
    TtlExpired,
    /// It does not know CONNECT.
    CommandNotSupported,
    /// It does not know this type of address.
    AddressTypeNotSupported,
    /// SOCKS 4: rejected or failed.
    Rejected,
    /// SOCKS 4: it found no identd.
    IdentMissing,
    /// SOCKS 4: identd named another user.
    IdentMismatch,
}

/// Why no TLS connection came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for another name.
    WrongName,
    /// The certificate's issuer is not trusted.
    UnknownIssuer,
    /// The certificate is not valid otherwise.
    InvalidCertificate,
    /// The other side asks for a client certificate.
    ClientCertificateWanted,
    /// The other side does not speak TLS.
    NotTls,
    /// The handshake failed otherwise.
    Handshake,
}

/// What makes no request.
#[derive(Clone, Debug, PartialEq)]
pub enum InvalidInput {
    /// The base URL is no URL.
    BaseUrl {
        /// Why not.
        detail: String,
    },
    /// A header's value holds a character that no header may hold.
    Header {
        /// The header's name, or that of the variable its secret comes from.
        name: String,
        /// Whether it is such a variable.
        is_secret: bool,
    },
    /// The proxy is none.
    Proxy {
        /// What the caller calls the place it was named in.
        origin: String,
        /// What was named, its password masked.
        value: String,
    },
    /// A file or folder of certificates cannot be read.
    CertificatesUnreadable {
        /// Where it is.
        path: PathBuf,
        /// What the caller calls the place that names it, where that is not obvious.
        origin: Option<String>,
        /// Whether it is a folder.
        is_folder: bool,
        /// Why not.
        reason: BreakReason,
    },
    /// A file of certificates holds none in PEM form.
    NoCertificates {
        /// Where it is.
        path: PathBuf,
        /// What the caller calls the place that names it, where that is not obvious.
        origin: Option<String>,
    },
    /// The HTTP library does not take the request.
    Request {
        /// Why not.
        detail: String,
    },
    /// The provider has nowhere to upload to.
    NoUploads {
        /// The provider.
        provider: String,
    },
    /// A file is larger than the provider takes.
    FileTooLarge {
        /// Bytes.
        size: u64,
        /// Bytes.
        limit: u64,
    },
    /// A file cannot be read to its end, or is not what it was.
    FileUnreadable {
        /// Why.
        reason: BreakReason,
    },
    /// The web site answers only a message of the user's.
    EndsWithAnswer,
    /// The site's v1 API takes only text and images.
    MediaNotTaken {
        /// The attachment's name.
        name: String,
    },
    /// The site takes only what was uploaded to it.
    NotUploaded {
        /// The attachment's name.
        name: String,
    },
    /// No chat was opened on the site.
    NoChat,
}

/// How soon asking again can help.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RetryClass {
    /// It cannot.
    #[default]
    Never,
    /// Once more, and soon: the reply held nothing.
    Once,
    /// Soon: a fault of the server or of the way there.
    Transient,
    /// Later, and longer each time: a rate limit.
    RateLimited,
    /// Every few seconds for half a minute: an earlier answer in the same chat is still running.
    Busy,
    /// Every few seconds for some minutes: a document is still being read, a model still being loaded.
    Preparing,
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

    /// The file that the failure is about, where several were at hand.
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

    /// What came of the reply before it failed, where [`ChatStream::send`](crate::ChatStream::send) gathered it. Its
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

    #[must_use]
    pub fn of_service(mut self, service: Service) -> Error {
        self.0.service = service;
        self
    }

    #[must_use]
    pub fn with_status(mut self, status: u16) -> Error {
        self.0.status = Some(status);
        self
    }

    #[must_use]
    pub fn with_code(mut self, code: Option<String>) -> Error {
        self.0.code = code.map(|code| begin_of(&code, MAX_NAME));
        self
    }

    /// The server's words, made one line.
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

impl Cause {
    /// The kind to decide by.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Cause::Rejected(rejection) => rejection.kind(),
            Cause::Malformed(_) => ErrorKind::MalformedResponse,
            Cause::Transport(failure) => failure.kind(),
            Cause::Input(_) => ErrorKind::InvalidInput,
        }
    }
}

impl Rejection {
    /// The kind to decide by.
    pub fn kind(self) -> ErrorKind {
        use Rejection as R;
        match self {
            R::Credential | R::Access | R::MaybeCredential => ErrorKind::Authentication,
            R::ModelNotFound
            | R::ModelNotServed
            | R::ModelOnOtherApi
            | R::WorkspaceNotFound
            | R::NotFound
            | R::ChatNotFound => ErrorKind::NotFound,
            R::RateLimit { .. } => ErrorKind::RateLimit,
            R::BillOverdue | R::FreeTierOnly | R::PlanQuota | R::Quota | R::MaxTokensUnaffordable => ErrorKind::Quota,
            R::Content => ErrorKind::ContentFilter,
            R::RequestTimeout => ErrorKind::Timeout,
            R::ServerError
            | R::ModelLoading
            | R::Unavailable
            | R::PermissionExpired
            | R::ClockSkew
            | R::StorageRefused
            | R::DocumentTimeout { .. } => ErrorKind::Server,
            R::BotCheck => ErrorKind::BotCheck,
            R::AnswerStopped => ErrorKind::Interrupted,
            _ => ErrorKind::InvalidRequest,
        }
    }
}

impl TransportFailure {
    /// The kind to decide by.
    pub fn kind(&self) -> ErrorKind {
        use TransportFailure as T;
        match self {
            T::ConnectTimeout { .. } | T::Silent { .. } | T::OnlyKeepAlives | T::UploadStalled { .. } => {
                ErrorKind::Timeout
            }
            T::EndedEarly => ErrorKind::Interrupted,
            _ => ErrorKind::Connection,
        }
    }
}

impl From<&std::io::Error> for BreakReason {
    fn from(error: &std::io::Error) -> BreakReason {
        BreakReason::Io {
            kind: error.kind(),
            text: error.to_string(),
        }
    }
}

impl From<Rejection> for Cause {
    fn from(rejection: Rejection) -> Cause {
        Cause::Rejected(rejection)
    }
}

impl From<Malformed> for Cause {
    fn from(malformed: Malformed) -> Cause {
        Cause::Malformed(malformed)
    }
}

impl From<TransportFailure> for Cause {
    fn from(failure: TransportFailure) -> Cause {
        Cause::Transport(failure)
    }
}

impl From<InvalidInput> for Cause {
    fn from(input: InvalidInput) -> Cause {
        Cause::Input(input)
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

/// One line for a log: kind, status, code and the server's words.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().as_str())?;
        if let Some(status) = self.status() {
            write!(f, " {status}")?;
        }
        if let Some(code) = self.code() {
            write!(f, " {code}")?;
        }
        match self.message() {
            "" => write!(f, ": {:?}", self.cause()),
            message => write!(f, ": {message}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.interruption().map(|cut| cut as _)
    }
}
