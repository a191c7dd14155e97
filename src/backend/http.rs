//! The one HTTP client: how it is built, how a request goes out, and what a failed exchange is called.

use std::borrow::Cow;
use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use reqwest::multipart::Form;
use reqwest::redirect;
use url::Url;

use super::endpoint::is_loopback;
use super::fault::{chain, classify, innermost, is_refused};
use super::wire::{Head, HeaderValue, HttpRequest, Method, Retry};
use crate::error::{Failure, Kind};
use crate::log::Log;
use crate::secret::MASK;
use crate::text::words::Words;
use crate::words;

/// How long a connection may take to come about.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a connection that waits over HTTP/2 is asked for a sign of life, and how long it may take to give one.
const PING: Duration = Duration::from_secs(20);
/// How long a connection is kept that nothing is sent on: what stands between drops them silently after a minute or so.
const IDLE: Duration = Duration::from_secs(45);
/// How often the same request may be sent elsewhere.
const MOST_REDIRECTS: usize = 5;
/// The most bytes of a reply that is read whole: 16 MiB.
pub const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// What we call ourselves.
pub const USER_AGENT: &str = concat!("qwen-cli/", env!("CARGO_PKG_VERSION"));

/// What the client must know of the user's network.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The user's own choice of proxy; else the environment's and the system's.
    pub proxy: Option<String>,
    /// The proxy the environment names, only for telling of it in an error.
    pub env_proxy: Option<String>,
    /// The hosts that the environment keeps from it.
    pub no_proxy: Option<String>,
    /// Further root certificates, PEM.
    pub cacert: Option<Vec<u8>>,
}

/// A failed exchange: what to tell, and whether another try can help.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub failure: Failure,
    pub retry: Retry,
    pub retry_after: Option<Duration>,
    /// The one other way to ask the same, where the place was wrong.
    pub instead: Option<Box<HttpRequest>>,
    /// The server no longer knows the conversation it was asked to go on with.
    pub is_lost: bool,
}

impl Fault {
    /// A fault that no other try mends.
    pub fn fatal(failure: Failure) -> Fault {
        Fault {
            failure,
            retry: Retry::Never,
            retry_after: None,
            instead: None,
            is_lost: false,
        }
    }

    pub fn network(message: impl Into<Words>, retry: Retry) -> Fault {
        Fault {
            failure: Failure::new(Kind::Network, message),
            retry,
            retry_after: None,
            instead: None,
            is_lost: false,
        }
    }
}

/// A client for the hosts of one provider.
#[derive(Clone, Debug)]
pub struct Http {
    /// The clones share it.
    client: Rc<RefCell<reqwest::Client>>,
    /// What it was made of.
    parts: Rc<(Url, Network, Redirects)>,
    /// The host and port, for messages.
    target: String,
    /// The proxy in between, without its password.
    proxy: Option<String>,
    pub log: Log,
}

/// Which redirects are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Redirects {
    None,
    /// As [`moved`] has it.
    SameHost,
    /// As a browser does.
    Anywhere,
}

impl Http {
    /// A client for fetching what a user named by URL: no credential goes along, so redirects may lead anywhere.
    pub fn visitor(url: &Url, network: &Network, log: Log) -> Result<Http, Failure> {
        Http::build(url, network, log, Redirects::Anywhere)
    }

    /// A client that follows no redirect at all: for a host whose credentials are worth more than a key, and for one
    /// that only takes a file.
    pub fn strict(base: &Url, network: &Network, log: Log) -> Result<Http, Failure> {
        Http::build(base, network, log, Redirects::None)
    }

    /// A client for URLs under `base`. TLS roots are loaded only where they are needed, since that takes
    /// milliseconds; a loopback host is never reached through a proxy.
    pub fn new(base: &Url, network: &Network, log: Log) -> Result<Http, Failure> {
        Http::build(base, network, log, Redirects::SameHost)
    }

    fn build(base: &Url, network: &Network, log: Log, redirects: Redirects) -> Result<Http, Failure> {
        let (client, proxy) = Http::client(base, network, redirects)?;
        Ok(Http {
            client: Rc::new(RefCell::new(client)),
            parts: Rc::new((base.clone(), network.clone(), redirects)),
            target: target(base),
            proxy,
            log,
        })
    }

    /// Has further requests go over connections of their own. Over HTTP/2 one that died in silence would serve them all.
    pub fn reconnect(&self) {
        let (base, network, redirects) = &*self.parts;
        // It was made of the same once; if not now, the old one is all there is.
        if let Ok((client, _)) = Http::client(base, network, *redirects) {
            *self.client.borrow_mut() = client;
        }
    }

