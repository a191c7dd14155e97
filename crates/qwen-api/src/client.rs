//! The client of one provider: its endpoint, its protocol and an HTTP client.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::account::{AccountState, CredentialSink};
use crate::error::{Cause, Error, InvalidInput, RetryClass, TransportFailure};
use crate::log::Log;
use crate::notice::{Notice, Resumption};
use crate::protocol::{ChatProtocol, Head, HeaderValue, HttpRequest};
use crate::provider::Endpoint;
use crate::stream::ChatStream;
use crate::transport::http::{Http, Network};
use crate::transport::retry::{Retries, RetryPolicy};
use crate::{ChatRequest, Event};

/// A client for one provider.
///
/// ```
/// # #[allow(dead_code)]
/// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mod.rs")); }
/// use qwen_api::{ChatRequest, Client};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), qwen_api::Error> {
/// # let models = serde_json::json!({"data": [{"id": "qwen-plus"}]});
/// # let server = support::Server::start([support::Script::json(200, &models), support::Script::answer(&["Hello!"])]);
/// # let client = Client::builder().api_key("sk-test-key").base_url(server.base_url()).build()?;
/// let models = client.models().await?.unwrap_or_default();
/// let request = ChatRequest::new(&models[0].id).user("Say hello");
/// assert_eq!(client.chat(request).send().await?.text, "Hello!");
/// # Ok(())
/// # }
/// ```
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
    /// For HTTP clients of the hosts that a response names.
    pub(crate) network: Network,
    pub(crate) policy: RetryPolicy,
    /// The longest silence before and within a response; `None` for any.
    pub(crate) timeout: Option<Duration>,
    pub(crate) account: AccountState,
}

impl Client {
    /// A client for `endpoint`, which sends nothing yet.
    ///
    /// `timeout` is the longest silence before and within a response; `None` for any. Fails where the base URL, the proxy
    /// or the certificates cannot be used.
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

    /// Begins to open a connection to the server, unless one is open, so that the next request need not wait for it.
    ///
    /// The server sees a connection, and no request and no credential. A failure is not reported here; a request that
    /// is made meanwhile waits for the connection, and meets it. One that no request uses is closed after a while.
    /// Called again and again, as keys are typed, it does next to nothing. Outside a Tokio runtime it does nothing.
    pub fn preconnect(&self) {
        self.inner.http.preconnect();
    }

    /// Sends a request and reads the response whole, within the timeout.
    pub(crate) async fn call(&self, request: &HttpRequest) -> Result<(Head, Vec<u8>), Error> {
        self.call_at(&self.inner.http, request).await
    }

    /// The same by another HTTP client.
    pub(crate) async fn call_at(&self, http: &Http, request: &HttpRequest) -> Result<(Head, Vec<u8>), Error> {
        let exchange = async {
            let (head, response) = http.send(request).await?;
            let body = http.body(response).await?;
            Ok((head, body))
        };
        match self.inner.timeout {
            None => exchange.await,
            Some(timeout) => tokio::time::timeout(timeout, exchange).await.map_err(|_| timed_out())?,
        }
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

    /// Makes an attempt, and retries it while the policy allows. `subject` is the file that errors are about; `on_notice`
    /// is called before each wait.
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

/// The error of a response that did not come whole within the timeout.
pub(crate) fn timed_out() -> Error {
    Error::new(TransportFailure::Silent { after: None }).retry(RetryClass::Transient)
}
