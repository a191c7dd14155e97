//! The HTTP client: how a request is sent and its response read.

mod client;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::multipart::Form;
use url::Url;

use crate::byte_source::ReadError;
use crate::error::{Error, InvalidInput, Malformed, ProxyName};
use crate::log::Log;
use crate::protocol::{Head, HeaderValue, HttpRequest, Method};
use crate::provider::is_loopback;
use crate::secret::{MASK, without_password};
use crate::transport::attempt::silence;
use crate::transport::charset::{charset, to_utf8};
use crate::transport::failure::{self, FailedExchange, chain};
use crate::transport::preconnect::Preconnection;
use crate::transport::proxy::{Proxies, Proxy};
use crate::transport::roots::Roots;
use client::{Lookup, client, finished};

pub(crate) use client::CONNECT_TIMEOUT;

/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 5;
/// The most bytes of a response that is read whole: 16 MiB.
pub(crate) const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// The `User-Agent` of a program that does not name itself.
const USER_AGENT: &str = concat!("qwen-api/", env!("CARGO_PKG_VERSION"));

/// The network settings of a client: proxies, trusted certificates, user agent.
#[derive(Clone, Debug)]
pub struct Network {
    /// The proxies.
    pub proxies: Proxies,
    /// The certificates that are trusted beside the system's.
    pub roots: Roots,
    /// The `User-Agent` of every request: `qwen-api/` and its version, unless it is set.
    pub user_agent: String,
}

impl Default for Network {
    fn default() -> Network {
        Network {
            proxies: Proxies::default(),
            roots: Roots::default(),
            user_agent: USER_AGENT.to_owned(),
        }
    }
}

impl Network {
    /// The most bytes of what [`Network::fetch`] reads: 16 MiB.
    pub const MAX_FETCHED: u64 = BODY_LIMIT as u64;

    /// The status and the body at a URL that is not the provider's. No credential is sent, and redirects are followed to
    /// any host.
    pub async fn fetch(&self, url: &Url, log: &Log) -> Result<(u16, Vec<u8>), Error> {
        // A redirect may change the scheme, so both proxies must be valid.
        for named in [&self.proxies.http, &self.proxies.https].into_iter().flatten() {
            named.proxy()?;
        }
        let http = Http::build(url, self, log.clone(), Redirects::Anywhere)?;
        let request = HttpRequest {
            method: Method::Get,
            url: url.to_string(),
            headers: Vec::new(),
            body: None,
        };
        let (head, response) = http.send(&request).await?;
        Ok((head.status, http.body(response).await?))
    }
}

/// A client for the hosts of one provider.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    /// The clones share it.
    client: Arc<Mutex<reqwest::Client>>,
    /// The settings that it was made with.
    parts: Arc<(Url, Network, Redirects)>,
    lookup: Lookup,
    preconnection: Preconnection,
    pub log: Log,
}

/// Which redirects are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Redirects {
    None,
    /// Those that [`moved`] allows.
    SameHost,
    /// Those that a browser follows.
    Anywhere,
}

impl Http {
    /// A client that follows no redirect at all: for a host whose credentials are worth more than a key, and for one
    /// that only takes a file.
    pub(crate) fn strict(base: &Url, network: &Network, log: Log) -> Result<Http, Error> {
        Http::build(base, network, log, Redirects::None)
    }

    /// A client for URLs under `base`.
    pub(crate) fn new(base: &Url, network: &Network, log: Log) -> Result<Http, Error> {
        Http::build(base, network, log, Redirects::SameHost)
    }

    /// A client for one public URL that a reply named: its name must lead to a public address.
    pub(crate) fn public(url: &Url, network: &Network, log: Log) -> Result<Http, Error> {
        Http::build_with(url, network, log, Redirects::SameHost, Lookup::public(url))
    }

    fn build(base: &Url, network: &Network, log: Log, redirects: Redirects) -> Result<Http, Error> {
        Http::build_with(base, network, log, redirects, Lookup::default())
    }

    fn build_with(
        base: &Url,
        network: &Network,
        log: Log,
        redirects: Redirects,
        lookup: Lookup,
    ) -> Result<Http, Error> {
        Ok(Http {
            client: Arc::new(Mutex::new(client(base, network, redirects, &lookup)?)),
            parts: Arc::new((base.clone(), network.clone(), redirects)),
            lookup,
            preconnection: Preconnection::default(),
            log,
        })
    }

    /// Makes further requests open new connections: over HTTP/2 they would all share one that died silently.
    pub(crate) fn reconnect(&self) {
        let (base, network, redirects) = &*self.parts;
        // The same settings worked before; if they fail now, the old client is kept.
        if let Ok(client) = client(base, network, *redirects, &self.lookup) {
            *self.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
        }
    }

    /// Begins to open a connection, unless one is open. No request and no credential is sent by it; a failure is
    /// reported by a request that comes meanwhile, and by none that comes later.
    pub(crate) fn preconnect(&self) {
        self.preconnection.begin(|| self.client(), &self.parts.0);
    }

