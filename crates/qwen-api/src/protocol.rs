//! Protocols as pure functions: HTTP requests out of values, events out of payloads.
//!
//! A [`ChatProtocol`] does no I/O, so that a fixture is enough to test it and a request can be shown without being sent.
//! What a protocol needs beyond one request (opening a chat, stopping an answer, resuming a cut one) is a request value
//! too; the [`Client`](crate::Client) sends them all the same way.

mod content;
pub(crate) mod dashscope;
mod errors;
mod finish_reason;
mod frames;
mod hosted_chats;
mod images;
mod json;
mod malformed;
pub(crate) mod openai;
pub(crate) mod oss;
mod request_parts;
mod tasks;
#[cfg(test)]
mod tests;
mod tool_calls;
mod usage;
pub(crate) mod web;

pub(crate) use hosted_chats::{HostedChats, HostedFiles};
pub(crate) use images::{ImageOutcome, ImageProtocol};
use serde::{Deserialize, Serialize};
pub(crate) use tasks::TaskOutcome;
pub(crate) use usage::usage as token_counts;

use crate::embeddings::EmbeddingRequest;
use crate::error::Error;
use crate::price::PriceList;
use crate::request_body::RequestBody;
use crate::secret::Secret;
use crate::{ChatRequest, Event, Finish, Notice, Remote};

/// An HTTP request, not sent yet.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Absolute.
    pub url: String,
    /// In sending order. `Content-Type` for a JSON body and `User-Agent` are added on the way out.
    pub headers: Vec<(String, HeaderValue)>,
    /// A JSON body, if there is one.
    pub body: Option<RequestBody>,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `DELETE`.
    Delete,
}

impl Method {
    /// The method as HTTP writes it: `GET`.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// The HTTP request that a chat request makes, and the notices of what was left out of it or changed.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedRequest {
    /// The request.
    pub request: HttpRequest,
    /// What was left out of it or changed.
    pub notices: Vec<Notice>,
}

/// A header's value. A secret one carries the name of the variable it came from, which is shown in its place.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderValue {
    /// A value that may be shown.
    Plain(String),
    /// A value that is never shown.
    Secret {
        /// Stands before the secret: `Bearer `.
        prefix: &'static str,
        /// The secret.
        secret: Secret,
        /// `DASHSCOPE_API_KEY`: written as `$DASHSCOPE_API_KEY` where a request is shown as a shell command.
        variable: String,
    },
}

/// The head of an HTTP response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The first value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The media type without its parameters, in lower case; empty without one.
    pub fn content_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        let end = value.find(';').unwrap_or(value.len());
        value[..end].trim().to_ascii_lowercase()
    }
}

/// Whether a model thinks before it answers.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ThinkingMode {
    /// It cannot.
    Never,
    /// Where the request asks for it.
    OnRequest,
    /// Unless the request says otherwise.
    ByDefault,
    /// Whatever the request says.
    Always,
}

/// How far a model can be held to JSON.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonMode {
    /// It cannot.
    Unsupported,
    /// To some JSON object.
    Object,
    /// To a schema.
    Schema,
}

/// A model as a server lists it, or as the [`catalog`](crate::catalog) knows it. What is not known is `None` or empty.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Model {
    /// The id, which requests name.
    pub id: String,
    /// A name to show.
    pub name: Option<String>,
    /// What the server says about it.
    pub description: Option<String>,
    /// Who made it.
    pub owned_by: Option<String>,
    /// Tokens in all.
    pub context_window: Option<u64>,
    /// The limit of the input, in tokens.
    #[serde(rename = "max_input_tokens")]
    pub max_input: Option<u64>,
    /// The limit of the answer, in tokens.
    #[serde(rename = "max_output_tokens")]
    pub max_output: Option<u64>,
    /// The most tokens it may think.
    #[serde(rename = "max_thinking_tokens")]
    pub max_thinking: Option<u64>,
    /// `text`, `image`, `audio`, `video`; empty when unknown.
    pub inputs: Vec<String>,
    /// What it makes, in the same words; empty when unknown. A model without `text` here does not chat.
    pub outputs: Vec<String>,
    /// Whether it can think before it answers.
    pub thinking: Option<bool>,
    /// When it does.
    pub thinks: Option<ThinkingMode>,
    /// Whether it can search the web.
    pub search: Option<bool>,
    /// Whether it can call tools.
    pub tools: Option<bool>,
    /// How far it can be held to JSON.
    pub json: Option<JsonMode>,
    /// Whether it continues a reply that was begun (partial mode).
    pub partial: Option<bool>,
    /// Whether the batch service takes it.
    pub batch: Option<bool>,
    /// Prices as the server words them, one a line: `input ¥0.8/M tokens (≤128K)`.
    pub prices: Vec<String>,
    /// Prices that can be calculated with, a list for each currency.
    pub price_lists: Vec<PriceList>,
    /// The day on which it ended or will end: `2026-10-10`.
    pub retired: Option<String>,
    /// The model to ask in its place from then on.
    pub successor: Option<String>,
}

impl Model {
    /// Whether it can be talked to: it makes text, or does not say what it makes and has no name of those that turn
    /// text into numbers or sounds, or sounds into text.
    pub fn chats(&self) -> bool {
        const OTHERS: &[&str] = &[
            "embed", "rerank", "bge-", "gte-", "e5-", "minilm", "tts", "whisper", "kokoro",
        ];
        let id = self.id.to_ascii_lowercase();
        // Their text is what was said to them.
        let transcribes = id.contains("-asr");
        !transcribes
            && match self.outputs.as_slice() {
                [] => !OTHERS.iter().any(|part| id.contains(part)),
                outputs => outputs.iter().any(|output| output == "text"),
            }
    }

