//! Base URLs: the paths they end in, and whether they are of this machine.

use std::net::IpAddr;

use url::{Host, Url};

use super::Protocol;

/// The path of compatible mode on every DashScope host.
pub const COMPATIBLE_PATH: &str = "/compatible-mode/v1";
/// The path of the native API on every DashScope host.
pub const NATIVE_PATH: &str = "/api/v1";

/// The native API beside a compatible base URL.
pub fn native_base(base_url: &str) -> Option<String> {
    let host = base_url.strip_suffix(COMPATIBLE_PATH)?;
    Some(format!("{host}{NATIVE_PATH}"))
}

/// The paths of endpoints, which documentation shows where a base URL is needed; longer ones first.
fn tails(protocol: Protocol) -> &'static [&'static str] {
    match protocol {
        Protocol::OpenAi(_) => &[
            "/chat/completions",
            "/completions",
            "/images/generations",
            "/embeddings",
            "/models",
        ],
        Protocol::DashScope => &[
            "/services/aigc/text-generation/generation",
            "/services/aigc/multimodal-generation/generation",
            "/models",
        ],
        Protocol::Web => &[
            "/api/v2/chat/completions",
            "/api/chat/completions",
            "/api/models",
            "/api/v2",
            "/api",
        ],
    }
}

/// A base URL without slashes and without the path of an endpoint at its end, and that path.
pub fn without_tail(protocol: Protocol, url: &str) -> (&str, Option<&'static str>) {
    let url = url.trim_end_matches('/');
    let without = |tail: &'static str| {
        let base = url.strip_suffix(tail)?.trim_end_matches('/');
        // A host may be named so.
        (!base.ends_with(':')).then_some((base, Some(tail)))
    };
    tails(protocol)
        .iter()
        .find_map(|tail| without(tail))
        .unwrap_or((url, None))
}

/// Whether a URL's host is this machine. `0.0.0.0` and `[::]` are included: servers print them when they start, and they
/// are copied from there.
pub fn is_loopback(url: &Url) -> bool {
    let is_own = |address: IpAddr| address.is_loopback() || address.is_unspecified();
    match url.host() {
        Some(Host::Ipv4(address)) => is_own(address.into()),
        Some(Host::Ipv6(address)) => is_own(address.to_canonical()),
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            // Of socks:// and the like, an address is a name to the parser.
            name == "localhost" || name.ends_with(".localhost") || name.parse().is_ok_and(is_own)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Dialect;

    #[test]
    fn a_base_url_ends_before_the_paths() {
        let compatible = Protocol::OpenAi(Dialect::Generic);
        for (protocol, url, base) in [
            (compatible, "http://h/v1/chat/completions", "http://h/v1"),
            (compatible, "http://h/v1//chat/completions//", "http://h/v1"),
            (compatible, "http://h/v1/models/", "http://h/v1"),
            (compatible, "http://h/v1/completions", "http://h/v1"),
            (compatible, "http://h/embeddings", "http://h"),
            (compatible, "http://h/v1/", "http://h/v1"),
            (compatible, "http://models", "http://models"),
            (
                Protocol::DashScope,
                "https://h/api/v1/services/aigc/text-generation/generation",
                "https://h/api/v1",
            ),
            (Protocol::Web, "https://h/api/v2/", "https://h"),
        ] {
            assert_eq!(without_tail(protocol, url).0, base, "{url}");
        }
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for (url, expected) in [
            ("http://127.0.0.2:1/v1", true),
            ("http://[::1]/", true),
            ("http://localhost:11434", true),
            ("http://LOCALHOST.:11434", true),
            ("http://api.localhost/", true),
            ("http://0.0.0.0:8000", true),
            ("socks5h://127.0.0.1:1080", true),
            ("socks5h://10.0.0.1:1080", false),
            ("http://0/", true),
            ("http://[::]:8000", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://[::ffff:10.0.0.1]", false),
            ("http://localhost..", false),
            ("http://localhost.example.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
