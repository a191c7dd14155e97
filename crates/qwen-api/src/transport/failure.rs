//! What a broken exchange is: names, connections, proxies and certificates, told apart by the causes of the HTTP
//! library's error.

use std::error::Error as _;

use crate::error::{
    BreakReason, Error, InvalidInput, Malformed, Party, ProxyRefusal, RetryClass, SocksReply, TlsFailure,
    TransportFailure,
};
use crate::provider::is_loopback;
use crate::transport::http::CONNECT_TIMEOUT;
use crate::transport::proxy::Proxy;

/// The way an exchange took that broke.
#[derive(Debug)]
pub(crate) struct Way<'a> {
    /// The host and port that were asked.
    pub(crate) target: String,
    pub(crate) scheme: &'a str,
    pub(crate) proxy: Option<&'a Proxy>,
    /// The status with which the proxy refused to connect us, where it is known.
    pub(crate) status: Option<u16>,
    /// Whether a host's name was still being looked up.
    pub(crate) is_looked_up: bool,
    /// Whether the target is this machine.
    pub(crate) is_loopback: bool,
}

/// What hyper-util says of a connection to a proxy that did not come about.
const NO_PROXY_THERE: &str = "failed to create underlying connection";
/// What it says of a proxy that refused to connect us.
const REFUSED: &str = "tunnel error: unsuccessful";
/// What it says of one that wants another password.
const WANTS_PASSWORD: &str = "proxy authorization required";

/// What SOCKS proxies reply (RFC 1928, section 6; the last are SOCKS 4's), in hyper-util's words.
const REPLIES: &[(&str, SocksReply)] = &[
    ("general server failure", SocksReply::GeneralFailure),
    ("connection not allowed", SocksReply::NotAllowed),
    ("network unreachable", SocksReply::NetworkUnreachable),
    ("host unreachable", SocksReply::HostUnreachable),
    ("connection refused", SocksReply::ConnectionRefused),
    ("ttl expired", SocksReply::TtlExpired),
    ("command not supported", SocksReply::CommandNotSupported),
    ("address type not supported", SocksReply::AddressTypeNotSupported),
    ("IPV6 is not supported", SocksReply::AddressTypeNotSupported),
    ("server failed to execute command", SocksReply::Rejected),
    ("server ident service failed", SocksReply::IdentMissing),
    ("server ident service did not", SocksReply::IdentMismatch),
];

/// Whether the proxy refused to connect us, for a reason that it can be asked.
pub(crate) fn is_refused_by_proxy(error: &reqwest::Error) -> bool {
    causes(error).contains(REFUSED)
}

/// Whether nothing listens at the address.
fn is_refused(error: &reqwest::Error, causes: &str) -> bool {
    let of_socks = of_socks(causes);
    let io = of_socks.as_ref().or(find::<std::io::Error>(error));
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused)
}

