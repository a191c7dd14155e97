//! Moving within and between conversations: undo, a new one, another one, another provider.

use super::eviction::OlderMessages;
use super::persistence::Persistence;
use super::{Ask, Session};
use crate::error::Failure;
use crate::i18n::UiText;
use crate::render::Ending;
use crate::store::{Conversation, MessageId, Store};
use qwen_api::{Block, Message, Role};

impl Session {
    /// Switches to another provider and model. The messages stay; the old server's handle to them is not used.
    pub fn switch(&mut self, provider: String, model: String) {
        self.provider = provider;
        self.model = model;
    }

    /// Whether there is a message of the user's to regenerate an answer for.
    pub fn has_question(&self) -> bool {
        self.last_question().is_some()
    }

    /// The text of the last answer that has any.
    pub fn last_answer(&self) -> Option<String> {
        let mut answers = self
            .branch
            .iter()
            .rev()
            .filter(|message| message.message.role == Role::Assistant);
        answers.find_map(|message| Some(message.message.plain_text()).filter(|text| !text.is_empty()))
    }

    /// The thoughts behind the last answer that has any.
    pub fn last_thoughts(&self) -> Option<String> {
        let thoughts = |message: &Message| {
            let thoughts = message.blocks.iter().filter_map(|block| match block {
                Block::Thinking(text) => Some(text.as_str()),
                _ => None,
            });
            thoughts.collect::<String>()
        };
        let mut all = self.branch.iter().rev().map(|message| thoughts(&message.message));
        all.find(|thoughts| !thoughts.trim().is_empty())
    }

    /// Removes the last exchange from the branch and returns its question. In the store it stays as another branch.
    pub fn undo(&mut self) -> Result<Option<Message>, Failure> {
        if self.last_question() == Some(0) {
            self.recall_all()?;
        }
        let Some(at) = self.last_question() else {
            return Ok(None);
        };
        self.rewind(at)
    }

    /// The user's messages, each with its place among all, the oldest first. Those that were evicted are read back.
    pub fn questions(&mut self) -> Result<Vec<(usize, Message)>, Failure> {
        self.recall_all()?;
        let all = self.messages().enumerate();
        let asked = all.filter(|(_, message)| message.role == Role::User);
        Ok(asked.map(|(at, message)| (at, message.clone())).collect())
    }

    /// Removes the messages from this place on and returns the first of them. In the store they stay as another branch.
    pub fn rewind(&mut self, at: usize) -> Result<Option<Message>, Failure> {
        let head = at.checked_sub(1).and_then(|before| self.branch.get(before)?.id);
        if let (Persistence::Open(store), Some(id)) = (&mut self.persistence, &self.id) {
            store.set_head(id, head)?;
        }
        let question = self.branch.drain(at..).next().map(|message| message.message);
        Ok(question)
    }

    /// The last message's id in the store, where it is stored.
    pub fn head(&self) -> Option<MessageId> {
        self.branch.last()?.id
    }

    /// The same conversation for a request beside it: nothing of that is stored.
    pub fn aside(&self) -> Session {
        Session {
            system: self.system.clone(),
            window: self.window,
            branch: self.branch.clone(),
            older: self.older,
            aside_of: self.id.clone(),
            ..Session::new(None, self.provider.clone(), self.model.clone(), None)
        }
    }

    /// Continues from a question and its answer alone. The messages before stay in the store as a branch.
    pub fn restart_with(&mut self, ask: &Ask, ending: &Ending, notices: &mut Vec<UiText>) {
        self.branch.clear();
        self.older = OlderMessages::default();
        self.begin(ask, notices);
        self.finish(ask, ending, notices);
    }

    /// Begins a new conversation with the same settings; the old one stays in the store.
    pub fn start_over(&mut self) {
        self.id = None;
        self.branch.clear();
        self.older = OlderMessages::default();
    }

    /// Switches to another conversation of the store.
    pub fn open(&mut self, store: &Store, conversation: &Conversation) -> Result<(), Failure> {
        let keeps = !matches!(self.persistence, Persistence::Off);
        self.take_branch(conversation, store.branch(conversation)?);
        if !keeps {
            self.id = None;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qwen_api::{Finish, Remote, Reply};

    fn handle(parent: &str) -> Remote {
        Remote {
            chat_id: Some("chat".to_owned()),
            parent_id: Some(parent.to_owned()),
        }
    }

    /// Runs a turn whose answer has this handle.
    fn talk(session: &mut Session, ask: &Ask, parent: &str) {
        session.begin(ask, &mut Vec::new());
        let ending = Ending {
            provider: session.provider.clone(),
            model: session.model.clone(),
            reply: Reply {
                text: format!("answer {parent}"),
                finish: Some(Finish::Stop),
                remote: handle(parent),
                ..Reply::default()
            },
            ..Ending::default()
        };
        session.finish(ask, &ending, &mut Vec::new());
    }

    fn new(text: &str) -> Ask {
        Ask::New(Message::text(Role::User, text))
    }

    #[test]
    fn the_servers_side_follows_retries_and_undo() {
        let mut session = Session::new(None, "web".to_owned(), "qwen".to_owned(), None);
        assert!(session.remote(&new("one")).is_empty());
        talk(&mut session, &new("one"), "a1");
        assert_eq!(session.remote(&new("two")), handle("a1"));
        talk(&mut session, &new("two"), "a2");
        // Asked again, the question continues from the answer before it.
        assert_eq!(session.remote(&Ask::Regenerate), handle("a1"));
        talk(&mut session, &Ask::Regenerate, "a3");
        assert_eq!(session.remote(&new("three")), handle("a3"));
        assert_eq!(
            session.undo().unwrap().map(|message| message.plain_text()).as_deref(),
            Some("two")
        );
        assert_eq!(session.remote(&new("three")), handle("a1"));
        // Another server does not know the handle.
        session.switch("demo".to_owned(), "demo".to_owned());
        assert!(session.remote(&new("three")).is_empty());
        session.start_over();
        assert!(!session.has_question());
    }
}
