//! Errors of the HTTP library, classified by their causes: name resolution, connection, proxy, TLS.

use std::error::Error as _;

use crate::error::{
    BreakReason, Error, InvalidInput, Malformed, Party, ProxyRefusal, RetryClass, SocksReply, TlsFailure,
    TransportFailure,
};
use crate::provider::is_loopback;
use crate::transport::http::CONNECT_TIMEOUT;
use crate::transport::proxy::Proxy;
use crate::transport::public_address::NotPublic;

/// The circumstances of an exchange that failed, which its error does not hold.
#[derive(Debug)]
pub(crate) struct FailedExchange<'a> {
    /// The host and port of the server.
    pub(crate) target: String,
    pub(crate) scheme: &'a str,
    pub(crate) proxy: Option<&'a Proxy>,
    /// The status of the proxy's reply to CONNECT, where it is known.
    pub(crate) proxy_status: Option<u16>,
    /// Whether a host name was still being resolved.
    pub(crate) is_resolving: bool,
    /// Whether the target is this machine.
    pub(crate) is_loopback: bool,
}

/// hyper-util's text where the connection to a proxy failed.
const PROXY_UNREACHABLE: &str = "failed to create underlying connection";
/// Its text where a proxy refused a CONNECT.
const TUNNEL_REFUSED: &str = "tunnel error: unsuccessful";
/// Its text where a proxy asks for a user name and a password.
const PROXY_AUTH_REQUIRED: &str = "proxy authorization required";

/// The replies of SOCKS proxies (RFC 1928, section 6; the last three are SOCKS 4's), by hyper-util's texts.
const SOCKS_REPLIES: &[(&str, SocksReply)] = &[
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

/// Whether a proxy refused a CONNECT, so that a second one shows its status.
pub(crate) fn is_refused_by_proxy(error: &reqwest::Error) -> bool {
    causes(error).contains(TUNNEL_REFUSED)
}

/// Whether the connection was refused: nothing listens at the address.
fn is_connection_refused(error: &reqwest::Error, causes: &str) -> bool {
    let io = io_of_socks(causes);
    let io = io.as_ref().or(find::<std::io::Error>(error));
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused)
}

