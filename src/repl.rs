//! A conversation at a prompt.
//!
//! One thing after the other: a line comes (`editor`), it is a message or a command (`line_parser`, `slash_commands`), and
//! it is dealt with before the next is read.

mod attach_command;
mod attachments;
mod attention;
mod back_command;
mod compact_command;
mod completion;
mod conversation_commands;
pub mod conversation_rows;
mod copy_command;
pub mod default_model;
mod draw_command;
pub mod editor;
mod file_finder;
mod input;
mod line_parser;
mod mention;
pub mod menu;
mod model_commands;
mod model_rows;
mod model_title;
mod multiline;
mod parameter_commands;
mod path_completion;
mod path_text;
pub mod picker;
mod send;
pub mod slash_commands;
mod status;
mod subprocess;
mod template_command;
mod view_command;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

use self::attachments::{AttachedContent, AttachmentReader, PromptAttachment};
use self::attention::WindowTitle;
pub use self::completion::CompletionSources;
use self::completion::Vocabulary;
use self::editor::{LineEditor, LineRequest};
use self::input::Input;
use self::line_parser::{ParsedLine, is_farewell, parse};
use self::picker::{PickList, Picked, pick};
use self::slash_commands::CommandFunction;
use crate::app::App;
use crate::attach::{self, InputContext};
use crate::cancel::Cancel;
use crate::connection::Connection;
use crate::connection::model_list::offered;
use crate::conversation::Prepared;
use crate::conversation::options::RequestOptions;
use crate::error::{Failure, Kind};
use crate::i18n::{UiText, is_yes};
use crate::money::Costs;
use crate::session::Session;
use crate::template::ChosenTemplate;
use crate::term::tty::Tty;
use crate::tr;
use qwen_api::{Message, Model, Usage};

/// A conversation at a prompt: what it runs in, and what it changes as it goes.
pub struct Repl<'a> {
    app: &'a App<'a>,
    cancel: Cancel,
    tty: Arc<Tty>,
    editor: LineEditor,
    connection: Connection,
    session: Session,
    options: RequestOptions,
    /// Answers are shown without Markdown.
    is_raw: bool,
    /// The user named the model; otherwise a message with a picture goes to the provider's vision model.
    is_model_chosen: bool,
    /// The provider that the status line does not mention.
    usual_provider: String,
    /// What goes along with the next message.
    attachments: Vec<PromptAttachment>,
    /// What the next message goes through.
    template: Option<ChosenTemplate>,
    /// The context windows that servers have reported, in tokens, by model.
    windows: BTreeMap<String, u64>,
    spent: Spent,
    /// The models that Tab and `/model` offer, beside the aliases.
    models: Vec<Model>,
    /// The text that stands at the next prompt already, left and right of the cursor.
    initial: (String, String),
    /// A message that mentions a missing file and was given back for that: the second time it is sent as it is.
    questioned: Option<String>,
    /// The question that is being edited, and its place among the messages: what is sent next takes its place.
    revised: Option<(usize, Message)>,
    /// The conversation that the model was asked to give a title.
    titled: Option<String>,
    /// The user wants to leave.
    is_over: bool,
    title: WindowTitle,
}

/// What this run's answers took.
#[derive(Debug, Default)]
struct Spent {
    usage: Usage,
    /// The answers that reported a usage.
    answers: u64,
    costs: Costs,
}

