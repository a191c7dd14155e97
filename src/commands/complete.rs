//! `qwen complete`: one prompt in, one answer out.

use std::io::Write;
use std::path::Path;
use std::pin::pin;

use futures_util::future::{Either, select};
use stream_markdown::CodeSelection;
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::attach::{self, InputContext, PromptInput};
use crate::cli::{Complete, DryRun, Format, When};
use crate::config::Origin;
use crate::connection::Connection;
use crate::conversation::options::{RequestOptions, takes_stdin};
use crate::conversation::resume::{self, Resumed};
use crate::conversation::{Prepared, renderer, template};
use crate::error::{Failure, Kind};
use crate::i18n::duration::seconds;
use crate::messages;
use crate::render::json::{JsonLinesRenderer, JsonRenderer};
use crate::render::plain::PlainRenderer;
use crate::render::usage::usage_line;
use crate::render::{Ending, Render, Tee, dry_run};
use crate::report;
use crate::session::Ask;
use crate::template::ChosenTemplate;
use crate::term::out::{Stream, WholeFile, is_stdout, write_out};
use crate::tr;
use qwen_api::catalog;
use qwen_api::{Block, MediaKind, MediaSource, Message, Remote};

pub(super) async fn run(mut app: App<'_>, mut args: Complete) -> anyhow::Result<()> {
    app.sends = args.dry_run.is_none();
    if let Some(ChosenTemplate { template, .. }) = &app.settings.template {
        template::ask_once(&app, template).await?;
        // A format of the flags wins, since it is about the whole answer.
        if args.format.unwrap_or_default() == Format::Text {
            args.extract = args.extract.or(template.front.extract);
        }
    }
    let (mut prepared, ask) = prepare(&app, &args).await?;
    if let Some(form) = args.dry_run {
        return print_request(&app, &prepared, &ask, form);
    }
    if !app.host.ttys.stdout {
        prepared.connection.note_terms_of_plan(&app);
    }
    let asks_for_cache = args.cache.cache.is_some() || args.refresh;
    prepared.connection.note_uncached(&app, asks_for_cache);
    prepared.options.shows_cost |= args.format.unwrap_or_default() != Format::Text;
    prepared.options.cache = app.cache(args.cache, args.refresh);
    let mut output = AnswerOutput::open(&app, &args).await?;
    let ending = prepared.ask(&mut app, &ask, &mut *output.render).await;
    conclude(&app, &args, &prepared, output, ending).await
}

/// The conversation, and what is asked in it.
async fn prepare(app: &App<'_>, args: &Complete) -> anyhow::Result<(Prepared, Ask)> {
    let prompt_is_stdin = args.prompt == ["-"];
    let stdin_is_taken = takes_stdin(&args.generate, prompt_is_stdin.then(|| tr!("the prompt")))?;
    let notice = |message| app.notice(message);
    let reads = app.reads(attach::parse_encoding(args.encoding.as_deref())?, &notice);
    let mut options = RequestOptions::read(app, reads, &args.generate).await?;
    let searches = options.searches();
    if args.transcribe {
        let message = read(app, args, reads, stdin_is_taken, &mut options).await?;
        return transcription(app, options, message).await;
    }
    // While standard input, files and pictures are read, the connection is opened.
    let message = read(app, args, reads, stdin_is_taken, &mut options);
    let (mut message, (resumed, connection)) = both(message, reach(app, args, searches)).await?;
    let mut prepared = Prepared::new(app, connection, resumed, options, message.sense()).await?;
    prepared.place(app, &mut message).await?;
    if args.delete_chat && !prepared.connection.client.endpoint().protocol.has_account() {
        app.notice(tr!("--delete-chat is for a web account; nothing else keeps chats"));
    }
    let session = &mut prepared.session;
    session.is_fleeting = args.delete_chat || !app.settings.web_keep.value;
    session.is_last = true;
    let ask = if message.blocks.is_empty() {
        Ask::Continue
    } else {
        Ask::New(message)
    };
    if ask == Ask::Continue && session.cut_text().is_none() {
        let reason = if session.is_answered() {
            tr!("the last answer is complete: there is nothing to continue")
        } else {
            tr!("no answer to continue")
        };
        return Err(Failure::usage(reason)
            .hint(tr!("qwen complete -c \"your question\" goes on with the conversation"))
            .into());
    }
    Ok((prepared, ask))
}

