//! One turn: a prompt and its answer, in the program's only event loop.
//!
//! Each event goes to the reply, the store and the renderer, and nowhere else. All events that have arrived are handled
//! before the screen is flushed once; a line is in the store before it is on the screen.

mod cache_place;
mod memory;
mod missing_model;
mod partial_reply;
mod verdict;

use std::future::{pending, poll_fn};
use std::io;
use std::task::Poll;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use tokio::time::{MissedTickBehavior, interval};

use crate::cancel::Cancel;
use crate::context::context_of;
use crate::cost::{Meter, Reservation};
use crate::error::{Failure, Kind};
use crate::host::{can_allocate, now};
use crate::i18n::UiText;
use crate::messages::{self, Context};
use crate::render::footer::FooterRow;
use crate::render::waiting::Retry;
use crate::render::{Ending, Render, Start};
use crate::session::{Ask, Session};
use crate::store::ago;
use crate::store::answer_cache::{CacheOptions, is_cacheable};
use crate::term::pipe;
use crate::tr;
use cache_place::CachePlace;
use memory::memory_for;
use partial_reply::PartialReply;
use qwen_api::error::Error;
use qwen_api::{ChatStream, Client, Event, Notice, Params, Reply, Usage};

pub use missing_model::{name_nearest, retirement_hint};

/// How often the renderer is called while nothing arrives.
const TICK: Duration = Duration::from_millis(100);
/// The most events between two flushes, so that a stream without pauses is shown too.
const MOST_AT_ONCE: usize = 256;
/// A turn's request options, and the context of its error messages.
#[derive(Clone, Debug)]
pub struct TurnOptions<'a> {
    pub params: &'a Params,
    pub stream: bool,
    /// The model to ask where the server does not have the session's; it is the session's from then on.
    pub successor: Option<String>,
    pub context: &'a Context,
    /// How the answer cache is used; `None` where it is not.
    pub cache: Option<&'a CacheOptions>,
    pub meter: &'a Meter,
    /// Whether the cost of the answer is shown, so that the server is asked for the price.
    pub shows_cost: bool,
}

/// What the user types while an answer runs.
pub trait TypeAhead {
    /// Takes what has been typed; pending where nothing has.
    fn poll_typed(&mut self, cx: &mut std::task::Context<'_>) -> Poll<Typed>;
    /// The rows that show it below the answer.
    fn rows(&self) -> Vec<FooterRow>;
}

/// What was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Text, which is shown.
    Text,
    /// The key that stops the answer.
    Stop,
}

