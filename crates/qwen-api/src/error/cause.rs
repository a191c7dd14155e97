//! What exactly happened: one of four groups of causes.

use std::fmt;

use super::{ErrorKind, InvalidInput, Malformed, Rejection, TransportFailure};

/// What exactly happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// The server said no.
    Rejected(Rejection),
    /// The reply does not follow the protocol.
    Malformed(Malformed),
    /// The exchange failed on its way.
    Transport(TransportFailure),
    /// The arguments make no request.
    Input(InvalidInput),
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

/// What happened, in a few English words for a log.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Rejected(rejection) => rejection.fmt(f),
            Cause::Malformed(malformed) => malformed.fmt(f),
            Cause::Transport(failure) => failure.fmt(f),
            Cause::Input(input) => input.fmt(f),
        }
    }
}
