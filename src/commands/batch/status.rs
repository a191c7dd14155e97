//! `qwen batch status`: how far a batch is.

use qwen_api::batches::Batch;
use serde_json::{Value, json};
use stream_markdown::sanitize::safe_line;

use super::list::{foreign_row, row, status_line};
use super::poll;
use crate::app::App;
use crate::batch::{self, FoundBatch};
use crate::cli::BatchStatusArgs;
use crate::store::ledger::BatchJob;
use crate::term::out::write_out;

pub(super) async fn run(app: App<'_>, args: BatchStatusArgs) -> anyhow::Result<()> {
    let poll = poll(&app, None)?;
    let (row, running) = match batch::find(&app, &args.id).await? {
        FoundBatch::Known(mut open) => {
            let running = open.look(&app, poll).await?;
            let jobs = open.ledger.jobs(&open.batch)?;
            let mut row = row(&open.ledger, &open.batch)?;
            row["jobs"] = jobs.iter().map(job).collect();
            (row, running)
        }
        FoundBatch::Foreign(foreign) => {
            foreign.check_not_refused(&app)?;
            let mut row = foreign_row(&foreign);
            row["jobs"] = json!([foreign_job(&foreign.job)]);
            (row, Vec::new())
        }
    };
    if args.json {
        return Ok(write_out(&row.to_string())?);
    }
    let mut text = status_line(&row, app.host.ttys.stdout);
    for job in running {
        let counts = job.counts;
        text.push_str(&format!(
            "\n  {} {} {}/{}",
            safe_line(&job.id),
            safe_line(job.status.as_str()),
            counts.completed + counts.failed,
            counts.total
        ));
    }
    Ok(write_out(&text)?)
}

/// A job as JSON.
fn job(job: &BatchJob) -> Value {
    json!({"id": job.service_id, "status": job.state, "input_file_id": job.input_file_id,
        "output_file_id": job.output_file_id, "error_file_id": job.error_file_id})
}

/// The same of one that the ledger does not know.
fn foreign_job(job: &Batch) -> Value {
    json!({"id": job.id, "status": job.status.as_str(), "input_file_id": job.input_file_id,
        "output_file_id": job.output_file_id, "error_file_id": job.error_file_id})
}
