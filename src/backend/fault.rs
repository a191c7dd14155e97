//! What a broken exchange is called: a connection, a proxy, a certificate, told by their causes.

use std::error::Error as _;

use super::http::{CONNECT_TIMEOUT, Fault};
use super::proxy::Proxy;
use super::wire::Retry;
use crate::error::{Failure, Kind, io_reason};
use crate::sentence;
use crate::text::words::{Sentence, Words};
use crate::words;

/// The way an exchange took that broke.
#[derive(Debug)]
pub(super) struct Way<'a> {
    /// The host and port that were asked.
    pub(super) target: String,
    pub(super) scheme: &'a str,
    pub(super) proxy: Option<&'a Proxy>,
    /// The status with which the proxy refused to connect us, where it is known.
    pub(super) status: Option<u16>,
    /// Whether a host's name was still being looked up.
    pub(super) is_looked_up: bool,
}

/// What hyper-util says of a connection to a proxy that did not come about.
const NO_PROXY_THERE: &str = "failed to create underlying connection";
/// What it says of a proxy that refused to connect us.
const REFUSED: &str = "tunnel error: unsuccessful";
/// What it says of one that wants another password.
const WANTS_PASSWORD: &str = "proxy authorization required";

/// What SOCKS proxies reply (RFC 1928, section 6; the last are SOCKS 4's), in hyper-util's words and in ours.
const REPLIES: &[(&str, Sentence)] = &[
    ("general server failure", sentence!("general failure")),
    ("connection not allowed", sentence!("its rules do not allow it")),
    ("network unreachable", sentence!("network unreachable")),
    ("host unreachable", sentence!("host unreachable")),
    ("connection refused", sentence!("connection refused")),
    ("ttl expired", sentence!("the way there is too long")),
    ("command not supported", sentence!("it does not connect to anywhere")),
    (
        "address type not supported",
        sentence!("it does not take such an address"),
    ),
    ("IPV6 is not supported", sentence!("it does not take such an address")),
    (
        "server failed to execute command",
        sentence!("it rejected the request or failed"),
    ),
    (
        "server ident service failed",
        sentence!("it wants an identd on this machine"),
    ),
    ("server ident service did not", sentence!("it wants another user name")),
];

/// Whether the proxy refused to connect us, for a reason that it can be asked.
pub(super) fn is_refused_by_proxy(error: &reqwest::Error) -> bool {
    causes(error).contains(REFUSED)
}

/// Whether nothing listens at the address.
pub(super) fn is_refused(error: &reqwest::Error) -> bool {
    find::<std::io::Error>(error).is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused)
}

