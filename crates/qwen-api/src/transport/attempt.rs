//! One exchange: a request out, its reply in as events. Pulled by the caller; nothing runs on its own.

mod errors;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures_util::FutureExt;

use crate::Event;
use crate::error::{Error, Malformed, RetryClass};
use crate::protocol::{ChatProtocol, Head, HttpRequest, ReplyDecoder, ReplyState};
use crate::transport::http::{self, Http};
use crate::transport::sse::Sse;
use errors::{is_bot_check, only_keep_alives, silence, web_page};

pub(crate) use errors::{ended_early, error_of_reply, with_head};

/// Keep-alive comments keep a stream alive for this many times the timeout, and no longer.
const COMMENTS_COUNT: u32 = 10;
/// How long the count of the tokens and the end mark are waited for once the text is whole.
const AFTER_FINISH: Duration = Duration::from_secs(2);

/// The reply to one request.
pub struct EventStream {
    http: Http,
    response: reqwest::Response,
    head: Head,
    decoder: Box<dyn ReplyDecoder>,
    body: Body,
    queue: VecDeque<Event>,
    scratch: Vec<Event>,
    timeout: Option<Duration>,
    /// When the last payload came, or the request went out.
    last_payload: Instant,
    /// When the last byte came.
    last_byte: Instant,
    /// An event came whole.
    has_payload: bool,
    /// When the text was whole.
    finished: Option<Instant>,
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
        protocol: &dyn ChatProtocol,
        request: &HttpRequest,
        timeout: Option<Duration>,
    ) -> Result<EventStream, Error> {
        let sent = Instant::now();
        let silent = || silence(timeout).with_proxy(http.proxy());
        let (head, response) = within(timeout, sent, http.send(request), silent).await??;
        if head.status != 200 {
            let left = timeout.map(|timeout| timeout.saturating_sub(sent.elapsed()).max(Duration::from_secs(1)));
            let mut body = Vec::new();
            let read = http.body_into(response, &mut body);
            // The head has said no: what comes of the reasons is told, and no more of them is waited for.
            let _ = within(left, Instant::now(), read, || silence(timeout)).await;
            return Err(error_of_reply(protocol, request, &head, &body));
        }
        Ok(EventStream {
            http: http.clone(),
            response,
            decoder: protocol.decoder(&head),
            body: Body::Unknown,
            head,
            queue: VecDeque::new(),
            scratch: Vec::new(),
            timeout,
            last_payload: sent,
            last_byte: sent,
            has_payload: false,
            finished: None,
            is_over: false,
        })
    }

    /// The next event that is there already, without waiting for the network.
    ///
    /// The connection is a task of its own that hands over one piece of the body at a time: it gets a chance to
    /// hand over what it has read before nothing is taken to be there.
    pub async fn ready(&mut self, protocol: &dyn ChatProtocol) -> Result<Option<Event>, Error> {
        let mut has_yielded = false;
        while self.queue.is_empty() && !self.is_over {
            match self.response.chunk().now_or_never() {
                Some(chunk) => self.take(protocol, chunk)?,
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
    pub async fn next(&mut self, protocol: &dyn ChatProtocol) -> Result<Option<Event>, Error> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Ok(Some(event));
            }
            if self.is_over {
                return Ok(None);
            }
            let chunk = match self.deadline() {
                None => self.response.chunk().await,
                Some(deadline) => match tokio::time::timeout_at(deadline.into(), self.response.chunk()).await {
                    Ok(chunk) => chunk,
                    Err(_) => {
                        self.over(protocol, self.waited_in_vain().with_proxy(self.http.proxy()))?;
                        continue;
                    }
                },
            };
            self.take(protocol, chunk)?;
        }
    }

    /// When the next byte has to be there at the latest.
    fn deadline(&self) -> Option<Instant> {
        let finish = self.finished.map(|finished| finished + AFTER_FINISH);
        let silence = self.timeout.map(|timeout| {
            let silence = self.last_byte.max(self.last_payload) + timeout;
            silence.min(self.last_payload + timeout * COMMENTS_COUNT)
        });
        finish.into_iter().chain(silence).min()
    }

    fn take(&mut self, protocol: &dyn ChatProtocol, chunk: reqwest::Result<Option<bytes::Bytes>>) -> Result<(), Error> {
        match chunk {
            Ok(Some(bytes)) => {
                self.last_byte = Instant::now();
                match self.feed(&bytes) {
                    // What talks on behind the end is not listened to for ever.
                    Ok(()) if self.finished.is_some_and(|since| since.elapsed() >= AFTER_FINISH) => {
                        self.over(protocol, ended_early())
                    }
                    Ok(()) => Ok(()),
                    Err(error) => self.over(protocol, error),
                }
            }
            Ok(None) => self.end(protocol).or_else(|error| self.over(protocol, error)),
            Err(error) => {
                let error = self.http.error(&error);
                self.over(protocol, error)
            }
        }
    }

    /// The reply is over: by this error, unless the text was whole before. What goes wrong behind its end takes nothing
    /// away from it.
    fn over(&mut self, protocol: &dyn ChatProtocol, mut error: Error) -> Result<(), Error> {
        if matches!(&self.body, Body::Whole(whole) if is_json(whole)) {
            match self.end(protocol) {
                Ok(()) => return Ok(()),
                Err(found) => error = found,
            }
        }
        self.is_over = true;
        let finish = self.decoder.end(false, &mut self.scratch);
        self.scratch.extend(finish.clone().map(Event::Done));
        // What was decoded before an error is handed out first.
        self.queue.extend(self.scratch.drain(..));
        finish.map(|_| ()).ok_or_else(|| with_head(error, &self.head, &[]))
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
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
            Body::Whole(whole) if whole.len() + bytes.len() > http::BODY_LIMIT => Err(http::too_large()),
            Body::Whole(whole) => {
                whole.extend_from_slice(bytes);
                Ok(())
            }
            Body::Stream(sse) => {
                sse.push(bytes);
                self.drain(false)
            }
        }
    }

    /// Decodes every payload that is whole. When the body has `ended`, the last may be a part of one.
    fn drain(&mut self, ended: bool) -> Result<(), Error> {
        let Body::Stream(sse) = &mut self.body else {
            return Ok(());
        };
        loop {
            let payload = match sse.next_payload() {
                Ok(Some(payload)) => payload,
                Ok(None) => break,
                Err(_) => return Err(http::too_large()),
            };
            if ended && is_part(payload) {
                self.http.log.event(|| logged(payload, false));
                return Err(ended_early());
            }
            self.has_payload = true;
            let before = self.scratch.len();
            let decoded = self.decoder.payload(payload, &mut self.scratch);
            let is_secret = decoded.as_ref().is_err_and(is_bot_check);
            self.http.log.event(|| logged(payload, is_secret));
            self.last_payload = self.last_byte;
            match decoded {
                Ok(ReplyState::More) => {}
                Ok(ReplyState::Finished) => {
                    let says = |event: &Event| matches!(event, Event::Text(_) | Event::Thinking(_));
                    // Some servers give the reason before the last words.
                    if self.finished.is_none() || self.scratch[before..].iter().any(says) {
                        self.finished = Some(self.last_byte);
                    }
                }
                Ok(ReplyState::Whole) => return self.finish(),
                Err(error) => return Err(with_head(error, &self.head, payload)),
            }
        }
        self.queue.extend(self.scratch.drain(..));
        Ok(())
    }

    /// The body ended as HTTP says it should.
    fn end(&mut self, protocol: &dyn ChatProtocol) -> Result<(), Error> {
        match &mut self.body {
            Body::Unknown => return Err(with_head(empty_stream(), &self.head, &[])),
            Body::Whole(whole) => {
                let whole = std::mem::take(whole);
                if is_part(&whole) {
                    self.http.log.event(|| logged(&whole, false));
                    return Err(ended_early());
                }
                let error = protocol.refusal(&self.head, &whole);
                let is_secret = error.as_ref().is_some_and(is_bot_check);
                self.http.log.event(|| logged(&whole, is_secret));
                if let Some(error) = error {
                    return Err(with_head(web_page(error, &self.head), &self.head, &whole));
                }
                self.has_payload = true;
                self.decoder
                    .payload(&whole, &mut self.scratch)
                    .map_err(|error| with_head(error, &self.head, &whole))?;
            }
            Body::Stream(sse) => {
                sse.end();
                self.drain(true)?;
                if self.is_over {
                    return Ok(());
                }
            }
        }
        self.finish()
    }

    /// The answer is whole, or its end is no end.
    fn finish(&mut self) -> Result<(), Error> {
        let Some(finish) = self.decoder.end(true, &mut self.scratch) else {
            let error = self.decoder.failed_end(true).filter(|_| self.has_payload);
            return Err(error.map_or_else(ended_early, |error| with_head(error, &self.head, &[])));
        };
        self.scratch.push(Event::Done(finish));
        self.queue.extend(self.scratch.drain(..));
        self.is_over = true;
        Ok(())
    }

    /// What it is that nothing came by the deadline.
    fn waited_in_vain(&self) -> Error {
        let is_only_alive = |timeout| self.last_payload.elapsed() >= timeout * COMMENTS_COUNT;
        match self.timeout {
            _ if self.finished.is_some() => ended_early(),
            Some(timeout) if is_only_alive(timeout) => only_keep_alives(),
            timeout => silence(timeout),
        }
    }

    /// Puts an event back, to be the next.
    pub fn put_back(&mut self, event: Event) {
        self.queue.push_front(event);
    }

    /// Events that were decoded before an error: to be handed out before it is told.
    pub fn left_over(&mut self) -> Option<Event> {
        self.queue.pop_front()
    }
}

/// The error of a body without a byte. One local server answers an overlong prompt so.
fn empty_stream() -> Error {
    Error::new(Malformed::EmptyStream).retry(RetryClass::Once)
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// Whether a payload begins like JSON, or like the mark of the end, and does not end like it.
fn is_part(payload: &[u8]) -> bool {
    const END: &[u8] = b"[DONE]";
    if END.starts_with(payload) {
        return !payload.is_empty() && payload != END;
    }
    let is_json = matches!(payload.trim_ascii_start().first(), Some(b'{' | b'['));
    is_json && serde_json::from_slice::<serde::de::IgnoredAny>(payload).is_err_and(|error| error.is_eof())
}

/// Waits for a future, at most until `timeout` after `since`.
async fn within<T>(
    timeout: Option<Duration>,
    since: Instant,
    future: impl Future<Output = T>,
    silence: impl FnOnce() -> Error,
) -> Result<T, Error> {
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
