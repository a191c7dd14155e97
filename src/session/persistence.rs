//! Storing a conversation: the question, the answer as it arrives, its end. A store that turns out to be damaged is
//! replaced by a new one, into which the messages in memory are written again.

use std::path::{Path, PathBuf};

use super::{Ask, BranchMessage, Session};
use crate::context::estimate;
use crate::cost::Meter;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::render::Ending;
use crate::store::{self, MessageId, Outcome, Placement, Store, Target, UsageEntry};
use crate::tr;
use qwen_api::{Finish, Message, Reply, Role};

/// Whether and where a conversation is stored.
#[derive(Debug)]
pub(super) enum Persistence {
    /// Nothing is stored.
    Off,
    /// The store in this folder is opened with the first message.
    Closed(PathBuf),
    Open(Box<Store>),
}

impl Session {
    /// Stores the question and begins the answer. After a failure, which is a notice, nothing more is stored.
    pub fn begin(&mut self, ask: &Ask, notices: &mut Vec<UiText>) {
        let ready = self.check_place(None, notices);
        let kept = ready.and_then(|()| self.try_begin(ask, notices));
        let kept = kept.or_else(|failure| {
            self.leave_if_damaged(failure, None, notices)?;
            self.try_begin(ask, notices)
        });
        if let Err(failure) = kept {
            self.give_up(&failure, notices);
        }
        if let Ask::New(message) = ask
            && self.answer.is_none()
        {
            self.branch.push(BranchMessage::asked(message, None));
        }
    }