impl Way<'_> {
    /// What the broken exchange is.
    pub(super) fn fault(&self, error: &reqwest::Error) -> Fault {
        self.with_proxy(self.classify(error))
    }

    /// What a proxy's demand for a password is, in CONNECT or in the reply to a plain request.
    pub(super) fn wants_password(&self) -> Fault {
        self.with_proxy(self.password_wanted(Some(407)))
    }

    fn with_proxy(&self, mut fault: Fault) -> Fault {
        if let (Some(proxy), true) = (self.proxy, fault.failure.kind == Kind::Network) {
            fault.failure.message = words!("{} (through the proxy {})", fault.failure.message, proxy.told);
        }
        fault
    }

    fn classify(&self, error: &reqwest::Error) -> Fault {
        let told = causes(error);
        if error.is_redirect() {
            let message = words!("{} redirects in circles", self.target);
            return Fault::fatal(Failure::new(Kind::Server, message));
        }
        if error.is_builder() {
            let message = words!("the request cannot be sent: {}", innermost(error));
            return Fault::fatal(Failure::usage(message));
        }
        // The proxy itself, where the exchange did not come further.
        let at_proxy = self.proxy.filter(|proxy| {
            let is_first = self.scheme == "http" && !proxy.is_socks();
            told.contains(NO_PROXY_THERE) || (is_first && error.is_connect())
        });
        if let Some(tls) = find::<rustls::Error>(error) {
            return self.tls_fault(at_proxy, tls, error.is_connect());
        }
        if error.is_connect() {
            return self.connect_fault(error, at_proxy, &told);
        }
        let speaks_no_http =
            find::<hyper::Error>(error).is_some_and(|error| error.is_parse() && !error.is_parse_too_large());
        if speaks_no_http && self.scheme == "http" {
            return no_http(&self.target);
        }
        let reason = if error.is_timeout() {
            words!("timed out")
        } else {
            reason(error, &told)
        };
        Fault::network(
            words!("the connection to {} dropped: {}", self.target, reason),
            Retry::Soon,
        )
    }

    /// What a connection is that did not come about.
    fn connect_fault(&self, error: &reqwest::Error, at_proxy: Option<&Proxy>, told: &str) -> Fault {
        let is_slow = error.is_timeout() && find::<std::io::Error>(error).is_none();
        if told.contains("dns error") || told.contains("error resolving") || (is_slow && self.is_looked_up) {
            return self.host_not_found(told, at_proxy);
        }
        if is_slow {
            let seconds = CONNECT_TIMEOUT.as_secs();
            let message = words!("cannot connect to {}: no answer within {} s", self.target, seconds);
            return Fault::network(message, Retry::Soon);
        }
        let reason = reason(error, told);
        if at_proxy.is_some() {
            let mut fault = Fault::network(words!("cannot connect to the proxy: {}", reason), Retry::Soon);
            fault.failure.hint = Some(words!("check that the proxy runs, its address and the network"));
            return fault;
        }
        if let Some(proxy) = self
            .proxy
            .filter(|_| told.contains("tunnel error") || told.contains("SOCKS error"))
        {
            return self.refused_by(proxy, told, reason);
        }
        let mut fault = Fault::network(words!("cannot connect to {}: {}", self.target, reason), Retry::Soon);
        fault.failure.hint = Some(words!("check that the server runs, the address and the network"));
        fault
    }

    fn host_not_found(&self, told: &str, at_proxy: Option<&Proxy>) -> Fault {
        // A name that is still being looked up is the proxy's, unless the proxy is to be given an address.
        let looks_up_proxy = |proxy: &&Proxy| !proxy.takes_addresses() && !told.contains("error resolving");
        if let Some(proxy) = at_proxy.or(self.proxy.filter(looks_up_proxy)) {
            let host = proxy.url.host_str().unwrap_or_default();
            let mut fault = Fault::network(words!("cannot find the proxy's host {}", host), Retry::Soon);
            fault.failure.hint = Some(words!("check the network connection and the proxy's name"));
            return fault;
        }
        let mut fault = Fault::network(words!("cannot find the host {}", self.target), Retry::Soon);
        fault.failure.hint = Some(match self.proxy {
            Some(_) => words!("socks5h:// lets the proxy look the host's name up"),
            None => words!("check the network connection and the host's name"),
        });
        fault
    }

    /// What a proxy that is there said to connecting us.
    fn refused_by(&self, proxy: &Proxy, told: &str, reason: Words) -> Fault {
        let has_password = !proxy.url.username().is_empty() || proxy.url.password().is_some();
        if told.contains(WANTS_PASSWORD) {
            return self.password_wanted(Some(407));
        }
        let is_method =
            told.contains("server does not support user/pass") || told.contains("server implements authentication");
        if told.contains("credentials not accepted") || (is_method && !has_password) {
            return self.password_wanted(None);
        }
        let check =
            || words!("check the proxy's address and its scheme, as in http://host:port or socks5h://host:port");
        let reply = REPLIES.iter().find(|(text, _)| told.contains(text));
        let (why, hint, retry) = if is_method {
            let leave_out = words!("leave them out of the proxy's URL");
            (
                words!("it takes no user name and password"),
                Some(leave_out),
                Retry::Never,
            )
        } else if told.contains(REFUSED) {
            match self.status {
                // It thought better of it.
                Some(200..=299) => (words!("refused"), None, Retry::Soon),
                Some(status @ (400 | 404 | 405 | 501)) => (words!("refused ({})", status), Some(check()), Retry::Never),
                Some(status @ 500..) => (words!("it answered {}", status), None, Retry::Soon),
                Some(status) => (words!("refused ({})", status), None, Retry::Never),
                None => (
                    words!("it does not answer as a proxy does"),
                    Some(check()),
                    Retry::Never,
                ),
            }
        } else if told.contains("failed parsing server response") || told.contains("headers too long") {
            (
                words!("it does not answer as a proxy does"),
                Some(check()),
                Retry::Never,
            )
        } else if let Some((text, reply)) = reply {
            let is_far = matches!(
                *text,
                "general server failure" | "host unreachable" | "network unreachable"
            );
            let hint = (is_far && proxy.takes_addresses())
                .then(|| words!("socks5h:// lets the proxy look the host's name up"));
            (words!("{}", *reply), hint, Retry::Soon)
        } else {
            (reason, Some(check()), Retry::Soon)
        };
        let mut fault = Fault::network(
            words!("the proxy did not connect us to {}: {}", self.target, why),
            retry,
        );
        fault.failure.hint = hint;
        fault
    }

    fn password_wanted(&self, status: Option<u16>) -> Fault {
        let has_password = self.proxy.is_some_and(|proxy| !proxy.url.username().is_empty());
        let told = match has_password {
            true => words!("the proxy did not take the user name and password"),
            false => words!("the proxy wants a user name and password"),
        };
        let told = match status {
            Some(status) => words!("{} ({})", told, status),
            None => told,
        };
        let mut fault = Fault::network(told, Retry::Never);
        let scheme = self.proxy.map_or("http", |proxy| proxy.url.scheme());
        fault.failure.hint = Some(match has_password {
            true => words!("check them in the proxy's URL; signs such as @ and # are written %40 and %23 there"),
            false => words!("give them in the proxy's URL: {}://user:password@host:port", scheme),
        });
        fault
    }

    fn tls_fault(&self, at_proxy: Option<&Proxy>, error: &rustls::Error, is_connect: bool) -> Fault {
        use rustls::AlertDescription as A;
        use rustls::CertificateError as C;
        let (why, hint) = match error {
            rustls::Error::InvalidCertificate(why) => match why {
                C::Expired | C::ExpiredContext { .. } => (
                    words!("its certificate has expired"),
                    words!("check this machine's clock"),
                ),
                C::NotValidYet | C::NotValidYetContext { .. } => (
                    words!("its certificate is not valid yet"),
                    words!("check this machine's clock"),
                ),
                C::NotValidForName | C::NotValidForNameContext { .. } => (
                    words!("its certificate is for another name"),
                    match at_proxy {
                        Some(_) => words!("check the host's name in the proxy's URL"),
                        None => words!("check the host's name in the base URL"),
                    },
                ),
                // An issuer of that name may be known and be another.
                C::UnknownIssuer | C::BadSignature => (
                    words!("its certificate is signed by nobody this machine trusts"),
                    words!("if you trust the signer (a company's proxy, say), give its certificate with --cacert FILE"),
                ),
                _ => (
                    words!("its certificate is not valid"),
                    words!("give the signer's certificate with --cacert FILE"),
                ),
            },
            // We have sent none, so that none of ours can be bad.
            rustls::Error::AlertReceived(A::CertificateRequired | A::BadCertificate) => (
                words!("it asks for a client certificate"),
                words!("qwen has none to give: ask who runs the server for another way in"),
            ),
            rustls::Error::InvalidMessage(_) if is_connect => (
                words!("it does not speak TLS"),
                match at_proxy {
                    Some(_) => {
                        words!("if the proxy is meant not to, http:// in place of https:// in its URL reaches it")
                    }
                    None => words!("if it is meant not to, http:// in place of https:// in its address reaches it"),
                },
            ),
            _ if !is_connect => {
                let message = words!("the connection to {} dropped: {}", self.target, words!("its TLS broke"));
                return Fault::network(message, Retry::Soon);
            }
            _ => (
                words!("the TLS handshake failed"),
                words!("check the host, the port and the proxy"),
            ),
        };
        let whom = match at_proxy {
            Some(_) => words!("the proxy"),
            None => Words::foreign(&self.target),
        };
        let mut fault = Fault::network(words!("no secure connection to {}: {}", whom, why), Retry::Never);
        fault.failure.hint = Some(hint);
        fault
    }
}

