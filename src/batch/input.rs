//! The input of a batch, checked whole before anything is sent.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use encoding_rs::Encoding;
use tokio::task::spawn_blocking;

use super::input_lines::{InputLine, InputLines, decoded, lines};
use super::job_file::MAX_LINE;
use super::line_maker::{LineMaker, MadeLine, NotTheLine};
use super::line_spool::LineSpool;
use crate::app::App;
use crate::attach::is_stdin;
use crate::connection::Connection;
use crate::conversation::options::RequestOptions;
use crate::error::{Failure, Kind, io_reason};
use crate::i18n::{UiText, quoted};
use crate::report;
use crate::text::Fingerprint;
use crate::tr;

/// How many bad lines are named.
const MOST_NAMED: u64 = 20;
/// How many lines are made between two looks at the signals.
const LINES_AT_ONCE: u64 = 256;

/// An input that is fit to be sent.
pub struct CheckedInput {
    /// The name of the file.
    pub name: String,
    /// The SHA-256 of the provider, the address, and the ids and bodies of all lines.
    pub digest: String,
    pub census: Census,
    /// The names of a CSV file's columns.
    pub columns: Option<Vec<String>>,
    pub(super) spool: LineSpool,
}

/// What an engine is chosen by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    pub lines: u64,
    /// The path of the first line's request.
    pub url: String,
    /// The model of the first line.
    pub model: String,
    /// Whether the first line asks for thinking.
    pub thinks: Option<bool>,
    /// The number of the first line whose path, model or thinking is another.
    pub mixed_at: Option<u64>,
    /// The first line that only a batch service answers: its number, and what of it.
    pub only_service: Option<(u64, String)>,
    /// The first line that is too long for a batch service's file: its number and its bytes.
    pub too_long: Option<(u64, usize)>,
}

impl Census {
    fn add(&mut self, made: &MadeLine, number: u64) {
        if self.lines == 0 {
            self.url.clone_from(&made.line.url);
            self.model.clone_from(&made.model);
            self.thinks = made.thinks;
        } else if self.mixed_at.is_none()
            && (made.line.url != self.url || made.model != self.model || made.thinks != self.thinks)
        {
            self.mixed_at = Some(number);
        }
        if let Some(what) = made.only_service.as_ref().filter(|_| self.only_service.is_none()) {
            self.only_service = Some((number, what.clone()));
        }
        let length = made.length_in_file();
        if length > MAX_LINE && self.too_long.is_none() {
            self.too_long = Some((number, length));
        }
        self.lines += 1;
    }
}

/// The form of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Text,
    Table,
}

impl Form {
    /// The form that a file's name says; `None` where its first character decides.
    fn of_name(name: &str) -> Option<Form> {
        let ending = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "jsonl" | "ndjson" => Some(Form::Json),
            "txt" => Some(Form::Text),
            "csv" => Some(Form::Table),
            _ => None,
        }
    }
}

/// Reads an input, and checks it.
pub async fn read(
    app: &App<'_>,
    connection: &Connection,
    options: &RequestOptions,
    input: &OsStr,
    encoding: Option<&'static Encoding>,
) -> anyhow::Result<CheckedInput> {
    let is_piped = is_stdin(input);
    let name = match is_piped {
        true => "stdin".to_owned(),
        false => input.to_string_lossy().into_owned(),
    };
    let file = app.or_cancelled(open(app, input, &name)).await?;
    let mut reader = BufReader::new(decoded(file, encoding).map_err(|error| unread(&name, &error))?);
    let form = match Form::of_name(&name).filter(|_| !is_piped) {
        Some(form) => form,
        None => match first_byte(&mut reader).map_err(|error| unread(&name, &error))? {
            Some(b'{') => Form::Json,
            _ => Form::Text,
        },
    };
    let mut check = InputCheck {
        app,
        maker: LineMaker::new(app, connection, options),
        name: &name,
        spool: LineSpool::new()?,
        ids: HashSet::new(),
        digest: Fingerprint::default(),
        census: Census::default(),
        bad: 0,
    };
    let endpoint = connection.client.endpoint();
    check.digest.add(&endpoint.provider);
    // The demo has another port in each run.
    check.digest.add(if endpoint.provider == "demo" {
        ""
    } else {
        &endpoint.base_url
    });
    let mut columns = None;
    match form {
        Form::Table => columns = Some(check.table(reader).await?),
        form => check.lines(form, lines(Box::new(reader))).await?,
    }
    if check.bad > 0 {
        return Err(check.refusal().into());
    }
    if check.census.lines == 0 {
        return Err(Failure::usage(tr!("{} has no lines", name)).into());
    }
    Ok(CheckedInput {
        digest: check.digest.hex(),
        census: check.census,
        columns,
        spool: check.spool,
        name,
    })
}

fn unread(name: &str, error: &io::Error) -> Failure {
    Failure::usage(match error.kind() {
        io::ErrorKind::InvalidData => tr!("{} is not in the encoding that was named", name),
        _ => tr!("cannot read {}: {}", name, io_reason(error)),
    })
}

/// The first byte that is not white space; nothing is taken.
fn first_byte(reader: &mut impl BufRead) -> io::Result<Option<u8>> {
    let head = reader.fill_buf()?;
    Ok(head.iter().copied().find(|byte| !byte.is_ascii_whitespace()))
}

