//! Proxies: how their URLs are parsed, which one a request goes through, and which hosts bypass it.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::error::{Error, InvalidInput, ProxyName};
use crate::provider::is_loopback;
use crate::secret::without_password;

/// A proxy as a user wrote it, not yet parsed.
#[derive(Clone)]
pub struct NamedProxy {
    /// Its URL, or `host:port`.
    pub text: String,
    /// The caller's name for its origin: an option, a variable.
    pub origin: String,
    /// The hosts that are reached without it.
    pub except: NoProxy,
}

impl fmt::Debug for NamedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", without_password(&self.text), self.origin)
    }
}

/// The proxies by the scheme of the URL that is requested. This machine is always reached without any.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// For `http://`.
    pub http: Option<NamedProxy>,
    /// For `https://`.
    pub https: Option<NamedProxy>,
    /// Whether the system's own setting is ignored where none is named here.
    pub is_off: bool,
}

/// A proxy that a request goes through.
#[derive(Clone)]
pub struct Proxy {
    /// Its URL, with its password.
    pub url: Url,
    /// Its URL without the password, and where it was named.
    pub name: ProxyName,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

/// The variables that name a proxy for `http://`, in curl's order.
pub const HTTP_PROXY_VARS: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
/// The variables that name a proxy for `https://`, in curl's order.
pub const HTTPS_PROXY_VARS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

impl Proxies {
    /// The proxies that environment variables name, as curl reads them.
    pub(crate) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Proxies {
        let except = ["no_proxy", "NO_PROXY"].iter().find_map(|name| variable(name));
        let except = except.map_or_else(NoProxy::default, |list| NoProxy::new(&list));
        // Where a web server runs the program, that variable is a header of a stranger's request (RFC 3875, 4.1.18).
        let is_header = |name: &str| name == "HTTP_PROXY" && variable("REQUEST_METHOD").is_some();
        let first = |names: [&str; 4]| {
            let name = *names.iter().find(|name| !is_header(name) && variable(name).is_some())?;
            Some(NamedProxy {
                text: variable(name)?,
                origin: name.to_owned(),
                except: except.clone(),
            })
        };
        Proxies {
            http: first(HTTP_PROXY_VARS),
            https: first(HTTPS_PROXY_VARS),
            is_off: false,
        }
    }

    /// Whether there is one for either scheme.
    pub fn are_named(&self) -> bool {
        self.http.is_some() || self.https.is_some()
    }

    /// The proxy for URLs of this scheme.
    pub fn named(&self, scheme: &str) -> Option<&NamedProxy> {
        match scheme {
            "http" => self.http.as_ref(),
            _ => self.https.as_ref(),
        }
    }

    /// The proxy on the way to `url`, if there is one.
    pub fn to(&self, url: &Url) -> Result<Option<Proxy>, Error> {
        match self.named(url.scheme()) {
            Some(named) if !is_loopback(url) && !named.except.holds(url) => named.proxy().map(Some),
            _ => Ok(None),
        }
    }
}

impl Proxy {
    /// Whether it speaks SOCKS rather than HTTP.
    pub fn is_socks(&self) -> bool {
        self.url.scheme().starts_with("socks")
    }

    /// Whether names are looked up on this machine and the proxy is given addresses.
    pub fn takes_addresses(&self) -> bool {
        matches!(self.url.scheme(), "socks4" | "socks5")
    }
}

impl NamedProxy {
    /// The proxy, parsed.
    pub fn proxy(&self) -> Result<Proxy, Error> {
        match parse_proxy(&self.text) {
            Some(url) => Ok(Proxy {
                name: ProxyName {
                    address: without_password(url.as_str().trim_end_matches('/')),
                    origin: self.origin.clone(),
                },
                url,
            }),
            None => Err(Error::new(InvalidInput::Proxy {
                origin: self.origin.clone(),
                value: without_password(&self.text),
            })),
        }
    }
}

/// A proxy's URL: `host:port` is HTTP's, as curl reads it, and `socks://` is what GNOME calls SOCKS 5.
pub fn parse_proxy(text: &str) -> Option<Url> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "socks" => "socks5h",
        "http" => "http",
        "https" => "https",
        "socks4" => "socks4",
        "socks4a" => "socks4a",
        "socks5" => "socks5",
        "socks5h" => "socks5h",
        _ => return None,
    };
    let url = Url::parse(&format!("{scheme}://{rest}")).ok()?;
    // An @ behind the host ends a password that contains a reserved character; and reqwest ignores a proxy
    // that it cannot parse.
    let is_cut = url[url::Position::AfterPort..].contains('@');
    match url.as_str().parse::<hyper::Uri>() {
        Ok(uri) if uri.host().is_some_and(|host| !host.is_empty()) && !is_cut => Some(url),
        _ => None,
    }
}

