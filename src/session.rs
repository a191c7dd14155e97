//! One conversation: what was said on its current branch, and what of it is kept.
//!
//! Keeping never stands in the way of answering: when the store fails, the conversation goes on without it and
//! a notice says so, once.

mod held;
mod keep;
mod moves;

use std::path::PathBuf;

use crate::context::{Window, estimate};
use crate::store::{self, Conversation, MessageId, MessageState, Store, StoredMessage};
use qwen_api::{Block, ChatRequest, Finish, Message, Params, Remote, Role};

use held::OlderMessages;
use keep::Keep;

/// What is asked next.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A new message.
    New(Message),
    /// The last message once more; its answers so far stay as branches.
    Regenerate,
    /// The rest of an answer that was cut.
    Continue,
}

/// A message on the current branch.
#[derive(Clone, Debug)]
struct BranchMessage {
    message: Message,
    id: Option<MessageId>,
    /// What it counts for in a request.
    tokens: u64,
    /// An answer that is not whole: it failed, was stopped, or met the token limit.
    is_cut: bool,
    /// For an answer: who gave it, and the handle to go on from it on the server's side.
    provider: Option<String>,
    remote: Remote,
}

impl BranchMessage {
    /// What the user said.
    fn asked(message: &Message, id: Option<MessageId>) -> BranchMessage {
        BranchMessage {
            message: message.clone(),
            id,
            tokens: estimate(message),
            is_cut: false,
            provider: None,
            remote: Remote::default(),
        }
    }
}

/// The conversation.
#[derive(Debug)]
pub struct Session {
    keep: Keep,
    /// The stored conversation's id, once there is one.
    id: Option<String>,
    pub provider: String,
    pub model: String,
    pub system: Option<String>,
    /// The conversation on the server's side is deleted after this turn, so the handle to it is not kept.
    pub is_fleeting: bool,
    /// No turn follows this one here, so that the answer need not be held for the next.
    pub is_last: bool,
    /// What the model can hold.
    pub window: Window,
    lines: Vec<BranchMessage>,
    older: OlderMessages,
    /// The answer that is being written.
    answer: Option<store::PendingAnswer>,
    cwd: Option<String>,
}

impl Session {
    /// A conversation without a past. `folder` is where it is kept; `None` keeps nothing.
    pub fn new(folder: Option<PathBuf>, provider: String, model: String, cwd: Option<String>) -> Session {
        Session {
            keep: folder.map_or(Keep::Off, Keep::Closed),
            id: None,
            provider,
            model,
            system: None,
            is_fleeting: false,
            is_last: false,
            window: Window::default(),
            lines: Vec::new(),
            older: OlderMessages::default(),
            answer: None,
            cwd,
        }
    }

    /// Goes on with a stored conversation, of which this is the branch. `keeps` is false for one that is only to be
    /// read from.
    pub fn resume(
        store: Store,
        keeps: bool,
        conversation: &Conversation,
        branch: Vec<StoredMessage>,
        provider: String,
        model: String,
    ) -> Session {
        let mut session = Session::new(None, provider, model, conversation.cwd.clone());
        session.take_branch(conversation, branch);
        if keeps {
            session.keep = Keep::Open(Box::new(store));
        } else {
            session.id = None;
        }
        session
    }

    fn take_branch(&mut self, conversation: &Conversation, branch: Vec<StoredMessage>) {
        self.lines = branch.into_iter().map(line).collect();
        self.older = OlderMessages::default();
        self.id = Some(conversation.id.clone());
        self.system.clone_from(&conversation.system);
    }

    /// The stored conversation's id; `None` while, or when, nothing is kept.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The handle to what comes before this on the server's side; empty where the server at hand does not know it.
    pub fn remote(&self, ask: &Ask) -> Remote {
        let before = match ask {
            Ask::New(_) | Ask::Continue => self.lines.len(),
            Ask::Regenerate => self.last_question().unwrap_or(0),
        };
        let mut answers = self.lines[..before].iter().rev();
        answers
            .find(|line| line.message.role == Role::Assistant && !line.message.blocks.is_empty())
            .filter(|line| line.provider.as_deref() == Some(self.provider.as_str()))
            .map(|line| line.remote.clone())
            .unwrap_or_default()
    }

    fn last_question(&self) -> Option<usize> {
        self.lines.iter().rposition(|line| line.message.role == Role::User)
    }

    /// Whether any message so far holds a picture.
    pub fn has_image(&self) -> bool {
        self.older.has_image || self.lines.iter().any(|line| line.message.has_image())
    }

    /// The messages in memory, the oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.lines.iter().map(|line| &line.message)
    }

    /// Whether the store is open, so that a message can be kept before it is sent at no cost.
    pub fn is_open(&self) -> bool {
        matches!(self.keep, Keep::Open(_))
    }

    /// The text of the last answer, if it was cut and there is something to go on from.
    pub fn cut_text(&self) -> Option<String> {
        let last = self.lines.last()?;
        let text = last.message.plain_text();
        (last.is_cut && last.message.role == Role::Assistant && !text.is_empty()).then_some(text)
    }

    /// The request that asks it, with the conversation from this line on.
    fn request_from(&self, first: usize, ask: &Ask, params: &Params, stream: bool) -> ChatRequest {
        let mut lines = &self.lines[first..];
        let mut messages = Vec::with_capacity(lines.len() + 2);
        if let Some(system) = &self.system {
            messages.push(Message::text(Role::System, system.clone()));
        }
        if *ask != Ask::Continue || self.cut_text().is_some() {
            // An answer that is asked again, or gone on with, is no part of what is sent.
            while let [rest @ .., last] = lines
                && !matches!(ask, Ask::New(_))
                && last.message.role == Role::Assistant
            {
                lines = rest;
            }
        }
        let mut answered = lines.iter().peekable();
        while let Some(line) = answered.next() {
            // A question that got no word of an answer is out, or it would be asked twice when it is asked anew.
            let is_empty = |line: &BranchMessage| line.message.blocks.is_empty();
            let got_nothing = answered.peek().is_some_and(|answer| is_empty(answer));
            let is_out = is_empty(line) || (got_nothing && line.message.role == Role::User);
            if !is_out {
                messages.push(line.message.clone());
            }
        }
        if let Ask::New(message) = ask {
            messages.push(message.clone());
        }
        ChatRequest {
            model: self.model.clone(),
            messages,
            params: params.clone(),
            stream,
        }
    }
}

fn line(stored: StoredMessage) -> BranchMessage {
    let mut message = stored.message;
    message.blocks.retain(|block| !matches!(block, Block::Thinking(_)));
    BranchMessage {
        id: Some(stored.id),
        tokens: estimate(&message),
        is_cut: stored.state == MessageState::Cut || stored.finish == Some(Finish::Length),
        provider: stored.provider,
        remote: stored.remote,
        message,
    }
}
