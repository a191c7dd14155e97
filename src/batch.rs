//! Many prompts from a file, asked by one of several engines, none of them twice.
//!
//! The input is checked whole ([`input`]); its lines go into the ledger of the store, where each state is committed before
//! a line is sent and each result before it counts ([`crate::store::ledger`]); an engine asks the open ones
//! ([`realtime`]); what the ledger holds at the end is the output ([`output`]).

mod collect;
mod engine;
pub mod input;
mod input_lines;
mod job_file;
mod line_maker;
mod local_files;
pub mod output;
mod pace;
pub mod poll;
pub mod progress;
pub mod realtime;
mod result_line;
mod run_lock;
pub mod service;

use std::collections::HashMap;

use serde_json::Value;

use crate::app::App;
use crate::attach::parse_encoding;
use crate::chat_body;
use crate::cli::{BatchInput, EngineChoice};
use crate::connection::{Connection, connect, connect_to};
use crate::conversation::options::{RequestOptions, takes_stdin};
use crate::conversation::template;
use crate::cost::{self, Price};
use crate::error::Failure;
use crate::i18n::UiText;
use crate::money::Cost;
use crate::store::ledger::{BatchEngine, BatchEntry, Ledger, OpenLine, StoredBatch};
use crate::tr;
use qwen_api::ChatRequest;
use run_lock::RunLock;

pub use line_maker::CHAT;

/// A batch that is ready to be asked, by this process alone, or looked at.
pub struct OpenBatch {
    pub connection: Connection,
    pub ledger: Ledger,
    pub batch: StoredBatch,
    _lock: Option<RunLock>,
}

impl OpenBatch {
    /// Fails where the open lines together can cost more than the user's limits allow.
    pub async fn allow_cost(&self) -> anyhow::Result<()> {
        let meter = &self.connection.meter;
        if meter.limits.is_none() || meter.prices.is_free() {
            return Ok(());
        }
        let (most, model) = self.most().await?;
        Ok(meter.allow_cost(most, &model, &self.connection.context)?)
    }

    /// The most that the open lines can cost together, and a model of theirs. `None` where that is not known; then the model
    /// is the first whose cost is not, or the path of a request that is no chat.
    async fn most(&self) -> anyhow::Result<(Option<Cost>, String)> {
        let meter = &self.connection.meter;
        let mut prices = HashMap::new();
        let mut total: Option<Cost> = None;
        let mut from = 0;
        while let Some(line) = self.ledger.next_pending(&self.batch, from)? {
            from = line.seq + 1;
            if line.url != CHAT {
                return Ok((None, line.url));
            }
            let request = chat_request(&line)?;
            let model = request.model.as_str();
            if !prices.contains_key(model) {
                prices.insert(model.to_owned(), meter.prices.begin(model).price().await);
            }
            let price = prices.get(model).and_then(Option::as_ref);
            let most = price.and_then(|price| Some(price.of(cost::most(&request, &price.list)?)));
            let Some(most) = most else {
                return Ok((None, request.model));
            };
            let most = match self.batch.engine {
                BatchEngine::Realtime => most,
                BatchEngine::Service | BatchEngine::BatchChat => Price::in_batch(most),
            };
            total = Some(match total {
                Some(sum) if sum.currency == most.currency => Cost {
                    amount: sum.amount.plus(most.amount),
                    is_estimated: sum.is_estimated || most.is_estimated,
                    ..sum
                },
                Some(sum) => sum,
                None => most,
            });
        }
        Ok((total, prices.into_keys().next().unwrap_or_default()))
    }

    /// Says that the batch service was chosen, with the price that is expected where it is known.
    async fn note_service(&self, app: &App<'_>) -> anyhow::Result<()> {
        // A line that only the service understands has no known price.
        let most = app
            .or_cancelled(async { Ok::<_, Failure>(self.most().await.ok()) })
            .await?;
        let lines = self.batch.total;
        app.notice(match most.and_then(|(most, _)| most?.words()) {
            Some(most) => tr!(
                "asking {} lines by the batch service, at half price, {} at most; it takes minutes to hours (--engine realtime asks at once)",
                lines,
                most
            ),
            None => tr!(
                "asking {} lines by the batch service, at half price; it takes minutes to hours (--engine realtime asks at once)",
                lines
            ),
        });
        Ok(())
    }
}

