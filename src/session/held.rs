//! What of a conversation is in memory: what a model can be sent, and as much again. What is older is in the store,
//! and comes back when it is needed, so that a conversation of a whole day is no heavier than one of an hour.

use super::keep::Keep;
use super::{BranchMessage, Session, line};
use crate::context;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::session::Ask;
use qwen_api::{ChatRequest, Params, Role};

/// What stands before the lines that are held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OlderMessages {
    lines: usize,
    /// Questions among them.
    exchanges: usize,
    pub(super) has_image: bool,
}

impl Session {
    /// The request that asks it, with as much of the conversation as the model can hold.
    pub fn fitting(
        &self,
        ask: &Ask,
        params: &Params,
        stream: bool,
        notices: &mut Vec<UiText>,
    ) -> Result<ChatRequest, Failure> {
        let first = self.first_in_reach();
        let left_out = self.older.exchanges + questions(&self.lines[..first]);
        let mut request = self.request_from(first, ask, params, stream);
        context::fit(&mut request, self.window, left_out, notices)?;
        Ok(request)
    }

    /// Tokens of the newest lines, from which on no line before them can be in a request. Twice the window, since some
    /// lines are counted and not sent.
    fn reach(&self) -> Option<u64> {
        self.window
            .tokens
            .filter(|_| !self.window.is_whole)
            .map(|tokens| tokens.saturating_mul(2))
    }

    /// The question with which the part begins that holds all a request can.
    fn first_in_reach(&self) -> usize {
        let Some(reach) = self.reach() else { return 0 };
        let mut tokens = 0;
        let first = self.lines.iter().rposition(|line| {
            tokens += line.tokens;
            tokens > reach && line.message.role == Role::User
        });
        first.unwrap_or(0)
    }

    /// Lets go of what is in no request and is in the store.
    pub(super) fn evict(&mut self) {
        let first = self.first_in_reach();
        let is_kept = self.is_open() && self.lines.iter().take(first + 1).all(|line| line.id.is_some());
        if first > 0 && is_kept {
            let old = &self.lines[..first];
            self.older.lines += first;
            self.older.exchanges += questions(old);
            self.older.has_image |= old.iter().any(|line| line.message.has_image());
            self.lines.drain(..first);
        }
    }

    /// Takes back what was let go of where a request may hold it after all: the model is another, or something was
    /// taken back.
    pub fn recall(&mut self) -> Result<(), Failure> {
        let tokens: u64 = self.lines.iter().map(|line| line.tokens).sum();
        if self.reach().is_none_or(|reach| tokens <= reach) {
            self.recall_all()?;
        }
        Ok(())
    }

    pub(super) fn recall_all(&mut self) -> Result<(), Failure> {
        let first = self.lines.first().and_then(|line| line.id);
        if let (Keep::Open(store), Some(first)) = (&self.keep, first)
            && self.older.lines > 0
        {
            // Told once: what cannot be read now is not asked for again.
            self.older = OlderMessages::default();
            if let Some(parent) = store.message(first)?.parent {
                let old = store.path(parent)?.into_iter().map(line);
                self.lines.splice(..0, old);
            }
        }
        Ok(())
    }
}

fn questions(lines: &[BranchMessage]) -> usize {
    lines.iter().filter(|line| line.message.role == Role::User).count()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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

    /// Asks and is answered; gives the questions that were sent, and what was told.
    fn talk(session: &mut Session, ask: &Ask) -> (Vec<String>, String) {
        session.recall().unwrap();
        let mut notices = Vec::new();
        let request = session.fitting(ask, &Params::default(), true, &mut notices).unwrap();
        session.begin(ask, &mut notices);
        let ending = Ending {
            session: None,
            provider: "demo".to_owned(),
            model: "demo".to_owned(),
            reply: Reply {
                text: LONG.to_owned(),
                finish: Some(Finish::Stop),
                ..Reply::default()
            },
            failure: None,
            stopped: None,
            error: None,
            time_to_first_token: None,
            duration: Duration::ZERO,
            attempts: 1,
            resumed: 0,
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
            // Where nothing is kept, nothing is let go of, and the same is sent.
            assert_eq!((&sent, &told), (&talk(&mut loose, &asked(number)).0, &told));
            assert_eq!(sent.last().unwrap(), &number.to_string());
            assert!(kept.lines.len() < 80, "{} lines", kept.lines.len());
            let left_out = number + 1 - sent.len();
            let is_told = match left_out {
                0 => told.is_empty(),
                1 => told.ends_with("the oldest 1 exchange was left out of this request"),
                more => told.ends_with(&format!("the oldest {more} exchanges were left out of this request")),
            };
            assert!(is_told, "{left_out} left out, told {told:?}");
        }
        assert_eq!(loose.lines.len(), 400);

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
