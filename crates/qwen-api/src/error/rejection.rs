//! Why a server refused a request.

use std::fmt;
use std::time::Duration;

use super::ErrorKind;

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
    /// The content filter refused what the model made of the request.
    OutputContent,
    /// The request is about a known character or brand (`IPInfringementSuspect`).
    ProtectedContent,
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
    /// The model hears no sound.
    SoundUnsupported,
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
    /// The account has as many files, or bytes of files, as it may have.
    FilesFull,
    /// The storage holds a file of that name.
    StoredAlready,
    /// The storage does not give out a picture that was made: its address has ended.
    ResultRefused,
    /// The server has no pictures to make.
    NoImageGeneration,
    /// There is no such task.
    TaskNotFound,
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
            | R::NoImageGeneration
            | R::TaskNotFound
            | R::ChatNotFound => ErrorKind::NotFound,
            R::RateLimit { .. } => ErrorKind::RateLimit,
            R::BillOverdue | R::FreeTierOnly | R::PlanQuota | R::Quota | R::MaxTokensUnaffordable | R::FilesFull => {
                ErrorKind::Quota
            }
            R::Content | R::OutputContent | R::ProtectedContent => ErrorKind::ContentFilter,
            R::RequestTimeout => ErrorKind::Timeout,
            R::ServerError
            | R::ModelLoading
            | R::Unavailable
            | R::PermissionExpired
            | R::ClockSkew
            | R::StorageRefused
            | R::ResultRefused
            | R::DocumentTimeout { .. } => ErrorKind::Server,
            R::BotCheck => ErrorKind::BotCheck,
            R::AnswerStopped => ErrorKind::Interrupted,
            _ => ErrorKind::InvalidRequest,
        }
    }
}

/// What happened, in a few English words for a log.
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Rejection as R;
        f.write_str(match self {
            R::Credential => "credential not accepted",
            R::Access => "access denied",
            R::ModelNotFound => "model not found",
            R::ModelOnOtherApi => "model available on the native API only",
            R::WorkspaceNotFound => "workspace not found",
            R::NotFound => "not found",
            R::TooLarge => "request too large",
            R::RateLimit { hours: Some(hours) } => return write!(f, "rate limit reached for {hours} h"),
            R::RateLimit { hours: None } => "rate limit reached",
            R::BillOverdue => "bill overdue",
            R::FreeTierOnly => "free tier used up",
            R::PlanQuota => "quota of the plan used up",
            R::Quota => "quota used up",
            R::MaxTokensUnaffordable => "credit too low for max_tokens",
            R::Content => "refused by the content filter",
            R::OutputContent => "output refused by the content filter",
            R::ProtectedContent => "known character or brand refused",
            R::ContextLength { limit: Some(limit) } => return write!(f, "input over {limit} tokens"),
            R::ContextLength { limit: None } => "input longer than the context window",
            R::JsonWord => "prompt without the word JSON in JSON mode",
            R::JsonWhileThinking => "JSON mode not available while thinking",
            R::UrlNotFetched => "URL not fetched by the server",
            R::StreamOnly => "model available in streams only",
            R::ThinkingRequired => "thinking cannot be turned off for this model",
            R::ThinkingUnsupported => "thinking not supported by this model",
            R::ThinkingBudget => "thinking budget out of range",
            R::SearchUnsupported => "search not supported by this model",
            R::MaxTokens => "max_tokens out of range",
            R::Temperature => "temperature out of range",
            R::InlineImageTooLarge => "inline image too large",
            R::ImagesUnsupported => "images not supported by this model",
            R::SoundUnsupported => "sound not supported by this model",
            R::ModelNotServed => "model not served here",
            R::MaybeCredential => "credential possibly not accepted",
            R::DocumentPending => "document not parsed yet",
            R::ModelLoading => "model still loading",
            R::ChatBusy => "an earlier answer in this chat is still running",
            R::ChatNotFound => "chat not found",
            R::Attachment => "attachment refused",
            R::UnnamedMember => "invalid member in the request",
            R::Unavailable => "service unavailable",
            R::PermissionExpired => "upload permission expired",
            R::StorageRefused => "upload refused by the storage",
            R::StoredTooLarge => "file too large for the storage",
            R::FilesFull => "no room for further files",
            R::StoredAlready => "file already in the storage",
            R::ResultRefused => "picture not given out by the storage",
            R::NoImageGeneration => "server makes no pictures",
            R::TaskNotFound => "task not found",
            R::ClockSkew => "clock of this machine too far off",
            R::DocumentUnreadable => "document not readable",
            R::DocumentTimeout { after } => return write!(f, "document not parsed within {} s", after.as_secs()),
            R::AnswerStopped => "answer stopped by the server",
            R::RequestTimeout => "request timed out on the server",
            R::ServerError => "server error",
            R::Request => "request refused",
            R::BotCheck => "browser check required",
        })
    }
}
