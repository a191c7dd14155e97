//! `qwen complete`: one prompt in, one answer out.

use std::io::{self, Write};
use std::path::Path;

use stream_markdown::CodeSelection;
use tokio::task::spawn_blocking;

use super::connect::Connection;
use super::{Context, generate, resumed, show};
use crate::attach::{self, PromptInput};
use crate::cli::{Complete, ContextUse, DryRun, Format, When};
use crate::error::{Failure, Kind};
use crate::messages;
use crate::render::json::{JsonLinesRenderer, JsonRenderer};
use crate::render::plain::PlainRenderer;
use crate::render::usage::usage_line;
use crate::render::{Render, Tee, dry_run};
use crate::session::Ask;
use crate::term::out::{Stream, WholeFile, is_stdout, write_out};
use crate::tr;
use crate::turn;
use qwen_api::Remote;

pub(super) async fn run(mut context: Context<'_>, args: Complete) -> Result<(), Failure> {
    context.sends = args.dry_run.is_none();
    let prompt_is_stdin = args.prompt == ["-"];
    let stdin_is_taken = generate::takes_stdin(&args.generate, prompt_is_stdin.then(|| tr!("the prompt")))?;
    let notice = |message| context.notice(message);
    let reads = context.reads(attach::parse_encoding(args.encoding.as_deref())?, &notice);
    let params = context.or_cancelled(generate::params(reads, &args.generate)).await?;
    let system = context.or_cancelled(generate::system(reads, &args.generate)).await?;
    let given = PromptInput {
        prompt: args.prompt.clone(),
        images: args.generate.image.clone(),
        files: args.generate.file.clone(),
        stdin_is_taken,
        may_be_empty: args.generate.goes_on && args.generate.resume == Some(None),
    };
    let mut message = context.or_cancelled(attach::build_message(reads, &given)).await?;
    let searches = params.search == Some(true);
    let resumed = resumed::wanted(&context, &args.generate)?;
    let conversation = resumed.as_ref().map(|resumed| &resumed.conversation);
    let reached = resumed::reach(&context, conversation, searches);
    let connection = context.or_cancelled(reached).await?;
    let keeps = context.settings.save.value && context.sends;
    let session = resumed::session(&context, &connection, resumed, message.has_image(), keeps);
    let mut session = context.or_cancelled(session).await?;
    let model = session.model.clone();
    let means = generate::means(&args.generate, context.sends);
    connection.place(&context, &mut message, &model, means).await?;
    if system.is_some() {
        session.system = system;
    }
    if args.delete_chat && !connection.client.endpoint().protocol.has_account() {
        context.notice(tr!("--delete-chat is for a web account; nothing else keeps chats"));
    }
    session.is_fleeting = args.delete_chat || !context.settings.web_keep.value;
    session.is_last = true;
    session.window.tokens = crate::context::context_of(&session.model);
    session.window.is_whole = args.generate.context == Some(ContextUse::All);
    let ask = if message.blocks.is_empty() {
        Ask::Continue
    } else {
        Ask::New(message)
    };
    let so_far = session.cut_text().filter(|_| ask == Ask::Continue);
    if ask == Ask::Continue && so_far.is_none() {
        return Err(
            Failure::usage(tr!("the last answer is whole: there is no rest of it to ask for"))
                .hint(tr!("qwen complete -c \"your question\" goes on with the conversation")),
        );
    }
    if let Some(form) = args.dry_run {
        let mut notices = Vec::new();
        let request = session.fitting(&ask, &params, !args.generate.no_stream, &mut notices)?;
        let remote = session.remote(&ask);
        let mut chat = connection.client.chat(request).in_conversation(&remote);
        if let Some(text) = so_far {
            chat = chat.continuing(text);
        }
        let requests = chat.into_requests()?;
        notices.extend(requests.notices.iter().map(messages::notice));
        for notice in &notices {
            context.notice(notice);
        }
        if let Some(open) = requests.open {
            let (method, url) = (open.method.as_str(), open.url);
            context.notice(tr!(
                "a chat is opened first ({} {}); its id takes the place of NEW-CHAT",
                method,
                url
            ));
        }
        let request = requests.chat;
        let text = match form {
            DryRun::Json => dry_run::json(&request),
            DryRun::Curl => dry_run::curl(&request),
        };
        return write_out(&text);
    }
    let output = args.output.as_deref().filter(|target| !is_stdout(target));
    let file = match output {
        Some(target) => Some(context.or_cancelled(create(target)).await?),
        None => None,
    };
    let mut render = renderer(&context, &args, file.as_ref())?;
    let ending = turn::run(
        &connection.client,
        &mut session,
        &ask,
        &params,
        !args.generate.no_stream,
        &mut *render,
        &mut context.cancel,
    )
    .await;
    let found_nothing = render.found_nothing();
    drop(render);
    if session.is_fleeting {
        let remote = match &ending {
            Ok(ending) => ending.reply.remote.clone(),
            Err(_) => session.remote(&Ask::Continue),
        };
        forget(&context, &connection, &remote).await;
    }
    let mut ending = match ending {
        Ok(ending) => ending,
        Err(failure) => return Err(with_part(failure, file)),
    };
    if args.generate.usage {
        // A closed stderr hears nothing.
        let _ = writeln!(
            io::stderr(),
            "{}",
            usage_line(&ending).localize(context.settings.lang())
        );
    }
    let named = async {
        turn::name_nearest(&connection.client, &mut ending).await;
        Ok(())
    };
    // The hint is a courtesy: Ctrl-C ends the look-up, and the failure is told without it.
    let _ = context.or_cancelled(named).await;
    if let Some(failure) = ending.failure {
        return Err(with_part(failure, file));
    }
    if found_nothing {
        return Err(Failure::other(match args.extract.flatten() {
            Some(n) => tr!("the answer has no code block {}", n),
            None => tr!("the answer has no code block"),
        })
        .hint(tr!("`qwen last` prints the whole answer")));
    }
    file.map_or(Ok(()), WholeFile::keep)
}

