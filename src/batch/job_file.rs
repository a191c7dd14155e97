//! The file of a job: a request a line, as the batch service wants it.

use std::io::{BufWriter, Write};

use serde_json::Value;
use tempfile::NamedTempFile;

use super::local_files::inlined;
use crate::app::App;
use crate::connection::Connection;
use crate::error::Failure;
use crate::i18n::quoted;
use crate::store::ledger::{BatchJob, Ledger, OpenLine, StoredBatch};
use crate::text::size;
use crate::tr;
use qwen_api::ByteSource;
use qwen_api::uploads::Upload;

/// The most bytes of a line ("OpenAI compatible - Batch").
const MAX_LINE: usize = 6_000_000;
/// From so many bytes on a line may be refused: the newer page "Batch inference" says 1 MB.
const SAFE_LINE: usize = 1_000_000;

/// A file that waits for its upload, and what is in it.
pub(super) struct JobFile {
    file: NamedTempFile,
    bytes: u64,
    /// The path of its requests.
    pub(super) url: String,
}

impl JobFile {
    /// Writes the lines of a job, in the order of the input. Those behind `most_bytes` go back to the pending ones.
    pub(super) async fn write(
        app: &App<'_>,
        connection: &Connection,
        ledger: &mut Ledger,
        batch: &StoredBatch,
        job: &BatchJob,
        most_bytes: u64,
    ) -> anyhow::Result<JobFile> {
        let failed = |error: std::io::Error| Failure::io(tr!("write the file of the batch"), &error);
        let file = NamedTempFile::new().map_err(failed)?;
        let mut out = BufWriter::new(file.as_file());
        let (mut lines, mut bytes, mut long) = (0, 0, 0);
        let mut url = String::new();
        let mut from = 0;
        while let Some(line) = ledger.next_of_job(batch, job, from)? {
            from = line.seq + 1;
            let text = request_line(app, connection, &line).await?;
            if text.len() > MAX_LINE {
                return Err(too_long(&line, text.len()).into());
            }
            let size = text.len() as u64 + 1;
            if lines > 0 && bytes + size > most_bytes {
                ledger.put_back_of_job(batch, job, line.seq)?;
                break;
            }
            out.write_all(text.as_bytes())
                .and_then(|()| out.write_all(b"\n"))
                .map_err(failed)?;
            long += u64::from(text.len() > SAFE_LINE);
            lines += 1;
            bytes += size;
            url = line.url;
        }
        out.flush().map_err(failed)?;
        drop(out);
        if long > 0 {
            app.notice(tr!("{} lines are over 1 MB, which the batch service may refuse", long));
        }
        Ok(JobFile { file, bytes, url })
    }

    /// It as an upload under this name.
    pub(super) fn upload(&self, name: &str) -> Upload {
        Upload {
            name: name.to_owned(),
            mime: "application/jsonl".to_owned(),
            size: self.bytes,
            source: ByteSource::File(self.file.path().to_owned()),
        }
    }
}

/// The line of a request. Its body is put in as it is stored.
async fn request_line(app: &App<'_>, connection: &Connection, line: &OpenLine) -> anyhow::Result<String> {
    let body = inlined(app, connection, &line.body).await?;
    let (id, url) = (Value::from(line.custom_id.as_str()), Value::from(line.url.as_str()));
    Ok(format!(
        r#"{{"custom_id":{id},"method":"POST","url":{url},"body":{body}}}"#
    ))
}

fn too_long(line: &OpenLine, bytes: usize) -> Failure {
    Failure::usage(tr!(
        "the line {} has {} with its pictures, and a batch service takes 6 MB at most",
        quoted(&line.custom_id),
        size(bytes as u64)
    ))
    .hint(tr!("--engine realtime uploads pictures"))
}
