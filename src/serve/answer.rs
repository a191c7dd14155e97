//! One answer: asked for, passed on as it comes or gathered, written in the client's API.

mod streamed;

use std::sync::Arc;

use hyper::StatusCode;
use tokio::sync::OwnedSemaphorePermit;

use super::Gateway;
use super::answer_cache::CacheEntry;
use super::error_reply::{ApiStyle, ErrorReply};
use super::request::AnswerRequest;
use super::request_log::LogLine;
use super::response::{self, Response};
use super::upstreams::{ModelTarget, Upstream};
use super::usage_counter::{CountedRequest, UsageCounter};
use super::wire::ReplyStamp;
use crate::chat_body::{self, FinishReason};
use crate::cost::Reservation;
use qwen_api::error::ErrorKind;
use qwen_api::{ChatRequest, ChatStream, Event, Remote, Reply, Usage};

/// The most bytes that are gathered before they are passed on.
const MOST_AT_ONCE: usize = 64 * 1024;

/// Answers a request.
pub(super) async fn answer(
    gateway: &Arc<Gateway>,
    mut request: AnswerRequest,
    style: ApiStyle,
    mut log: LogLine,
) -> Response {
    let mut running = match begin(gateway, &mut request, &mut log).await {
        Ok(running) => running,
        Err(error) => return log.refused(&error, style),
    };
    // The model as the client asked for it, which its own records have.
    let stamp = ReplyStamp::new(match request.model.as_str() {
        "" => &log.model,
        asked => asked,
    });
    let reply = request.shape.reply(stamp, request.includes_usage);
    if request.is_stream {
        return streamed::streamed(running, reply, log).await;
    }
    match running.gather().await {
        Ok((whole, finish)) => {
            log.usage = whole.usage;
            log.answered(response::json(&reply.whole(&whole, finish)))
        }
        Err(error) => log.refused(&error, style),
    }
}

/// Asks the providers in turn until one begins to answer.
async fn begin(gateway: &Gateway, request: &mut AnswerRequest, log: &mut LogLine) -> Result<Running, ErrorReply> {
    let own = gateway.upstreams.target(&request.model);
    let others = gateway.fallback.iter().map(|name| ModelTarget {
        provider: name.clone(),
        model: None,
    });
    let mut others = others.filter(|target| target.provider != own.provider);
    let mut target = own.clone();
    loop {
        let next = others.next();
        let chat = match next {
            Some(_) => request.chat.clone(),
            None => std::mem::replace(&mut request.chat, ChatRequest::new("")),
        };
        let error = match ask(gateway, request, chat, &target, log).await {
            Ok(running) => return Ok(running),
            Err(error) => error,
        };
        match next {
            Some(next) if error.lets_fall_back() => target = next,
            _ => return Err(error),
        }
    }
}

/// Asks one provider for an answer to `chat`, and waits for its first piece.
async fn ask(
    gateway: &Gateway,
    request: &AnswerRequest,
    mut chat: ChatRequest,
    target: &ModelTarget,
    log: &mut LogLine,
) -> Result<Running, ErrorReply> {
    let upstream = gateway.upstreams.provider(&target.provider).await?;
    if upstream.queue.is_some() && !chat.params.tools.is_empty() {
        return Err(ErrorReply::invalid(
            "tools",
            format!("{} takes no tools", upstream.name),
        ));
    }
    if upstream.queue.is_some() && chat.messages.iter().any(chat_body::has_file) {
        return Err(ErrorReply::invalid(
            "messages",
            format!("{} takes no files in messages", upstream.name),
        ));
    }
    let senses = chat.messages.iter().map(qwen_api::Message::sense);
    let sense = senses.max().unwrap_or_default();
    chat.model = match &target.model {
        Some(model) => model.clone(),
        None => gateway.upstreams.default_model(&upstream, sense).await?,
    };
    log.model.clone_from(&chat.model);
    log.provider.clone_from(&upstream.name);
    if upstream.queue.is_some() {
        chat.messages.iter_mut().for_each(chat_body::inline_media);
    }
    let permit = match &upstream.queue {
        // It is never closed.
        Some(queue) => Arc::clone(queue).acquire_owned().await.ok(),
        None => None,
    };
    let cache = gateway.cache.as_ref();
    let cache = cache.filter(|cache| cache.takes(&upstream.client, &chat));
    let limited = (!upstream.meter.limits.is_none()).then(|| chat.clone());
    let model = chat.model.clone();
    let mut stream = upstream.client.chat(chat).allow_restart(!request.is_stream);
    let mut reservation = Reservation::default();
    let mut entry = cache.and_then(|cache| cache.entry(&upstream.client, &mut stream));
    if let Some(found) = &entry
        && !request.refreshes
        && let Some(cached) = found.get().await
    {
        log.is_cached = true;
        stream.replay(cached.reply);
        entry = None;
    } else if let Some(chat) = limited {
        // A stored answer costs nothing.
        if !upstream.meter.prices.is_free() && chat.messages.iter().any(chat_body::has_file) {
            let why = "what a file in a message can cost is not known, and a limit is set";
            return Err(ErrorReply::too_costly(why));
        }
        let allowed = upstream.meter.allow(&chat, &upstream.context).await;
        reservation = allowed.map_err(|failure| ErrorReply::too_costly(failure.message.to_string()))?;
    }
    let counter = (!log.is_cached).then(|| gateway.usage.clone());
    let mut running = Running {
        stream,
        upstream,
        model,
        counter,
        reservation,
        usage: None,
        has_thought: false,
        entry,
        first: Vec::new(),
        remote: Remote::default(),
        calls: 0,
        is_over: false,
        permit,
    };
    running.wait_for_first().await?;
    Ok(running)
}

