//! A conversation at a prompt.
//!
//! The keyboard is read on a thread of its own (`line`); everything else happens here, one thing after the other:
//! a line comes, it is a message or a command, and it is dealt with before the next is read.

mod ask;
mod attached;
mod child;
pub mod commands;
mod conversation;
mod copy;
mod helper;
mod keys;
pub mod line;
mod paths;
pub mod pick;
mod settings;
mod status;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use stream_markdown::fill::fill_hanging;

use self::attached::{Attached, Reads, What};
use self::commands::{COMMANDS, Does};
use self::helper::Known;
use self::line::{Asked, Input, Line};
use crate::attach;
use crate::cancel::Cancel;
use crate::config::Settings;
use crate::error::{Failure, Kind};
use crate::host::Host;
use crate::i18n::lang::Lang;
use crate::i18n::{StaticText, UiText};
use crate::render::Render;
use crate::session::Session;
use crate::term::tty::Tty;
use crate::term::ui::Ui;
use crate::{tr, tr_static};
use qwen_api::Client;
use qwen_api::Log;
use qwen_api::network::Network;
use qwen_api::{Params, Usage};

/// What a conversation at a prompt runs in, and what it changes as it goes.
pub struct Repl<'a> {
    pub host: &'a Host,
    pub settings: &'a Settings,
    pub network: Network,
    pub log: Log,
    pub cancel: Cancel,
    pub ui: Ui,
    pub tty: Arc<Tty>,
    pub line: Line,
    pub session: Session,
    pub params: Params,
    pub stream: bool,
    /// Makes the renderer of one answer.
    pub answer_renderer: Box<dyn Fn() -> Box<dyn Render> + 'a>,
    /// Where conversations are kept.
    pub folder: PathBuf,
    /// The user named the model; otherwise a message with a picture goes to the provider's vision model.
    pub is_model_chosen: bool,
    /// A picture that is too large to send may be scaled down.
    pub resizes: bool,
    /// The provider that the prompt need not mention.
    pub usual_provider: String,
    attached: Vec<Attached>,
    /// What servers have said of how much their models take.
    windows: BTreeMap<String, u64>,
    /// What this run's answers have cost, and how many told.
    spent: (Usage, u64),
    /// The models that Tab offers.
    models: Vec<String>,
    /// What stands at the next prompt already, left and right of the cursor.
    initial: (String, String),
    /// The message that was given back because a file it mentions is not there: sent as it is the second time.
    asked_about: Option<String>,
}

/// Why the conversation was left.
#[derive(Debug)]
pub enum Leave {
    /// The user has had enough.
    Quit,
    /// Another provider is to go on with it.
    Provider(String),
}

/// What the parts make that a conversation is begun with.
pub struct Parts<'a> {
    pub host: &'a Host,
    pub settings: &'a Settings,
    pub network: Network,
    pub log: Log,
    pub cancel: Cancel,
    pub ui: Ui,
    pub tty: Arc<Tty>,
    pub line: Line,
    pub session: Session,
    pub params: Params,
    pub stream: bool,
    /// Makes the renderer of one answer.
    pub answer_renderer: Box<dyn Fn() -> Box<dyn Render> + 'a>,
    pub is_model_chosen: bool,
    pub resizes: bool,
}

