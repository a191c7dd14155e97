//! Sending a message, and everything else that asks the model.

use stream_markdown::sanitize::hidden;

use super::attachments::{self, PromptAttachment};
use super::attention::notification;
use super::{Repl, is_end, status};
use crate::attach::named_kind;
use crate::context::context_of;
use crate::conversation::renderer::answer_renderer;
use crate::conversation::{template, uploads};
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::render::Ending;
use crate::report;
use crate::session::Ask;
use crate::tr;
use crate::turn;
use qwen_api::error::{Cause, Error, Rejection};
use qwen_api::{MediaKind, Message, Sense};

/// A note of the invisible characters in a message, which are sent as they are.
fn unseen(message: &str) -> Option<UiText> {
    let hidden = hidden(message);
    let mut kinds = hidden.clone();
    kinds.sort_unstable();
    kinds.dedup();
    let named: Vec<String> = kinds
        .iter()
        .take(5)
        .map(|c| format!("U+{:04X}", u32::from(*c)))
        .collect();
    let named = named.join(", ") + if kinds.len() > 5 { ", …" } else { "" };
    match hidden.len() {
        0 => None,
        1 => Some(tr!("the message has an invisible character: {}", named)),
        count => Some(tr!("the message has {} invisible characters: {}", count, named)),
    }
}