/// Opens the output file. A pipe without a reader keeps it waiting, so a thread of its own does it.
async fn create(target: &Path) -> Result<WholeFile, Failure> {
    let path = target.to_owned();
    match spawn_blocking(move || WholeFile::create(&path)).await {
        Ok(file) => file,
        Err(_) => Err(Failure::usage(tr!("cannot write {}", target.display()))),
    }
}

/// Deletes the chat on the server's side. The answer is there, so a failure is no more than a notice.
async fn forget(context: &Context<'_>, connection: &Connection, remote: &Remote) {
    let deletion = async { Ok(connection.client.forget(remote).await?) };
    let forgotten = context.or_cancelled(deletion).await;
    if let Err(failure) = forgotten {
        context.notice(tr!("the chat stays in the account's list: {}", failure));
    }
}

/// What shows the answer, and what goes beside it.
fn renderer(context: &Context<'_>, args: &Complete, file: Option<&WholeFile>) -> Result<Box<dyn Render>, Failure> {
    let format = args.format.unwrap_or_default();
    let wants_color = context.settings.color.value == When::Always;
    let is_shown = format == Format::Text && file.is_none() && args.extract.is_none();
    if is_shown && (context.host.ttys.stdout || (wants_color && !args.generate.raw)) {
        return Ok(show::terminal(context, args.generate.raw));
    }
    let out: Box<dyn Write> = match file {
        Some(file) => Box::new(
            file.writer()
                .map_err(|error| Failure::io(tr!("write the output file"), &error))?,
        ),
        None => Box::new(Stream::stdout()),
    };
    let stderr = show::stderr(context, format != Format::Text);
    Ok(match format {
        Format::Text => {
            let wanted = args
                .extract
                .map(|nth| nth.map_or(CodeSelection::All, CodeSelection::Nth));
            let is_terminal = context.host.ttys.stdout && file.is_none();
            Box::new(Tee(PlainRenderer::new(out, wanted, is_terminal), stderr))
        }
        Format::Json => Box::new(Tee(JsonRenderer { out }, stderr)),
        Format::Jsonl => Box::new(Tee(JsonLinesRenderer::new(out), stderr)),
    })
}

/// Keeps what came of an answer that was to go to a file.
fn with_part(failure: Failure, file: Option<WholeFile>) -> Failure {
    match file.and_then(|file| file.keep_part().told()) {
        Some(kept) if failure.kind != Kind::OutputClosed => {
            let told = match &failure.hint {
                Some(hint) => tr!("{}\n      {}", kept, hint),
                None => kept,
            };
            failure.hint(told)
        }
        _ => failure,
    }
}
