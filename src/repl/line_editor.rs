//! The line editor, on a thread of its own, so that nothing else waits for keys.
//!
//! The thread takes one request at a time and answers each with one input. The terminal is raw only while it reads.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use rustyline::error::ReadlineError;
use rustyline::history::{FileHistory, History};
use rustyline::{Behavior, ColorMode, CompletionType, Config, EditMode, Editor, Event, EventHandler};
use tokio::sync::mpsc as wakes;

use super::completion::{CompletionSources, Vocabulary};
use super::draft::{Draft, locked};
use super::editor_helper::{EditorHelper, PLAIN_LETTERS, shown};
use super::entered;
use super::input::{Input, without_controls};
use super::key_bindings::KeyBindings;
use super::multiline::as_block;
use crate::app::App;
use crate::config::private_file::{make_private_folder, write_private};
use crate::config::setting_values::EditMode as ViOrEmacs;
use crate::error::{Failure, io_reason};
use crate::host;
use crate::i18n::UiText;
use crate::term::background::{Background, ReplyFilter};
use crate::term::tty::Tty;
use crate::term::ui::Ui;
use crate::tr;

/// The editor's settings.
#[derive(Clone, Debug)]
pub struct EditorConfig {
    pub is_vi: bool,
    /// The SGR sequence of the prompt's colour; empty for none.
    pub accent: String,
    /// What is on the screen is not drawn again.
    pub is_calm: bool,
    /// The terminal cannot be drawn on: lines are read as it gives them.
    pub is_plain: bool,
    /// Where the answer goes when the terminal is to be asked for its background.
    pub asks_background: Option<Background>,
    /// Where the history is kept; read from there in any case.
    pub history: PathBuf,
    pub keeps_history: bool,
    pub completes_from: CompletionSources,
    pub ui: Ui,
}

/// Terminals without a line editor.
const PLAIN: &[&str] = &["dumb", "cons25", "emacs"];

impl EditorConfig {
    /// The settings that the program's own make.
    pub fn of(app: &App<'_>) -> EditorConfig {
        let settings = &app.settings;
        // The history's folder is that of the store.
        let keeps_history = settings.save.value && make_private_folder(&settings.paths.data).is_ok();
        EditorConfig {
            is_vi: settings.edit_mode.value == ViOrEmacs::Vi,
            accent: app.look().theme().accent(app.look().color_depth(true)),
            is_calm: app.host.is_accessible(),
            history: settings.paths.data.join("history"),
            keeps_history,
            is_plain: app.host.env.get("TERM").is_some_and(|term| PLAIN.contains(&term)),
            asks_background: app.look().asks_background().then(|| app.background.clone()),
            completes_from: CompletionSources {
                store: settings.paths.data.clone(),
                cwd: app.host.cwd.clone(),
                home: app.host.home(),
            },
            ui: app.ui,
        }
    }
}

/// A request to read a line.
#[derive(Clone, Debug, Default)]
pub struct LineRequest {
    pub prompt: String,
    /// The text that stands there already, left and right of the cursor.
    pub initial: (String, String),
    pub vocabulary: Vocabulary,
    /// A picker asks: the line is not kept in the history, and Enter always ends it.
    pub is_choice: bool,
}

enum Request {
    Read(LineRequest),
    Remember(String),
}

/// The keyboard's thread, as the rest of the program sees it.
#[derive(Debug)]
pub struct LineEditor {
    requests: Sender<Request>,
    inputs: wakes::UnboundedReceiver<Input>,
    draft: Arc<Draft>,
    config: EditorConfig,
}