    /// The same, with what `other` knows where this one knows nothing. Prices are of one of them only, and the end of
    /// `other` is not that of a model that is listed.
    #[must_use]
    pub fn or_as_in(self, other: Model) -> Model {
        let list = |own: Vec<String>, other: Vec<String>| if own.is_empty() { other } else { own };
        let has_prices = !self.prices.is_empty() || !self.price_lists.is_empty();
        Model {
            name: self.name.or(other.name),
            description: self.description.or(other.description),
            owned_by: self.owned_by.or(other.owned_by),
            context_window: self.context_window.or(other.context_window),
            max_input: self.max_input.or(other.max_input),
            max_output: self.max_output.or(other.max_output),
            max_thinking: self.max_thinking.or(other.max_thinking),
            inputs: list(self.inputs, other.inputs),
            outputs: list(self.outputs, other.outputs),
            thinks: self.thinks.or(other.thinks.filter(|mode| {
                let can_think = *mode != ThinkingMode::Never;
                self.thinking.is_none_or(|thinking| thinking == can_think)
            })),
            thinking: self.thinking.or(other.thinking),
            search: self.search.or(other.search),
            tools: self.tools.or(other.tools),
            json: self.json.or(other.json),
            partial: self.partial.or(other.partial),
            batch: self.batch.or(other.batch),
            prices: if has_prices { self.prices } else { other.prices },
            price_lists: if has_prices {
                self.price_lists
            } else {
                other.price_lists
            },
            ..self
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
            retired: self.retired.map(change),
            successor: self.successor.map(change),
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

/// A protocol that models are reached by, with the address and the credential of one provider.
pub trait ChatProtocol: std::fmt::Debug + Send + Sync {
    /// The HTTP request for a chat request. A parameter that the protocol has no place for is left out, with a notice.
    fn chat(&self, request: &ChatRequest, remote: &Remote) -> Result<PreparedRequest, Error>;

    /// The decoder of one reply to such a request.
    fn decoder(&self, head: &Head) -> Box<dyn ReplyDecoder>;

    /// The error in a reply that is not a stream; `None` where the body is an answer. The status may be 200 in either
    /// case; one of 400 and more always gives an error.
    fn refusal(&self, head: &Head, body: &[u8]) -> Option<Error>;

    /// The chats and files that the server keeps for an account; `None` where every request holds its whole conversation.
    fn hosted(&self) -> Option<&dyn HostedChats> {
        None
    }

    /// The request that resumes an answer which was cut after `so_far`; `None` where the protocol or the model cannot.
    fn resume(&self, request: &ChatRequest, so_far: &str) -> Option<HttpRequest> {
        let _ = (request, so_far);
        None
    }

    /// The same request to another address, where `error` shows that `sent` went to the wrong one. Tried once.
    fn reroute(&self, sent: &HttpRequest, error: &Error) -> Option<HttpRequest> {
        let _ = (sent, error);
        None
    }

    /// Records that `sent`, which may be a request that `reroute` returned, was answered. Where that changes the address of
    /// further requests, the notice says so.
    fn confirm_route(&self, sent: &HttpRequest) -> Option<Notice> {
        let _ = sent;
        None
    }

    /// The request for a page of the model list, the first being 1. `None` where the protocol has no list.
    fn models(&self, page: u32) -> Option<HttpRequest>;

    /// The request for the vectors of `texts`, which are some of the request's; `None` where the protocol has none.
    fn embeddings(&self, request: &EmbeddingRequest, texts: &[String]) -> Option<HttpRequest> {
        let _ = (request, texts);
        None
    }

    /// The pictures that the protocol makes; `None` where it makes none.
    fn images(&self) -> Option<&dyn ImageProtocol> {
        None
    }

    /// The page in the body of the reply.
    fn model_page(&self, page: u32, body: &[u8]) -> Result<ModelPage, Error>;
}

/// The decoder of one reply, fed payload by payload.
pub trait ReplyDecoder: Send {
    /// Decodes one payload of the stream, or the whole body of a reply that is not a stream, and appends its events: any
    /// but [`Event::Done`], which is made of what `end` returns. An error after [`ReplyState::Finished`] takes nothing away
    /// from the answer, and the payloads after it are decoded as well.
    fn payload(&mut self, payload: &[u8], events: &mut Vec<Event>) -> Result<ReplyState, Error>;

    /// Ends the reply, and appends what was held back. `clean` says that the body ended as HTTP says it should, rather than
    /// by a broken transfer. Returns why the answer ended, or `None` where it was cut.
    fn end(&mut self, clean: bool, events: &mut Vec<Event>) -> Option<Finish>;

    /// The error of a reply whose `end` returned `None`, where it is more than a cut.
    fn failed_end(&self, clean: bool) -> Option<Error> {
        let _ = clean;
        None
    }
}

/// How far a reply is after a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyState {
    /// The text is not whole yet.
    More,
    /// The finish reason came, so that the text is whole. The usage, the end mark and a few last words may follow.
    Finished,
    /// The protocol's own end mark came; the rest of the body need not be waited for.
    Whole,
}