    /// The client, and the name of the proxy it goes through.
    fn client(
        base: &Url,
        network: &Network,
        redirects: Redirects,
    ) -> Result<(reqwest::Client, Option<String>), Failure> {
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .http2_keep_alive_while_idle(true)
            .pool_idle_timeout(IDLE)
            .redirect(match redirects {
                Redirects::Anywhere => redirect::Policy::limited(MOST_REDIRECTS),
                Redirects::SameHost | Redirects::None => redirect::Policy::none(),
            });
        let mut proxy_name = None;
        if is_loopback(base) {
            builder = builder.no_proxy();
            // Whatever a name server says of such a name, it is this machine's (RFC 6761, section 6.3).
            if let Some(name) = base.domain().filter(|name| *name != "localhost") {
                let own = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
                builder = builder.resolve_to_addrs(name, &own.map(|address| SocketAddr::new(address, 0)));
            }
        } else if let Some(proxy) = &network.proxy {
            let bad = || {
                Failure::usage(words!(
                    "the proxy must be a URL such as http://host:port or socks5://host:port"
                ))
            };
            builder = builder.proxy(reqwest::Proxy::all(proxy).map_err(|_| bad())?);
            proxy_name = Some(without_password(proxy));
        } else {
            let excluded = network.no_proxy.as_deref().unwrap_or_default();
            if !is_excluded(base.host_str().unwrap_or_default(), excluded) {
                proxy_name = network.env_proxy.as_deref().map(without_password);
            }
        }
        // Fails only when a provider is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        if base.scheme() == "https" {
            if let Some(pem) = &network.cacert {
                let bad = || Failure::usage(words!("the certificate file holds no certificates in PEM form"));
                let certs = reqwest::Certificate::from_pem_bundle(pem).map_err(|_| bad())?;
                if certs.is_empty() {
                    return Err(bad());
                }
                builder = builder.tls_certs_merge(certs);
            }
        } else {
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| {
            Failure::new(Kind::Network, words!("cannot set up TLS: {}", innermost(&error)))
                .hint(words!("give root certificates with --cacert FILE"))
        })?;
        Ok((client, proxy_name))
    }

    /// Sends a request and waits for the head of its reply, wherever on the same host that is.
    pub async fn send(&self, request: &HttpRequest) -> Result<(Head, reqwest::Response), Fault> {
        let mut request = Cow::Borrowed(request);
        for _ in 0..=MOST_REDIRECTS {
            let (head, response) = self.send_once(&request).await?;
            match moved(&request, &head).filter(|_| self.parts.2 == Redirects::SameHost) {
                Some(place) => request.to_mut().url = place.into(),
                None => return Ok((head, response)),
            }
        }
        let circles = words!("{} redirects in circles", self.target);
        Err(Fault::fatal(Failure::new(Kind::Server, circles)))
    }

    async fn send_once(&self, request: &HttpRequest) -> Result<(Head, reqwest::Response), Fault> {
        let mut builder = self.begin(request)?;
        let mut size = 0;
        if let Some(body) = &request.body {
            let bytes = body.to_string().into_bytes();
            size = bytes.len();
            builder = builder.header("Content-Type", "application/json").body(bytes);
        }
        self.finish(request, builder, &format!("{size} bytes")).await
    }

    /// Sends a form in place of the request's body, and waits for the head of the reply.
    pub async fn send_form(&self, request: &HttpRequest, form: Form) -> Result<(Head, reqwest::Response), Fault> {
        let builder = self.begin(request)?.multipart(form);
        self.finish(request, builder, "a form").await
    }

    /// Sends bytes as they come in place of the request's body, and waits for the head of the reply.
    pub async fn send_bytes(
        &self,
        request: &HttpRequest,
        body: reqwest::Body,
        size: u64,
    ) -> Result<(Head, reqwest::Response), Fault> {
        let builder = self.begin(request)?.header("Content-Length", size).body(body);
        self.finish(request, builder, &format!("{size} bytes")).await
    }

    fn begin(&self, request: &HttpRequest) -> Result<reqwest::RequestBuilder, Fault> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.client.borrow().request(method, &request.url);
        for (name, value) in &request.headers {
            builder = builder.header(name, header(name, value)?);
        }
        Ok(builder)
    }

    async fn finish(
        &self,
        request: &HttpRequest,
        builder: reqwest::RequestBuilder,
        body: &str,
    ) -> Result<(Head, reqwest::Response), Fault> {
        self.log.request(|| {
            format!(
                "> {} {} ({body}){}",
                request.method.as_str(),
                request.url,
                masked(request)
            )
        });
        let response = builder.send().await.map_err(|error| self.fault(&error))?;
        let head = head(&response);
        self.log.request(|| {
            let id = head.header("x-request-id").unwrap_or("-");
            format!(
                "< {} {} request id {id}",
                head.status,
                head.header("content-type").unwrap_or("-")
            )
        });
        Ok((head, response))
    }

    /// What a broken exchange is called.
    pub fn fault(&self, error: &reqwest::Error) -> Fault {
        let mut fault = classify(error, &self.target);
        if is_refused(error) && is_loopback(&self.parts.0) {
            // No network is in between that could be better in a moment.
            fault.retry = Retry::Never;
            fault.failure.hint = Some(words!("no server runs there: start it, or check the address"));
        }
        self.log.request(|| format!("! {}", chain(error)));
        if let (Some(proxy), true) = (&self.proxy, fault.failure.kind == Kind::Network) {
            fault.failure.message = words!("{} (through the proxy {})", fault.failure.message, proxy);
        }
        fault
    }

    /// Reads a reply whole, up to [`BODY_LIMIT`].
    pub async fn body(&self, response: reqwest::Response) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        self.body_into(response, &mut body).await?;
        Ok(body)
    }

    /// The same, bit by bit, so that what came is there also when the rest does not.
    pub async fn body_into(&self, mut response: reqwest::Response, body: &mut Vec<u8>) -> Result<(), Fault> {
        while let Some(chunk) = response.chunk().await.map_err(|error| self.fault(&error))? {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(too_long());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(())
    }
}

