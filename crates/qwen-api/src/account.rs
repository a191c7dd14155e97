//! What the account of a web site needs beside answers: a token that has not ended, a chat to be opened, stopped and
//! forgotten.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use tokio::sync::Mutex;

use crate::client::{Client, base_url};
use crate::error::{Error, ErrorKind, RetryClass, TransportFailure};
use crate::notice::Notice;
use crate::protocol::web::Credentials;
use crate::protocol::{Head, HostedChats, HttpRequest};
use crate::system;
use crate::transport::attempt::with_head;
use crate::transport::http::Http;
use crate::{ChatRequest, Remote};

/// A token that ends so soon is renewed, since a turn is more than one request.
const MARGIN: u64 = 30;
/// How long the request that stops an answer may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);
/// How long deleting a chat may take.
const FORGET_TIMEOUT: Duration = Duration::from_secs(5);
/// The chat that is still to be opened, in a request that is only shown or checked.
const NEW_CHAT: &str = "NEW-CHAT";

type Keep = dyn Fn(&Credentials) -> Result<(), String> + Send + Sync;

/// Keeps renewed credentials for the next run.
pub(crate) struct CredentialSink(Box<Keep>);

impl fmt::Debug for CredentialSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialSink")
    }
}

/// What a client knows of an account's credentials.
#[derive(Debug, Default)]
pub(crate) struct AccountState {
    /// Where renewed credentials are kept for the next run.
    credential_sink: Option<CredentialSink>,
    /// Held while the token is renewed: what it is renewed with may be good for once only.
    renewing: Mutex<()>,
    /// The notice that the token has ended was given.
    has_noticed_end: AtomicBool,
}

impl CredentialSink {
    pub(crate) fn new(keep: impl Fn(&Credentials) -> Result<(), String> + Send + Sync + 'static) -> CredentialSink {
        CredentialSink(Box::new(keep))
    }
}

impl AccountState {
    pub(crate) fn new(credential_sink: Option<CredentialSink>) -> AccountState {
        AccountState {
            credential_sink,
            ..AccountState::default()
        }
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
        let open = self.hosted().and_then(|chats| chats.open(request, remote));
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

    fn hosted(&self) -> Option<&dyn HostedChats> {
        self.inner.protocol.hosted()
    }

    /// Makes sure of a token that has not ended, where the credentials say when it does: asks for a new one, or returns
    /// the notice that it has ended. Does nothing where there is no account.
    pub async fn renew(&self) -> Result<Option<Notice>, Error> {
        let Some(chats) = self.hosted() else {
            return Ok(None);
        };
        let account = &self.inner.account;
        let _guard = account.renewing.lock().await;
        let now = system::now_ms() / 1000;
        let Some(end) = chats.credentials().expires_at().filter(|end| *end <= now + MARGIN) else {
            return Ok(None);
        };
        if let Some(request) = chats.renew() {
            return match self.send_renewal(chats, &request).await {
                Ok(()) => Ok(self.keep_credentials(&chats.credentials())),
                Err(error) if error.kind() == ErrorKind::Authentication => Err(error),
                Err(error) => Ok(Some(Notice::TokenNotRenewed { error })),
            };
        }
        let is_new = end <= now && !account.has_noticed_end.swap(true, Ordering::Relaxed);
        Ok(is_new.then(|| Notice::TokenEnded {
            at: UNIX_EPOCH + Duration::from_secs(end),
        }))
    }

    async fn send_renewal(&self, chats: &dyn HostedChats, request: &HttpRequest) -> Result<(), Error> {
        // Another host than that of the chats, so that an error names the right one.
        let accounts = base_url(&request.url)?;
        let http = Http::strict(&accounts, &self.inner.network, self.inner.http.log.clone())?;
        let (head, body) = self.call_at(&http, request).await?;
        chats
            .renewed(&head, &body)
            .map_err(|error| self.masked(with_head(error, &head, &body)))
    }

    /// Has the new credentials masked and kept; a notice where they could not be kept.
    fn keep_credentials(&self, credentials: &Credentials) -> Option<Notice> {
        for secret in credentials.secrets() {
            self.inner.http.log.hide(&secret);
        }
        let sink = self.inner.account.credential_sink.as_ref()?;
        sink.0(credentials).err().map(|detail| Notice::TokenNotKept { detail })
    }

    /// Opens a chat.
    pub(crate) async fn open(&self, request: &HttpRequest) -> Result<Remote, Error> {
        let (head, body) = self.call(request).await?;
        let opened = self
            .hosted()
            .map_or(Ok(Remote::default()), |chats| chats.opened(&head, &body));
        opened.map_err(|error| with_head(error, &head, &body))
    }

    /// Stops the answer that the server still writes, and waits a moment for the server to hear of it. Does nothing where
    /// the server stops by itself when the connection ends.
    pub async fn stop(&self, remote: &Remote) {
        if let Some(request) = self.hosted().and_then(|chats| chats.stop(remote)) {
            // A failure does no harm: the answer ends by itself.
            let _ = tokio::time::timeout(STOP_TIMEOUT, self.call(&request)).await;
        }
    }

    /// Deletes a chat from the account's list. Does nothing where the server keeps none.
    pub async fn forget(&self, remote: &Remote) -> Result<(), Error> {
        let Some(chats) = self.hosted() else {
            return Ok(());
        };
        let Some(request) = chats.forget(remote) else {
            return Ok(());
        };
        let (head, body) = tokio::time::timeout(FORGET_TIMEOUT, self.call(&request))
            .await
            .map_err(|_| slow())?
            .map_err(|error| self.masked(error))?;
        match self.inner.protocol.refusal(&head, &body) {
            // A chat that is gone already is no failure.
            Some(error) if !chats.has_lost(&error) => Err(self.masked(with_head(error, &head, &body))),
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
