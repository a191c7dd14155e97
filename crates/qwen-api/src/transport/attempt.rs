//! One HTTP exchange: a request out, its reply in as events.

mod body_reader;
mod deadlines;
mod errors;
mod yielding;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use encoding_rs::Encoding;

use crate::error::{Error, Malformed, RetryClass};
use crate::protocol::{ChatProtocol, Head, HttpRequest, ReplyDecoder, ReplyState};
use crate::transport::charset::{charset, to_utf8};
use crate::transport::http::{self, Http};
use crate::transport::sse::Sse;
use crate::{Client, Event};
use body_reader::BodyReader;
use deadlines::Deadlines;
use errors::{is_bot_check, web_page};

pub(crate) use errors::{ended_early, error_of_reply, silence, with_head};

/// How long the end of the body is waited for behind the end mark of the answer.
const AFTER_END_MARK: Duration = Duration::from_secs(2);

/// The reply to one request, from its head on.
pub(crate) struct Attempt {
    http: Http,
    protocol: Arc<dyn ChatProtocol>,
    head: Head,
    /// The charset of the body where it is not UTF-8.
    charset: Option<&'static Encoding>,
    body: BodyReader,
    format: BodyFormat,
    decoder: Box<dyn ReplyDecoder>,
    /// Events to hand out.
    queue: VecDeque<Event>,
    /// Events of the current payload, held until it is known to be valid.
    decoded: Vec<Event>,
    deadlines: Deadlines,
    /// At least one complete payload has arrived.
    has_payload: bool,
    /// Nothing more is read.
    is_over: bool,
    /// The error that ended the reply, returned after the events that arrived before it.
    error: Option<Error>,
}

/// The format of the body.
enum BodyFormat {
    /// Not known yet: only white space or the beginning of a byte-order mark has arrived.
    Unknown(Vec<u8>),
    /// Server-sent events.
    Events(Sse),
    /// One document, read when it is whole.
    Document(Vec<u8>),
}

impl Attempt {
    /// Sends the request and waits for the head of the reply, at most for the client's timeout.
    pub(crate) async fn open(client: &Client, request: &HttpRequest) -> Result<Attempt, Error> {
        let (http, protocol, timeout) = (&client.inner.http, &client.inner.protocol, client.inner.timeout);
        let sent = Instant::now();
        let silent = || silence(timeout).with_proxy(http.proxy());
        let (head, response) = within(timeout, sent, http.send(request), silent).await??;
        if head.status != 200 {
            let left = timeout.map(|timeout| timeout.saturating_sub(sent.elapsed()).max(Duration::from_secs(1)));
            let mut body = Vec::new();
            let read = http.body_into(response, &mut body);
            // The status is an error already: without the whole body only details are missing.
            let _ = within(left, Instant::now(), read, || silence(timeout)).await;
            return Err(error_of_reply(&**protocol, request, &head, &body));
        }
        Ok(Attempt {
            http: http.clone(),
            protocol: Arc::clone(protocol),
            decoder: protocol.decoder(&head),
            charset: charset(&head),
            head,
            body: BodyReader::new(response.bytes_stream()),
            format: BodyFormat::Unknown(Vec::new()),
            queue: VecDeque::new(),
            decoded: Vec::new(),
            deadlines: Deadlines::new(timeout, sent),
            has_payload: false,
            is_over: false,
            error: None,
        })
    }

