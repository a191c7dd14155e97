//! The one HTTP client: how it is built, how a request goes out, and what a failed exchange is called.

use std::time::{Duration, SystemTime};

use reqwest::multipart::Form;
use reqwest::redirect;
use url::Url;

use super::endpoint::is_loopback;
use super::fault::{chain, classify, innermost};
use super::wire::{Head, HeaderValue, HttpRequest, Retry};
use crate::error::{Failure, Kind};
use crate::log::Log;
use crate::secret::MASK;
use crate::text::words::Words;
use crate::words;

/// How long a connection may take to come about.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
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
    client: reqwest::Client,
    /// The host and port, for messages.
    target: String,
    /// The proxy in between, without its password.
    proxy: Option<String>,
    pub log: Log,
}

impl Http {
    /// A client for fetching what a user named by URL: no credential goes along, so redirects may lead anywhere.
    pub fn visitor(url: &Url, network: &Network, log: Log) -> Result<Http, Failure> {
        Http::build(url, network, log, redirect::Policy::limited(5))
    }

    /// A client that follows no redirect at all: for a host whose credentials are worth more than a key, and for one
    /// that only takes a file.
    pub fn strict(base: &Url, network: &Network, log: Log) -> Result<Http, Failure> {
        Http::build(base, network, log, redirect::Policy::none())
    }

    /// A client for URLs under `base`. TLS roots are loaded only where they are needed, since that takes
    /// milliseconds; a loopback host is never reached through a proxy.
    pub fn new(base: &Url, network: &Network, log: Log) -> Result<Http, Failure> {
        Http::build(base, network, log, same_host_only())
    }

    fn build(base: &Url, network: &Network, log: Log, redirects: redirect::Policy) -> Result<Http, Failure> {
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .redirect(redirects);
        let mut proxy_name = None;
        if is_loopback(base) {
            builder = builder.no_proxy();
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
        Ok(Http {
            client,
            target: target(base),
            proxy: proxy_name,
            log,
        })
    }

    /// Sends a request and waits for the head of its reply.
    pub async fn send(&self, request: &HttpRequest) -> Result<(Head, reqwest::Response), Fault> {
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
            super::wire::Method::Get => reqwest::Method::GET,
            super::wire::Method::Post => reqwest::Method::POST,
            super::wire::Method::Put => reqwest::Method::PUT,
            super::wire::Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.client.request(method, &request.url);
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

/// Redirects are followed on the same host and port only, and never from https to http: neither the prompt nor
/// a credential goes to a host nobody named. Any other ends the exchange, and its head is told as an error.
fn same_host_only() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        let Some(from) = attempt.previous().last() else {
            return attempt.stop();
        };
        if attempt.previous().len() > 5 {
            return attempt.error("too many redirects");
        }
        let to = attempt.url();
        if to.scheme() == from.scheme()
            && to.host_str() == from.host_str()
            && to.port_or_known_default() == from.port_or_known_default()
        {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
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