impl Way<'_> {
    /// The error that the broken exchange is.
    pub(crate) fn error(&self, error: &reqwest::Error) -> Error {
        self.with_proxy(self.classify(error))
    }

    /// The error that a proxy's demand for a password is, in CONNECT or in the reply to a plain request.
    pub(crate) fn wants_password(&self) -> Error {
        self.with_proxy(self.refused(self.password_wanted(Some(407)), RetryClass::Never))
    }

    fn with_proxy(&self, error: Error) -> Error {
        error.with_proxy(self.proxy.map(|proxy| proxy.name.clone()))
    }

    fn classify(&self, error: &reqwest::Error) -> Error {
        let causes = causes(error);
        if error.is_redirect() {
            return Error::new(Malformed::RedirectLoop {
                target: self.target.clone(),
            });
        }
        if error.is_builder() {
            return Error::new(InvalidInput::Request {
                detail: innermost(error),
            });
        }
        // The proxy itself, where the exchange did not come further.
        let at_proxy = self.proxy.filter(|proxy| {
            let is_first = self.scheme == "http" && !proxy.is_socks();
            causes.contains(NO_PROXY_THERE) || (is_first && error.is_connect())
        });
        if let Some(tls) = find::<rustls::Error>(error) {
            return self.tls_failure(at_proxy, tls, error.is_connect());
        }
        if error.is_connect() {
            return self.connect_failure(error, at_proxy, &causes);
        }
        let speaks_no_http =
            find::<hyper::Error>(error).is_some_and(|error| error.is_parse() && !error.is_parse_too_large());
        if speaks_no_http && self.scheme == "http" {
            return not_http(&self.target);
        }
        self.dropped(match error.is_timeout() {
            true => BreakReason::TimedOut,
            false => reason(error, &causes),
        })
    }

    fn dropped(&self, reason: BreakReason) -> Error {
        let target = self.target.clone();
        Error::new(TransportFailure::Dropped { target, reason }).retry(RetryClass::Transient)
    }

    /// The error of a connection that did not come about.
    fn connect_failure(&self, error: &reqwest::Error, at_proxy: Option<&Proxy>, causes: &str) -> Error {
        let is_slow = error.is_timeout() && find::<std::io::Error>(error).is_none();
        let target = self.target.clone();
        if causes.contains("dns error") || causes.contains("error resolving") || (is_slow && self.is_looked_up) {
            return self.host_not_found(causes, at_proxy);
        }
        if is_slow {
            let after = CONNECT_TIMEOUT;
            return Error::new(TransportFailure::ConnectTimeout { target, after }).retry(RetryClass::Transient);
        }
        let reason = reason(error, causes);
        if at_proxy.is_none()
            && let Some(proxy) = self
                .proxy
                .filter(|_| causes.contains("tunnel error") || causes.contains("SOCKS error"))
        {
            let (refusal, class) = self.refusal_by(proxy, causes, reason);
            return self.refused(refusal, class);
        }
        // No network is in between that could be better in a moment.
        let is_near = at_proxy.map_or(self.is_loopback, |proxy| is_loopback(&proxy.url));
        let is_final = is_near && is_refused(error, causes);
        Error::new(TransportFailure::Connect {
            target,
            party: at_proxy.map_or(Party::Server, |_| Party::Proxy),
            reason,
            is_loopback: is_final,
        })
        .retry(match is_final {
            true => RetryClass::Never,
            false => RetryClass::Transient,
        })
    }

    fn host_not_found(&self, causes: &str, at_proxy: Option<&Proxy>) -> Error {
        // A name that is still being looked up is the proxy's, unless the proxy is to be given an address.
        let looks_up_proxy = |proxy: &&Proxy| !proxy.takes_addresses() && !causes.contains("error resolving");
        let (host, party) = match at_proxy.or(self.proxy.filter(looks_up_proxy)) {
            Some(proxy) => (proxy.url.host_str().unwrap_or_default(), Party::Proxy),
            None => (self.target.as_str(), Party::Server),
        };
        let host = host.to_owned();
        Error::new(TransportFailure::HostNotFound { host, party }).retry(RetryClass::Transient)
    }

    fn refused(&self, refusal: ProxyRefusal, class: RetryClass) -> Error {
        Error::new(TransportFailure::Proxy {
            target: self.target.clone(),
            refusal,
            takes_addresses: self.proxy.is_some_and(Proxy::takes_addresses),
        })
        .retry(class)
    }

    /// Why a proxy that is there did not connect us, and whether it may the next time.
    fn refusal_by(&self, proxy: &Proxy, causes: &str, reason: BreakReason) -> (ProxyRefusal, RetryClass) {
        let has_password = !proxy.url.username().is_empty() || proxy.url.password().is_some();
        if causes.contains(WANTS_PASSWORD) {
            return (self.password_wanted(Some(407)), RetryClass::Never);
        }
        let is_method =
            causes.contains("server does not support user/pass") || causes.contains("server implements authentication");
        if causes.contains("credentials not accepted") || (is_method && !has_password) {
            return (self.password_wanted(None), RetryClass::Never);
        }
        if is_method {
            return (ProxyRefusal::PasswordUnsupported, RetryClass::Never);
        }
        if causes.contains(REFUSED) {
            return match self.status {
                // With a status of success it has changed its mind since.
                Some(status @ (200..=299 | 500 | 502..)) => (ProxyRefusal::Status(status), RetryClass::Transient),
                Some(status) => (ProxyRefusal::Status(status), RetryClass::Never),
                None => (ProxyRefusal::NotAProxy, RetryClass::Never),
            };
        }
        if causes.contains("failed parsing server response") || causes.contains("headers too long") {
            return (ProxyRefusal::NotAProxy, RetryClass::Never);
        }
        let refusal = match REPLIES.iter().find(|(text, _)| causes.contains(text)) {
            Some((_, reply)) => ProxyRefusal::Socks(*reply),
            None => ProxyRefusal::Other(reason),
        };
        (refusal, RetryClass::Transient)
    }

    fn password_wanted(&self, status: Option<u16>) -> ProxyRefusal {
        if self.proxy.is_some_and(|proxy| !proxy.url.username().is_empty()) {
            return ProxyRefusal::PasswordRejected { status };
        }
        let scheme = self.proxy.map_or("http", |proxy| proxy.url.scheme()).to_owned();
        ProxyRefusal::PasswordWanted { status, scheme }
    }

    fn tls_failure(&self, at_proxy: Option<&Proxy>, error: &rustls::Error, is_connect: bool) -> Error {
        use rustls::AlertDescription as A;
        use rustls::CertificateError as C;
        let failure = match error {
            rustls::Error::InvalidCertificate(why) => match why {
                C::Expired | C::ExpiredContext { .. } => TlsFailure::Expired,
                C::NotValidYet | C::NotValidYetContext { .. } => TlsFailure::NotYetValid,
                C::NotValidForName | C::NotValidForNameContext { .. } => TlsFailure::WrongName,
                // An issuer of that name may be known and be another.
                C::UnknownIssuer | C::BadSignature => TlsFailure::UnknownIssuer,
                _ => TlsFailure::InvalidCertificate,
            },
            // The client has sent none, so that none of its own can be bad.
            rustls::Error::AlertReceived(A::CertificateRequired | A::BadCertificate) => {
                TlsFailure::ClientCertificateWanted
            }
            rustls::Error::InvalidMessage(_) if is_connect => TlsFailure::NotTls,
            _ if !is_connect => return self.dropped(BreakReason::Tls),
            _ => TlsFailure::Handshake,
        };
        Error::new(TransportFailure::Tls {
            target: self.target.clone(),
            party: at_proxy.map_or(Party::Server, |_| Party::Proxy),
            failure,
        })
    }
}