/// The request of a line.
fn chat_request(line: &OpenLine) -> anyhow::Result<ChatRequest> {
    let body: Value = serde_json::from_str(&line.body)?;
    let Value::Object(body) = body else {
        return Err(Failure::other(tr!("must be a JSON object")).into());
    };
    let read = chat_body::read(body).map_err(|error| Failure::usage(error.message()))?;
    Ok(ChatRequest {
        model: read.model,
        ..read.chat
    })
}

/// Opens the ledger in the user's store.
pub fn ledger(app: &App<'_>) -> Result<Ledger, Failure> {
    let (ledger, notices) = Ledger::open(&app.settings.paths.data)?;
    app.notices(&notices);
    Ok(ledger)
}

/// Connects to the provider, checks the input, and begins its batch or finds the one that it began. Nothing is sent.
pub async fn open(app: &App<'_>, given: &BatchInput, choice: EngineChoice) -> anyhow::Result<OpenBatch> {
    let generate = given.request.clone().into();
    let is_stdin = crate::attach::is_stdin(&given.input);
    takes_stdin(&generate, is_stdin.then(|| tr!("the input")))?;
    if let Some(chosen) = &app.settings.template {
        template::ask_once(app, &chosen.template).await?;
    }
    let encoding = parse_encoding(given.encoding.as_deref())?;
    let notice = |message: UiText| app.notice(message);
    let options = RequestOptions::read(app, app.reads(None, &notice), &generate).await?;
    let connection = app.or_cancelled(connect(app, false)).await?;
    connection.note_terms_of_plan(app);
    let mut input = input::read(app, &connection, &options, &given.input, encoding).await?;
    let mut ledger = ledger(app)?;
    let lock = RunLock::take(app, &input.digest).await?;
    let mut is_new = false;
    let batch = match ledger.find(&input.digest, given.again)? {
        // Without a choice the lines are asked as they were begun; those that have results are not asked at all.
        Some(batch) if choice == EngineChoice::Auto || ledger.counts(&batch)?.open() == 0 => batch,
        Some(mut batch) => {
            batch.engine = engine::choose(app, &connection, &input.census, choice)?;
            ledger.set_engine(&batch, batch.engine)?;
            batch
        }
        None => {
            let engine = engine::choose(app, &connection, &input.census, choice)?;
            let (digest, name, columns) = (input.digest.clone(), input.name.clone(), input.columns.clone());
            let new = BatchEntry {
                digest: &digest,
                is_again: given.again,
                name: &name,
                provider: &connection.client.endpoint().provider,
                engine,
                total: input.census.lines,
                columns: columns.as_deref(),
            };
            is_new = true;
            ledger.begin(&new, input.lines()?)?
        }
    };
    let open = OpenBatch {
        connection,
        ledger,
        batch,
        _lock: Some(lock),
    };
    if is_new && choice == EngineChoice::Auto && open.batch.engine == BatchEngine::Service {
        open.note_service(app).await?;
    }
    Ok(open)
}

/// Opens a batch that was begun before, by its id or the service's, to ask its lines.
pub async fn reopen(app: &App<'_>, id: &str) -> anyhow::Result<OpenBatch> {
    let mut open = view(app, id).await?;
    open._lock = Some(RunLock::take(app, &open.batch.digest).await?);
    Ok(open)
}

/// The same to look at it only, while another process may ask its lines.
pub async fn view(app: &App<'_>, id: &str) -> anyhow::Result<OpenBatch> {
    let ledger = ledger(app)?;
    let batch = ledger.by_id(id)?;
    let connection = app.or_cancelled(connect_to(app, &batch.provider, false)).await?;
    connection.note_terms_of_plan(app);
    Ok(OpenBatch {
        connection,
        ledger,
        batch,
        _lock: None,
    })
}
