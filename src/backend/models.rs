//! The models a provider lists.

use std::time::{Duration, Instant, SystemTime};

use super::Backend;
use super::http::{self, Fault};
use super::retry::{Decision, Tried, decide};
use super::stream::refused;
use super::wire::{HttpRequest, Model};
use crate::error::{Failure, Kind};

/// The most pages that are asked for.
const MOST_PAGES: u32 = 50;

impl Backend {
    /// The server's list; `None` where the server has none.
    pub async fn models(&self) -> Result<Option<Vec<Model>>, Failure> {
        let mut models = Vec::new();
        let mut page = 1;
        while page <= MOST_PAGES {
            let Some(request) = self.wire.models(page) else {
                return Ok(None);
            };
            let (status, body) = match self.ask(&request).await {
                Ok(found) => found,
                Err(fault) => return Err(self.masked(fault).failure),
            };
            if matches!(status, 404 | 405 | 501) {
                return Ok(None);
            }
            let read = self
                .wire
                .model_page(page, &body)
                .map_err(|refusal| refusal.into_failure())?;
            models.extend(read.models);
            match read.next {
                Some(next) if next > page => page = next,
                _ => break,
            }
        }
        Ok(Some(models))
    }

    /// Sends a small request and reads its reply whole, trying again where that can help. The status is 200, or
    /// one that says the path does not exist.
    async fn ask(&self, request: &HttpRequest) -> Result<(u16, Vec<u8>), Fault> {
        let mut tried = Tried::default();
        loop {
            let fault = match self.ask_once(request).await {
                Ok(found) => return Ok(found),
                Err(fault) => fault,
            };
            match decide(self.policy, tried, fault.retry, fault.retry_after, 0.5) {
                Decision::Wait(wait) => tokio::time::sleep(wait).await,
                Decision::GiveUp | Decision::TooLong(_) => return Err(fault),
            }
            tried.retries += 1;
        }
    }

    async fn ask_once(&self, request: &HttpRequest) -> Result<(u16, Vec<u8>), Fault> {
        let exchange = async {
            let (head, response) = self.http.send(request).await?;
            let body = self.http.body(response).await?;
            Ok::<_, Fault>((head, body))
        };
        let (head, body) = match self.timeout {
            None => exchange.await?,
            Some(timeout) => tokio::time::timeout_at((Instant::now() + timeout).into(), exchange)
                .await
                .map_err(|_| Fault::network("the server was silent for too long", super::wire::Retry::Soon))??,
        };
        match head.status {
            200 | 405 | 501 => Ok((head.status, body)),
            404 if self
                .wire
                .refusal(&head, &body)
                .is_none_or(|refusal| refusal.kind == Kind::Refused) =>
            {
                Ok((404, body))
            }
            _ => {
                let mut fault = refused(&*self.wire, &head, &body);
                fault.retry_after = http::retry_after(&head, SystemTime::now());
                Err(fault)
            }
        }
    }

    /// How long a lookup of the model list may take when it only serves to mend an error message.
    pub const LOOKUP: Duration = Duration::from_secs(3);
}
