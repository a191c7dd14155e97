//! Sentences and hints about the errors and notices of the client.
//!
//! The only place that makes a sentence about an error of the client. The client knows no flag, no setting and no second
//! language; hints that name them are made here.

mod context;
#[cfg(test)]
mod hint_tests;
mod input;
mod malformed;
mod notices;
pub mod providers;
mod rejected;
mod secrets;
mod transport;
mod useless;

pub use context::Context;
pub(crate) use input::no_proxy;
pub use notices::{notice, reason};
pub use secrets::{holds_key, secret_shape, terms_of_plan, without_key};
pub use useless::useless;

use crate::error::{Failure, Kind, io_reason_of};
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::tr;
use qwen_api::LONGEST_RETRY_AFTER;
use qwen_api::error::{BreakReason, Cause, Error, ErrorKind, InvalidInput, ProxyName};

/// The explanation of an error: what happened, and a hint if there is one.
#[derive(Debug)]
struct Explanation {
    sentence: UiText,
    hint: Option<UiText>,
}

impl Explanation {
    fn new(sentence: UiText, hint: impl Into<UiText>) -> Explanation {
        Explanation {
            sentence,
            hint: Some(hint.into()),
        }
    }

    fn plain(sentence: UiText) -> Explanation {
        Explanation { sentence, hint: None }
    }
}

/// The failure to print for an error of the client.
pub fn describe(error: &Error, context: &Context) -> Failure {
    let Explanation { sentence, hint } = explain(error, context);
    let sentence = match error.attempts() {
        0 | 1 => sentence,
        tries => tr!("{} (after {} tries)", sentence, tries),
    };
    let asked = error.retry_after().filter(|wait| *wait > LONGEST_RETRY_AFTER);
    Failure {
        // A refusal of the rest is not a refusal of the request.
        kind: kind(error.interruption().unwrap_or(error)),
        message: sentence,
        hint: match asked {
            Some(wait) if error.is_retryable() => {
                Some(tr!("the server asks you to wait {} before retrying", seconds(wait)))
            }
            _ => hint,
        },
        code: error.code().map(str::to_owned),
        request_id: error.request_id().map(str::to_owned),
        incomplete: error.is_incomplete(),
    }
}

/// What happened, in one sentence.
fn sentence(error: &Error, context: &Context) -> UiText {
    explain(error, context).sentence
}

/// What happened, without how often it was tried.
fn explain(error: &Error, context: &Context) -> Explanation {
    let mut explanation = match error.cause() {
        Cause::Rejected(rejection) => rejected::explain(error, *rejection, context),
        Cause::Malformed(malformed) => malformed::explain(error, malformed, context),
        Cause::Transport(failure) => transport::explain(failure, error.proxy().is_some(), context),
        Cause::Input(input) => input::explain(input, context),
    };
    if let (Some(proxy), Cause::Transport(_)) = (error.proxy(), error.cause()) {
        explanation.sentence = tr!("{} (through the proxy {})", explanation.sentence, self::proxy(proxy));
    }
    if let Some(subject) = error.subject() {
        explanation.sentence = tr!("{}: {}", subject, explanation.sentence);
    }
    if let Some(cut) = error.interruption() {
        explanation.sentence = tr!(
            "{}, and the answer could not be continued: {}",
            sentence(cut, context),
            explanation.sentence
        );
    }
    explanation
}

/// A proxy: where it is, and who named it.
pub fn proxy(proxy: &ProxyName) -> UiText {
    tr!("{} from {}", proxy.address, proxy.origin)
}

/// Why a connection or a file came to an end.
fn broken(reason: &BreakReason) -> UiText {
    match reason {
        BreakReason::Closed => tr!("it was closed"),
        BreakReason::TimedOut => tr!("timed out"),
        BreakReason::Reset => tr!("connection reset"),
        BreakReason::Tls => tr!("TLS error"),
        BreakReason::Io { kind, text } => io_reason_of(*kind, text),
        BreakReason::Other(text) => UiText::foreign(text),
    }
}

/// The kind of a failure, which is its exit code.
fn kind(error: &Error) -> Kind {
    // The user gave nothing wrong: the program left out a step that comes before the request.
    if let Cause::Input(InvalidInput::NoChat | InvalidInput::NotUploaded { .. }) = error.cause() {
        return Kind::Other;
    }
    match error.kind() {
        ErrorKind::InvalidInput => Kind::Usage,
        ErrorKind::Authentication | ErrorKind::BotCheck => Kind::Auth,
        ErrorKind::RateLimit | ErrorKind::Quota => Kind::RateLimit,
        ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Interrupted => Kind::Network,
        ErrorKind::Server | ErrorKind::MalformedResponse => Kind::Server,
        ErrorKind::InvalidRequest | ErrorKind::NotFound | ErrorKind::ContentFilter => Kind::Refused,
    }
}
