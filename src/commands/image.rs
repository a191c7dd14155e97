//! `qwen image`: pictures made from words or from other pictures, a path a line.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::App;
use crate::attach::{self, DeliveryOptions};
use crate::cli::{Image, ListFormat};
use crate::config::Origin;
use crate::connection::{Connection, connect};
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::images::{self, Destination, ImageModel, MOST_REFERENCES, MadeImage, MadeImages, too_many_references};
use crate::money::Cost;
use crate::term::out::{Stream, is_stdout, write_out, write_path};
use crate::term::pipe;
use crate::tr;
use qwen_api::error::InvalidInput;
use qwen_api::{Error, ImageRequest, ImageSource, Media, MediaKind, Message, Role};

pub(super) async fn run(mut app: App<'_>, args: Image) -> anyhow::Result<()> {
    if let Some(amount) = args.max_cost {
        app.settings = app.settings.with_max_cost(amount);
    }
    let begun = Instant::now();
    let prompt = app.or_cancelled(prompt(&app, &args)).await?;
    let output = output(&app, &args, &prompt)?;
    let (connection, model, request) = app.or_cancelled(prepare(&app, &args, prompt, &output)).await?;
    let mut cancel = app.cancel.clone();
    let made = images::make(&app, &connection, &model, request, None, &mut cancel).await?;
    let cost = made.cost;
    let count = made.images.len();
    let ended = keep(&app, &args, &connection, made, &output).await;
    if args.usage {
        app.ui.print(usage(count, cost, begun.elapsed()));
    }
    ended
}

/// `usage: 2 pictures, ¥0.4; 12.3 s in all`.
fn usage(count: usize, cost: Option<Cost>, duration: Duration) -> UiText {
    let made = match count {
        1 => tr!("1 picture"),
        _ => tr!("{} pictures", count),
    };
    // What is free has no cost to tell.
    let paid = match cost.map(Cost::words) {
        Some(Some(cost)) => tr!("{}, {}", made, cost),
        Some(None) => made,
        None => tr!("{}, cost unknown", made),
    };
    tr!("usage: {}; {} in all", paid, seconds(duration))
}

/// The request for the pictures, and who is asked.
async fn prepare(
    app: &App<'_>,
    args: &Image,
    prompt: String,
    output: &ImageOutput,
) -> anyhow::Result<(Connection, ImageModel, ImageRequest)> {
    if let ImageOutput::Files(destination) = output {
        destination.check()?;
    }
    let connection = connect(app, false).await?;
    if !connection.client.may_make_images() {
        let provider = connection.client.endpoint().provider.clone();
        return Err(images::in_context(
            &connection,
            Error::new(InvalidInput::NoImages { provider }),
        ));
    }
    // The variable and the config are for chat.
    let chosen = app.settings.model.as_ref();
    let chosen = chosen.filter(|model| matches!(model.origin, Origin::Flag(_)));
    let model = ImageModel::choose(&app.settings, &connection, chosen.map(|model| model.value.as_str()));
    images::allow(&connection, &model.id, args.count)?;
    let request = ImageRequest {
        images: references(app, &connection, args, &model).await?,
        count: args.count,
        size: args.size.clone(),
        negative_prompt: args.negative.clone(),
        seed: args.seed,
        ..ImageRequest::new("", prompt)
    };
    Ok((connection, model, request))
}

/// Fetches the pictures and writes them. One signal stops the fetching of all.
async fn keep(
    app: &App<'_>,
    args: &Image,
    connection: &Connection,
    made: MadeImages,
    output: &ImageOutput,
) -> anyhow::Result<()> {
    let mut list = ImageList::new(app, args.format.unwrap_or_default());
    for (at, image) in made.images.iter().enumerate() {
        let fetched = images::fetch(app, connection, image);
        let (made, url) = match image {
            ImageSource::Url(url) => (app.or_cancelled(fetched).await, Some(url.as_str())),
            // It is there already, whatever happens.
            ImageSource::Inline(_) => (fetched.await, None),
        };
        list.take(made, url, output, at + 1).await?;
    }
    made.failures.into_iter().for_each(|failure| list.tell(failure));
    list.end()
}

/// What the picture is to show.
async fn prompt(app: &App<'_>, args: &Image) -> anyhow::Result<String> {
    let notice = |message| app.notice(message);
    let is_stdin = args.prompt == ["-"];
    let named = args.images.iter();
    let named = named.map(|file| (UiText::foreign(file.to_string_lossy()), file.as_os_str()));
    let dash = is_stdin.then(|| (UiText::foreign("PROMPT"), "-".as_ref()));
    attach::takes_stdin(named.chain(dash))?;
    let prompt = match is_stdin {
        true => attach::read_stdin_text(app.reads(None, &notice)).await?,
        false => args.prompt.join(" "),
    };
    match prompt.trim() {
        "" => Err(Failure::usage(tr!("there is no prompt"))
            .hint(UiText::foreign("qwen image \"a red fox in snow\""))
            .into()),
        prompt => Ok(prompt.to_owned()),
    }
}

/// Where the pictures go.
enum ImageOutput {
    Files(Destination),
    Stdout,
}

