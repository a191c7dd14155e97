//! A model's reply over as many requests as it takes: retried before its first token, resumed after it.
//!
//! [`ChatStream`] goes from one step to the next: an [`Attempt`] is one HTTP exchange, [`Retries`] decides whether
//! another one follows a failure, [`Received`] holds what came so far and so what a resumed reply is asked to
//! continue, [`ChatState`] is the chat on a server that keeps chats.

mod conversation;
mod partial_text;
mod received;
mod recover;
mod unsent_requests;
mod whole_reply;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures_util::Stream;

use conversation::{ChatState, started};
use received::Received;
use whole_reply::WholeReply;

pub use unsent_requests::UnsentRequests;

use crate::error::Error;
use crate::protocol::HttpRequest;
use crate::tool::CallIds;
use crate::transport::attempt::Attempt;
use crate::transport::retry::Retries;
use crate::{ChatRequest, Client, Event, Message, Notice, Remote, Reply, Role};

/// The message that asks for the rest of a reply, if the protocol has no means for that.
const CONTINUE: &str = "Your answer was cut off. Go on exactly where it stops; repeat nothing and add no preamble.";

/// The reply to a chat request, as a stream of [`Event`]s.
///
/// Made by [`Client::chat`]. Nothing is sent before the stream is polled first, by [`ChatStream::next`], as a
/// `futures` stream, or by [`ChatStream::send`], which gathers the whole reply. Drop the stream to cancel the request.
///
/// ```
/// # #[allow(dead_code)]
/// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mod.rs")); }
/// use qwen_api::{ChatRequest, Client, Event};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), qwen_api::Error> {
/// # let server = support::Server::start([support::Script::answer(&["Hel", "lo!"]), support::Script::answer(&["Hello!"])]);
/// # let client = Client::builder().api_key("sk-test-key").base_url(server.base_url()).build()?;
/// let mut stream = client.chat(ChatRequest::new("qwen-plus").user("Say hello"));
/// let mut text = String::new();
/// while let Some(event) = stream.next().await {
///     match event? {
///         Event::Text(delta) => text += &delta,
///         Event::Usage(usage) => assert_eq!(usage.total_tokens, 5),
///         _ => {}
///     }
/// }
/// assert_eq!(text, "Hello!");
///
/// let reply = client.chat(ChatRequest::new("qwen-plus").user("Say hello")).send().await?;
/// assert_eq!(reply.text, "Hello!");
/// # Ok(())
/// # }
/// ```
///
/// The last event of a whole reply is [`Event::Done`]. An error is the last item; what came before it stays valid.
#[must_use = "a stream sends nothing before it is polled"]
pub struct ChatStream {
    client: Client,
    request: ChatRequest,
    conversation: ChatState,
    /// The model to ask where the server has none of the request's.
    successor: Option<String>,
    /// The request to send next; `None` before the first is made.
    http_request: Option<Arc<HttpRequest>>,
    phase: Phase,
    /// Events to hand out before the next step.
    queue: VecDeque<Event>,
    /// What the running step has said, to be handed out before its end.
    notices: Arc<Mutex<Vec<Notice>>>,
    retries: Retries,
    received: Received,
    /// Where the request asks for the reply in one piece.
    whole: WholeReply,
    /// The ids of the conversation's tool calls; `None` before the reply has one.
    call_ids: Option<CallIds>,
    /// Whether text that was handed out already may be replaced after [`Event::Restarted`].
    allows_restart: bool,
    stats: StreamStats,
}

/// Figures of a [`ChatStream`] so far.
#[derive(Clone, Copy, Debug)]
pub struct StreamStats {
    /// When the stream was made.
    pub started: Instant,
    /// When the first text or thought came.
    pub first_token: Option<Instant>,
    /// HTTP requests for the reply.
    pub attempts: u32,
    /// How often the reply was cut and continued.
    pub resumed: u32,
}

/// The step that the stream is at.
enum Phase {
    /// The next step is begun after this wait.
    Idle {
        wait: Duration,
    },
    /// A wait, the renewal of a token, the opening of a chat, or a request until the head of its response.
    Busy(Pin<Box<dyn Future<Output = StepResult> + Send>>),
    /// The body of the response is read.
    Reading(Box<Attempt>),
    Over,
}

/// The result of a step.
enum StepResult {
    Waited,
    Renewed(Result<Option<Notice>, Error>),
    Opened(Result<Remote, Error>),
    Transcribed(Box<Result<Reply, Error>>),
    Sent(Box<SentRequest>),
}

/// The result of a request.
struct SentRequest {
    /// The request as it was sent last.
    request: Arc<HttpRequest>,
    /// It went to the wrong address first.
    is_rerouted: bool,
    result: Result<Attempt, Error>,
}

impl ChatStream {
    pub(crate) fn new(client: Client, request: ChatRequest) -> ChatStream {
        ChatStream {
            retries: Retries::new(client.inner.policy),
            client,
            request,
            successor: None,
            conversation: ChatState::default(),
            http_request: None,
            phase: Phase::Idle { wait: Duration::ZERO },
            queue: VecDeque::new(),
            notices: Arc::default(),
            received: Received::default(),
            whole: WholeReply::default(),
            call_ids: None,
            allows_restart: false,
            stats: StreamStats {
                started: Instant::now(),
                first_token: None,
                attempts: 0,
                resumed: 0,
            },
        }
    }