/// The error of a server that answers plain HTTP with something else: most often TLS.
pub(crate) fn not_http(target: &str) -> Error {
    let target = target.to_owned();
    Error::new(TransportFailure::NotHttp { target })
}

/// Why a connection is no more.
fn reason(error: &reqwest::Error, causes: &str) -> BreakReason {
    use std::io::ErrorKind as E;
    match of_socks(causes).as_ref().or(find::<std::io::Error>(error)) {
        Some(io) if io.kind() == E::UnexpectedEof => BreakReason::Closed,
        Some(io) if io.kind() == E::TimedOut => BreakReason::TimedOut,
        Some(io) if io.get_ref().is_some() => BreakReason::Other(without_manual(io.to_string())),
        Some(io) => io.into(),
        // A stream of HTTP/2 that the server gave up, under one of a dozen names (RFC 9113, section 7).
        None if causes.contains("stream error") => BreakReason::Reset,
        None if causes.contains("message completed")
            || causes.contains("end of file")
            || causes.contains("unexpected eof") =>
        {
            BreakReason::Closed
        }
        None => BreakReason::Other(innermost(error)),
    }
}

/// The operating system's error behind one of a SOCKS proxy, which shows it in its debug text alone.
fn of_socks(told: &str) -> Option<std::io::Error> {
    let (_, debug) = told.split_once("SOCKS error")?;
    let (_, after) = debug.split_once("code: ")?;
    let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
    Some(std::io::Error::from_raw_os_error(digits.parse().ok()?))
}

