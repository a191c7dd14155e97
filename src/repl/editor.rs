//! The line editor: keys in, a line out.
//!
//! Keys are read in the program's own loop, and the terminal takes them only while a line is read. `press` decides what a
//! key does, by the tables of `action` and `vi`; `menus` and `search` take keys before it. The text is in `buffer`, and
//! `screen` shows it by `view`. `ahead` takes the keys while an answer runs.

mod action;
mod ahead;
mod buffer;
mod history;
mod menus;
mod motion;
mod open_menu;
mod pastes;
mod press;
mod screen;
mod search;
mod vi;
mod view;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use stream_markdown::ColorDepth;

use self::ahead::Ahead;
use self::buffer::Buffer;
use self::history::LineHistory;
use self::open_menu::OpenMenu;
use self::pastes::Pastes;
use self::search::HistorySearch;
use self::vi::Vi;
use self::view::{View, ViewStyle};
use super::completion::{CompletionSources, Vocabulary};
use super::input::{Input, without_controls};
use super::line_parser::begins_message;
use super::menu::{Menu, MenuStyle};
use super::multiline::as_block;
use crate::app::App;
use crate::config::private_file::make_private_folder;
use crate::config::setting_values::EditMode;
use crate::config::template_folders::TemplateFolders;
use crate::error::{Failure, io_reason};
use crate::term::background::{Background, ReplyFilter};
use crate::term::keyboard::Keyboard;
use crate::term::keys::TerminalEvent;
use crate::term::tty::Tty;
use crate::term::ui::Ui;
use crate::tr;
use qwen_api::Client;

/// The editor's settings.
#[derive(Clone, Debug)]
pub struct EditorConfig {
    pub is_vi: bool,
    /// The SGR sequence of the prompt's colour; empty for none.
    pub accent: String,
    /// Whether the history's best guess is shown behind what is typed.
    pub has_hints: bool,
    /// Nothing is shown that was not asked for.
    pub is_calm: bool,
    /// Whether what is typed while an answer runs is shown below it.
    pub shows_ahead: bool,
    pub menu_style: MenuStyle,
    /// The terminal wraps its lines anew when it gets narrower.
    pub rewraps: bool,
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
        let has_colors = app.host.color_depth() != ColorDepth::None;
        EditorConfig {
            is_vi: settings.edit_mode.value == EditMode::Vi,
            accent: app.look().theme().accent(app.look().color_depth(true)),
            has_hints: has_colors,
            is_calm: app.host.is_accessible(),
            shows_ahead: has_colors && app.host.ttys.stderr && !app.host.is_accessible(),
            menu_style: MenuStyle::of(app),
            rewraps: app.host.rewraps_lines(),
            history: settings.paths.data.join("history"),
            keeps_history,
            is_plain: app.host.env.get("TERM").is_some_and(|term| PLAIN.contains(&term)),
            asks_background: app.look().asks_background().then(|| app.background.clone()),
            completes_from: CompletionSources {
                lang: settings.lang(),
                templates: TemplateFolders::new(&settings.paths, app.host.cwd.as_deref()),
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
    /// What is chosen from. It is seen below the line, and goes with it without a trace.
    pub menu: Option<Menu>,
    /// Where a message goes: once one is begun, a connection is opened.
    pub client: Option<Client>,
}

/// The line editor.
#[derive(Debug)]
pub struct LineEditor {
    config: EditorConfig,
    tty: Arc<Tty>,
    /// `None` where lines are read as the terminal gives them.
    keyboard: Option<Keyboard>,
    history: LineHistory,
    buffer: Buffer,
    pastes: Pastes,
    /// `None` in emacs mode.
    vi: Option<Vi>,
    view: View,
    request: LineRequest,
    state: LineState,
    ahead: Ahead,
}

/// What keys have begun in a line, beside its text.
#[derive(Debug, Default)]
struct LineState {
    /// The text of the last paste.
    pasted: String,
    /// The `"""` that the line begins with was typed, and so was another behind it.
    is_block: bool,
    is_block_closed: bool,
    /// When the last key came.
    last_key: Option<Instant>,
    /// Within a paste without brackets.
    is_paste: bool,
    /// The last key was an Enter inside of it.
    after_return: bool,
    after_ctrl_x: bool,
    after_escape: bool,
    search: Option<HistorySearch>,
    menu: Option<OpenMenu>,
}

/// The terminal gives its keys, until this is dropped.
struct KeysTaken<'t>(&'t Tty);

impl<'t> KeysTaken<'t> {
    fn new(tty: &'t Tty) -> KeysTaken<'t> {
        tty.takes_keys(true);
        tty.write("\x1b[?2004h");
        KeysTaken(tty)
    }
}

impl Drop for KeysTaken<'_> {
    fn drop(&mut self) {
        self.0.write("\x1b[?2004l");
        self.0.takes_keys(false);
    }
}

impl LineEditor {
    /// Must be called inside the runtime.
    pub fn open(config: EditorConfig, tty: Arc<Tty>) -> Result<LineEditor, Failure> {
        let replies = ReplyFilter::new(config.asks_background.clone().unwrap_or_default());
        let keyboard = (!config.is_plain).then(|| Keyboard::open(replies)).transpose();
        let keyboard =
            keyboard.map_err(|error| Failure::other(tr!("cannot read the keyboard: {}", io_reason(&error))))?;
        Ok(LineEditor {
            tty,
            keyboard,
            history: LineHistory::new(config.history.clone(), config.keeps_history),
            buffer: Buffer::default(),
            pastes: Pastes::default(),
            vi: config.is_vi.then(Vi::default),
            view: View::new(ViewStyle {
                is_ascii: config.menu_style.is_ascii,
                rewraps: config.rewraps,
                lang: config.ui.lang,
            }),
            request: LineRequest::default(),
            state: LineState::default(),
            ahead: Ahead::default(),
            config,
        })
    }

