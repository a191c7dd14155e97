//! Talking to a provider: one endpoint, one client, one protocol.

pub mod answer;
pub mod discover;
pub mod endpoint;
pub mod http;
pub mod models;
pub mod retry;
mod seam;
pub mod sse;
pub mod stream;
pub mod table;
pub mod wire;

use std::time::Duration;

use url::Url;

pub use self::answer::Answer;
use self::endpoint::Endpoint;
use self::http::{Fault, Http, Network};
use self::retry::Policy;
use self::wire::{HeaderValue, Wire};
use crate::chat::{ChatRequest, Remote};
use crate::error::Failure;
use crate::log::Log;

/// A provider, ready to be asked.
pub struct Backend {
    pub endpoint: Endpoint,
    pub wire: Box<dyn Wire>,
    http: Http,
    policy: Policy,
    /// The silence allowed before and between payloads; `None` for any.
    timeout: Option<Duration>,
}

impl Backend {
    pub fn new(
        endpoint: Endpoint,
        network: &Network,
        policy: Policy,
        timeout: Option<Duration>,
        log: Log,
    ) -> Result<Backend, Failure> {
        let base = Url::parse(&endpoint.base_url)
            .map_err(|error| Failure::usage(format!("the base URL is no URL: {error}")))?;
        if let Some((secret, _)) = &endpoint.key {
            log.hide(secret);
        }
        for (_, value) in &endpoint.headers {
            if let HeaderValue::Secret { secret, .. } = value {
                log.hide(secret);
            }
        }
        Ok(Backend {
            http: Http::new(&base, network, log)?,
            wire: endpoint.wire(),
            endpoint,
            policy,
            timeout,
        })
    }

    /// A fault without our own credential, which some servers say back.
    fn masked(&self, mut fault: Fault) -> Fault {
        let log = &self.http.log;
        fault.failure.message = log.hidden(fault.failure.message);
        fault.failure.code = fault.failure.code.map(|code| log.hidden(code));
        fault.failure.request_id = fault.failure.request_id.map(|id| log.hidden(id));
        fault
    }

    /// The request that [`Backend::answer`] would send first.
    pub fn first_request(
        &self,
        request: ChatRequest,
        remote: &Remote,
        so_far: Option<&str>,
        notices: &mut Vec<String>,
    ) -> Result<wire::HttpRequest, Failure> {
        Ok(self.answer(request, remote, so_far, notices)?.into_request())
    }

    /// Asks for an answer, or for the rest of one of which there is `so_far`. Nothing is sent before the first
    /// event is pulled. What cannot be asked for is told in `notices`.
    pub fn answer(
        &self,
        request: ChatRequest,
        remote: &Remote,
        so_far: Option<&str>,
        notices: &mut Vec<String>,
    ) -> Result<Answer<'_>, Failure> {
        Answer::new(self, request, remote, so_far, notices)
    }
}
