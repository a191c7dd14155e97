//! OpenAI-compatible chat completions: DashScope's compatible mode and every local server.
//!
//! Facts are those of Model Studio's page "Qwen API via OpenAI Chat Completions".

mod batches;
mod call_text;
mod chat_decoder;
mod chat_request;
mod errors;
pub(crate) mod files;
mod images;
mod model_list;
mod think_tags;

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::errors::error_of_reply;
use super::frames::Frames;
use super::{
    ChatProtocol, Head, HeaderValue, HttpRequest, ImageProtocol, Method, ModelPage, PreparedRequest, ReplyDecoder,
    json, request_parts,
};
use crate::embeddings::{self, EmbeddingRequest};
use crate::error::{Error, Service};
use crate::secret::Secret;
use crate::{ChatRequest, Notice, Remote};

/// The dialect of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// DashScope in compatible mode.
    DashScope,
    /// Any other server, such as a local one.
    Generic,
}

impl Dialect {
    fn service(self) -> Service {
        match self {
            Dialect::DashScope => Service::DashScope,
            Dialect::Generic => Service::OpenAiCompatible,
        }
    }

    /// Replaces the cause of an error by one that only this dialect has.
    fn refine(self, error: Error) -> Error {
        match self {
            Dialect::DashScope => error,
            Dialect::Generic => errors::of_local_server(error),
        }
    }
}

/// The protocol with the address and the credential it is spoken to.
#[derive(Debug)]
pub struct OpenAi {
    /// The URL up to `/v1`, without a trailing slash.
    pub base_url: String,
    /// The key, and the name of the variable it came from.
    pub key: Option<(Secret, String)>,
    /// Further headers.
    pub headers: Vec<(String, HeaderValue)>,
    pub dialect: Dialect,
    /// The base URL lacks `/v1`, and the server has confirmed it.
    pub moved: AtomicBool,
}

impl OpenAi {
    /// The base URL with a version; `None` when it has one.
    fn with_version(&self) -> Option<String> {
        let path = self.base_url.split('/').skip(3);
        let is_version = |part: &str| {
            let digits = part.strip_prefix('v').unwrap_or_default();
            digits.starts_with(|c: char| c.is_ascii_digit())
        };
        if path.clone().any(is_version) {
            return None;
        }
        let is_bare_host = self.dialect == Dialect::DashScope && path.clone().next().is_none();
        let version = match is_bare_host && self.base_url.ends_with(".aliyuncs.com") {
            true => "/compatible-mode/v1",
            false => "/v1",
        };
        Some(format!("{}{version}", self.base_url))
    }

    fn request(&self, method: Method, path: &str) -> HttpRequest {
        let moved = self.with_version().filter(|_| self.moved.load(Ordering::Relaxed));
        let url = format!("{}{path}", moved.as_ref().unwrap_or(&self.base_url));
        request_parts::bearer(method, url, self.key.as_ref(), &self.headers)
    }
}

impl ChatProtocol for OpenAi {
    fn chat(&self, request: &ChatRequest, _: &Remote) -> Result<PreparedRequest, Error> {
        self.completion(request, None)
    }

    fn decoder(&self, head: &Head) -> Box<dyn ReplyDecoder> {
        Box::new(Frames::new(
            self.dialect.service(),
            chat_decoder::ChatDecoder::new(self.dialect, head),
        ))
    }

    fn refusal(&self, head: &Head, body: &[u8]) -> Option<Error> {
        let is_answer = |value: Value| value["choices"].as_array().is_some_and(|choices| !choices.is_empty());
        if head.status < 400 && json::read(body).is_some_and(is_answer) {
            return None;
        }
        let error = error_of_reply(self.dialect.service(), head, body)?;
        Some(self.dialect.refine(error))
    }

    /// Partial mode ("Partial mode" in the same documentation): the text so far is sent as the last message, which the
    /// model continues. It is not available with thinking, nor used for JSON, which is asked for again.
    fn resume(&self, request: &ChatRequest, so_far: &str) -> Option<HttpRequest> {
        if self.dialect != Dialect::DashScope || request.params.response_format.is_some() || so_far.is_empty() {
            return None;
        }
        self.completion(request, Some(so_far))
            .ok()
            .map(|prepared| prepared.request)
    }

    /// Adds `/v1` to the base URL, which users often omit.
    fn reroute(&self, sent: &HttpRequest, error: &Error) -> Option<HttpRequest> {
        if self.moved.load(Ordering::Relaxed) || !errors::is_unknown_path(sent, error) {
            return None;
        }
        let path = sent.url.strip_prefix(&self.base_url)?;
        Some(HttpRequest {
            url: format!("{}{path}", self.with_version()?),
            ..sent.clone()
        })
    }

    fn confirm_route(&self, sent: &HttpRequest) -> Option<Notice> {
        let moved = self.with_version().filter(|_| !self.moved.load(Ordering::Relaxed))?;
        if !sent.url.starts_with(&format!("{moved}/")) {
            return None;
        }
        self.moved.store(true, Ordering::Relaxed);
        Some(Notice::BaseUrlCorrected { url: moved })
    }

    fn models(&self, _: u32) -> Option<HttpRequest> {
        Some(self.request(Method::Get, "/models"))
    }

    fn embeddings(&self, request: &EmbeddingRequest, texts: &[String]) -> Option<HttpRequest> {
        let mut http = self.request(Method::Post, "/embeddings");
        http.body = Some(embeddings::body(request, texts).into());
        Some(http)
    }

    fn images(&self) -> Option<&dyn ImageProtocol> {
        Some(self)
    }

    fn model_page(&self, _: u32, body: &[u8]) -> Result<ModelPage, Error> {
        model_list::page(self.dialect.service(), body).map_err(|error| self.dialect.refine(error))
    }
}
