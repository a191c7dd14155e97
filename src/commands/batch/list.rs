//! `qwen batch list`: the batches in the ledger, the newest first.

use serde_json::{Value, json};
use stream_markdown::sanitize::safe_line;

use crate::app;
use crate::batch::foreign::ForeignJob;
use crate::cli::Globals;
use crate::config::Settings;
use crate::error::Failure;
use crate::host::Host;
use crate::store::ledger::{BatchEngine, BatchJob, Ledger, StoredBatch};
use crate::term::out::{write_list, write_out};

pub(super) fn run(host: &Host, globals: &Globals, as_json: bool) -> Result<(), Failure> {
    let settings = Settings::resolve(host, globals, None)?;
    let (ledger, notices) = Ledger::open(&settings.paths.data)?;
    app::ui(host, &settings).notices(&notices);
    let rows: Result<Vec<Value>, Failure> = ledger.all()?.iter().map(|batch| row(&ledger, batch)).collect();
    let rows = rows?;
    if as_json {
        return write_out(&Value::Array(rows).to_string());
    }
    let lines = rows.iter().map(|row| status_line(row, host.ttys.stdout) + "\n");
    write_list(&lines.collect::<String>(), 0)
}

/// A batch as JSON.
pub(super) fn row(ledger: &Ledger, batch: &StoredBatch) -> Result<Value, Failure> {
    let counts = ledger.counts(batch)?;
    let jobs = ledger.jobs(batch)?;
    let running = jobs.iter().find(|job| !job.is_closed());
    let status = match running.map(|job| job.state.as_str()) {
        _ if counts.open() == 0 => "completed",
        Some(state) => state,
        None if batch.engine == BatchEngine::Service => "pending",
        None => "in_progress",
    };
    let ids = jobs.iter().filter_map(|job: &BatchJob| job.service_id.as_deref());
    Ok(json!({
        "id": batch.id,
        "status": status,
        "total": counts.total(),
        "answered": counts.answered,
        "failed": counts.failed,
        "engine": batch.engine.as_str(),
        "provider": batch.provider,
        "input": batch.name,
        "created_at": batch.created / 1000,
        "job_ids": ids.collect::<Vec<_>>(),
    }))
}

/// A job that the ledger does not know, in the same form.
pub(super) fn foreign_row(foreign: &ForeignJob) -> Value {
    let job = &foreign.job;
    json!({
        "id": job.id,
        "status": job.status.as_str(),
        "total": job.counts.total,
        "answered": job.counts.completed,
        "failed": job.counts.failed,
        "engine": BatchEngine::Service.as_str(),
        "provider": foreign.provider(),
        "input": foreign.name(),
        "created_at": job.created_at,
        "job_ids": [job.id],
    })
}

/// The same for people: its id, how far it is, its lines, its input. In a pipe tabs are between them.
pub(super) fn status_line(row: &Value, is_terminal: bool) -> String {
    let text = |name: &str| safe_line(row[name].as_str().unwrap_or_default());
    let count = |name: &str| row[name].as_u64().unwrap_or_default();
    let failed = match count("failed") {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    let done = format!("{} of {}{failed}", count("answered") + count("failed"), count("total"));
    let gap = if is_terminal { "  " } else { "\t" };
    [text("id"), text("status"), done, text("engine"), text("input")].join(gap)
}
