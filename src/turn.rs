//! One turn: a prompt and its answer, in the program's only event loop.
//!
//! Each event goes to the reply, the store and the renderer, and nowhere else. All events that have arrived are handled
//! before the screen is flushed once; a line is in the store before it is on the screen.

mod cache_place;
mod conclude;
mod event_loop;
mod memory;
mod missing_model;
mod partial_reply;
mod source;
mod verdict;

use std::task::Poll;
use std::time::{Duration, Instant};

use crate::cancel::Cancel;
use crate::cost::Meter;
use crate::error::Failure;
use crate::messages::Context;
use crate::render::footer::FooterRow;
use crate::render::{Ending, Render};
use crate::session::{Ask, Session};
use crate::store::answer_cache::CacheOptions;
use event_loop::Turn;
use partial_reply::PartialReply;
use qwen_api::{Client, Params};
use source::AnswerSource;

pub use missing_model::{name_nearest, retirement_hint};

/// How often the renderer is called while nothing arrives.
const TICK: Duration = Duration::from_millis(100);

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
        context, cache, meter, ..
    } = options;
    let mut notices = Vec::new();
    let can_restart = render.can_start_over();
    let source = source::open(client, session, ask, &options, can_restart, &mut notices, cancel).await?;
    let AnswerSource {
        answer,
        is_cached,
        place,
        reservation,
    } = source;
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
        task: None,
    };
    cancel.reset();
    let lookup = (options.shows_cost && !is_cached).then(|| meter.prices.begin(&session.model));
    let failure = turn.pull(session, ask, &mut notices, cancel).await.err();
    let kind = failure.as_ref().map(|failure| failure.kind);
    turn.stop_remote(client, session, ask, kind, cancel).await;
    let mut failure = failure.or_else(|| turn.verdict(&mut notices));
    let is_replaced = turn.adopt_successor(session);
    let duration = turn.answer.stats().started.elapsed();
    let mut price = None;
    if let Some(lookup) = lookup.filter(|_| failure.is_none() && !is_replaced) {
        match turn.price(lookup, session, ask, &mut notices, cancel).await {
            Ok(asked) => price = asked,
            Err(unshown) => failure = Some(unshown),
        }
    }
    let price = price.or_else(|| meter.prices.known(&session.model));
    let (ending, render) = turn.end(session, meter, price.as_ref(), failure, duration);
    let place = place.filter(|_| !is_replaced);
    conclude::keep(&ending, session, ask, meter, place, &mut notices);
    // What it cost is counted from here on.
    drop(reservation);
    conclude::show(ending, render, notices)
}
