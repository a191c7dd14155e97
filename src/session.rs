//! One conversation: the messages of its current branch, and what of them is stored.
//!
//! An answer never waits for the store: when the store fails, the conversation continues without it, and one notice says
//! so.

mod eviction;
mod navigation;
mod persistence;
mod uploads;

use std::path::PathBuf;

use crate::context::{Window, estimate};
use crate::i18n::UiText;
use crate::store::{self, Conversation, MessageId, MessageState, Store, StoredMessage};
use qwen_api::{Block, ChatRequest, Finish, Message, Params, Remote, Role, Sense};

use eviction::OlderMessages;
use persistence::Persistence;

pub use uploads::has_expired;

/// What the next request asks of the model.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A new message.
    New(Message),
    /// Another answer to the last message; its answers so far stay as branches.
    Regenerate,
    /// The rest of an answer that was cut.
    Continue,
}

/// A message on the current branch.
#[derive(Clone, Debug)]
struct BranchMessage {
    message: Message,
    id: Option<MessageId>,
    /// Its estimated tokens in a request.
    tokens: u64,
    /// An answer that is not whole: it failed, was stopped, or met the token limit.
    is_cut: bool,
    /// For an answer: the provider it is from, and the server's handle to continue from it.
    provider: Option<String>,
    remote: Remote,
}

impl BranchMessage {
    /// A message of the user.
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

/// A conversation with a provider and a model.
#[derive(Debug)]
pub struct Session {
    persistence: Persistence,
    /// The stored conversation's id, once there is one.
    id: Option<String>,
    pub provider: String,
    pub model: String,
    pub system: Option<String>,
    /// Whether the server's copy of the conversation is deleted after this turn, so that its handle is not stored.
    pub is_fleeting: bool,
    /// Whether no turn follows in this run, so that the answer need not stay in memory.
    pub is_last: bool,
    /// The model's context window.
    pub window: Window,
    /// What was said about the last request that its model cannot do.
    said: Vec<UiText>,
    branch: Vec<BranchMessage>,
    older: OlderMessages,
    /// The stored conversation that this one was copied from, for a request that is no part of it.
    aside_of: Option<String>,
    /// The stored answer that is being written.
    answer: Option<store::PendingAnswer>,
    cwd: Option<String>,
}

impl Session {
    /// A new conversation. `folder` is where it is stored; with `None` it is not.
    pub fn new(folder: Option<PathBuf>, provider: String, model: String, cwd: Option<String>) -> Session {
        Session {
            persistence: folder.map_or(Persistence::Off, Persistence::Closed),
            id: None,
            provider,
            model,
            system: None,
            is_fleeting: false,
            is_last: false,
            window: Window::default(),
            said: Vec::new(),
            branch: Vec::new(),
            older: OlderMessages::default(),
            aside_of: None,
            answer: None,
            cwd,
        }
    }

    /// Resumes a stored conversation on this branch. If `keeps` is false, nothing more is stored.
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
            session.persistence = Persistence::Open(Box::new(store));
        } else {
            session.id = None;
        }
        session
    }

    fn take_branch(&mut self, conversation: &Conversation, branch: Vec<StoredMessage>) {
        self.branch = branch.into_iter().map(branch_message).collect();
        self.older = OlderMessages::default();
        self.id = Some(conversation.id.clone());
        self.system.clone_from(&conversation.system);
    }

    /// The stored conversation's id; `None` while nothing is stored.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The name or title of the stored conversation.
    pub fn label(&self) -> Option<String> {
        match (&self.persistence, &self.id) {
            (Persistence::Open(store), Some(id)) => Some(store.conversation(id).ok()?.label().to_owned()),
            _ => None,
        }
    }

    /// The server's handle to the messages before `ask`; empty where this provider does not know them.
    pub fn remote(&self, ask: &Ask) -> Remote {
        let before = match ask {
            Ask::New(_) | Ask::Continue => self.branch.len(),
            Ask::Regenerate => self.last_question().unwrap_or(0),
        };
        let mut answers = self.branch[..before].iter().rev();
        answers
            .find(|message| message.message.role == Role::Assistant && !message.message.blocks.is_empty())
            .filter(|message| message.provider.as_deref() == Some(self.provider.as_str()))
            .map(|message| message.remote.clone())
            .unwrap_or_default()
    }

    fn last_question(&self) -> Option<usize> {
        self.branch
            .iter()
            .rposition(|message| message.message.role == Role::User)
    }

    /// The sense that a model needs for the messages so far.
    pub fn sense(&self) -> Sense {
        let in_memory = self.branch.iter().map(|message| message.message.sense());
        in_memory.fold(self.older.sense, Sense::max)
    }

    /// The messages in memory, the oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.branch.iter().map(|message| &message.message)
    }

    /// The notices about this request, unless they are those about the request before.
    pub fn unsaid(&mut self, notices: Vec<UiText>) -> Vec<UiText> {
        if self.said == notices {
            return Vec::new();
        }
        self.said.clone_from(&notices);
        notices
    }

    /// Whether the store is open already, so that storing a message before it is sent takes no time.
    pub fn is_open(&self) -> bool {
        matches!(self.persistence, Persistence::Open(_))
    }

    /// The text of the last answer, if that was cut and has any.
    pub fn cut_text(&self) -> Option<String> {
        let last = self.branch.last()?;
        let text = last.message.plain_text();
        (last.is_cut && last.message.role == Role::Assistant && !text.is_empty()).then_some(text)
    }

    /// Whether the last message is a whole answer.
    pub fn is_answered(&self) -> bool {
        let last = self.branch.last();
        last.is_some_and(|last| last.message.role == Role::Assistant && !last.is_cut)
    }

    /// The request for `ask`, with the messages from index `first` on.
    fn request_from(&self, first: usize, ask: &Ask, params: &Params, stream: bool) -> ChatRequest {
        let mut branch = &self.branch[first..];
        let mut messages = Vec::with_capacity(branch.len() + 2);
        if let Some(system) = &self.system {
            messages.push(Message::text(Role::System, system.clone()));
        }
        if *ask != Ask::Continue || self.cut_text().is_some() {
            // The answer that is regenerated or continued is not sent.
            while let [rest @ .., last] = branch
                && !matches!(ask, Ask::New(_))
                && last.message.role == Role::Assistant
            {
                branch = rest;
            }
        }
        let mut answered = branch.iter().peekable();
        while let Some(message) = answered.next() {
            // A question without an answer is left out, or it would be sent twice when the user repeats it.
            let is_empty = |message: &BranchMessage| message.message.blocks.is_empty();
            let got_nothing = answered.peek().is_some_and(|answer| is_empty(answer));
            let is_out = is_empty(message) || (got_nothing && message.message.role == Role::User);
            if !is_out {
                messages.push(message.message.clone());
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

fn branch_message(stored: StoredMessage) -> BranchMessage {
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