    /// Adds a line to the history.
    pub fn remember(&mut self, line: &str) {
        self.history.add(line);
    }

    /// Adds the messages that wait and the unfinished line to the history: the program is ending.
    pub fn keep_draft(&mut self) {
        self.hold_queue();
        let (left, right) = std::mem::take(&mut self.ahead.unfinished);
        let mut line = self.pastes.expand(&(left + &right)).into_owned();
        // What is typed to choose from a list is no message.
        if !self.request.is_choice {
            line.push_str(&self.line());
            if let Some(paste) = self.keyboard.as_ref().and_then(Keyboard::unfinished_paste) {
                line.push_str(&with_newlines(&paste));
            }
        }
        self.history.add(&without_controls(line));
    }

    /// Reads a line. Dropped before it is entered, what was typed is the draft.
    pub async fn read(&mut self, request: LineRequest) -> Input {
        if self.keyboard.is_none() {
            return self.read_plain(request).await;
        }
        if !request.is_choice {
            // Asked here and not before, the reply comes while keys are read, which loses nothing that is typed meanwhile.
            if self.config.asks_background.take().is_some()
                && self.tty.ask_background()
                && let Some(keyboard) = &mut self.keyboard
            {
                keyboard.replies.expect();
            }
            // Air above the prompt of a message.
            self.tty.write("\n");
        }
        // A list that a queued command shows takes no message of the queue.
        let queued = match request.is_choice {
            true => None,
            false => self.ahead.queue.pop_front(),
        };
        self.begin(request);
        if let Some(queued) = queued {
            self.buffer.begin(&queued.text, "");
            return self.end(queued.input);
        }
        if !self.request.is_choice {
            self.take_unfinished();
            if std::mem::take(&mut self.ahead.leaves) && self.buffer.is_empty() {
                return self.end(Input::End);
            }
        }
        let tty = Arc::clone(&self.tty);
        let _taken = KeysTaken::new(&tty);
        self.draw();
        self.history.load();
        loop {
            let Some(keyboard) = &mut self.keyboard else {
                return Input::End;
            };
            let mut next = match keyboard.next().await {
                Ok(event) => Some(event),
                Err(error) => return self.lost(&error),
            };
            // What has come at once is drawn once.
            while let Some(event) = next {
                if let Some(input) = self.handle(event) {
                    return self.end(input);
                }
                next = self.keyboard.as_mut().and_then(Keyboard::ready);
            }
            if let Some(client) = &self.request.client
                && begins_message(self.buffer.text())
            {
                client.preconnect();
            }
            self.draw();
        }
    }

