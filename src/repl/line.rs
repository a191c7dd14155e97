//! The line editor, on a thread of its own: it waits for keys without holding up anything else.
//!
//! The thread gets one request at a time and gives one input back. The terminal is raw only while it reads.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, Sender};

use rustyline::error::ReadlineError;
use rustyline::history::{FileHistory, History};
use rustyline::{Behavior, ColorMode, CompletionType, Config, EditMode, Editor, Event, EventHandler};
use tokio::sync::mpsc as wakes;

use super::helper::{Completes, Known};
use super::keys::{Draft, Keys, as_block};
use crate::config::private_file::write_private;
use crate::error::{Failure, io_reason};
use crate::i18n::UiText;
use crate::term::tty::Tty;
use crate::term::ui::Ui;
use crate::tr;

/// How the editor is to be.
#[derive(Clone, Debug)]
pub struct Manner {
    pub is_vi: bool,
    pub is_colored: bool,
    /// The terminal has no keys but Enter: lines are read as it gives them.
    pub is_plain: bool,
    /// Where the history is kept; read from there in any case.
    pub history: PathBuf,
    pub keeps_history: bool,
    /// Where conversations are kept, to complete their names.
    pub store: PathBuf,
    /// The working directory, for paths.
    pub cwd: Option<PathBuf>,
    pub home: Option<PathBuf>,
    pub ui: Ui,
}

/// A line to be read.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub prompt: String,
    /// What stands there already, left and right of the cursor.
    pub initial: (String, String),
    pub words: Known,
    /// A choice, not a message: it is not remembered and Enter always ends it.
    pub is_choice: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Line(String),
    /// A line that was pasted, all of it.
    Pasted(String),
    /// What was written between `"""`: a message, whatever it begins with.
    Block(String),
    /// Ctrl-C, with what was typed.
    Interrupted(String),
    /// Ctrl-D on an empty line, or the terminal went away.
    End,
    /// The editor is wanted for this text.
    Edit(String),
    Failed(UiText),
}

impl Input {
    fn map(self, change: fn(String) -> String) -> Input {
        match self {
            Input::Line(line) => Input::Line(change(line)),
            Input::Pasted(line) => Input::Pasted(change(line)),
            Input::Block(text) => Input::Block(change(text)),
            Input::Interrupted(line) => Input::Interrupted(change(line)),
            Input::Edit(text) => Input::Edit(change(text)),
            Input::End | Input::Failed(_) => self,
        }
    }
}

enum Request {
    Read(Asked),
    Remember(String),
}

/// The thread, from outside.
#[derive(Debug)]
pub struct Line {
    requests: Sender<Request>,
    inputs: wakes::UnboundedReceiver<Input>,
    draft: Arc<Draft>,
    manner: Manner,
}

impl Line {
    /// Starts the thread. It ends when this is dropped and it is not reading.
    pub fn start(manner: Manner, tty: Arc<Tty>) -> Result<Line, Failure> {
        let (requests, received) = mpsc::channel();
        let (sender, inputs) = wakes::unbounded_channel();
        let draft = Arc::new(Draft::default());
        let (its_draft, its_manner) = (Arc::clone(&draft), manner.clone());
        std::thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || {
                let served = if its_manner.is_plain {
                    serve_plain(&tty, &received, &sender);
                    Ok(())
                } else {
                    serve(&its_manner, &its_draft, tty, &received, &sender)
                };
                if let Err(why) = served {
                    // Nobody listens any more: the program is leaving.
                    let _ = sender.send(Input::Failed(why));
                }
            })
            .map_err(|_| Failure::no_thread())?;
        Ok(Line {
            requests,
            inputs,
            draft,
            manner,
        })
    }

    /// Asks for a line. What comes of it comes from [`Line::input`].
    pub fn ask(&self, asked: Asked) {
        // A thread that has ended has told why.
        let _ = self.requests.send(Request::Read(asked));
    }

    /// Keeps a line in the history without its having been sent.
    pub fn remember(&self, line: &str) {
        let _ = self.requests.send(Request::Remember(line.to_owned()));
    }

    /// Keeps what is being written in the history: the program leaves while a line is waited for.
    pub fn keep_draft(&self) {
        let Some(line) = self.draft.text() else {
            return;
        };
        if let Ok(mut editor) = editor(&self.manner) {
            remember(&mut editor, &self.manner, &line);
        }
    }

    pub async fn input(&mut self) -> Input {
        self.inputs.recv().await.unwrap_or(Input::End)
    }
}

fn serve_plain(tty: &Tty, requests: &Receiver<Request>, inputs: &wakes::UnboundedSender<Input>) {
    for request in requests {
        let Request::Read(asked) = request else {
            continue;
        };
        let input = tty
            .read_line(&asked.prompt)
            .map_or(Input::End, |line| Input::Line(without_controls(line)));
        tty.hush();
        if inputs.send(input).is_err() {
            return;
        }
    }
}

