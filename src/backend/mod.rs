//! Talking to a provider: one endpoint, one client, one protocol.

mod account;
pub mod answer;
pub mod discover;
pub mod endpoint;
mod fault;
pub mod http;
pub mod models;
mod near;
pub mod proxy;
pub mod retry;
pub mod roots;
pub mod sse;
pub mod stream;
pub mod table;
pub mod upload;
pub mod wire;

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Mutex;
use url::Url;

use self::account::{Keeper, Requests, WORLD};
pub use self::answer::Answer;
use self::endpoint::{Endpoint, Protocol};
use self::http::{Fault, Http, Network};
use self::retry::{Decision, Policy, Tried};
use self::wire::web::Web;
use self::wire::{HeaderValue, Wire};
use crate::chat::{ChatRequest, Event, Remote};
use crate::error::{Failure, Kind};
use crate::log::Log;
use crate::text::words::Words;
use crate::words;

/// A provider, ready to be asked.
#[derive(Debug)]
pub struct Backend {
    pub endpoint: Endpoint,
    pub wire: Rc<dyn Wire>,
    /// The same, where it is that of a web site.
    web: Option<Rc<Web>>,
    http: Http,
    /// For the hosts a reply may name.
    network: Network,
    policy: Policy,
    /// The silence allowed before and between payloads; `None` for any.
    timeout: Option<Duration>,
    keeper: Option<Keeper>,
    /// Held while the token is renewed: what it is renewed with may be good for once only.
    renewing: Mutex<()>,
    /// The user was told that the token has ended.
    has_told_end: Cell<bool>,
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
            .map_err(|error| Failure::usage(words!("the base URL is no URL: {}", error.to_string())))?;
        if let Some((secret, _)) = &endpoint.key {
            log.hide(secret);
        }
        for (_, value) in &endpoint.headers {
            if let HeaderValue::Secret { secret, .. } = value {
                log.hide(secret);
            }
        }
        for credentials in [&endpoint.account.credentials, &endpoint.account.given] {
            credentials.secrets().iter().for_each(|secret| log.hide(secret));
        }
        let http = match endpoint.protocol {
            Protocol::Web => Http::strict(&base, network, log)?,
            _ => Http::new(&base, network, log)?,
        };
        let (wire, web) = endpoint.wire(WORLD);
        Ok(Backend {
            http,
            network: network.clone(),
            wire,
            web,
            endpoint,
            policy,
            timeout,
            keeper: None,
            renewing: Mutex::new(()),
            has_told_end: Cell::new(false),
        })
    }

    /// An event without our own credential, which some servers say back beside the answer.
    fn masked_event(&self, event: Event) -> Event {
        event.map_texts(&|text| self.http.log.hidden(text))
    }

    /// A fault without it.
    fn masked(&self, mut fault: Fault) -> Fault {
        let log = &self.http.log;
        fault.failure.message = fault.failure.message.map_texts(&|text| log.hidden(text));
        fault.failure.code = fault.failure.code.map(|code| log.hidden(code));
        fault.failure.request_id = fault.failure.request_id.map(|id| log.hidden(id));
        fault
    }

    /// Whether to ask again after a fault, and after how long, which counts as tried then. A connection that broke or
    /// fell silent is not used for it: over HTTP/2 it would serve every further try.
    fn again(&self, policy: Policy, tried: &mut Tried, fault: &Fault) -> Decision {
        let jitter = RandomState::new().hash_one(0u8) as f64 / u64::MAX as f64;
        let decision = retry::decide(policy, *tried, fault.retry, fault.retry_after, jitter);
        if let Decision::Wait(wait) = decision {
            tried.add(fault.retry, wait);
            if fault.failure.kind == Kind::Network {
                self.http.reconnect();
            }
        }
        decision
    }

    /// The requests that [`Backend::answer`] would send first.
    pub fn first_requests(
        &self,
        request: ChatRequest,
        remote: &Remote,
        so_far: Option<&str>,
        notices: &mut Vec<Words>,
    ) -> Result<Requests, Failure> {
        Ok(self.answer(request, remote, so_far, notices)?.into_requests())
    }

    /// Asks for an answer, or for the rest of one of which there is `so_far`. Nothing is sent before the first
    /// event is pulled. What cannot be asked for is told in `notices`.
    pub fn answer(
        &self,
        request: ChatRequest,
        remote: &Remote,
        so_far: Option<&str>,
        notices: &mut Vec<Words>,
    ) -> Result<Answer<'_>, Failure> {
        Answer::new(self, request, remote, so_far, notices)
    }
}