    async fn read_plain(&mut self, request: LineRequest) -> Input {
        if !request.is_choice {
            self.tty.write("\n");
        }
        let tty = Arc::clone(&self.tty);
        let line = tokio::task::spawn_blocking(move || tty.read_line(&request.prompt)).await;
        self.tty.hush();
        match line {
            Ok(Ok(line)) => Input::Line(without_controls(line)),
            _ => Input::End,
        }
    }

    fn begin(&mut self, request: LineRequest) {
        let (left, right) = &request.initial;
        let left = self.pastes.hold(left).into_owned();
        let right = self.pastes.hold(right).into_owned();
        self.buffer.begin(&left, &right);
        if let Some(vi) = &mut self.vi {
            vi.begin();
        }
        self.history.leave();
        self.state = LineState {
            menu: request.menu.clone().map(OpenMenu::choice),
            ..LineState::default()
        };
        self.request = request;
        self.follow_with_menu();
    }

    /// Whether lists are menus below the prompt; else they are to be printed.
    pub fn draws_menus(&self) -> bool {
        self.keyboard.is_some() && !self.config.is_calm
    }

    /// Puts what was typed ahead behind what stands in the line.
    fn take_unfinished(&mut self) {
        let (left, right) = std::mem::take(&mut self.ahead.unfinished);
        if !left.is_empty() || !right.is_empty() {
            let left = format!("{}{left}", self.buffer.before());
            let right = format!("{right}{}", self.buffer.after());
            self.buffer.begin(&left, &right);
        }
    }

    /// The keyboard cannot be read any more.
    fn lost(&mut self, error: &std::io::Error) -> Input {
        // The text so far comes back by Up.
        self.keep_draft();
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Input::End,
            _ => Input::Failed(io_reason(error)),
        }
    }

    /// Ends the line: it stays on the screen, and in the history.
    fn end(&mut self, input: Input) -> Input {
        if self.request.menu.is_some() {
            self.clear();
        } else {
            self.leave();
        }
        let input = input.map(without_controls);
        match &input {
            _ if self.request.is_choice => {}
            Input::Line(line) | Input::Pasted(line) | Input::Interrupted(line) => self.history.add(line),
            Input::Block(text) => self.history.add(&as_block(text)),
            Input::Chosen(_) | Input::Edit(_) | Input::End | Input::Back | Input::Failed(_) => {}
        }
        self.buffer.begin("", "");
        input
    }

    /// The whole text as it is entered.
    fn line(&self) -> String {
        self.pastes.expand(self.buffer.text()).into_owned()
    }

    /// What an event does; the input that it ends.
    fn handle(&mut self, event: TerminalEvent) -> Option<Input> {
        match event {
            TerminalEvent::Key(key) => self.press(key),
            TerminalEvent::Paste(text) => {
                self.paste(&with_newlines(&text));
                None
            }
            // The window is measured whenever something is drawn.
            TerminalEvent::Resize | TerminalEvent::Attributes => None,
        }
    }

    fn paste(&mut self, text: &str) {
        self.state.search = None;
        // In vi's command mode characters are no text.
        if self.vi.as_ref().is_some_and(Vi::is_command) || text.is_empty() {
            return;
        }
        let held = self.pastes.hold_paste(text).into_owned();
        self.buffer.insert(&held);
        text.clone_into(&mut self.state.pasted);
        self.follow_with_menu();
    }
}

/// Pasted text with the line ends of this system.
fn with_newlines(pasted: &str) -> String {
    pasted.replace("\r\n", "\n").replace('\r', "\n")
}
