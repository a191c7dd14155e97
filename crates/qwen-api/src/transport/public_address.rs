//! Whether an address is one of the public internet, for URLs that a reply names.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::provider::is_loopback;

/// The error of a name that leads to no public address.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not public")
    }
}

impl std::error::Error for NotPublic {}

/// Whether a URL begins with `https://` and names no private address. What a name leads to is looked at when it is
/// resolved.
pub(crate) fn is_public_url(url: &Url) -> bool {
    let is_public_host = match url.host() {
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        Some(Host::Domain(_)) => !is_loopback(url),
        None => false,
    };
    url.scheme() == "https" && is_public_host
}

/// Whether an address is one of the public internet (IANA's registries of special-purpose addresses).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

/// 198.18.0.0/15 counts as public: local proxies that take in all traffic give its addresses to every name.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_protocol = [first, second, third] == [192, 0, 0];
    !(first == 0
        || first >= 224
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || is_shared
        || is_protocol)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    let is_site_local = first & 0xffc0 == 0xfec0;
    !(address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || is_site_local)
}

/// The IPv4 address in an IPv6 address: mapped, compatible, translated (RFC 6052), or that of a 6to4 network.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let last_two = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(last_two(high, low)),
        // Of `::1` and `::` it is 0.0.0.1 and 0.0.0.0, which are not public either.
        [0, 0, 0, 0, 0, 0, high, low] => Some(last_two(high, low)),
        [0x2002, high, low, ..] => Some(last_two(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_over_tls_are_fetched() {
        for (url, expected) in [
            (
                "https://dashscope-result-sz.oss-cn-shenzhen.aliyuncs.com/x.png?Expires=1",
                true,
            ),
            ("https://8.8.8.8/x.png", true),
            ("https://[2408:4000::1]/x.png", true),
            ("https://198.18.0.7/x.png", true),
            ("http://example.com/x.png", false),
            ("ftp://example.com/x.png", false),
            ("file:///etc/passwd", false),
            ("data:image/png;base64,AAAA", false),
            ("https://localhost/x.png", false),
            ("https://a.localhost./x.png", false),
            ("https://127.0.0.1/x.png", false),
            ("https://127.1/x.png", false),
            ("https://2130706433/x.png", false),
            ("https://0/x.png", false),
            ("https://0.0.0.0/x.png", false),
            ("https://10.0.0.1/x.png", false),
            ("https://172.16.0.1/x.png", false),
            ("https://172.32.0.1/x.png", true),
            ("https://192.168.1.1/x.png", false),
            ("https://192.0.0.192/x.png", false),
            ("https://169.254.169.254/latest/meta-data", false),
            ("https://100.64.0.1/x.png", false),
            ("https://100.100.100.200/latest/meta-data", false),
            ("https://100.128.0.1/x.png", true),
            ("https://224.0.0.1/x.png", false),
            ("https://255.255.255.255/x.png", false),
            ("https://[::]/x.png", false),
            ("https://[::1]/x.png", false),
            ("https://[::ffff:127.0.0.1]/x.png", false),
            ("https://[::ffff:10.0.0.1]/x.png", false),
            ("https://[::ffff:8.8.8.8]/x.png", true),
            ("https://[::7f00:1]/x.png", false),
            ("https://[64:ff9b::a00:1]/x.png", false),
            ("https://[2002:a00:1::]/x.png", false),
            ("https://[fc00::1]/x.png", false),
            ("https://[fd12::1]/x.png", false),
            ("https://[fe80::1]/x.png", false),
            ("https://[fec0::1]/x.png", false),
            ("https://[ff02::1]/x.png", false),
        ] {
            assert_eq!(is_public_url(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