fn output(app: &App<'_>, args: &Image, prompt: &str) -> Result<ImageOutput, Failure> {
    let folder = app.host.cwd.clone().unwrap_or_default();
    let Some(path) = &args.output else {
        return Ok(ImageOutput::Files(Destination::of_words(folder, prompt)));
    };
    let is_several = args.count.is_some_and(|count| count > 1);
    if !is_stdout(path) {
        return Ok(ImageOutput::Files(Destination::given(folder, path.clone(), is_several)));
    }
    if is_several || args.format == Some(ListFormat::Json) {
        return Err(Failure::usage(tr!(
            "only one picture fits on standard output, and nothing beside it"
        )));
    }
    match app.host.ttys.stdout {
        true => {
            Err(Failure::usage(tr!("a picture's bytes are not for a terminal")).hint(tr!("-o FILE writes elsewhere")))
        }
        false => Ok(ImageOutput::Stdout),
    }
}

/// The pictures to change, where the model can read them.
async fn references(
    app: &App<'_>,
    connection: &Connection,
    args: &Image,
    model: &ImageModel,
) -> anyhow::Result<Vec<Media>> {
    if args.images.len() > MOST_REFERENCES {
        return Err(too_many_references().into());
    }
    let notice = |message| app.notice(message);
    let blocks = attach::media_blocks(app.reads(None, &notice), &args.images).await?;
    let mut message = Message::new(Role::User, blocks);
    if let Some(other) = message.media().find(|media| media.kind != MediaKind::Image) {
        return Err(Failure::usage(tr!("{} is not a picture", other.name)).into());
    }
    let means = DeliveryOptions {
        may_resize: true,
        may_upload: true,
        in_chat: false,
    };
    connection.place(app, &mut message, &model.id, means).await?;
    Ok(message.media().cloned().collect())
}

/// What has come of the pictures so far.
struct ImageList<'a> {
    app: &'a App<'a>,
    format: ListFormat,
    done: Vec<Value>,
    /// The first failure's exit code.
    first: Option<Kind>,
    /// The last failure, printed at the end.
    last: Option<Failure>,
}

impl<'a> ImageList<'a> {
    fn new(app: &'a App<'a>, format: ListFormat) -> ImageList<'a> {
        ImageList {
            app,
            format,
            done: Vec::new(),
            first: None,
            last: None,
        }
    }

    /// Writes a picture, and its path to standard output. One that cannot be fetched or written has its address there, since
    /// it is paid for, or in a hint where standard output is for its bytes.
    async fn take(
        &mut self,
        made: Result<MadeImage, Failure>,
        url: Option<&str>,
        output: &ImageOutput,
        number: usize,
    ) -> Result<(), Failure> {
        let written = match (made, output) {
            (Err(failure), _) => Err(failure),
            (Ok(image), ImageOutput::Stdout) => return write_bytes(&image.bytes),
            (Ok(image), ImageOutput::Files(destination)) => destination.write(number, &image).map(|path| (path, image)),
        };
        match written {
            Ok((path, image)) => self.show(&path, &image, url).await,
            Err(failure) if failure.kind == Kind::OutputClosed => Err(failure),
            Err(failure) => {
                let (error, kind) = (failure.message.to_string(), failure.kind);
                self.done.push(json!({"file": null, "url": url, "error": error}));
                match (output, url) {
                    (ImageOutput::Stdout, Some(url)) => self.tell(failure.hint(tr!("it is still at {}", url))),
                    _ => self.tell(failure),
                }
                let is_printed = self.format == ListFormat::Text && matches!(output, ImageOutput::Files(_));
                match url.filter(|_| is_printed).map(write_out) {
                    // The terminal may be gone, and that is not what ended the run.
                    Some(Err(_)) if kind == Kind::HungUp => Ok(()),
                    Some(written) => written,
                    None => Ok(()),
                }
            }
        }
    }

    async fn show(&mut self, path: &Path, image: &MadeImage, url: Option<&str>) -> Result<(), Failure> {
        if self.format == ListFormat::Text {
            images::preview(self.app, &image.bytes).await;
            return write_path(path);
        }
        let sides = image.header.sides;
        self.done.push(json!({
            "file": path.to_string_lossy(),
            "url": url,
            "mime": image.header.mime,
            "size": image.bytes.len(),
            "width": sides.map(|(width, _)| width),
            "height": sides.map(|(_, height)| height),
        }));
        Ok(())
    }

    /// Notes a failure, which takes nothing from the other pictures. It is printed before the next one, the last at the end;
    /// what stopped several of them once.
    fn tell(&mut self, failure: Failure) {
        self.first.get_or_insert(failure.kind);
        match self.last.replace(failure) {
            Some(before) if Some(&before) != self.last.as_ref() => self.app.ui.failure(&before),
            _ => {}
        }
    }

    /// The last failure in words, the first in the exit code.
    fn end(self) -> anyhow::Result<()> {
        if self.format == ListFormat::Json {
            write_out(&serde_json::to_string_pretty(&self.done).unwrap_or_default())?;
        }
        match (self.last, self.first) {
            (Some(last), Some(kind)) => Err(Failure { kind, ..last }.into()),
            _ => Ok(()),
        }
    }
}

fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let written = Stream::stdout().write_all(bytes);
    written.map_err(|error| pipe::failed(tr!("write to stdout"), &error))
}