    /// The next event. An error comes after all events that were decoded before it, and is the last item.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            if self.is_over {
                return Poll::Ready(self.error.take().map(Err));
            }
            match self.body.poll_next(cx) {
                Poll::Ready(chunk) => self.take(chunk),
                Poll::Pending => {
                    ready!(self.deadlines.poll_expired(cx));
                    let error = self.deadlines.error().with_proxy(self.http.proxy());
                    self.fail(error);
                }
            }
        }
    }

    /// The next event that is there already, without waiting for the network.
    ///
    /// The connection and the reader of the body are tasks of their own, which get one chance to pass on what has come.
    pub(crate) async fn ready(&mut self) -> Option<Event> {
        let mut has_yielded = false;
        while self.queue.is_empty() && !self.is_over {
            match self.body.try_next() {
                Some(chunk) => self.take(chunk),
                None if has_yielded => return None,
                None => {
                    has_yielded = true;
                    yielding::yield_to_others().await;
                }
            }
        }
        self.queue.pop_front()
    }

    fn take(&mut self, chunk: Option<reqwest::Result<Vec<u8>>>) {
        let taken = match chunk {
            Some(Ok(bytes)) => {
                self.deadlines.byte_came();
                self.feed(&bytes).and_then(|()| match self.deadlines.is_past_finish() {
                    true => Err(ended_early()),
                    false => Ok(()),
                })
            }
            None => self.end(),
            Some(Err(error)) => Err(self.http.error(&error)),
        };
        if let Err(error) = taken {
            self.fail(error);
        }
    }

    /// Ends the reply with this error, unless its text was whole before.
    fn fail(&mut self, mut error: Error) {
        if matches!(&self.format, BodyFormat::Document(document) if is_json(document)) {
            match self.end() {
                Ok(()) => return,
                Err(found) => error = found,
            }
        }
        self.is_over = true;
        let finish = self.decoder.end(false, &mut self.decoded);
        self.decoded.extend(finish.clone().map(Event::Done));
        self.queue.extend(self.decoded.drain(..));
        if finish.is_none() {
            let has_head = !error.headers().is_empty();
            self.error = Some(if has_head {
                error
            } else {
                with_head(error, &self.head, &[])
            });
        }
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let joined;
        let mut bytes = bytes;
        if let BodyFormat::Unknown(begun) = &mut self.format {
            begun.extend_from_slice(bytes);
            let Some(format) = format_of(begun, &self.head.content_type()) else {
                // White space may never end.
                if begun.len() > BYTE_ORDER_MARK.len() {
                    begun.clear();
                }
                return Ok(());
            };
            joined = std::mem::take(begun);
            bytes = &joined;
            self.format = format;
        }
        match &mut self.format {
            BodyFormat::Unknown(_) => Ok(()),
            BodyFormat::Document(document) if document.len() + bytes.len() > http::BODY_LIMIT => {
                Err(http::too_large(http::BODY_LIMIT))
            }
            BodyFormat::Document(document) => {
                document.extend_from_slice(bytes);
                Ok(())
            }
            BodyFormat::Events(sse) => {
                sse.push(bytes);
                self.drain(false)
            }
        }
    }

    /// Decodes every payload that is whole. When the body has `ended`, the last may be a part of one.
    fn drain(&mut self, ended: bool) -> Result<(), Error> {
        let BodyFormat::Events(sse) = &mut self.format else {
            return Ok(());
        };
        loop {
            let payload = match sse.next_payload() {
                Ok(Some(payload)) => payload,
                Ok(None) => break,
                Err(_) => return Err(http::too_large(http::BODY_LIMIT)),
            };
            if ended && is_part(payload) {
                self.http.log.event(|| logged(payload, false));
                return Err(ended_early());
            }
            let payload = &*to_utf8(payload, self.charset);
            self.has_payload = true;
            let before = self.decoded.len();
            let decoded = self.decoder.payload(payload, &mut self.decoded);
            let is_secret = decoded.as_ref().is_err_and(is_bot_check);
            self.http.log.event(|| logged(payload, is_secret));
            self.deadlines.payload_came();
            match decoded {
                Ok(ReplyState::More) => {}
                Ok(ReplyState::Finished) => {
                    let is_content = |event: &Event| matches!(event, Event::Text(_) | Event::Thinking(_));
                    let is_content = self.decoded[before..].iter().any(is_content);
                    self.deadlines.finished(is_content);
                }
                Ok(ReplyState::Whole) => {
                    self.body.read_to_end(AFTER_END_MARK);
                    return self.finish();
                }
                Err(_) if self.deadlines.is_finished() => {}
                Err(error) => return Err(with_head(error, &self.head, payload)),
            }
        }
        self.queue.extend(self.decoded.drain(..));
        Ok(())
    }

    /// The body ended in the way that HTTP requires.
    fn end(&mut self) -> Result<(), Error> {
        match &mut self.format {
            BodyFormat::Unknown(_) => return Err(with_head(empty_stream(), &self.head, &[])),
            BodyFormat::Document(document) => {
                let document = std::mem::take(document);
                let document = &*to_utf8(&document, self.charset);
                if is_part(document) {
                    self.http.log.event(|| logged(document, false));
                    return Err(ended_early());
                }
                let error = self.protocol.refusal(&self.head, document);
                let is_secret = error.as_ref().is_some_and(is_bot_check);
                self.http.log.event(|| logged(document, is_secret));
                if let Some(error) = error {
                    return Err(with_head(web_page(error, &self.head), &self.head, document));
                }
                self.has_payload = true;
                self.decoder
                    .payload(document, &mut self.decoded)
                    .map_err(|error| with_head(error, &self.head, document))?;
            }
            BodyFormat::Events(sse) => {
                sse.end();
                self.drain(true)?;
                if self.is_over {
                    return Ok(());
                }
            }
        }
        self.finish()
    }

    /// Ends the reply: the answer is whole, or was cut.
    fn finish(&mut self) -> Result<(), Error> {
        let Some(finish) = self.decoder.end(true, &mut self.decoded) else {
            let error = self.decoder.failed_end(true).filter(|_| self.has_payload);
            return Err(error.map_or_else(ended_early, |error| with_head(error, &self.head, &[])));
        };
        self.decoded.push(Event::Done(finish));
        self.queue.extend(self.decoded.drain(..));
        self.is_over = true;
        Ok(())
    }

    /// Ends a reply whose finish reason has come, so that its usage is not waited for. Returns whether it has.
    pub(crate) fn end_if_whole(&mut self) -> bool {
        if !self.is_over && self.deadlines.is_finished() {
            self.fail(ended_early());
        }
        self.is_over && self.error.is_none()
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The format of a body with this beginning; `None` while it is undecided.
fn format_of(begun: &[u8], content_type: &str) -> Option<BodyFormat> {
    let text = begun.strip_prefix(BYTE_ORDER_MARK).unwrap_or(begun).trim_ascii_start();
    if BYTE_ORDER_MARK.starts_with(begun) {
        return None;
    }
    Some(match text.first()? {
        // An error or a page may come under the content type of a stream.
        b'{' | b'[' | b'<' => BodyFormat::Document(Vec::new()),
        _ if content_type == "text/event-stream" => BodyFormat::Events(Sse::new()),
        // Some servers forget the content type of a stream.
        b'd' | b'e' | b'i' | b':' if !content_type.ends_with("html") => BodyFormat::Events(Sse::new()),
        _ => BodyFormat::Document(Vec::new()),
    })
}

/// The error of an empty body, which one local server sends for an overlong prompt.
fn empty_stream() -> Error {
    Error::new(Malformed::EmptyStream).retry(RetryClass::Once)
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// Whether a payload is cut: it begins like JSON or like the end mark, but does not end like it.
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
