//! The engine `realtime`: every line in a request of its own, several at a time.

mod request;

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::sleep_until;

use super::goes_on;
use super::local_files::LocalFiles;
use super::pace::Pace;
use super::progress::{BatchProgress, ticks};
use super::result_line;
use crate::app::App;
use crate::connection::Connection;
use crate::error::{ErrorContext, Failure, Kind};
use crate::money::Cost;
use crate::store::answer_cache::AnswerCache;
use crate::store::ledger::{BatchEngine, Ledger, LineCharge, LineResult, OpenLine, StoredBatch};
use crate::tr;
use qwen_api::{Error, Usage};
use request::{Ended, RequestOutcome, Shared};

/// How many connections fail one after the other before the rest is not tried.
const MOST_UNREACHED: usize = 5;
/// How often one line is refused for too many requests, while others are answered, before it counts as failed.
const MOST_REFUSALS: u32 = 20;

/// What the requests of a run are made with.
pub struct Realtime<'a> {
    pub app: &'a App<'a>,
    pub connection: &'a Connection,
    /// The most requests at a time.
    pub concurrency: usize,
    pub cache: Option<RefCell<AnswerCache>>,
}

/// A run so far.
struct RunState<'a> {
    ledger: &'a mut Ledger,
    batch: &'a StoredBatch,
    progress: &'a mut BatchProgress,
    connection: &'a Connection,
    pace: Pace,
    /// The place from which there may be pending lines.
    from: u64,
    refusals: HashMap<u64, u32>,
    /// Lines whose connections failed, one after the other.
    unreached: Vec<(OpenLine, Error)>,
    has_reached: bool,
    /// Why no further line is sent.
    stopped: Option<Error>,
}

impl Realtime<'_> {
    /// Asks the open lines of a batch. Fails where it was stopped before its end: what was answered is in the ledger.
    pub async fn run(
        &self,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        progress: &mut BatchProgress,
    ) -> anyhow::Result<()> {
        ledger.put_back_all(batch)?;
        let has_account = self.connection.client.endpoint().protocol.has_account();
        // A web account answers one request at a time.
        let most = if has_account { 1 } else { self.concurrency };
        let policy = self.app.retry_policy;
        let most_fruitless = policy.bounds_rate_limits.then_some(policy.retries);
        let mut state = RunState {
            ledger,
            batch,
            progress,
            connection: self.connection,
            pace: Pace::new(most, most_fruitless, Instant::now()),
            from: 0,
            refusals: HashMap::new(),
            unreached: Vec::new(),
            has_reached: false,
            stopped: None,
        };
        let shared = Shared {
            app: self.app,
            connection: self.connection,
            streams: batch.engine != BatchEngine::BatchChat,
            cache: self.cache.as_ref(),
            files: LocalFiles::new(self.app, self.connection, true),
            open_chat: RefCell::default(),
            notices: RefCell::default(),
        };
        let mut cancel = self.app.cancel.clone();
        let mut ticks = ticks();
        let mut requests: FuturesUnordered<Pin<Box<dyn Future<Output = Ended> + '_>>> = FuturesUnordered::new();
        loop {
            let pause = state.pace.pause(Instant::now());
            while pause.is_none() && requests.len() < state.pace.allowed() {
                let Some(line) = state.next()? else { break };
                requests.push(Box::pin(shared.ask(line, state.pace.round())));
            }
            if requests.is_empty() && (pause.is_none() || state.stopped.is_some()) {
                break;
            }
            tokio::select! {
                biased;
                kind = cancel.next() => {
                    drop(requests);
                    shared.leave_chat(&mut cancel).await;
                    return Err(state.interrupted(kind)?.into());
                }
                ended = requests.next(), if !requests.is_empty() => if let Some(ended) = ended {
                    state.take(ended)?;
                },
                () = sleep_until(pause.unwrap_or_else(Instant::now).into()), if pause.is_some() => {}
                _ = ticks.tick() => state.progress.tick(),
            }
        }
        state.end()
    }
}

