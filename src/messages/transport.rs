//! Exchanges that failed on their way: names, connections, proxies, TLS, silence.

use super::{Told, broken};
use crate::sentence;
use crate::text::words::{Sentence, Words};
use crate::words;
use qwen_api::error::{Party, ProxyRefusal, SocksReply, TlsFailure, TransportFailure};

const SOCKS5H: Sentence = sentence!("socks5h:// lets the proxy look the host's name up");
const ROOTS: Sentence = sentence!("give root certificates with --cacert FILE");
const TIMEOUT: Sentence = sentence!("--timeout allows for more");

/// `is_proxied`: the exchange went through a proxy.
pub(super) fn told(failure: &TransportFailure, is_proxied: bool) -> Told {
    use TransportFailure as T;
    match failure {
        T::HostNotFound { host, party } => host_not_found(host, *party, is_proxied),
        T::ConnectTimeout { target, after } => Told::plain(words!(
            "cannot connect to {}: no answer within {} s",
            target,
            after.as_secs()
        )),
        T::Connect {
            party: Party::Proxy,
            reason,
            ..
        } => Told::new(
            words!("cannot connect to the proxy: {}", broken(reason)),
            words!("check that the proxy runs, its address and the network"),
        ),
        T::Connect {
            target,
            reason,
            is_loopback,
            ..
        } => Told::new(
            words!("cannot connect to {}: {}", target, broken(reason)),
            match is_loopback {
                true => words!("no server runs there: start it, or check the address"),
                false => words!("check that the server runs, the address and the network"),
            },
        ),
        T::Proxy {
            target,
            refusal,
            takes_addresses,
        } => proxy(target, refusal, *takes_addresses),
        T::Tls { target, party, failure } => tls(target, *party, *failure),
        T::Dropped { target, reason } => {
            Told::plain(words!("the connection to {} dropped: {}", target, broken(reason)))
        }
        T::NotHttp { target } => Told::new(
            words!("{} does not speak plain HTTP", target),
            words!("if it speaks TLS, https:// in place of http:// in its address reaches it"),
        ),
        T::Silent { after: None } => Told::plain(words!("the server was silent for too long")),
        T::Silent { after: Some(after) } => {
            Told::new(words!("the server was silent for {} s", after.as_secs_f64()), TIMEOUT)
        }
        T::OnlyKeepAlives => Told::new(
            words!("the server sent signs of life and nothing else for too long"),
            TIMEOUT,
        ),
        T::UploadStalled { after } => {
            Told::new(words!("the upload did not move for {} s", after.as_secs_f64()), TIMEOUT)
        }
        T::EndedEarly => Told::plain(words!("the server stopped the answer before its end")),
        T::TlsSetup { detail } if detail.is_empty() => Told::new(words!("this system has no root certificates"), ROOTS),
        T::TlsSetup { detail } => Told::new(words!("cannot set up TLS: {}", detail), ROOTS),
    }
}

fn host_not_found(host: &str, party: Party, is_proxied: bool) -> Told {
    match party {
        Party::Proxy => Told::new(
            words!("cannot find the proxy's host {}", host),
            words!("check the network connection and the proxy's name"),
        ),
        Party::Server if is_proxied => Told::new(words!("cannot find the host {}", host), SOCKS5H),
        Party::Server => Told::new(
            words!("cannot find the host {}", host),
            words!("check the network connection and the host's name"),
        ),
    }
}

