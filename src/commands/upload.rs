//! `qwen upload`: files put where the model can read them, a reference a line.

use std::ffi::OsStr;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use jiff::Timestamp;
use serde_json::{Value, json};
use stream_markdown::sanitize::safe_line;
use tokio::sync::Semaphore;

use crate::app::App;
use crate::attach::{self, Progress};
use crate::cli::{ListFormat, UploadArgs, UploadPurpose};
use crate::connection::{Connection, connect};
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::report;
use crate::term::bars::Bars;
use crate::term::out::write_out;
use crate::tr;
use qwen_api::provider::provider;
use qwen_api::uploads::{Purpose, StoredFile, Upload, Uploader};

/// Uploads under way at once: enough to fill a line, few enough for the storage's patience.
const AT_ONCE: usize = 4;

pub(super) async fn run(app: App<'_>, args: UploadArgs) -> anyhow::Result<()> {
    app.or_cancelled(upload(&app, &args)).await
}

async fn upload(app: &App<'_>, args: &UploadArgs) -> anyhow::Result<()> {
    let named = args.files.iter();
    attach::takes_stdin(named.map(|file| (UiText::foreign(file.to_string_lossy()), file.as_os_str())))?;
    let notice = |message| app.notice(message);
    let mut items = Vec::new();
    for file in &args.files {
        items.push(attach::upload_item(app.reads(None, &notice), file).await);
    }
    let bars = Bars::new(app.host, app.settings.quiet, app.settings.lang());
    let format = args.format.unwrap_or_default();
    let mut list = List::default();
    if items.iter().any(Result::is_ok) {
        let connection = connect(app, false).await?;
        let model = model(app, &connection, items.iter().flatten());
        let purpose = match args.purpose {
            Some(UploadPurpose::FileExtract) => Purpose::Document,
            None => Purpose::Model(&model),
        };
        let in_context = |error| connection.error(error);
        let uploader = connection.client.uploader(purpose).map_err(in_context)?;
        let progress = Progress::new(&bars, &notice);
        uploader.prepare(&progress).await.map_err(in_context)?;
        let places = Semaphore::new(AT_ONCE);
        let mut uploads: FuturesOrdered<_> = items
            .iter()
            .map(|item| one(app, &uploader, &bars, &places, item))
            .collect();
        for file in &args.files {
            let Some(done) = uploads.next().await else { break };
            list.take(app, &bars, format, file, done.map_err(|error| connection.error(error)))?;
        }
    } else {
        for (file, item) in args.files.iter().zip(items) {
            let failure = item.err().unwrap_or_else(|| Failure::other(tr!("it was not uploaded")));
            list.take(app, &bars, format, file, Err(failure.into()))?;
        }
    }
    drop(bars);
    if format == ListFormat::Json {
        write_out(&serde_json::to_string_pretty(&list.done).unwrap_or_default())?;
    }
    Ok(list.verdict()?)
}

/// The model the references are for: the user's choice, else the one that sees, or hears where the files are recordings.
fn model<'i>(app: &App<'_>, connection: &Connection, mut items: impl Iterator<Item = &'i Upload>) -> String {
    let endpoint = connection.client.endpoint();
    let is_recording = |item: &Upload| item.mime.starts_with("audio/") || item.mime.starts_with("video/");
    let hearing = endpoint.omni_model.as_ref().filter(|_| items.any(is_recording));
    let known = hearing
        .or(endpoint.vision_model.as_ref())
        .or(endpoint.default_model.as_ref());
    match &app.settings.model {
        Some(chosen) => app.settings.model_of(&chosen.value),
        // An own provider may name neither; one that takes uploads is DashScope's.
        None => known.cloned().or_else(of_dashscope).unwrap_or_default(),
    }
}

fn of_dashscope() -> Option<String> {
    provider("dashscope")?.vision_model.map(str::to_owned)
}

/// One upload, when it is its turn.
async fn one<'i>(
    app: &App<'_>,
    uploader: &Uploader<'_>,
    bars: &Bars,
    places: &Semaphore,
    item: &'i Result<Upload, Failure>,
) -> anyhow::Result<(&'i Upload, StoredFile)> {
    let item = item.as_ref().map_err(Clone::clone)?;
    // The semaphore is never closed.
    let _place = places.acquire().await.ok();
    let notice = |message| app.notice(message);
    let stored = uploader.put(item, &Progress::new(bars, &notice)).await?;
    Ok((item, stored))
}

/// What has come of the files so far.
#[derive(Default)]
struct List {
    done: Vec<Value>,
    /// Of the first failure.
    first: Option<Kind>,
    /// The latest failure.
    untold: Option<Failure>,
}

impl List {
    /// Takes the result of the next file, in the order of the arguments.
    fn take(
        &mut self,
        app: &App<'_>,
        bars: &Bars,
        format: ListFormat,
        file: &OsStr,
        done: anyhow::Result<(&Upload, StoredFile)>,
    ) -> Result<(), Failure> {
        let (item, stored) = match done {
            Ok(done) => done,
            Err(error) => {
                self.tell(app, bars, report::describe(&error));
                return Ok(());
            }
        };
        let expires_at = stored.expires_at.map(date);
        self.done.push(json!({
            "file": file.to_string_lossy(),
            "url": stored.reference,
            "id": stored.id,
            "mime": item.mime,
            "size": item.size,
            "expires_at": expires_at,
        }));
        if let Some(left) = short_life(stored.expires_at) {
            bars.between(|| app.notice(tr!("{}: this address can be used for {}", item.name, left)));
        }
        // A document is known by its id; anything else by where it is.
        let line = match stored.id {
            Some(id) if stored.reference == format!("fileid://{id}") => id,
            _ => stored.reference,
        };
        let line = if app.host.ttys.stdout { safe_line(&line) } else { line };
        match format {
            ListFormat::Text => bars.between(|| write_out(&line)),
            ListFormat::Json => Ok(()),
        }
    }

    /// Notes a failure, which does not stop the other uploads. It is printed before the next one, the last at the end.
    fn tell(&mut self, app: &App<'_>, bars: &Bars, failure: Failure) {
        self.first.get_or_insert(failure.kind);
        let Some(before) = self.untold.replace(failure) else {
            return;
        };
        bars.between(|| app.ui.failure(&before));
    }

    /// The last failure in words, the first in the exit code.
    fn verdict(self) -> Result<(), Failure> {
        match (self.untold, self.first) {
            (Some(last), Some(kind)) => Err(Failure { kind, ..last }),
            _ => Ok(()),
        }
    }
}

/// How long something lives that will not outlive the hour.
fn short_life(expires_at: Option<SystemTime>) -> Option<UiText> {
    let left = expires_at?.duration_since(SystemTime::now()).ok()?;
    let minutes = ((left.as_secs() + 30) / 60).max(1);
    (minutes < 60).then(|| tr!("about {}", seconds(Duration::from_secs(minutes * 60))))
}

/// A moment as JSON holds it, to the second.
fn date(at: SystemTime) -> Option<String> {
    let at = Timestamp::try_from(at).ok()?;
    Timestamp::from_second(at.as_second()).ok().map(|at| at.to_string())
}
