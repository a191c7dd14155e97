//! The cause of an error, by its status, code and message.
//!
//! Codes are those of Model Studio's page "Error codes"; the messages of other servers are those of llama.cpp's server,
//! vLLM, LiteLLM, Ollama and Hugging Face.

use super::codes::{is_billing, is_content_filter, status_of};
use crate::error::{Cause, Malformed, Rejection, RetryClass};

/// The HTTP status that an error in a stream has outside of one, by its code or message.
pub(super) fn implied_status(code: Option<&str>, message: &str) -> Option<u16> {
    let message = message.to_ascii_lowercase();
    let is_limit = message.contains("rate limit") || message.contains("too many requests");
    code.and_then(status_of).or_else(|| is_limit.then_some(429))
}

/// The cause of an error, and when a retry can help.
pub(super) fn cause(status: u16, code: &str, message: &str) -> (Cause, RetryClass) {
    use RetryClass::{Never, Preparing, RateLimited, Transient};
    let message = &message.to_ascii_lowercase();
    let retry = match code {
        "InvalidURL.Timeout" => Transient,
        _ => Never,
    };
    let (rejection, retry) = match status {
        _ if is_billing(code, message) => (quota(code, message).unwrap_or(Rejection::Quota), Never),
        401 => (Rejection::Credential, Never),
        403 => (Rejection::Access, Never),
        400 | 500 if is_about_key(message) => (Rejection::Credential, Never),
        429 => (
            quota(code, message).unwrap_or(Rejection::RateLimit { hours: None }),
            RateLimited,
        ),
        408 => (Rejection::RequestTimeout, Transient),
        409 => (rejection(code, message), Transient),
        // OpenRouter: "This request requires more credits, or fewer max_tokens."
        402 if message.contains("max_tokens") => (Rejection::MaxTokensUnaffordable, Never),
        402 => (quota(code, message).unwrap_or(Rejection::Quota), Never),
        // The free quota or storage of a feature is used up. A limit by the minute has the status 429.
        400 if code.starts_with("Throttling") => (quota(code, message).unwrap_or(Rejection::Quota), Never),
        404 => (not_found(code), retry),
        413 => (Rejection::TooLarge, retry),
        // The list of files is full; batches and documents are in it.
        400 if message.contains("upload file capacity exceed") || message.contains("upload file number exceed") => {
            (Rejection::FilesFull, Never)
        }
        // A document that has just been uploaded.
        400 if message.contains("file parsing in progress") => (Rejection::DocumentPending, Preparing),
        400..=499 => (rejection(code, message), retry),
        // Invalid input that is reported as a server error.
        500 if message.contains("list index out of range") || message.contains("missing content-length") => {
            (Rejection::ServerError, Never)
        }
        503 if is_loading(message) => (Rejection::ModelLoading, Preparing),
        500..=599 if is_about_request(message) => (rejection(code, message), Never),
        501 | 505 => (Rejection::ServerError, Never),
        500..=599 => (Rejection::ServerError, Transient),
        // Neither a reply nor an error.
        _ => return (Malformed::Unreadable.into(), Never),
    };
    (rejection.into(), retry)
}

/// Whether LiteLLM reports an invalid key, which it does with the status of another error; the last phrase is used where
/// it has no database. `message` is in lower case, here and below.
fn is_about_key(message: &str) -> bool {
    let phrases = [
        "authentication error",
        "authenticationerror",
        "no api key passed in",
        "no connected db",
    ];
    phrases.iter().any(|phrase| message.contains(phrase))
}

/// Whether a server error is about the request: validation (llama-cpp-python), an image, the name of the model.
fn is_about_request(message: &str) -> bool {
    let phrases = [
        "input should be",
        "validation error",
        "field required",
        "extra inputs are not permitted",
        "image input is not supported",
        "audio input is not supported",
        "is not available. available models",
    ];
    phrases.iter().any(|phrase| message.contains(phrase))
}

/// Whether the model is still being loaded: llama.cpp ("Loading model"), Ollama ("llm server loading model"), Hugging
/// Face ("Model X is currently loading"). A model that could not be loaded is another error.
fn is_loading(message: &str) -> bool {
    let says = |part: &str| message.contains(part);
    says("model") && (says("loading") || says("being loaded")) && !says("fail") && !says("error")
}

/// The quota that is used up, if the code or the message names it.
fn quota(code: &str, message: &str) -> Option<Rejection> {
    if code == "Arrearage" || code.ends_with("BillOverdue") {
        Some(Rejection::BillOverdue)
    } else if code == "AllocationQuota.FreeTierOnly" {
        Some(Rejection::FreeTierOnly)
    } else if message.contains("allocated quota exceeded") {
        Some(Rejection::PlanQuota)
    } else {
        None
    }
}

/// The rejection for a resource that was not found.
fn not_found(code: &str) -> Rejection {
    match code {
        "model_not_supported" => Rejection::ModelOnOtherApi,
        "WorkSpaceNotFound" => Rejection::WorkspaceNotFound,
        "model_not_found" | "ModelNotFound" => Rejection::ModelNotFound,
        _ => Rejection::NotFound,
    }
}