/// The hosts that are reached without a proxy, as `NO_PROXY` lists them.
#[derive(Clone, Debug, Default)]
pub struct NoProxy(Vec<NoProxyEntry>);

#[derive(Clone, Debug)]
enum NoProxyEntry {
    All,
    /// A name and all names under it, or an address; at that port alone, if it names one.
    Host(Host, Option<u16>),
    /// An address and how many of its first bits count.
    Net(IpAddr, u32),
}

impl NoProxy {
    /// A list as that variable holds it: names, addresses and networks between commas or blanks.
    pub fn new(list: &str) -> NoProxy {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        NoProxy(entries.filter_map(NoProxyEntry::new).collect())
    }

    fn holds(&self, url: &Url) -> bool {
        let (Some(host), port) = (url.host(), url.port_or_known_default()) else {
            return false;
        };
        let address = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::from(address)),
            Host::Ipv6(address) => Some(IpAddr::from(address).to_canonical()),
        };
        self.0.iter().any(|entry| match entry {
            NoProxyEntry::All => true,
            NoProxyEntry::Net(net, bits) => address.is_some_and(|address| is_in(address, *net, *bits)),
            NoProxyEntry::Host(_, Some(at)) if Some(*at) != port => false,
            NoProxyEntry::Host(Host::Domain(domain), _) => match host {
                Host::Domain(name) => {
                    let above = name.trim_end_matches('.').strip_suffix(domain.as_str());
                    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
                }
                _ => false,
            },
            NoProxyEntry::Host(Host::Ipv4(own), _) => address == Some((*own).into()),
            NoProxyEntry::Host(Host::Ipv6(own), _) => address == Some(IpAddr::from(*own).to_canonical()),
        })
    }
}

impl NoProxyEntry {
    fn new(text: &str) -> Option<NoProxyEntry> {
        if text == "*" {
            return Some(NoProxyEntry::All);
        }
        if let Some((net, bits)) = text.split_once('/') {
            return Some(NoProxyEntry::Net(net.parse().ok()?, bits.parse().ok()?));
        }
        if let Ok(address) = text.parse::<std::net::Ipv6Addr>() {
            return Some(NoProxyEntry::Host(Host::Ipv6(address), None));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (text, None),
        };
        let host = host.strip_prefix('*').unwrap_or(host).trim_matches('.');
        Some(NoProxyEntry::Host(Host::parse(host).ok()?, port))
    }
}