    /// Asks for the rest of a reply that was cut after `text`, in place of a new reply. The last message of the request is
    /// the one replied to. The events hold the rest only.
    pub fn continuing(mut self, text: impl Into<String>) -> ChatStream {
        self.received = Received::after(text.into());
        self
    }

    /// Continues a conversation that the server keeps. `remote` is the [`Reply::remote`] of its last reply; an empty one
    /// begins a new conversation. Only the web account's server keeps conversations.
    pub fn in_conversation(mut self, remote: &Remote) -> ChatStream {
        self.conversation = ChatState::at(remote.clone());
        self
    }

    /// Allows a JSON reply that was cut to be requested again from its start, although a part of it was handed out: that
    /// part is void from [`Event::Restarted`] on. Otherwise a JSON reply that was cut fails, since JSON is not resumed.
    pub fn allow_restart(mut self, allows: bool) -> ChatStream {
        self.allows_restart = allows;
        self
    }

    /// Asks `successor` where the server has no model of the request's name, as [`Notice::ModelReplaced`] tells then.
    pub fn or_model(mut self, successor: impl Into<String>) -> ChatStream {
        self.successor = Some(successor.into());
        self
    }

    /// Makes the first request without sending it, so that an error in it is known before the stream is polled.
    pub fn prepare(&mut self) -> Result<(), Error> {
        if self.http_request.is_some() {
            return Ok(());
        }
        let unsent = self.make_requests()?;
        self.queue.extend(unsent.notices.into_iter().map(Event::Notice));
        self.http_request = Some(Arc::new(unsent.chat));
        self.conversation.open = unsent.open;
        if let Some(remote) = self.conversation.known() {
            // So that the caller has the handle even if the reply fails.
            self.queue.push_back(started(remote));
        }
        Ok(())
    }

    /// The request that is sent next, or was sent last; `None` before [`ChatStream::prepare`] or the first poll.
    pub fn http_request(&self) -> Option<&HttpRequest> {
        self.http_request.as_deref()
    }

    /// Gives `reply`, which an earlier stream gathered, in place of the server's: nothing is sent then. What
    /// [`ChatStream::prepare`] has to say about the request comes first.
    pub fn replay(&mut self, reply: Reply) {
        if reply.has_begun() {
            self.stats.first_token = Some(Instant::now());
        }
        self.queue.extend(reply.into_events());
        self.phase = Phase::Over;
    }

    /// The requests that the stream would send first, for a program that shows rather than sends them.
    pub fn into_requests(mut self) -> Result<UnsentRequests, Error> {
        self.make_requests()
    }

    fn make_requests(&mut self) -> Result<UnsentRequests, Error> {
        if let Some(text) = self.received.brought() {
            if let Some(chat) = self.client.inner.protocol.resume(&self.request, text) {
                return Ok(UnsentRequests {
                    open: None,
                    chat,
                    notices: Vec::new(),
                });
            }
            // The protocol does not continue a message: the model is asked in words.
            self.request.messages.push(Message::text(Role::Assistant, text));
            self.request.messages.push(Message::text(Role::User, CONTINUE));
        }
        UnsentRequests::new(&self.client, &self.request, &self.conversation.remote)
    }

    /// The next event; `None` after the last, and after an error.
    ///
    /// Cancel-safe: a future that is dropped before it is ready loses no event, and the next call continues.
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The next event that has arrived already, without waiting for the network.
    pub async fn ready(&mut self) -> Option<Event> {
        if !self.request.stream {
            return None;
        }
        if let Some(event) = self.queue.pop_front() {
            return Some(event);
        }
        let Phase::Reading(attempt) = &mut self.phase else {
            return None;
        };
        let event = attempt.ready().await?;
        Some(self.record(event))
    }

    /// Reads the reply to its end. An error carries the part that arrived before it as [`Error::partial_reply`].
    pub async fn send(mut self) -> Result<Reply, Error> {
        let mut reply = Reply::default();
        while let Some(event) = self.next().await {
            match event {
                Ok(event) => reply.add(&event),
                Err(error) => return Err(error.with_partial_reply(reply)),
            }
        }
        Ok(reply)
    }

    /// Figures of the reply so far.
    pub fn stats(&self) -> StreamStats {
        self.stats
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        if self.request.stream {
            return self.poll_delta(cx);
        }
        loop {
            if let Some(item) = self.whole.pop() {
                return Poll::Ready(Some(item));
            }
            match ready!(self.poll_delta(cx)) {
                Some(item) => self.whole.push(item),
                None => return Poll::Ready(None),
            }
        }
    }

