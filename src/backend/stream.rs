//! One exchange: a request out, its reply in as events. Pulled by the caller; nothing runs on its own.

mod faults;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures_util::FutureExt;

use super::http::{self, Fault, Http};
use super::sse::Sse;
use super::wire::web::is_bot_check;
use super::wire::{Decode, Head, HttpRequest, Progress, Wire};
use crate::chat::Event;
use faults::{empty_reply, ended_early, no_answer, only_signs_of_life, silence};

pub(super) use faults::{no, refused};

/// Keep-alive comments keep a stream alive for this many times the timeout, and no longer.
const COMMENTS_COUNT: u32 = 10;

/// The reply to one request.
pub struct EventStream {
    http: Http,
    response: reqwest::Response,
    head: Head,
    decoder: Box<dyn Decode>,
    body: Body,
    queue: VecDeque<Event>,
    scratch: Vec<Event>,
    timeout: Option<Duration>,
    /// When the last payload came, or the request went out.
    last_payload: Instant,
    /// When the last byte came.
    last_byte: Instant,
    has_payload: bool,
    is_over: bool,
}

/// How the body is read.
enum Body {
    /// Too little has come to tell.
    Unknown,
    Stream(Sse),
    /// One piece, looked at when it is whole.
    Whole(Vec<u8>),
}

impl EventStream {
    /// Sends the request and waits for the head of the reply, at most `timeout`.
    pub async fn open(
        http: &Http,
        wire: &dyn Wire,
        request: &HttpRequest,
        timeout: Option<Duration>,
    ) -> Result<EventStream, Fault> {
        let sent = Instant::now();
        let (head, response) = within(timeout, sent, http.send(request), || silence(timeout)).await??;
        if head.status != 200 {
            let left = timeout.map(|timeout| timeout.saturating_sub(sent.elapsed()).max(Duration::from_secs(1)));
            let mut body = Vec::new();
            let read = http.body_into(response, &mut body);
            // The head has said no: what comes of the reasons is told, and no more of them is waited for.
            let _ = within(left, Instant::now(), read, || silence(timeout)).await;
            return Err(refused(wire, request, &head, &body));
        }
        Ok(EventStream {
            http: http.clone(),
            response,
            decoder: wire.decoder(&head),
            body: Body::Unknown,
            head,
            queue: VecDeque::new(),
            scratch: Vec::new(),
            timeout,
            last_payload: sent,
            last_byte: sent,
            has_payload: false,
            is_over: false,
        })
    }

    /// The next event that is there already, without waiting for the network.
    ///
    /// The connection is a task of its own that hands over one piece of the body at a time: it gets a chance to
    /// hand over what it has read before nothing is taken to be there.
    pub async fn ready(&mut self, wire: &dyn Wire) -> Result<Option<Event>, Fault> {
        let mut has_yielded = false;
        while self.queue.is_empty() && !self.is_over {
            match self.response.chunk().now_or_never() {
                Some(chunk) => self.take(wire, chunk)?,
                None if has_yielded => return Ok(None),
                None => {
                    has_yielded = true;
                    tokio::task::yield_now().await;
                }
            }
        }
        Ok(self.queue.pop_front())
    }