impl LineEditor {
    /// Starts the thread. It ends when this is dropped and it is not reading.
    pub fn start(config: EditorConfig, tty: Arc<Tty>) -> Result<LineEditor, Failure> {
        let (requests, received) = mpsc::channel();
        let (sender, inputs) = wakes::unbounded_channel();
        let draft = Arc::new(Draft::default());
        let (its_draft, its_config) = (Arc::clone(&draft), config.clone());
        std::thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || {
                let served = if its_config.is_plain {
                    serve_plain(&tty, &received, &sender);
                    Ok(())
                } else {
                    serve(&its_config, &its_draft, tty, &received, &sender)
                };
                if let Err(why) = served {
                    // Where the receiver is gone the program is leaving.
                    let _ = sender.send(Input::Failed(why));
                }
            })
            .map_err(|_| Failure::no_thread())?;
        Ok(LineEditor {
            requests,
            inputs,
            draft,
            config,
        })
    }

    /// Asks for a line, which [`LineEditor::input`] gives.
    pub fn ask(&self, request: LineRequest) {
        // A thread that has ended has sent its reason.
        let _ = self.requests.send(Request::Read(request));
    }

    /// Adds a line to the history.
    pub fn remember(&self, line: &str) {
        let _ = self.requests.send(Request::Remember(line.to_owned()));
    }

    /// Adds the unfinished line to the history: the program is ending.
    pub fn keep_draft(&self) {
        let Some(line) = self.draft.text() else {
            return;
        };
        if let Ok(mut editor) = editor(&self.config) {
            remember(&mut editor, &self.config, &line);
        }
    }

    pub async fn input(&mut self) -> Input {
        self.inputs.recv().await.unwrap_or(Input::End)
    }
}

fn serve_plain(tty: &Tty, requests: &Receiver<Request>, inputs: &wakes::UnboundedSender<Input>) {
    for request in requests {
        let Request::Read(request) = request else {
            continue;
        };
        if !request.is_choice {
            tty.write("\n");
        }
        let input = tty
            .read_line(&request.prompt)
            .map_or(Input::End, |line| Input::Line(without_controls(line)));
        tty.hush();
        if inputs.send(input).is_err() {
            return;
        }
    }
}