impl RunState<'_> {
    /// The next line to be sent, which is marked so.
    fn next(&mut self) -> Result<Option<OpenLine>, Failure> {
        if self.stopped.is_some() {
            return Ok(None);
        }
        let line = self.ledger.next_pending(self.batch, self.from)?;
        if let Some(line) = &line {
            self.from = line.seq + 1;
            self.ledger.mark_sent(self.batch, line.seq)?;
        }
        Ok(line)
    }

    /// Records the end of a request.
    fn take(&mut self, ended: Ended) -> Result<(), Failure> {
        let Ended { line, round, outcome } = ended;
        match outcome {
            RequestOutcome::Cached(result) => self.record(&line, &result),
            RequestOutcome::Answered {
                mut result,
                model,
                has_thought,
                is_resumed,
            } => {
                let cost = self.cost(&model, result.usage, has_thought, is_resumed);
                result.charge = Some(LineCharge { model, cost });
                self.reached(&line, &result)
            }
            RequestOutcome::Failed(result) => self.reached(&line, &result),
            RequestOutcome::Unreached(error) => {
                self.unreached.push((line, error.clone()));
                if self.unreached.len() >= MOST_UNREACHED {
                    self.stop(error)?;
                }
                Ok(())
            }
            RequestOutcome::Limited(error) => {
                let refusals = self.refusals.entry(line.seq).or_default();
                *refusals += 1;
                let is_too_often = *refusals > MOST_REFUSALS && self.has_reached;
                if is_too_often {
                    let result = result_line::failure(&line.custom_id, &error, &self.connection.context);
                    return self.record(&line, &result);
                }
                self.put_back(&line)?;
                match self.pace.refused(round, error.retry_after(), Instant::now()) {
                    true => Ok(()),
                    false => self.stop(error),
                }
            }
            RequestOutcome::Hopeless(error) => {
                self.put_back(&line)?;
                self.stop(error)
            }
        }
    }

    /// Records the result of a line that the provider answered, in whatever way.
    fn reached(&mut self, line: &OpenLine, result: &LineResult) -> Result<(), Failure> {
        self.has_reached = true;
        self.pace.answered(Instant::now());
        self.record(line, result)?;
        self.give_up_unreached()
    }

    /// What an answer cost.
    fn cost(&self, model: &str, usage: Option<Usage>, has_thought: bool, is_resumed: bool) -> Option<Cost> {
        let meter = &self.connection.meter;
        let price = meter.prices.known(model);
        match self.batch.engine {
            BatchEngine::BatchChat => meter.batch_cost(price.as_ref(), usage.as_ref(), has_thought),
            _ => meter.cost(price.as_ref(), usage.as_ref(), has_thought, is_resumed),
        }
    }

    fn record(&mut self, line: &OpenLine, result: &LineResult) -> Result<(), Failure> {
        self.ledger.record(self.batch, line.seq, result)?;
        self.progress.add(result);
        Ok(())
    }

    fn put_back(&mut self, line: &OpenLine) -> Result<(), Failure> {
        self.from = self.from.min(line.seq);
        self.ledger.put_back(self.batch, line.seq)
    }

    /// Records the lines as failed whose connections failed while those of others did not.
    fn give_up_unreached(&mut self) -> Result<(), Failure> {
        for (line, error) in std::mem::take(&mut self.unreached) {
            let result = result_line::failure(&line.custom_id, &error, &self.connection.context);
            self.record(&line, &result)?;
        }
        Ok(())
    }

    /// Sends no further line.
    fn stop(&mut self, error: Error) -> Result<(), Failure> {
        for (line, _) in std::mem::take(&mut self.unreached) {
            self.put_back(&line)?;
        }
        self.stopped.get_or_insert(error);
        Ok(())
    }

    fn end(mut self) -> anyhow::Result<()> {
        if let Some((_, error)) = self.unreached.last().filter(|_| !self.has_reached) {
            let error = error.clone();
            self.stop(error)?;
        }
        self.give_up_unreached()?;
        let Some(error) = self.stopped.take() else {
            return Ok(());
        };
        let done = self.batch.total - self.ledger.counts(self.batch)?.open();
        let context = ErrorContext::new(tr!("the batch stopped after {} of {} lines", done, self.batch.total));
        Err(context.hint(goes_on()).add_to(self.connection.error(error)))
    }

    fn interrupted(&self, kind: Kind) -> Result<Failure, Failure> {
        let done = self.batch.total - self.ledger.counts(self.batch)?.open();
        let kept = tr!(
            "{} of {} lines are done and kept; {}",
            done,
            self.batch.total,
            goes_on()
        );
        Ok(Failure::stopped(kind).hint(kept))
    }
}
