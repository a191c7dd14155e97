//! The models a provider lists.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use crate::Client;
use crate::error::{Error, ErrorKind, TransportFailure};
use crate::notice::Notice;
use crate::protocol::{ChatProtocol, Head, HttpRequest, Model};
use crate::transport::attempt::{error_of_reply, with_head};
use crate::transport::http;
use crate::transport::retry::RetryPolicy;

/// The most pages that are asked for.
const MOST_PAGES: u32 = 50;
/// How long the details may take, which are worth having but not worth waiting for.
const DETAILS: Duration = Duration::from_secs(5);

/// What one request for the list showed of the server.
#[derive(Debug)]
pub struct Probe {
    /// How many models it lists; `None` where it has no list.
    pub models: Result<Option<usize>, Error>,
    /// The time it says it is.
    pub date: Option<SystemTime>,
    /// From the request to the end of the reply.
    pub time: Duration,
    /// Where it answered instead of where it was asked.
    pub moved: Option<Notice>,
}

/// How long a look at the server may take.
const LOOK: Duration = Duration::from_secs(15);

impl Client {
    /// Asks for the list once, to see whether the server is there and takes the credential.
    pub async fn probe(&self) -> Probe {
        let begun = Instant::now();
        let (mut date, mut moved) = (None, None);
        let look = self.look(&mut date, &mut moved);
        let models = tokio::time::timeout(LOOK, look).await;
        let silence = || Error::new(TransportFailure::Silent { after: Some(LOOK) });
        Probe {
            models: models
                .unwrap_or_else(|_| Err(silence()))
                .map_err(|error| self.masked(error)),
            date,
            time: begun.elapsed(),
            moved,
        }
    }

    async fn look(&self, date: &mut Option<SystemTime>, moved: &mut Option<Notice>) -> Result<Option<usize>, Error> {
        let Some(request) = self.inner.protocol.models(1) else {
            return Ok(None);
        };
        let (head, body, notice) = self.call_rerouted(&*self.inner.protocol, &request).await?;
        *moved = notice;
        *date = http::date(&head);
        match head.status {
            200 => match self.inner.protocol.model_page(1, &body) {
                Ok(page) => Ok(Some(page.models.len())),
                Err(error) => Err(with_head(error, &head, &body)),
            },
            404 | 405 | 501 => Ok(None),
            _ => Err(error_of_reply(&*self.inner.protocol, &request, &head, &body)),
        }
    }

    /// The server's own list; `None` where it has none. `tell` hears of each wait for it.
    pub async fn listed_models(&self, tell: &(dyn Fn(Notice) + Sync)) -> Result<Option<Vec<Model>>, Error> {
        self.listed(&*self.inner.protocol, self.inner.policy, tell)
            .await
            .map_err(|error| self.masked(error))
    }

    /// The server's list, with what DashScope's native API knows of each; `None` where the server has no list.
    pub async fn models(&self, tell: &(dyn Fn(Notice) + Sync)) -> Result<Option<Vec<Model>>, Error> {
        let Some(mut models) = self.listed_models(tell).await? else {
            return Ok(None);
        };
        if self.inner.endpoint.native_base.is_some()
            && let Some(native) = self.inner.endpoint.native()
        {
            let listed = self.listed(&native, RetryPolicy::never(), &|_| ());
            let details = tokio::time::timeout(DETAILS, listed).await;
            // Without the details the list is still a list.
            if let Ok(Ok(Some(details))) = details {
                enrich(&mut models, &details);
            }
        }
        Ok(Some(models))
    }

    async fn listed(
        &self,
        protocol: &dyn ChatProtocol,
        policy: RetryPolicy,
        tell: &(dyn Fn(Notice) + Sync),
    ) -> Result<Option<Vec<Model>>, Error> {
        let mut models = Vec::new();
        let mut page = 1;
        while page <= MOST_PAGES {
            let Some(request) = protocol.models(page) else {
                return Ok(None);
            };
            let Some(body) = self.ask(protocol, policy, &request, tell).await? else {
                return Ok(None);
            };
            let read = protocol.model_page(page, &body)?;
            models.extend(
                read.models
                    .into_iter()
                    .map(|model| model.map_texts(&|text| self.inner.http.log.hidden(text))),
            );
            match read.next {
                Some(next) if next > page => page = next,
                _ => break,
            }
        }
        Ok(Some(models))
    }

    /// Sends a small request and reads its reply whole, trying again where that can help. `None`: the server knows
    /// no such path.
    async fn ask(
        &self,
        protocol: &dyn ChatProtocol,
        policy: RetryPolicy,
        request: &HttpRequest,
        tell: &(dyn Fn(Notice) + Sync),
    ) -> Result<Option<Vec<u8>>, Error> {
        self.with_retries(policy, None, tell, || self.ask_once(protocol, request, tell))
            .await
    }

    /// Sends a small request, and a second time where the error shows that it belongs to another address; a notice where
    /// further requests go there too.
    async fn call_rerouted(
        &self,
        protocol: &dyn ChatProtocol,
        request: &HttpRequest,
    ) -> Result<(Head, Vec<u8>, Option<Notice>), Error> {
        let (head, body) = self.call(request).await?;
        let refusal = protocol.refusal(&head, &body);
        let Some(other) = refusal.and_then(|error| protocol.reroute(request, &error)) else {
            return Ok((head, body, None));
        };
        let (head, body) = self.call(&other).await?;
        let is_answered = head.status == 200 && protocol.refusal(&head, &body).is_none();
        let notice = is_answered.then(|| protocol.confirm_route(&other)).flatten();
        Ok((head, body, notice))
    }

    async fn ask_once(
        &self,
        protocol: &dyn ChatProtocol,
        request: &HttpRequest,
        tell: &(dyn Fn(Notice) + Sync),
    ) -> Result<Option<Vec<u8>>, Error> {
        let (head, body, notice) = self.call_rerouted(protocol, request).await?;
        notice.into_iter().for_each(tell);
        let refusal = protocol.refusal(&head, &body);
        match (head.status, &refusal) {
            // The site of an account refuses with status 200 too.
            (200, Some(_)) if self.hosted().is_some() => Err(error_of_reply(protocol, request, &head, &body)),
            (200, _) => Ok(Some(body)),
            (405 | 501, _) => Ok(None),
            (404, refusal) if refusal.as_ref().is_none_or(|error| error.kind() == ErrorKind::NotFound) => Ok(None),
            _ => Err(error_of_reply(protocol, request, &head, &body)),
        }
    }
}

/// Adds what the details say of the models that are listed.
fn enrich(models: &mut [Model], details: &[Model]) {
    let details: HashMap<&str, &Model> = details.iter().map(|known| (known.id.as_str(), known)).collect();
    for model in models {
        if let Some(&known) = details.get(model.id.as_str()) {
            let owned_by = model.owned_by.take();
            *model = Model {
                owned_by: owned_by.or_else(|| known.owned_by.clone()),
                ..known.clone()
            };
        }
    }
}