/// Opens the input. What is no file is copied into one on a thread of its own, since a pipe may keep it waiting.
async fn open(app: &App<'_>, input: &OsStr, name: &str) -> Result<File, Failure> {
    let path = match &app.host.cwd {
        Some(cwd) => cwd.join(input),
        None => input.into(),
    };
    let reader: Box<dyn Read + Send> = if is_stdin(input) {
        if app.host.ttys.stdin {
            app.notice(tr!("reading prompts from standard input; Ctrl-D ends it"));
        }
        Box::new(io::stdin())
    } else {
        let meta = std::fs::metadata(&path).map_err(|error| unread(name, &error))?;
        if meta.is_dir() {
            return Err(unread(name, &io::ErrorKind::IsADirectory.into()));
        }
        let file = File::open(&path).map_err(|error| unread(name, &error))?;
        if meta.is_file() {
            return Ok(file);
        }
        Box::new(file)
    };
    let copied = spawn_blocking(move || {
        let (mut reader, mut copy) = (reader, tempfile::tempfile()?);
        io::copy(&mut reader, &mut copy)?;
        copy.rewind()?;
        Ok::<File, io::Error>(copy)
    });
    match copied.await {
        Ok(copy) => copy.map_err(|error| unread(name, &error)),
        Err(_) => Err(Failure::usage(tr!("cannot read {}", name))),
    }
}

/// An input that is being checked.
struct InputCheck<'a> {
    app: &'a App<'a>,
    maker: LineMaker<'a>,
    name: &'a str,
    spool: LineSpool,
    ids: HashSet<String>,
    digest: Fingerprint,
    census: Census,
    bad: u64,
}

impl InputCheck<'_> {
    async fn lines(&mut self, form: Form, mut lines: InputLines<impl BufRead>) -> anyhow::Result<()> {
        for number in 1.. {
            let Some(line) = lines.next().map_err(|error| unread(self.name, &error))? else {
                break;
            };
            let made = match line {
                InputLine::TooLong => Err(Failure::usage(tr!("is longer than 16 MiB")).into()),
                InputLine::NotUtf8 => {
                    Err(Failure::usage(tr!("is not UTF-8; --encoding names another encoding")).into())
                }
                InputLine::Text(text) if text.trim().is_empty() => continue,
                InputLine::Text(text) if form == Form::Json => self.maker.of_json(&text, number).await,
                InputLine::Text(text) => self.maker.of_text(&text, number).await,
            };
            self.take(made, number).await?;
        }
        Ok(())
    }

    /// Reads a CSV file. Returns the names of its columns.
    async fn table(&mut self, reader: impl Read) -> anyhow::Result<Vec<String>> {
        if self.app.settings.template.is_none() {
            return Err(Failure::usage(tr!("a CSV file needs a template"))
                .hint(tr!("--template NAME; its variables are the columns"))
                .into());
        }
        let mut table = csv::ReaderBuilder::new().from_reader(reader);
        let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<String>>();
        let columns = table
            .headers()
            .map(texts)
            .map_err(|error| csv_fault(self.name, &error))?;
        let mut record = csv::StringRecord::new();
        loop {
            let read = table.read_record(&mut record);
            let number = record.position().map_or(0, csv::Position::line);
            match read {
                Ok(false) => return Ok(columns),
                Ok(true) => {
                    let made = self.maker.of_row(&columns, texts(&record), number).await;
                    self.take(made, number).await?;
                }
                Err(error) if error.is_io_error() => return Err(csv_fault(self.name, &error).into()),
                Err(error) => {
                    let number = error.position().map_or(number, csv::Position::line);
                    let fault = csv_fault(self.name, &error);
                    self.take(Err(fault.into()), number).await?;
                }
            }
        }
    }

    /// Keeps a line, or names what is wrong with it.
    async fn take(&mut self, made: anyhow::Result<MadeLine>, number: u64) -> anyhow::Result<()> {
        let made = match made {
            Ok(made) => made,
            Err(error) => {
                let failure = report::describe(&error);
                if failure.kind != Kind::Usage || error.downcast_ref::<NotTheLine>().is_some() {
                    return Err(error);
                }
                self.name_fault(number, &failure.message);
                return Ok(());
            }
        };
        if !self.ids.insert(made.line.custom_id.clone()) {
            self.name_fault(
                number,
                &tr!("the id {} is that of an earlier line", quoted(&made.line.custom_id)),
            );
            return Ok(());
        }
        self.census.add(&made, number);
        for text in [&made.line.custom_id, &made.line.url, &made.line.body]
            .into_iter()
            .chain(made.files.iter().map(|file| &file.digest))
        {
            self.digest.add(text);
        }
        if self.bad == 0 {
            self.spool.push(&made.line)?;
        }
        if self.census.lines.is_multiple_of(LINES_AT_ONCE) {
            let mut cancel = self.app.cancel.clone();
            if let Some(kind) = cancel.pending().await {
                return Err(Failure::stopped(kind).into());
            }
        }
        Ok(())
    }

    fn name_fault(&mut self, number: u64, why: &UiText) {
        self.bad += 1;
        if self.bad <= MOST_NAMED {
            self.app.ui.print(tr!("{}:{}: {}", self.name, number, why));
        }
    }

    fn refusal(&self) -> Failure {
        Failure::usage(match self.bad {
            1 => tr!("{} has a bad line; nothing was sent", self.name),
            ..=MOST_NAMED => tr!("{} has {} bad lines; nothing was sent", self.name, self.bad),
            _ => tr!(
                "{} has {} bad lines, of which the first {} are named; nothing was sent",
                self.name,
                self.bad,
                MOST_NAMED
            ),
        })
    }
}

fn csv_fault(name: &str, error: &csv::Error) -> Failure {
    Failure::usage(match error.kind() {
        csv::ErrorKind::Io(error) => return unread(name, error),
        csv::ErrorKind::Utf8 { .. } => tr!("is not UTF-8; --encoding names another encoding"),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            tr!("has {} columns, the first line has {}", len, expected_len)
        }
        _ => UiText::foreign(error.to_string()),
    })
}