fn serve(
    manner: &Manner,
    draft: &Arc<Draft>,
    tty: Arc<Tty>,
    requests: &Receiver<Request>,
    inputs: &wakes::UnboundedSender<Input>,
) -> Result<(), UiText> {
    let (presses, pressed) = mpsc::channel();
    let mut editor = editor(manner).map_err(|error| told(&error))?;
    editor.set_helper(Some(Completes::new(manner, Arc::clone(draft))));
    let keys = Keys::new(presses, Arc::clone(draft), tty);
    editor.bind_sequence(Event::Any, EventHandler::Conditional(Box::new(keys)));
    while let Ok(request) = requests.recv() {
        let asked = match request {
            Request::Read(asked) => asked,
            Request::Remember(line) => {
                remember(&mut editor, manner, &line);
                continue;
            }
        };
        if let Some(helper) = editor.helper_mut() {
            helper.words = asked.words;
        }
        let mut initial = asked.initial;
        let mut is_told = false;
        let input = loop {
            draft.begin(&initial.0, &initial.1, asked.is_choice);
            let read = editor.readline_with_initial(asked.prompt.as_str(), (&initial.0, &initial.1));
            let press = pressed.try_iter().last();
            match (read, press) {
                (Ok(_), Some(press)) => break press,
                (Ok(line), None) => break Input::Line(line),
                // Nothing followed the Enter: it was meant.
                (Err(ReadlineError::Eof), Some(press)) if draft.waits.load(Ordering::Relaxed) => break press,
                (Err(ReadlineError::Interrupted), _) => break Input::Interrupted(String::new()),
                (Err(ReadlineError::Io(error)), _) if error.kind() == std::io::ErrorKind::InvalidData => {
                    // rustyline 19 reads the terminal through a buffer of 1,024 bytes, which its reader drops with
                    // every error (`readline_edit` keeps the buffer only of a line that was read). Nothing outside it
                    // can look into that buffer, make it smaller, or put bytes before the terminal: neither a
                    // `Behavior` nor the locale nor IUTF8 does. So the line is kept and the rest of that read is lost.
                    initial = draft.so_far();
                    initial.0.push(char::REPLACEMENT_CHARACTER);
                    if !std::mem::replace(&mut is_told, true) {
                        manner.ui.print(tr!(
                            "the input is not UTF-8: � stands for the byte, and up to 1,023 bytes that came with it are lost"
                        ));
                    }
                }
                (Err(error), _) => {
                    // Whatever ends the reading, what was written comes back by Up.
                    if let Some(line) = draft.text() {
                        remember(&mut editor, manner, &line);
                    }
                    match error {
                        ReadlineError::Eof => break Input::End,
                        error => return Err(told(&error)),
                    }
                }
            }
        };
        draft.begin("", "", false);
        let input = input.map(without_controls);
        match &input {
            _ if asked.is_choice => {}
            Input::Line(line) | Input::Pasted(line) | Input::Interrupted(line) => remember(&mut editor, manner, line),
            Input::Block(text) => remember(&mut editor, manner, &as_block(text)),
            Input::Edit(_) | Input::End | Input::Failed(_) => {}
        }
        if inputs.send(input).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// A line without control characters: what was pasted may hold some that nobody saw.
pub(super) fn without_controls(line: String) -> String {
    if line.chars().any(is_control) {
        line.chars().filter(|c| !is_control(*c)).collect()
    } else {
        line
    }
}

/// Whether a terminal would obey this character, and a model could make nothing of it.
pub(super) fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

fn editor(manner: &Manner) -> rustyline::Result<Editor<Completes, FileHistory>> {
    let config = Config::builder()
        .behavior(Behavior::PreferTerm)
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .edit_mode(if manner.is_vi { EditMode::Vi } else { EditMode::Emacs })
        // The helper knows whether there are colours; it also shows what a terminal would obey, and is to do that always.
        .color_mode(ColorMode::Forced)
        .bell_style(rustyline::config::BellStyle::None)
        .max_history_size(10_000)?
        .auto_add_history(false)
        .build();
    let mut editor: Editor<Completes, FileHistory> = Editor::with_config(config)?;
    // A history that is not there yet, or cannot be read, is an empty one.
    if let Err(ReadlineError::Io(error)) = editor.load_history(&manner.history)
        && error.kind() == std::io::ErrorKind::InvalidData
        && manner.keeps_history
        && mend(&manner.history).is_some()
    {
        editor.clear_history()?;
        let _ = editor.load_history(&manner.history);
    }
    Ok(editor)
}

/// Makes a history that is not UTF-8 readable again; what it was stays beside it.
fn mend(history: &Path) -> Option<()> {
    let bytes = std::fs::read(history).ok()?;
    std::fs::rename(history, history.with_extension("damaged")).ok()?;
    write_private(history, String::from_utf8_lossy(&bytes).as_bytes()).ok()
}

/// Lines go to the file at once: nothing that happens later takes them away.
fn remember(editor: &mut Editor<Completes, FileHistory>, manner: &Manner, line: &str) {
    if line.trim().is_empty() || !matches!(editor.history_mut().add(line), Ok(true)) || !manner.keeps_history {
        return;
    }
    // A history that cannot be written is no reason to stop talking.
    let _ = editor.append_history(&manner.history);
}

fn told(error: &ReadlineError) -> UiText {
    match error {
        ReadlineError::Io(error) => io_reason(error),
        #[cfg(unix)]
        ReadlineError::Errno(error) => io_reason(&std::io::Error::from(*error)),
        other => UiText::foreign(other.to_string()),
    }
}
