//! The results of a batch as a file, in the order of the input: written whole or not at all.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use qwen_api::batches::BatchResult;
use serde_json::{Value, json};
use stream_markdown::sanitize::safe;

use crate::cli::{BatchFormat, BatchOutput};
use crate::error::Failure;
use crate::store::ledger::{BatchLineState, Ledger, OutputLine, StoredBatch};
use crate::term::out::{Stream, WholeFile, is_stdout};
use crate::term::pipe;
use crate::tr;

/// Makes sure before anything is sent that the output can be written.
pub fn check(output: &BatchOutput) -> Result<(), Failure> {
    match target(output) {
        // What was made for the check is removed with it.
        Some(target) => WholeFile::create(target).map(drop),
        None => Ok(()),
    }
}

/// Writes the results, and beside them the lines that failed, which can be run as they are.
pub fn write(ledger: &Ledger, batch: &StoredBatch, output: &BatchOutput) -> Result<(), Failure> {
    let format = output.format.unwrap_or_default();
    let Some(target) = target(output) else {
        let mut out = BufWriter::new(StdoutLines {
            is_terminal: io::stdout().is_terminal(),
        });
        return write_lines(ledger, batch, format, "-", &mut out)
            .and_then(|()| out.flush().map_err(|error| unwritten("-", &error)));
    };
    let file = WholeFile::create(target)?;
    let name = target.display().to_string();
    let mut out = BufWriter::new(file.writer().map_err(|error| unwritten(&name, &error))?);
    write_lines(ledger, batch, format, &name, &mut out)?;
    out.flush().map_err(|error| unwritten(&name, &error))?;
    file.keep()?;
    match failed_beside(target) {
        Some(beside) => write_failed(ledger, batch, &beside),
        None => Ok(()),
    }
}

/// Where the lines that failed are written: `out.failed.jsonl` beside `out.jsonl`; nowhere beside a device or a pipe.
pub fn failed_beside(target: &Path) -> Option<PathBuf> {
    if std::fs::metadata(target).is_ok_and(|meta| !meta.is_file()) {
        return None;
    }
    let mut name = target.file_stem()?.to_owned();
    name.push(".failed.jsonl");
    Some(target.with_file_name(name))
}

/// The file that results go to; `None` for standard output.
pub fn target(output: &BatchOutput) -> Option<&Path> {
    output.output.as_deref().filter(|target| !is_stdout(target))
}

fn unwritten(name: &str, error: &io::Error) -> Failure {
    pipe::failed(tr!("write {}", name), error)
}

fn write_lines(
    ledger: &Ledger,
    batch: &StoredBatch,
    format: BatchFormat,
    name: &str,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if format == BatchFormat::Csv {
        return write_table(ledger, batch, name, out);
    }
    ledger.for_each_line(batch, |line| {
        let text = match format {
            BatchFormat::Text => escaped(&answer(&line).unwrap_or_default()),
            _ => result(&line),
        };
        let written = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n"));
        written.map_err(|error| unwritten(name, &error))
    })
}

/// The result line; that of a line without one says so.
fn result(line: &OutputLine) -> String {
    match &line.result {
        Some(result) => result.clone(),
        None => {
            let error = json!({"code": "no_result", "message": "there is no result yet"});
            json!({"id": null, "custom_id": line.custom_id, "response": null, "error": error}).to_string()
        }
    }
}

/// The text of an answer; `None` where the line failed.
fn answer(line: &OutputLine) -> Option<String> {
    let result = BatchResult::parse(line.result.as_deref()?.as_bytes())?;
    let content = result.body.pointer("/choices/0/message/content");
    result
        .is_success()
        .then(|| content.and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// Why a line failed; empty where it did not.
fn reason(line: &OutputLine) -> String {
    let Some(result) = line
        .result
        .as_deref()
        .and_then(|json| BatchResult::parse(json.as_bytes()))
    else {
        return "there is no result yet".to_owned();
    };
    match result.error {
        None => String::new(),
        Some(error) => match (error.code, error.message.as_str()) {
            (Some(code), "") => code,
            (Some(code), message) => format!("{code}: {message}"),
            (None, message) => message.to_owned(),
        },
    }
}

/// A text on one line, its ends escaped as in JSON.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

fn write_table(ledger: &Ledger, batch: &StoredBatch, name: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let failed = |error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(error) => unwritten(name, &error),
        _ => Failure::other(tr!("cannot write the answers as CSV")),
    };
    // Rows of the input may be of any length.
    let mut table = csv::WriterBuilder::new().flexible(true).from_writer(out);
    let own = ["answer", "error"].map(str::to_owned);
    let columns = batch.columns.clone().unwrap_or_else(|| vec!["id".to_owned()]);
    table.write_record(columns.iter().chain(&own)).map_err(failed)?;
    ledger.for_each_line(batch, |line| {
        let own = [answer(&line).unwrap_or_default(), reason(&line)];
        let cells = line.cells.clone().unwrap_or_else(|| vec![line.custom_id.clone()]);
        table.write_record(cells.iter().chain(&own)).map_err(failed)
    })?;
    table.flush().map_err(|error| unwritten(name, &error))
}

/// Writes the lines that failed as lines of an input; without any the file of an earlier run is removed.
fn write_failed(ledger: &Ledger, batch: &StoredBatch, beside: &Path) -> Result<(), Failure> {
    let name = beside.display().to_string();
    let mut opened: Option<(WholeFile, BufWriter<pipe::Pipe>)> = None;
    ledger.for_each_line(batch, |line| {
        // The requests of a job that was made elsewhere may not be known.
        if line.state != BatchLineState::Failed || line.body.is_empty() {
            return Ok(());
        }
        let (_, out) = match &mut opened {
            Some(opened) => opened,
            None => {
                let file = WholeFile::create(beside)?;
                let out = BufWriter::new(file.writer().map_err(|error| unwritten(&name, &error))?);
                opened.insert((file, out))
            }
        };
        let body: Value = serde_json::from_str(&line.body).unwrap_or_default();
        let again = json!({"custom_id": line.custom_id, "method": "POST", "url": line.url, "body": body});
        writeln!(out, "{again}").map_err(|error| unwritten(&name, &error))
    })?;
    let Some((file, mut out)) = opened else {
        return match std::fs::remove_file(beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::io(tr!("remove {}", name), &error)),
            _ => Ok(()),
        };
    };
    out.flush().map_err(|error| unwritten(&name, &error))?;
    drop(out);
    file.keep()
}

/// Standard output, on a terminal without control characters. It is written to in whole lines.
struct StdoutLines {
    is_terminal: bool,
}

impl Write for StdoutLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = Stream::stdout();
        match self.is_terminal {
            true => out.write_all(safe(&String::from_utf8_lossy(bytes)).as_bytes())?,
            false => out.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Stream::stdout().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_lines_go_beside_the_output() {
        let beside = |target: &str| failed_beside(Path::new(target)).map(|path| path.display().to_string());
        assert_eq!(beside("a/out.jsonl").as_deref(), Some("a/out.failed.jsonl"));
        assert_eq!(beside("answers.csv").as_deref(), Some("answers.failed.jsonl"));
        assert_eq!(beside("out").as_deref(), Some("out.failed.jsonl"));
        #[cfg(unix)]
        assert_eq!(beside("/dev/null"), None);
    }

    #[test]
    fn an_answer_is_one_line() {
        assert_eq!(escaped("a\nb\r\n\\n"), "a\\nb\\r\\n\\\\n");
    }
}
