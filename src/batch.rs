//! Many prompts from a file, asked by one of several engines, none of them twice.
//!
//! The input is checked whole ([`input`]); its lines go into the ledger of the store, where each state is committed before
//! a line is sent and each result before it counts ([`crate::store::ledger`]); an engine asks the open ones
//! ([`realtime`], [`service`]); what the ledger holds at the end is the output ([`output`]). Jobs of the service that are not in
//! the ledger are taken into it with their results ([`foreign`]).

mod collect;
mod engine;
pub mod foreign;
pub mod input;
mod input_lines;
mod job_file;
mod line_maker;
mod line_spool;
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

use serde_json::{Map, Value};

use crate::app::App;
use crate::attach::parse_encoding;
use crate::chat_body;
use crate::cli::{BatchInput, EngineChoice};
use crate::connection::{Connection, connect, connect_to};
use crate::conversation::options::{RequestOptions, takes_stdin};
use crate::conversation::template;
use crate::cost::{self, MostCost, Price};
use crate::error::Failure;
use crate::i18n::UiText;
use crate::store::ledger::{BatchEngine, BatchEntry, BatchJob, Ledger, OpenLine, StoredBatch};
use crate::tr;
use foreign::ForeignJob;
use line_maker::several_answers;
use poll::Poll;
use progress::BatchProgress;
use qwen_api::batches::Batch;
use qwen_api::{ChatRequest, Decimal};
use run_lock::RunLock;
use service::ServiceJobs;

pub use line_maker::CHAT;

/// A batch that is ready to be asked, by this process alone, or looked at.
pub struct OpenBatch {
    pub connection: Connection,
    pub ledger: Ledger,
    pub batch: StoredBatch,
    _lock: Option<RunLock>,
}

impl OpenBatch {
    /// Collects what the jobs at the service have answered. Returns those that still run.
    pub async fn look(&mut self, app: &App<'_>, poll: Poll) -> anyhow::Result<Vec<Batch>> {
        let jobs = ServiceJobs {
            app,
            connection: &self.connection,
            poll,
        };
        let mut progress = BatchProgress::new(app, self.ledger.counts(&self.batch)?);
        let look = jobs.look(&mut self.ledger, &self.batch, &mut progress);
        app.or_cancelled(look).await
    }

    /// Whether the service has all open lines.
    pub fn is_submitted(&self) -> Result<bool, Failure> {
        let jobs = self.ledger.jobs(&self.batch)?;
        let has_jobs = !jobs.is_empty() && jobs.iter().all(BatchJob::is_created);
        Ok(has_jobs && self.ledger.next_pending(&self.batch, 0)?.is_none())
    }

    /// The failure for lines that are not answered yet.
    pub fn check_ended(&self) -> Result<(), Failure> {
        let counts = self.ledger.counts(&self.batch)?;
        match counts.open() {
            0 => Ok(()),
            open => Err(foreign::not_ended(
                counts.total() - open,
                counts.total(),
                &self.batch.id,
            )),
        }
    }

    /// Fails where the open lines together can cost more than the user's limits allow.
    pub async fn allow_cost(&self) -> anyhow::Result<()> {
        let meter = &self.connection.meter;
        if meter.limits.is_none() || meter.prices.is_free() {
            return Ok(());
        }
        Ok(meter.allow_batch(&self.most().await?, &self.connection.context)?)
    }

    /// The most that the open lines can cost together.
    async fn most(&self) -> anyhow::Result<MostCost> {
        let meter = &self.connection.meter;
        let mut prices = HashMap::new();
        let mut total = MostCost::default();
        let mut from = 0;
        while let Some(line) = self.ledger.next_pending(&self.batch, from)? {
            from = line.seq + 1;
            if line.url != CHAT {
                total.add(&line.url, None);
                continue;
            }
            let mut body = body_of(&line)?;
            let answers = several_answers(&body).unwrap_or(1);
            body.shift_remove("n");
            let request = chat_request(body)?;
            let model = request.model.as_str();
            if !prices.contains_key(model) {
                prices.insert(model.to_owned(), meter.prices.begin(model).price().await);
            }
            let price = prices.get(model).and_then(Option::as_ref);
            let most = price.and_then(|price| {
                let one = cost::most(&request, &price.list)?;
                let units = one.units().checked_mul(answers.into())?;
                Some(price.of(Decimal::from_units(units)))
            });
            total.add(
                model,
                match self.batch.engine {
                    BatchEngine::Realtime => most,
                    BatchEngine::Service | BatchEngine::BatchChat => most.map(Price::in_batch),
                },
            );
        }
        Ok(total)
    }

    /// Says that the batch service was chosen, with the price that is expected where it is known.
    async fn note_service(&self, app: &App<'_>) -> anyhow::Result<()> {
        // A line that only the service understands has no known price.
        let most = app
            .or_cancelled(async { Ok::<_, Failure>(self.most().await.ok()) })
            .await?;
        let lines = self.batch.total;
        app.notice(match most.and_then(|most| most.words()) {
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

/// The body of a line.
fn body_of(line: &OpenLine) -> anyhow::Result<Map<String, Value>> {
    match serde_json::from_str(&line.body)? {
        Value::Object(body) => Ok(body),
        _ => Err(Failure::other(tr!("must be a JSON object")).into()),
    }
}

/// The request that a body is.
fn chat_request(body: Map<String, Value>) -> anyhow::Result<ChatRequest> {
    let read = chat_body::read(body).map_err(|error| Failure::usage(error.message()))?;
    Ok(ChatRequest {
        model: read.model,
        ..read.chat
    })
}

/// The hint for a run that ended early.
fn goes_on() -> UiText {
    tr!("the same command continues from there")
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
            ledger.begin(&new, input.spool.lines()?)?
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

/// A batch that an id stands for.
pub enum FoundBatch {
    Known(Box<OpenBatch>),
    /// A job of the service that the ledger does not know.
    Foreign(Box<ForeignJob>),
}

/// Finds a batch by its id, or one of its jobs by the service's, to look at it only: another process may ask its lines.
pub async fn find(app: &App<'_>, id: &str) -> anyhow::Result<FoundBatch> {
    let ledger = ledger(app)?;
    let Some(batch) = ledger.find_id(id)? else {
        // What cannot be an id of ours may be the service's.
        let foreign = match Ledger::may_be_own(id) {
            true => None,
            false => ForeignJob::find(app, id).await?,
        };
        let foreign = foreign.ok_or_else(|| {
            Failure::usage(tr!("there is no batch '{}'", id)).hint(tr!("`qwen batch list` shows them"))
        })?;
        return Ok(FoundBatch::Foreign(Box::new(foreign)));
    };
    let connection = app.or_cancelled(connect_to(app, &batch.provider, false)).await?;
    connection.note_terms_of_plan(app);
    Ok(FoundBatch::Known(Box::new(OpenBatch {
        connection,
        ledger,
        batch,
        _lock: None,
    })))
}

/// Finds a batch to ask its lines. A job that the ledger does not know is taken into it.
pub async fn reopen(app: &App<'_>, id: &str, poll: Poll) -> anyhow::Result<OpenBatch> {
    let mut open = match find(app, id).await? {
        FoundBatch::Known(open) => *open,
        FoundBatch::Foreign(job) => return job.adopt(app, poll).await,
    };
    open._lock = Some(RunLock::take(app, &open.batch.digest).await?);
    Ok(open)
}
