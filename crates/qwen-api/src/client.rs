//! Talking to a provider: one endpoint, one client, one protocol.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::Mutex;
use url::Url;

use crate::account::{CredentialSink, Requests, WORLD};
use crate::error::{Cause, Error, InvalidInput};
use crate::log::Log;
use crate::notice::{Notice, Resumption};
use crate::protocol::web::Web;
use crate::protocol::{ChatProtocol, HeaderValue};
use crate::provider::{Endpoint, Protocol};
use crate::stream::ChatStream;
use crate::transport::http::{Http, Network};
use crate::transport::retry::{self, Decision, Policy, Tried};
use crate::{ChatRequest, Event, Remote};

/// A provider, ready to be asked.
#[derive(Debug)]
pub struct Client {
    pub endpoint: Endpoint,
    pub protocol: Arc<dyn ChatProtocol>,
    /// The same, where it is that of a web site.
    pub(crate) web: Option<Arc<Web>>,
    pub(crate) http: Http,
    /// For the hosts a reply may name.
    pub(crate) network: Network,
    pub(crate) policy: Policy,
    /// The silence allowed before and between payloads; `None` for any.
    pub(crate) timeout: Option<Duration>,
    pub(crate) credential_sink: Option<CredentialSink>,
    /// Held while the token is renewed: what it is renewed with may be good for once only.
    pub(crate) renewing: Mutex<()>,
    /// The user was told that the token has ended.
    pub(crate) has_told_end: AtomicBool,
}

impl Client {
    pub fn new(
        endpoint: Endpoint,
        network: &Network,
        policy: Policy,
        timeout: Option<Duration>,
        log: Log,
    ) -> Result<Client, Error> {
        let base = base_url(&endpoint.base_url)?;
        if let Some((secret, _)) = &endpoint.key {
            log.hide(secret);
        }
        for (_, value) in &endpoint.headers {
            if let HeaderValue::Secret { secret, .. } = value {
                log.hide(secret);
            }
        }
        for credentials in [&endpoint.account.credentials, &endpoint.account.given] {
            credentials.secrets().iter().for_each(|secret| log.hide(secret));
        }
        let http = match endpoint.protocol {
            Protocol::Web => Http::strict(&base, network, log)?,
            _ => Http::new(&base, network, log)?,
        };
        let (protocol, web) = endpoint.chat_protocol(WORLD);
        Ok(Client {
            http,
            network: network.clone(),
            protocol,
            web,
            endpoint,
            policy,
            timeout,
            credential_sink: None,
            renewing: Mutex::new(()),
            has_told_end: AtomicBool::new(false),
        })
    }

    /// An event without our own credential, which some servers say back beside the answer.
    pub(crate) fn masked_event(&self, event: Event) -> Event {
        event.map_texts(&|text| self.http.log.hidden(text))
    }

    /// An error without it.
    pub(crate) fn masked(&self, error: Error) -> Error {
        error.map_texts(&|text| self.http.log.hidden(text))
    }

    /// Whether to ask again after an error, and after how long, which counts as tried then. A connection that broke or
    /// fell silent is not used for it: over HTTP/2 it would serve every further try.
    pub(crate) fn again(&self, policy: Policy, tried: &mut Tried, error: &Error) -> Decision {
        let jitter = RandomState::new().hash_one(0u8) as f64 / u64::MAX as f64;
        let decision = retry::decide(policy, *tried, error.retry_class(), error.retry_after(), jitter);
        if let Decision::Wait(wait) = decision {
            tried.add(error.retry_class(), wait);
            if matches!(error.cause(), Cause::Transport(_)) {
                self.http.reconnect();
            }
        }
        decision
    }

    /// Makes an exchange, again where that can help. `subject` is the file it is about; `tell` hears of each wait.
    pub(crate) async fn retrying<T>(
        &self,
        policy: Policy,
        subject: Option<&str>,
        tell: &dyn Fn(Notice),
        mut attempt: impl AsyncFnMut() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut tried = Tried::default();
        loop {
            let error = match attempt().await {
                Ok(done) => return Ok(done),
                Err(error) => self.masked(error),
            };
            let error = match subject {
                Some(subject) => error.about(subject),
                None => error,
            };
            let Decision::Wait(wait) = self.again(policy, &mut tried, &error) else {
                return Err(error.with_attempts(tried.retries + 1));
            };
            retry::notice(tried, error, Resumption::Again, wait)
                .into_iter()
                .for_each(tell);
            tokio::time::sleep(wait).await;
        }
    }

    /// The requests that [`Client::answer`] would send first.
    pub fn first_requests(
        &self,
        request: ChatRequest,
        remote: &Remote,
        so_far: Option<&str>,
    ) -> Result<Requests, Error> {
        Ok(self.answer(request, remote, so_far)?.into_requests())
    }

    /// Asks for an answer, or for the rest of one of which there is `so_far`. Nothing is sent before the first
    /// event is pulled.
    pub fn answer(&self, request: ChatRequest, remote: &Remote, so_far: Option<&str>) -> Result<ChatStream<'_>, Error> {
        ChatStream::new(self, request, remote, so_far)
    }
}

/// A base URL, read.
pub(crate) fn base_url(url: &str) -> Result<Url, Error> {
    Url::parse(url).map_err(|error| {
        Error::new(InvalidInput::BaseUrl {
            detail: error.to_string(),
        })
    })
}
