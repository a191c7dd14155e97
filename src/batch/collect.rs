//! The results of a job that has ended, brought into the ledger.

use std::collections::HashMap;

use serde_json::Value;

use super::progress::BatchProgress;
use super::result_line;
use crate::cost::{Meter, Price};
use crate::error::Failure;
use crate::store::ledger::{BatchJob, Ledger, LineCharge, LineResult, StoredBatch};
use qwen_api::Error;
use qwen_api::batches::{BatchResult, BatchStatus, Batches};
use qwen_api::error::Malformed;

/// How many results are committed at a time.
const AT_ONCE: usize = 256;

/// Records the results in both files of a job, and those that are in neither as failed. The inner error is the service's:
/// then the rest can be collected later.
pub(super) async fn collect(
    batches: &Batches<'_>,
    meter: &Meter,
    ledger: &mut Ledger,
    batch: &StoredBatch,
    job: &mut BatchJob,
    status: &BatchStatus,
    progress: &mut BatchProgress,
) -> Result<Result<(), Error>, Failure> {
    let mut open: HashMap<String, u64> = ledger.ids_of_job(batch, job)?.into_iter().collect();
    let mut billing = JobBilling::new(meter, ledger, batch, job)?;
    // A result may be in both: that of the output is the model's.
    for file in [&job.output_file_id, &job.error_file_id].into_iter().flatten() {
        let mut lines = batches.lines(file);
        let (mut read, mut has_lines, mut has_results) = (Vec::new(), false, false);
        while let Some(line) = lines.next().await {
            let line = match line {
                Ok(line) => line,
                Err(error) => {
                    record(ledger, batch, progress, &mut read)?;
                    return Ok(Err(error));
                }
            };
            has_lines = true;
            let Some(result) = BatchResult::parse(&line) else {
                continue;
            };
            has_results = true;
            // What is not a request of this job, or has a result by now, is passed over.
            if let Some(seq) = open.remove(&result.custom_id) {
                read.push((seq, billing.result(&result, &line)));
            }
            if read.len() >= AT_ONCE {
                record(ledger, batch, progress, &mut read)?;
            }
        }
        record(ledger, batch, progress, &mut read)?;
        if has_lines && !has_results {
            return Ok(Err(Error::new(Malformed::Batch)));
        }
    }
    let (code, message) = match status {
        BatchStatus::Expired => ("batch_expired", "the batch expired before this line was answered"),
        BatchStatus::Cancelled => (
            "batch_cancelled",
            "the batch was cancelled before this line was answered",
        ),
        _ => ("no_result", "the batch service gave no result for this line"),
    };
    let mut missing: Vec<(u64, LineResult)> = open
        .into_iter()
        .map(|(id, seq)| (seq, result_line::own(&id, code, message)))
        .collect();
    missing.sort_by_key(|(seq, _)| *seq);
    record(ledger, batch, progress, &mut missing)?;
    job.close();
    ledger.save_job(job)?;
    Ok(Ok(()))
}

fn record(
    ledger: &mut Ledger,
    batch: &StoredBatch,
    progress: &mut BatchProgress,
    results: &mut Vec<(u64, LineResult)>,
) -> Result<(), Failure> {
    ledger.record_all(batch, results)?;
    for (_, result) in results.drain(..) {
        progress.add(&result);
    }
    Ok(())
}

/// What the answers of a job are charged by. All its lines have one model, which its results name where the requests are not
/// known.
struct JobBilling<'a> {
    meter: &'a Meter,
    model: Option<String>,
    price: Option<Price>,
}

impl JobBilling<'_> {
    fn new<'a>(
        meter: &'a Meter,
        ledger: &Ledger,
        batch: &StoredBatch,
        job: &BatchJob,
    ) -> Result<JobBilling<'a>, Failure> {
        let line = ledger.next_of_job(batch, job, 0)?;
        let body: Option<Value> = line.and_then(|line| serde_json::from_str(&line.body).ok());
        let model = body.and_then(|body| body["model"].as_str().map(str::to_owned));
        let price = model.as_ref().and_then(|model| meter.prices.known(model));
        Ok(JobBilling { meter, model, price })
    }

    /// The result as the service wrote it.
    fn result(&mut self, result: &BatchResult, line: &[u8]) -> LineResult {
        let is_answer = result.is_success();
        let usage = result.usage().filter(|_| is_answer);
        let thoughts = result.body.pointer("/choices/0/message/reasoning_content");
        let has_thought = thoughts.and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        if self.model.is_none() && is_answer {
            self.model = result.body["model"].as_str().map(str::to_owned);
            self.price = self.model.as_ref().and_then(|model| self.meter.prices.known(model));
        }
        let charge = is_answer.then(|| LineCharge {
            model: self.model.clone().unwrap_or_default(),
            cost: self.meter.batch_cost(self.price.as_ref(), usage.as_ref(), has_thought),
        });
        LineResult {
            is_answer,
            json: String::from_utf8_lossy(line).into_owned(),
            usage,
            charge,
        }
    }
}
