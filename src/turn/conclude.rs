//! What follows the events of an answer: the chat on the server's side, the price, and the ending.

use std::time::Duration;

use super::cache_place::CachePlace;
use super::event_loop::{Turn, shown};
use crate::cancel::Cancel;
use crate::context::context_of;
use crate::cost::{Meter, Price, PriceLookup};
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::render::{Ending, Render};
use crate::session::{Ask, Session};
use qwen_api::Client;

impl<'a> Turn<'a> {
    /// Stops the answer on the server's side, where the user or the system stopped it here.
    pub(super) async fn stop_remote(
        &self,
        client: &Client,
        session: &Session,
        ask: &Ask,
        kind: Option<Kind>,
        cancel: &mut Cancel,
    ) {
        if let Some(Kind::Interrupted | Kind::Terminated | Kind::HungUp | Kind::OutputClosed) = kind
            // Otherwise no answer has begun there, and the handle is that of the previous one.
            && self.partial.reply.remote != session.remote(ask)
        {
            tokio::select! {
                biased;
                () = client.stop(&self.partial.reply.remote) => {}
                // A second signal ends the wait.
                _ = cancel.next() => {}
            }
        }
    }

    /// Makes the successor the session's model, where it was asked in that one's place.
    pub(super) fn adopt_successor(&mut self, session: &mut Session) -> bool {
        let Some(successor) = self.successor.take() else {
            return false;
        };
        self.partial.reply.model.get_or_insert_with(|| successor.clone());
        session.window.tokens = context_of(&successor);
        session.model = successor;
        true
    }

    /// The price that was asked for. Everything is shown before it is waited for.
    pub(super) async fn price(
        &mut self,
        lookup: PriceLookup,
        session: &mut Session,
        ask: &Ask,
        notices: &mut Vec<UiText>,
        cancel: &mut Cancel,
    ) -> Result<Option<Price>, Failure> {
        if !lookup.is_ready() {
            self.show_all(session, ask, notices)?;
        }
        tokio::select! {
            biased;
            kind = cancel.next() => {
                self.stopped = Some(kind);
                Ok(None)
            }
            price = lookup.price() => Ok(price),
        }
    }

    /// The ending, and the renderer that is to show it.
    pub(super) fn end(
        self,
        session: &Session,
        meter: &Meter,
        price: Option<&Price>,
        failure: Option<Failure>,
        duration: Duration,
    ) -> (Ending, &'a mut dyn Render) {
        let stats = self.answer.stats();
        let reply = self.partial.reply;
        let (usage, has_thought, is_summed) = (reply.usage.as_ref(), reply.has_reasoning(), stats.resumed > 0);
        let cost = match self.is_cached {
            true => Some(meter.prices.nothing()),
            false => meter.cost(price, usage, has_thought, is_summed),
        };
        let ending = Ending {
            session: session.id().map(str::to_owned),
            provider: session.provider.clone(),
            model: session.model.clone(),
            reply,
            is_cached: self.is_cached,
            cost,
            failure: failure.map(|failure| incomplete(failure, stats.first_token.is_some())),
            stopped: self.stopped,
            error: self.error,
            time_to_first_token: stats.first_token.map(|first| first - stats.started),
            duration,
            attempts: stats.attempts,
            resumed: stats.resumed,
        };
        (ending, self.render)
    }
}

/// Stores an ending, counts what it cost, and keeps a whole answer in the cache.
pub(super) fn keep(
    ending: &Ending,
    session: &mut Session,
    ask: &Ask,
    meter: &Meter,
    place: Option<CachePlace>,
    notices: &mut Vec<UiText>,
) {
    session.finish(ask, ending, notices);
    // What failed before the server counted anything is no use of it.
    if !ending.is_cached && (ending.reply.usage.is_some() || ending.failure.is_none()) {
        session.count(ending, meter, notices);
    }
    let is_whole = ending.failure.is_none() && ending.stopped.is_none();
    if let Some(mut place) = place.filter(|_| is_whole) {
        place.cache.put(&place.key, &ending.reply, notices);
    }
}

/// Shows an ending. Where that fails, the failure that ended the answer is the one to report.
pub(super) fn show(ending: Ending, render: &mut dyn Render, notices: Vec<UiText>) -> Result<Ending, Failure> {
    let finished = render
        .flush()
        .and_then(|()| notices.into_iter().try_for_each(|notice| render.notice(&notice)))
        .and_then(|()| render.finish(&ending));
    match finished {
        Err(error) if ending.failure.is_none() => Err(incomplete(shown(error), ending.time_to_first_token.is_some())),
        _ => Ok(ending),
    }
}

fn incomplete(mut failure: Failure, has_begun: bool) -> Failure {
    failure.incomplete = has_begun;
    failure
}
