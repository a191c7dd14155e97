//! Talking to a provider: one endpoint, one HTTP client, one protocol.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::account::{AccountState, CredentialSink};
use crate::error::{Cause, Error, InvalidInput};
use crate::log::Log;
use crate::notice::{Notice, Resumption};
use crate::protocol::{ChatProtocol, HeaderValue};
use crate::provider::Endpoint;
use crate::stream::ChatStream;
use crate::transport::http::{Http, Network};
use crate::transport::retry::{Retries, RetryPolicy};
use crate::{ChatRequest, Event};

/// A client for one provider.
///
/// A clone is cheap and shares connections, credentials and what was learned of the server, so that one client serves a
/// whole program, on any number of threads.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) inner: Arc<ClientInner>,
}

/// What the clones of a [`Client`] share.
#[derive(Debug)]
pub(crate) struct ClientInner {
    pub(crate) endpoint: Endpoint,
    pub(crate) protocol: Arc<dyn ChatProtocol>,
    pub(crate) http: Http,
    /// For the hosts a reply may name.
    pub(crate) network: Network,
    pub(crate) policy: RetryPolicy,
    /// The silence allowed before and between payloads; `None` for any.
    pub(crate) timeout: Option<Duration>,
    pub(crate) account: AccountState,
}

impl Client {
    /// A client for `endpoint`, which sends nothing yet.
    ///
    /// `timeout` is the silence allowed before and between the parts of a reply; `None` for any. An error is one in the
    /// base URL, the proxy or the certificates.
    pub(crate) fn new(
        endpoint: Endpoint,
        network: &Network,
        policy: RetryPolicy,
        timeout: Option<Duration>,
        log: Log,
        credential_sink: Option<CredentialSink>,
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
        let http = match endpoint.protocol.has_account() {
            true => Http::strict(&base, network, log)?,
            false => Http::new(&base, network, log)?,
        };
        let protocol = endpoint.chat_protocol();
        Ok(Client {
            inner: Arc::new(ClientInner {
                endpoint,
                protocol,
                http,
                network: network.clone(),
                policy,
                timeout,
                account: AccountState::new(credential_sink),
            }),
        })
    }

    /// The base URL that requests go to.
    pub fn base_url(&self) -> &str {
        &self.inner.endpoint.base_url
    }

    /// Where and how the provider is reached.
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    /// The reply to `request`, as a stream. Nothing is sent before the stream is polled.
    pub fn chat(&self, request: ChatRequest) -> ChatStream {
        ChatStream::new(self.clone(), request)
    }

    /// The event without the credentials in use, which some servers repeat in their replies.
    pub(crate) fn masked_event(&self, event: Event) -> Event {
        event.map_texts(&|text| self.inner.http.log.hidden(text))
    }

    /// The error without the credentials in use.
    pub(crate) fn masked(&self, error: Error) -> Error {
        error.map_texts(&|text| self.inner.http.log.hidden(text))
    }

    /// The wait before an exchange that failed is made again, which counts as a retry then; `None` where it is not.
    pub(crate) fn wait_before_retry(&self, retries: &mut Retries, error: &Error) -> Option<Duration> {
        let wait = retries.next_wait(error)?;
        if matches!(error.cause(), Cause::Transport(_)) {
            // Over HTTP/2 the connection that broke or fell silent would serve every further attempt.
            self.inner.http.reconnect();
        }
        Some(wait)
    }

    /// Makes an exchange, and again where that can help. `subject` is the file it is about; `on_notice` is called before
    /// each wait.
    pub(crate) async fn with_retries<T, F: Future<Output = Result<T, Error>>>(
        &self,
        policy: RetryPolicy,
        subject: Option<&str>,
        on_notice: &(dyn Fn(Notice) + Sync),
        // A future's own type: whether that of an `AsyncFnMut` is `Send` cannot be said.
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, Error> {
        let mut retries = Retries::new(policy);
        loop {
            let error = match attempt().await {
                Ok(done) => return Ok(done),
                Err(error) => self.masked(error),
            };
            let error = match subject {
                Some(subject) => error.about(subject),
                None => error,
            };
            let Some(wait) = self.wait_before_retry(&mut retries, &error) else {
                return Err(error.with_attempts(retries.attempts()));
            };
            let notice = retries.notice(error, Resumption::Again, wait);
            notice.into_iter().for_each(on_notice);
            tokio::time::sleep(wait).await;
        }
    }
}

/// Parses a base URL.
pub(crate) fn base_url(url: &str) -> Result<Url, Error> {
    Url::parse(url).map_err(|error| {
        Error::new(InvalidInput::BaseUrl {
            detail: error.to_string(),
        })
    })
}
