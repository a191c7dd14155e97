//! One prompt, one answer: the only loop.
//!
//! Each event goes to the fold, the store and the renderer, and nowhere else. All that has arrived is handled
//! before the screen is flushed once; a line is in the store before it is on the screen.

use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::cancel::Cancel;
use crate::error::{Failure, Kind};
use crate::host::can_allocate;
use crate::i18n::UiText;
use crate::messages::{self, Context};
use crate::render::{Ending, Render, Start};
use crate::session::{Ask, Session};
use crate::term::pipe;
use crate::text::nearest;
use crate::tr;
use qwen_api::error::{Cause, Error, Rejection, Service};
use qwen_api::{Block, ChatRequest, Event, Finish, MediaSource, Params, Reply};
use qwen_api::{ChatStream, Client};

/// How long a list may take that only serves to mend an error message.
const LOOKUP: Duration = Duration::from_secs(3);
/// How often a renderer hears that nothing came.
const TICK: Duration = Duration::from_millis(100);
/// The most events between two flushes, so that a stream that never pauses is seen all the same.
const MOST_AT_ONCE: usize = 256;
/// How old what the store does not have may be when a tick looks at it. The next tick finds it, so with [`TICK`] what was
/// on the screen is in the store at most 200 ms later, and a pause costs no more than one write.
const RECORD: Duration = TICK;
/// How many times its size a request takes on its way: as JSON, on the wire, in the store.
const COPIES: u64 = 10;
/// The most text, in bytes, that stays out of the store.
const MOST_UNRECORDED: usize = 256 * 1024;

/// Asks, and shows and keeps the answer. A failure of the answer is in the ending; a failure here means that
/// nothing could be asked or shown at all.
pub async fn run(
    client: &Client,
    session: &mut Session,
    ask: &Ask,
    params: &Params,
    stream: bool,
    render: &mut dyn Render,
    cancel: &mut Cancel,
    context: &Context,
) -> Result<Ending, Failure> {
    let mut notices = Vec::new();
    if let Err(failure) = session.recall() {
        notices.push(tr!("{}", failure));
    }
    let request = session.fitting(ask, params, stream, &mut notices)?;
    if !can_allocate(size(&request).saturating_mul(COPIES)) {
        return Err(Failure::out_of_memory());
    }
    let so_far = session.cut_text().filter(|_| *ask == Ask::Continue);
    let mut answer = client
        .chat(request)
        .in_conversation(&session.remote(ask))
        .allow_restart(render.can_start_over());
    if let Some(text) = so_far {
        answer = answer.continuing(text);
    }
    answer.prepare().map_err(|error| messages::describe(&error, context))?;
    let mut turn = Turn {
        answer,
        so_far: SoFar::new(session.is_last && !render.needs_whole()),
        render,
        last_event: Instant::now(),
        stopped: None,
        error: None,
        context,
        has_left_out_call: false,
    };
    cancel.reset();
    let failure = turn.pull(session, ask, &mut notices, cancel).await.err();
    let kind = failure.as_ref().map(|failure| failure.kind);
    if let Some(Kind::Interrupted | Kind::Terminated | Kind::HungUp | Kind::OutputClosed) = kind
        // Else no answer has begun there, and the handle is that of the last one.
        && turn.so_far.reply.remote != session.remote(ask)
    {
        tokio::select! {
            biased;
            () = client.stop(&turn.so_far.reply.remote) => {}
            // Whoever asks twice does not wait.
            _ = cancel.next() => {}
        }
    }
    let failure = failure.or_else(|| turn.verdict(&mut notices));
    let stats = turn.answer.stats();
    let ending = Ending {
        session: session.id().map(str::to_owned),
        provider: session.provider.clone(),
        model: session.model.clone(),
        reply: turn.so_far.reply,
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
    let finished = render
        .flush()
        .and_then(|()| notices.into_iter().try_for_each(|notice| render.notice(&notice)))
        .and_then(|()| render.finish(&ending));
    match finished {
        Ok(()) => Ok(ending),
        // What stopped the answer is what is told.
        Err(_) if ending.failure.is_some() => Ok(ending),
        Err(error) => Err(shown(error)),
    }
}

/// Names the nearest listed models in an ending's hint, where it says that there is no such model.
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
    // The list is a courtesy: without it the hint stays what it was.
    let Ok(Ok(Some(listed))) = tokio::time::timeout(LOOKUP, client.listed_models(&|_| ())).await else {
        return;
    };
    // One that is listed may still be retired, or closed to this key: naming it again would not help.
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

/// The listed models a person may have meant: a slip of the keyboard, or the same family.
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

/// The bytes of what a request says and holds.
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

struct Turn<'a> {
    answer: ChatStream,
    so_far: SoFar,
    render: &'a mut dyn Render,
    last_event: Instant,
    /// The signal that came when the text was whole.
    stopped: Option<Kind>,
    /// What ended the answer before its time.
    error: Option<Error>,
    context: &'a Context,
    /// The model called a tool.
    has_left_out_call: bool,
}

/// What came of the answer, and how much of it the store does not have yet.
struct SoFar {
    reply: Reply,
    /// Nobody needs what was said once it is in the store (or will not be) and on the screen.
    evicts: bool,
    /// When the store last had everything.
    since: Instant,
    /// A line was finished.
    has_line: bool,
    is_any: bool,
    /// Bytes of text and thoughts.
    bytes: usize,
}

impl SoFar {
    fn new(evicts: bool) -> SoFar {
        SoFar {
            reply: Reply::default(),
            evicts,
            since: Instant::now(),
            has_line: false,
            is_any: false,
            bytes: 0,
        }
    }

    /// Takes an event in. The answer is what grows without end here, so that memory is asked for and not assumed.
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