fn is_in(address: IpAddr, net: IpAddr, bits: u32) -> bool {
    match (address, net) {
        (IpAddr::V4(address), IpAddr::V4(net)) => {
            let apart = address.to_bits() ^ net.to_bits();
            bits <= 32 && apart.checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), IpAddr::V6(net)) => {
            let apart = address.to_bits() ^ net.to_bits();
            bits <= 128 && apart.checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read_as_curl_reads_it() {
        for (text, url) in [
            ("127.0.0.1:3128", "http://127.0.0.1:3128/"),
            ("proxy", "http://proxy/"),
            (" me:w@proxy:1 ", "http://me:w@proxy:1/"),
            ("HTTP://Proxy:1/", "http://proxy:1/"),
            ("https://[::1]:1", "https://[::1]:1/"),
            ("socks://127.0.0.1:1/", "socks5h://127.0.0.1:1/"),
            ("socks4://h:1", "socks4://h:1"),
            ("socks4a://h:1", "socks4a://h:1"),
            ("socks5://me:p%23@h", "socks5://me:p%23@h"),
            ("SOCKS5H://me:p@w@h:1", "socks5h://me:p%40w@h:1"),
        ] {
            assert_eq!(parse_proxy(text).as_ref().map(Url::as_str), Some(url), "{text}");
        }
        for text in [
            "",
            "sock5://h:1",
            "ftp://h:1",
            "127.0.0.1 8080",
            "\"http://h:1\"",
            "http://",
            "socks5://",
            "http://h:port",
            "http://me:p#w@h:1",
            "http://me:1/2@h:1",
            "http://me:1?2@h:1",
            "::1:8080",
        ] {
            assert_eq!(parse_proxy(text), None, "{text}");
        }
    }

    #[test]
    fn what_no_proxy_may_say() {
        for (list, url, is_kept) in [
            ("*", "https://a.example", true),
            ("a.example", "https://a.example/v1", true),
            ("a.example", "https://b.a.example", true),
            ("a.example", "https://ba.example", false),
            (".a.example", "https://a.example", true),
            (".a.example", "https://b.a.example", true),
            ("*.a.example", "https://b.a.example", true),
            ("*.a.example", "https://ba.example", false),
            ("A.Example", "https://a.eXample", true),
            ("a.example.", "https://a.example", true),
            ("a.example", "https://a.example.", true),
            ("b, \ta.example ,c", "https://a.example", true),
            ("b a.example", "https://a.example", true),
            ("bücher.example", "https://xn--bcher-kva.example", true),
            ("a.example:443", "https://a.example", true),
            ("a.example:443", "https://a.example:8443", false),
            ("*.a.example:8443", "https://b.a.example:8443", true),
            ("10.0.0.1", "http://10.0.0.1:80", true),
            ("10.0.0.1:81", "http://10.0.0.1:80", false),
            ("10.0.0.1", "http://10.0.0.11", false),
            ("10.0.0.0/8", "http://10.9.8.7", true),
            ("10.0.0.0/8", "http://11.0.0.1", false),
            ("0.0.0.0/0", "http://11.0.0.1", true),
            ("10.0.0.1/32", "http://10.0.0.1", true),
            ("10.0.0.1/33", "http://10.0.0.1", false),
            ("10.0.0.0/8", "http://10.example", false),
            ("fd00::1", "http://[fd00::1]", true),
            ("[FD00::1]", "http://[fd00::1]", true),
            ("[fd00::1]:80", "http://[fd00::1]", true),
            ("[fd00::1]:81", "http://[fd00::1]", false),
            ("fd00::/8", "http://[fdff::1]", true),
            ("fd00::/8", "http://[fe00::1]", false),
            ("::/0", "http://[fe00::1]", true),
            ("10.0.0.1", "http://[::ffff:10.0.0.1]", true),
            ("", "http://a.example", false),
            (",", "http://a.example", false),
            (".", "http://a.example", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(NoProxy::new(list).holds(&url), is_kept, "{list:?} {url}");
        }
    }

    #[test]
    fn proxies_of_the_environment_are_read_as_curl_reads_them() {
        let proxies = |variables: &'static [(&str, &str)]| {
            Proxies::from_variables(|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let shown = |found: &Proxies| {
            let name =
                |proxy: &Option<NamedProxy>| proxy.as_ref().map(|proxy| format!("{}={}", proxy.origin, proxy.text));
            (name(&found.http), name(&found.https))
        };
        let both = proxies(&[("all_proxy", "a:1"), ("HTTPS_PROXY", "b:1"), ("HTTP_PROXY", "c:1")]);
        let expected = (Some("HTTP_PROXY=c:1".into()), Some("HTTPS_PROXY=b:1".into()));
        assert_eq!(shown(&both), expected);
        let of_a_request = proxies(&[("HTTP_PROXY", "c:1"), ("REQUEST_METHOD", "GET")]);
        assert_eq!(shown(&of_a_request), (None, None));
    }
}