/// An answer that has begun.
struct Running {
    stream: ChatStream,
    upstream: Arc<Upstream>,
    model: String,
    /// Where it is counted; `None` for one that costs nothing.
    counter: Option<UsageCounter>,
    /// What it can cost, until it is counted.
    reservation: Reservation,
    usage: Option<Usage>,
    has_thought: bool,
    /// Its entry in the cache, if it gets one.
    entry: Option<CacheEntry>,
    /// Its events up to the first piece.
    first: Vec<Event>,
    remote: Remote,
    calls: usize,
    is_over: bool,
    permit: Option<OwnedSemaphorePermit>,
}

impl Running {
    async fn wait_for_first(&mut self) -> Result<(), ErrorReply> {
        loop {
            match self.stream.next().await {
                Some(Ok(event)) => {
                    let is_piece = matches!(
                        event,
                        Event::Text(_) | Event::Thinking(_) | Event::ToolCall(_) | Event::Done(_)
                    );
                    self.first.push(event);
                    if is_piece {
                        return Ok(());
                    }
                }
                Some(Err(error)) => return Err(ErrorReply::of_upstream(&error, &self.upstream.context)),
                None => return Err(ErrorReply::new(StatusCode::BAD_GATEWAY, "the provider sent no answer")),
            }
        }
    }

    /// The events that are there, waiting for the first; `None` at the end.
    async fn events(&mut self) -> Option<Result<Vec<Event>, qwen_api::Error>> {
        let mut events = std::mem::take(&mut self.first);
        if events.is_empty() {
            match self.stream.next().await? {
                Ok(event) => events.push(event),
                Err(error) => return Some(Err(error)),
            }
        }
        let mut bytes = 0;
        while bytes < MOST_AT_ONCE
            && let Some(event) = self.stream.ready().await
        {
            if let Event::Text(text) | Event::Thinking(text) = &event {
                bytes += text.len();
            }
            events.push(event);
        }
        self.note(&events).await;
        Some(Ok(events))
    }

    /// Notes what events say about the answer as a whole, and adds them to its entry in the cache.
    async fn note(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Started(started) if !started.remote.is_empty() => self.remote.clone_from(&started.remote),
                Event::ToolCall(_) => self.calls += 1,
                Event::Usage(usage) => self.usage = Some(*usage),
                Event::Thinking(_) => self.has_thought = true,
                _ => {}
            }
        }
        if let Some(entry) = &mut self.entry
            && !entry.add(events).await
        {
            self.entry = None;
        }
    }

    /// The whole answer.
    async fn gather(&mut self) -> Result<(Reply, FinishReason), ErrorReply> {
        let mut reply = Reply::default();
        while let Some(events) = self.events().await {
            match events {
                Ok(events) => events.iter().for_each(|event| reply.add(event)),
                Err(error) if error.kind() == ErrorKind::ContentFilter => {
                    return Ok((reply, FinishReason::ContentFilter));
                }
                Err(error) => return Err(ErrorReply::of_cut(&error, &self.upstream.context)),
            }
        }
        self.is_over = true;
        match &reply.finish {
            Some(finish) => {
                let finish = FinishReason::of(finish, !reply.tool_calls.is_empty());
                is_whole(reply.tool_calls.iter().map(|call| call.arguments.as_str()))?;
                Ok((reply, finish))
            }
            None => Err(ErrorReply::new(
                StatusCode::BAD_GATEWAY,
                "the answer did not come whole",
            )),
        }
    }
}

/// Half a call is an error: a client would run it.
fn is_whole<'a>(mut arguments: impl Iterator<Item = &'a str>) -> Result<(), ErrorReply> {
    let is_json = |text: &str| text.is_empty() || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    match arguments.all(is_json) {
        true => Ok(()),
        false => Err(ErrorReply::new(
            StatusCode::BAD_GATEWAY,
            "the answer was cut in the middle of a tool call",
        )),
    }
}

impl Running {
    /// Counts what the server counted, of an answer that was cut too.
    fn count(&mut self) {
        let Some(counter) = self.counter.take().filter(|_| self.usage.is_some() || self.is_over) else {
            return;
        };
        counter.count(CountedRequest {
            upstream: Arc::clone(&self.upstream),
            model: std::mem::take(&mut self.model),
            usage: self.usage,
            has_thought: self.has_thought,
            is_summed: self.stream.stats().resumed > 0,
            reservation: std::mem::take(&mut self.reservation),
        });
    }
}

impl Drop for Running {
    /// Frees what a web account keeps of the answer, before the next request may begin.
    fn drop(&mut self) {
        self.count();
        let permit = self.permit.take();
        if self.upstream.queue.is_none() || self.remote.is_empty() {
            return;
        }
        let (client, remote, is_over) = (self.upstream.client.clone(), self.remote.clone(), self.is_over);
        // Without a runtime the program is ending.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if !is_over {
                    client.stop(&remote).await;
                }
                // A chat that stays does no harm.
                let _ = client.forget(&remote).await;
                drop(permit);
            });
        }
    }
}
