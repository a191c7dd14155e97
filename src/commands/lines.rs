//! `qwen chat` without a terminal: a message a line, each answered in turn. A line is never anything but a message:
//! who wrote it need not be the user, so it runs no commands and attaches no files.

use std::io::BufRead;

use tokio::sync::mpsc;

use super::chat::answer_renderer;
use super::connect::connect;
use super::{Context, generate};
use crate::chat::{Message, Role};
use crate::cli::{ContextUse, Generate};
use crate::error::{Failure, io_reason};
use crate::session::{Ask, Session};
use crate::store::Store;
use crate::turn;
use crate::words;

pub(super) async fn run(mut context: Context<'_>, options: Generate) -> Result<(), Failure> {
    let params = generate::params(context.host, &options)?;
    let system = generate::system(context.host, &options)?;
    let connection = connect(&context, params.search == Some(true)).await?;
    let model = connection.model(&context, false).await?;
    let provider = connection.backend.endpoint.provider.clone();
    let mut session = session(&context, &options, provider, model)?;
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
        let ask = Ask::New(Message::text(Role::User, words));
        let mut render = answer_renderer(&context, options.raw);
        let stream = !options.no_stream;
        let ending = turn::run(
            &connection.backend,
            &mut session,
            &ask,
            &params,
            stream,
            &mut *render,
            &mut context.cancel,
        )
        .await?;
        if let Some(mut failure) = ending.failure {
            connection.name_nearest(&mut failure, &session.model).await;
            return Err(failure);
        }
    }
}

fn session(context: &Context<'_>, options: &Generate, provider: String, model: String) -> Result<Session, Failure> {
    let keeps = context.settings.saves();
    let folder = context.settings.paths.data.clone();
    if !options.goes_on && options.resume.is_none() {
        let cwd = context.host.cwd.as_ref().map(|cwd| cwd.to_string_lossy().into_owned());
        return Ok(Session::new(keeps.then_some(folder), provider, model, cwd));
    }
    let (store, notices) = Store::open(&folder)?;
    for notice in &notices {
        context.notice(notice);
    }
    let conversation = match &options.resume {
        Some(Some(meant)) => store.conversation(meant)?,
        Some(None) if !options.goes_on => {
            return Err(
                Failure::usage(words!("--resume needs the id or name of a conversation here"))
                    .hint(words!("`qwen sessions list` shows them; -c goes on with the last")),
            );
        }
        _ => store
            .latest()?
            .ok_or_else(|| Failure::usage(words!("there is no conversation to go on with")))?,
    };
    Session::resume(store, keeps, &conversation, provider, model)
}

/// Reads on a thread of its own, so that Ctrl-C is heard while a line is waited for. One line ahead, no more.
fn read_lines() -> Result<mpsc::Receiver<Result<String, Failure>>, Failure> {
    let (sender, lines) = mpsc::channel(1);
    let read = move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = match input.read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) => String::from_utf8(line).map_err(|_| {
                    Failure::usage(words!("a line of stdin is not UTF-8"))
                        .hint(words!("iconv -t UTF-8 converts it before"))
                }),
                Err(error) => Err(Failure::usage(words!("cannot read stdin: {}", io_reason(&error)))),
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
        .map_err(|error| Failure::io(words!("read stdin"), &error))?;
    Ok(lines)
}
