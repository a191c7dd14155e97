//! Transport errors: name resolution, connections, proxies, TLS, timeouts.

use super::{Context, Explanation, broken};
use crate::i18n::duration::seconds;
use crate::i18n::{StaticText, UiText};
use crate::tr;
use crate::tr_static;
use qwen_api::error::{Party, ProxyRefusal, SocksReply, TlsFailure, TransportFailure};

const SOCKS5H: StaticText = tr_static!("socks5h:// lets the proxy look the host's name up");

/// `is_proxied`: the exchange went through a proxy.
pub(super) fn explain(failure: &TransportFailure, is_proxied: bool, context: &Context) -> Explanation {
    use TransportFailure as T;
    let timeout = || context.flag_at_start(tr!("--timeout allows for more"), "--timeout SECONDS");
    let roots = || context.flag_at_start(tr!("give root certificates with --cacert FILE"), "--cacert FILE");
    match failure {
        T::HostNotFound { host, party } => host_not_found(host, *party, is_proxied),
        T::ConnectTimeout { target, after } => Explanation::plain(tr!(
            "cannot connect to {}: no answer within {}",
            target,
            seconds(*after)
        )),
        T::Connect {
            party: Party::Proxy,
            reason,
            ..
        } => Explanation::new(
            tr!("cannot connect to the proxy: {}", broken(reason)),
            tr!("check that the proxy runs, its address and the network"),
        ),
        T::Connect {
            target,
            reason,
            is_loopback,
            ..
        } => Explanation::new(
            tr!("cannot connect to {}: {}", target, broken(reason)),
            match is_loopback {
                true => tr!("no server is running there: start it, or check the address"),
                false => tr!("check that the server runs, the address and the network"),
            },
        ),
        T::Proxy {
            target,
            refusal,
            takes_addresses,
        } => proxy(target, refusal, *takes_addresses),
        T::Tls { target, party, failure } => tls(target, *party, *failure, context),
        T::Dropped { target, reason } => {
            Explanation::plain(tr!("the connection to {} dropped: {}", target, broken(reason)))
        }
        T::NotHttp { target } => Explanation::new(
            tr!("{} does not speak plain HTTP", target),
            tr!("if it speaks TLS, use https:// instead of http:// in its address"),
        ),
        T::Silent { after: None } => Explanation::plain(tr!("the server was silent for too long")),
        T::Silent { after: Some(after) } => {
            Explanation::new(tr!("the server was silent for {}", seconds(*after)), timeout())
        }
        T::OnlyKeepAlives => Explanation::new(tr!("the server sent nothing but keep-alives for too long"), timeout()),
        T::UploadStalled { after } => {
            Explanation::new(tr!("the upload made no progress for {}", seconds(*after)), timeout())
        }
        T::EndedEarly => Explanation::plain(tr!("the server ended the answer early")),
        T::TlsSetup { detail } if detail.is_empty() => {
            Explanation::new(tr!("this system has no root certificates"), roots())
        }
        T::TlsSetup { detail } => Explanation::new(tr!("cannot set up TLS: {}", detail), roots()),
    }
}

fn host_not_found(host: &str, party: Party, is_proxied: bool) -> Explanation {
    match party {
        Party::Proxy => Explanation::new(
            tr!("cannot find the proxy's host {}", host),
            tr!("check the network connection and the proxy's name"),
        ),
        Party::Server if is_proxied => Explanation::new(tr!("cannot find the host {}", host), SOCKS5H),
        Party::Server => Explanation::new(
            tr!("cannot find the host {}", host),
            tr!("check the network connection and the host's name"),
        ),
    }
}