impl Repl<'_> {
    /// Sends a message with the attachments. `line` is given back at the prompt where it cannot be sent.
    pub(super) async fn send(&mut self, words: String, line: &str, is_pasted: bool) -> Result<(), Failure> {
        let mut notices = Vec::new();
        let is_confirmed = self.questioned.take().is_some_and(|asked| asked == words);
        let misspelt = self.attachment_reader().misspelt_path(&words).filter(|_| !is_confirmed);
        if let Some(path) = misspelt {
            self.initial = (line.to_owned(), String::new());
            self.questioned = Some(words);
            return Err(
                Failure::usage(tr!("there is no file {}", path)).hint(tr!("press Enter to send the message as it is"))
            );
        }
        if let Some(note) = unseen(&words) {
            self.note(note);
        }
        let mentioned = match self.read_mentioned(&words, is_pasted, &mut notices).await {
            Ok(Some(mentioned)) => mentioned,
            // The text is not lost: it stands at the next prompt.
            other => {
                self.initial = (line.to_owned(), String::new());
                return other.map(|_| ());
            }
        };
        self.app.notices(&notices);
        let attached = std::mem::take(&mut self.attachments);
        let all: Vec<PromptAttachment> = attached.iter().cloned().chain(mentioned).collect();
        let mut message = attachments::message(&words, all);
        let template = self.template.take();
        let filled = template.as_ref().map_or(Ok(()), |chosen| {
            let system = template::fill(self.app, chosen, self.options.system.clone(), &mut message)?;
            self.session.system = system.or(self.session.system.take());
            Ok(())
        });
        let asked = match filled {
            Ok(()) => self.ask(Ask::New(message)).await,
            Err(failure) => Err(failure),
        };
        if asked.is_err() {
            // Nothing was sent, so template and attachments still belong to the next message.
            self.template = template;
            self.attachments = attached;
            self.initial = (line.to_owned(), String::new());
        }
        asked
    }

    /// Reads what a message mentions and the files that were dropped into it; `None` where that is too much for the user.
    async fn read_mentioned(
        &mut self,
        words: &str,
        is_pasted: bool,
        notices: &mut Vec<UiText>,
    ) -> Result<Option<Vec<PromptAttachment>>, Failure> {
        let mut found = Vec::new();
        for place in self.attachment_reader().mentioned(words, notices) {
            match self.read_place(&place, named_kind(&place).is_some(), notices).await? {
                Some(one) => found.push(one),
                None => return Ok(None),
            }
        }
        for place in self.attachment_reader().dropped(words, is_pasted) {
            let is_media = named_kind(&place).is_some();
            let Some(one) = self.read_place(&place, is_media, notices).await? else {
                return Ok(None);
            };
            notices.push(match one.content.media_kind() {
                Some(MediaKind::Image) => tr!("attached {} as a picture", one.name),
                Some(MediaKind::Audio) => tr!("attached {} as sound", one.name),
                Some(MediaKind::Video) => tr!("attached {} as a video", one.name),
                Some(MediaKind::Document) | None => tr!("attached {} as a file", one.name),
            });
            found.push(one);
        }
        Ok(Some(found))
    }

    /// Reads a picture, a sound or a video, a file, or the text files of a folder or a pattern. Many of them are asked about: `None` where the
    /// user does not want that.
    pub(super) async fn read_place(
        &mut self,
        place: &str,
        is_media: bool,
        notices: &mut Vec<UiText>,
    ) -> Result<Option<PromptAttachment>, Failure> {
        let reader = self.attachment_reader();
        if is_media {
            return reader.media(place).await.map(Some);
        }
        let folder = (!place.ends_with('/') && reader.is_folder(place)).then(|| format!("{place}/"));
        let Some(set) = reader.survey(folder.as_deref().unwrap_or(place)).await? else {
            return reader.file(place, notices).await.map(Some);
        };
        if let Some(excess) = set.excess()
            && !self.confirm(tr!("{}. Attach them all? [y/N] ", excess)).await?
        {
            return Ok(None);
        }
        let attached = self.attachment_reader().file_set(set, notices).await?;
        Ok(Some(attached))
    }

    /// Puts the attachments where `model` can read them. Ctrl-C stops that, and nothing is asked.
    pub(super) async fn deliver(&mut self, message: &mut Message, model: &str) -> Result<(), Failure> {
        let means = self.options.delivery(self.app);
        let delivery = self.connection.deliver(self.app, message, model, means);
        let delivered = self.cancel.or_stopped(delivery).await;
        delivered.map_err(|error| report::describe(&error))
    }

    /// Uploads what earlier messages hold again, where that has expired.
    async fn renew_uploads(&mut self) -> Result<(), Failure> {
        let means = self.options.delivery(self.app);
        let renewal = uploads::renew(self.app, &self.connection, &mut self.session, means);
        let renewed = self.cancel.or_stopped(renewal).await;
        renewed.map_err(|error| report::describe(&error))
    }

    /// Asks the last message again; its answers so far stay as branches. The model that an argument names answers this
    /// once.
    pub(super) async fn retry(&mut self, args: &str) -> Result<(), Failure> {
        if !self.session.has_question() {
            return Err(Failure::usage(tr!("no message to ask again")));
        }
        if args.is_empty() {
            return self.ask(Ask::Regenerate).await;
        }
        let Some(model) = self.choose_model(args).await? else {
            return Ok(());
        };
        let usual = std::mem::replace(&mut self.session.model, model);
        let was_chosen = std::mem::replace(&mut self.is_model_chosen, true);
        let asked = self.ask(Ask::Regenerate).await;
        (self.session.model, self.is_model_chosen) = (usual, was_chosen);
        asked
    }

    /// Asks for the rest of an answer.
    pub(super) async fn continue_answer(&mut self) -> Result<(), Failure> {
        if self.session.is_answered() {
            return Err(Failure::usage(tr!("the last answer is complete")));
        }
        if self.session.cut_text().is_none() {
            return Err(Failure::usage(tr!("no answer to continue")));
        }
        self.ask(Ask::Continue).await
    }

    /// Asks once and shows the answer. A failure of the answer is printed; a failure given back means that nothing was
    /// asked.
    async fn ask(&mut self, mut ask: Ask) -> Result<(), Failure> {
        let sense = match &ask {
            Ask::New(message) => message.sense().max(self.session.sense()),
            Ask::Regenerate | Ask::Continue => self.session.sense(),
        };
        let usual = self.use_model_for(sense);
        let asked = match (self.renew_uploads().await, &mut ask) {
            (Err(failure), _) => Err(failure),
            (Ok(()), Ask::New(message)) => {
                let model = self.session.model.clone();
                self.deliver(message, &model).await.and_then(|()| self.branch_off())
            }
            (Ok(()), Ask::Regenerate | Ask::Continue) => Ok(()),
        };
        let asked = match asked {
            Ok(()) => self.answer(&ask).await,
            Err(failure) => Err(failure),
        };
        let concluded = match asked {
            Ok(ending) => self.conclude(ending).await,
            Err(failure) => Err(failure),
        };
        if let Some(usual) = usual {
            self.session.model = usual;
        }
        concluded
    }

    /// Puts the provider's vision or omni model in the place of a model that the user did not choose, where the messages
    /// need one. Returns the model before if there was another.
    pub(super) fn use_model_for(&mut self, sense: Sense) -> Option<String> {
        let model = self.connection.client.endpoint().model_for(sense).cloned();
        let model = model.filter(|model| !self.is_model_chosen && *model != self.session.model)?;
        self.note(match sense {
            Sense::Hearing => tr!("the conversation holds sound or video: asking {}", model),
            Sense::Sight | Sense::Reading => tr!("the conversation holds an image: asking {}", model),
        });
        Some(std::mem::replace(&mut self.session.model, model))
    }

    /// Asks, and shows the answer. Where the server reports a smaller window, it is asked once more with as much as that.
    pub(super) async fn answer(&mut self, ask: &Ask) -> Result<Ending, Failure> {
        let model = &self.session.model;
        self.session.window.tokens = self.windows.get(model).copied().or_else(|| context_of(model));
        // Air between the question and the answer.
        self.tty.write("\n");
        let dots = self.app.host.mark("…", "...");
        let waiting = tr!("waiting").localize(self.app.ui.lang);
        self.title.show(&format!("{waiting}{dots}"));
        let ending = self.turn(ask).await?;
        let limit = match ending.error.as_ref().map(Error::cause) {
            Some(Cause::Rejected(Rejection::ContextLength { limit })) if !self.session.window.is_whole => *limit,
            _ => None,
        };
        let is_smaller = |limit: &u64| self.session.window.tokens.is_none_or(|known| *limit < known);
        let Some(tokens) = limit.filter(is_smaller) else {
            return Ok(ending);
        };
        self.session.window.tokens = Some(tokens);
        self.windows.insert(self.session.model.clone(), tokens);
        let again = match ask {
            Ask::Continue => Ask::Continue,
            Ask::New(_) | Ask::Regenerate => Ask::Regenerate,
        };
        self.turn(&again).await
    }

    async fn turn(&mut self, ask: &Ask) -> Result<Ending, Failure> {
        let mut render = answer_renderer(self.app, self.is_raw);
        let successor = match self.is_model_chosen {
            true => None,
            false => self.connection.successor(self.app, &self.session.model),
        };
        let ended = turn::run(
            &self.connection.client,
            &mut self.session,
            ask,
            self.options.turn(&self.connection, successor),
            &mut *render,
            self.editor.type_ahead(),
            &mut self.cancel,
        )
        .await;
        self.editor.end_ahead();
        ended
    }

    /// The line after an answer.
    pub(super) fn show_status(&self, ending: &Ending) {
        let lang = self.app.ui.lang;
        let facts = status::StatusFacts {
            ending,
            is_usual_provider: ending.provider == self.usual_provider && ending.provider != "demo",
            window: self.session.window.tokens,
            switches: status::switches(&self.options.params, self.session.system.is_some(), lang),
        };
        let columns = self.app.ui.line_columns(self.app.host.window().0.into());
        if let Some(line) = status::line(&facts, columns, lang)
            && !self.app.ui.is_quiet
        {
            self.app.ui.note_drawn(&format!("\n{line}"));
        }
    }

    /// Adds the tokens and the cost of an answer to those of this run.
    pub(super) fn count(&mut self, ending: &Ending) {
        if let Some(usage) = ending.reply.usage {
            self.spent.usage = self.spent.usage.plus(usage);
            self.spent.answers += 1;
            self.spent.costs.add(ending.cost);
        }
    }

    /// Tells the terminal of a long answer that has ended by itself.
    fn notify(&self, ending: &Ending) {
        let is_stopped = |failure: &Failure| failure.kind == Kind::Interrupted || is_end(failure.kind);
        if ending.failure.as_ref().is_some_and(is_stopped) {
            return;
        }
        let (host, how) = (self.app.host, self.app.settings.notify.value);
        let title = self.session.label().unwrap_or_default();
        if let Some(sequence) = notification(host, how, ending.duration, &title) {
            self.tty.write(&sequence);
        }
    }

    async fn conclude(&mut self, mut ending: Ending) -> Result<(), Failure> {
        self.notify(&ending);
        if ending.failure.is_some() {
            // The messages that wait may have been for the whole answer.
            self.editor.hold_queue();
        }
        turn::name_nearest(&self.connection.client, &mut ending, &self.connection.context).await;
        match &ending.failure {
            Some(failure) if is_end(failure.kind) => return Err(failure.clone()),
            Some(failure) if failure.kind == Kind::Interrupted => {
                self.note(if ending.reply.text.is_empty() {
                    tr!("stopped; /retry asks again")
                } else {
                    tr!("stopped; the partial answer is saved, /continue asks for the rest")
                });
                if let Some(hint) = &failure.hint {
                    self.note(hint.clone());
                }
            }
            Some(failure) => {
                self.app.ui.failure(failure);
                if failure.hint.is_none() {
                    self.note(if ending.reply.text.is_empty() {
                        tr!("/retry asks again")
                    } else {
                        tr!("/continue asks for the rest, /retry asks again")
                    });
                }
            }
            None => self.request_title(),
        }
        self.count(&ending);
        self.show_status(&ending);
        match ending.stopped.filter(|kind| is_end(*kind)) {
            Some(kind) => Err(Failure::stopped(kind)),
            None => Ok(()),
        }
    }
}
