//! What an answer of a web site needs before it is asked for: a token that has not ended, and a chat to ask in.

use std::time::Duration;

use super::{Answer, State};
use crate::chat::{Event, Remote, Started};
use crate::error::Failure;
use crate::text::words::Words;
use crate::words;

impl Answer<'_> {
    /// Does what comes before the request. An event is to be told before anything else is done.
    pub(super) async fn before_asking(&mut self) -> Result<Option<Event>, Failure> {
        let backend = self.backend;
        if !self.is_renewed {
            self.is_renewed = true;
            self.renew().await?;
            if let Some(notice) = self.told.pop_front() {
                return Ok(Some(notice));
            }
        }
        if let Some(open) = &self.open {
            match backend.open(open).await {
                Ok(remote) => {
                    // What there was to notice was told with the stand-in.
                    self.http_request = backend.wire.chat(&self.request, &remote, &mut Vec::new())?;
                    self.open = None;
                    self.remote = remote;
                    return Ok(Some(begun(&self.remote)));
                }
                Err(fault) => return self.recover(fault),
            }
        }
        Ok(None)
    }

    /// Makes sure of a token that is good, and makes the requests anew where it is another.
    async fn renew(&mut self) -> Result<(), Failure> {
        let Some(web) = &self.backend.web else {
            return Ok(());
        };
        let before = web.credentials();
        let mut notices = Vec::new();
        self.backend.renew(&mut notices).await?;
        if web.credentials() != before {
            self.ask_anew(&mut Vec::new())?;
        }
        self.told.extend(notices.into_iter().map(Event::Notice));
        Ok(())
    }

    fn ask_anew(&mut self, notices: &mut Vec<Words>) -> Result<(), Failure> {
        let requests = self.backend.requests(&self.request, &self.remote, notices)?;
        self.open = requests.open;
        self.http_request = requests.chat;
        Ok(())
    }

    /// The server lost the conversation: it is told there once more, in a new chat.
    pub(super) fn begin_again(&mut self, why: &Failure) -> Result<Event, Failure> {
        self.was_lost = true;
        self.remote = Remote::default();
        let mut notices = Vec::new();
        self.ask_anew(&mut notices)?;
        self.state = State::Sending(Duration::ZERO);
        self.told.extend(notices.into_iter().map(Event::Notice));
        Ok(Event::Notice(words!("{}; it goes on in a new one", why)))
    }
}

/// Tells the handle a conversation has from here on.
pub(super) fn begun(remote: &Remote) -> Event {
    Event::Started(Started {
        remote: remote.clone(),
        ..Started::default()
    })
}