fn proxy(target: &str, refusal: &ProxyRefusal, takes_addresses: bool) -> Explanation {
    let check = || tr!("check the proxy's address and its scheme, as in http://host:port or socks5h://host:port");
    let with_status = |sentence, status: &Option<u16>| match status {
        Some(status) => tr!("{} ({})", sentence, *status),
        None => sentence,
    };
    let (why, hint) = match refusal {
        ProxyRefusal::PasswordWanted { status, scheme } => {
            return Explanation::new(
                with_status(tr!("the proxy requires a user name and password"), status),
                tr!("put them into the proxy's URL: {}://user:password@host:port", scheme),
            );
        }
        ProxyRefusal::PasswordRejected { status } => {
            return Explanation::new(
                with_status(tr!("the proxy rejected the user name and password"), status),
                tr!("check them in the proxy's URL; signs such as @ and # are written %40 and %23 there"),
            );
        }
        ProxyRefusal::PasswordUnsupported => (
            tr!("it does not support user name and password"),
            Some(tr!("remove them from the proxy's URL")),
        ),
        // The proxy accepted the second CONNECT.
        ProxyRefusal::Status(200..=299) => (tr!("refused"), None),
        ProxyRefusal::Status(status @ (400 | 404 | 405 | 501)) => (tr!("refused ({})", *status), Some(check())),
        ProxyRefusal::Status(status @ 500..) => (tr!("it answered {}", *status), None),
        ProxyRefusal::Status(status) => (tr!("refused ({})", *status), None),
        ProxyRefusal::NotAProxy => (tr!("it does not respond like a proxy"), Some(check())),
        ProxyRefusal::Socks(reply) => {
            let is_far = matches!(
                reply,
                SocksReply::GeneralFailure | SocksReply::HostUnreachable | SocksReply::NetworkUnreachable
            );
            (socks(*reply), (is_far && takes_addresses).then(|| SOCKS5H.into()))
        }
        ProxyRefusal::Other(reason) => (broken(reason), Some(check())),
    };
    Explanation {
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
        SocksReply::TtlExpired => tr!("TTL expired"),
        SocksReply::CommandNotSupported => tr!("it does not support CONNECT"),
        SocksReply::AddressTypeNotSupported => tr!("it does not support this type of address"),
        SocksReply::Rejected => tr!("it rejected the request or failed"),
        SocksReply::IdentMissing => tr!("it requires identd on this machine"),
        SocksReply::IdentMismatch => tr!("identd reports another user name"),
    }
}

fn tls(target: &str, party: Party, failure: TlsFailure, context: &Context) -> Explanation {
    let is_proxy = party == Party::Proxy;
    let (why, hint) = match failure {
        TlsFailure::Expired => (tr!("its certificate has expired"), tr!("check this machine's clock")),
        TlsFailure::NotYetValid => (
            tr!("its certificate is not valid yet"),
            tr!("check this machine's clock"),
        ),
        TlsFailure::WrongName => (
            tr!("its certificate is for a different name"),
            match is_proxy {
                true => tr!("check the host's name in the proxy's URL"),
                false => tr!("check the host's name in the base URL"),
            },
        ),
        TlsFailure::UnknownIssuer => (
            tr!("its certificate is signed by an unknown authority"),
            context.flag_at_start(
                tr!("if you trust the signer (such as a company's proxy), give its certificate with --cacert FILE"),
                "--cacert FILE",
            ),
        ),
        TlsFailure::InvalidCertificate => (
            tr!("its certificate is not valid"),
            context.flag_at_start(tr!("give the signer's certificate with --cacert FILE"), "--cacert FILE"),
        ),
        TlsFailure::ClientCertificateWanted => (
            tr!("it asks for a client certificate"),
            tr!("qwen cannot send one: ask the server's operator for another way to log in"),
        ),
        TlsFailure::NotTls => (
            tr!("it does not speak TLS"),
            match is_proxy {
                true => tr!("if the proxy should not, use http:// instead of https:// in its URL"),
                false => tr!("if it should not, use http:// instead of https:// in its address"),
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
    Explanation::new(tr!("no secure connection to {}: {}", whom, why), hint)
}
