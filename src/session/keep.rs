//! Keeping a conversation: the question, the answer as it comes, its end. A store that turns out to be damaged is left
//! for a fresh one, into which what is held of the conversation goes again.

use std::path::{Path, PathBuf};

use super::{Ask, BranchMessage, Session};
use crate::context::estimate;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::render::Ending;
use crate::store::{self, MessageId, Outcome, Placement, Store, Target};
use crate::tr;
use qwen_api::{Finish, Message, Reply, Role};

/// What a conversation is kept in.
#[derive(Debug)]
pub(super) enum Keep {
    /// Nothing is kept.
    Off,
    /// To be opened when there is something to keep.
    Closed(PathBuf),
    Open(Box<Store>),
}

impl Session {
    /// Keeps the question and makes room for the answer. What goes wrong is told, and nothing more is kept.
    pub fn begin(&mut self, ask: &Ask, notices: &mut Vec<UiText>) {
        let ready = self.follow(None, notices);
        let kept = ready.and_then(|()| self.try_begin(ask, notices));
        let kept = kept.or_else(|failure| {
            self.leave(failure, None, notices)?;
            self.try_begin(ask, notices)
        });
        if let Err(failure) = kept {
            self.give_up(&failure, notices);
        }
        if let Ask::New(message) = ask
            && self.answer.is_none()
        {
            self.lines.push(BranchMessage::asked(message, None));
        }
    }

    fn try_begin(&mut self, ask: &Ask, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        if let Keep::Closed(folder) = &self.keep {
            let (store, told) = Store::open(folder)?;
            notices.extend(told);
            self.keep = Keep::Open(Box::new(store));
        }
        let Keep::Open(store) = &mut self.keep else {
            return Ok(());
        };
        let target = Target {
            provider: &self.provider,
            model: &self.model,
            system: self.system.as_deref(),
        };
        match ask {
            Ask::New(message) => {
                let place = match &self.id {
                    None => Placement::New {
                        cwd: self.cwd.as_deref(),
                    },
                    Some(id) => Placement::After {
                        conversation: id,
                        parent: self.lines.last().and_then(|line| line.id),
                    },
                };
                let exchange = store.begin(place, &target, message)?;
                self.id = Some(exchange.conversation);
                self.lines.push(BranchMessage::asked(message, Some(exchange.question)));
                self.answer = Some(exchange.answer);
            }
            Ask::Regenerate => {
                let question = self.lines.iter().rev().find(|line| line.message.role == Role::User);
                if let Some(question) = question.and_then(|line| line.id) {
                    self.answer = Some(store.begin_regeneration(question, &target)?);
                }
            }
            Ask::Continue => {
                if let Some(cut) = self.lines.last().and_then(|line| line.id) {
                    self.answer = Some(store.begin_continuation(cut, &target)?);
                }
            }
        }
        Ok(())
    }

    /// Sees to it that what was kept is where the next run looks for it: the file may have been set aside or removed
    /// meanwhile.
    pub fn settle(&mut self, notices: &mut Vec<UiText>) {
        if let Err(failure) = self.follow(None, notices) {
            self.give_up(&failure, notices);
        }
    }

    fn follow(&mut self, ask: Option<&Ask>, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        match &self.keep {
            Keep::Open(store) if store.has_moved() => self.go_over(ask, notices),
            _ => Ok(()),
        }
    }

    /// Keeps what the reply holds so far.
    pub fn record(&mut self, ask: &Ask, reply: &Reply, notices: &mut Vec<UiText>) {
        let kept = self.try_record(reply).or_else(|failure| {
            self.leave(failure, Some(ask), notices)?;
            self.try_record(reply)
        });
        if let Err(failure) = kept {
            self.give_up(&failure, notices);
        }
    }

    fn try_record(&mut self, reply: &Reply) -> Result<(), Failure> {
        match (&mut self.keep, &mut self.answer) {
            (Keep::Open(store), Some(answer)) => store.append(answer, reply),
            _ => Ok(()),
        }
    }

