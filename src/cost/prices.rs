//! Prices: the user's own, those that the server lists, those of the program's table.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::config::private_file::write_private;
use crate::config::{OwnPrice, Settings};
use crate::messages::terms_of_plan;
use crate::money::Cost;
use qwen_api::{BATCH_PERCENT, Client, Currency, Decimal, PriceList, PriceTier, Usage, catalog};

/// How long the server's prices are good for, and how long a server that gave none is not asked again.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long is waited for the server's prices once there is nothing else to wait for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where a price comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceOrigin {
    Config,
    Server,
    /// The program's table, whose price has a date.
    Table,
}

/// What the tokens of a model cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    pub list: PriceList,
    pub origin: PriceOrigin,
}

impl Price {
    /// An amount of its currency, as a cost by this price.
    pub fn of(&self, amount: Decimal) -> Cost {
        Cost {
            amount,
            currency: self.list.currency,
            is_estimated: self.origin == PriceOrigin::Table,
        }
    }

    /// The cost of a request with this usage. `has_thought` says that the reply was thought about.
    pub fn cost(&self, usage: &Usage, has_thought: bool) -> Option<Cost> {
        self.list.cost(usage, has_thought).map(|amount| self.of(amount))
    }

    /// The same for a line of a batch, which has no discount for cached tokens ("Batch inference").
    pub fn batch_cost(&self, usage: &Usage, has_thought: bool) -> Option<Cost> {
        let usage = Usage {
            cached_tokens: 0,
            ..*usage
        };
        self.cost(&usage, has_thought).map(Price::in_batch)
    }

    /// The part of a cost that a batch costs.
    pub fn in_batch(cost: Cost) -> Cost {
        Cost {
            amount: cost.amount.percent(BATCH_PERCENT),
            ..cost
        }
    }
}

/// The prices of a provider's models. Copies of it share what the server listed.
#[derive(Clone, Debug)]
pub struct Prices {
    client: Client,
    own: Arc<BTreeMap<String, OwnPrice>>,
    /// The currency in which the region charges.
    pub currency: Currency,
    /// The folder in which the server's prices are kept.
    folder: PathBuf,
    listed: Arc<Mutex<BTreeMap<String, Listed>>>,
}

/// What the server listed: no prices where it has none or did not answer.
#[derive(Clone, Debug)]
struct Listed {
    at: SystemTime,
    tiers: Vec<PriceTier>,
}

impl Listed {
    fn is_fresh(&self) -> bool {
        SystemTime::now().duration_since(self.at).is_ok_and(|age| age <= DAY)
    }
}

/// The same in a file, whose time is that of the answer. It holds no credential.
#[derive(Deserialize, Serialize)]
struct KeptPrices<'a> {
    base_url: Cow<'a, str>,
    model: Cow<'a, str>,
    tiers: Cow<'a, [PriceTier]>,
}

impl Prices {
    pub(super) fn new(client: &Client, settings: &Settings) -> Prices {
        Prices {
            client: client.clone(),
            own: Arc::new(settings.prices.clone()),
            currency: settings.region.value.region.currency(),
            folder: settings.paths.cache.clone(),
            listed: Arc::default(),
        }
    }

    /// Whether the provider charges nothing.
    pub fn is_free(&self) -> bool {
        matches!(self.client.endpoint().provider.as_str(), "local" | "demo")
    }

    /// What costs nothing.
    pub fn nothing(&self) -> Cost {
        Cost {
            amount: Decimal::default(),
            currency: self.currency,
            is_estimated: false,
        }
    }

    /// The price as far as it is known without a request, of a provider that charges something: the user's own, else what the server listed within a day, else
    /// that of the table.
    pub fn known(&self, model: &str) -> Option<Price> {
        if let Some(own) = self.own.get(model) {
            return Some(Price {
                list: own.list(self.currency)?,
                origin: PriceOrigin::Config,
            });
        }
        if !self.is_pay_as_you_go() {
            return None;
        }
        let tiers = self.listed(model).map(|listed| listed.tiers).unwrap_or_default();
        if !tiers.is_empty() {
            return Some(Price {
                list: PriceList {
                    currency: self.currency,
                    date: String::new(),
                    tiers,
                },
                origin: PriceOrigin::Server,
            });
        }
        let mut lists = catalog::find(model)?.price_lists.into_iter();
        Some(Price {
            list: lists.find(|list| list.currency == self.currency)?,
            origin: PriceOrigin::Table,
        })
    }