/// What a server is that answers plain HTTP with something else: most often TLS.
pub(super) fn no_http(target: &str) -> Fault {
    let mut fault = Fault::network(words!("{} does not speak plain HTTP", target), Retry::Never);
    fault.failure.hint = Some(words!(
        "if it speaks TLS, https:// in place of http:// in its address reaches it"
    ));
    fault
}

/// Why a connection is no more.
fn reason(error: &reqwest::Error, told: &str) -> Words {
    use std::io::ErrorKind as E;
    let of_socks = told.find("SOCKS error").and_then(|at| os_error(&told[at..]));
    match of_socks.as_ref().or(find::<std::io::Error>(error)) {
        Some(io) if io.kind() == E::UnexpectedEof => words!("it was closed"),
        Some(io) if io.kind() == E::TimedOut => words!("timed out"),
        Some(io) if io.get_ref().is_some() => Words::foreign(without_manual(io.to_string())),
        Some(io) => io_reason(io),
        // A stream of HTTP/2 that the server gave up, under one of a dozen names (RFC 9113, section 7).
        None if told.contains("stream error") => words!("connection reset"),
        None if told.contains("message completed")
            || told.contains("end of file")
            || told.contains("unexpected eof") =>
        {
            words!("it was closed")
        }
        None => Words::foreign(innermost(error)),
    }
}

/// The operating system's error in the debug text of another, which does not hand it out.
fn os_error(debug: &str) -> Option<std::io::Error> {
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
pub(super) fn innermost(error: &reqwest::Error) -> String {
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
pub(super) fn chain(error: &reqwest::Error) -> String {
    format!("{error}{}", causes(error))
}

/// The causes alone: no URL is in them, whose words could be taken for the fault's.
fn causes(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let told = cause.to_string();
        text.push_str(": ");
        text.push_str(&told);
        // hyper-util's SOCKS errors name no source.
        if told.starts_with("SOCKS error") {
            text.push_str(&format!(" ({cause:?})"));
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    /// What is said of an exchange whose request breaks with this error while it is sent.
    async fn told(error: Error) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter([Err::<Vec<u8>, Error>(error)]));
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
        };
        way.fault(&broken).failure.message.to_string()
    }

    #[tokio::test]
    async fn a_connection_in_use_is_not_called_one_that_did_not_come_about() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dropped = |why: &str| format!("the connection to host dropped: {why}");
        assert_eq!(told(ErrorKind::TimedOut.into()).await, dropped("timed out"));
        assert_eq!(told(Error::from_raw_os_error(110)).await, dropped("timed out"));
        // rustls says more of it, and names its manual.
        let eof = "peer closed connection without sending TLS close_notify: https://docs.rs/rustls";
        assert_eq!(
            told(Error::new(ErrorKind::UnexpectedEof, eof)).await,
            dropped("it was closed")
        );
        let other = Error::other("odd: https://docs.rs/rustls");
        assert_eq!(told(other).await, dropped("odd"));
    }
}