    fn poll_delta(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            let step = match &mut self.phase {
                Phase::Over => return Poll::Ready(None),
                Phase::Idle { wait } => {
                    let wait = std::mem::take(wait);
                    self.begin_step(wait)
                }
                Phase::Busy(step) => {
                    let outcome = step.as_mut().poll(cx);
                    let notices = std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner));
                    self.queue.extend(notices.into_iter().map(Event::Notice));
                    match outcome {
                        Poll::Ready(outcome) => {
                            self.phase = Phase::Idle { wait: Duration::ZERO };
                            self.end_step(outcome)
                        }
                        Poll::Pending if self.queue.is_empty() => return Poll::Pending,
                        Poll::Pending => Ok(()),
                    }
                }
                Phase::Reading(attempt) => match ready!(attempt.poll_next(cx)) {
                    Some(Ok(event)) => return Poll::Ready(Some(Ok(self.record(event)))),
                    Some(Err(error)) => self.recover(error),
                    None => {
                        self.phase = Phase::Over;
                        Ok(())
                    }
                },
            };
            if let Err(error) = step {
                self.phase = Phase::Over;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    /// Ends a reply whose finish reason has come, so that its usage is not waited for. Returns whether it has: then
    /// [`ChatStream::next`] gives what is left at once.
    pub fn end_if_whole(&mut self) -> bool {
        match &mut self.phase {
            Phase::Reading(attempt) => attempt.end_if_whole(),
            Phase::Over => true,
            Phase::Idle { .. } | Phase::Busy(_) => false,
        }
    }

    /// Begins what comes next before the reply can be read.
    fn begin_step(&mut self, wait: Duration) -> Result<(), Error> {
        let Some(request) = self.http_request.clone() else {
            return self.prepare();
        };
        let client = self.client.clone();
        self.phase = Phase::Busy(if !wait.is_zero() {
            Box::pin(async move {
                tokio::time::sleep(wait).await;
                StepResult::Waited
            })
        } else if client.hosted().is_some() && self.conversation.begin_renewal() {
            Box::pin(async move { StepResult::Renewed(client.renew().await) })
        } else if let Some(open) = self.conversation.open.clone() {
            Box::pin(async move { StepResult::Opened(client.open(&open).await) })
        } else if let Some(protocol) = client.transcriber(&self.request.model) {
            self.stats.attempts += 1;
            let notices = Arc::clone(&self.notices);
            Box::pin(async move {
                let on_notice = |notice| notices.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
                StepResult::Transcribed(Box::new(client.transcribe(&protocol, &request, &on_notice).await))
            })
        } else {
            self.stats.attempts += 1;
            Box::pin(async move { StepResult::Sent(Box::new(exchange(&client, request).await)) })
        });
        Ok(())
    }

    fn end_step(&mut self, outcome: StepResult) -> Result<(), Error> {
        match outcome {
            StepResult::Waited => Ok(()),
            StepResult::Renewed(notice) => {
                self.queue.extend(notice?.map(Event::Notice));
                // They hold the credentials. Their notices were handed out with the first ones.
                self.remake_requests().map(|_| ())
            }
            StepResult::Opened(Ok(remote)) => self.opened(remote),
            StepResult::Opened(Err(error)) => self.recover(error),
            StepResult::Transcribed(reply) => match *reply {
                Ok(reply) => {
                    self.replay(reply);
                    Ok(())
                }
                Err(error) => self.recover(error),
            },
            StepResult::Sent(sent) => {
                self.stats.attempts += u32::from(sent.is_rerouted);
                match sent.result {
                    Ok(attempt) => {
                        let notice = self.client.inner.protocol.confirm_route(&sent.request);
                        self.queue.extend(notice.map(Event::Notice));
                        self.http_request = Some(sent.request);
                        self.phase = Phase::Reading(Box::new(attempt));
                        Ok(())
                    }
                    Err(error) => {
                        self.http_request = Some(sent.request);
                        self.recover(error)
                    }
                }
            }
        }
    }

    /// Records an event on its way out, and replaces it by what the caller is to see first.
    fn record(&mut self, event: Event) -> Event {
        let mut event = self.client.masked_event(event);
        if let Event::ToolCall(call) = &mut event {
            let messages = &self.request.messages;
            self.call_ids
                .get_or_insert_with(|| CallIds::of(messages))
                .make_unique(call);
        }
        let restarts = self.received.restarts_with(&event);
        let event = self.received.record(event);
        match event {
            Event::Text(_) | Event::Thinking(_) | Event::ToolCall(_) => {
                self.stats.first_token.get_or_insert_with(Instant::now);
            }
            Event::Done(_) => self.phase = Phase::Over,
            _ => {}
        }
        if restarts {
            self.queue.push_front(event);
            return Event::Restarted;
        }
        event
    }
}

/// Sends a request, and a second time where the error shows that it belongs to another address.
async fn exchange(client: &Client, request: Arc<HttpRequest>) -> SentRequest {
    let result = Attempt::open(client, &request).await;
    let reroute = |error| client.inner.protocol.reroute(&request, error);
    match result.as_ref().err().and_then(reroute) {
        None => SentRequest {
            request,
            is_rerouted: false,
            result,
        },
        Some(other) => SentRequest {
            result: Attempt::open(client, &other).await,
            request: Arc::new(other),
            is_rerouted: true,
        },
    }
}

impl Stream for ChatStream {
    type Item = Result<Event, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx)
    }
}
