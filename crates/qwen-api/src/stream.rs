//! One answer over as many requests as it takes: asked again before its first token, gone on with after it.

mod open_chat;
mod partial_text;
mod recover;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use partial_text::PartialText;

use crate::Client;
use crate::account::Requests;
use crate::error::Error;
use crate::protocol::HttpRequest;
use crate::transport::attempt::EventStream;
use crate::transport::retry::Tried;
use crate::{ChatRequest, Event, Message, Remote, Role, Usage};

/// How the rest of an answer is asked for where the protocol has no way of its own.
const GO_ON: &str = "Your answer was cut off. Go on exactly where it stops; repeat nothing and add no preamble.";

/// The answer to one request. Pull events until `None`; drop it to cancel.
pub struct ChatStream<'a> {
    client: &'a Client,
    request: ChatRequest,
    /// The server's handle to the conversation.
    remote: Remote,
    /// To be sent first, where the server has no chat to ask in yet.
    open: Option<HttpRequest>,
    http_request: HttpRequest,
    state: State,
    /// What is to be told before anything else.
    told: VecDeque<Event>,
    /// It was made sure that the token has not ended.
    is_renewed: bool,
    /// The server had lost the conversation once.
    was_lost: bool,
    tried: Tried,
    /// What there was of the answer before this program ran.
    before: String,
    /// The text so far, for going on from.
    text: PartialText,
    has_thought: bool,
    /// It is asked again from its start: what comes next takes the place of what came so far.
    starts_over: bool,
    /// Whether what was said so far may be taken back, because nobody has seen it.
    pub can_start_over: bool,
    /// What cut the answer, until its rest comes.
    cut: Option<Error>,
    /// What earlier requests of this answer cost.
    spent: Usage,
    /// What the running request has cost so far.
    running: Option<Usage>,
    was_rerouted: bool,
    pub progress: Progress,
}

/// How an answer came about, for whoever wants to know.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub sent: Instant,
    /// When the first text or thought came.
    pub first_token: Option<Instant>,
    /// Requests made.
    pub attempts: u32,
    /// How often a cut answer was gone on with.
    pub resumed: u32,
}

enum State {
    /// To be sent, after a wait.
    Sending(Duration),
    Open(Box<EventStream>),
    /// The stream broke: what it had decoded comes first, then this.
    Broken(Box<EventStream>, Error),
    Over,
}

