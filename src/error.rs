//! Failures as the program prints them: a kind, a sentence, a hint.
//!
//! What the program itself finds wrong is a [`Failure`]; what the client does, a `qwen_api::Error`. Commands hand either up
//! as an `anyhow::Error`, and `report.rs` finds it there.

use crate::i18n::{IntoArg, TextArg, UiText};
use crate::tr;

/// The kinds of failure. Each has an exit code that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any failure that has no exit code of its own.
    Other,
    /// The command line, the configuration or an input file is wrong; nothing was sent.
    Usage,
    /// No credential, or the server did not take it.
    Auth,
    /// Too many requests, quota, or an unpaid bill.
    RateLimit,
    /// The connection failed, was cut, or fell silent.
    Network,
    /// The server failed, or its response could not be parsed.
    Server,
    /// The server understood the request and refused it.
    Refused,
    /// Some lines of a batch failed.
    SomeFailed,
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM; the exit code is its number plus 128.
    Terminated,
    /// SIGHUP: the terminal was closed.
    HungUp,
    /// Standard output was closed: the reader has seen enough. Not an error, a signal to leave quietly.
    OutputClosed,
}

impl Kind {
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::OutputClosed => 0,
            Kind::Other => 1,
            Kind::Usage => 2,
            Kind::Auth => 3,
            Kind::RateLimit => 4,
            Kind::Network => 5,
            Kind::Server => 6,
            Kind::Refused => 7,
            Kind::SomeFailed => 8,
            Kind::HungUp => 129,
            Kind::Interrupted => 130,
            Kind::Terminated => 143,
        }
    }

    /// The word for it in `--format jsonl`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Other => "other",
            Kind::Usage => "usage",
            Kind::Auth => "auth",
            Kind::RateLimit => "rate_limit",
            Kind::Network => "network",
            Kind::Server => "server",
            Kind::Refused => "refused",
            Kind::SomeFailed => "some_failed",
            Kind::Interrupted => "interrupted",
            Kind::Terminated => "terminated",
            Kind::HungUp => "hung_up",
            Kind::OutputClosed => "output_closed",
        }
    }
}

/// A failure, ready to be printed.
///
/// `message` and `hint` may contain foreign text: control characters are removed when they are printed.
/// A credential never gets in here.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub kind: Kind,
    /// What happened: a sentence without a full stop, in lower case but for names.
    pub message: UiText,
    /// What the user can do.
    pub hint: Option<UiText>,
    /// The server's own code, `model_not_found`.
    pub code: Option<String>,
    /// The id to quote to the server's owner.
    pub request_id: Option<String>,
    /// A part of the answer has already been shown, and the rest will not come.
    pub incomplete: bool,
}

impl Failure {
    pub fn new(kind: Kind, message: impl Into<UiText>) -> Failure {
        Failure {
            kind,
            message: message.into(),
            hint: None,
            code: None,
            request_id: None,
            incomplete: false,
        }
    }

    pub fn usage(message: impl Into<UiText>) -> Failure {
        Failure::new(Kind::Usage, message)
    }

    pub fn other(message: impl Into<UiText>) -> Failure {
        Failure::new(Kind::Other, message)
    }

    pub fn out_of_memory() -> Failure {
        Failure::other(tr!("out of memory"))
    }

    pub fn no_thread() -> Failure {
        Failure::other(tr!("cannot start a thread: the system allows no more of them"))
            .hint(tr!("`ulimit -u` shows how many processes and threads a user may have"))
    }

    /// The failure of a signal or of a closed stdout.
    pub fn stopped(kind: Kind) -> Failure {
        Failure::new(
            kind,
            match kind {
                Kind::Terminated => tr!("terminated"),
                Kind::HungUp => tr!("the terminal was closed"),
                Kind::OutputClosed => tr!("the output was closed"),
                _ => tr!("interrupted"),
            },
        )
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<UiText>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// An error of the operating system met while doing `what`: "write out.txt".
    pub fn io(what: impl Into<UiText>, error: &std::io::Error) -> Failure {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Failure::new(Kind::OutputClosed, tr!("the output was closed"));
        }
        Failure::other(tr!("cannot {}: {}", what.into(), io_reason(error)))
    }
}

/// Its sentence, without the hint.
impl IntoArg for Failure {
    fn arg(&self) -> TextArg {
        self.message.arg()
    }
}

/// A command's context for an error: a text before its sentence, and a hint after its hint. It is
/// added as a context of anyhow, and found there by its type, so that both can be printed in any language.
#[derive(Clone, Debug)]
pub struct ErrorContext {
    pub text: UiText,
    pub hint: Option<UiText>,
}

impl ErrorContext {
    pub fn new(text: UiText) -> ErrorContext {
        ErrorContext { text, hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: UiText) -> ErrorContext {
        self.hint = Some(hint);
        self
    }

    /// The error in this context. Of several contexts anyhow finds the outermost, so one takes in what it finds.
    pub fn add_to(self, error: anyhow::Error) -> anyhow::Error {
        let Some(inner) = error.downcast_ref::<ErrorContext>() else {
            return error.context(self);
        };
        let text = tr!("{}: {}", self.text, inner.text);
        let hint = join_hints(inner.hint.clone(), self.hint);
        error.context(ErrorContext { text, hint })
    }
}

/// One hint after the other.
pub fn join_hints(first: Option<UiText>, second: Option<UiText>) -> Option<UiText> {
    match (first, second) {
        (Some(first), Some(second)) => Some(tr!("{}; {}", first, second)),
        (first, second) => first.or(second),
    }
}

/// For a log, in English.
impl std::fmt::Display for ErrorContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

/// The operating system's words for an error, without the number in brackets and Rust's own wording.
pub fn io_reason(error: &std::io::Error) -> UiText {
    io_reason_of(error.kind(), &error.to_string())
}

/// The same for an error of that kind, in the system's words.
pub fn io_reason_of(kind: std::io::ErrorKind, text: &str) -> UiText {
    use std::io::ErrorKind as E;
    match kind {
        E::NotFound => tr!("no such file or folder"),
        E::PermissionDenied => tr!("permission denied"),
        E::StorageFull => tr!("no space left on the device"),
        E::ReadOnlyFilesystem => tr!("the file system is read-only"),
        E::IsADirectory => tr!("it is a folder"),
        E::NotADirectory => tr!("a part of the path is not a directory"),
        E::InvalidFilename => tr!("the name is not valid here"),
        E::QuotaExceeded => tr!("disk quota exceeded"),
        E::FileTooLarge => tr!("the file is too large"),
        E::AlreadyExists => tr!("it exists already"),
        E::OutOfMemory => tr!("out of memory"),
        _ => match text.find(" (os error") {
            Some(end) => UiText::foreign(text[..end].to_lowercase()),
            None => UiText::foreign(text),
        },
    }
}