impl<'a> Repl<'a> {
    pub fn new(parts: Parts<'a>) -> Repl<'a> {
        Repl {
            usual_provider: parts.session.provider.clone(),
            folder: parts.settings.paths.data.clone(),
            host: parts.host,
            settings: parts.settings,
            network: parts.network,
            log: parts.log,
            cancel: parts.cancel,
            ui: parts.ui,
            tty: parts.tty,
            line: parts.line,
            session: parts.session,
            params: parts.params,
            stream: parts.stream,
            answer_renderer: parts.answer_renderer,
            is_model_chosen: parts.is_model_chosen,
            resizes: parts.resizes,
            attached: Vec::new(),
            windows: BTreeMap::new(),
            spent: Default::default(),
            models: Vec::new(),
            initial: Default::default(),
            asked_about: None,
        }
    }

    /// What Tab offers as a model from here on, besides the aliases.
    pub fn offer_models(&mut self, ids: impl IntoIterator<Item = String>) {
        self.models = self.settings.aliases.keys().cloned().collect();
        self.models.extend(ids);
    }

    /// Lets a text go along with the first message, behind it.
    pub fn attach_text(&mut self, name: &str, text: String) {
        self.attached.push(Attached {
            name: name.to_owned(),
            what: What::Behind(text),
        });
    }

    /// Attaches what options of the command line named.
    pub async fn attach_given(&mut self, images: &[OsString], files: &[OsString]) -> Result<(), Failure> {
        let ui = self.ui;
        let notice = |notice| ui.notice(&notice);
        for place in images {
            let media = attach::read_image(self.reads().files(&notice), place).await?;
            self.attached.push(Attached::picture(media));
        }
        for place in files {
            let content = attach::read_file(self.reads().files(&notice), place).await?;
            self.attached.push(Attached::file(&place.to_string_lossy(), content));
        }
        Ok(())
    }

    /// Talks until the user leaves. What goes wrong with one line is told, and the next is read.
    pub async fn run(&mut self, client: &Client) -> Result<Leave, Failure> {
        let mut is_leaving = false;
        loop {
            let was_leaving = std::mem::take(&mut is_leaving);
            let done = match self.read().await? {
                Input::Line(line) => self.take(client, &line, false).await,
                Input::Pasted(line) => self.take(client, &line, true).await,
                Input::Block(text) => {
                    let line = keys::as_block(&text);
                    self.send(client, text, &line, false).await.map(|()| None)
                }
                Input::Interrupted(line) if !line.is_empty() => Ok(None),
                Input::Interrupted(_) if was_leaving => Ok(Some(Leave::Quit)),
                Input::Interrupted(_) => {
                    is_leaving = true;
                    if self.attached.is_empty() {
                        self.ui.print(tr!("press Ctrl-C again to leave"));
                    } else {
                        self.attached.clear();
                        self.ui
                            .print(tr!("nothing is attached any more; press Ctrl-C again to leave"));
                    }
                    Ok(None)
                }
                Input::End => Ok(Some(Leave::Quit)),
                Input::Edit(text) => self.compose(client, &text).await,
                Input::Failed(why) => Err(Failure::new(Kind::HungUp, tr!("cannot read the keyboard: {}", why))),
            };
            match done {
                Ok(None) => {}
                Ok(Some(leave)) => return Ok(leave),
                Err(failure) if is_end(failure.kind) => return Err(failure),
                Err(failure) => {
                    if failure.kind != Kind::Interrupted {
                        self.ui.failure(&failure);
                    }
                    let mut notices = Vec::new();
                    // Where it cannot be mended, that is what was told.
                    let _ = self.session.mend(failure, &self.folder, &mut notices);
                    self.ui.notices(&notices);
                }
            }
        }
    }

    /// The next line, at the usual prompt.
    async fn read(&mut self) -> Result<Input, Failure> {
        let names: Vec<String> = self.attached.iter().map(|one| one.name.clone()).collect();
        let standing = status::Standing {
            model: &self.session.model,
            provider: Some(self.session.provider.as_str())
                .filter(|provider| *provider != self.usual_provider || *provider == "demo"),
            attached: &names,
        };
        let asked = Asked {
            prompt: status::prompt(standing, self.host.window().0),
            initial: std::mem::take(&mut self.initial),
            words: Known {
                models: self.models.clone(),
                providers: self.providers(),
                choices: None,
            },
            is_choice: false,
        };
        self.input(asked).await
    }

    /// What comes of a request for a line, unless the program is told to end meanwhile.
    async fn input(&mut self, asked: Asked) -> Result<Input, Failure> {
        // A Ctrl-C between an answer and the prompt is a key at the prompt.
        self.tty.signals(false);
        // One that was pressed before that came as a signal, and does what the key does on an empty line.
        if let Some(kind) = self.cancel.pending().await {
            self.tty.signals(true);
            return self
                .stopped(kind)
                .unwrap_or_else(|| Ok(Input::Interrupted(String::new())));
        }
        self.line.ask(asked);
        loop {
            tokio::select! {
                input = self.line.input() => {
                    self.tty.signals(true);
                    return Ok(input);
                }
                kind = self.cancel.next() => {
                    if let Some(stopped) = self.stopped(kind) {
                        return stopped;
                    }
                }
            }
        }
    }

    /// What becomes of a request for a line when a signal comes; `None` for that of Ctrl-C, which at the prompt is a
    /// key, where there are keys.
    fn stopped(&self, kind: Kind) -> Option<Result<Input, Failure>> {
        let told = match kind {
            Kind::Interrupted if !self.host.is_dumb_terminal() => return None,
            Kind::Interrupted => return Some(Ok(Input::End)),
            Kind::HungUp => tr!("the terminal went away"),
            Kind::OutputClosed => tr!("the output was closed"),
            _ => tr!("terminated"),
        };
        // What was written so far comes back by Up.
        self.line.keep_draft();
        Some(Err(Failure::new(kind, told)))
    }

    /// Deals with a line that was entered.
    async fn take(&mut self, client: &Client, line: &str, is_pasted: bool) -> Result<Option<Leave>, Failure> {
        match commands::parse(line, is_pasted) {
            commands::Line::Message(words) if words.is_empty() => Ok(None),
            commands::Line::Message(words) => self.send(client, words, line, is_pasted).await.map(|()| None),
            commands::Line::Command(does, args) => self.run_command(client, does, &args).await,
            commands::Line::TakesNothing(name) => {
                self.ui
                    .print(tr!("/{} takes nothing; `//` begins a message with `/`", name));
                self.initial = (line.to_owned(), String::new());
                Ok(None)
            }
            commands::Line::Shell(command) => self.shell(command).await.map(|()| None),
            commands::Line::Unknown(word, near) => {
                let near = near.map_or_else(|| tr!("/help lists them"), |near| tr!("did you mean /{}?", near));
                self.ui.print(tr!(
                    "there is no command /{}; {} (`//` begins a message with `/`)",
                    word,
                    near
                ));
                Ok(None)
            }
            commands::Line::Ambiguous(word, names) => {
                self.ui.print(tr!("/{} could be /{}", word, names.join(", /")));
                Ok(None)
            }
        }
    }

    async fn run_command(&mut self, client: &Client, does: Does, args: &str) -> Result<Option<Leave>, Failure> {
        match does {
            Does::Help => self
                .ui
                .print(UiText::foreign(help(usize::from(self.host.window().0), self.ui.lang))),
            Does::New => self.start_over(),
            Does::Model => self.model(client, args).await?,
            Does::Provider => return self.provider(args).await,
            Does::System => self.system(args),
            Does::Image => self.attach(args, true).await?,
            Does::File => self.attach(args, false).await?,
            Does::Think => self.think(args)?,
            Does::Search => self.search(args)?,
            Does::Set => self.set(args)?,
            Does::Retry => self.retry(client).await?,
            Does::Continue => self.go_on(client).await?,
            Does::Undo => self.undo()?,
            Does::Fork => self.fork()?,
            Does::Edit => return self.compose(client, args).await,
            Does::Copy => self.copy(args)?,
            Does::Save => self.save(args)?,
            Does::Sessions => self.sessions(args)?,
            Does::Open => self.open(args).await?,
            Does::Export => self.export(args)?,
            Does::Usage => self.usage()?,
            Does::Exit => return Ok(Some(Leave::Quit)),
        }
        Ok(None)
    }

    fn reads(&self) -> Reads<'_> {
        Reads {
            host: self.host,
            network: &self.network,
            log: &self.log,
            cancel: &self.cancel,
        }
    }
}

