//! A protocol, as pure functions: requests out of values, events out of payloads.
//!
//! A [`ChatProtocol`] does no I/O and knows no clock, so a fixture is enough to test it and `--dry-run` costs nothing.
//! What a protocol needs beyond one request (opening a chat, stopping an answer, going on with a cut one) is a
//! request value too; `client` sends them all the same way.

mod common;
mod content;
pub mod dashscope;
mod errors;
mod finish_reason;
mod frames;
mod hosted_chats;
mod json;
mod malformed;
pub mod openai;
pub mod oss;
mod usage;
pub mod web;

pub use hosted_chats::{HostedChats, HostedFiles};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::secret::Secret;
use crate::{ChatRequest, Event, Finish, Notice, Remote};

/// A request before it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRequest {
    pub method: Method,
    /// Absolute.
    pub url: String,
    /// In sending order. `Content-Type` for a JSON body and `User-Agent` are added on the way out.
    pub headers: Vec<(String, HeaderValue)>,
    pub body: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// A request for an answer, and what was left out of it or changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    pub request: HttpRequest,
    pub notices: Vec<Notice>,
}

/// A header's value. A secret one carries the name of the variable it came from, which is shown in its place.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderValue {
    Plain(String),
    Secret {
        /// Stands before the secret: `Bearer `.
        prefix: &'static str,
        secret: Secret,
        /// `DASHSCOPE_API_KEY`: what `--dry-run=curl` writes as `$DASHSCOPE_API_KEY`.
        variable: String,
    },
}

/// The head of a reply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Head {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The media type without its parameters, in lower case; empty when there is none.
    pub fn content_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        let end = value.find(';').unwrap_or(value.len());
        value[..end].trim().to_ascii_lowercase()
    }
}

/// A model as a server lists it. What the server does not say is `None` or empty.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Model {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub owned_by: Option<String>,
    /// Tokens in all.
    pub context_window: Option<u64>,
    #[serde(rename = "max_input_tokens")]
    pub max_input: Option<u64>,
    #[serde(rename = "max_output_tokens")]
    pub max_output: Option<u64>,
    /// The most tokens it may think.
    #[serde(rename = "max_thinking_tokens")]
    pub max_thinking: Option<u64>,
    /// `text`, `image`, `audio`, `video`; empty when unknown.
    pub inputs: Vec<String>,
    /// What it makes, in the same words; empty when unknown. A model without `text` here does not chat.
    pub outputs: Vec<String>,
    pub thinking: Option<bool>,
    pub search: Option<bool>,
    /// Prices as the server words them, one a line: `input ¥0.8/M tokens (≤128K)`.
    pub prices: Vec<String>,
}

impl Model {
    /// Whether it can be talked to: it makes text, or does not say what it makes and has no name of those that turn
    /// text into numbers or sounds, or sounds into text.
    pub fn chats(&self) -> bool {
        const OTHERS: &[&str] = &[
            "embed", "rerank", "bge-", "gte-", "e5-", "minilm", "tts", "whisper", "kokoro",
        ];
        let id = self.id.to_ascii_lowercase();
        match self.outputs.as_slice() {
            [] => !OTHERS.iter().any(|part| id.contains(part)),
            outputs => outputs.iter().any(|output| output == "text"),
        }
    }

    /// The same with every text of the server as `change` makes it.
    pub(super) fn map_texts(self, change: &dyn Fn(String) -> String) -> Model {
        let each = |texts: Vec<String>| texts.into_iter().map(change).collect();
        Model {
            id: change(self.id),
            name: self.name.map(change),
            description: self.description.map(change),
            owned_by: self.owned_by.map(change),
            inputs: each(self.inputs),
            outputs: each(self.outputs),
            prices: each(self.prices),
            ..self
        }
    }
}

/// One page of a model list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelPage {
    pub models: Vec<Model>,
    /// The page to ask for next, if there is one.
    pub next: Option<u32>,
}

/// A protocol.
pub trait ChatProtocol: std::fmt::Debug + Send + Sync {
    /// The request for an answer. A parameter that the protocol has no place for is left out, with a notice.
    fn chat(&self, request: &ChatRequest, remote: &Remote) -> Result<Prepared, Error>;

    /// A decoder for one reply to such a request, whose head is `head`.
    fn decoder(&self, head: &Head) -> Box<dyn ReplyDecoder>;

    /// The error that a whole body is which is no stream; `None` when it is an answer.
    /// `head.status` may be 200. A status of 400 and more always gives an error.
    fn refusal(&self, head: &Head, body: &[u8]) -> Option<Error>;

    /// The chats and files that the server keeps for an account; `None` where every request holds its whole conversation.
    fn hosted(&self) -> Option<&dyn HostedChats> {
        None
    }

    /// The request that goes on with an answer cut after `so_far`; `None` where the protocol or the model cannot.
    fn resume(&self, request: &ChatRequest, so_far: &str) -> Option<HttpRequest> {
        let _ = (request, so_far);
        None
    }

    /// The one other way to send `sent`, where `error` shows that it went to the wrong place. Tried once.
    fn reroute(&self, sent: &HttpRequest, error: &Error) -> Option<HttpRequest> {
        let _ = (sent, error);
        None
    }

    /// Notes that `sent`, a request that `reroute` returned, was answered. All requests go that way from here on where
    /// there is a notice of it.
    fn settle(&self, sent: &HttpRequest) -> Option<Notice> {
        let _ = sent;
        None
    }

    /// The request for a page of the model list, the first being 1. `None` where the protocol has no list.
    fn models(&self, page: u32) -> Option<HttpRequest>;

    /// Reads such a page.
    fn model_page(&self, page: u32, body: &[u8]) -> Result<ModelPage, Error>;
}

/// The decoder of one reply, fed payload by payload.
pub trait ReplyDecoder: Send {
    /// Takes one payload of the stream, or the whole body of a reply that is none, and appends its events:
    /// anything but `Event::Done`, which the stream makes from what `end` returns.
    fn payload(&mut self, payload: &[u8], events: &mut Vec<Event>) -> Result<ReplyState, Error>;

    /// Nothing more will come. `clean` says that the body ended as HTTP says it should, rather than by a broken
    /// transfer. Returns why the answer ended, or `None` when it was cut. May append what was held back.
    fn end(&mut self, clean: bool, events: &mut Vec<Event>) -> Option<Finish>;

    /// Asked once `end` returned `None`: the error that this end is, where it is more than a cut.
    fn failed_end(&self, clean: bool) -> Option<Error> {
        let _ = clean;
        None
    }
}

/// Whether more is to be expected after a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyState {
    More,
    /// The text is whole: its finish reason came. Only the usage and the end mark may follow.
    Finished,
    /// The protocol's own end mark came; the rest of the body need not be waited for.
    Whole,
}