/// `--transcribe`: the recording alone, for a model that turns speech into text.
async fn transcription(
    app: &App<'_>,
    options: RequestOptions,
    mut message: Message,
) -> anyhow::Result<(Prepared, Ask)> {
    message.blocks.retain(|block| matches!(block, Block::Media(_)));
    let recording = match message.blocks.as_mut_slice() {
        [Block::Media(media)] => media,
        _ => return Err(Failure::usage(tr!("--transcribe takes one recording")).into()),
    };
    // What is elsewhere is taken for what the user says it is.
    if recording.kind == MediaKind::Image && matches!(recording.source, MediaSource::Url(_)) {
        recording.kind = MediaKind::Audio;
    }
    if recording.kind != MediaKind::Audio {
        let told = tr!("{} is not a sound recording, which --transcribe takes", recording.name);
        let failure = Failure::usage(told);
        return Err(match recording.kind {
            MediaKind::Video => failure.hint(tr!("ffmpeg -i film.mp4 talk.mp3 takes the sound out of a video")),
            _ => failure,
        }
        .into());
    }
    let connection = resume::connect_for(app, None, false).await?;
    let endpoint = connection.client.endpoint();
    // A model of the environment or the config file was chosen for conversations.
    let chosen = app
        .settings
        .model
        .as_ref()
        .filter(|model| matches!(model.origin, Origin::Flag(_)));
    let chosen = chosen.map(|model| app.settings.model_of(&model.value));
    let is_chosen = chosen.is_some();
    let Some(mut model) = chosen.or_else(|| endpoint.transcribe_model.clone()) else {
        let told = tr!("no model is known that transcribes with {}", endpoint.provider);
        return Err(Failure::usage(told)
            .hint(tr!("name one with -m, or set transcribe_model in the config"))
            .into());
    };
    if let Some(long) = catalog::model_for_long_recordings(&model).filter(|_| !is_chosen)
        && let Some(length) = attach::length_over_limit(recording, &connection.client, &model)
    {
        app.notice(tr!("{} is {} long: asking {}", recording.name, seconds(length), long));
        long.clone_into(&mut model);
    }
    let prepared = Prepared::for_model(app, connection, options, model);
    prepared.place(app, &mut message).await?;
    Ok((prepared, Ask::New(message)))
}

/// What two futures make that run beside each other. An error of the first comes before one of the second.
async fn both<A, B>(
    first: impl Future<Output = anyhow::Result<A>>,
    second: impl Future<Output = anyhow::Result<B>>,
) -> anyhow::Result<(A, B)> {
    let (first, second) = match select(pin!(first), pin!(second)).await {
        Either::Left((first, second)) => (first?, second.await),
        Either::Right((second, first)) => (first.await?, second),
    };
    Ok((first, second?))
}

/// The message that the command line, stdin and the files named give, filled into the template, which may decide the
/// system prompt.
async fn read(
    app: &App<'_>,
    args: &Complete,
    reads: InputContext<'_>,
    stdin_is_taken: bool,
    options: &mut RequestOptions,
) -> anyhow::Result<Message> {
    let generate = &args.generate;
    let given = PromptInput {
        prompt: args.prompt.clone(),
        media: generate.image.clone(),
        files: generate.file.clone(),
        stdin_is_taken: stdin_is_taken || args.transcribe,
        may_be_empty: generate.goes_on && generate.resume == Some(None),
        needs_no_words: app.settings.template.is_some() || args.transcribe,
    };
    let mut message = app.or_cancelled(attach::build_message(reads, &given)).await?;
    if let Some(chosen) = &app.settings.template {
        options.system = template::fill(app, chosen, options.system.take(), &mut message)?;
    }
    Ok(message)
}

/// The provider, and the conversation that is continued. A connection to the provider is opened, unless none may be
/// needed: a dry run sends nothing, and the answer may be in the cache.
async fn reach(app: &App<'_>, args: &Complete, searches: bool) -> anyhow::Result<(Option<Resumed>, Connection)> {
    let resumed = resume::wanted(app, &args.generate)?;
    let connection = resume::connect_for(app, resumed.as_ref(), searches).await?;
    let is_cached = args.cache.cache.is_some() || app.settings.cache.is_some();
    if app.sends && (args.refresh || !is_cached || !app.settings.save.value) {
        connection.client.preconnect();
        // Its first step is made before the store is opened, which blocks.
        tokio::task::yield_now().await;
    }
    Ok((resumed, connection))
}

/// `--dry-run`: prints the request that would be sent.
fn print_request(app: &App<'_>, prepared: &Prepared, ask: &Ask, form: DryRun) -> anyhow::Result<()> {
    let Prepared {
        connection,
        session,
        options,
    } = prepared;
    let mut notices = Vec::new();
    let request = session.fitting(ask, &options.params, options.stream, &mut notices);
    let request = request.map_err(|failure| failure.hint(connection.context.too_long()))?;
    if !connection.client.endpoint().protocol.has_account() {
        notices.extend(messages::useless(&request, &connection.context));
    }
    let so_far = session.cut_text().filter(|_| *ask == Ask::Continue);
    let remote = session.remote(ask);
    let mut chat = connection.client.chat(request).in_conversation(&remote);
    if let Some(text) = so_far {
        chat = chat.continuing(text);
    }
    let requests = chat.into_requests().map_err(|error| connection.error(error))?;
    notices.extend(
        requests
            .notices
            .iter()
            .map(|notice| messages::notice(notice, &prepared.connection.context)),
    );
    if let Some(open) = requests.open {
        let (method, url) = (open.method.as_str(), open.url);
        notices.push(tr!(
            "a chat is opened first ({} {}); its id takes the place of NEW-CHAT",
            method,
            url
        ));
    }
    app.notices(&notices);
    let shown = match form {
        DryRun::Json => dry_run::json(&requests.chat),
        DryRun::Curl => dry_run::curl(&requests.chat),
    };
    let shown = shown.map_err(|error| Failure::io(tr!("read the attachments"), &error))?;
    Ok(write_out(&shown)?)
}

