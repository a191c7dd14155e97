//! DashScope's own generation API, which alone shows the sources of a search.
//!
//! Facts are those of Model Studio's pages "Qwen API via DashScope", "Web search" and "Models".

mod grown;
mod models;
mod request;
mod stream;
pub mod upload;

pub use request::{Path, path_for};

use serde_json::Value;

use super::frames::Frames;
use super::{
    Decode, Head, HeaderValue, HttpRequest, Method, ModelPage, Refusal, Wire, common, json, refusal, senseless,
};
use crate::chat::{ChatRequest, Remote};
use crate::error::Failure;
use crate::secret::Secret;
use crate::text::words::Words;

/// The wire.
#[derive(Debug)]
pub struct DashScope {
    /// Up to and including `/api/v1`, without a slash at its end.
    pub base_url: String,
    /// The key, and the name of the variable it came from.
    pub key: Option<(Secret, String)>,
    /// Further headers of a provider from the config file.
    pub headers: Vec<(String, HeaderValue)>,
}

impl DashScope {
    fn request(&self, method: Method, path: &str) -> HttpRequest {
        let url = format!("{}{path}", self.base_url);
        common::bearer(method, url, self.key.as_ref(), &self.headers)
    }
}

impl Wire for DashScope {
    fn chat(&self, request: &ChatRequest, _: &Remote, notices: &mut Vec<Words>) -> Result<HttpRequest, Failure> {
        Ok(self.generation(request, None, notices))
    }

    fn decoder(&self, head: &Head) -> Box<dyn Decode> {
        Box::new(Frames::new(stream::Decoder::new(head)))
    }

    fn refusal(&self, head: &Head, body: &[u8]) -> Option<Refusal> {
        let is_answer = |value: Value| {
            value
                .pointer("/output/choices")
                .or(value.pointer("/output/text"))
                .is_some()
        };
        if head.status < 400 && json::read(body).is_some_and(is_answer) {
            return None;
        }
        match refusal::told(body) {
            Some(_) if head.status < 400 && body.trim_ascii().is_empty() => Some(senseless::nothing_came()),
            Some(told) => Some(refusal::refusal(head, told)),
            None if head.status >= 400 => Some(refusal::refusal(head, refusal::Told::default())),
            None => None,
        }
    }

    /// Partial mode: the text so far as the last message, which is not to be had while thinking. A JSON answer is
    /// asked again rather than gone on with.
    fn resume(&self, request: &ChatRequest, so_far: &str) -> Option<HttpRequest> {
        if request.params.format.is_some() || so_far.is_empty() {
            return None;
        }
        Some(self.generation(request, Some(so_far), &mut Vec::new()))
    }

    /// A model answers on one of the two paths and says "url error" on the other.
    fn reroute(&self, sent: &HttpRequest, refusal: &Refusal) -> Option<HttpRequest> {
        if refusal.status != 400 || !refusal.message.to_string().contains("url error") {
            return None;
        }
        request::on_other_path(sent)
    }

    fn models(&self, page: u32) -> Option<HttpRequest> {
        Some(self.request(
            Method::Get,
            &format!("/models?page_no={page}&page_size={}", models::PAGE_SIZE),
        ))
    }

    fn model_page(&self, page: u32, body: &[u8]) -> Result<ModelPage, Refusal> {
        models::page(page, body)
    }
}
