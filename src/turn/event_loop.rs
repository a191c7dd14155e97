//! The loop that pulls the events of an answer, and handles what is typed and the signals meanwhile.

use std::future::{pending, poll_fn};
use std::io;
use std::time::Instant;

use tokio::time::{MissedTickBehavior, interval};

use super::partial_reply::PartialReply;
use super::{TICK, TypeAhead, Typed};
use crate::cancel::Cancel;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::messages::{self, Context};
use crate::render::waiting::Retry;
use crate::render::{Render, Start};
use crate::session::{Ask, Session};
use crate::term::pipe;
use crate::tr;
use qwen_api::error::Error;
use qwen_api::{ChatStream, Event, Notice};

/// The most events between two flushes, so that a stream without pauses is shown too.
const MOST_AT_ONCE: usize = 256;

/// A turn while its answer comes.
pub(super) struct Turn<'a> {
    pub(super) answer: ChatStream,
    /// The answer comes from the cache.
    pub(super) is_cached: bool,
    pub(super) partial: PartialReply,
    pub(super) render: &'a mut dyn Render,
    pub(super) ahead: Option<&'a mut dyn TypeAhead>,
    pub(super) last_event: Instant,
    /// The signal that arrived after the finish reason.
    pub(super) stopped: Option<Kind>,
    /// The error that cut the answer.
    pub(super) error: Option<Error>,
    pub(super) context: &'a Context,
    /// The model called a tool.
    pub(super) has_left_out_call: bool,
    /// The model that was asked in place of the session's.
    pub(super) successor: Option<String>,
    /// What is left on the server where the user stops waiting for a task.
    pub(super) task: Option<UiText>,
}

impl Turn<'_> {
    /// Handles the events of the answer until it ends or is stopped.
    pub(super) async fn pull(
        &mut self,
        session: &mut Session,
        ask: &Ask,
        notices: &mut Vec<UiText>,
        cancel: &mut Cancel,
    ) -> Result<(), Failure> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut has_begun = session.is_open();
        if has_begun {
            self.begin(session, ask, notices)?;
        }
        loop {
            let wake = tokio::select! {
                biased;
                // First: a stream that never waits would otherwise starve the signals.
                kind = cancel.next() => Wake::Cancelled(kind),
                typed = typed(&mut self.ahead) => match typed {
                    Typed::Stop => Wake::Cancelled(Kind::Interrupted),
                    Typed::Text => Wake::Typed,
                },
                event = self.answer.next() => Wake::Event(event),
                _ = tick.tick(), if has_begun => Wake::Tick,
                // The request was sent: the store is opened while the server works.
                () = std::future::ready(()), if !has_begun => Wake::Sent,
            };
            let mut next = match wake {
                Wake::Event(event) => event.transpose().map_err(|error| {
                    let failure = messages::describe(&error, self.context);
                    self.error = Some(error);
                    failure
                })?,
                Wake::Cancelled(kind) if self.answer.end_if_whole() => {
                    self.stopped = Some(kind);
                    continue;
                }
                Wake::Cancelled(kind) => {
                    return Err(Failure {
                        hint: self.task.take(),
                        ..Failure::stopped(kind)
                    });
                }
                Wake::Typed => {
                    self.show_typed()?;
                    continue;
                }
                Wake::Sent => {
                    has_begun = true;
                    self.begin(session, ask, notices)?;
                    continue;
                }
                Wake::Tick => {
                    if self.partial.is_late() {
                        self.partial.record(session, ask, notices);
                    }
                    self.render.idle(self.last_event.elapsed()).map_err(shown)?;
                    continue;
                }
            };
            if !has_begun {
                has_begun = true;
                self.begin(session, ask, notices)?;
            }
            let mut is_over = next.is_none();
            for _ in 0..MOST_AT_ONCE {
                let Some(event) = next.take_if(|_| !self.partial.is_full()) else {
                    break;
                };
                self.take(&event)?;
                next = self.answer.ready().await;
            }
            if let Some(event) = next {
                self.take(&event)?;
            }
            self.last_event = Instant::now();
            is_over |= self.partial.reply.finish.is_some();
            if is_over {
                // What is left is shown when all of the answer is in the store.
                return Ok(());
            }
            self.show(session, ask, notices)?;
        }
    }

    /// Shows and stores what has come of the answer.
    fn show(&mut self, session: &mut Session, ask: &Ask, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        if self.partial.is_due() {
            self.partial.record(session, ask, notices);
        }
        self.flush(notices)?;
        // Ticks do not come in a stream without pauses. The user does not wait for this write.
        if self.partial.is_late() {
            self.partial.record(session, ask, notices);
        }
        Ok(())
    }

    /// Shows and stores everything, before something else is waited for.
    pub(super) fn show_all(
        &mut self,
        session: &mut Session,
        ask: &Ask,
        notices: &mut Vec<UiText>,
    ) -> Result<(), Failure> {
        self.partial.record(session, ask, notices);
        self.flush(notices)
    }

    /// Stores the question and tells the renderer.
    fn begin(&mut self, session: &mut Session, ask: &Ask, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        session.begin(ask, notices);
        let start = Start {
            session: session.id(),
            provider: &session.provider,
            model: &session.model,
            is_cached: self.is_cached,
        };
        self.render.start(&start).map_err(shown)?;
        self.show_typed()?;
        self.flush(notices)
    }

    fn flush(&mut self, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        for notice in notices.drain(..) {
            self.render.notice(&notice).map_err(shown)?;
        }
        self.render.flush().map_err(shown)
    }

    /// Shows below the answer what is typed and queued.
    fn show_typed(&mut self) -> Result<(), Failure> {
        match &self.ahead {
            Some(ahead) => self.render.footer(&ahead.rows()).map_err(shown),
            None => Ok(()),
        }
    }

    fn take(&mut self, event: &Event) -> Result<(), Failure> {
        if let Event::Notice(notice) = event {
            if let Notice::ModelReplaced { successor, .. } = notice {
                self.successor = Some(successor.clone());
            }
            let sentence = messages::notice(notice, self.context);
            if let Notice::TaskStarted { .. } = notice {
                self.task = Some(sentence);
                return Ok(());
            }
            return match Retry::of(notice, messages::reason) {
                Some(retry) => self.render.retry(&retry, &sentence),
                None => self.render.notice(&sentence),
            }
            .map_err(shown);
        }
        if let Event::ToolCall(_) = event {
            // The program offers no tools, so the call is ignored.
            self.has_left_out_call = true;
            return Ok(());
        }
        self.partial.add(event)?;
        self.render.event(event).map_err(shown)
    }
}

