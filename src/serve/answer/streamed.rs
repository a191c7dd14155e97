//! An answer that is passed on as it comes.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderName, HeaderValue};

use super::{Running, is_whole};
use crate::chat_body::FinishReason;
use crate::serve::error_reply::ErrorReply;
use crate::serve::request_log::LogLine;
use crate::serve::response::{self, Response};
use crate::serve::wire::WrittenReply;
use qwen_api::Event;
use qwen_api::error::ErrorKind;

/// The response whose body is the answer as it comes. It is asked for more only as fast as the client reads.
pub(super) async fn streamed(running: Running, reply: Box<dyn WrittenReply>, mut log: LogLine) -> Response {
    log.status = StatusCode::OK;
    let content_type = reply.content_type();
    let mut state = Passing {
        running,
        reply,
        log,
        usage: None,
        is_done: false,
    };
    // What is there by now goes out with the head.
    let first = state.step().await;
    let rest = stream::unfold(state, |mut state| async move {
        let bytes = state.step().await?;
        Some((bytes, state))
    });
    let mut response = response::streamed(content_type, stream::iter(first).chain(rest));
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // nginx would hold back what it can buffer.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

/// An answer on its way to the client.
struct Passing {
    running: Running,
    reply: Box<dyn WrittenReply>,
    log: LogLine,
    usage: Option<qwen_api::Usage>,
    is_done: bool,
}

impl Passing {
    /// The next bytes; `None` at the end.
    async fn step(&mut self) -> Option<Bytes> {
        let mut out = Vec::new();
        while out.is_empty() {
            if self.is_done {
                return None;
            }
            match self.running.events().await {
                Some(Ok(events)) => events.iter().for_each(|event| self.pass(event, &mut out)),
                Some(Err(error)) if error.kind() == ErrorKind::ContentFilter => {
                    self.end(FinishReason::ContentFilter, &mut out);
                }
                Some(Err(error)) => {
                    let error = ErrorReply::of_cut(&error, &self.running.upstream.context);
                    self.fail(&error, &mut out);
                }
                None => {
                    let error = ErrorReply::new(StatusCode::BAD_GATEWAY, "the answer did not come whole");
                    self.fail(&error, &mut out);
                }
            }
        }
        Some(out.into())
    }

    fn pass(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            _ if self.is_done => {}
            Event::Usage(usage) => self.usage = Some(*usage),
            Event::Done(finish) => {
                self.running.is_over = true;
                self.end(FinishReason::of(finish, self.running.calls > 0), out);
            }
            Event::ToolCall(call) => match is_whole(std::iter::once(call.arguments.as_str())) {
                Ok(()) => self.reply.event(event, out),
                Err(error) => self.fail(&error, out),
            },
            event => self.reply.event(event, out),
        }
    }

    fn end(&mut self, finish: FinishReason, out: &mut Vec<u8>) {
        self.is_done = true;
        self.log.ending = None;
        self.log.usage = self.usage;
        self.reply.end(finish, self.usage, out);
    }

    fn fail(&mut self, error: &ErrorReply, out: &mut Vec<u8>) {
        self.is_done = true;
        self.log.ending = Some(error.message.clone());
        self.reply.fail(error, out);
    }
}
