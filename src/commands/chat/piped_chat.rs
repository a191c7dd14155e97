//! `qwen chat` without a terminal: a message a line, each answered in turn. A line is never anything but a message:
//! who wrote it need not be the user, so it runs no commands and attaches no files; only options do.

use std::ffi::OsString;
use std::io::{BufRead, Read};

use tokio::sync::mpsc::{self, error::TryRecvError};

use crate::app::App;
use crate::attach::{self, STDIN_LIMIT};
use crate::cli::Generate;
use crate::conversation::options::{RequestOptions, takes_stdin};
use crate::conversation::renderer::answer_renderer;
use crate::conversation::{Prepared, resume, template};
use crate::error::{Failure, io_reason};
use crate::session::Ask;
use crate::tr;
use qwen_api::{Block, Message, Role};

pub(super) async fn run(mut app: App<'_>, mut options: Generate) -> anyhow::Result<()> {
    let mut template = app.settings.template.clone();
    if let Some(chosen) = &template {
        template::begin(&app, chosen).await?;
    }
    takes_stdin(&options, Some(tr!("the messages")))?;
    let mut media = read_media(&app, &options.image).await?;
    let mut prepared = prepare(&app, &options, &media).await?;
    prepared.connection.note_terms_of_plan(&app);
    let mut lines = read_lines()?;
    loop {
        let next = async { Ok::<_, Failure>(lines.recv().await) };
        let line = match app.or_cancelled(next).await? {
            Some(line) => line?,
            None => return Ok(()),
        };
        let words = line.trim_end();
        if words.trim().is_empty() {
            continue;
        }
        // What options named goes along with the first message.
        let (media, files) = (std::mem::take(&mut media), std::mem::take(&mut options.file));
        let mut message = read(&app, media, &files, words).await?;
        // The body of a template is for the first message.
        if let Some(chosen) = template.take() {
            let system = prepared.options.system.take();
            let system = template::fill(&app, &chosen, system, &mut message)?;
            prepared.session.system = system.or(prepared.session.system);
        }
        prepared.place(&app, &mut message).await?;
        let mut render = answer_renderer(&app, options.raw);
        let ending = prepared.ask(&mut app, &Ask::New(message), &mut *render).await?;
        let stopped = ending.stopped;
        prepared.conclude(&app, ending).await?;
        // The answer is whole, and no other message is asked.
        if let Some(kind) = stopped {
            return match lines.try_recv() {
                Err(TryRecvError::Disconnected) => Ok(()),
                _ => Err(Failure::stopped(kind).into()),
            };
        }
    }
}

async fn prepare(app: &App<'_>, options: &Generate, media: &[Block]) -> anyhow::Result<Prepared> {
    let notice = |message| app.notice(message);
    let request = RequestOptions::read(app, app.reads(None, &notice), options).await?;
    let resumed = resume::wanted(app, options)?;
    let connection = resume::connect_for(app, resumed.as_ref(), request.searches()).await?;
    let first = Message::new(Role::User, media.to_vec());
    Prepared::new(app, connection, resumed, request, first.sense()).await
}

async fn read_media(app: &App<'_>, places: &[OsString]) -> anyhow::Result<Vec<Block>> {
    let notice = |message| app.notice(message);
    app.or_cancelled(attach::media_blocks(app.reads(None, &notice), places))
        .await
        .map_err(Into::into)
}

async fn read(app: &App<'_>, media: Vec<Block>, files: &[OsString], words: &str) -> anyhow::Result<Message> {
    let notice = |message| app.notice(message);
    let message = attach::message_with_files(app.reads(None, &notice), media, files, words);
    app.or_cancelled(message).await
}

/// Reads on a thread of its own, so that Ctrl-C interrupts the wait for a line. At most one line is read ahead.
fn read_lines() -> Result<mpsc::Receiver<Result<String, Failure>>, Failure> {
    let (sender, lines) = mpsc::channel(1);
    let read = move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = match input.by_ref().take(STDIN_LIMIT + 1).read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) if line.len() as u64 > STDIN_LIMIT => {
                    Err(Failure::usage(tr!("a line of stdin is larger than 64 MiB"))
                        .hint(tr!("without a terminal, chat reads a message a line")))
                }
                Ok(_) => String::from_utf8(line).map_err(|_| {
                    Failure::usage(tr!("a line of stdin is not UTF-8")).hint(tr!("iconv -t UTF-8 converts it before"))
                }),
                Err(error) => Err(Failure::usage(tr!("cannot read stdin: {}", io_reason(&error)))),
            };
            let is_over = read.is_err();
            if sender.blocking_send(read).is_err() || is_over {
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(read)
        .map_err(|_| Failure::no_thread())?;
    Ok(lines)
}
