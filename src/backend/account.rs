//! What the account of a web site needs beside answers: a token that has not ended, a chat to be opened, stopped and
//! forgotten.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use url::Url;

use super::Backend;
use super::endpoint::World;
use super::http::{Fault, Http};
use super::stream::no;
use super::wire::web::{Credentials, Renewed, Web};
use super::wire::{Head, HttpRequest, Retry};
use crate::chat::{ChatRequest, Remote};
use crate::error::{Failure, Kind};
use crate::text::words::Words;
use crate::words;

/// A token that ends so soon is renewed, since a turn is more than one request.
const MARGIN: u64 = 30;
/// How long the end of the program waits until the server has heard that nobody listens.
const STOP: Duration = Duration::from_secs(1);
/// How long deleting a chat may take.
const FORGET: Duration = Duration::from_secs(5);
/// The chat that is still to be opened, in a request that is only shown or checked.
const NEW_CHAT: &str = "NEW-CHAT";

/// The process's own clock and ids.
pub(super) const WORLD: World = World {
    now_ms: || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or_default()
    },
    new_id: || uuid::Uuid::new_v4().to_string(),
};

type Keep = dyn Fn(&Credentials) -> Result<(), Failure>;

/// Keeps renewed credentials for the next run.
pub(super) struct Keeper(Box<Keep>);

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeper")
    }
}

/// The requests of one answer.
#[derive(Debug)]
pub struct Requests {
    /// What comes first, where there is no chat yet.
    pub open: Option<HttpRequest>,
    /// Names a stand-in while the chat is to be opened.
    pub chat: HttpRequest,
}

impl Backend {
    /// What is to be sent for an answer. What cannot be asked for is told in `notices`.
    pub fn requests(
        &self,
        request: &ChatRequest,
        remote: &Remote,
        notices: &mut Vec<Words>,
    ) -> Result<Requests, Failure> {
        let open = self.wire.open(request, remote);
        let chat = match &open {
            None => self.wire.chat(request, remote, notices)?,
            Some(_) => {
                let stand_in = Remote {
                    chat_id: Some(NEW_CHAT.to_owned()),
                    parent_id: None,
                };
                self.wire.chat(request, &stand_in, notices)?
            }
        };
        Ok(Requests { open, chat })
    }

    /// Has renewed credentials kept from here on.
    pub fn keep_renewed(&mut self, keep: impl Fn(&Credentials) -> Result<(), Failure> + 'static) {
        self.keeper = Some(Keeper(Box::new(keep)));
    }

    /// Makes sure of a token that has not ended, where that can be told: asks for a new one, or says that the old
    /// one is past. Does nothing where there is no such token.
    pub async fn renew(&self, notices: &mut Vec<Words>) -> Result<(), Failure> {
        let Some(web) = &self.web else {
            return Ok(());
        };
        let _alone = self.renewing.lock().await;
        let now = (WORLD.now_ms)() / 1000;
        let Some(end) = web.credentials().expires_at().filter(|end| *end <= now + MARGIN) else {
            return Ok(());
        };
        if let Some(request) = web.renew() {
            match self.renewed(web, &request).await {
                Ok(renewed) => self.take_renewed(web, &renewed, notices),
                Err(fault) if fault.failure.kind == Kind::Auth => return Err(fault.failure),
                Err(fault) => notices.push(words!("the token could not be renewed: {}", fault.failure)),
            }
        } else if end <= now && !self.has_told_end.replace(true) {
            notices.push(words!(
                "the token ended on {}, so the site will hardly take it: copy it again (`qwen auth login -p web`)",
                date(end)
            ));
        }
        Ok(())
    }

    async fn renewed(&self, web: &Web, request: &HttpRequest) -> Result<Renewed, Fault> {
        // Another host than that of the answers, so that an error names the right one.
        let accounts = Url::parse(&request.url)
            .map_err(|error| Fault::fatal(Failure::usage(Words::foreign(error.to_string()))))?;
        let http = Http::strict(&accounts, &self.network, self.http.log.clone()).map_err(Fault::fatal)?;
        let (head, body) = self.call_at(&http, request).await?;
        Renewed::read(&head, &body).map_err(|refusal| self.masked(no(web, refusal, &head)))
    }

    fn take_renewed(&self, web: &Web, renewed: &Renewed, notices: &mut Vec<Words>) {
        web.take_renewed(renewed);
        let credentials = web.credentials();
        credentials
            .secrets()
            .iter()
            .for_each(|secret| self.http.log.hide(secret));
        let kept = self.keeper.as_ref().map_or(Ok(()), |keeper| keeper.0(&credentials));
        if let Err(failure) = kept {
            notices.push(words!("the renewed token is not kept: {}", failure));
        }
    }

    /// Opens a chat.
    pub(super) async fn open(&self, request: &HttpRequest) -> Result<Remote, Fault> {
        let (head, body) = self.call(request).await?;
        self.wire
            .opened(&head, &body)
            .map_err(|refusal| no(&*self.wire, refusal, &head))
    }

    /// Tells the server that nobody listens any more, and waits a moment for it to hear.
    pub async fn stop(&self, remote: &Remote) {
        if let Some(request) = self.wire.stop(remote) {
            // Whoever leaves wants no error, and the server finds out by itself in the end.
            let _ = tokio::time::timeout(STOP, self.call(&request)).await;
        }
    }

    /// Takes the chat off the account's list. Nothing to do where there is none.
    pub async fn forget(&self, remote: &Remote) -> Result<(), Failure> {
        let Some(request) = self.wire.forget(remote) else {
            return Ok(());
        };
        let slow = || Failure::new(Kind::Network, words!("the server was silent for too long"));
        let (head, body) = tokio::time::timeout(FORGET, self.call(&request))
            .await
            .map_err(|_| slow())?
            .map_err(|fault| self.masked(fault).failure)?;
        match self.wire.refusal(&head, &body) {
            // A chat that is gone is what was wanted.
            Some(refusal) if !self.wire.has_lost(&refusal) => Err(self.masked(no(&*self.wire, refusal, &head)).failure),
            _ => Ok(()),
        }
    }

    /// Sends a small request and reads its reply whole, within the timeout.
    pub(super) async fn call(&self, request: &HttpRequest) -> Result<(Head, Vec<u8>), Fault> {
        self.call_at(&self.http, request).await
    }

    async fn call_at(&self, http: &Http, request: &HttpRequest) -> Result<(Head, Vec<u8>), Fault> {
        let exchange = async {
            let (head, response) = http.send(request).await?;
            let body = http.body(response).await?;
            Ok((head, body))
        };
        match self.timeout {
            None => exchange.await,
            Some(timeout) => tokio::time::timeout(timeout, exchange)
                .await
                .map_err(|_| Fault::network(words!("the server was silent for too long"), Retry::Soon))?,
        }
    }
}

/// A moment as a person reads it.
fn date(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map(|moment| moment.strftime("%Y-%m-%d at %H:%M UTC").to_string())
        .unwrap_or_default()
}