/// Asks the model, and shows and stores the answer. A failure of the answer is in the ending; a failure returned means that
/// nothing was asked, or that the answer could not be shown.
pub async fn run(
    client: &Client,
    session: &mut Session,
    ask: &Ask,
    options: TurnOptions<'_>,
    render: &mut dyn Render,
    ahead: Option<&mut dyn TypeAhead>,
    cancel: &mut Cancel,
) -> Result<Ending, Failure> {
    let TurnOptions {
        params,
        stream,
        successor,
        context,
        cache,
        meter,
        shows_cost,
    } = options;
    let mut notices = Vec::new();
    if let Err(failure) = session.recall() {
        notices.push(tr!("{}", failure));
    }
    let request = session.fitting(ask, params, stream, &mut notices);
    let request = request.map_err(|failure| failure.hint(context.too_long()))?;
    if !client.endpoint().protocol.has_account() {
        notices.extend(session.unsaid(messages::useless(&request, context)));
    }
    if !can_allocate(memory_for(&request)) {
        return Err(Failure::out_of_memory());
    }
    let cache = cache.filter(|_| is_cacheable(client, &request));
    let limited = (!meter.limits.is_none()).then(|| request.clone());
    let so_far = session.cut_text().filter(|_| *ask == Ask::Continue);
    let mut answer = client
        .chat(request)
        .in_conversation(&session.remote(ask))
        .allow_restart(render.can_start_over());
    if let Some(text) = so_far {
        answer = answer.continuing(text);
    }
    if let Some(successor) = successor {
        answer = answer.or_model(successor);
    }
    answer.prepare().map_err(|error| messages::describe(&error, context))?;
    let mut place = cache.and_then(|cache| CachePlace::open(cache, client, &answer, &mut notices));
    let mut reservation = Reservation::default();
    let cached = place
        .as_mut()
        .and_then(|place| place.cache.get(&place.key, &mut notices));
    let is_cached = cached.is_some();
    if let Some(cached) = cached {
        notices.push(tr!(
            "the answer is from the cache ({}); --refresh asks anew",
            ago(cached.created, now(), &TimeZone::system())
        ));
        answer.replay(Reply {
            usage: Some(Usage::default()),
            ..cached.reply
        });
        // It is there already.
        place = None;
    } else if let Some(request) = limited {
        tokio::select! {
            biased;
            kind = cancel.next() => return Err(Failure::stopped(kind)),
            allowed = meter.allow(&request, context) => reservation = allowed?,
        }
    }
    let evicts_from = match (session.is_last && !render.needs_whole(), &place) {
        (false, _) => u64::MAX,
        (true, Some(_)) => cache.map_or(0, CacheOptions::most_kept),
        (true, None) => 0,
    };
    let mut turn = Turn {
        answer,
        is_cached,
        partial: PartialReply::new(evicts_from),
        render,
        ahead: ahead.map(|ahead| ahead as &mut dyn TypeAhead),
        last_event: Instant::now(),
        stopped: None,
        error: None,
        context,
        has_left_out_call: false,
        successor: None,
    };
    cancel.reset();
    let price = (shows_cost && !is_cached).then(|| meter.prices.begin(&session.model));
    let failure = turn.pull(session, ask, &mut notices, cancel).await.err();
    let kind = failure.as_ref().map(|failure| failure.kind);
    if let Some(Kind::Interrupted | Kind::Terminated | Kind::HungUp | Kind::OutputClosed) = kind
        // Otherwise no answer has begun there, and the handle is that of the previous one.
        && turn.partial.reply.remote != session.remote(ask)
    {
        tokio::select! {
            biased;
            () = client.stop(&turn.partial.reply.remote) => {}
            // A second signal ends the wait.
            _ = cancel.next() => {}
        }
    }
    let mut failure = failure.or_else(|| turn.verdict(&mut notices));
    let is_replaced = turn.successor.is_some();
    if let Some(successor) = turn.successor.take() {
        turn.partial.reply.model.get_or_insert_with(|| successor.clone());
        session.window.tokens = context_of(&successor);
        session.model = successor;
    }
    let stats = turn.answer.stats();
    let duration = stats.started.elapsed();
    let price = match price.filter(|_| failure.is_none() && !is_replaced) {
        Some(price) => {
            if !price.is_ready() {
                failure = turn.show_all(session, ask, &mut notices).err();
            }
            tokio::select! {
                biased;
                kind = cancel.next() => {
                    turn.stopped = Some(kind);
                    None
                }
                price = price.price() => price,
            }
        }
        None => None,
    };
    let price = price.or_else(|| meter.prices.known(&session.model));
    let reply = &turn.partial.reply;
    let (usage, has_thought, is_summed) = (reply.usage.as_ref(), reply.has_reasoning(), stats.resumed > 0);
    let cost = meter.cost(price.as_ref(), usage, has_thought, is_summed);
    let ending = Ending {
        session: session.id().map(str::to_owned),
        provider: session.provider.clone(),
        model: session.model.clone(),
        reply: turn.partial.reply,
        is_cached,
        cost: match is_cached {
            true => Some(meter.prices.nothing()),
            false => cost,
        },
        failure: failure.map(|failure| incomplete(failure, stats.first_token.is_some())),
        stopped: turn.stopped,
        error: turn.error,
        time_to_first_token: stats.first_token.map(|first| first - stats.started),
        duration,
        attempts: stats.attempts,
        resumed: stats.resumed,
    };
    let render = turn.render;
    session.finish(ask, &ending, &mut notices);
    // What failed before the server counted anything is no use of it.
    if !is_cached && (ending.reply.usage.is_some() || ending.failure.is_none()) {
        session.count(&ending, meter, &mut notices);
    }
    drop(reservation);
    let is_whole = ending.failure.is_none() && ending.stopped.is_none();
    if let Some(mut place) = place.filter(|_| is_whole && !is_replaced) {
        place.cache.put(&place.key, &ending.reply, &mut notices);
    }
    let finished = render
        .flush()
        .and_then(|()| notices.into_iter().try_for_each(|notice| render.notice(&notice)))
        .and_then(|()| render.finish(&ending));
    match finished {
        Ok(()) => Ok(ending),
        // The failure that ended the answer is the one to report.
        Err(_) if ending.failure.is_some() => Ok(ending),
        Err(error) => Err(incomplete(shown(error), ending.time_to_first_token.is_some())),
    }
}

struct Turn<'a> {
    answer: ChatStream,
    /// The answer comes from the cache.
    is_cached: bool,
    partial: PartialReply,
    render: &'a mut dyn Render,
    ahead: Option<&'a mut dyn TypeAhead>,
    last_event: Instant,
    /// The signal that arrived after the finish reason.
    stopped: Option<Kind>,
    /// The error that cut the answer.
    error: Option<Error>,
    context: &'a Context,
    /// The model called a tool.
    has_left_out_call: bool,
    /// The model that was asked in place of the session's.
    successor: Option<String>,
}

impl Turn<'_> {
    /// Handles the events of the answer until it ends or is stopped.
    async fn pull(
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
                Wake::Cancelled(kind) => return Err(Failure::stopped(kind)),
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
    fn show_all(&mut self, session: &mut Session, ask: &Ask, notices: &mut Vec<UiText>) -> Result<(), Failure> {
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

fn shown(error: io::Error) -> Failure {
    pipe::failed(tr!("write the answer"), &error)
}

fn incomplete(mut failure: Failure, has_begun: bool) -> Failure {
    failure.incomplete = has_begun;
    failure
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::partial_reply::RECORD;
    use super::*;
    use crate::store::Store;
    use qwen_api::{ChatRequest, Message, Role};

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
