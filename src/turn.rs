//! One turn: a prompt and its answer, in the program's only event loop.
//!
//! Each event goes to the reply, the store and the renderer, and nowhere else. All events that have arrived are handled
//! before the screen is flushed once; a line is in the store before it is on the screen.

use std::future::{pending, poll_fn};
use std::io;
use std::task::Poll;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use tokio::time::{MissedTickBehavior, interval};

use crate::cancel::Cancel;
use crate::context::context_of;
use crate::error::{Failure, Kind};
use crate::host::{can_allocate, now};
use crate::i18n::UiText;
use crate::messages::{self, Context};
use crate::render::footer::FooterRow;
use crate::render::waiting::Retry;
use crate::render::{Ending, Render, Start};
use crate::session::{Ask, Session};
use crate::store::ago;
use crate::store::answer_cache::{AnswerCache, CacheOptions, cache_key, is_cacheable};
use crate::term::pipe;
use crate::text::nearest;
use crate::tr;
use qwen_api::catalog::{self, Retirement};
use qwen_api::error::{Cause, Error, Rejection, Service};
use qwen_api::{Block, ChatRequest, Event, Finish, MediaSource, Params, Reply, Usage};
use qwen_api::{ChatStream, Client, Notice};

/// The most time for listing the models when that only improves an error message.
const LOOKUP: Duration = Duration::from_secs(3);
/// How often the renderer is called while nothing arrives.
const TICK: Duration = Duration::from_millis(100);
/// The most events between two flushes, so that a stream without pauses is shown too.
const MOST_AT_ONCE: usize = 256;
/// The age from which a tick stores text that is not stored yet. With [`TICK`], text on the screen is in the store at most
/// 200 ms later, and a pause costs no more than one write.
const RECORD: Duration = TICK;
/// How many times its size a request takes on its way: as JSON, on the wire, in the store.
const COPIES: u64 = 10;
/// The most text, in bytes, that stays out of the store.
const MOST_UNRECORDED: usize = 256 * 1024;

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
    if !can_allocate(size(&request).saturating_mul(COPIES)) {
        return Err(Failure::out_of_memory());
    }
    let cache = cache.filter(|_| is_cacheable(client, &request));
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
    let (is_cached, place) = match cache.and_then(|cache| CachePlace::open(cache, client, &answer, &mut notices)) {
        Some(mut place) => match place.cache.get(&place.key, &mut notices) {
            Some(cached) => {
                notices.push(tr!(
                    "the answer is from the cache ({}); --refresh asks anew",
                    ago(cached.created, now(), &TimeZone::system())
                ));
                answer.replay(Reply {
                    usage: Some(Usage::default()),
                    ..cached.reply
                });
                (true, None)
            }
            None => (false, Some(place)),
        },
        None => (false, None),
    };
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
    let failure = failure.or_else(|| turn.verdict(&mut notices));
    let is_replaced = turn.successor.is_some();
    if let Some(successor) = turn.successor.take() {
        turn.partial.reply.model.get_or_insert_with(|| successor.clone());
        session.window.tokens = context_of(&successor);
        session.model = successor;
    }
    let stats = turn.answer.stats();
    let ending = Ending {
        session: session.id().map(str::to_owned),
        provider: session.provider.clone(),
        model: session.model.clone(),
        reply: turn.partial.reply,
        is_cached,
        failure: failure.map(|failure| incomplete(failure, stats.first_token.is_some())),
        stopped: turn.stopped,
        error: turn.error,
        time_to_first_token: stats.first_token.map(|first| first - stats.started),
        duration: stats.started.elapsed(),
        attempts: stats.attempts,
        resumed: stats.resumed,
    };
    let render = turn.render;
    session.finish(ask, &ending, &mut notices);
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
        Err(error) => Err(shown(error)),
    }
}

/// Names what to ask instead in the hint of an ending whose model does not exist: its successor where it has ended, else
/// the most similar models that are listed.
pub async fn name_nearest(client: &Client, ending: &mut Ending, context: &Context) {
    let (Some(failure), Some(error)) = (&mut ending.failure, &ending.error) else {
        return;
    };
    let is_missing = match error.cause() {
        Cause::Rejected(Rejection::ModelNotFound | Rejection::ModelOnOtherApi | Rejection::ModelNotServed) => true,
        // On the web site a chat can be missing too.
        Cause::Rejected(Rejection::NotFound) => error.service() != Service::WebSite,
        _ => false,
    };
    if !is_missing {
        return;
    }
    if error.service() == Service::DashScope
        && let Some(Retirement { date, successor }) = catalog::retirement(&ending.model)
    {
        failure.hint = Some(tr!(
            "{} was retired on {}; its successor is {}: {}",
            ending.model,
            date,
            successor,
            format!("{} {successor}", context.model())
        ));
        return;
    }
    // Without a list the hint stays as it is.
    let Ok(Ok(Some(listed))) = tokio::time::timeout(LOOKUP, client.listed_models(&|_| ())).await else {
        return;
    };
    // A listed model may be retired, or not open to this key: naming the same one again would not help.
    let ids = listed.iter().map(|model| model.id.as_str());
    let ids: Vec<&str> = ids.filter(|id| *id != ending.model).collect();
    if let Some(near) = nearest_model(&ending.model, &ids) {
        failure.hint = Some(tr!(
            "did you mean {}? {} lists them all",
            near,
            context.models_command(None)
        ));
    }
}