/// A reply, or one event of it, is larger than anything that makes sense.
pub fn too_long() -> Fault {
    Fault::fatal(Failure::new(
        Kind::Server,
        words!("the server's reply made no sense: one piece of it is over 16 MiB"),
    ))
}

/// Where the same request is to be sent instead, method and body as they are, which 301 and 302 do not forbid either
/// (RFC 9110, section 15.4). Only on the same host and port, and never from https to http: neither the prompt nor a
/// credential goes to a host that was not named. 303 sends a question elsewhere for its answer, which no chat does.
/// Any other redirect is the end, and its head is told as an error.
fn moved(request: &HttpRequest, head: &Head) -> Option<Url> {
    let keeps = match head.status {
        301 | 302 | 307 | 308 => true,
        303 => request.method == Method::Get,
        _ => false,
    };
    let from = Url::parse(&request.url).ok().filter(|_| keeps)?;
    let to = from.join(head.header("location")?).ok()?;
    (to.origin() == from.origin()).then_some(to)
}

fn target(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Whether `NO_PROXY` names a host: itself, a domain above it, or all.
fn is_excluded(host: &str, list: &str) -> bool {
    list.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .any(|entry| {
            let domain = entry.trim_start_matches('.');
            let above = host.strip_suffix(domain);
            entry == "*" || above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
        })
}

/// A proxy's URL as it may be shown.
fn without_password(proxy: &str) -> String {
    match Url::parse(proxy) {
        Ok(mut url) => {
            // Neither fails for a URL that has a host.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string().trim_end_matches('/').to_owned()
        }
        Err(_) => MASK.to_owned(),
    }
}

fn header(name: &str, value: &HeaderValue) -> Result<reqwest::header::HeaderValue, Fault> {
    let bad = |what: Words| {
        Fault::fatal(
            Failure::usage(words!("{} holds a character that no HTTP header may hold", what))
                .hint(words!("look for a line break or a stray character in it")),
        )
    };
    match value {
        HeaderValue::Plain(text) => {
            reqwest::header::HeaderValue::from_str(text).map_err(|_| bad(words!("the header {}", name)))
        }
        HeaderValue::Secret {
            prefix,
            secret,
            variable,
        } => {
            let mut value = reqwest::header::HeaderValue::from_str(&format!("{prefix}{}", secret.expose()))
                .map_err(|_| bad(Words::foreign(variable)))?;
            value.set_sensitive(true);
            Ok(value)
        }
    }
}

/// A request's headers for the log.
fn masked(request: &HttpRequest) -> String {
    let mut line = String::new();
    for (name, value) in &request.headers {
        let shown = match value {
            HeaderValue::Plain(text) => text.clone(),
            HeaderValue::Secret { prefix, .. } => format!("{prefix}{MASK}"),
        };
        line.push_str(&format!(" {name}: {shown};"));
    }
    line
}

fn head(response: &reqwest::Response) -> Head {
    Head {
        status: response.status().as_u16(),
        headers: response
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str().to_owned(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect(),
    }
}

/// What the server asks to wait: `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), or its
/// sister in milliseconds.
pub fn retry_after(head: &Head, now: SystemTime) -> Option<Duration> {
    if let Some(millis) = head
        .header("retry-after-ms")
        .and_then(|value| value.trim().parse::<u64>().ok())
    {
        return Some(Duration::from_millis(millis));
    }
    let value = head.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(1e9)));
    }
    let then = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let then = SystemTime::from(then);
    Some(then.duration_since(now).unwrap_or_default())
}

/// The time a server says it is.
pub fn date(head: &Head) -> Option<SystemTime> {
    let date = jiff::fmt::rfc2822::parse(head.header("date")?.trim()).ok()?;
    Some(date.timestamp().into())
}
