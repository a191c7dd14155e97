//! The chat on a server that keeps chats: its token is renewed and the chat opened before the first message.

use std::sync::Arc;
use std::time::Duration;

use super::{ChatStream, Phase, UnsentRequests};
use crate::error::Error;
use crate::notice::Notice;
use crate::protocol::HttpRequest;
use crate::{Event, Remote, Started};

/// Where a stream stands with the server's chat. On a server that keeps no chats it stays empty.
#[derive(Debug, Default)]
pub(super) struct ChatState {
    /// The server's handle to the conversation.
    pub(super) remote: Remote,
    /// The request that opens a chat, if none is open yet.
    pub(super) open: Option<HttpRequest>,
    /// The token was looked at, and renewed where it had ended.
    is_renewed: bool,
    /// The server had lost the conversation once, and a new chat was begun.
    was_lost: bool,
}

impl ChatState {
    pub(super) fn at(remote: Remote) -> ChatState {
        ChatState {
            remote,
            ..ChatState::default()
        }
    }

    /// The handle of a chat that is open already.
    pub(super) fn known(&self) -> Option<&Remote> {
        (self.open.is_none() && !self.remote.is_empty()).then_some(&self.remote)
    }

    /// Whether the token is still to be looked at, which counts as done from here on.
    pub(super) fn begin_renewal(&mut self) -> bool {
        !std::mem::replace(&mut self.is_renewed, true)
    }

    /// Whether a new chat can take the place of one that the server has lost.
    pub(super) fn can_be_replaced(&self) -> bool {
        !self.was_lost && !self.remote.is_empty()
    }
}

impl ChatStream {
    /// Rebuilds the requests; returns their notices.
    pub(super) fn remake_requests(&mut self) -> Result<Vec<Notice>, Error> {
        let unsent = UnsentRequests::new(&self.client, &self.request, &self.conversation.remote)?;
        self.conversation.open = unsent.open;
        self.http_request = Some(Arc::new(unsent.chat));
        Ok(unsent.notices)
    }

    /// Has the message sent to the chat that was opened.
    pub(super) fn opened(&mut self, remote: Remote) -> Result<(), Error> {
        // Its notices were handed out with the first request.
        let prepared = self.client.inner.protocol.chat(&self.request, &remote)?;
        self.http_request = Some(Arc::new(prepared.request));
        self.queue.push_back(started(&remote));
        self.conversation.open = None;
        self.conversation.remote = remote;
        Ok(())
    }

    /// Has the whole conversation sent to a new chat, since the server lost the old one.
    pub(super) fn replace_chat(&mut self, error: Error) -> Result<(), Error> {
        self.conversation.was_lost = true;
        self.conversation.remote = Remote::default();
        let notices = self.remake_requests()?;
        self.phase = Phase::Idle { wait: Duration::ZERO };
        self.queue.push_back(Event::Notice(Notice::NewChat { error }));
        self.queue.extend(notices.into_iter().map(Event::Notice));
        Ok(())
    }
}

/// The event that hands out a conversation's handle.
pub(super) fn started(remote: &Remote) -> Event {
    Event::Started(Started {
        remote: remote.clone(),
        ..Started::default()
    })
}
