//! The account on a server that keeps its chats: its token is renewed, and chats are opened, stopped and deleted.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use tokio::sync::Mutex;

use crate::Remote;
use crate::client::{Client, base_url, timed_out};
use crate::error::{Error, ErrorKind};
use crate::notice::Notice;
use crate::protocol::web::Credentials;
use crate::protocol::{HostedChats, HttpRequest};
use crate::system;
use crate::transport::attempt::with_head;
use crate::transport::http::Http;

/// The seconds before its end from which on a token is renewed, since a turn takes more than one request.
const RENEWAL_MARGIN: u64 = 30;
/// The most time that the request which stops an answer may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);
/// The most time that deleting a chat may take.
const FORGET_TIMEOUT: Duration = Duration::from_secs(5);

type Keep = dyn Fn(&Credentials) -> Result<(), String> + Send + Sync;

/// The caller's function that stores renewed credentials.
pub(crate) struct CredentialSink(Box<Keep>);

impl fmt::Debug for CredentialSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialSink")
    }
}

/// The state of an account that all clones of a client share.
#[derive(Debug, Default)]
pub(crate) struct AccountState {
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

impl Client {
    pub(crate) fn hosted(&self) -> Option<&dyn HostedChats> {
        self.inner.protocol.hosted()
    }

    /// Renews the account's token if it has expired or is about to. If it cannot be renewed, the notice says so, and
    /// requests are sent with the old one. Does nothing for a provider without an account, or a token that does not state
    /// its expiry.
    pub async fn renew(&self) -> Result<Option<Notice>, Error> {
        let Some(chats) = self.hosted() else {
            return Ok(None);
        };
        let account = &self.inner.account;
        let _guard = account.renewing.lock().await;
        let now = system::now_ms() / 1000;
        let Some(end) = chats
            .credentials()
            .expires_at()
            .filter(|end| *end <= now + RENEWAL_MARGIN)
        else {
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

    /// Stops the reply that the server is still writing, and waits briefly for the server to confirm. Does nothing for a
    /// server that stops by itself when the connection closes.
    pub async fn stop(&self, remote: &Remote) {
        if let Some(request) = self.hosted().and_then(|chats| chats.stop(remote)) {
            // A failure does no harm: the answer ends by itself.
            let _ = tokio::time::timeout(STOP_TIMEOUT, self.call(&request)).await;
        }
    }

    /// Deletes a chat from the account's list. Does nothing if the server keeps no chats.
    pub async fn forget(&self, remote: &Remote) -> Result<(), Error> {
        let Some(chats) = self.hosted() else {
            return Ok(());
        };
        let Some(request) = chats.forget(remote) else {
            return Ok(());
        };
        let (head, body) = tokio::time::timeout(FORGET_TIMEOUT, self.call(&request))
            .await
            .map_err(|_| timed_out())?
            .map_err(|error| self.masked(error))?;
        match self.inner.protocol.refusal(&head, &body) {
            // A chat that is gone already is no failure.
            Some(error) if !chats.has_lost(&error) => Err(self.masked(with_head(error, &head, &body))),
            _ => Ok(()),
        }
    }
}