/// The first error of that type in a chain, also inside an I/O error.
fn find<E: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    find_in(error.source()?)
}

fn find_in<'a, E: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a E> {
    if let Some(found) = error.downcast_ref::<E>() {
        return Some(found);
    }
    // An I/O error names its inner error's source as its own, so the inner one is asked for.
    if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref()) {
        return find_in(inner);
    }
    find_in(error.source()?)
}

/// The last cause.
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = cause.to_string();
        next = cause.source();
    }
    without_manual(text)
}

/// rustls ends some of its texts with the address of its manual, which says nothing to a user.
fn without_manual(mut text: String) -> String {
    let end = text.find(": https://").unwrap_or(text.len());
    text.truncate(end);
    text
}

/// All causes, the outermost first. reqwest's own text may name the URL, which holds no credential.
pub(crate) fn chain(error: &reqwest::Error) -> String {
    format!("{error}{}", causes(error))
}

/// The causes alone: no URL is in them, whose words could be taken for the fault's.
fn causes(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text_of_cause = cause.to_string();
        text.push_str(": ");
        text.push_str(&text_of_cause);
        // hyper-util's SOCKS errors name no source.
        if text_of_cause.starts_with("SOCKS error") {
            text.push_str(&format!(" ({cause:?})"));
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;
    use crate::error::Cause;

    /// The cause of an exchange whose request breaks with this error while it is sent.
    async fn broken_by(error: std::io::Error) -> Cause {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter([Err::<Vec<u8>, std::io::Error>(error)]));
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap();
        let broken = client.post(url).body(body).send().await.unwrap_err();
        let way = Way {
            target: "host".to_owned(),
            scheme: "https",
            proxy: None,
            status: None,
            is_looked_up: false,
            is_loopback: false,
        };
        way.error(&broken).cause().clone()
    }

    /// A resolver that never answers.
    struct Silent;

    impl reqwest::dns::Resolve for Silent {
        fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn a_name_that_is_looked_up_for_too_long_is_not_called_a_server_that_is_silent() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .dns_resolver(Silent)
            .connect_timeout(std::time::Duration::from_millis(1))
            .build()
            .unwrap();
        let broken = client.get("http://qwen.invalid/").send().await.unwrap_err();
        let way = |is_looked_up| Way {
            target: "host".to_owned(),
            scheme: "http",
            proxy: None,
            status: None,
            is_looked_up,
            is_loopback: false,
        };
        let cause = |is_looked_up| way(is_looked_up).error(&broken).cause().clone();
        let (host, target) = ("host".to_owned(), "host".to_owned());
        assert_eq!(
            cause(true),
            TransportFailure::HostNotFound {
                host,
                party: Party::Server
            }
            .into()
        );
        assert_eq!(
            cause(false),
            TransportFailure::ConnectTimeout {
                target,
                after: CONNECT_TIMEOUT
            }
            .into()
        );
    }

    #[tokio::test]
    async fn a_connection_in_use_is_not_called_one_that_did_not_come_about() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dropped = |reason| {
            Cause::Transport(TransportFailure::Dropped {
                target: "host".to_owned(),
                reason,
            })
        };
        use std::io::Error;
        assert_eq!(
            broken_by(ErrorKind::TimedOut.into()).await,
            dropped(BreakReason::TimedOut)
        );
        assert_eq!(
            broken_by(Error::from_raw_os_error(110)).await,
            dropped(BreakReason::TimedOut)
        );
        // rustls says more of it, and names its manual.
        let eof = "peer closed connection without sending TLS close_notify: https://docs.rs/rustls";
        assert_eq!(
            broken_by(Error::new(ErrorKind::UnexpectedEof, eof)).await,
            dropped(BreakReason::Closed)
        );
        let other = Error::other("odd: https://docs.rs/rustls");
        assert_eq!(broken_by(other).await, dropped(BreakReason::Other("odd".to_owned())));
    }
}
