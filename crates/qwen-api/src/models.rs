//! Lists of models.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use crate::Client;
use crate::error::{Error, ErrorKind, TransportFailure};
use crate::notice::Notice;
use crate::price::PriceTier;
use crate::protocol::dashscope::DashScope;
use crate::protocol::{ChatProtocol, Head, HttpRequest, Model};
use crate::transport::attempt::{error_of_reply, with_head};
use crate::transport::http;
use crate::transport::retry::RetryPolicy;

/// The most pages of a list that are requested.
const MAX_PAGES: u32 = 50;
/// The time for the details of the models, without which a list is still useful.
const DETAILS_TIMEOUT: Duration = Duration::from_secs(5);

/// The result of one request for the list of models.
#[derive(Debug)]
pub struct Probe {
    /// The number of models on the first page; `None` where the server has no list.
    pub models: Result<Option<usize>, Error>,
    /// The time in its `Date` header.
    pub date: Option<SystemTime>,
    /// The time from the request to the end of the reply.
    pub time: Duration,
    /// The notice that it answered under another base URL.
    pub moved: Option<Notice>,
}

/// The time for a probe.
const PROBE_TIMEOUT: Duration = Duration::from_secs(15);

impl Client {
    /// Requests the list of models once, which shows whether the server is there and accepts the credential.
    pub async fn probe(&self) -> Probe {
        let begun = Instant::now();
        let (mut date, mut moved) = (None, None);
        let first_page = self.first_page(&mut date, &mut moved);
        let models = tokio::time::timeout(PROBE_TIMEOUT, first_page).await;
        let silence = || {
            Error::new(TransportFailure::Silent {
                after: Some(PROBE_TIMEOUT),
            })
        };
        Probe {
            models: models
                .unwrap_or_else(|_| Err(silence()))
                .map_err(|error| self.masked(error)),
            date,
            time: begun.elapsed(),
            moved,
        }
    }

    async fn first_page(
        &self,
        date: &mut Option<SystemTime>,
        moved: &mut Option<Notice>,
    ) -> Result<Option<usize>, Error> {
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

    /// The models as the server lists them; `None` where it has no list. `on_notice` is called before each retry.
    pub async fn listed_models(&self, on_notice: &(dyn Fn(Notice) + Sync)) -> Result<Option<Vec<Model>>, Error> {
        self.listed(&*self.inner.protocol, self.inner.policy, on_notice)
            .await
            .map_err(|error| self.masked(error))
    }

    /// The same, asked for once: a failure is not retried.
    pub async fn listed_models_once(&self) -> Result<Option<Vec<Model>>, Error> {
        self.listed(&*self.inner.protocol, RetryPolicy::never(), &|_| ())
            .await
            .map_err(|error| self.masked(error))
    }

    /// The models that the server lists, with the limits and prices that DashScope's native API states; `None` where the
    /// server has no list.
    pub async fn models(&self) -> Result<Option<Vec<Model>>, Error> {
        self.models_with_notices(&|_| ()).await
    }

    /// The same as [`models`](Client::models). `on_notice` is called before each retry.
    pub async fn models_with_notices(&self, on_notice: &(dyn Fn(Notice) + Sync)) -> Result<Option<Vec<Model>>, Error> {
        let Some(mut models) = self.listed_models(on_notice).await? else {
            return Ok(None);
        };
        if self.inner.endpoint.native_base.is_some()
            && let Some(native) = self.inner.endpoint.native()
        {
            let listed = self.listed(&native, RetryPolicy::never(), &|_| ());
            let details = tokio::time::timeout(DETAILS_TIMEOUT, listed).await;
            if let Ok(Ok(Some(details))) = details {
                enrich(&mut models, &details);
            }
        }
        Ok(Some(models))
    }

    /// The prices of a model per million tokens as the server lists them, in the currency of its region; `None` where the
    /// server has no such list, and none where it lists none for tokens. DashScope has one, beside its native API: on its
    /// own hosts, and where that API is the one that is spoken. Asked for once: a failure is not retried.
    pub async fn price_tiers(&self, model: &str) -> Result<Option<Vec<PriceTier>>, Error> {
        let Some(native) = self
            .inner
            .endpoint
            .native()
            .filter(|_| self.inner.endpoint.lists_prices())
        else {
            return Ok(None);
        };
        let request = native.prices(model);
        let asked = self.ask(&native, RetryPolicy::never(), &request, &|_| ()).await;
        match asked.map_err(|error| self.masked(error))? {
            Some(body) => DashScope::price_tiers(model, &body).map(Some),
            None => Ok(None),
        }
    }

    async fn listed(
        &self,
        protocol: &dyn ChatProtocol,
        policy: RetryPolicy,
        on_notice: &(dyn Fn(Notice) + Sync),
    ) -> Result<Option<Vec<Model>>, Error> {
        let mut models = Vec::new();
        let mut page = 1;
        while page <= MAX_PAGES {
            let Some(request) = protocol.models(page) else {
                return Ok(None);
            };
            let Some(body) = self.ask(protocol, policy, &request, on_notice).await? else {
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

    /// Sends a request and reads its reply whole, with retries. `None` where the server does not know the path.
    async fn ask(
        &self,
        protocol: &dyn ChatProtocol,
        policy: RetryPolicy,
        request: &HttpRequest,
        on_notice: &(dyn Fn(Notice) + Sync),
    ) -> Result<Option<Vec<u8>>, Error> {
        self.with_retries(policy, None, on_notice, || self.ask_once(protocol, request, on_notice))
            .await
    }

    /// Sends a small request, and a second time where the error shows that it belongs to another address; a notice where
    /// further requests go there too.
    pub(crate) async fn call_rerouted(
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
        on_notice: &(dyn Fn(Notice) + Sync),
    ) -> Result<Option<Vec<u8>>, Error> {
        let (head, body, notice) = self.call_rerouted(protocol, request).await?;
        notice.into_iter().for_each(on_notice);
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

/// Adds the details to the models that are listed.
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