/// Where the answer goes.
struct AnswerOutput {
    /// The file of `--output`.
    file: Option<WholeFile>,
    render: Box<dyn Render>,
}

impl AnswerOutput {
    async fn open(app: &App<'_>, args: &Complete) -> anyhow::Result<AnswerOutput> {
        let file = match args.output.as_deref().filter(|target| !is_stdout(target)) {
            Some(target) => Some(app.or_cancelled(create(target)).await?),
            None => None,
        };
        let render = answer_renderer(app, args, file.as_ref())?;
        Ok(AnswerOutput { file, render })
    }
}

/// Opens the output file, on a thread of its own, since opening a pipe waits for its reader.
async fn create(target: &Path) -> Result<WholeFile, Failure> {
    let path = target.to_owned();
    match spawn_blocking(move || WholeFile::create(&path)).await {
        Ok(file) => file,
        Err(_) => Err(Failure::usage(tr!("cannot write {}", target.display()))),
    }
}

/// Whether the answer as text is what standard output gets.
fn is_shown(args: &Complete, file: Option<&WholeFile>) -> bool {
    args.format.unwrap_or_default() == Format::Text && file.is_none() && args.extract.is_none()
}

/// The renderer of the answer, and of what goes to stderr beside it.
fn answer_renderer(app: &App<'_>, args: &Complete, file: Option<&WholeFile>) -> Result<Box<dyn Render>, Failure> {
    let format = args.format.unwrap_or_default();
    let wants_color = app.settings.color.value == When::Always;
    if is_shown(args, file) && (app.host.ttys.stdout || (wants_color && !args.generate.raw)) {
        // A transcript is plain text.
        return Ok(renderer::terminal(app, args.generate.raw || args.transcribe));
    }
    let out: Box<dyn Write> = match file {
        Some(file) => Box::new(
            file.writer()
                .map_err(|error| Failure::io(tr!("write the output file"), &error))?,
        ),
        None => Box::new(Stream::stdout()),
    };
    let stderr = renderer::stderr(app, format != Format::Text);
    Ok(match format {
        Format::Text => {
            let wanted = args
                .extract
                .map(|nth| nth.map_or(CodeSelection::All, CodeSelection::Nth));
            let is_terminal = app.host.ttys.stdout && file.is_none();
            Box::new(Tee(PlainRenderer::new(out, wanted, is_terminal), stderr))
        }
        Format::Json => Box::new(Tee(JsonRenderer { out }, stderr)),
        Format::Jsonl => Box::new(Tee(JsonLinesRenderer::new(out), stderr)),
    })
}

/// What follows an answer: the chat on the server's side, `--usage`, the output file, and the failure if it failed.
async fn conclude(
    app: &App<'_>,
    args: &Complete,
    prepared: &Prepared,
    output: AnswerOutput,
    ending: Result<Ending, Failure>,
) -> anyhow::Result<()> {
    let AnswerOutput { file, render } = output;
    let found_nothing = render.found_nothing();
    drop(render);
    let session = &prepared.session;
    if session.is_fleeting {
        let remote = match &ending {
            Ok(ending) => ending.reply.remote.clone(),
            Err(_) => session.remote(&Ask::Continue),
        };
        forget(app, &prepared.connection, &remote).await;
    }
    let concluded = async {
        let ending = ending?;
        if args.generate.usage {
            app.ui.print(usage_line(&ending));
        }
        prepared.conclude(app, ending).await
    };
    if let Err(error) = concluded.await {
        return Err(with_part(report::describe(&error), file).into());
    }
    if found_nothing {
        let failure = Failure::other(match args.extract.flatten() {
            Some(n) => tr!("the answer has no code block {}", n),
            None => tr!("the answer has no code block"),
        });
        return Err(match session.id() {
            Some(_) => failure.hint(tr!("`qwen last` prints the whole answer")),
            None => failure,
        }
        .into());
    }
    Ok(file.map_or(Ok(()), WholeFile::keep)?)
}

/// Deletes the chat on the server's side. The answer is there, so a failure is no more than a notice.
async fn forget(app: &App<'_>, connection: &Connection, remote: &Remote) {
    let deletion = async {
        connection
            .client
            .forget(remote)
            .await
            .map_err(|error| connection.error(error))
    };
    if let Err(error) = app.or_cancelled(deletion).await {
        app.notice(tr!(
            "the chat stays in the account's list: {}",
            report::describe(&error)
        ));
    }
}

/// Keeps the part of an answer that was meant for a file.
fn with_part(failure: Failure, file: Option<WholeFile>) -> Failure {
    match file.and_then(|file| file.keep_part().describe()) {
        Some(kept) if failure.kind != Kind::OutputClosed => {
            let hint = match &failure.hint {
                Some(hint) => tr!("{}\n      {}", kept, hint),
                None => kept,
            };
            failure.hint(hint)
        }
        _ => failure,
    }
}