impl<'a> ChatStream<'a> {
    pub(crate) fn new(
        client: &'a Client,
        request: ChatRequest,
        remote: &Remote,
        so_far: Option<&str>,
    ) -> Result<ChatStream<'a>, Error> {
        let mut request = request;
        let rest = so_far.and_then(|text| client.protocol.resume(&request, text));
        if let (Some(text), None) = (so_far, &rest) {
            // No such mode here: the model is asked in words.
            request.messages.push(Message::text(Role::Assistant, text));
            request.messages.push(Message::text(Role::User, GO_ON));
        }
        let requests = match rest {
            Some(chat) => Requests {
                open: None,
                chat,
                notices: Vec::new(),
            },
            None => client.requests(&request, remote)?,
        };
        let Requests { open, chat, notices } = requests;
        let mut told: VecDeque<Event> = notices.into_iter().map(Event::Notice).collect();
        if open.is_none() && !remote.is_empty() {
            // Should nothing come of it, the next turn goes on from here all the same.
            told.push_back(open_chat::begun(remote));
        }
        Ok(ChatStream {
            client,
            request,
            remote: remote.clone(),
            open,
            http_request: chat,
            state: State::Sending(Duration::ZERO),
            told,
            is_renewed: false,
            was_lost: false,
            tried: Tried::default(),
            before: so_far.unwrap_or_default().to_owned(),
            text: PartialText::default(),
            has_thought: false,
            starts_over: false,
            can_start_over: false,
            cut: None,
            spent: Usage::default(),
            running: None,
            was_rerouted: false,
            progress: Progress {
                sent: Instant::now(),
                first_token: None,
                attempts: 0,
                resumed: 0,
            },
        })
    }

    /// The requests, unsent.
    pub(crate) fn into_requests(self) -> Requests {
        Requests {
            open: self.open,
            chat: self.http_request,
            notices: self
                .told
                .into_iter()
                .filter_map(|event| match event {
                    Event::Notice(notice) => Some(notice),
                    _ => None,
                })
                .collect(),
        }
    }

    /// The next event that has arrived already, without waiting.
    pub async fn ready(&mut self) -> Result<Option<Event>, Error> {
        let State::Open(stream) = &mut self.state else {
            return Ok(None);
        };
        match stream.ready(&*self.client.protocol).await {
            Ok(event) => Ok(event.map(|event| self.seen(event))),
            Err(error) => {
                self.broke(error);
                Ok(None)
            }
        }
    }

    /// The next event; `None` after the last. Not to be dropped in the middle if the answer is still wanted.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            if let Some(event) = self.told.pop_front() {
                return Ok(Some(event));
            }
            match &mut self.state {
                State::Over => return Ok(None),
                State::Sending(wait) => {
                    let wait = *wait;
                    if !wait.is_zero() {
                        tokio::time::sleep(wait).await;
                    }
                    self.state = State::Sending(Duration::ZERO);
                    if let Some(event) = self.send().await? {
                        return Ok(Some(event));
                    }
                }
                State::Open(stream) => match stream.next(&*self.client.protocol).await {
                    Ok(Some(event)) => return Ok(Some(self.seen(event))),
                    Ok(None) => self.state = State::Over,
                    Err(error) => self.broke(error),
                },
                State::Broken(stream, _) => {
                    if let Some(event) = stream.left_over() {
                        return Ok(Some(self.seen(event)));
                    }
                    let State::Broken(_, error) = std::mem::replace(&mut self.state, State::Over) else {
                        continue;
                    };
                    if let Some(notice) = self.recover(error)? {
                        return Ok(Some(notice));
                    }
                }
            }
        }
    }

    /// Sends what is to be sent next. An event is to be told before anything else is done.
    async fn send(&mut self) -> Result<Option<Event>, Error> {
        let client = self.client;
        if let Some(event) = self.before_asking().await? {
            return Ok(Some(event));
        }
        self.progress.attempts += 1;
        let opened = EventStream::open(&client.http, &*client.protocol, &self.http_request, client.timeout).await;
        match opened {
            Ok(stream) => {
                self.state = State::Open(Box::new(stream));
                let moved = client.protocol.settle(&self.http_request);
                Ok(moved.map(Event::Notice))
            }
            Err(error) => {
                // The same question in another place is no second try: it was not heard in the first.
                let instead = client.protocol.reroute(&self.http_request, &error);
                if let Some(instead) = instead.filter(|_| !self.was_rerouted) {
                    self.was_rerouted = true;
                    self.http_request = instead;
                    return Ok(None);
                }
                self.recover(error)
            }
        }
    }

    fn broke(&mut self, error: Error) {
        self.state = match std::mem::replace(&mut self.state, State::Over) {
            State::Open(stream) => State::Broken(stream, error),
            other => other,
        };
    }

    /// Takes note of an event on its way out.
    fn seen(&mut self, event: Event) -> Event {
        let event = self.client.masked_event(event);
        self.cut = None;
        // What came before stays until there is something in its place.
        let is_content = !matches!(event, Event::Started(_) | Event::Usage(_) | Event::Notice(_));
        if self.starts_over
            && is_content
            && let State::Open(stream) | State::Broken(stream, _) = &mut self.state
        {
            stream.put_back(event);
            self.starts_over = false;
            self.has_thought = false;
            self.text.clear();
            return Event::Restarted;
        }
        match event {
            Event::Text(text) => {
                self.progress.first_token.get_or_insert_with(Instant::now);
                self.text.push(&text);
                Event::Text(text)
            }
            Event::Thinking(text) => {
                self.progress.first_token.get_or_insert_with(Instant::now);
                self.has_thought = true;
                Event::Thinking(text)
            }
            Event::Usage(usage) => {
                self.running = Some(usage);
                Event::Usage(self.spent.plus(usage))
            }
            Event::Done(finish) => {
                self.state = State::Over;
                Event::Done(finish)
            }
            event => event,
        }
    }
}
