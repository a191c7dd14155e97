//! The file of a job: a request a line, as the batch service wants it.

use std::io::{BufWriter, Write};

use serde_json::Value;
use tempfile::NamedTempFile;

use super::local_files::{LocalFiles, uploads_pictures};
use crate::error::Failure;
use crate::i18n::{UiText, quoted};
use crate::store::ledger::{BatchJob, Ledger, OpenLine, StoredBatch};
use crate::text::{file_size, grouped};
use crate::tr;
use qwen_api::ByteSource;
use qwen_api::uploads::Upload;

/// The most bytes of a line ("OpenAI compatible - Batch").
pub(super) const MAX_LINE: usize = 6_000_000;
/// From so many bytes on a line may be refused: the newer page "Batch inference" says 1 MB.
const SAFE_LINE: usize = 1_000_000;

/// A file that waits for its upload, and what is in it.
pub(super) struct JobFile {
    file: NamedTempFile,
    bytes: u64,
    lines: u64,
    /// How many of the lines are so long that they may be refused.
    pub(super) long: u64,
    /// The path of its requests.
    pub(super) url: String,
}

impl JobFile {
    /// Writes the lines of a job, in the order of the input, each as `text_of` makes it. Those behind `most_bytes` go back to
    /// the pending ones; the first is always in the file.
    pub(super) async fn write(
        ledger: &mut Ledger,
        batch: &StoredBatch,
        job: &BatchJob,
        most_bytes: u64,
        text_of: impl AsyncFn(&OpenLine) -> anyhow::Result<String>,
    ) -> anyhow::Result<JobFile> {
        let failed = |error: std::io::Error| Failure::io(tr!("write the file of the batch"), &error);
        let file = NamedTempFile::new().map_err(failed)?;
        let mut out = BufWriter::new(file.as_file());
        let (mut lines, mut bytes, mut long) = (0, 0, 0);
        let mut url = String::new();
        let mut from = 0;
        while let Some(line) = ledger.next_of_job(batch, job, from)? {
            from = line.seq + 1;
            let text = text_of(&line).await?;
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
        Ok(JobFile {
            file,
            bytes,
            lines,
            long,
            url,
        })
    }

    /// `300 lines, 12.0 MB`.
    pub(super) fn extent(&self) -> UiText {
        match self.lines {
            1 => tr!("one line, {}", file_size(self.bytes)),
            lines => tr!("{} lines, {}", grouped(lines, ','), file_size(self.bytes)),
        }
    }

    /// The upload of the file under this name.
    pub(super) fn upload(&self, name: &str) -> Upload {
        Upload {
            name: name.to_owned(),
            mime: "application/jsonl".to_owned(),
            size: self.bytes,
            source: ByteSource::File(self.file.path().to_owned()),
            hashed: false,
        }
    }
}

/// The line of a request. Its body is put in as it is stored, but for its pictures.
pub(super) async fn request_line(files: &LocalFiles<'_>, line: &OpenLine) -> anyhow::Result<String> {
    let body = files.inlined(&line.body).await?;
    let (id, url) = (Value::from(line.custom_id.as_str()), Value::from(line.url.as_str()));
    let text = format!(r#"{{"custom_id":{id},"method":"POST","url":{url},"body":{body}}}"#);
    if text.len() > MAX_LINE {
        let failure = Failure::usage(tr!("{}: {}", quoted(&line.custom_id), line_too_long(text.len())));
        return Err(failure.hint(uploads_pictures()).into());
    }
    Ok(text)
}

/// Why a line of so many bytes does not go into a file.
pub(super) fn line_too_long(bytes: usize) -> UiText {
    tr!(
        "the line has {} with its pictures, and a batch service takes 6 MB at most",
        file_size(bytes as u64)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ledger::{BatchEntry, NewLine};
    use std::fmt::Write;

    /// The files that lines of these lengths go into, with so many lines and bytes at most.
    async fn files(lengths: &[usize], most_lines: u64, most_bytes: u64) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let (mut ledger, _) = Ledger::open(folder.path()).unwrap();
        let entry = BatchEntry::sample(lengths.len() as u64);
        let lines = lengths.iter().enumerate().map(|(number, length)| {
            Ok(NewLine {
                custom_id: number.to_string(),
                url: "/v1/chat/completions".to_owned(),
                body: "语".repeat(*length),
                cells: None,
            })
        });
        let batch = ledger.begin(&entry, lines).unwrap();
        let text_of = async |line: &OpenLine| Ok(format!("{} {}", line.custom_id, line.body));
        let mut files = Vec::new();
        while let Some(first) = ledger.next_pending(&batch, 0).unwrap() {
            let job = ledger.begin_job(&batch, first.seq, most_lines).unwrap();
            let file = JobFile::write(&mut ledger, &batch, &job, most_bytes, text_of)
                .await
                .unwrap();
            let text = std::fs::read_to_string(file.file.path()).unwrap();
            assert_eq!(
                (file.bytes, file.lines),
                (text.len() as u64, text.lines().count() as u64)
            );
            files.push(text);
        }
        files
    }

    #[tokio::test]
    async fn lines_are_split_over_files_whole_and_in_order() {
        // A line of n characters has its number, a space, three bytes for each character and the end.
        assert_eq!(
            files(&[1, 2, 3, 1], 3, 22).await,
            ["0 语\n1 语语\n", "2 语语语\n3 语\n"].map(|text| { text.to_owned() })
        );
        for (most_lines, most_bytes) in [(1, 1_000), (7, 1_000), (50, 64), (3, 97), (50_000, 500_000_000)] {
            let lengths: Vec<usize> = (0..50).map(|number| number * 7 % 19).collect();
            let files = files(&lengths, most_lines, most_bytes).await;
            assert!(
                files
                    .iter()
                    .all(|file| file.len() as u64 <= most_bytes && file.lines().count() as u64 <= most_lines)
            );
            let all = lengths
                .iter()
                .enumerate()
                .fold(String::new(), |mut all, (number, length)| {
                    let _ = writeln!(all, "{number} {}", "语".repeat(*length));
                    all
                });
            assert_eq!(files.concat(), all, "{most_lines} {most_bytes}");
        }
        // One that is too long for a file has one of its own.
        let alone = files(&[1, 20, 1], 10, 20).await;
        assert_eq!(
            alone.iter().map(|file| file.lines().count()).collect::<Vec<_>>(),
            [1, 1, 1]
        );
    }
}
