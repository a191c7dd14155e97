//! What a caller decides by: the kind of an error, who answered, how soon a retry can help.

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
