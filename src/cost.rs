//! What requests cost: by which prices, what they may cost, and where it is counted.

mod limits;
mod most;
mod prices;
mod reservation;

use std::path::PathBuf;

pub use limits::{CostLimits, MostCost};
pub use most::most;
use most::most_of_texts;
pub use prices::{Price, PriceLookup, PriceOrigin, Prices};
pub use reservation::Reservation;

use crate::config::Settings;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::messages::Context;
use crate::money::Cost;
use crate::store::{Store, UsageEntry};
use limits::LimitHints;
use qwen_api::{ChatRequest, Client, Decimal, EmbeddingRequest, PriceList, Usage};

/// A model of the table whose pictures have a known price, for hints.
const PRICED_IMAGE_MODEL: &str = "qwen-image-2.0";

/// What the requests to one provider cost. Copies of it share what they know of prices.
#[derive(Clone, Debug)]
pub struct Meter {
    pub prices: Prices,
    pub limits: CostLimits,
    /// The folder of the store.
    folder: PathBuf,
}

impl Meter {
    pub fn new(client: &Client, settings: &Settings) -> Meter {
        Meter {
            prices: Prices::new(client, settings),
            limits: CostLimits::new(settings),
            folder: settings.paths.data.clone(),
        }
    }

    /// Whether the request may be sent: it cannot cost more than the limits allow. The server is asked for the price where
    /// there is a limit, and waited for as [`PriceLookup::price`] does. `context` is that of hints. What is returned is kept until
    /// the request was counted.
    pub async fn allow(&self, request: &ChatRequest, context: &Context) -> Result<Reservation, Failure> {
        self.allow_one(&request.model, context, |list| most(request, list))
            .await
    }

    /// The same for a request for vectors.
    pub async fn allow_embeddings(
        &self,
        request: &EmbeddingRequest,
        context: &Context,
    ) -> Result<Reservation, Failure> {
        let most = |list: &PriceList| most_of_texts(&request.texts, list);
        self.allow_one(&request.model, context, most).await
    }

    async fn allow_one(
        &self,
        model: &str,
        context: &Context,
        most: impl FnOnce(&PriceList) -> Option<Decimal>,
    ) -> Result<Reservation, Failure> {
        if self.limits.is_none() || self.prices.is_free() {
            return Ok(Reservation::default());
        }
        let price = self.prices.begin(model).price().await;
        let most = price.and_then(|price| Some(price.of(most(&price.list)?)));
        self.check(&MostCost::of(model, most), &LimitHints::of_answer(context))
    }

    /// The same for all requests of a batch.
    pub fn allow_batch(&self, most: &MostCost, context: &Context) -> Result<(), Failure> {
        self.check(most, &LimitHints::of_batch(context)).map(drop)
    }

    /// The same for a request for so many pictures.
    pub fn allow_images(&self, model: &str, count: u32, context: &Context) -> Result<(), Failure> {
        if self.limits.is_none() || self.prices.is_free() {
            return Ok(());
        }
        let has_prices = self.image_cost(PRICED_IMAGE_MODEL, 1).is_some();
        let hints = LimitHints::of_images(has_prices.then_some(PRICED_IMAGE_MODEL), context);
        let most = MostCost::of(model, self.image_cost(model, count));
        self.check(&most, &hints).map(drop)
    }

    fn check(&self, most: &MostCost, hints: &LimitHints) -> Result<Reservation, Failure> {
        let currency = self.prices.currency;
        let spent =
            |since| Store::glance(&self.folder).map_or(Ok(Default::default()), |store| store.spent_since(since));
        self.limits.check(most, currency, spent, hints)
    }

    /// The cost of a usage; `None` where it or the price is not known. `is_summed` says that the usage is that of several
    /// requests, each of which has a price by its own length.
    pub fn cost(
        &self,
        price: Option<&Price>,
        usage: Option<&Usage>,
        has_thought: bool,
        is_summed: bool,
    ) -> Option<Cost> {
        if self.prices.is_free() {
            return Some(self.prices.nothing());
        }
        let usage = usage?;
        let cost = price?.cost(usage, has_thought || usage.reasoning_tokens > 0)?;
        Some(Cost {
            is_estimated: cost.is_estimated || is_summed,
            ..cost
        })
    }

    /// The same for a line of a batch, at the batch price.
    pub fn batch_cost(&self, price: Option<&Price>, usage: Option<&Usage>, has_thought: bool) -> Option<Cost> {
        if self.prices.is_free() {
            return Some(self.prices.nothing());
        }
        let usage = usage?;
        price?.batch_cost(usage, has_thought || usage.reasoning_tokens > 0)
    }

    /// The cost of so many pictures; `None` where the price is not known.
    pub fn image_cost(&self, model: &str, count: u32) -> Option<Cost> {
        self.prices.of_images(model, count)
    }

    /// Counts requests in the store. What cannot be counted is a failure for the caller to tell or not.
    pub fn count(&self, entries: &[UsageEntry<'_>], notices: &mut Vec<UiText>) -> Result<(), Failure> {
        let told = std::cell::RefCell::new(Vec::new());
        let tell = |notice: &UiText| told.borrow_mut().push(notice.clone());
        let counted = Store::with(&self.folder, tell, |mut store| store.count_usage(entries));
        notices.extend(told.into_inner());
        counted
    }
}