impl<'a> Repl<'a> {
    pub fn new(app: &'a App<'a>, tty: Arc<Tty>, editor: LineEditor, prepared: Prepared, is_raw: bool) -> Repl<'a> {
        let models = offered(&app.settings, &prepared.session.provider);
        Repl {
            title: WindowTitle::new(app.host, &tty, app.settings.title.value),
            cancel: app.cancel.clone(),
            is_model_chosen: app.settings.model.is_some(),
            usual_provider: prepared.session.provider.clone(),
            connection: prepared.connection,
            session: prepared.session,
            options: RequestOptions {
                shows_cost: !app.settings.quiet,
                ..prepared.options
            },
            app,
            tty,
            editor,
            is_raw,
            attachments: Vec::new(),
            template: app.settings.template.clone(),
            windows: BTreeMap::new(),
            spent: Default::default(),
            models,
            initial: Default::default(),
            questioned: None,
            revised: None,
            titled: None,
            is_over: false,
        }
    }

    /// Adds a text that goes along with the first message, behind it.
    pub fn attach_text(&mut self, name: &str, text: String) {
        self.attachments.push(PromptAttachment {
            name: name.to_owned(),
            content: AttachedContent::After(text),
        });
    }

    /// Attaches the files that options of the command line name.
    pub async fn attach_given(&mut self, images: &[OsString], files: &[OsString]) -> anyhow::Result<()> {
        let notice = |notice| self.app.notice(notice);
        let reads = InputContext {
            in_chat: false,
            ..self.app.reads(None, &notice)
        };
        for place in images {
            let media = attach::read_media(reads, place).await?;
            self.attachments.push(PromptAttachment::media(media));
        }
        for place in files {
            let content = attach::read_files(reads, place).await?;
            self.attachments
                .push(PromptAttachment::file(&place.to_string_lossy(), content));
        }
        Ok(())
    }

    /// The stored conversation's id as it is shown; `None` where nothing is stored.
    pub fn id(&self) -> Option<String> {
        self.session.id().map(|id| self.shown_id(id))
    }

    /// Talks until the user leaves. A failure of one line is printed, and the next is read.
    pub async fn run(&mut self) -> Result<(), Failure> {
        let mut is_second_interrupt = false;
        while !self.is_over {
            let was_interrupted = std::mem::take(&mut is_second_interrupt);
            let done = match self.read().await? {
                Input::Line(line) => self.enter(&line, false).await,
                Input::Pasted(line) => self.enter(&line, true).await,
                Input::Block(text) => {
                    let line = multiline::as_block(&text);
                    self.send(text, &line, false).await
                }
                Input::Interrupted(line) if !line.is_empty() => {
                    self.drop_revision();
                    Ok(())
                }
                Input::Interrupted(_) if was_interrupted => self.exit(),
                Input::Interrupted(_) => {
                    is_second_interrupt = true;
                    self.drop_revision();
                    self.drop_attachments();
                    Ok(())
                }
                Input::End => self.exit(),
                Input::Edit(text) => self.compose(&text).await,
                Input::Back => self.go_back().await,
                Input::Chosen(_) => Ok(()),
                Input::Failed(why) => Err(Failure::new(Kind::HungUp, tr!("cannot read the keyboard: {}", why))),
            };
            match done {
                Ok(()) => {}
                Err(failure) if is_end(failure.kind) => {
                    // The unfinished line comes back by Up.
                    self.editor.keep_draft();
                    return Err(failure);
                }
                Err(failure) => {
                    self.editor.hold_queue();
                    self.report(failure);
                }
            }
        }
        Ok(())
    }

    /// Prints a failure that does not end the conversation, and replaces a damaged store.
    fn report(&mut self, failure: Failure) {
        match (failure.kind, &failure.hint) {
            (Kind::Interrupted, Some(hint)) => self.note(hint.clone()),
            (Kind::Interrupted, None) => {}
            _ => self.app.ui.failure(&failure),
        }
        let mut notices = Vec::new();
        // A failure to do so is the one that was printed.
        let _ = self.session.mend(failure, &self.app.settings.paths.data, &mut notices);
        self.app.notices(&notices);
    }

    fn drop_attachments(&mut self) {
        let note = match (self.template.take(), self.attachments.is_empty()) {
            (None, true) => tr!("press Ctrl-C again to leave"),
            (None, false) => tr!("attachments removed; press Ctrl-C again to leave"),
            (Some(_), true) => tr!("template removed; press Ctrl-C again to leave"),
            (Some(_), false) => tr!("template and attachments removed; press Ctrl-C again to leave"),
        };
        self.attachments.clear();
        self.app.ui.print(note);
    }

    /// Reads a line at the usual prompt.
    async fn read(&mut self) -> Result<Input, Failure> {
        let names: Vec<String> = self.attachments.iter().map(|one| one.name.clone()).collect();
        let mut marks = status::switches(&self.options.params, self.session.system.is_some(), self.app.ui.lang);
        if self.revised.is_some() {
            marks.push(tr!("editing an earlier question").localize(self.app.ui.lang));
        }
        marks.extend(status::attached(&names));
        let aliases = self.app.settings.aliases.keys();
        let models = self.models.iter().map(|model| &model.id);
        let template = self.template.as_ref().map(|chosen| &chosen.template.name);
        marks.extend(template.map(|name| tr!("template {}", name).localize(self.app.ui.lang)));
        let columns = self.app.ui.line_columns(self.app.host.window().0.into());
        let prompt = status::prompt(&marks, "❯", columns);
        let request = LineRequest {
            prompt: self.app.ui.with_marks(prompt),
            initial: std::mem::take(&mut self.initial),
            vocabulary: Vocabulary {
                models: aliases.chain(models).cloned().collect(),
                providers: self.providers(),
                choices: None,
            },
            client: Some(self.connection.client.clone()),
            ..LineRequest::default()
        };
        self.title.show(&self.session.label().unwrap_or_default());
        self.input(request).await
    }

    /// Reads a line, unless a signal ends the program meanwhile.
    async fn input(&mut self, request: LineRequest) -> Result<Input, Failure> {
        // A Ctrl-C between an answer and the prompt is a key at the prompt.
        self.tty.takes_keys(true);
        // One that was pressed before that came as a signal, and does what the key does on an empty line.
        if let Some(kind) = self.cancel.pending().await {
            self.tty.takes_keys(false);
            return match kind {
                Kind::Interrupted if !self.app.host.is_dumb_terminal() => Ok(Input::Interrupted(String::new())),
                kind => self.stopped(kind),
            };
        }
        let stopped = {
            let mut reading = std::pin::pin!(self.editor.read(request));
            loop {
                tokio::select! {
                    input = &mut reading => return Ok(input),
                    // Where there are keys, Ctrl-C is one.
                    kind = self.cancel.next() => match kind {
                        Kind::Interrupted if !self.app.host.is_dumb_terminal() => {}
                        kind => break kind,
                    }
                }
            }
        };
        self.stopped(stopped)
    }

    /// Lets the user choose from a list.
    async fn pick(&mut self, pick_list: PickList<'_>) -> Result<Picked, Failure> {
        pick(self.app, &mut self.editor, &mut self.cancel, pick_list).await
    }

    /// What a signal makes of a request for a line.
    fn stopped(&mut self, kind: Kind) -> Result<Input, Failure> {
        if kind == Kind::Interrupted {
            return Ok(Input::End);
        }
        // The unfinished line comes back by Up.
        self.editor.keep_draft();
        Err(Failure::stopped(kind))
    }

    /// Deals with a line that was entered.
    async fn enter(&mut self, line: &str, is_pasted: bool) -> Result<(), Failure> {
        let ui = self.app.ui;
        match parse(line, is_pasted) {
            ParsedLine::Message(words) if words.is_empty() => {}
            ParsedLine::Message(words) if is_farewell(&words) && self.questioned.as_ref() != Some(&words) => {
                return self.leave_or_send(words, line).await;
            }
            ParsedLine::Message(words) => return self.send(words, line, is_pasted).await,
            ParsedLine::Command(command, args) => {
                return match command.run {
                    CommandFunction::Now(run) => run(self, &args),
                    CommandFunction::Later(run) => run(self, &args).await,
                };
            }
            ParsedLine::Shell(command) => return self.shell(command).await,
            ParsedLine::TakesNothing(name) => {
                ui.print(tr!("/{} takes no argument; `//` begins a message with `/`", name));
                self.initial = (line.to_owned(), String::new());
            }
            ParsedLine::Unknown(word, near) => {
                let near = near.map_or_else(|| tr!("/help lists them"), |near| tr!("did you mean /{}?", near));
                ui.print(tr!(
                    "unknown command /{}; {} (`//` begins a message with `/`)",
                    word,
                    near
                ));
            }
            ParsedLine::Ambiguous(word, names) => {
                ui.print(tr!("/{} could be /{}", word, names.join(", /")));
            }
        }
        Ok(())
    }

    /// Leaves where the user means that; else the message stands at the prompt again, and Enter sends it.
    async fn leave_or_send(&mut self, words: String, line: &str) -> Result<(), Failure> {
        if self.confirm(tr!("leave? [y/N] ")).await? {
            return self.exit();
        }
        self.initial = (line.to_owned(), String::new());
        self.questioned = Some(words);
        self.note(tr!("press Enter to send it as a message"));
        Ok(())
    }

    /// Asks a yes-or-no question. Enter alone means no.
    async fn confirm(&mut self, question: UiText) -> Result<bool, Failure> {
        let request = LineRequest {
            prompt: question.localize(self.app.ui.lang),
            vocabulary: Vocabulary {
                choices: Some(Vec::new()),
                ..Vocabulary::default()
            },
            is_choice: true,
            ..LineRequest::default()
        };
        Ok(matches!(self.input(request).await?, Input::Line(typed) if is_yes(&typed)))
    }

    /// `/exit`.
    fn exit(&mut self) -> Result<(), Failure> {
        self.is_over = true;
        Ok(())
    }

    fn attachment_reader(&self) -> AttachmentReader<'_> {
        AttachmentReader {
            app: self.app,
            cancel: &self.cancel,
        }
    }

    /// Prints what the user asked for.
    fn print(&self, text: impl Into<UiText>) {
        self.app.ui.print(text);
    }

    /// Prints a dim line, unless `--quiet` is given.
    fn note(&self, text: impl Into<UiText>) {
        self.app.ui.note(text);
    }
}

/// Failures that end the program.
fn is_end(kind: Kind) -> bool {
    matches!(kind, Kind::Terminated | Kind::HungUp | Kind::OutputClosed)
}
