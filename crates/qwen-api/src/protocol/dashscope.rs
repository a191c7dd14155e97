//! DashScope's own generation API, which alone shows the sources of a search.
//!
//! Facts are those of Model Studio's pages "Qwen API via DashScope", "Web search" and "Models".

mod cumulative_text;
mod errors;
mod generation_decoder;
mod generation_request;
mod images;
mod model_list;
mod price_list;
mod tasks;
mod transcription;
pub(crate) mod upload;

pub(crate) use transcription::words as words_of_transcript;

#[cfg(test)]
pub(crate) use crate::catalog::GenerationPath;
#[cfg(test)]
pub(crate) use generation_request::path_for;

use serde_json::Value;

use super::errors::error_of_reply;
use super::frames::Frames;
use super::{
    ChatProtocol, Head, HeaderValue, HttpRequest, ImageProtocol, Method, ModelPage, PreparedRequest, ReplyDecoder,
    json, request_parts,
};
use crate::error::{Error, Service};
use crate::price::PriceTier;
use crate::secret::Secret;
use crate::{ChatRequest, Remote};

/// The protocol with the address and the credential it is spoken to.
#[derive(Debug)]
pub struct DashScope {
    /// The URL up to `/api/v1`, without a trailing slash.
    pub base_url: String,
    /// The key, and the name of the variable it came from.
    pub key: Option<(Secret, String)>,
    /// Further headers.
    pub headers: Vec<(String, HeaderValue)>,
}

impl DashScope {
    fn request(&self, method: Method, path: &str) -> HttpRequest {
        let url = format!("{}{path}", self.base_url);
        request_parts::bearer(method, url, self.key.as_ref(), &self.headers)
    }

    /// The request for the prices of a model.
    pub(crate) fn prices(&self, model: &str) -> HttpRequest {
        self.request(Method::Get, &price_list::path(model))
    }

    /// The prices of that model in the reply; none where it has no prices for tokens.
    pub(crate) fn price_tiers(model: &str, body: &[u8]) -> Result<Vec<PriceTier>, Error> {
        price_list::tiers(model, body)
    }
}

impl ChatProtocol for DashScope {
    fn chat(&self, request: &ChatRequest, _: &Remote) -> Result<PreparedRequest, Error> {
        self.generation(request, None)
    }

    fn decoder(&self, head: &Head) -> Box<dyn ReplyDecoder> {
        Box::new(Frames::new(
            Service::DashScope,
            generation_decoder::GenerationDecoder::new(head),
        ))
    }

    fn refusal(&self, head: &Head, body: &[u8]) -> Option<Error> {
        let is_answer = |value: Value| {
            value
                .pointer("/output/choices")
                .or(value.pointer("/output/text"))
                .is_some()
        };
        if head.status < 400 && json::read(body).is_some_and(is_answer) {
            return None;
        }
        error_of_reply(Service::DashScope, head, body)
    }

    /// Partial mode: the text so far is sent as the last message, which the model continues. It is not available with
    /// thinking, nor used for JSON, which is asked for again.
    fn resume(&self, request: &ChatRequest, so_far: &str) -> Option<HttpRequest> {
        if request.params.response_format.is_some() || so_far.is_empty() {
            return None;
        }
        self.generation(request, Some(so_far))
            .ok()
            .map(|prepared| prepared.request)
    }

    /// Each model is served on one of the two paths.
    fn reroute(&self, sent: &HttpRequest, error: &Error) -> Option<HttpRequest> {
        generation_request::on_other_path(sent).filter(|_| errors::is_wrong_path(error))
    }

    fn images(&self) -> Option<&dyn ImageProtocol> {
        Some(self)
    }

    fn models(&self, page: u32) -> Option<HttpRequest> {
        Some(self.request(
            Method::Get,
            &format!("/models?page_no={page}&page_size={}", model_list::PAGE_SIZE),
        ))
    }

    fn model_page(&self, page: u32, body: &[u8]) -> Result<ModelPage, Error> {
        model_list::page(page, body)
    }
}
