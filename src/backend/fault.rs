//! What a broken exchange is called: a connection, a proxy, a certificate, told by their causes.

use std::error::Error as _;

use super::http::{CONNECT_TIMEOUT, Fault};
use super::wire::Retry;
use crate::error::{Failure, Kind, io_reason};
use crate::text::words::Words;
use crate::words;

/// What a broken exchange with `target` is.
pub(super) fn classify(error: &reqwest::Error, target: &str) -> Fault {
    if let Some(tls) = find::<rustls::Error>(error) {
        return tls_fault(target, tls);
    }
    let told = causes(error);
    if told.contains("dns error") {
        let mut fault = Fault::network(words!("cannot find the host {}", target), Retry::Soon);
        fault.failure.hint = Some(words!("check the network connection and the host's name"));
        return fault;
    }
    if told.contains("proxy authorization required") {
        let mut fault = Fault::network(words!("the proxy wants a user name and password (407)"), Retry::Never);
        fault.failure.hint = Some(words!("give them in the proxy's URL: http://user:password@host:port"));
        return fault;
    }
    if error.is_connect() && (told.contains("tunnel") || told.contains("proxy") || told.contains("SOCKS")) {
        let reason = find::<std::io::Error>(error).map(io_reason);
        let told = words!("the proxy did not connect us to {}", target);
        let told = match reason {
            Some(reason) => words!("{}: {}", told, reason),
            None => told,
        };
        return Fault::network(told, Retry::Soon);
    }
    if error.is_timeout() {
        let seconds = CONNECT_TIMEOUT.as_secs();
        return Fault::network(
            words!("cannot connect to {}: no answer within {} s", target, seconds),
            Retry::Soon,
        );
    }
    if error.is_redirect() {
        return Fault::fatal(Failure::new(Kind::Server, words!("{} redirects in circles", target)));
    }
    let reason = find::<std::io::Error>(error).map(|io| match io.kind() {
        std::io::ErrorKind::UnexpectedEof => words!("it was closed"),
        _ => io_reason(io),
    });
    if error.is_connect() {
        let reason = reason.unwrap_or_else(|| Words::foreign(innermost(error)));
        let mut fault = Fault::network(words!("cannot connect to {}: {}", target, reason), Retry::Soon);
        fault.failure.hint = Some(words!("check that the server runs, the address and the network"));
        return fault;
    }
    if error.is_builder() {
        return Fault::fatal(Failure::usage(words!(
            "the request cannot be sent: {}",
            innermost(error)
        )));
    }
    let reason = match reason {
        Some(reason) => reason,
        None if told.contains("connection closed before message completed") || told.contains("end of file") => {
            words!("it was closed")
        }
        None => Words::foreign(innermost(error)),
    };
    Fault::network(words!("the connection to {} dropped: {}", target, reason), Retry::Soon)
}

/// Whether nothing listens at the address.
pub(super) fn is_refused(error: &reqwest::Error) -> bool {
    find::<std::io::Error>(error).is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused)
}

fn tls_fault(target: &str, error: &rustls::Error) -> Fault {
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
                words!("check the host's name in the base URL"),
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
        _ => (
            words!("the TLS handshake failed"),
            words!("check the host, the port and the proxy"),
        ),
    };
    let mut fault = Fault::network(words!("no secure connection to {}: {}", target, why), Retry::Never);
    fault.failure.hint = Some(hint);
    fault
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

pub(super) fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = cause.to_string();
        next = cause.source();
    }
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
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
