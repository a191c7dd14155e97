//! Sending a message, and everything that asks the model something.

use std::io::Write;

use stream_markdown::sanitize::hidden;

use super::attached::{self, Attached, What};
use super::{Repl, child, commands, is_end, keys, status};
use crate::attach::{DeliveryOptions, Progress};
use crate::context::context_of;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::render::{Ending, picture};
use crate::session::Ask;
use crate::term::bars::Bars;
use crate::tr;
use crate::turn;
use qwen_api::Client;
use qwen_api::error::{Cause, Error, Rejection};
use qwen_api::{Media, MediaSource};

/// How high a picture is shown.
const ROWS: u16 = 10;

/// How many characters of a message show nothing at the prompt, and which they are: they are sent as they are.
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
        1 => Some(tr!("one character of this message cannot be seen: {}", named)),
        count => Some(tr!("{} characters of this message cannot be seen: {}", count, named)),
    }
}

impl Repl<'_> {
    /// Sends what was written, and what is attached. `line` is what is given back where it cannot be sent.
    pub(super) async fn send(
        &mut self,
        client: &Client,
        words: String,
        line: &str,
        is_pasted: bool,
    ) -> Result<(), Failure> {
        let mut notices = Vec::new();
        let is_meant = self.asked_about.take().is_some_and(|asked| asked == words);
        let slip = self.reads().slip(&words).filter(|_| !is_meant);
        if let Some(path) = slip {
            self.initial = (line.to_owned(), String::new());
            self.asked_about = Some(words);
            return Err(Failure::usage(tr!("there is no file {}", path)).hint(tr!("Enter sends the message as it is")));
        }
        if let Some(told) = unseen(&words) {
            self.ui.note(told);
        }
        let mentioned = match self.reads().mentioned(&words, is_pasted, &mut notices).await {
            Ok(mentioned) => mentioned,
            Err(failure) => {
                // What was written is not lost: it stands at the next prompt.
                self.initial = (line.to_owned(), String::new());
                return Err(failure);
            }
        };
        self.ui.notices(&notices);
        let attached = std::mem::take(&mut self.attached);
        let all: Vec<Attached> = attached.iter().cloned().chain(mentioned).collect();
        let message = attached::message(&words, all);
        let asked = self.ask(client, Ask::New(message)).await;
        if asked.is_err() {
            // It was never asked, so what belongs to it is still to be sent.
            self.attached = attached;
            self.initial = (line.to_owned(), String::new());
        }
        asked
    }

    /// Puts what is attached where the model can read it. Ctrl-C stops that, and nothing is asked.
    async fn placed(&mut self, client: &Client, ask: Ask) -> Result<Ask, Failure> {
        let Ask::New(mut message) = ask else {
            return Ok(ask);
        };
        let bars = Bars::new(self.host, self.settings.quiet, self.settings.lang());
        let ui = self.ui;
        let notice = |notice| ui.notice(&notice);
        let progress = Progress::new(&bars, &notice);
        let means = DeliveryOptions {
            may_resize: self.resizes,
            may_upload: true,
        };
        self.cancel.reset();
        let placed = crate::attach::deliver(&mut message, client, &self.session.model, means, &progress);
        tokio::select! {
            biased;
            kind = self.cancel.next() => return Err(Failure::stopped(kind)),
            placed = placed => placed?,
        }
        Ok(Ask::New(message))
    }

    /// Asks the last message again; its answers so far stay as branches.
    pub(super) async fn retry(&mut self, client: &Client) -> Result<(), Failure> {
        if !self.session.has_question() {
            return Err(Failure::usage(tr!("there is no message to ask again")));
        }
        self.ask(client, Ask::Regenerate).await
    }

    /// Asks for the rest of an answer.
    pub(super) async fn go_on(&mut self, client: &Client) -> Result<(), Failure> {
        if self.session.cut_text().is_some() {
            self.ask(client, Ask::Continue).await
        } else {
            Err(Failure::usage(tr!("the last answer is whole")))
        }
    }

    /// One question and its answer. A failure of the answer is told here; a failure given back means that nothing
    /// was asked.
    async fn ask(&mut self, client: &Client, ask: Ask) -> Result<(), Failure> {
        let usual = self.session.model.clone();
        let has_picture = self.session.has_image() || matches!(&ask, Ask::New(message) if message.has_image());
        if let Some(model) = client.endpoint().vision_model.as_ref().filter(|_| has_picture)
            && !self.is_model_chosen
            && *model != usual
        {
            self.ui.note(tr!("the conversation holds an image: asking {}", model));
            self.session.model.clone_from(model);
        }
        let asked = match self.placed(client, ask).await {
            Ok(ask) => self.ask_model(client, ask).await,
            Err(failure) => Err(failure),
        };
        self.session.model = usual;
        asked
    }

    async fn ask_model(&mut self, client: &Client, ask: Ask) -> Result<(), Failure> {
        let model = &self.session.model;
        self.session.window.tokens = self.windows.get(model).copied().or_else(|| context_of(model));
        let ending = self.turn(client, &ask).await?;
        let limit = match ending.error.as_ref().map(Error::cause) {
            Some(Cause::Rejected(Rejection::ContextLength { limit })) if !self.session.window.is_whole => *limit,
            _ => None,
        };
        let is_smaller = |limit: &u64| self.session.window.tokens.is_none_or(|known| *limit < known);
        let Some(tokens) = limit.filter(is_smaller) else {
            return self.tell_ending(client, ending).await;
        };
        // The server has said how much it takes: asked once more with as much as that.
        self.session.window.tokens = Some(tokens);
        self.windows.insert(self.session.model.clone(), tokens);
        let again = if matches!(ask, Ask::Continue) {
            Ask::Continue
        } else {
            Ask::Regenerate
        };
        let ending = self.turn(client, &again).await?;
        self.tell_ending(client, ending).await
    }

    async fn turn(&mut self, client: &Client, ask: &Ask) -> Result<Ending, Failure> {
        let mut render = (self.answer_renderer)();
        turn::run(
            client,
            &mut self.session,
            ask,
            &self.params,
            self.stream,
            &mut *render,
            &mut self.cancel,
        )
        .await
    }

    async fn tell_ending(&mut self, client: &Client, mut ending: Ending) -> Result<(), Failure> {
        turn::name_nearest(client, &mut ending).await;
        match &ending.failure {
            Some(failure) if is_end(failure.kind) => return Err(failure.clone()),
            Some(failure) if failure.kind == Kind::Interrupted => {
                self.ui.note(if ending.reply.text.is_empty() {
                    tr!("stopped; /retry asks again")
                } else {
                    tr!("stopped; what came is kept, /continue asks for the rest")
                });
            }
            Some(failure) => {
                self.ui.failure(failure);
                if failure.hint.is_none() {
                    self.ui.note(if ending.reply.text.is_empty() {
                        tr!("/retry asks again")
                    } else {
                        tr!("/continue asks for the rest, /retry asks again")
                    });
                }
            }
            None => {}
        }
        if let Some(usage) = ending.reply.usage {
            self.spent = (self.spent.0.plus(usage), self.spent.1 + 1);
        }
        if let Some(line) = status::line(&ending, self.session.window.tokens) {
            self.ui.note(line);
        }
        match ending.stopped.filter(|kind| is_end(*kind)) {
            Some(kind) => Err(Failure::stopped(kind)),
            None => Ok(()),
        }
    }

    /// Lets the user write in their editor, and sends that.
    pub(super) async fn compose(&mut self, client: &Client, text: &str) -> Result<Option<super::Leave>, Failure> {
        let (host, begun) = (self.host.clone(), text.to_owned());
        self.tty.restore();
        let composed = tokio::task::spawn_blocking(move || child::compose(&host, &begun)).await;
        self.tty.hush();
        self.cancel.reset();
        let composed = composed.unwrap_or_else(|_| Err(Failure::other(tr!("cannot run the editor"))));
        match composed {
            Ok(Some(written)) if !written.trim().is_empty() => {
                // As a line it might be a command.
                let line = match commands::parse(&written, false) {
                    commands::Line::Message(message) if message == written => written.clone(),
                    _ => keys::as_block(&written),
                };
                self.line.remember(&line);
                self.ui.print(UiText::foreign(written.as_str()));
                self.send(client, written, &line, false).await?;
            }
            Ok(Some(_)) => self.ui.note(tr!("nothing was written, so nothing is sent")),
            Ok(None) => {
                self.ui
                    .note(tr!("the editor was left with an error, so nothing is sent"));
                self.initial = (text.to_owned(), String::new());
            }
            Err(failure) => {
                self.initial = (text.to_owned(), String::new());
                return Err(failure);
            }
        }
        Ok(None)
    }

    /// Runs a command and offers what it says with the next message.
    pub(super) async fn shell(&mut self, command: String) -> Result<(), Failure> {
        self.tty.restore();
        let run = command.clone();
        let said = tokio::task::spawn_blocking(move || child::run(&run)).await;
        self.tty.hush();
        self.cancel.reset();
        let said = said.unwrap_or_else(|_| Err(Failure::other(tr!("cannot run the shell"))))?;
        if !said.status.success() {
            self.ui.note(tr!("{}: {}", command, said.status.to_string()));
        }
        if said.output.trim().is_empty() {
            self.ui.note(tr!("it said nothing to attach"));
            return Ok(());
        }
        if said.is_cut {
            self.ui.note(tr!("only the first 1 MiB of it is kept"));
        }
        self.attached.push(attached::output(&command, &said.output));
        self.ui.note(tr!(
            "this goes along with the next message; Ctrl-C on an empty line drops it"
        ));
        Ok(())
    }

    /// What was attached: the picture itself where the terminal can show it, and in any case what it is.
    async fn show(&mut self, media: &Media) {
        let wanted = self.settings.pictures.value;
        let protocol = picture::protocol(self.host, wanted).filter(|_| !self.settings.quiet);
        if let (Some(protocol), MediaSource::Inline(bytes)) = (protocol, &media.source) {
            let bytes = bytes.clone();
            let sides = protocol.most_sides((self.host.window().0, ROWS), self.host.cell());
            let drawn = tokio::task::spawn_blocking(move || {
                picture::picture(protocol, &crate::attach::thumbnail(&bytes, sides)?, ROWS)
            });
            if let Ok(Some(drawn)) = drawn.await {
                // A terminal that is gone shows nothing.
                let _ = std::io::stdout().write_all(&drawn);
                let _ = std::io::stdout().flush();
            }
        }
        self.ui.note(crate::attach::describe(media));
    }

    /// `/image` and `/file`.
    pub(super) async fn attach(&mut self, argument: &str, is_picture: bool) -> Result<(), Failure> {
        if argument.is_empty() {
            let what = if is_picture {
                UiText::foreign("/image PATH|URL|clipboard")
            } else {
                UiText::foreign("/file PATH|URL")
            };
            return Err(Failure::usage(tr!("what is to be attached?")).hint(what));
        }
        for place in self.reads().places(argument) {
            let mut notices = Vec::new();
            let one = if is_picture && place == "clipboard" {
                self.reads().clipboard().await?
            } else if is_picture {
                self.reads().picture(&place).await?
            } else {
                self.reads().file(&place, &mut notices).await?
            };
            self.ui.notices(&notices);
            if let What::Picture(media) | What::Document(media) = &one.what {
                self.show(media).await;
            }
            self.attached.push(one);
        }
        Ok(())
    }
}