    fn try_begin(&mut self, ask: &Ask, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        if let Persistence::Closed(folder) = &self.persistence {
            let (store, told) = Store::open(folder)?;
            notices.extend(told);
            self.persistence = Persistence::Open(Box::new(store));
        }
        let Persistence::Open(store) = &mut self.persistence else {
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
                        parent: self.branch.last().and_then(|message| message.id),
                    },
                };
                let exchange = store.begin(place, &target, message)?;
                self.id = Some(exchange.conversation);
                self.branch.push(BranchMessage::asked(message, Some(exchange.question)));
                self.answer = Some(exchange.answer);
            }
            Ask::Regenerate => {
                let question = self
                    .branch
                    .iter()
                    .rev()
                    .find(|message| message.message.role == Role::User);
                if let Some(question) = question.and_then(|message| message.id) {
                    self.answer = Some(store.begin_regeneration(question, &target)?);
                }
            }
            Ask::Continue => {
                if let Some(cut) = self.branch.last().and_then(|message| message.id) {
                    self.answer = Some(store.begin_continuation(cut, &target)?);
                }
            }
        }
        Ok(())
    }

    /// Makes sure that the next run finds the stored messages: the file may have been renamed or removed meanwhile.
    pub fn settle(&mut self, notices: &mut Vec<UiText>) {
        if let Err(failure) = self.check_place(None, notices) {
            self.give_up(&failure, notices);
        }
    }

    fn check_place(&mut self, ask: Option<&Ask>, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        match &self.persistence {
            Persistence::Open(store) if store.has_moved() => self.switch_store(ask, notices),
            _ => Ok(()),
        }
    }

    /// Stores the reply so far.
    pub fn record(&mut self, ask: &Ask, reply: &Reply, notices: &mut Vec<UiText>) {
        let kept = self.try_record(reply).or_else(|failure| {
            self.leave_if_damaged(failure, Some(ask), notices)?;
            self.try_record(reply)
        });
        if let Err(failure) = kept {
            self.give_up(&failure, notices);
        }
    }

    fn try_record(&mut self, reply: &Reply) -> Result<(), Failure> {
        match (&mut self.persistence, &mut self.answer) {
            (Persistence::Open(store), Some(answer)) => store.append(answer, reply),
            _ => Ok(()),
        }
    }

    /// Stores the end of the answer, and adds the answer to the conversation.
    pub fn finish(&mut self, ask: &Ask, ending: &Ending, notices: &mut Vec<UiText>) {
        let ready = self.check_place(Some(ask), notices);
        let kept = ready.and_then(|()| self.try_finish(ending));
        let kept = kept.or_else(|failure| {
            self.leave_if_damaged(failure, Some(ask), notices)?;
            self.try_finish(ending)
        });
        let id = kept.unwrap_or_else(|failure| {
            self.give_up(&failure, notices);
            None
        });
        self.answer = None;
        // No turn follows that needs it: a long answer is not kept in memory twice.
        if self.is_last {
            return;
        }
        let mut message = ending.reply.message();
        if *ask != Ask::Continue || self.cut_text().is_some() {
            let before = self.cut_text().filter(|_| *ask == Ask::Continue);
            while !matches!(ask, Ask::New(_))
                && self
                    .branch
                    .last()
                    .is_some_and(|message| message.message.role == Role::Assistant)
            {
                self.branch.pop();
            }
            if let Some(before) = before {
                message = Message::text(Role::Assistant, before + &ending.reply.text);
            }
        }
        self.branch.push(BranchMessage {
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
        let (Persistence::Open(store), Some(answer)) = (&mut self.persistence, &mut self.answer) else {
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

    /// Counts the tokens and the cost of an answer, whether the conversation is stored or not. One that cannot be counted
    /// is given all the same, with a notice if a budget depends on it.
    pub fn count(&mut self, ending: &Ending, meter: &Meter, notices: &mut Vec<UiText>) {
        let entry = UsageEntry {
            provider: &ending.provider,
            model: &ending.model,
            conversation: self.id.as_deref().or(self.aside_of.as_deref()),
            usage: ending.reply.usage.unwrap_or_default(),
            cost: ending.cost,
        };
        let counted = match &mut self.persistence {
            Persistence::Open(store) => store.count_usage(&[entry]),
            Persistence::Off | Persistence::Closed(_) => meter.count(&[entry], notices),
        };
        if let Err(failure) = counted
            && meter.limits.has_budget()
        {
            notices.push(tr!("{}; the budget does not count this answer", failure));
        }
    }

    fn give_up(&mut self, failure: &Failure, notices: &mut Vec<UiText>) {
        self.persistence = Persistence::Off;
        self.answer = None;
        notices.push(tr!("{}; the conversation is not saved from here on", failure));
        if let Some(hint) = &failure.hint {
            notices.push(hint.clone());
        }
    }

    /// Replaces the store in `folder` when the failure says that it is damaged; returns any other failure.
    pub fn mend(&mut self, failure: Failure, folder: &Path, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        if self.is_open() || !store::is_damage(&failure) {
            return self.leave_if_damaged(failure, None, notices);
        }
        let (_, told) = Store::replace(folder)?;
        notices.extend(told);
        Ok(())
    }

    /// The same for the conversation's own store. `ask` is the request that is being answered.
    fn leave_if_damaged(
        &mut self,
        failure: Failure,
        ask: Option<&Ask>,
        notices: &mut Vec<UiText>,
    ) -> Result<(), Failure> {
        if store::is_damage(&failure) && self.is_open() {
            self.switch_store(ask, notices)
        } else {
            Err(failure)
        }
    }

    /// Switches to the store that is now, or will be, at this one's path.
    fn switch_store(&mut self, ask: Option<&Ask>, notices: &mut Vec<UiText>) -> Result<(), Failure> {
        let Persistence::Open(old) = std::mem::replace(&mut self.persistence, Persistence::Off) else {
            return Ok(());
        };
        let folder = old.dir().to_owned();
        let before = self.answer.take();
        // The part that is evicted from memory is in the old file alone.
        let said = before.as_ref().and_then(|answer| old.message(answer.id()).ok());
        drop(old);
        let (mut store, told) = Store::replace(&folder)?;
        notices.extend(told);
        let is_there = |id: &String| store.by_id(id).is_ok_and(|found| found.is_some());
        if self.id.as_ref().is_none_or(is_there) {
            // The store was not damaged after all.
            self.answer = before;
            self.persistence = Persistence::Open(Box::new(store));
            return Ok(());
        }
        self.store_again(&mut store)?;
        self.persistence = Persistence::Open(Box::new(store));
        let Some(ask) = ask.filter(|_| before.is_some()) else {
            return Ok(());
        };
        if !matches!(ask, Ask::New(_)) {
            self.try_begin(ask, notices)?;
        }
        if let (Persistence::Open(store), Some(answer), Some(before), Some(said)) =
            (&mut self.persistence, &mut self.answer, before, said)
        {
            store.carry_over(answer, &before, &said)?;
        }
        Ok(())
    }

    /// Stores the messages in memory as a new conversation.
    fn store_again(&mut self, store: &mut Store) -> Result<(), Failure> {
        let target = Target {
            provider: &self.provider,
            model: &self.model,
            system: self.system.as_deref(),
        };
        self.id = None;
        let mut parent = None;
        let mut branch = self.branch.iter_mut().peekable();
        while let Some(question) = branch.next() {
            let place = match &self.id {
                None => Placement::New {
                    cwd: self.cwd.as_deref(),
                },
                Some(conversation) => Placement::After { conversation, parent },
            };
            let mut exchange = store.begin(place, &target, &question.message)?;
            question.id = Some(exchange.question);
            self.id = Some(exchange.conversation);
            let Some(answer) = branch.next_if(|message| message.message.role == Role::Assistant) else {
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
    use super::*;
    use crate::store::FILE;

    fn ending(reply: Reply) -> Ending {
        Ending {
            provider: "demo".to_owned(),
            model: "demo".to_owned(),
            reply,
            ..Ending::default()
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