fn serve(
    config: &EditorConfig,
    draft: &Arc<Draft>,
    tty: Arc<Tty>,
    requests: &Receiver<Request>,
    inputs: &wakes::UnboundedSender<Input>,
) -> Result<(), UiText> {
    let (presses, pressed) = mpsc::channel();
    let mut editor = editor(config).map_err(|error| reason(&error))?;
    editor.set_helper(Some(EditorHelper::new(
        config.completes_from.clone(),
        config.accent.clone(),
        Arc::clone(draft),
    )));
    let mut asked = config.asks_background.clone();
    let replies = Arc::new(Mutex::new(ReplyFilter::new(asked.clone().unwrap_or_default())));
    let keys = KeyBindings::new(presses, Arc::clone(draft), Arc::clone(&tty), Arc::clone(&replies));
    editor.bind_sequence(Event::Any, EventHandler::Conditional(Box::new(keys)));
    while let Ok(request) = requests.recv() {
        let request = match request {
            Request::Read(request) => request,
            Request::Remember(line) => {
                remember(&mut editor, config, &line);
                continue;
            }
        };
        if let Some(helper) = editor.helper_mut() {
            helper.vocabulary = request.vocabulary;
        }
        if !request.is_choice {
            // Asked here and not before, the reply comes while the editor reads, which loses nothing that is typed meanwhile.
            if asked.take().is_some() && tty.ask_background() {
                locked(&replies).expect();
            }
            // Air above the prompt of a message.
            tty.write("\n");
        }
        let mut initial = request.initial;
        let mut is_reported = false;
        let input = loop {
            draft.begin(&initial.0, &initial.1, request.is_choice);
            let read = editor.readline_with_initial(request.prompt.as_str(), (&initial.0, &initial.1));
            // What is typed is bold.
            tty.write(PLAIN_LETTERS);
            let press = pressed.try_iter().last();
            match (read, press) {
                (Ok(_), Some(press)) => break press,
                (Ok(line), None) => break Input::Line(line),
                // Nothing followed the Enter: it was meant.
                (Err(ReadlineError::Eof), Some(press)) if draft.awaits_more.load(Ordering::Relaxed) => break press,
                (Err(ReadlineError::Interrupted), _) => break Input::Interrupted(String::new()),
                (Err(ReadlineError::Io(error)), _) if error.kind() == std::io::ErrorKind::InvalidData => {
                    // rustyline 19 reads the terminal through a buffer of 1,024 bytes, which its reader drops with
                    // every error (`readline_edit` keeps the buffer only of a line that was read). Nothing outside it
                    // can look into that buffer, make it smaller, or put bytes before the terminal: neither a
                    // `Behavior` nor the locale nor IUTF8 does. So the line is kept and the rest of that read is lost.
                    initial = draft.halves();
                    initial.0.push(char::REPLACEMENT_CHARACTER);
                    if !std::mem::replace(&mut is_reported, true) {
                        config.ui.print(tr!(
                            "the input is not UTF-8: � stands for the byte, and up to 1,023 bytes that came with it are lost"
                        ));
                    }
                }
                (Err(error), _) => {
                    // The text so far comes back by Up.
                    if let Some(line) = draft.text() {
                        remember(&mut editor, config, &line);
                    }
                    match error {
                        ReadlineError::Eof => break Input::End,
                        error => return Err(reason(&error)),
                    }
                }
            }
        };
        if !request.is_choice
            && !config.is_calm
            && matches!(input, Input::Line(_) | Input::Pasted(_) | Input::Block(_))
            && let Some(helper) = editor.helper()
        {
            let (columns, rows) = host::window();
            let line = draft.line();
            if let Some(again) = entered::redrawn(
                &helper.styled(&request.prompt),
                &shown(&line),
                columns.into(),
                rows.into(),
            ) {
                tty.write(&again);
            }
        }
        draft.begin("", "", false);
        let input = input.map(without_controls);
        match &input {
            _ if request.is_choice => {}
            Input::Line(line) | Input::Pasted(line) | Input::Interrupted(line) => remember(&mut editor, config, line),
            Input::Block(text) => remember(&mut editor, config, &as_block(text)),
            Input::Edit(_) | Input::End | Input::Failed(_) => {}
        }
        if inputs.send(input).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn editor(config: &EditorConfig) -> rustyline::Result<Editor<EditorHelper, FileHistory>> {
    let settings = Config::builder()
        .behavior(Behavior::PreferTerm)
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .edit_mode(if config.is_vi { EditMode::Vi } else { EditMode::Emacs })
        // The helper knows whether there are colours. It also replaces control characters, which has to happen always.
        .color_mode(ColorMode::Forced)
        .bell_style(rustyline::config::BellStyle::None)
        .max_history_size(10_000)?
        .auto_add_history(false)
        .build();
    let mut editor: Editor<EditorHelper, FileHistory> = Editor::with_config(settings)?;
    // A missing or unreadable history is an empty one.
    if let Err(ReadlineError::Io(error)) = editor.load_history(&config.history)
        && error.kind() == std::io::ErrorKind::InvalidData
        && config.keeps_history
        && mend(&config.history).is_some()
    {
        editor.clear_history()?;
        let _ = editor.load_history(&config.history);
    }
    Ok(editor)
}

/// Rewrites a history that is not UTF-8; the original stays beside it.
fn mend(history: &Path) -> Option<()> {
    let bytes = std::fs::read(history).ok()?;
    std::fs::rename(history, history.with_extension("damaged")).ok()?;
    write_private(history, String::from_utf8_lossy(&bytes).as_bytes()).ok()
}

/// Adds a line to the history and its file at once, so that a crash loses none.
fn remember(editor: &mut Editor<EditorHelper, FileHistory>, config: &EditorConfig, line: &str) {
    if line.trim().is_empty() || !matches!(editor.history_mut().add(line), Ok(true)) || !config.keeps_history {
        return;
    }
    // A history that cannot be written does not end the conversation.
    let _ = editor.append_history(&config.history);
}

fn reason(error: &ReadlineError) -> UiText {
    match error {
        ReadlineError::Io(error) => io_reason(error),
        #[cfg(unix)]
        ReadlineError::Errno(error) => io_reason(&std::io::Error::from(*error)),
        other => UiText::foreign(other.to_string()),
    }
}