    fn is_late(&self) -> bool {
        self.is_any && self.since.elapsed() >= RECORD
    }

    fn is_due(&self) -> bool {
        self.has_line || self.bytes >= MOST_UNRECORDED || self.is_late()
    }

    fn record(&mut self, session: &mut Session, ask: &Ask, notices: &mut Vec<UiText>) {
        session.record(ask, &self.reply, notices);
        if self.evicts {
            self.reply.evict();
        }
        self.since = Instant::now();
        (self.has_line, self.is_any, self.bytes) = (false, false, 0);
    }
}

impl Turn<'_> {
    /// Pulls the answer to its end, or to what stops it.
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
            session.begin(ask, notices);
            self.start(session, notices)?;
        }
        loop {
            let next = {
                let mut next = pin!(self.answer.next());
                loop {
                    let wait = async {
                        tokio::select! {
                            biased;
                            // First: where the next event is always there already, nothing else would ever be heard.
                            kind = cancel.next() => Woken::Cancelled(kind),
                            event = &mut next => Woken::Event(event),
                            _ = tick.tick(), if has_begun => Woken::Tick,
                            // The request is on its way: the time until its answer is the store's.
                            () = std::future::ready(()), if !has_begun => Woken::Sent,
                        }
                    };
                    match wait.await {
                        Woken::Event(None) => break Ok(None),
                        Woken::Event(Some(Ok(event))) => break Ok(Some(event)),
                        Woken::Event(Some(Err(error))) => {
                            let failure = messages::describe(&error, self.context);
                            self.error = Some(error);
                            return Err(failure);
                        }
                        Woken::Cancelled(kind) => break Err(kind),
                        Woken::Sent => {
                            has_begun = true;
                            session.begin(ask, notices);
                            start(self.render, session, notices)?;
                        }
                        Woken::Tick => {
                            if self.so_far.is_late() {
                                self.so_far.record(session, ask, notices);
                            }
                            self.render.idle(self.last_event.elapsed()).map_err(shown)?;
                        }
                    }
                }
            };
            let mut next = match next {
                Ok(event) => event,
                Err(kind) if self.answer.end_if_whole() => {
                    self.stopped = Some(kind);
                    continue;
                }
                Err(kind) => return Err(Failure::stopped(kind)),
            };
            if !has_begun {
                has_begun = true;
                session.begin(ask, notices);
                self.start(session, notices)?;
            }
            let mut is_over = next.is_none();
            for _ in 0..MOST_AT_ONCE {
                let Some(event) = next.take_if(|_| self.so_far.bytes < MOST_UNRECORDED) else {
                    break;
                };
                self.take(&event)?;
                next = self.answer.ready().await;
            }
            if let Some(event) = next {
                self.take(&event)?;
            }
            self.last_event = Instant::now();
            is_over |= self.so_far.reply.finish.is_some();
            if is_over {
                // What is left is shown when all of the answer is in the store.
                return Ok(());
            }
            if self.so_far.is_due() {
                self.so_far.record(session, ask, notices);
            }
            for notice in notices.drain(..) {
                self.render.notice(&notice).map_err(shown)?;
            }
            self.render.flush().map_err(shown)?;
        }
    }

    fn start(&mut self, session: &Session, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        start(self.render, session, notices)
    }

    fn take(&mut self, event: &Event) -> Result<(), Failure> {
        if let Event::Notice(notice) = event {
            return self
                .render
                .notice(&messages::notice(notice, self.context))
                .map_err(shown);
        }
        if let Event::ToolCall(_) = event {
            // No tools are offered, so there is nothing to be done with it.
            self.has_left_out_call = true;
            return Ok(());
        }
        self.so_far.add(event)?;
        self.render.event(event).map_err(shown)
    }

    /// What a whole answer's end still has to say: a notice, or that it is no success.
    fn verdict(&self, notices: &mut Vec<UiText>) -> Option<Failure> {
        match self.so_far.reply.finish.as_ref()? {
            Finish::ContentFilter => {
                return Some(
                    Failure::new(Kind::Refused, tr!("the content filter stopped the answer"))
                        .hint(tr!("reword the prompt")),
                );
            }
            Finish::Length => notices.push(tr!(
                "the answer was cut by the token limit; {} allows for more",
                if self.context.in_chat {
                    "/set max_tokens"
                } else {
                    "--max-tokens"
                }
            )),
            Finish::Other(word) => notices.push(tr!("the server ended the answer for a reason of its own: {}", word)),
            _ => {}
        }
        if self.has_left_out_call {
            notices.push(tr!(
                "the model wanted to call a tool; there is none, so the call was left out"
            ));
        }
        if !self.so_far.reply.has_text() {
            notices.push(match (self.so_far.reply.has_reasoning(), &self.so_far.reply.finish) {
                (true, _) => self.context.choose(
                    tr!(
                        "the model sent thinking and no answer; --show-thinking always shows it, --no-think turns it off"
                    ),
                    tr!("the model sent thinking and no answer; /think off turns it off"),
                ),
                (false, Some(Finish::ToolCalls)) => tr!("the answer held nothing but a tool call"),
                (false, _) => tr!("the model's answer is empty"),
            });
        }
        None
    }
}

enum Woken {
    Event(Option<Result<Event, Error>>),
    Cancelled(Kind),
    Tick,
    Sent,
}

fn start(render: &mut dyn Render, session: &Session, notices: &mut Vec<UiText>) -> Result<(), Failure> {
    let begin = Start {
        session: session.id(),
        provider: &session.provider,
        model: &session.model,
    };
    render.start(&begin).map_err(shown)?;
    for notice in notices.drain(..) {
        render.notice(&notice).map_err(shown)?;
    }
    render.flush().map_err(shown)
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