    fn client(&self) -> reqwest::Client {
        self.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a request and waits for the head of its reply. Redirects on the same host are followed.
    pub(crate) async fn send(&self, request: &HttpRequest) -> Result<(Head, reqwest::Response), Error> {
        let mut request = Cow::Borrowed(request);
        for _ in 0..=MAX_REDIRECTS {
            let (head, response) = self.send_once(&request).await?;
            match moved(&request, &head).filter(|_| self.parts.2 == Redirects::SameHost) {
                Some(place) => request.to_mut().url = place.into(),
                None => return Ok((head, response)),
            }
        }
        Err(Error::new(Malformed::RedirectLoop {
            target: target(&self.parts.0),
        }))
    }

    async fn send_once(&self, request: &HttpRequest) -> Result<(Head, reqwest::Response), Error> {
        let mut builder = self.begin(request)?;
        let mut size = 0;
        let read_error = ReadError::default();
        if let Some(body) = &request.body {
            size = body.size();
            builder = builder
                .header("Content-Type", "application/json")
                .header("Content-Length", size)
                .body(body.to_http(&read_error));
        }
        let sent = self.finish(request, builder, &format!("{size} bytes")).await;
        sent.map_err(|error| read_error.error().unwrap_or(error))
    }

    /// Sends a form in place of the request's body, and waits for the head of the reply.
    pub(crate) async fn send_form(
        &self,
        request: &HttpRequest,
        form: Form,
    ) -> Result<(Head, reqwest::Response), Error> {
        let builder = self.begin(request)?.multipart(form);
        self.finish(request, builder, "a form").await
    }

    /// Sends bytes as they come in place of the request's body, and waits for the head of the reply.
    pub(crate) async fn send_bytes(
        &self,
        request: &HttpRequest,
        body: reqwest::Body,
        size: u64,
    ) -> Result<(Head, reqwest::Response), Error> {
        let builder = self.begin(request)?.header("Content-Length", size).body(body);
        self.finish(request, builder, &format!("{size} bytes")).await
    }

    fn begin(&self, request: &HttpRequest) -> Result<reqwest::RequestBuilder, Error> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.client().request(method, &request.url);
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
    ) -> Result<(Head, reqwest::Response), Error> {
        self.log.request(|| {
            format!(
                "> {} {} ({body}){}",
                request.method.as_str(),
                without_password(&request.url),
                masked(request)
            )
        });
        let sent = async {
            self.preconnection.finish().await?;
            builder.send().await
        };
        let response = match sent.await {
            Ok(response) => response,
            Err(error) => return Err(self.not_sent(&error).await),
        };
        let head = head(&response);
        self.log.request(|| {
            let id = head.header("x-request-id").unwrap_or("-");
            format!(
                "< {} {} request id {id}",
                head.status,
                head.header("content-type").unwrap_or("-")
            )
        });
        // A plain request goes to the proxy itself, whose refusal is no answer of the server's.
        let is_plain = head.status == 407 && response.url().scheme() == "http";
        if is_plain && let Some(proxy) = self.proxy_to(response.url()).filter(|proxy| !proxy.is_socks()) {
            return Err(self.failed(response.url(), Some(&proxy), None).proxy_auth_required());
        }
        Ok((head, response))
    }

    /// The error of a broken exchange.
    pub(crate) fn error(&self, error: &reqwest::Error) -> Error {
        self.classify(error, None)
    }

    /// The same for a request without a reply. If a proxy refused it, a second CONNECT shows the status.
    async fn not_sent(&self, error: &reqwest::Error) -> Error {
        let status = match self.proxy_to(self.url_of(error)) {
            Some(proxy) if failure::is_refused_by_proxy(error) => self.refusal_of(&proxy, self.url_of(error)).await,
            _ => None,
        };
        self.classify(error, status)
    }

    fn classify(&self, error: &reqwest::Error, status: Option<u16>) -> Error {
        self.log.request(|| format!("! {}", chain(error)));
        let url = self.url_of(error);
        let proxy = self.proxy_to(url);
        self.failed(url, proxy.as_ref(), status).error(error)
    }

    fn failed<'a>(&self, url: &'a Url, proxy: Option<&'a Proxy>, proxy_status: Option<u16>) -> FailedExchange<'a> {
        FailedExchange {
            target: target(url),
            scheme: url.scheme(),
            proxy,
            proxy_status,
            is_resolving: self.lookup.is_pending(),
            is_loopback: is_loopback(url),
        }
    }

    /// The host of the broken exchange, which a redirect may have changed.
    fn url_of<'a>(&'a self, error: &'a reqwest::Error) -> &'a Url {
        error.url().unwrap_or(&self.parts.0)
    }

    /// The proxy that requests go through, as it may be shown.
    pub(crate) fn proxy(&self) -> Option<ProxyName> {
        self.proxy_to(&self.parts.0).map(|proxy| proxy.name)
    }

    fn proxy_to(&self, url: &Url) -> Option<Proxy> {
        self.parts.1.proxies.to(url).ok().flatten()
    }

