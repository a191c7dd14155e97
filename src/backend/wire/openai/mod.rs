//! OpenAI-compatible chat completions: DashScope's compatible mode and every local server.
//!
//! Facts are those of Model Studio's page "Qwen API via OpenAI Chat Completions".

pub mod files;
mod local;
mod models;
mod request;
mod stream;
mod think;

use super::{Decode, Head, HeaderValue, HttpRequest, Method, ModelPage, Refusal, Wire, common, refusal, senseless};
use crate::chat::{ChatRequest, Remote};
use crate::error::Failure;
use crate::secret::Secret;
use crate::text::words::Words;

/// Which dialect the other side speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    DashScope,
    /// A server on the user's own machine, or any other that only claims to be compatible.
    Generic,
}

impl Dialect {
    fn refusal(self, refusal: Refusal) -> Refusal {
        match self {
            Dialect::DashScope => refusal,
            Dialect::Generic => local::refusal(refusal),
        }
    }
}

/// The wire.
#[derive(Debug)]
pub struct OpenAi {
    /// Up to and including `/v1`, without a slash at its end.
    pub base_url: String,
    /// The key, and the name of the variable it came from.
    pub key: Option<(Secret, String)>,
    /// Further headers of a provider from the config file.
    pub headers: Vec<(String, HeaderValue)>,
    pub dialect: Dialect,
}

impl OpenAi {
    fn request(&self, method: Method, path: &str) -> HttpRequest {
        let url = format!("{}{path}", self.base_url);
        common::bearer(method, url, self.key.as_ref(), &self.headers)
    }
}

impl Wire for OpenAi {
    fn chat(&self, request: &ChatRequest, _: &Remote, notices: &mut Vec<Words>) -> Result<HttpRequest, Failure> {
        Ok(self.completion(request, None, notices))
    }

    fn decoder(&self, head: &Head) -> Box<dyn Decode> {
        Box::new(stream::Decoder::new(self.dialect, head))
    }

    fn refusal(&self, head: &Head, body: &[u8]) -> Option<Refusal> {
        let refusal = match refusal::told(body) {
            Some(_) if head.status < 400 && body.trim_ascii().is_empty() => senseless::nothing_came(),
            Some(told) => refusal::refusal(head, told),
            None if head.status >= 400 => refusal::refusal(head, refusal::Told::default()),
            None => return None,
        };
        Some(self.dialect.refusal(refusal))
    }

    /// Partial mode ("Partial mode" in the same documentation): the text so far as the last message. It is not
    /// to be had while thinking, and a JSON answer is asked again rather than gone on with.
    fn resume(&self, request: &ChatRequest, so_far: &str) -> Option<HttpRequest> {
        if self.dialect != Dialect::DashScope || request.params.format.is_some() || so_far.is_empty() {
            return None;
        }
        Some(self.completion(request, Some(so_far), &mut Vec::new()))
    }

    fn models(&self, _: u32) -> Option<HttpRequest> {
        Some(self.request(Method::Get, "/models"))
    }

    fn model_page(&self, _: u32, body: &[u8]) -> Result<ModelPage, Refusal> {
        models::page(body).map_err(|refusal| self.dialect.refusal(refusal))
    }
}
