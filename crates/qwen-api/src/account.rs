//! What the account of a web site needs beside answers: a token that has not ended, a chat to be opened, stopped and
//! forgotten.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::client::{Client, base_url};
use crate::error::{Error, ErrorKind, RetryClass, TransportFailure};
use crate::notice::Notice;
use crate::protocol::web::{Credentials, Renewed, Web};
use crate::protocol::{Head, HttpRequest};
use crate::provider::World;
use crate::transport::attempt::with_head;
use crate::transport::http::Http;
use crate::{ChatRequest, Remote};

/// A token that ends so soon is renewed, since a turn is more than one request.
const MARGIN: u64 = 30;
/// How long the end of the program waits until the server has heard that nobody listens.
const STOP: Duration = Duration::from_secs(1);
/// How long deleting a chat may take.
const FORGET: Duration = Duration::from_secs(5);
/// The chat that is still to be opened, in a request that is only shown or checked.
const NEW_CHAT: &str = "NEW-CHAT";

/// The process's own clock and ids.
pub(crate) const SYSTEM: World = World {
    now_ms: || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or_default()
    },
    new_id: || uuid::Uuid::new_v4().to_string(),
};

type Keep = dyn Fn(&Credentials) -> Result<(), String> + Send + Sync;

/// Keeps renewed credentials for the next run.
pub(crate) struct CredentialSink(Box<Keep>);

impl fmt::Debug for CredentialSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialSink")
    }
}

/// The requests of a reply, to be sent.
#[derive(Debug)]
pub struct UnsentRequests {
    /// What comes first, where there is no chat yet.
    pub open: Option<HttpRequest>,
    /// Names a stand-in while the chat is to be opened.
    pub chat: HttpRequest,
    /// What was left out of them or changed.
    pub notices: Vec<Notice>,
}

impl Client {
    /// The requests for a reply.
    pub(crate) fn unsent_requests(&self, request: &ChatRequest, remote: &Remote) -> Result<UnsentRequests, Error> {
        let open = self.inner.protocol.open(request, remote);
        let stand_in = Remote {
            chat_id: Some(NEW_CHAT.to_owned()),
            parent_id: None,
        };
        let remote = if open.is_some() { &stand_in } else { remote };
        let prepared = self.inner.protocol.chat(request, remote)?;
        Ok(UnsentRequests {
            open,
            chat: prepared.request,
            notices: prepared.notices,
        })
    }

    /// Has renewed credentials kept from here on. What `keep` says on failing is passed on in a notice.
    /// It is set once: later calls change nothing.
    pub fn keep_renewed(&self, keep: impl Fn(&Credentials) -> Result<(), String> + Send + Sync + 'static) {
        let _ = self.inner.credential_sink.set(CredentialSink(Box::new(keep)));
    }

    /// Makes sure of a token that has not ended, where that can be told: asks for a new one, or says that the old
    /// one is past. Does nothing where there is no such token.
    pub async fn renew(&self) -> Result<Option<Notice>, Error> {
        let Some(web) = &self.inner.web else {
            return Ok(None);
        };
        let _alone = self.inner.renewing.lock().await;
        let now = (SYSTEM.now_ms)() / 1000;
        let Some(end) = web.credentials().expires_at().filter(|end| *end <= now + MARGIN) else {
            return Ok(None);
        };
        if let Some(request) = web.renew() {
            return match self.renewed(&request).await {
                Ok(renewed) => Ok(self.take_renewed(web, &renewed)),
                Err(error) if error.kind() == ErrorKind::Authentication => Err(error),
                Err(error) => Ok(Some(Notice::TokenNotRenewed { error })),
            };
        }
        let is_new = end <= now && !self.inner.end_was_noticed.swap(true, Ordering::Relaxed);
        Ok(is_new.then(|| Notice::TokenEnded {
            at: UNIX_EPOCH + Duration::from_secs(end),
        }))
    }

    async fn renewed(&self, request: &HttpRequest) -> Result<Renewed, Error> {
        // Another host than that of the answers, so that an error names the right one.
        let accounts = base_url(&request.url)?;
        let http = Http::strict(&accounts, &self.inner.network, self.inner.http.log.clone())?;
        let (head, body) = self.call_at(&http, request).await?;
        Renewed::read(&head, &body).map_err(|error| self.masked(with_head(error, &head, &body)))
    }

    fn take_renewed(&self, web: &Web, renewed: &Renewed) -> Option<Notice> {
        web.take_renewed(renewed);
        let credentials = web.credentials();
        credentials
            .secrets()
            .iter()
            .for_each(|secret| self.inner.http.log.hide(secret));
        let kept = self
            .inner
            .credential_sink
            .get()
            .map_or(Ok(()), |credential_sink| credential_sink.0(&credentials));
        kept.err().map(|detail| Notice::TokenNotKept { detail })
    }

    /// Opens a chat.
    pub(crate) async fn open(&self, request: &HttpRequest) -> Result<Remote, Error> {
        let (head, body) = self.call(request).await?;
        self.inner
            .protocol
            .opened(&head, &body)
            .map_err(|error| with_head(error, &head, &body))
    }

    /// Tells the server that nobody listens any more, and waits a moment for it to hear.
    pub async fn stop(&self, remote: &Remote) {
        if let Some(request) = self.inner.protocol.stop(remote) {
            // Whoever leaves wants no error, and the server finds out by itself in the end.
            let _ = tokio::time::timeout(STOP, self.call(&request)).await;
        }
    }

    /// Takes the chat off the account's list. Nothing to do where there is none.
    pub async fn forget(&self, remote: &Remote) -> Result<(), Error> {
        let Some(request) = self.inner.protocol.forget(remote) else {
            return Ok(());
        };
        let (head, body) = tokio::time::timeout(FORGET, self.call(&request))
            .await
            .map_err(|_| slow())?
            .map_err(|error| self.masked(error))?;
        match self.inner.protocol.refusal(&head, &body) {
            // A chat that is gone is what was wanted.
            Some(error) if !self.inner.protocol.has_lost(&error) => Err(self.masked(with_head(error, &head, &body))),
            _ => Ok(()),
        }
    }

    /// Sends a small request and reads its reply whole, within the timeout.
    pub(crate) async fn call(&self, request: &HttpRequest) -> Result<(Head, Vec<u8>), Error> {
        self.call_at(&self.inner.http, request).await
    }

    async fn call_at(&self, http: &Http, request: &HttpRequest) -> Result<(Head, Vec<u8>), Error> {
        let exchange = async {
            let (head, response) = http.send(request).await?;
            let body = http.body(response).await?;
            Ok((head, body))
        };
        match self.inner.timeout {
            None => exchange.await,
            Some(timeout) => tokio::time::timeout(timeout, exchange).await.map_err(|_| slow())?,
        }
    }
}

/// The error of a small request whose reply did not come in time.
pub(crate) fn slow() -> Error {
    Error::new(TransportFailure::Silent { after: None }).retry(RetryClass::Transient)
}
