//! `qwen batch status`: how far a batch is.

use serde_json::json;
use stream_markdown::sanitize::safe_line;

use super::list::{row, status_line};
use super::look;
use crate::app::App;
use crate::cli::BatchStatus;
use crate::term::out::write_out;

pub(super) async fn run(app: App<'_>, args: BatchStatus) -> anyhow::Result<()> {
    let (open, running) = look(&app, &args.id).await?;
    let mut row = row(&open.ledger, &open.batch)?;
    if args.json {
        let jobs = open.ledger.jobs(&open.batch)?.into_iter().map(|job| {
            json!({"id": job.service_id, "status": job.state, "input_file_id": job.input_file_id,
                "output_file_id": job.output_file_id, "error_file_id": job.error_file_id})
        });
        row["jobs"] = jobs.collect();
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