impl FailedExchange<'_> {
    /// The error of the exchange.
    pub(crate) fn error(&self, error: &reqwest::Error) -> Error {
        self.with_proxy(self.classify(error))
    }

    /// The error of a proxy's status 407, in reply to CONNECT or to a plain request.
    pub(crate) fn proxy_auth_required(&self) -> Error {
        self.with_proxy(self.refused(self.password_wanted(Some(407)), RetryClass::Never))
    }

    fn with_proxy(&self, error: Error) -> Error {
        error.with_proxy(self.proxy.map(|proxy| proxy.name.clone()))
    }

    fn classify(&self, error: &reqwest::Error) -> Error {
        let causes = causes(error);
        if find::<NotPublic>(error).is_some() {
            return Error::new(Malformed::UnsafeUrl);
        }
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
        // The proxy, where the exchange failed before it reached the server.
        let at_proxy = self.proxy.filter(|proxy| {
            let is_first = self.scheme == "http" && !proxy.is_socks();
            causes.contains(PROXY_UNREACHABLE) || (is_first && error.is_connect())
        });
        if let Some(tls) = find::<rustls::Error>(error) {
            return self.tls_failure(at_proxy, tls, error.is_connect());
        }
        if error.is_connect() {
            return self.connect_failure(error, at_proxy, &causes);
        }
        let is_not_http =
            find::<hyper::Error>(error).is_some_and(|error| error.is_parse() && !error.is_parse_too_large());
        if is_not_http && self.scheme == "http" {
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

    /// The error of a connection that could not be established.
    fn connect_failure(&self, error: &reqwest::Error, at_proxy: Option<&Proxy>, causes: &str) -> Error {
        let is_slow = error.is_timeout() && find::<std::io::Error>(error).is_none();
        let target = self.target.clone();
        if causes.contains("dns error") || causes.contains("error resolving") || (is_slow && self.is_resolving) {
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
        // On this machine no network lies between, so a retry does not help.
        let is_near = at_proxy.map_or(self.is_loopback, |proxy| is_loopback(&proxy.url));
        let is_final = is_near && is_connection_refused(error, causes);
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
        // A name that is still being resolved is the proxy's, unless the proxy takes addresses.
        let is_proxy_name = |proxy: &&Proxy| !proxy.takes_addresses() && !causes.contains("error resolving");
        let (host, party) = match at_proxy.or(self.proxy.filter(is_proxy_name)) {
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

    /// Why a proxy that was reached refused, and whether a retry can help.
    fn refusal_by(&self, proxy: &Proxy, causes: &str, reason: BreakReason) -> (ProxyRefusal, RetryClass) {
        let has_password = !proxy.url.username().is_empty() || proxy.url.password().is_some();
        if causes.contains(PROXY_AUTH_REQUIRED) {
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
        if causes.contains(TUNNEL_REFUSED) {
            return match self.proxy_status {
                // A success means that it accepts the second CONNECT.
                Some(status @ (200..=299 | 500 | 502..)) => (ProxyRefusal::Status(status), RetryClass::Transient),
                Some(status) => (ProxyRefusal::Status(status), RetryClass::Never),
                None => (ProxyRefusal::NotAProxy, RetryClass::Never),
            };
        }
        if causes.contains("failed parsing server response") || causes.contains("headers too long") {
            return (ProxyRefusal::NotAProxy, RetryClass::Never);
        }
        let refusal = match SOCKS_REPLIES.iter().find(|(text, _)| causes.contains(text)) {
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
                // A bad signature: a certificate of another issuer of the same name is trusted.
                C::UnknownIssuer | C::BadSignature => TlsFailure::UnknownIssuer,
                _ => TlsFailure::InvalidCertificate,
            },
            // This client sends no certificate, so the alert asks for one.
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

/// Why a connection broke.
fn reason(error: &reqwest::Error, causes: &str) -> BreakReason {
    use std::io::ErrorKind as E;
    match io_of_socks(causes).as_ref().or(find::<std::io::Error>(error)) {
        Some(io) if io.kind() == E::UnexpectedEof => BreakReason::Closed,
        Some(io) if io.kind() == E::TimedOut => BreakReason::TimedOut,
        Some(io) if io.get_ref().is_some() => BreakReason::Other(without_manual(io.to_string())),
        Some(io) => io.into(),
        // The server reset an HTTP/2 stream, with one of a dozen codes (RFC 9113, section 7).
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

/// The operating system's error behind a SOCKS error, which shows it only in its debug text.
fn io_of_socks(causes: &str) -> Option<std::io::Error> {
    let (_, debug) = causes.split_once("SOCKS error")?;
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

/// The text of the last cause.
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = cause.to_string();
        next = cause.source();
    }
    without_manual(text)
}

/// The text without the link to its manual that rustls appends.
fn without_manual(mut text: String) -> String {
    let end = text.find(": https://").unwrap_or(text.len());
    text.truncate(end);
    text
}

/// The error and all its causes, the outermost first. reqwest's own text may hold the URL, which holds no credential.
pub(crate) fn chain(error: &reqwest::Error) -> String {
    format!("{error}{}", causes(error))
}

/// The causes without the error itself, whose URL could hold the words that are searched for.
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
        let exchange = FailedExchange {
            target: "host".to_owned(),
            scheme: "https",
            proxy: None,
            proxy_status: None,
            is_resolving: false,
            is_loopback: false,
        };
        exchange.error(&broken).cause().clone()
    }

    /// A resolver that never answers.
    struct Silent;

    impl reqwest::dns::Resolve for Silent {
        fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn a_slow_name_resolution_is_not_reported_as_a_silent_server() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .dns_resolver(Silent)
            .connect_timeout(std::time::Duration::from_millis(1))
            .build()
            .unwrap();
        let broken = client.get("http://qwen.invalid/").send().await.unwrap_err();
        let exchange = |is_resolving| FailedExchange {
            target: "host".to_owned(),
            scheme: "http",
            proxy: None,
            proxy_status: None,
            is_resolving,
            is_loopback: false,
        };
        let cause = |is_resolving| exchange(is_resolving).error(&broken).cause().clone();
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
    async fn a_broken_connection_is_not_reported_as_one_that_failed_to_connect() {
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
        // rustls adds details and a link to its manual.
        let eof = "peer closed connection without sending TLS close_notify: https://docs.rs/rustls";
        assert_eq!(
            broken_by(Error::new(ErrorKind::UnexpectedEof, eof)).await,
            dropped(BreakReason::Closed)
        );
        let other = Error::other("odd: https://docs.rs/rustls");
        assert_eq!(broken_by(other).await, dropped(BreakReason::Other("odd".to_owned())));
    }
}
