//! One answer over as many requests as it takes: asked again before its first token, gone on with after it.

mod chat;

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use super::Backend;
use super::account::Requests;
use super::http::Fault;
use super::retry::{self, Decision, Tried};
use super::seam::Seam;
use super::stream::EventStream;
use super::wire::{HttpRequest, Retry};
use crate::chat::{ChatRequest, Event, Message, Remote, Role, Thinking, Usage};
use crate::error::Failure;
use crate::text::words::Words;
use crate::words;

/// How the rest of an answer is asked for where the protocol has no way of its own.
const GO_ON: &str = "Your answer was cut off. Go on exactly where it stops; repeat nothing and add no preamble.";

/// The answer to one request. Pull events until `None`; drop it to cancel.
pub struct Answer<'a> {
    backend: &'a Backend,
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
    text: String,
    has_thought: bool,
    /// It is asked again from its start: what comes next takes the place of what came so far.
    starts_over: bool,
    /// Whether what was said so far may be taken back, because nobody has seen it.
    pub can_start_over: bool,
    /// What cut the answer, until its rest comes.
    cut: Option<Failure>,
    /// What earlier requests of this answer cost.
    spent: Usage,
    /// What the running request has cost so far.
    running: Option<Usage>,
    seam: Option<Seam>,
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
    Broken(Box<EventStream>, Fault),
    Over,
}

impl<'a> Answer<'a> {
    pub(super) fn new(
        backend: &'a Backend,
        request: ChatRequest,
        remote: &Remote,
        so_far: Option<&str>,
        notices: &mut Vec<Words>,
    ) -> Result<Answer<'a>, Failure> {
        let mut request = request;
        let rest = so_far.and_then(|text| backend.wire.resume(&request, text));
        if let (Some(text), None) = (so_far, &rest) {
            // No such mode here: the model is asked in words.
            request.messages.push(Message::text(Role::Assistant, text));
            request.messages.push(Message::text(Role::User, GO_ON));
        }
        let (open, http_request) = match rest {
            Some(rest) => (None, rest),
            None => {
                let requests = backend.requests(&request, remote, notices)?;
                (requests.open, requests.chat)
            }
        };
        let mut told = VecDeque::new();
        if open.is_none() && !remote.is_empty() {
            // Should nothing come of it, the next turn goes on from here all the same.
            told.push_back(chat::begun(remote));
        }
        Ok(Answer {
            backend,
            request,
            remote: remote.clone(),
            open,
            http_request,
            state: State::Sending(Duration::ZERO),
            told,
            is_renewed: false,
            was_lost: false,
            tried: Tried::default(),
            before: so_far.unwrap_or_default().to_owned(),
            text: String::new(),
            has_thought: false,
            starts_over: false,
            can_start_over: false,
            cut: None,
            spent: Usage::default(),
            running: None,
            seam: so_far.map(Seam::new),
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
    pub(super) fn into_requests(self) -> Requests {
        Requests {
            open: self.open,
            chat: self.http_request,
        }
    }

    /// The next event that has arrived already, without waiting.
    pub async fn ready(&mut self) -> Result<Option<Event>, Failure> {
        loop {
            let State::Open(stream) = &mut self.state else {
                return Ok(None);
            };
            match stream.ready(&*self.backend.wire).await {
                Ok(Some(event)) => {
                    if let Some(event) = self.seen(event) {
                        return Ok(Some(event));
                    }
                }
                Ok(None) => return Ok(None),
                Err(fault) => {
                    self.broke(fault);
                    return Ok(None);
                }
            }
        }
    }

    /// The next event; `None` after the last. Not to be dropped in the middle if the answer is still wanted.
    pub async fn next(&mut self) -> Result<Option<Event>, Failure> {
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
                State::Open(stream) => match stream.next(&*self.backend.wire).await {
                    Ok(Some(event)) => {
                        if let Some(event) = self.seen(event) {
                            return Ok(Some(event));
                        }
                    }
                    Ok(None) => self.state = State::Over,
                    Err(fault) => self.broke(fault),
                },
                State::Broken(stream, _) => {
                    if let Some(event) = stream.left_over() {
                        if let Some(event) = self.seen(event) {
                            return Ok(Some(event));
                        }
                        continue;
                    }
                    // What the seam holds is words that were said before, most likely a part of an echo: it is not
                    // shown, and the next rest is asked for without it.
                    let State::Broken(_, fault) = std::mem::replace(&mut self.state, State::Over) else {
                        continue;
                    };
                    return self.recover(fault).map(Some);
                }
            }
        }
    }

    /// Sends what is to be sent next. An event is to be told before anything else is done.
    async fn send(&mut self) -> Result<Option<Event>, Failure> {
        let backend = self.backend;
        if let Some(event) = self.before_asking().await? {
            return Ok(Some(event));
        }
        self.progress.attempts += 1;
        let opened = EventStream::open(&backend.http, &*backend.wire, &self.http_request, backend.timeout).await;
        match opened {
            Ok(stream) => {
                self.state = State::Open(Box::new(stream));
                Ok(None)
            }
            Err(mut fault) => {
                // The same question in another place is no second try: it was not heard in the first.
                if let Some(instead) = fault.instead.take().filter(|_| !self.was_rerouted) {
                    self.was_rerouted = true;
                    self.http_request = *instead;
                    return Ok(None);
                }
                self.recover(fault).map(Some)
            }
        }
    }

    fn broke(&mut self, fault: Fault) {
        self.state = match std::mem::replace(&mut self.state, State::Over) {
            State::Open(stream) => State::Broken(stream, fault),
            other => other,
        };
    }

