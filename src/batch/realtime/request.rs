//! The request of a line, and what comes of it.

use std::cell::RefCell;

use crate::app::App;
use crate::batch::local_files::LocalFiles;
use crate::batch::{body_of, chat_request, result_line};
use crate::cancel::Cancel;
use crate::chat_body;
use crate::connection::Connection;
use crate::messages;
use crate::report;
use crate::store::answer_cache::{AnswerCache, cache_key, is_cacheable};
use crate::store::ledger::{LineResult, OpenLine};
use qwen_api::error::{Cause, Rejection};
use qwen_api::{ChatRequest, Error, ErrorKind, Event, Notice, Remote, Reply};

/// The end of a request.
pub(super) struct Ended {
    pub(super) line: OpenLine,
    /// The round of the pace in which it began.
    pub(super) round: u64,
    pub(super) outcome: RequestOutcome,
}

pub(super) enum RequestOutcome {
    Answered {
        result: LineResult,
        model: String,
        has_thought: bool,
        /// Whether its usage is that of several requests.
        is_resumed: bool,
    },
    Cached(LineResult),
    Failed(LineResult),
    /// There was no connection, or nothing came for too long.
    Unreached(Error),
    /// There are too many requests.
    Limited(Error),
    /// It would be the same for every line: the key, the bill.
    Hopeless(Error),
}

/// What the requests of a run share.
pub(super) struct Shared<'a> {
    pub(super) app: &'a App<'a>,
    pub(super) connection: &'a Connection,
    /// Whether answers come in a stream; those of held requests come whole.
    pub(super) streams: bool,
    pub(super) cache: Option<&'a RefCell<AnswerCache>>,
    pub(super) files: LocalFiles<'a>,
    /// The chat of a web account in which an answer runs.
    pub(super) open_chat: RefCell<Remote>,
    /// What the client did on its own, each said once.
    pub(super) notices: RefCell<Vec<Notice>>,
}

impl Shared<'_> {
    /// Asks for the answer to a line.
    pub(super) async fn ask(&self, line: OpenLine, round: u64) -> Ended {
        let outcome = match self.request(&line).await {
            Ok(request) => self.answer(&line, request).await,
            Err(error) => self.unsent(&line, &error),
        };
        Ended { line, round, outcome }
    }

    /// The request of a line, its local files where the model can read them.
    async fn request(&self, line: &OpenLine) -> anyhow::Result<ChatRequest> {
        let mut chat = chat_request(body_of(line)?)?;
        chat.stream = self.streams;
        if self.connection.client.endpoint().protocol.has_account() {
            chat.messages.iter_mut().for_each(chat_body::inline_media);
        }
        let model = chat.model.clone();
        for message in &mut chat.messages {
            self.files.place(&model, message).await?;
        }
        Ok(chat)
    }

    async fn answer(&self, line: &OpenLine, request: ChatRequest) -> RequestOutcome {
        let client = &self.connection.client;
        let cache = self.cache.filter(|_| is_cacheable(client, &request));
        let model = request.model.clone();
        let mut stream = client.chat(request).allow_restart(true);
        if let Err(error) = stream.prepare() {
            return self.outcome_of(line, error);
        }
        let key = cache.and_then(|_| cache_key(client, stream.http_request()?));
        let place = cache.zip(key);
        if let Some((cache, key)) = &place {
            let mut notices = Vec::new();
            let cached = cache.borrow_mut().get(key, &mut notices);
            self.app.notices(&notices);
            if let Some(cached) = cached {
                let reply = Reply {
                    usage: None,
                    ..cached.reply
                };
                return RequestOutcome::Cached(result_line::answer(&line.custom_id, &model, &reply));
            }
        }
        let mut reply = Reply::default();
        let mut failed = None;
        while let Some(event) = stream.next().await {
            match event {
                Ok(event) => {
                    self.note(&event);
                    reply.add(&event);
                }
                Err(error) => failed = Some(error),
            }
        }
        self.forget(&reply.remote, failed.is_some()).await;
        if let Some(error) = failed {
            return self.outcome_of(line, error);
        }
        if let Some((cache, key)) = &place {
            let mut notices = Vec::new();
            cache.borrow_mut().put(key, &reply, &mut notices);
            self.app.notices(&notices);
        }
        RequestOutcome::Answered {
            result: result_line::answer(&line.custom_id, &model, &reply),
            model,
            has_thought: reply.has_reasoning(),
            is_resumed: stream.stats().resumed > 0,
        }
    }

    /// Says what the client did to a request, the first time. Retries are the batch's own business.
    fn note(&self, event: &Event) {
        match event {
            Event::Started(started) if !started.remote.is_empty() => {
                self.open_chat.borrow_mut().clone_from(&started.remote);
            }
            Event::Notice(notice @ (Notice::ParametersLeftOut { .. } | Notice::ModelReplaced { .. })) => {
                let mut said = self.notices.borrow_mut();
                if !said.contains(notice) {
                    said.push(notice.clone());
                    self.app.notice(messages::notice(notice, &self.connection.context));
                }
            }
            _ => {}
        }
    }

    /// Removes the chat that an answer of a web account is in.
    async fn forget(&self, remote: &Remote, is_cut: bool) {
        if remote.is_empty() {
            return;
        }
        if is_cut {
            self.connection.client.stop(remote).await;
        }
        // A chat that stays does no harm.
        let _ = self.connection.client.forget(remote).await;
        *self.open_chat.borrow_mut() = Remote::default();
    }

    /// The same for an answer that was interrupted. A further signal ends the wait.
    pub(super) async fn leave_chat(&self, cancel: &mut Cancel) {
        let remote = self.open_chat.borrow().clone();
        tokio::select! {
            biased;
            () = self.forget(&remote, true) => {}
            _ = cancel.next() => {}
        }
    }

    fn unsent(&self, line: &OpenLine, error: &anyhow::Error) -> RequestOutcome {
        match error.chain().find_map(|cause| cause.downcast_ref::<Error>()) {
            Some(error) => self.outcome_of(line, error.clone()),
            None => {
                let message = report::describe(error).message.to_string();
                RequestOutcome::Failed(result_line::unsent(&line.custom_id, &message))
            }
        }
    }

    /// What an error means for the line and for the others.
    fn outcome_of(&self, line: &OpenLine, error: Error) -> RequestOutcome {
        let is_for_hours = matches!(error.cause(), Cause::Rejected(Rejection::RateLimit { hours: Some(_) }));
        match error.kind() {
            ErrorKind::RateLimit if is_for_hours => RequestOutcome::Hopeless(error),
            ErrorKind::RateLimit => RequestOutcome::Limited(error),
            ErrorKind::Authentication | ErrorKind::BotCheck | ErrorKind::Quota => RequestOutcome::Hopeless(error),
            ErrorKind::Connection | ErrorKind::Timeout if error.status().is_none() => RequestOutcome::Unreached(error),
            _ => RequestOutcome::Failed(result_line::failure(&line.custom_id, &error, &self.connection.context)),
        }
    }
}