/// The rejection for an invalid request.
fn rejection(code: &str, message: &str) -> Rejection {
    let says = |part: &str| message.contains(part);
    let limit = context_limit(message);
    let is_too_long = limit.is_some()
        || says("range of input length")
        || says("context size")
        || says("context length")
        || says("context window");
    // A picture of the request, whose address the filter could not fetch.
    let is_unfetched = code == "InvalidParameter.DataInspection";
    if code == "IPInfringementSuspect" {
        Rejection::ProtectedContent
    } else if is_content_filter(code) && !is_unfetched {
        match says("output data may contain") {
            true => Rejection::OutputContent,
            false => Rejection::Content,
        }
    } else if is_too_long {
        Rejection::ContextLength { limit }
    } else if says("must contain the word 'json'") {
        Rejection::JsonWord
    } else if says("json mode") && says("enable_thinking") {
        Rejection::JsonWhileThinking
    } else if is_unfetched
        || says("failed to download")
        || code.starts_with("InvalidURL")
        || code.contains("DownloadFailed")
    {
        Rejection::UrlNotFetched
    } else if says("enable_thinking must be set to false")
        || says("only support stream mode")
        || says("only support with stream")
    {
        Rejection::StreamOnly
    } else if says("enable_thinking parameter is restricted to true") {
        Rejection::ThinkingRequired
    } else if says("enable_thinking") || code.ends_with("NotSupportEnableThinking") {
        Rejection::ThinkingUnsupported
    } else if says("thinking_budget") {
        Rejection::ThinkingBudget
    } else if says("does not support enable_search") {
        Rejection::SearchUnsupported
    } else if says("max_tokens") {
        Rejection::MaxTokens
    } else if says("temperature") {
        Rejection::Temperature
    } else if code == "BadRequest.TooLarge" {
        Rejection::TooLarge
    } else if says("data-uri item") {
        Rejection::InlineImageTooLarge
    } else if says("model not exist") {
        Rejection::ModelNotFound
    } else {
        Rejection::Request
    }
}

/// The text before the limit in a message: of DashScope, vLLM and OpenAI, llama-server (twice), SGLang,
/// llama-cpp-python, LM Studio, TabbyAPI.
const LIMIT_MARKS: [&str; 8] = [
    "range of input length should be [1,",
    "maximum context length is",
    "available context size (",
    "(n_ctx",
    "model's context length (",
    "exceed context window of",
    "context length of only",
    "max_seq_len",
];

/// The context length in an error message, in tokens.
pub(in crate::protocol) fn context_limit(message: &str) -> Option<u64> {
    let lower = message.to_ascii_lowercase();
    let after_mark = LIMIT_MARKS
        .iter()
        .find_map(|mark| lower.find(mark).map(|at| &lower[at + mark.len()..]))?;
    let digits: String = after_mark
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok().filter(|tokens| *tokens > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of errors that are not on Model Studio's page: `protocol/tests/dashscope_errors.rs` has those.
    #[test]
    fn each_class_of_retry() {
        use RetryClass::{Never, Preparing, RateLimited, Transient};
        for (status, code, message, retry) in [
            (402, "", "bad", Never),
            (429, "limit_requests", "bad", RateLimited),
            (500, "", "Input should be 'text' or 'json_object'", Never),
            (501, "", "bad", Never),
            (503, "unavailable_error", "Loading model", Preparing),
            (503, "", "error loading model", Transient),
            (200, "", "Sign in", Never),
        ] {
            assert_eq!(cause(status, code, message).1, retry, "{status} {code}: {message}");
        }
    }

    #[test]
    fn a_quota_is_told_from_a_limit_and_a_bill() {
        use Rejection as R;
        for (status, code, message, rejection) in [
            (400, "Arrearage", "bad", R::BillOverdue),
            (429, "PostpaidBillOverdue", "bad", R::BillOverdue),
            (403, "AllocationQuota.FreeTierOnly", "bad", R::FreeTierOnly),
            (429, "CommodityNotPurchased", "bad", R::Quota),
            (402, "", "bad", R::Quota),
            (
                402,
                "",
                "This request requires more credits, or fewer max_tokens.",
                R::MaxTokensUnaffordable,
            ),
            (
                400,
                "Throttling.AllocationQuota",
                "Free allocated quota exceeded.",
                R::PlanQuota,
            ),
            (429, "Throttling", "week allocated quota exceeded", R::PlanQuota),
            (
                429,
                "insufficient_quota",
                "You exceeded your current quota",
                R::RateLimit { hours: None },
            ),
        ] {
            assert_eq!(cause(status, code, message).0, rejection.into(), "{status} {code}");
        }
    }

    #[test]
    fn reads_the_limit_that_a_server_names() {
        for (message, tokens) in [
            ("Range of input length should be [1, 30720]", 30720),
            ("This model's maximum context length is 32768 tokens. However", 32768),
            (
                "request (18912 tokens) exceeds the available context size (2048 tokens), try increasing it",
                2048,
            ),
            (
                "the request exceeds the available context size. try increasing it (n_ctx 4096)",
                4096,
            ),
            (
                "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
                4096,
            ),
            ("Requested tokens (5000) exceed context window of 512", 512),
            (
                "However, the model is loaded with context length of only 4096 tokens",
                4096,
            ),
            ("Prompt length 5000 is greater than max_seq_len 4096", 4096),
        ] {
            assert_eq!(context_limit(message), Some(tokens), "{message}");
        }
        assert_eq!(context_limit("the request exceeds the available context size"), None);
        assert_eq!(context_limit("Range of max_tokens should be [1, 8192]"), None);
    }
}