fn proxy(target: &str, refusal: &ProxyRefusal, takes_addresses: bool) -> Told {
    let check = || words!("check the proxy's address and its scheme, as in http://host:port or socks5h://host:port");
    let with_status = |sentence, status: &Option<u16>| match status {
        Some(status) => words!("{} ({})", sentence, *status),
        None => sentence,
    };
    let (why, hint) = match refusal {
        ProxyRefusal::PasswordWanted { status, scheme } => {
            return Told::new(
                with_status(words!("the proxy wants a user name and password"), status),
                words!("give them in the proxy's URL: {}://user:password@host:port", scheme),
            );
        }
        ProxyRefusal::PasswordRejected { status } => {
            return Told::new(
                with_status(words!("the proxy did not take the user name and password"), status),
                words!("check them in the proxy's URL; signs such as @ and # are written %40 and %23 there"),
            );
        }
        ProxyRefusal::PasswordUnsupported => (
            words!("it takes no user name and password"),
            Some(words!("leave them out of the proxy's URL")),
        ),
        // It thought better of it.
        ProxyRefusal::Status(200..=299) => (words!("refused"), None),
        ProxyRefusal::Status(status @ (400 | 404 | 405 | 501)) => (words!("refused ({})", *status), Some(check())),
        ProxyRefusal::Status(status @ 500..) => (words!("it answered {}", *status), None),
        ProxyRefusal::Status(status) => (words!("refused ({})", *status), None),
        ProxyRefusal::NotAProxy => (words!("it does not answer as a proxy does"), Some(check())),
        ProxyRefusal::Socks(reply) => {
            let is_far = matches!(
                reply,
                SocksReply::GeneralFailure | SocksReply::HostUnreachable | SocksReply::NetworkUnreachable
            );
            (socks(*reply), (is_far && takes_addresses).then(|| SOCKS5H.into()))
        }
        ProxyRefusal::Other(reason) => (broken(reason), Some(check())),
    };
    Told {
        sentence: words!("the proxy did not connect us to {}: {}", target, why),
        hint,
    }
}

fn socks(reply: SocksReply) -> Words {
    match reply {
        SocksReply::GeneralFailure => words!("general failure"),
        SocksReply::NotAllowed => words!("its rules do not allow it"),
        SocksReply::NetworkUnreachable => words!("network unreachable"),
        SocksReply::HostUnreachable => words!("host unreachable"),
        SocksReply::ConnectionRefused => words!("connection refused"),
        SocksReply::TtlExpired => words!("the way there is too long"),
        SocksReply::CommandNotSupported => words!("it does not connect to anywhere"),
        SocksReply::AddressTypeNotSupported => words!("it does not take such an address"),
        SocksReply::Rejected => words!("it rejected the request or failed"),
        SocksReply::IdentMissing => words!("it wants an identd on this machine"),
        SocksReply::IdentMismatch => words!("it wants another user name"),
    }
}

fn tls(target: &str, party: Party, failure: TlsFailure) -> Told {
    let is_proxy = party == Party::Proxy;
    let (why, hint) = match failure {
        TlsFailure::Expired => (
            words!("its certificate has expired"),
            words!("check this machine's clock"),
        ),
        TlsFailure::NotYetValid => (
            words!("its certificate is not valid yet"),
            words!("check this machine's clock"),
        ),
        TlsFailure::WrongName => (
            words!("its certificate is for another name"),
            match is_proxy {
                true => words!("check the host's name in the proxy's URL"),
                false => words!("check the host's name in the base URL"),
            },
        ),
        TlsFailure::UnknownIssuer => (
            words!("its certificate is signed by nobody this machine trusts"),
            words!("if you trust the signer (a company's proxy, say), give its certificate with --cacert FILE"),
        ),
        TlsFailure::InvalidCertificate => (
            words!("its certificate is not valid"),
            words!("give the signer's certificate with --cacert FILE"),
        ),
        TlsFailure::ClientCertificateWanted => (
            words!("it asks for a client certificate"),
            words!("qwen has none to give: ask who runs the server for another way in"),
        ),
        TlsFailure::NotTls => (
            words!("it does not speak TLS"),
            match is_proxy {
                true => words!("if the proxy is meant not to, http:// in place of https:// in its URL reaches it"),
                false => words!("if it is meant not to, http:// in place of https:// in its address reaches it"),
            },
        ),
        TlsFailure::Handshake => (
            words!("the TLS handshake failed"),
            words!("check the host, the port and the proxy"),
        ),
    };
    let whom = match is_proxy {
        true => words!("the proxy"),
        false => Words::foreign(target),
    };
    Told::new(words!("no secure connection to {}: {}", whom, why), hint)
}