/// Failures after which nobody is there to go on with.
fn is_end(kind: Kind) -> bool {
    matches!(kind, Kind::Terminated | Kind::HungUp | Kind::OutputClosed)
}

/// `/help`: the table, and the keys.
fn help(columns: usize, lang: Lang) -> String {
    let forms: Vec<String> = COMMANDS
        .iter()
        .map(|command| {
            let mut form = format!("/{}", command.name);
            for alias in command.aliases {
                form.push_str(&format!(" /{alias}"));
            }
            if !command.args.is_empty() {
                form.push_str(&format!(" {}", command.args));
            }
            form
        })
        .collect();
    let width = forms.iter().map(String::len).max().unwrap_or(0);
    let is_narrow = columns < width + 30;
    let mut text = String::new();
    for (command, form) in COMMANDS.iter().zip(&forms) {
        if is_narrow {
            text.push_str(&format!(
                "{form}\n{}\n",
                fill_hanging("  ", command.about.localize(lang), columns, 2)
            ));
        } else {
            let head = format!("{form:width$}  ");
            text.push_str(&format!(
                "{}\n",
                fill_hanging(&head, command.about.localize(lang), columns, width + 2)
            ));
        }
    }
    text.push('\n');
    for line in KEYS {
        text.push_str(&format!("{}\n", fill_hanging("", line.localize(lang), columns, 2)));
    }
    text.trim_end().to_owned()
}

const KEYS: &[StaticText] = &[
    tr_static!("Enter sends; Alt-Enter, Ctrl-J or \\ before Enter: a new line; \"\"\" opens and closes a block"),
    tr_static!("Ctrl-C stops an answer, clears the line; Ctrl-D leaves; Ctrl-R searches; Ctrl-G: your editor"),
    tr_static!("@path attaches a file or picture; !command runs it and offers its output; // begins with /"),
];
