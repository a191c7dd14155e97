//! The events of a streamed reply, the same for every protocol.

use serde::{Deserialize, Serialize};

use super::notice::Notice;
use super::tool::ToolCall;
use super::usage::Usage;

/// An event of a reply. A later `Usage` replaces an earlier one; `Done` comes once, last.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The reply has begun: its model and request id.
    Started(Started),
    /// A delta of the text.
    Text(String),
    /// A delta of the thinking.
    Thinking(String),
    /// A title of the thinking that follows. It is not part of the reply.
    ThinkingTitle(String),
    /// Pages that the web search found, in addition to those of earlier events.
    Search(Vec<SearchResult>),
    /// The tokens counted so far, over all requests for this reply.
    Usage(Usage),
    /// A call of a tool, whole. Calls come after all of the text, once the server has ended the answer: of a call that
    /// is cut nothing is handed out.
    ToolCall(ToolCall),
    /// What the client did on its own: a retry, a resume, a parameter left out.
    Notice(Notice),
    /// The request was sent again and the reply starts over: the events before this one are void.
    Restarted,
    /// The reply is complete.
    Done(Finish),
}

impl Event {
    /// Applies `change` to every text of the server other than the reply itself: ids, names, titles and addresses of
    /// sources, finish reasons.
    #[must_use]
    pub(crate) fn map_texts(self, change: &dyn Fn(String) -> String) -> Event {
        match self {
            Event::Started(started) => Event::Started(Started {
                model: started.model.map(change),
                request_id: started.request_id.map(change),
                remote: Remote {
                    chat_id: started.remote.chat_id.map(change),
                    parent_id: started.remote.parent_id.map(change),
                },
            }),
            Event::ThinkingTitle(title) => Event::ThinkingTitle(change(title)),
            Event::Search(results) => {
                let changed = |result: SearchResult| SearchResult {
                    title: change(result.title),
                    url: change(result.url),
                    site: change(result.site),
                    ..result
                };
                Event::Search(results.into_iter().map(changed).collect())
            }
            Event::ToolCall(call) => Event::ToolCall(ToolCall {
                id: change(call.id),
                name: change(call.name),
                ..call
            }),
            Event::Notice(notice) => Event::Notice(notice.map_texts(change)),
            Event::Done(Finish::Other(word)) => Event::Done(Finish::Other(change(word))),
            same => same,
        }
    }
}

/// What a server states about itself at the start of a reply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Started {
    /// The model that answers.
    pub model: Option<String>,
    /// The id of the request, for inquiries at the provider.
    pub request_id: Option<String>,
    /// The handle to the conversation.
    pub remote: Remote,
}

/// The server's handle to a conversation, sent with the next turn. Empty for protocols that send the whole history
/// with each request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remote {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    /// The id of the chat.
    pub chat_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    /// The id of the last answer.
    pub parent_id: Option<String>,
}

impl Remote {
    /// Whether there is no conversation on the server.
    pub fn is_empty(&self) -> bool {
        self.chat_id.is_none() && self.parent_id.is_none()
    }
}

/// A source of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchResult {
    /// The title of the page.
    pub title: String,
    /// The URL of the page.
    pub url: String,
    /// The number of its citation in the text, from 1.
    pub index: u64,
    /// The site's name; empty when unknown.
    pub site: String,
}

/// The reason why a reply ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The answer has come to its end, or to a stop sequence.
    Stop,
    /// The token limit was reached.
    Length,
    /// The content filter stopped the answer.
    ContentFilter,
    /// The model calls tools and waits for their results.
    ToolCalls,
    /// The server gave no reason, and the body ended regularly.
    Unstated,
    /// Another reason, in the server's word.
    #[serde(untagged)]
    Other(String),
}

impl Finish {
    /// The word of OpenAI's API, or the server's own.
    pub fn as_str(&self) -> &str {
        match self {
            Finish::Stop => "stop",
            Finish::Length => "length",
            Finish::ContentFilter => "content_filter",
            Finish::ToolCalls => "tool_calls",
            Finish::Unstated => "unstated",
            Finish::Other(word) => word,
        }
    }

    /// The reason that [`Finish::as_str`] gives this word.
    pub fn from_word(word: &str) -> Finish {
        match word {
            "stop" => Finish::Stop,
            "length" => Finish::Length,
            "content_filter" => Finish::ContentFilter,
            "tool_calls" => Finish::ToolCalls,
            "unstated" => Finish::Unstated,
            other => Finish::Other(other.to_owned()),
        }
    }
}
