//! Exchanges that failed on their way: names, connections, proxies, TLS, silence.

use super::{Told, broken};
use crate::i18n::{StaticText, UiText};
use crate::tr;
use crate::tr_static;
use qwen_api::error::{Party, ProxyRefusal, SocksReply, TlsFailure, TransportFailure};

const SOCKS5H: StaticText = tr_static!("socks5h:// lets the proxy look the host's name up");
const ROOTS: StaticText = tr_static!("give root certificates with --cacert FILE");
const TIMEOUT: StaticText = tr_static!("--timeout allows for more");

/// `is_proxied`: the exchange went through a proxy.
pub(super) fn told(failure: &TransportFailure, is_proxied: bool) -> Told {
    use TransportFailure as T;
    match failure {
        T::HostNotFound { host, party } => host_not_found(host, *party, is_proxied),
        T::ConnectTimeout { target, after } => Told::plain(tr!(
            "cannot connect to {}: no answer within {} s",
            target,
            after.as_secs()
        )),
        T::Connect {
            party: Party::Proxy,
            reason,
            ..
        } => Told::new(
            tr!("cannot connect to the proxy: {}", broken(reason)),
            tr!("check that the proxy runs, its address and the network"),
        ),
        T::Connect {
            target,
            reason,
            is_loopback,
            ..
        } => Told::new(
            tr!("cannot connect to {}: {}", target, broken(reason)),
            match is_loopback {
                true => tr!("no server runs there: start it, or check the address"),
                false => tr!("check that the server runs, the address and the network"),
            },
        ),
        T::Proxy {
            target,
            refusal,
            takes_addresses,
        } => proxy(target, refusal, *takes_addresses),
        T::Tls { target, party, failure } => tls(target, *party, *failure),
        T::Dropped { target, reason } => Told::plain(tr!("the connection to {} dropped: {}", target, broken(reason))),
        T::NotHttp { target } => Told::new(
            tr!("{} does not speak plain HTTP", target),
            tr!("if it speaks TLS, https:// in place of http:// in its address reaches it"),
        ),
        T::Silent { after: None } => Told::plain(tr!("the server was silent for too long")),
        T::Silent { after: Some(after) } => {
            Told::new(tr!("the server was silent for {} s", after.as_secs_f64()), TIMEOUT)
        }
        T::OnlyKeepAlives => Told::new(
            tr!("the server sent signs of life and nothing else for too long"),
            TIMEOUT,
        ),
        T::UploadStalled { after } => Told::new(tr!("the upload did not move for {} s", after.as_secs_f64()), TIMEOUT),
        T::EndedEarly => Told::plain(tr!("the server stopped the answer before its end")),
        T::TlsSetup { detail } if detail.is_empty() => Told::new(tr!("this system has no root certificates"), ROOTS),
        T::TlsSetup { detail } => Told::new(tr!("cannot set up TLS: {}", detail), ROOTS),
    }
}

fn host_not_found(host: &str, party: Party, is_proxied: bool) -> Told {
    match party {
        Party::Proxy => Told::new(
            tr!("cannot find the proxy's host {}", host),
            tr!("check the network connection and the proxy's name"),
        ),
        Party::Server if is_proxied => Told::new(tr!("cannot find the host {}", host), SOCKS5H),
        Party::Server => Told::new(
            tr!("cannot find the host {}", host),
            tr!("check the network connection and the host's name"),
        ),
    }
}

