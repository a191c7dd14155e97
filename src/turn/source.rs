//! Where an answer comes from: the provider, or the answer cache.

use jiff::tz::TimeZone;

use super::TurnOptions;
use super::cache_place::CachePlace;
use super::memory::memory_for;
use crate::cancel::Cancel;
use crate::cost::Reservation;
use crate::error::Failure;
use crate::host::{can_allocate, now};
use crate::i18n::UiText;
use crate::messages;
use crate::session::{Ask, Session};
use crate::store::ago;
use crate::store::answer_cache::is_cacheable;
use crate::tr;
use qwen_api::{ChatRequest, ChatStream, Client, Reply, Usage};

/// An answer that can be pulled.
pub(super) struct AnswerSource {
    pub(super) answer: ChatStream,
    /// It comes from the cache.
    pub(super) is_cached: bool,
    /// Where the cache will have it.
    pub(super) place: Option<CachePlace>,
    /// What it can cost, held within the budget until what it cost is counted.
    pub(super) reservation: Reservation,
}

/// The request of a turn, once the session, the memory and the user's limits allow it.
pub(super) async fn open(
    client: &Client,
    session: &mut Session,
    ask: &Ask,
    options: &TurnOptions<'_>,
    can_restart: bool,
    notices: &mut Vec<UiText>,
    cancel: &mut Cancel,
) -> Result<AnswerSource, Failure> {
    let TurnOptions { context, meter, .. } = *options;
    let request = fitting(client, session, ask, options, notices)?;
    let cache = options.cache.filter(|_| is_cacheable(client, &request));
    let limited = (!meter.limits.is_none()).then(|| request.clone());
    let mut answer = client
        .chat(request)
        .in_conversation(&session.remote(ask))
        .allow_restart(can_restart);
    if let Some(text) = session.cut_text().filter(|_| *ask == Ask::Continue) {
        answer = answer.continuing(text);
    }
    if let Some(successor) = &options.successor {
        answer = answer.or_model(successor.clone());
    }
    answer.prepare().map_err(|error| messages::describe(&error, context))?;
    let mut place = cache.and_then(|cache| CachePlace::open(cache, client, &answer, notices));
    if let Some(cached) = place.as_mut().and_then(|place| place.cache.get(&place.key, notices)) {
        notices.push(tr!(
            "the answer is from the cache ({}); --refresh asks anew",
            ago(cached.created, now(), &TimeZone::system())
        ));
        answer.replay(Reply {
            usage: Some(Usage::default()),
            ..cached.reply
        });
        return Ok(AnswerSource {
            answer,
            is_cached: true,
            place: None,
            reservation: Reservation::default(),
        });
    }
    let mut reservation = Reservation::default();
    if let Some(request) = limited {
        tokio::select! {
            biased;
            kind = cancel.next() => return Err(Failure::stopped(kind)),
            allowed = meter.allow(&request, context) => reservation = allowed?,
        }
    }
    Ok(AnswerSource {
        answer,
        is_cached: false,
        place,
        reservation,
    })
}

/// The request with as much of the conversation as the model and the memory can hold.
fn fitting(
    client: &Client,
    session: &mut Session,
    ask: &Ask,
    options: &TurnOptions<'_>,
    notices: &mut Vec<UiText>,
) -> Result<ChatRequest, Failure> {
    if let Err(failure) = session.recall() {
        notices.push(tr!("{}", failure));
    }
    let request = session.fitting(ask, options.params, options.stream, notices);
    let request = request.map_err(|failure| failure.hint(options.context.too_long()))?;
    if !client.endpoint().protocol.has_account() {
        notices.extend(session.unsaid(messages::useless(&request, options.context)));
    }
    if !can_allocate(memory_for(&request)) {
        return Err(Failure::out_of_memory());
    }
    Ok(request)
}
