//! The requests that begin a reply, before they are sent.

use crate::error::Error;
use crate::protocol::HttpRequest;
use crate::{ChatRequest, Client, Notice, Remote};

/// The id that stands for a chat which is not open yet.
const NEW_CHAT: &str = "NEW-CHAT";

/// The requests that begin a reply, as [`ChatStream::into_requests`](crate::ChatStream::into_requests) shows them.
#[derive(Debug)]
pub struct UnsentRequests {
    /// The request that opens a chat first, where the server keeps chats and none is open.
    pub open: Option<HttpRequest>,
    /// The chat request. Before the chat is open it holds `NEW-CHAT` in place of the id.
    pub chat: HttpRequest,
    /// What was left out of the requests or changed.
    pub notices: Vec<Notice>,
}

impl UnsentRequests {
    /// Makes the requests for a reply in the conversation at `remote`.
    pub(super) fn new(client: &Client, request: &ChatRequest, remote: &Remote) -> Result<UnsentRequests, Error> {
        if let Some(protocol) = client.transcriber(&request.model) {
            let prepared = protocol.transcription(request)?;
            return Ok(UnsentRequests {
                open: None,
                chat: prepared.request,
                notices: prepared.notices,
            });
        }
        let open = client.hosted().and_then(|chats| chats.open(request, remote));
        let stand_in = Remote {
            chat_id: Some(NEW_CHAT.to_owned()),
            parent_id: None,
        };
        let remote = if open.is_some() { &stand_in } else { remote };
        let prepared = client.inner.protocol.chat(request, remote)?;
        Ok(UnsentRequests {
            open,
            chat: prepared.request,
            notices: prepared.notices,
        })
    }
}