/// The listed models that may be meant: one with a similar name, or those of the same family.
fn nearest_model(model: &str, ids: &[&str]) -> Option<String> {
    if let Some(near) = nearest(model, ids.iter().copied()) {
        return Some(near.to_owned());
    }
    let wanted = model.to_ascii_lowercase();
    let shared = |id: &str| id.bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count();
    let mut near: Vec<&str> = ids.iter().copied().filter(|id| shared(id) >= 5).collect();
    near.sort_by_key(|id| std::cmp::Reverse(shared(id)));
    near.truncate(3);
    (!near.is_empty()).then(|| near.join(", "))
}

/// The bytes of a request's texts and attachments.
fn size(request: &ChatRequest) -> u64 {
    let blocks = request.messages.iter().flat_map(|message| &message.blocks);
    let bytes = blocks.map(|block| match block {
        Block::Text(text) | Block::Thinking(text) => text.len(),
        Block::Media(media) => match &media.source {
            MediaSource::Inline(bytes) => bytes.len(),
            MediaSource::Url(_) => 0,
        },
        Block::ToolCall(call) => call.arguments.len(),
        Block::ToolResult(result) => result.content.len(),
    });
    u64::try_from(bytes.sum::<usize>()).unwrap_or(u64::MAX)
}

/// The place of the answer in the cache.
struct CachePlace {
    cache: AnswerCache,
    key: String,
}

impl CachePlace {
    fn open(
        options: &CacheOptions,
        client: &Client,
        answer: &ChatStream,
        notices: &mut Vec<UiText>,
    ) -> Option<CachePlace> {
        let key = cache_key(client, answer.http_request()?);
        let cache = AnswerCache::open(options, notices)?;
        Some(CachePlace { cache, key })
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

/// The answer so far, and how much of it is not stored yet.
struct PartialReply {
    reply: Reply,
    /// The bytes in memory from which on text that is stored and shown is dropped.
    evicts_from: u64,
    /// When everything was last stored.
    since: Instant,
    /// Whether a line was finished since then.
    has_line: bool,
    is_any: bool,
    /// Bytes of text and thinking since then.
    bytes: usize,
}

impl PartialReply {
    fn new(evicts_from: u64) -> PartialReply {
        PartialReply {
            reply: Reply::default(),
            evicts_from,
            since: Instant::now(),
            has_line: false,
            is_any: false,
            bytes: 0,
        }
    }

    /// Adds an event. The answer has no limit, so a failed allocation is an error and no abort.
    fn add(&mut self, event: &Event) -> Result<(), Failure> {
        if let Event::Text(text) | Event::Thinking(text) = event {
            self.bytes += text.len();
        }
        self.has_line |= matches!(event, Event::Text(text) if text.contains('\n'));
        self.is_any |= matches!(event, Event::Text(_) | Event::Thinking(_) | Event::Restarted);
        self.reply.reserve(event).map_err(|_| Failure::out_of_memory())?;
        self.reply.add(event);
        Ok(())
    }

    /// Whether it should be stored after it is shown.
    fn is_late(&self) -> bool {
        self.is_any && self.since.elapsed() >= RECORD
    }

    /// Whether it must be stored before it is shown.
    fn is_due(&self) -> bool {
        self.has_line || self.bytes >= MOST_UNRECORDED
    }

    fn record(&mut self, session: &mut Session, ask: &Ask, notices: &mut Vec<UiText>) {
        session.record(ask, &self.reply, notices);
        if (self.reply.text.len() + self.reply.reasoning.len()) as u64 >= self.evicts_from {
            self.reply.evict();
        }
        self.since = Instant::now();
        (self.has_line, self.is_any, self.bytes) = (false, false, 0);
    }
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
                let Some(event) = next.take_if(|_| self.partial.bytes < MOST_UNRECORDED) else {
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
            if self.partial.is_due() {
                self.partial.record(session, ask, notices);
            }
            for notice in notices.drain(..) {
                self.render.notice(&notice).map_err(shown)?;
            }
            self.render.flush().map_err(shown)?;
            // Ticks do not come in a stream without pauses. The user does not wait for this write.
            if self.partial.is_late() {
                self.partial.record(session, ask, notices);
            }
        }
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

    /// The notices at the end of a whole answer, or the failure that its finish reason is.
    fn verdict(&self, notices: &mut Vec<UiText>) -> Option<Failure> {
        match self.partial.reply.finish.as_ref()? {
            Finish::ContentFilter => {
                return Some(
                    Failure::new(Kind::Refused, tr!("the content filter stopped the answer"))
                        .hint(tr!("reword the prompt")),
                );
            }
            Finish::Length => notices.push(tr!(
                "the answer was cut off at the token limit; raise it with {}",
                self.context.choose("--max-tokens", "/set max_tokens")
            )),
            Finish::Other(word) => notices.push(tr!("the server ended the answer for an unknown reason: {}", word)),
            _ => {}
        }
        if self.has_left_out_call {
            notices.push(tr!(
                "the model tried to call a tool; no tools are available, so the call was ignored"
            ));
        }
        if !self.partial.reply.has_text() {
            notices.push(match (self.partial.reply.has_reasoning(), &self.partial.reply.finish) {
                (true, _) => self.context.choose(
                    tr!(
                        "the model sent thinking and no answer; --show-thinking always shows it, --no-think turns it off"
                    ),
                    tr!("the model sent thinking and no answer; /think off turns it off"),
                ),
                (false, Some(Finish::ToolCalls)) => tr!("the answer contains only a tool call"),
                (false, _) => tr!("the model's answer is empty"),
            });
        }
        None
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
    use super::*;

    /// What the store misses is looked at each tick, and is recorded by the first that finds it old enough.
    #[test]
    fn what_was_shown_is_in_the_store_within_200_ms() {
        assert!(TICK + RECORD <= Duration::from_millis(200));
    }
}
