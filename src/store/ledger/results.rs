//! The results of lines, and the lines as they are written into an output.

use rusqlite::{Row, Transaction, params};

use super::{BatchLineState, Ledger, LineResult, OutputLine, READ, SAVE, StoredBatch, now, sql};
use crate::error::Failure;
use crate::store::UsageEntry;
use crate::store::sqlite_error::failed;
use crate::store::usage::insert_usage;
use qwen_api::Usage;

impl Ledger {
    /// Records the result of a line, and counts what it took and cost.
    pub fn record(&mut self, batch: &StoredBatch, seq: u64, result: &LineResult) -> Result<(), Failure> {
        self.store.write(SAVE, |tx| insert_result(tx, batch, seq, result))
    }

    /// The same for several lines, by their places, in one transaction.
    pub fn record_all(&mut self, batch: &StoredBatch, results: &[(u64, LineResult)]) -> Result<(), Failure> {
        self.store.write(SAVE, |tx| {
            let mut results = results.iter();
            results.try_for_each(|(seq, result)| insert_result(tx, batch, *seq, result))
        })
    }

    /// Calls `each` with every line, in the order of the input.
    pub fn for_each_line(
        &self,
        batch: &StoredBatch,
        mut each: impl FnMut(OutputLine) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let connection = &self.store.connection;
        let mut statement = connection
            .prepare(
                "SELECT l.custom_id, q.url, q.body, q.cells, l.state, r.result
                 FROM batch_lines l JOIN batch_requests q USING (batch, seq) LEFT JOIN batch_results r USING (batch, seq)
                 WHERE l.batch = ?1 ORDER BY l.seq",
            )
            .map_err(failed(READ))?;
        let mut rows = statement.query([batch.key]).map_err(failed(READ))?;
        while let Some(row) = rows.next().map_err(failed(READ))? {
            each(output_line(row).map_err(failed(READ))?)?;
        }
        Ok(())
    }
}

/// Stores the result of an open line. One that has a result keeps it, so that none is counted twice: another process may
/// have collected the same job.
fn insert_result(tx: &Transaction<'_>, batch: &StoredBatch, seq: u64, result: &LineResult) -> rusqlite::Result<()> {
    let state = match result.is_answer {
        true => BatchLineState::Answered,
        false => BatchLineState::Failed,
    };
    let tokens = |count: fn(Usage) -> u64| result.usage.map(|usage| sql(count(usage)));
    let mut update = tx.prepare_cached(
        "UPDATE batch_lines SET state = ?3, input_tokens = ?4, output_tokens = ?5, cached_tokens = ?6
         WHERE batch = ?1 AND seq = ?2 AND state IN ('pending', 'sent')",
    )?;
    let updated = update.execute(params![
        batch.key,
        sql(seq),
        state.as_str(),
        tokens(|usage| usage.input_tokens),
        tokens(|usage| usage.output_tokens),
        tokens(|usage| usage.cached_tokens),
    ])?;
    if updated == 0 {
        return Ok(());
    }
    if let Some(charge) = &result.charge {
        let entry = UsageEntry {
            provider: &batch.provider,
            model: &charge.model,
            conversation: None,
            usage: result.usage.unwrap_or_default(),
            cost: charge.cost,
        };
        insert_usage(tx, &entry)?;
    }
    tx.prepare_cached("INSERT OR REPLACE INTO batch_results (batch, seq, result) VALUES (?1, ?2, ?3)")?
        .execute(params![batch.key, sql(seq), result.json])?;
    tx.prepare_cached("UPDATE batches SET updated = ?2 WHERE key = ?1")?
        .execute(params![batch.key, now()])
        .map(|_| ())
}

fn output_line(row: &Row<'_>) -> rusqlite::Result<OutputLine> {
    let cells: Option<String> = row.get(3)?;
    Ok(OutputLine {
        custom_id: row.get(0)?,
        url: row.get(1)?,
        body: row.get(2)?,
        cells: cells.and_then(|json| serde_json::from_str(&json).ok()),
        state: BatchLineState::from_word(&row.get::<_, String>(4)?),
        result: row.get(5)?,
    })
}
