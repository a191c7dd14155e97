//! `qwen chat` without a terminal: a message a line, each answered in turn. A line is never anything but a message:
//! who wrote it need not be the user, so it runs no commands and attaches no files; only options do.

use std::io::{BufRead, Read};

use tokio::sync::mpsc;

use super::chat::answer_renderer;
use super::{Context, generate, resumed};
use crate::attach::{self, STDIN_LIMIT};
use crate::cli::{ContextUse, Generate};
use crate::error::{Failure, io_reason};
use crate::session::Ask;
use crate::tr;
use crate::turn;

pub(super) async fn run(mut context: Context<'_>, mut options: Generate) -> Result<(), Failure> {
    generate::takes_stdin(&options, Some(tr!("the messages")))?;
    let notice = |message| context.notice(message);
    let reads = context.reads(None, &notice);
    let params = context.or_cancelled(generate::params(reads, &options)).await?;
    let system = context.or_cancelled(generate::system(reads, &options)).await?;
    let resumed = resumed::wanted(&context, &options)?;
    let conversation = resumed.as_ref().map(|resumed| &resumed.conversation);
    let reached = resumed::reach(&context, conversation, params.search == Some(true));
    let connection = context.or_cancelled(reached).await?;
    let keeps = context.settings.save.value;
    let session = resumed::session(&context, &connection, resumed, !options.image.is_empty(), keeps);
    let mut session = context.or_cancelled(session).await?;
    if system.is_some() {
        session.system = system;
    }
    session.window.tokens = crate::context::context_of(&session.model);
    session.window.is_whole = options.context == Some(ContextUse::All);
    let mut lines = read_lines()?;
    loop {
        let next = async { Ok(lines.recv().await) };
        let line = match context.or_cancelled(next).await? {
            Some(line) => line?,
            None => return Ok(()),
        };
        let words = line.trim_end();
        if words.trim().is_empty() {
            continue;
        }
        // What options named goes along with the first message.
        let (images, files) = (std::mem::take(&mut options.image), std::mem::take(&mut options.file));
        let notice = |message| context.notice(message);
        let read = attach::message_with_files(context.reads(None, &notice), &images, &files, words);
        let mut message = context.or_cancelled(read).await?;
        let means = generate::means(&options, true);
        connection.place(&context, &mut message, &session.model, means).await?;
        let ask = Ask::New(message);
        let mut render = answer_renderer(&context, options.raw);
        let stream = !options.no_stream;
        let mut ending = turn::run(
            &connection.client,
            &mut session,
            &ask,
            &params,
            stream,
            &mut *render,
            &mut context.cancel,
        )
        .await?;
        turn::name_nearest(&connection.client, &mut ending).await;
        if let Some(failure) = ending.failure {
            return Err(failure);
        }
    }
}

/// Reads on a thread of its own, so that Ctrl-C is heard while a line is waited for. One line ahead, no more.
fn read_lines() -> Result<mpsc::Receiver<Result<String, Failure>>, Failure> {
    let (sender, lines) = mpsc::channel(1);
    let read = move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = match input.by_ref().take(STDIN_LIMIT + 1).read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) if line.len() as u64 > STDIN_LIMIT => Err(Failure::usage(tr!("a line of stdin is over 64 MiB"))
                    .hint(tr!("without a terminal, chat reads a message a line"))),
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