    /// Keeps the end of the answer, and takes it into the conversation.
    pub fn finish(&mut self, ask: &Ask, ending: &Ending, notices: &mut Vec<UiText>) {
        let ready = self.follow(Some(ask), notices);
        let kept = ready.and_then(|()| self.try_finish(ending));
        let kept = kept.or_else(|failure| {
            self.leave(failure, Some(ask), notices)?;
            self.try_finish(ending)
        });
        let id = kept.unwrap_or_else(|failure| {
            self.give_up(&failure, notices);
            None
        });
        self.answer = None;
        // No turn comes that would ask for it: a long answer is not held twice.
        if self.is_last {
            return;
        }
        let mut message = ending.reply.message();
        if *ask != Ask::Continue || self.cut_text().is_some() {
            let before = self.cut_text().filter(|_| *ask == Ask::Continue);
            while !matches!(ask, Ask::New(_))
                && self
                    .lines
                    .last()
                    .is_some_and(|line| line.message.role == Role::Assistant)
            {
                self.lines.pop();
            }
            if let Some(before) = before {
                message = Message::text(Role::Assistant, before + &ending.reply.text);
            }
        }
        self.lines.push(BranchMessage {
            tokens: estimate(&message),
            message,
            id,
            is_cut: ending.failure.is_some() || ending.reply.finish == Some(Finish::Length),
            provider: Some(ending.provider.clone()),
            remote: ending.reply.remote.clone(),
        });
        self.evict();
    }

    fn try_finish(&mut self, ending: &Ending) -> Result<Option<MessageId>, Failure> {
        let (Keep::Open(store), Some(answer)) = (&mut self.keep, &mut self.answer) else {
            return Ok(None);
        };
        let outcome = Outcome {
            failure: ending.failure.as_ref(),
            time_to_first_token: ending.time_to_first_token,
            duration: ending.duration,
            forgets_handle: self.is_fleeting,
        };
        store.finish(answer, &ending.reply, &outcome).map(Some)
    }

    fn give_up(&mut self, failure: &Failure, notices: &mut Vec<UiText>) {
        self.keep = Keep::Off;
        self.answer = None;
        notices.push(tr!("{}; from here on the conversation is not kept", failure));
        if let Some(hint) = &failure.hint {
            notices.push(hint.clone());
        }
    }

    /// Leaves the store in `folder`, which turned out to be damaged, for a fresh one; any other failure is given back.
    pub fn mend(&mut self, failure: Failure, folder: &Path, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        if self.is_open() || !store::is_damage(&failure) {
            return self.leave(failure, None, notices);
        }
        let (_, told) = Store::replace(folder)?;
        notices.extend(told);
        Ok(())
    }

    /// The same for the conversation's own store. `ask` is what is being answered.
    fn leave(&mut self, failure: Failure, ask: Option<&Ask>, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        if store::is_damage(&failure) && self.is_open() {
            self.go_over(ask, notices)
        } else {
            Err(failure)
        }
    }

    /// Goes over to the store that lies, or will lie, where this one did.
    fn go_over(&mut self, ask: Option<&Ask>, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        let Keep::Open(old) = std::mem::replace(&mut self.keep, Keep::Off) else {
            return Ok(());
        };
        let folder = old.dir().to_owned();
        let before = self.answer.take();
        // What was let go of is in the old file alone.
        let said = before.as_ref().and_then(|answer| old.message(answer.id()).ok());
        drop(old);
        let (mut store, told) = Store::replace(&folder)?;
        notices.extend(told);
        let is_there = |id: &String| store.by_id(id).is_ok_and(|found| found.is_some());
        if self.id.as_ref().is_none_or(is_there) {
            // It was sound after all.
            self.answer = before;
            self.keep = Keep::Open(Box::new(store));
            return Ok(());
        }
        self.keep_again(&mut store)?;
        self.keep = Keep::Open(Box::new(store));
        let Some(ask) = ask.filter(|_| before.is_some()) else {
            return Ok(());
        };
        if !matches!(ask, Ask::New(_)) {
            self.try_begin(ask, notices)?;
        }
        if let (Keep::Open(store), Some(answer), Some(before), Some(said)) =
            (&mut self.keep, &mut self.answer, before, said)
        {
            store.carry_over(answer, &before, &said)?;
        }
        Ok(())
    }

