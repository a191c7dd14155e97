//! What an answer of a web site needs before it is asked for: a token that has not ended, and a chat to ask in.

use std::time::Duration;

use super::{ChatStream, State};
use crate::error::Error;
use crate::notice::Notice;
use crate::{Event, Remote, Started};

impl ChatStream<'_> {
    /// Does what comes before the request. An event is to be told before anything else is done.
    pub(super) async fn before_asking(&mut self) -> Result<Option<Event>, Error> {
        let client = self.client;
        if !self.is_renewed {
            self.is_renewed = true;
            self.renew().await?;
            if let Some(notice) = self.told.pop_front() {
                return Ok(Some(notice));
            }
        }
        if let Some(open) = &self.open {
            match client.open(open).await {
                Ok(remote) => {
                    // What there was to notice was told with the stand-in.
                    self.http_request = client.protocol.chat(&self.request, &remote)?.request;
                    self.open = None;
                    self.remote = remote;
                    return Ok(Some(begun(&self.remote)));
                }
                Err(error) => return self.recover(error),
            }
        }
        Ok(None)
    }

    /// Makes sure of a token that is good, and makes the requests anew where it is another.
    async fn renew(&mut self) -> Result<(), Error> {
        let Some(web) = &self.client.web else {
            return Ok(());
        };
        let before = web.credentials();
        let notice = self.client.renew().await?;
        if web.credentials() != before {
            self.ask_anew()?;
        }
        self.told.extend(notice.map(Event::Notice));
        Ok(())
    }

    /// Makes the requests anew; the notices of them.
    fn ask_anew(&mut self) -> Result<Vec<Notice>, Error> {
        let requests = self.client.requests(&self.request, &self.remote)?;
        self.open = requests.open;
        self.http_request = requests.chat;
        Ok(requests.notices)
    }

    /// The server lost the conversation: it is told there once more, in a new chat.
    pub(super) fn begin_again(&mut self, error: Error) -> Result<Event, Error> {
        self.was_lost = true;
        self.remote = Remote::default();
        let notices = self.ask_anew()?;
        self.state = State::Sending(Duration::ZERO);
        self.told.extend(notices.into_iter().map(Event::Notice));
        Ok(Event::Notice(Notice::NewChat { error }))
    }
}

/// Tells the handle a conversation has from here on.
pub(super) fn begun(remote: &Remote) -> Event {
    Event::Started(Started {
        remote: remote.clone(),
        ..Started::default()
    })
}