enum Wake {
    Event(Option<Result<Event, Error>>),
    Cancelled(Kind),
    Typed,
    Tick,
    Sent,
}

async fn typed(ahead: &mut Option<&mut dyn TypeAhead>) -> Typed {
    match ahead {
        Some(ahead) => poll_fn(|cx| ahead.poll_typed(cx)).await,
        None => pending().await,
    }
}

/// The failure that an error of the renderer is.
pub(super) fn shown(error: io::Error) -> Failure {
    pipe::failed(tr!("write the answer"), &error)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::render::Ending;
    use crate::store::Store;
    use crate::turn::partial_reply::RECORD;
    use qwen_api::{ChatRequest, Client, Message, Role};

    /// Longer than any test takes.
    const LATER: Duration = Duration::from_secs(3600);

    fn stored(folder: &Path) -> String {
        let (store, _) = Store::open(folder).unwrap();
        let last = store.latest().unwrap().unwrap();
        let branch = store.branch(&last).unwrap();
        branch.last().unwrap().message.plain_text()
    }

    /// Sees what is stored when the screen is flushed.
    struct StoreAtFlush<'a> {
        folder: &'a Path,
        seen: Vec<String>,
    }

    impl Render for StoreAtFlush<'_> {
        fn event(&mut self, _: &Event) -> io::Result<()> {
            Ok(())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.seen.push(stored(self.folder));
            Ok(())
        }

        fn finish(&mut self, _: &Ending) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_stream_without_pauses_is_stored_too() {
        let dir = tempfile::tempdir().unwrap();
        let client = Client::builder().api_key("sk-test-key").build().unwrap();
        let ask = Ask::New(Message::text(Role::User, "why?"));
        let mut session = Session::new(Some(dir.path().to_owned()), "demo".to_owned(), "m".to_owned(), None);
        let mut notices = Vec::new();
        session.begin(&ask, &mut notices);
        let mut render = StoreAtFlush {
            folder: dir.path(),
            seen: Vec::new(),
        };
        let mut turn = Turn {
            answer: client.chat(ChatRequest::new("m").user("why?")),
            is_cached: false,
            partial: PartialReply::new(u64::MAX),
            render: &mut render,
            ahead: None,
            last_event: Instant::now(),
            stopped: None,
            error: None,
            context: &Context::default(),
            has_left_out_call: false,
            successor: None,
            task: None,
        };
        let now = Instant::now();
        let mut after = Vec::new();
        for (text, since) in [
            ("young", now + LATER),
            (", old", now.checked_sub(RECORD).unwrap()),
            (", a line\n", now + LATER),
        ] {
            turn.partial.since = since;
            turn.take(&Event::Text(text.to_owned())).unwrap();
            turn.show(&mut session, &ask, &mut notices).unwrap();
            after.push(stored(dir.path()));
        }
        assert_eq!(after, ["", "young, old", "young, old, a line\n"]);
        assert_eq!(render.seen, ["", "", "young, old, a line\n"]);
        assert_eq!(notices, Vec::<UiText>::new());
    }
}
