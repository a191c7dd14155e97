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
use crate::text::words::Words;
use crate::words;
use qwen_api::error::{BreakReason, Cause, Error, ErrorKind, ProxyName};
use qwen_api::transport::retry::LONGEST_RETRY_AFTER;

/// What is told: a sentence and, where something can be done, a hint.
#[derive(Debug)]
struct Told {
    sentence: Words,
    hint: Option<Words>,
}

impl Told {
    fn new(sentence: Words, hint: impl Into<Words>) -> Told {
        Told {
            sentence,
            hint: Some(hint.into()),
        }
    }

    fn plain(sentence: Words) -> Told {
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
        tries => words!("{} (after {} tries)", sentence, tries),
    };
    let asked = error.retry_after().filter(|wait| *wait > LONGEST_RETRY_AFTER);
    Failure {
        // A refusal of the rest is not a refusal of the request.
        kind: kind(error.interruption().unwrap_or(error)),
        message: sentence,
        hint: match asked {
            Some(wait) if error.is_retryable() => {
                Some(words!("the server asks to wait {}; try again then", spell(wait)))
            }
            _ => hint,
        },
        code: error.code().map(str::to_owned),
        request_id: error.request_id().map(str::to_owned),
        incomplete: error.is_incomplete(),
    }
}

/// What happened, in one sentence.
fn sentence(error: &Error) -> Words {
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
        told.sentence = words!("{} (through the proxy {})", told.sentence, self::proxy(proxy));
    }
    if let Some(subject) = error.subject() {
        told.sentence = words!("{}: {}", subject, told.sentence);
    }
    if let Some(cut) = error.interruption() {
        told.sentence = words!(
            "{}, and the rest could not be had: {}",
            self::told(cut).sentence,
            told.sentence
        );
    }
    told
}

/// A proxy: where it is, and who named it.
pub fn proxy(proxy: &ProxyName) -> Words {
    words!("{} from {}", proxy.address, proxy.origin)
}

/// Why a connection or a file came to an end.
fn broken(reason: &BreakReason) -> Words {
    match reason {
        BreakReason::Closed => words!("it was closed"),
        BreakReason::TimedOut => words!("timed out"),
        BreakReason::Reset => words!("connection reset"),
        BreakReason::Tls => words!("its TLS broke"),
        BreakReason::Io { kind, text } => io_reason_of(*kind, text),
        BreakReason::Other(text) => Words::foreign(text),
    }
}

/// `90` seconds as `1 min 30 s`.
fn spell(wait: Duration) -> Words {
    let seconds = wait.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => words!("{} s", s),
        (0, m, 0) => words!("{} min", m),
        (0, m, s) => words!("{} min {} s", m, s),
        (h, 0, _) => words!("{} h", h),
        (h, m, _) => words!("{} h {} min", h, m),
    }
}

/// The kind of a failure, which is its exit code.
fn kind(error: &Error) -> Kind {
    match error.kind() {
        ErrorKind::InvalidInput => Kind::Usage,
        ErrorKind::Authentication | ErrorKind::BotCheck => Kind::Auth,
        ErrorKind::RateLimit | ErrorKind::Quota => Kind::RateLimit,
        ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Interrupted => Kind::Network,
        ErrorKind::Server | ErrorKind::MalformedResponse => Kind::Server,
        ErrorKind::InvalidRequest | ErrorKind::NotFound | ErrorKind::ContentFilter => Kind::Refused,
    }
}