fn proxy(target: &str, refusal: &ProxyRefusal, takes_addresses: bool) -> Told {
    let check = || tr!("check the proxy's address and its scheme, as in http://host:port or socks5h://host:port");
    let with_status = |sentence, status: &Option<u16>| match status {
        Some(status) => tr!("{} ({})", sentence, *status),
        None => sentence,
    };
    let (why, hint) = match refusal {
        ProxyRefusal::PasswordWanted { status, scheme } => {
            return Told::new(
                with_status(tr!("the proxy wants a user name and password"), status),
                tr!("give them in the proxy's URL: {}://user:password@host:port", scheme),
            );
        }
        ProxyRefusal::PasswordRejected { status } => {
            return Told::new(
                with_status(tr!("the proxy did not take the user name and password"), status),
                tr!("check them in the proxy's URL; signs such as @ and # are written %40 and %23 there"),
            );
        }
        ProxyRefusal::PasswordUnsupported => (
            tr!("it takes no user name and password"),
            Some(tr!("leave them out of the proxy's URL")),
        ),
        // It thought better of it.
        ProxyRefusal::Status(200..=299) => (tr!("refused"), None),
        ProxyRefusal::Status(status @ (400 | 404 | 405 | 501)) => (tr!("refused ({})", *status), Some(check())),
        ProxyRefusal::Status(status @ 500..) => (tr!("it answered {}", *status), None),
        ProxyRefusal::Status(status) => (tr!("refused ({})", *status), None),
        ProxyRefusal::NotAProxy => (tr!("it does not answer as a proxy does"), Some(check())),
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
        sentence: tr!("the proxy did not connect us to {}: {}", target, why),
        hint,
    }
}

fn socks(reply: SocksReply) -> UiText {
    match reply {
        SocksReply::GeneralFailure => tr!("general failure"),
        SocksReply::NotAllowed => tr!("its rules do not allow it"),
        SocksReply::NetworkUnreachable => tr!("network unreachable"),
        SocksReply::HostUnreachable => tr!("host unreachable"),
        SocksReply::ConnectionRefused => tr!("connection refused"),
        SocksReply::TtlExpired => tr!("the way there is too long"),
        SocksReply::CommandNotSupported => tr!("it does not connect to anywhere"),
        SocksReply::AddressTypeNotSupported => tr!("it does not take such an address"),
        SocksReply::Rejected => tr!("it rejected the request or failed"),
        SocksReply::IdentMissing => tr!("it wants an identd on this machine"),
        SocksReply::IdentMismatch => tr!("it wants another user name"),
    }
}

fn tls(target: &str, party: Party, failure: TlsFailure) -> Told {
    let is_proxy = party == Party::Proxy;
    let (why, hint) = match failure {
        TlsFailure::Expired => (tr!("its certificate has expired"), tr!("check this machine's clock")),
        TlsFailure::NotYetValid => (
            tr!("its certificate is not valid yet"),
            tr!("check this machine's clock"),
        ),
        TlsFailure::WrongName => (
            tr!("its certificate is for another name"),
            match is_proxy {
                true => tr!("check the host's name in the proxy's URL"),
                false => tr!("check the host's name in the base URL"),
            },
        ),
        TlsFailure::UnknownIssuer => (
            tr!("its certificate is signed by nobody this machine trusts"),
            tr!("if you trust the signer (a company's proxy, say), give its certificate with --cacert FILE"),
        ),
        TlsFailure::InvalidCertificate => (
            tr!("its certificate is not valid"),
            tr!("give the signer's certificate with --cacert FILE"),
        ),
        TlsFailure::ClientCertificateWanted => (
            tr!("it asks for a client certificate"),
            tr!("qwen has none to give: ask who runs the server for another way in"),
        ),
        TlsFailure::NotTls => (
            tr!("it does not speak TLS"),
            match is_proxy {
                true => tr!("if the proxy is meant not to, http:// in place of https:// in its URL reaches it"),
                false => tr!("if it is meant not to, http:// in place of https:// in its address reaches it"),
            },
        ),
        TlsFailure::Handshake => (
            tr!("the TLS handshake failed"),
            tr!("check the host, the port and the proxy"),
        ),
    };
    let whom = match is_proxy {
        true => tr!("the proxy"),
        false => UiText::foreign(target),
    };
    Told::new(tr!("no secure connection to {}: {}", whom, why), hint)
}