    /// Keeps what is held of the conversation as a new one.
    fn keep_again(&mut self, store: &mut Store) -> Result<(), Failure> {
        let target = Target {
            provider: &self.provider,
            model: &self.model,
            system: self.system.as_deref(),
        };
        self.id = None;
        let mut parent = None;
        let mut lines = self.lines.iter_mut().peekable();
        while let Some(question) = lines.next() {
            let place = match &self.id {
                None => Placement::New {
                    cwd: self.cwd.as_deref(),
                },
                Some(conversation) => Placement::After { conversation, parent },
            };
            let mut exchange = store.begin(place, &target, &question.message)?;
            question.id = Some(exchange.question);
            self.id = Some(exchange.conversation);
            let Some(answer) = lines.next_if(|line| line.message.role == Role::Assistant) else {
                parent = question.id;
                self.answer = Some(exchange.answer);
                continue;
            };
            let reply = Reply {
                text: answer.message.plain_text(),
                remote: answer.remote.clone(),
                ..Reply::default()
            };
            let cut = Failure::new(Kind::Other, tr!("the answer is incomplete"));
            let outcome = Outcome {
                failure: answer.is_cut.then_some(&cut),
                ..Outcome::default()
            };
            parent = Some(store.finish(&mut exchange.answer, &reply, &outcome)?);
            answer.id = parent;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::FILE;

    fn ending(reply: Reply) -> Ending {
        Ending {
            session: None,
            provider: "demo".to_owned(),
            model: "demo".to_owned(),
            reply,
            failure: None,
            stopped: None,
            error: None,
            time_to_first_token: None,
            duration: Duration::ZERO,
            attempts: 1,
            resumed: 0,
        }
    }

    fn said(text: &str, finish: Finish) -> Reply {
        Reply {
            text: text.to_owned(),
            finish: Some(finish),
            ..Reply::default()
        }
    }

    /// Another process finds the store damaged and sets it aside.
    #[cfg(unix)]
    fn set_aside(folder: &Path, number: u32) {
        for suffix in ["-wal", "-shm", ""] {
            let name = format!("{FILE}{suffix}");
            std::fs::rename(folder.join(&name), folder.join(format!("old-{number}{suffix}"))).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_answer_under_way_goes_over_to_the_fresh_store_with_what_was_let_go_of() {
        let dir = tempfile::tempdir().unwrap();
        let (provider, model) = ("demo".to_owned(), "demo".to_owned());
        let mut notices = Vec::new();
        let asks = [
            Ask::New(Message::text(Role::User, "why?")),
            Ask::Regenerate,
            Ask::Continue,
        ];
        for (number, ask) in (0..).zip(&asks) {
            let (store, _) = Store::open(dir.path()).unwrap();
            let mut session = match store.latest().unwrap() {
                Some(last) => {
                    let branch = store.branch(&last).unwrap();
                    Session::resume(store, true, &last, branch, provider.clone(), model.clone())
                }
                None => Session::new(Some(dir.path().to_owned()), provider.clone(), model.clone(), None),
            };
            session.is_last = true;
            session.begin(ask, &mut notices);
            let mut reply = said(&format!("one {number}, "), Finish::Length);
            session.record(ask, &reply, &mut notices);
            reply.evict();
            reply.text.push_str("two. ");
            set_aside(dir.path(), number);
            session.finish(ask, &ending(reply), &mut notices);
        }
        assert_eq!(notices, Vec::<UiText>::new());
        let (store, _) = Store::open(dir.path()).unwrap();
        let all = store.list(9).unwrap();
        assert_eq!(all.len(), 1);
        let texts: Vec<String> = store
            .branch(&all[0])
            .unwrap()
            .iter()
            .map(|stored| stored.message.plain_text())
            .collect();
        assert_eq!(texts, ["why?", "one 1, two. one 2, two. "]);
    }
}
