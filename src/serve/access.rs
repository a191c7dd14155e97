//! Who may ask: the names this machine may be called by, the pages of which origin, and the key.

use std::net::IpAddr;

use hyper::header::{AUTHORIZATION, HOST, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Method, StatusCode};

use super::error_reply::ErrorReply;
use crate::text::sha256_hex;
use qwen_api::Secret;

/// The rules of access.
#[derive(Debug)]
pub struct Access {
    /// The key that requests must carry; `None` for any or none.
    pub key: Option<Secret>,
    /// The origins whose pages may ask; `*` stands for all.
    pub origins: Vec<String>,
    /// Any name may stand in `Host`: the gateway listens on more than the loopback.
    pub takes_any_host: bool,
}

impl Access {
    /// The origin that the reply names, where the request is from a page that may ask.
    pub(super) fn origin(&self, headers: &HeaderMap) -> Result<Option<HeaderValue>, ErrorReply> {
        let Some(origin) = headers.get(ORIGIN) else {
            return Ok(None);
        };
        let is_named = self
            .origins
            .iter()
            .any(|named| named == "*" || named.as_bytes() == origin.as_bytes());
        match is_named {
            true => Ok(Some(origin.clone())),
            false => Err(ErrorReply::new(
                StatusCode::FORBIDDEN,
                "pages of this origin may not ask; qwen serve --cors ORIGIN allows them",
            )),
        }
    }

    /// Whether a request may be answered. `is_open` is a path that needs no key.
    pub(super) fn check(&self, head: &Parts, is_open: bool) -> Result<(), ErrorReply> {
        // A page may call its own name and then have it resolved to the loopback (DNS rebinding): only this machine's
        // names are taken. HTTP/1.0 may lack the header; browsers never send such a request.
        let hosts = head.headers.get_all(HOST).into_iter().map(HeaderValue::as_bytes);
        let target = head.uri.authority().map(|target| target.as_str().as_bytes());
        if !self.takes_any_host && !hosts.chain(target).all(is_this_machine) {
            return Err(ErrorReply::new(
                StatusCode::FORBIDDEN,
                "the Host header names no address of this machine",
            ));
        }
        let Some(key) = &self.key else {
            return Ok(());
        };
        if is_open || head.method == Method::OPTIONS || sent_key(&head.headers).is_some_and(|sent| is_same(sent, key)) {
            return Ok(());
        }
        Err(ErrorReply::new(
            StatusCode::UNAUTHORIZED,
            "the key of this gateway is missing or wrong (Authorization: Bearer KEY)",
        )
        .coded("invalid_api_key"))
    }
}

fn sent_key(headers: &HeaderMap) -> Option<&[u8]> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, key) = value.as_bytes().split_at_checked("Bearer ".len())?;
        return scheme.eq_ignore_ascii_case(b"Bearer ").then(|| key.trim_ascii());
    }
    ["api-key", "x-api-key"]
        .iter()
        .find_map(|name| headers.get(*name))
        .map(HeaderValue::as_bytes)
}

/// Digests are compared, so that the time of the comparison says nothing about the key.
fn is_same(sent: &[u8], key: &Secret) -> bool {
    sha256_hex(sent) == sha256_hex(key.expose().as_bytes())
}

/// Whether a host, with a port or without, is a name of this machine.
fn is_this_machine(host: &[u8]) -> bool {
    let Ok(authority) = Authority::try_from(host) else {
        return false;
    };
    // Nothing but a port may stand beside the name: no user, nothing between the brackets of an address and the port.
    match authority.as_str().strip_prefix(authority.host()) {
        Some("") => {}
        Some(rest) if rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()) => {}
        _ => return false,
    }
    let name = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    name == "localhost"
        || name.ends_with(".localhost")
        || name == "host.docker.internal"
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_taken() {
        for host in [
            "localhost",
            "LOCALHOST:8787",
            "a.localhost:1",
            "127.0.0.1:8787",
            "127.9.9.9",
            "[::1]:80",
            "[::1]",
            "host.docker.internal:8787",
            "localhost.",
        ] {
            assert!(is_this_machine(host.as_bytes()), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "10.0.0.1",
            "0.0.0.0",
            "[::2]",
            "evil:80",
            "[::1",
            "[::1].example.com",
            "[::1].example.com:80",
            "user@localhost",
            "localhost:80@example.com",
            "localhost@example.com",
        ] {
            assert!(!is_this_machine(host.as_bytes()), "{host}");
        }
    }
}
