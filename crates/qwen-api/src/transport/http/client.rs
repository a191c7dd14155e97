//! How reqwest's client is built: time limits, proxies, certificates, name look-up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::redirect;
use url::Url;

use super::{MAX_REDIRECTS, Network, Redirects};
use crate::error::{Error, TransportFailure};
use crate::provider::is_loopback;
use crate::transport::failure::innermost;
use crate::transport::keep_alive::{self, keep_alive};
use crate::transport::public_address::{NotPublic, is_public};

/// The time for connecting, name lookup included.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The time that an idle connection is kept: routers drop them silently after about a minute.
const IDLE: Duration = Duration::from_secs(45);
/// Whether reqwest reads the system's proxy settings where no proxy is named.
const HAS_SYSTEM_PROXY: bool = cfg!(any(windows, target_os = "macos"));

/// A client for URLs under `base`.
pub(super) fn client(
    base: &Url,
    network: &Network,
    redirects: Redirects,
    lookup: &Lookup,
) -> Result<reqwest::Client, Error> {
    let proxy = network.proxies.to(base)?;
    let mut builder = keep_alive(reqwest::Client::builder(), keep_alive::INTERVAL)
        .user_agent(&network.user_agent)
        .connect_timeout(CONNECT_TIMEOUT)
        .dns_resolver(lookup.clone())
        .tcp_nodelay(true)
        .pool_idle_timeout(IDLE)
        .redirect(match redirects {
            Redirects::Anywhere => redirect::Policy::limited(MAX_REDIRECTS),
            Redirects::SameHost | Redirects::None => redirect::Policy::none(),
        });
    // Whatever a name server says of such a name, it is this machine's (RFC 6761, section 6.3).
    if is_loopback(base)
        && let Some(name) = base.domain().filter(|name| *name != "localhost")
    {
        let own = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
        builder = builder.resolve_to_addrs(name, &own.map(|address| SocketAddr::new(address, 0)));
    }
    let proxies = network.proxies.clone();
    let builder = if proxies.are_named() {
        let proxy = move |url: &Url| proxies.to(url).ok().flatten().map(|proxy| proxy.url);
        builder.proxy(reqwest::Proxy::custom(proxy))
    } else if proxies.is_off || is_loopback(base) || !HAS_SYSTEM_PROXY {
        builder.no_proxy()
    } else {
        builder
    };
    // A redirect may lead to https:// from elsewhere.
    let wanders = redirects == Redirects::Anywhere && !is_loopback(base);
    let has_tls = |url: &Url| url.scheme() == "https";
    let needs_roots = wanders || has_tls(base) || proxy.is_some_and(|proxy| has_tls(&proxy.url));
    finished(builder, network, needs_roots)
}

/// The client. Roots are loaded only where they are needed, since that takes milliseconds.
pub(super) fn finished(
    mut builder: reqwest::ClientBuilder,
    network: &Network,
    needs_roots: bool,
) -> Result<reqwest::Client, Error> {
    // Fails only when a provider is installed already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    builder = match needs_roots {
        true => network.roots.trusted_by(builder)?,
        false => builder.tls_certs_only([]),
    };
    builder.build().map_err(|error| {
        Error::new(TransportFailure::TlsSetup {
            detail: innermost(&error),
        })
    })
}

/// Resolves names as the system does, and knows whether a look-up is running: one limit covers look-up and connect.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookup {
    pending: Arc<AtomicBool>,
    /// The name that must lead to a public address. That of a proxy need not.
    public_name: Option<String>,
}

impl Lookup {
    /// The same, which finds only public addresses of the host of `url`.
    pub(super) fn public(url: &Url) -> Lookup {
        Lookup {
            public_name: url.domain().map(str::to_owned),
            ..Lookup::default()
        }
    }

    pub(super) fn is_pending(&self) -> bool {
        self.pending.load(Ordering::Relaxed)
    }
}

impl reqwest::dns::Resolve for Lookup {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let pending = Arc::clone(&self.pending);
        let must_be_public = self.public_name.as_deref() == Some(name.as_str());
        Box::pin(async move {
            pending.store(true, Ordering::Relaxed);
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            pending.store(false, Ordering::Relaxed);
            let mut addresses: Vec<SocketAddr> = found?.collect();
            if must_be_public {
                addresses.retain(|address| is_public(address.ip()));
                if addresses.is_empty() {
                    return Err(NotPublic.into());
                }
            }
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}
