//! What the program says about the client's errors: facts in, a sentence and a hint out.
//!
//! The only place that makes a sentence about an error of the client. The client knows no flag, no setting and no second
//! language; hints that name them are made here.

mod input;
mod malformed;
mod notices;
pub mod providers;
mod rejected;
mod secrets;
mod transport;

pub(crate) use input::no_proxy;
pub use notices::notice;
pub use secrets::secret_shape;

use std::time::Duration;

use crate::error::{Failure, Kind, io_reason_of};
use crate::i18n::UiText;
use crate::tr;
use qwen_api::LONGEST_RETRY_AFTER;
use qwen_api::error::{BreakReason, Cause, Error, ErrorKind, InvalidInput, ProxyName};

/// What is told: a sentence and, where something can be done, a hint.
#[derive(Debug)]
struct Told {
    sentence: UiText,
    hint: Option<UiText>,
}

impl Told {
    fn new(sentence: UiText, hint: impl Into<UiText>) -> Told {
        Told {
            sentence,
            hint: Some(hint.into()),
        }
    }

    fn plain(sentence: UiText) -> Told {
        Told { sentence, hint: None }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        failure(&error)
    }
}

/// The failure to print for an error of the client.
pub fn failure(error: &Error) -> Failure {
    let Told { sentence, hint } = told(error);
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
            Some(wait) if error.is_retryable() => Some(tr!("the server asks to wait {}; try again then", spell(wait))),
            _ => hint,
        },
        code: error.code().map(str::to_owned),
        request_id: error.request_id().map(str::to_owned),
        incomplete: error.is_incomplete(),
    }
}

/// What happened, in one sentence.
fn sentence(error: &Error) -> UiText {
    told(error).sentence
}

/// What happened, without how often it was tried.
fn told(error: &Error) -> Told {
    let mut told = match error.cause() {
        Cause::Rejected(rejection) => rejected::told(error, *rejection),
        Cause::Malformed(malformed) => malformed::told(error, malformed),
        Cause::Transport(failure) => transport::told(failure, error.proxy().is_some()),
        Cause::Input(input) => input::told(input),
    };
    if let (Some(proxy), Cause::Transport(_)) = (error.proxy(), error.cause()) {
        told.sentence = tr!("{} (through the proxy {})", told.sentence, self::proxy(proxy));
    }
    if let Some(subject) = error.subject() {
        told.sentence = tr!("{}: {}", subject, told.sentence);
    }
    if let Some(cut) = error.interruption() {
        told.sentence = tr!(
            "{}, and the rest could not be had: {}",
            self::told(cut).sentence,
            told.sentence
        );
    }
    told
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
        BreakReason::Tls => tr!("its TLS broke"),
        BreakReason::Io { kind, text } => io_reason_of(*kind, text),
        BreakReason::Other(text) => UiText::foreign(text),
    }
}

/// `90` seconds as `1 min 30 s`.
fn spell(wait: Duration) -> UiText {
    let seconds = wait.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => tr!("{} s", s),
        (0, m, 0) => tr!("{} min", m),
        (0, m, s) => tr!("{} min {} s", m, s),
        (h, 0, _) => tr!("{} h", h),
        (h, m, _) => tr!("{} h {} min", h, m),
    }
}

/// The kind of a failure, which is its exit code.
fn kind(error: &Error) -> Kind {
    // Steps of the program's own that were left out: neither is anything a user said.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_was_left_out_is_no_fault_of_the_command_line() {
        let name = "cat.png".to_owned();
        for (input, kind) in [
            (InvalidInput::NoChat, Kind::Other),
            (InvalidInput::NotUploaded { name: name.clone() }, Kind::Other),
            (InvalidInput::MediaNotTaken { name }, Kind::Usage),
        ] {
            assert_eq!(failure(&Error::new(input.clone())).kind, kind, "{input:?}");
        }
    }
}
