//! Which messages of a conversation are in memory: as many as fit into the model's context window, and as many again.
//! Older ones are evicted and read from the store when they are needed, so that the memory does not grow with the
//! conversation.

use super::persistence::Persistence;
use super::{BranchMessage, Session, branch_message};
use crate::context;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::session::Ask;
use qwen_api::{ChatRequest, Params, Role, Sense};

/// The messages before those in memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OlderMessages {
    count: usize,
    /// How many of them are questions.
    exchanges: usize,
    pub(super) sense: Sense,
}

impl Session {
    /// The request for `ask`, with as much of the conversation as fits into the context window.
    pub fn fitting(
        &self,
        ask: &Ask,
        params: &Params,
        stream: bool,
        notices: &mut Vec<UiText>,
    ) -> Result<ChatRequest, Failure> {
        let first = self.first_in_reach();
        let left_out = self.older.exchanges + questions(&self.branch[..first]);
        let mut request = self.request_from(first, ask, params, stream);
        context::fit(&mut request, self.window, left_out, notices)?;
        Ok(request)
    }

    /// The tokens of newest messages beyond which older ones are in no request: twice the window, since some messages are
    /// counted and not sent.
    fn reach(&self) -> Option<u64> {
        self.window
            .tokens
            .filter(|_| !self.window.is_whole)
            .map(|tokens| tokens.saturating_mul(2))
    }

    /// The index of the oldest question that can be in a request.
    fn first_in_reach(&self) -> usize {
        let Some(reach) = self.reach() else { return 0 };
        let mut tokens = 0;
        let first = self.branch.iter().rposition(|message| {
            tokens += message.tokens;
            tokens > reach && message.message.role == Role::User
        });
        first.unwrap_or(0)
    }

    /// Evicts the messages that are in the store and can be in no request.
    pub(super) fn evict(&mut self) {
        let first = self.first_in_reach();
        let is_kept = self.is_open() && self.branch.iter().take(first + 1).all(|message| message.id.is_some());
        if first > 0 && is_kept {
            let old = &self.branch[..first];
            self.older.count += first;
            self.older.exchanges += questions(old);
            let senses = old.iter().map(|message| message.message.sense());
            self.older.sense = senses.fold(self.older.sense, Sense::max);
            self.branch.drain(..first);
        }
    }

    /// Reads evicted messages back when a request may hold them after all: the model changed, or messages were undone.
    pub fn recall(&mut self) -> Result<(), Failure> {
        let tokens: u64 = self.branch.iter().map(|message| message.tokens).sum();
        if self.reach().is_none_or(|reach| tokens <= reach) {
            self.recall_all()?;
        }
        Ok(())
    }

    pub(super) fn recall_all(&mut self) -> Result<(), Failure> {
        let first = self.branch.first().and_then(|message| message.id);
        if let (Persistence::Open(store), Some(first)) = (&self.persistence, first)
            && self.older.count > 0
        {
            // A failure is reported once: what cannot be read now is not read again.
            self.older = OlderMessages::default();
            if let Some(parent) = store.message(first)?.parent {
                let old = store.path(parent)?.into_iter().map(branch_message);
                self.branch.splice(..0, old);
            }
        }
        Ok(())
    }
}

fn questions(messages: &[BranchMessage]) -> usize {
    messages
        .iter()
        .filter(|message| message.message.role == Role::User)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Ending;
    use qwen_api::{Finish, Message, Reply};

    const LONG: &str = "a line of some sixty bytes, as long as what a person says in one go";

    fn session(folder: Option<std::path::PathBuf>, tokens: u64) -> Session {
        let mut session = Session::new(folder, "demo".to_owned(), "demo".to_owned(), None);
        session.window.tokens = Some(tokens);
        session
    }

    fn asked(number: usize) -> Ask {
        Ask::New(Message::text(Role::User, format!("{number}: {LONG}")))
    }

    /// Runs a turn; returns the questions that were sent, and the notices.
    fn talk(session: &mut Session, ask: &Ask) -> (Vec<String>, String) {
        session.recall().unwrap();
        let mut notices = Vec::new();
        let request = session.fitting(ask, &Params::default(), true, &mut notices).unwrap();
        session.begin(ask, &mut notices);
        let ending = Ending {
            provider: "demo".to_owned(),
            model: "demo".to_owned(),
            reply: Reply {
                text: LONG.to_owned(),
                finish: Some(Finish::Stop),
                ..Reply::default()
            },
            ..Ending::default()
        };
        session.finish(ask, &ending, &mut notices);
        let questions = request.messages.iter().filter(|message| message.role == Role::User);
        let sent = questions.map(|message| message.plain_text().split(':').next().unwrap().to_owned());
        let told: Vec<String> = notices.iter().map(ToString::to_string).collect();
        (sent.collect(), told.join("\n"))
    }

    #[test]
    fn a_long_conversation_is_no_heavier_than_a_short_one() {
        let dir = tempfile::tempdir().unwrap();
        let (mut kept, mut loose) = (session(Some(dir.path().to_owned()), 600), session(None, 600));
        for number in 0..200 {
            let (sent, told) = talk(&mut kept, &asked(number));
            // Without a store nothing is evicted, and the same is sent.
            assert_eq!((&sent, &told), (&talk(&mut loose, &asked(number)).0, &told));
            assert_eq!(sent.last().unwrap(), &number.to_string());
            assert!(kept.branch.len() < 80, "{} messages", kept.branch.len());
            let left_out = number + 1 - sent.len();
            let is_told = match left_out {
                0 => told.is_empty(),
                1 => told.ends_with("the oldest exchange was left out of this request"),
                more => told.ends_with(&format!("the oldest {more} exchanges were left out of this request")),
            };
            assert!(is_told, "{left_out} left out, told {told:?}");
        }
        assert_eq!(loose.branch.len(), 400);

        // A larger model gets all of it, a smaller one less again, and all can be taken back.
        kept.window.tokens = None;
        assert_eq!(talk(&mut kept, &asked(200)).0.len(), 201);
        kept.window.tokens = Some(600);
        assert!(talk(&mut kept, &asked(201)).0.len() < 12);
        for number in (0..202).rev() {
            let question = kept.undo().unwrap().unwrap();
            assert_eq!(question.plain_text(), format!("{number}: {LONG}"));
        }
        assert_eq!(kept.undo().unwrap(), None);
        assert_eq!(talk(&mut kept, &asked(0)).0, ["0"]);
    }

    #[test]
    fn what_was_taken_back_makes_room_for_what_is_older() {
        let dir = tempfile::tempdir().unwrap();
        let mut session = session(Some(dir.path().to_owned()), 600);
        for number in 0..100 {
            talk(&mut session, &asked(number));
        }
        for _ in 0..20 {
            session.undo().unwrap();
        }
        let (sent, _) = talk(&mut session, &asked(80));
        assert_eq!(sent, ["73", "74", "75", "76", "77", "78", "79", "80"]);
    }
}