    /// The next event; `None` after the last.
    pub async fn next(&mut self, wire: &dyn Wire) -> Result<Option<Event>, Fault> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Ok(Some(event));
            }
            if self.is_over {
                return Ok(None);
            }
            let deadline = self.timeout.map(|timeout| {
                let silence = self.last_byte.max(self.last_payload) + timeout;
                silence.min(self.last_payload + timeout * COMMENTS_COUNT)
            });
            let chunk = match deadline {
                None => self.response.chunk().await,
                Some(deadline) => match tokio::time::timeout_at(deadline.into(), self.response.chunk()).await {
                    Ok(chunk) => chunk,
                    Err(_) if self.is_only_alive() => return Err(self.cut(only_signs_of_life())),
                    Err(_) => return Err(self.cut(silence(self.timeout))),
                },
            };
            self.take(wire, chunk)?;
        }
    }

    fn take(&mut self, wire: &dyn Wire, chunk: reqwest::Result<Option<bytes::Bytes>>) -> Result<(), Fault> {
        match chunk {
            Ok(Some(bytes)) => {
                self.last_byte = Instant::now();
                self.feed(wire, &bytes)
            }
            Ok(None) => self.end(wire),
            Err(error) => {
                let fault = self.http.fault(&error);
                // A transfer that breaks after the answer was whole took nothing away.
                match self.decoder.end(false, &mut self.scratch) {
                    Some(finish) => {
                        self.scratch.push(Event::Done(finish));
                        self.finish();
                        Ok(())
                    }
                    None => {
                        self.queue.extend(self.scratch.drain(..));
                        Err(fault)
                    }
                }
            }
        }
    }

    fn feed(&mut self, wire: &dyn Wire, bytes: &[u8]) -> Result<(), Fault> {
        if let Body::Unknown = self.body {
            let content_type = self.head.content_type();
            self.body = match bytes.trim_ascii_start().first() {
                None => return Ok(()),
                // A refusal or a page may come under the name of a stream.
                Some(b'{' | b'[' | b'<') => Body::Whole(Vec::new()),
                Some(_) if content_type == "text/event-stream" => Body::Stream(Sse::new()),
                // Some servers forget the content type of a stream.
                Some(b'd' | b'e' | b'i' | b':') if !content_type.ends_with("html") => Body::Stream(Sse::new()),
                Some(_) => Body::Whole(Vec::new()),
            };
        }
        match &mut self.body {
            Body::Unknown => Ok(()),
            Body::Whole(whole) if whole.len() + bytes.len() > http::BODY_LIMIT => Err(http::too_long()),
            Body::Whole(whole) => {
                whole.extend_from_slice(bytes);
                Ok(())
            }
            Body::Stream(sse) => {
                sse.push(bytes);
                self.drain(wire, false)
            }
        }
    }

    /// Decodes every payload that is whole. When the body has `ended`, the last may be a part of one.
    fn drain(&mut self, wire: &dyn Wire, ended: bool) -> Result<(), Fault> {
        let Body::Stream(sse) = &mut self.body else {
            return Ok(());
        };
        loop {
            let payload = match sse.next_payload() {
                Ok(Some(payload)) => payload,
                Ok(None) => break,
                Err(_) => return Err(http::too_long()),
            };
            self.has_payload = true;
            let decoded = if ended && is_part(payload) {
                None
            } else {
                Some(self.decoder.payload(payload, &mut self.scratch))
            };
            let is_secret = matches!(&decoded, Some(Err(refusal)) if is_bot_check(refusal));
            self.http.log.event(|| logged(payload, is_secret));
            let Some(decoded) = decoded else {
                break;
            };
            self.last_payload = self.last_byte;
            match decoded {
                Ok(Progress::More) => {}
                Ok(Progress::Whole) => {
                    if let Some(finish) = self.decoder.end(true, &mut self.scratch) {
                        self.scratch.push(Event::Done(finish));
                        self.finish();
                        return Ok(());
                    }
                    self.queue.extend(self.scratch.drain(..));
                    return Err(self.cut(ended_early()));
                }
                Err(refusal) => {
                    self.queue.extend(self.scratch.drain(..));
                    return Err(no(wire, refusal, &self.head));
                }
            }
        }
        self.queue.extend(self.scratch.drain(..));
        Ok(())
    }

    /// The body ended as HTTP says it should.
    fn end(&mut self, wire: &dyn Wire) -> Result<(), Fault> {
        match &mut self.body {
            Body::Unknown => return Err(empty_reply()),
            Body::Whole(whole) => {
                let whole = std::mem::take(whole);
                let refusal = wire.refusal(&self.head, &whole);
                let is_secret = refusal.as_ref().is_some_and(is_bot_check);
                self.http.log.event(|| logged(&whole, is_secret));
                if let Some(refusal) = refusal {
                    return Err(no(wire, no_answer(refusal, &self.head), &self.head));
                }
                self.decoder
                    .payload(&whole, &mut self.scratch)
                    .map_err(|refusal| no(wire, refusal, &self.head))?;
            }
            Body::Stream(sse) => {
                sse.end();
                self.drain(wire, true)?;
                if self.is_over {
                    return Ok(());
                }
                if !self.has_payload && self.decoder.failed_end(true).is_none() {
                    return Err(empty_reply());
                }
            }
        }
        match self.decoder.end(true, &mut self.scratch) {
            Some(finish) => {
                self.scratch.push(Event::Done(finish));
                self.finish();
                Ok(())
            }
            None => {
                self.queue.extend(self.scratch.drain(..));
                match self.decoder.failed_end(true) {
                    Some(refusal) => Err(no(wire, refusal, &self.head)),
                    None => Err(self.cut(ended_early())),
                }
            }
        }
    }

    fn finish(&mut self) {
        self.queue.extend(self.scratch.drain(..));
        self.is_over = true;
    }

    /// A stream that ended without its end. What was decoded before is still handed out first.
    fn cut(&mut self, fault: Fault) -> Fault {
        self.is_over = true;
        fault
    }

    /// Whether keep-alives are all that came for as long as they count.
    fn is_only_alive(&self) -> bool {
        self.timeout
            .is_some_and(|timeout| self.last_payload.elapsed() >= timeout * COMMENTS_COUNT)
    }

    /// Puts an event back, to be the next.
    pub fn put_back(&mut self, event: Event) {
        self.queue.push_front(event);
    }

    /// Events that were decoded before a fault: to be handed out before it is told.
    pub fn left_over(&mut self) -> Option<Event> {
        self.queue.pop_front()
    }
}

/// Whether a payload begins like JSON, or like the mark of the end, and does not end like it.
fn is_part(payload: &[u8]) -> bool {
    const END: &[u8] = b"[DONE]";
    if END.starts_with(payload) {
        return payload != END;
    }
    payload.starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(payload).is_err()
}

/// Waits for a future, at most until `timeout` after `since`.
async fn within<T>(
    timeout: Option<Duration>,
    since: Instant,
    future: impl Future<Output = T>,
    silence: impl FnOnce() -> Fault,
) -> Result<T, Fault> {
    match timeout {
        None => Ok(future.await),
        Some(timeout) => tokio::time::timeout_at((since + timeout).into(), future)
            .await
            .map_err(|_| silence()),
    }
}

/// A payload for the log. The address of a site's check belongs to the session, and is left out.
fn logged(payload: &[u8], is_secret: bool) -> String {
    match is_secret {
        true => "< the site's check for browsers".to_owned(),
        false => format!("< {}", String::from_utf8_lossy(payload)),
    }
}