    /// The status with which a proxy refuses a CONNECT. reqwest does not report it, so a second CONNECT is sent.
    async fn refusal_of(&self, proxy: &Proxy, url: &Url) -> Option<u16> {
        let builder = reqwest::Client::builder()
            .user_agent(&self.parts.1.user_agent)
            .timeout(CONNECT_TIMEOUT)
            .http1_only()
            .proxy(reqwest::Proxy::all(proxy.url.clone()).ok()?);
        let client = finished(builder, &self.parts.1, proxy.url.scheme() == "https").ok()?;
        let place = format!("http://{}:{}", url.host_str()?, url.port_or_known_default()?);
        let answer = client.request(reqwest::Method::CONNECT, place).send().await.ok()?;
        Some(answer.status().as_u16())
    }

    /// Reads a reply whole, up to [`BODY_LIMIT`].
    pub(crate) async fn body(&self, response: reqwest::Response) -> Result<Vec<u8>, Error> {
        self.body_up_to(response, BODY_LIMIT).await
    }

    /// Reads a reply whole, up to so many bytes.
    pub(crate) async fn body_up_to(&self, response: reqwest::Response, limit: usize) -> Result<Vec<u8>, Error> {
        let (head, mut body) = (head(&response), Vec::new());
        self.read_into(response, &mut body, limit, None).await?;
        Ok(match to_utf8(&body, charset(&head)) {
            Cow::Borrowed(_) => body,
            Cow::Owned(decoded) => decoded,
        })
    }

    /// The same, piece by piece, so that the beginning is kept when the rest does not arrive.
    pub(crate) async fn body_into(&self, response: reqwest::Response, body: &mut Vec<u8>) -> Result<(), Error> {
        self.read_into(response, body, BODY_LIMIT, None).await
    }

    /// Reads a file whole, up to so many bytes, as they are. `longest_silence` is the most time between two pieces.
    pub(crate) async fn bytes_up_to(
        &self,
        response: reqwest::Response,
        limit: usize,
        longest_silence: Option<Duration>,
    ) -> Result<Vec<u8>, Error> {
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large(limit));
        }
        let mut body = Vec::new();
        self.read_into(response, &mut body, limit, longest_silence).await?;
        Ok(body)
    }

    async fn read_into(
        &self,
        mut response: reqwest::Response,
        body: &mut Vec<u8>,
        limit: usize,
        longest_silence: Option<Duration>,
    ) -> Result<(), Error> {
        loop {
            let next = response.chunk();
            let next = match longest_silence {
                None => next.await,
                Some(longest) => tokio::time::timeout(longest, next)
                    .await
                    .map_err(|_| silence(Some(longest)))?,
            };
            let Some(chunk) = next.map_err(|error| self.error(&error))? else {
                return Ok(());
            };
            if body.len() + chunk.len() > limit {
                return Err(too_large(limit));
            }
            body.extend_from_slice(&chunk);
        }
    }
}

/// The error of a reply, or one event of it, that is over the limit, in bytes.
pub(crate) fn too_large(limit: usize) -> Error {
    Error::new(Malformed::TooLarge { limit: limit as u64 })
}

/// Where the same request is to be sent instead, method and body as they are, which 301 and 302 do not forbid either
/// (RFC 9110, section 15.4). Only on the same host and port, and never from https to http: neither the prompt nor a
/// credential goes to a host that was not named. 303 sends a question elsewhere for its answer, which no chat does.
/// Any other redirect is not followed, and is reported as an error.
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

/// A host and its port, for messages.
pub(crate) fn target(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn header(name: &str, value: &HeaderValue) -> Result<reqwest::header::HeaderValue, Error> {
    let bad = |name: &str, is_secret| {
        let name = name.to_owned();
        Error::new(InvalidInput::Header { name, is_secret })
    };
    match value {
        HeaderValue::Plain(text) => reqwest::header::HeaderValue::from_str(text).map_err(|_| bad(name, false)),
        HeaderValue::Secret {
            prefix,
            secret,
            variable,
        } => {
            let mut value = reqwest::header::HeaderValue::from_str(&format!("{prefix}{}", secret.expose()))
                .map_err(|_| bad(variable, true))?;
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

/// The wait that the server asks for: `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), or its
/// variant in milliseconds.
pub(crate) fn retry_after(head: &Head, now: SystemTime) -> Option<Duration> {
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
pub(crate) fn date(head: &Head) -> Option<SystemTime> {
    let date = jiff::fmt::rfc2822::parse(head.header("date")?.trim()).ok()?;
    Some(date.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_public() {
        let url = Url::parse("https://localhost:1/a.png").unwrap();
        let http = Http::public(&url, &Network::default(), Log::default()).unwrap();
        let request = HttpRequest {
            method: Method::Get,
            url: url.to_string(),
            headers: Vec::new(),
            body: None,
        };
        let error = http.send(&request).await.unwrap_err();
        assert_eq!(error.cause(), &Malformed::UnsafeUrl.into());
    }
}
