//! What an answer is made of while it arrives. Every protocol's stream is turned into these.

use serde::{Deserialize, Serialize};

use super::notice::Notice;
use super::tool::ToolCall;
use super::usage::Usage;

/// One thing that happened. `Usage` replaces what was there; `Done` comes once, last.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The server has begun: who answers, under which id.
    Started(Started),
    Text(String),
    Thinking(String),
    /// A heading over the thoughts that follow; shown, never stored.
    ThinkingTitle(String),
    /// Pages the model found. Later ones add to earlier ones.
    Search(Vec<SearchResult>),
    Usage(Usage),
    /// A call of a tool, whole. Calls come after all of the text, once the server has ended the answer: of a call that
    /// is cut nothing is handed out.
    ToolCall(ToolCall),
    /// Something that is no error and that the caller may want to know: a retry, a resume, a parameter left out.
    Notice(Notice),
    /// The answer is asked for again from its start, and the new one begins here: what was thought, found and said
    /// so far is void.
    Restarted,
    Done(Finish),
}

impl Event {
    /// The same with every text beside the answer and its thoughts as `change` makes it: what a server says of itself,
    /// of its sources and of the end.
    #[must_use]
    pub fn map_texts(self, change: &dyn Fn(String) -> String) -> Event {
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

/// What a server says of itself at the start of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Started {
    pub model: Option<String>,
    /// The id to quote to the server's owner.
    pub request_id: Option<String>,
    pub remote: Remote,
}

/// What a protocol wants handed back with the next turn, kept beside the answer.
/// Empty for protocols that send the whole history each time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remote {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
}

impl Remote {
    pub fn is_empty(&self) -> bool {
        self.chat_id.is_none() && self.parent_id.is_none()
    }
}

/// A page the answer rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchResult {
    pub title: String,
    pub url: String,
    /// The number that marks it in the text, from 1.
    pub index: u64,
    /// The site's name; empty when unknown.
    pub site: String,
}

/// Why an answer ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    Stop,
    /// The token limit was reached.
    Length,
    ContentFilter,
    /// The model calls tools and waits for their results.
    ToolCalls,
    /// The body ended whole but the server named no reason.
    Unstated,
    #[serde(untagged)]
    Other(String),
}

impl Finish {
    /// The word of the compatible API, or the server's own.
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
