//! `/compact`: the conversation summed up by the model, and continued from there.

use super::{Repl, is_end};
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::render::Ending;
use crate::session::Ask;
use crate::tr;
use crate::turn;
use qwen_api::{Finish, Message, Params, Role};

/// What the model is asked for. It stays in the conversation, above the summary.
const REQUEST: &str = "Sum up our conversation so far, so that it can continue from your summary alone. Keep what was \
    asked and decided, names, figures and file names, the code and commands that are still needed, and what is still \
    open. Write in the language of the conversation, and nothing but the summary.";

impl Repl<'_> {
    /// Lets the model sum the conversation up. The summary takes its place once it is whole; until then, and after a
    /// failure, the conversation is what it was.
    pub(super) async fn compact(&mut self) -> Result<(), Failure> {
        if !self.session.has_question() {
            return Err(Failure::usage(tr!("there is nothing to sum up")));
        }
        if let Err(failure) = self.session.recall() {
            self.app.notice(tr!("{}", failure));
        }
        self.note(tr!(
            "asking {} to sum up the conversation, with a request that holds all of it",
            self.session.model
        ));
        let ask = Ask::New(Message::text(Role::User, REQUEST));
        let params = summing(&self.options.params);
        let aside = self.session.aside();
        // Nothing of this request reaches the conversation by itself.
        let conversation = std::mem::replace(&mut self.session, aside);
        let params = std::mem::replace(&mut self.options.params, params);
        self.use_model_for(self.session.sense());
        let asked = self.answer(&ask).await;
        self.session = conversation;
        self.options.params = params;
        let mut ending = asked?;
        turn::name_nearest(&self.connection.client, &mut ending, &self.connection.context).await;
        self.count(&ending);
        match unusable(&ending) {
            None => self.take_summary(&ask, ending.clone())?,
            Some(_) if ending.failure.as_ref().is_some_and(|failure| is_end(failure.kind)) => {}
            Some(why) => {
                if let Some(failure) = ending
                    .failure
                    .as_ref()
                    .filter(|failure| failure.kind != Kind::Interrupted)
                {
                    self.app.ui.failure(failure);
                }
                self.note(tr!("{}; the conversation stays as it was", why));
            }
        }
        let failed = ending.failure.filter(|failure| is_end(failure.kind));
        match failed.or(ending.stopped.filter(|kind| is_end(*kind)).map(Failure::stopped)) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// Continues from the summary.
    fn take_summary(&mut self, ask: &Ask, mut ending: Ending) -> Result<(), Failure> {
        let before = self.session.head();
        // The server's copy of the conversation, if it has one, holds all that was summed up.
        ending.reply.remote = Default::default();
        let mut notices = Vec::new();
        self.session.restart_with(ask, &ending, &mut notices);
        self.app.notices(&notices);
        if let Some(usage) = &mut ending.reply.usage {
            // The summary alone is what the next request holds.
            usage.total_tokens = usage.output_tokens;
        }
        self.show_status(&ending);
        let branch = self.reading().and_then(|store| {
            let branches = store.branches(&self.stored(&store)?)?;
            Ok(branches.iter().position(|branch| Some(branch.tip) == before))
        });
        self.note(match branch {
            Ok(Some(at)) => tr!(
                "the conversation continues from this summary; /open #{} goes back to the whole of it",
                at + 1
            ),
            _ => tr!("the conversation continues from this summary"),
        });
        Ok(())
    }
}

/// The parameters of the request: those of the conversation, but for what shapes or ends an answer.
fn summing(params: &Params) -> Params {
    Params {
        max_tokens: None,
        stop: Vec::new(),
        search: None,
        response_format: None,
        ..params.clone()
    }
}

/// Why an answer is no summary to continue from.
fn unusable(ending: &Ending) -> Option<UiText> {
    match &ending.failure {
        Some(failure) if failure.kind == Kind::Interrupted => Some(tr!("stopped")),
        Some(_) => Some(tr!("there is no summary")),
        None if ending.reply.text.trim().is_empty() => Some(tr!("there is no summary")),
        None if ending.reply.finish == Some(Finish::Length) => Some(tr!("the summary was cut off")),
        None => None,
    }
}
