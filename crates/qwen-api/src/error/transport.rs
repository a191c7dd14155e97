//! How an exchange failed between this machine and the server: names, connections, proxies, TLS, silence.

use std::fmt;
use std::time::Duration;

use super::ErrorKind;

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
        /// Whether this proxy gets addresses rather than names (SOCKS 4 and 5 without `h`).
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

impl From<&std::io::Error> for BreakReason {
    fn from(error: &std::io::Error) -> BreakReason {
        BreakReason::Io {
            kind: error.kind(),
            text: error.to_string(),
        }
    }
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

/// What happened, in a few English words for a log.
impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use TransportFailure as T;
        match self {
            T::HostNotFound { host, .. } => write!(f, "could not resolve host {host}"),
            T::ConnectTimeout { target, after } => {
                write!(f, "connection to {target} timed out after {} s", after.as_secs())
            }
            T::Connect { target, reason, .. } => write!(f, "failed to connect to {target}: {reason}"),
            T::Proxy { target, refusal, .. } => write!(f, "proxy did not connect to {target}: {refusal:?}"),
            T::Tls { target, failure, .. } => write!(f, "TLS connection to {target} failed: {failure:?}"),
            T::Dropped { target, reason } => write!(f, "connection to {target} broke: {reason}"),
            T::NotHttp { target } => write!(f, "{target} does not speak HTTP"),
            T::Silent { after: Some(after) } => write!(f, "no data received for {} s", after.as_secs()),
            T::Silent { after: None } => f.write_str("no response in time"),
            T::OnlyKeepAlives => f.write_str("only keep-alives received"),
            T::UploadStalled { after } => write!(f, "upload stalled for {} s", after.as_secs()),
            T::EndedEarly => f.write_str("stream ended before the answer was complete"),
            T::TlsSetup { detail } => write!(f, "could not set up TLS: {detail}"),
        }
    }
}

impl fmt::Display for BreakReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BreakReason::Closed => "connection closed",
            BreakReason::TimedOut => "timed out",
            BreakReason::Reset => "connection reset",
            BreakReason::Tls => "TLS error",
            BreakReason::Io { text, .. } | BreakReason::Other(text) => text,
        })
    }
}