    /// Takes note of an event on its way out; `None` where the seam holds it back.
    fn seen(&mut self, event: Event) -> Option<Event> {
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
            return Some(Event::Restarted);
        }
        match event {
            Event::Text(text) => {
                let text = match &mut self.seam {
                    Some(seam) => seam.push(text)?,
                    None => text,
                };
                self.progress.first_token.get_or_insert_with(Instant::now);
                self.text.push_str(&text);
                Some(Event::Text(text))
            }
            Event::Thinking(text) => {
                self.progress.first_token.get_or_insert_with(Instant::now);
                self.has_thought = true;
                Some(Event::Thinking(text))
            }
            Event::Usage(usage) => {
                self.running = Some(usage);
                Some(Event::Usage(self.spent.plus(usage)))
            }
            Event::Done(finish) => {
                // What the seam still holds was the rest of the answer after all.
                let rest = self.seam.take().and_then(|mut seam| seam.finish());
                if let (Some(text), State::Open(stream)) = (rest, &mut self.state) {
                    self.text.push_str(&text);
                    stream.put_back(Event::Done(finish));
                    return Some(Event::Text(text));
                }
                self.state = State::Over;
                Some(Event::Done(finish))
            }
            event => Some(event),
        }
    }

    /// Decides what a fault means: another try, told as a notice, or the end.
    fn recover(&mut self, fault: Fault) -> Result<Event, Failure> {
        let mut fault = self.backend.masked(fault);
        if let (Some(cut), Retry::Never) = (self.cut.take(), fault.retry) {
            // A refusal of the rest is not a refusal of the request.
            fault.failure.kind = cut.kind;
            fault.failure.message = words!(
                "{}, and the rest could not be had: {}",
                cut.message,
                fault.failure.message
            );
        }
        let has_begun = self.has_thought || !self.text.is_empty();
        if fault.is_lost && !has_begun && !self.was_lost && !self.remote.is_empty() {
            return self.begin_again(&fault.failure);
        }
        let next = if has_begun {
            self.rest_of_answer(&fault)
        } else {
            Some(self.http_request.clone())
        };
        let Some(next) = next else {
            return Err(self.incomplete(fault.failure));
        };
        let jitter = RandomState::new().hash_one(0u8) as f64 / u64::MAX as f64;
        let policy = self.backend.policy;
        let wait = match retry::decide(policy, self.tried, fault.retry, fault.retry_after, jitter) {
            Decision::Wait(wait) => wait,
            Decision::GiveUp => return Err(self.gave_up(fault.failure)),
            Decision::TooLong(asked) => {
                let mut failure = self.gave_up(fault.failure);
                failure.hint = Some(words!("the server asks to wait {}; try again then", spell(asked)));
                return Err(failure);
            }
        };
        self.tried.retries += 1;
        if let Some(running) = self.running.take() {
            self.spent = self.spent.plus(running);
        }
        if matches!(fault.retry, Retry::Later | Retry::Busy | Retry::Parsing) {
            self.tried.limited += wait;
        }
        self.http_request = next;
        self.state = State::Sending(wait);
        let then = if self.text.is_empty() || self.starts_over {
            words!("trying again")
        } else {
            words!("going on with the answer")
        };
        let seconds = wait.as_secs_f64();
        Ok(Event::Notice(words!(
            "{}; {} in {} s",
            fault.failure.message,
            then,
            format!("{:.1}", seconds)
        )))
    }

    /// The request for what is missing; `None` where it cannot be had. An answer cut while it was only thought
    /// about is asked again, since there is no text to go on from; so is one in JSON of which nothing was shown yet.
    fn rest_of_answer(&mut self, fault: &Fault) -> Option<HttpRequest> {
        if fault.retry == Retry::Never || self.backend.policy.retries == 0 {
            return None;
        }
        let in_json = self.request.params.format.is_some();
        if self.text.is_empty() || (in_json && self.can_start_over) {
            self.starts_over = self.can_resume_text();
            self.seam = (!self.before.is_empty()).then(|| Seam::new(&self.before));
            return self.starts_over.then(|| self.http_request.clone());
        }
        let so_far = format!("{}{}", self.before, self.text);
        if self.has_thought {
            // It has thought about this already, and a prefix is not to be had while thinking.
            self.request.params.thinking = Some(Thinking::Off);
        }
        let request = self.backend.wire.resume(&self.request, &so_far)?;
        self.cut = Some(fault.failure.clone());
        self.seam = Some(Seam::new(&so_far));
        self.progress.resumed += 1;
        Some(request)
    }

    /// Whether this server goes on with an answer at all, so that asking again is what it is made for.
    fn can_resume_text(&self) -> bool {
        let mut plain = self.request.clone();
        plain.params.format = None;
        self.backend.wire.resume(&plain, "x").is_some()
    }

    fn incomplete(&self, mut failure: Failure) -> Failure {
        failure.incomplete = true;
        failure
    }

    fn gave_up(&self, mut failure: Failure) -> Failure {
        if self.tried.retries > 0 {
            failure.message = words!("{} (after {} tries)", failure.message, self.tried.retries + 1);
        }
        failure.incomplete = self.has_thought || !self.text.is_empty();
        failure
    }
}

/// `90` seconds as `1 min 30 s`.
fn spell(wait: Duration) -> Words {
    let seconds = wait.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => words!("{} s", s),
        (0, m, 0) => words!("{} min", m),
        (0, m, s) => words!("{} min {} s", m, s),
        (h, 0, _) => words!("{} h", h),
        (h, m, _) => words!("{} h {} min", h, m),
    }
}