    /// What so many pictures of a model cost by the table; `None` where that is not known.
    pub(super) fn of_images(&self, model: &str, count: u32) -> Option<Cost> {
        if self.is_free() {
            return Some(self.nothing());
        }
        let price = catalog::image_price(model, self.currency).filter(|_| self.is_pay_as_you_go())?;
        Some(Cost {
            amount: Decimal::from_units(price.units().saturating_mul(count.into())),
            currency: self.currency,
            is_estimated: true,
        })
    }

    /// Begins to ask the server for its price, where that is not known yet.
    pub fn begin(&self, model: &str) -> PriceLookup {
        let needs_list = !self.own.contains_key(model)
            && self.is_pay_as_you_go()
            && self.client.endpoint().lists_prices()
            && self.listed(model).is_none();
        let task = needs_list.then(|| {
            let (prices, asked) = (self.clone(), model.to_owned());
            tokio::spawn(async move {
                let tiers = prices.client.price_tiers(&asked).await;
                // The client logs a failure.
                prices.keep(&asked, tiers.ok().flatten().unwrap_or_default());
            })
        });
        PriceLookup {
            prices: self.clone(),
            model: model.to_owned(),
            task,
        }
    }

    /// Whether DashScope charges for each request: a plan has a price of its own.
    fn is_pay_as_you_go(&self) -> bool {
        let endpoint = self.client.endpoint();
        let is_plan = endpoint
            .key
            .as_ref()
            .is_some_and(|(key, _)| terms_of_plan(key).is_some());
        endpoint.protocol.dashscope_path().is_some() && !is_plan
    }

    /// What the server listed within a day.
    fn listed(&self, model: &str) -> Option<Listed> {
        let mut all = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listed) = all.get(model).filter(|listed| listed.is_fresh()) {
            return Some(listed.clone());
        }
        let base_url = &self.client.endpoint().base_url;
        let listed = read(&self.file(model), base_url, model).filter(Listed::is_fresh)?;
        all.insert(model.to_owned(), listed.clone());
        Some(listed)
    }

    fn keep(&self, model: &str, tiers: Vec<PriceTier>) {
        let kept = KeptPrices {
            base_url: self.client.endpoint().base_url.as_str().into(),
            model: model.into(),
            tiers: tiers.as_slice().into(),
        };
        let text = serde_json::to_vec(&kept).unwrap_or_default();
        // Where it cannot be kept, the next run asks again.
        let _ = write_private(&self.file(model), &text);
        let at = SystemTime::now();
        let mut all = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(model.to_owned(), Listed { at, tiers });
    }

    /// A file for each address and model.
    fn file(&self, model: &str) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        (&self.client.endpoint().base_url, model).hash(&mut hasher);
        self.folder.join(format!("prices-{:016x}.json", hasher.finish()))
    }
}

/// The prices of a file. One that cannot be read counts as none.
fn read(path: &Path, base_url: &str, model: &str) -> Option<Listed> {
    let at = std::fs::metadata(path).ok()?.modified().ok()?;
    let kept: KeptPrices<'_> = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    (kept.base_url == base_url && kept.model == model).then(|| Listed {
        at,
        tiers: kept.tiers.into_owned(),
    })
}

/// A price that may still be asked for.
#[derive(Debug)]
pub struct PriceLookup {
    prices: Prices,
    model: String,
    task: Option<JoinHandle<()>>,
}

impl PriceLookup {
    /// Whether nothing is waited for.
    pub fn is_ready(&self) -> bool {
        self.task.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// The price. A slow server is waited for two seconds from now, and not asked again within a day.
    pub async fn price(mut self) -> Option<Price> {
        if let Some(task) = &mut self.task
            && tokio::time::timeout(PATIENCE, task).await.is_err()
        {
            self.prices.keep(&self.model, Vec::new());
        }
        self.prices.known(&self.model)
    }
}

impl Drop for PriceLookup {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
