//! The line editor: keys in, a line out.
//!
//! Keys are read in the program's own loop, and the terminal takes them only while a line is read. What a key does is in
//! `action` and `vi`, what the line is meanwhile in `buffer`, how it looks in `view`.

mod action;
mod ahead;
mod buffer;
mod history;
mod motion;
mod open_menu;
mod pastes;
mod vi;
mod view;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustyline::history::SearchDirection;
use stream_markdown::ColorDepth;

use self::action::{Action, edit, emacs};
use self::ahead::Ahead;
use self::buffer::Buffer;
use self::history::LineHistory;
use self::motion::Motion;
use self::open_menu::{MenuKind, OpenMenu, command_word, is_command};
use self::pastes::{Pastes, is_mark};
use self::vi::Vi;
use self::view::{Scene, View, ViewStyle};
use super::completion::{Candidate, CompletionSources, Vocabulary};
use super::input::{Input, without_controls};
use super::menu::{Menu, MenuStyle, menu_style};
use super::multiline::{BLOCK, Block, CONTINUED, as_block, block, is_continued, without_continuations};
use super::slash_commands::{ArgKind, SlashCommand, find};
use crate::app::App;
use crate::config::private_file::make_private_folder;
use crate::config::setting_values::EditMode;
use crate::config::template_folders::TemplateFolders;
use crate::error::{Failure, io_reason};
use crate::host;
use crate::messages::{holds_key, without_key};
use crate::term::background::{Background, ReplyFilter};
use crate::term::keyboard::Keyboard;
use crate::term::keys::{Key, KeyCode, TerminalEvent};
use crate::term::tty::Tty;
use crate::term::ui::Ui;
use crate::tr;

/// A paste without brackets is over when no key came for this long. No typist is as fast.
const PASTE_GAP: Duration = Duration::from_millis(15);

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
            menu_style: menu_style(app),
            rewraps: app.host.rewraps_lines(),
            history: settings.paths.data.join("history"),
            keeps_history,
            is_plain: app.host.env.get("TERM").is_some_and(|term| PLAIN.contains(&term)),
            asks_background: app.look().asks_background().then(|| app.background.clone()),
            completes_from: CompletionSources {
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

/// A search in the history, while its term is typed.
#[derive(Debug, Default)]
struct HistorySearch {
    term: String,
    /// The place of the hit.
    at: Option<usize>,
    /// No line contains the term.
    is_lost: bool,
    /// The line and cursor of before.
    begun: (String, usize),
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

    /// Adds the unfinished line to the history: the program is ending.
    pub fn keep_draft(&mut self) {
        if self.request.is_choice {
            return;
        }
        self.hold_queue();
        let (left, right) = std::mem::take(&mut self.ahead.unfinished);
        let mut line = self.pastes.expand(&(left + &right)).into_owned() + &self.line();
        if let Some(paste) = self.keyboard.as_ref().and_then(Keyboard::unfinished_paste) {
            line.push_str(&with_newlines(&paste));
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
        without_continuations(&self.pastes.expand(self.buffer.text()))
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

    /// Notes when a key came, and what of a line end it is; `None` where it is the second half of one.
    fn arrived(&mut self, key: Key) -> Option<Key> {
        let now = Instant::now();
        let last = self.state.last_key.replace(now);
        self.state.is_paste &= last.is_some_and(|last| now - last < PASTE_GAP);
        let after_return = std::mem::take(&mut self.state.after_return);
        if key == Key::ctrl('j') {
            if after_return {
                // The second half of a line end.
                return None;
            }
            if self.tty.is_early_enter() {
                return Some(Key::plain(KeyCode::Enter));
            }
        }
        Some(key)
    }

    fn press(&mut self, key: Key) -> Option<Input> {
        let key = self.arrived(key)?;
        if let Some(done) = self.menu_key(key) {
            return done;
        }
        if self.state.search.is_some() && self.search_key(key) {
            return None;
        }
        if key == Key::ctrl('x') {
            self.state.after_ctrl_x = true;
            return None;
        }
        let after_ctrl_x = std::mem::take(&mut self.state.after_ctrl_x);
        let after_escape = std::mem::take(&mut self.state.after_escape);
        if key.code == KeyCode::Esc {
            return self.escape(after_escape);
        }
        let action = match self.vi_key(key) {
            Ok(action) => action,
            Err(key) => emacs(key, after_ctrl_x),
        };
        let action = action?;
        let begins_command = self.buffer.is_empty() && matches!(action, Action::Insert('/' | '／'));
        let input = self.perform(action);
        if begins_command && !self.request.is_choice && self.draws_menus() {
            self.state.menu = Some(OpenMenu::commands(self.config.menu_style));
        }
        self.follow_with_menu();
        input
    }

    /// A key while a menu is seen; `None` where it does what it does without one.
    fn menu_key(&mut self, key: Key) -> Option<Option<Input>> {
        let is_decided = |open: &&mut OpenMenu| open.is_seen || open.kind == MenuKind::Choice;
        let open = self.state.menu.as_mut().filter(is_decided)?;
        if open.moves(key, menu_rows()) {
            return Some(None);
        }
        let is_plain = !key.ctrl && !key.alt;
        match (open.kind, key.code) {
            (MenuKind::Choice, KeyCode::Esc) => return Some(Some(Input::Back)),
            (_, KeyCode::Esc) => self.state.menu = None,
            (MenuKind::Choice, KeyCode::Enter) if is_plain => {
                return Some(Some(match open.chosen() {
                    Some(name) => Input::Chosen(name),
                    None => Input::Line(self.line()),
                }));
            }
            (MenuKind::Commands, KeyCode::Enter) if is_plain => {
                let word = command_word(self.buffer.text()).unwrap_or_default();
                let name = open.chosen().filter(|_| open.is_moved() || !is_command(word));
                self.state.menu = None;
                let name = name?;
                let needs_argument = find(&name).is_ok_and(SlashCommand::needs_argument);
                self.set_line(&format!("/{name}{}", if needs_argument { " " } else { "" }), None);
                // The command runs as if all of it had been typed.
                return needs_argument.then_some(None);
            }
            (MenuKind::Candidates { start }, KeyCode::Enter) if is_plain => {
                if let Some(text) = open.chosen() {
                    self.buffer.replace(start..self.buffer.cursor(), &text);
                }
                self.state.menu = None;
            }
            (MenuKind::Commands, KeyCode::Tab) => {
                let name = open.chosen()?;
                let takes = find(&name).is_ok_and(|command| command.takes != ArgKind::Nothing);
                self.set_line(&format!("/{name}{}", if takes { " " } else { "" }), None);
                self.state.menu = None;
            }
            (MenuKind::Candidates { .. }, _) => {
                self.state.menu = None;
                return None;
            }
            _ => return None,
        }
        Some(None)
    }

    /// Narrows the menu to what the line leaves of it, or closes it.
    fn follow_with_menu(&mut self) {
        let line = self.buffer.text();
        let is_new = |kind| matches!(kind, MenuKind::Candidates { .. });
        self.state.menu.take_if(|open| !is_new(open.kind) && !open.follow(line));
    }

    /// Takes a key of vi's modes; given back, it does what it does in emacs mode.
    fn vi_key(&mut self, key: Key) -> Result<Option<Action>, Key> {
        let Some(vi) = &mut self.vi else {
            return Err(key);
        };
        // Esc and a letter right behind it are what Alt and the letter are.
        let mut key = key;
        if key.alt && matches!(key.code, KeyCode::Char(_)) {
            vi.escape(&mut self.buffer);
            key.alt = false;
        }
        if !vi.is_command() {
            vi.inserts(key);
            return Err(key);
        }
        match (key.text(), key.code) {
            (Some(c), _) => Ok(vi.command(c, &mut self.buffer)),
            (None, KeyCode::Backspace) => Ok(vi.command('h', &mut self.buffer)),
            _ => Err(key),
        }
    }

    fn escape(&mut self, after_escape: bool) -> Option<Input> {
        if let Some(vi) = &mut self.vi {
            vi.escape(&mut self.buffer);
        }
        let is_free = self.buffer.is_empty() && !self.request.is_choice;
        if is_free && after_escape {
            return Some(Input::Back);
        }
        self.state.after_escape = is_free;
        None
    }

    fn perform(&mut self, action: Action) -> Option<Input> {
        use SearchDirection::{Forward, Reverse};
        let buffer = &mut self.buffer;
        match action {
            Action::Insert(c) => self.insert(c),
            Action::Move(motion) => self.go(motion),
            Action::Up => self.go_row(Reverse),
            Action::Down => self.go_row(Forward),
            Action::Older => self.walk(Reverse, false),
            Action::Newer => self.walk(Forward, false),
            Action::OlderAlike => self.walk(Reverse, true),
            Action::NewerAlike => self.walk(Forward, true),
            Action::Oldest => {
                let line = self.history.oldest(self.buffer.text());
                self.show(line);
            }
            Action::Newest => {
                let line = self.history.newest();
                self.show(line);
            }
            Action::SearchOlder | Action::SearchNewer => {
                let begun = (buffer.text().to_owned(), buffer.cursor());
                self.state.search = Some(HistorySearch {
                    begun,
                    ..HistorySearch::default()
                });
            }
            Action::Complete => self.complete(),
            Action::OpenPaste => self.open_paste(),
            Action::Enter => return self.enter(),
            Action::Interrupt => return Some(Input::Interrupted(self.line())),
            Action::DeleteOrEnd if buffer.is_empty() => return Some(Input::End),
            Action::DeleteOrEnd => buffer.delete(Motion::Right),
            Action::EditElsewhere => return Some(Input::Edit(self.line())),
            Action::Suspend => {
                self.leave();
                self.tty.write("\x1b[?2004l");
                self.tty.suspend();
                self.tty.write("\x1b[?2004h");
            }
            Action::ClearScreen => {
                self.clear();
                self.tty.write("\x1b[H\x1b[2J");
            }
            action => edit(action, buffer),
        }
        None
    }

    /// Inserts a typed character.
    fn insert(&mut self, c: char) {
        if is_mark(c) {
            let held = self.pastes.hold(c.encode_utf8(&mut [0; 4])).into_owned();
            return self.buffer.insert(&held);
        }
        if c == '"' {
            self.quote();
        }
        self.buffer.insert_char(c);
    }

    /// Moves the cursor. At the end of the text it takes the hint.
    fn go(&mut self, motion: Motion) {
        let takes_hint = matches!(motion, Motion::Right | Motion::LineEnd | Motion::End);
        if !self.buffer.go(motion, 1) && takes_hint && self.buffer.is_at_end() {
            let hint = self.hint();
            self.buffer.insert(&hint);
        }
    }

    /// Up and Down: within the message as it is drawn, then through the history.
    fn go_row(&mut self, direction: SearchDirection) {
        let window = host::window();
        let picture = self.picture(self.prompt());
        let scene = picture.scene();
        let place = match direction {
            SearchDirection::Reverse => self.view.row_above(&scene, window),
            SearchDirection::Forward => self.view.row_below(&scene, window),
        };
        match place {
            Some(place) => self.buffer.set_cursor(place),
            None => self.walk(direction, false),
        }
    }

    /// To another line of the history; one that begins like the text left of the cursor.
    fn walk(&mut self, direction: SearchDirection, is_alike: bool) {
        if self.request.is_choice {
            return;
        }
        let cursor = self.buffer.cursor();
        let prefix = if is_alike {
            self.buffer.before().to_owned()
        } else {
            String::new()
        };
        let line = self.history.step(self.buffer.text(), &prefix, direction);
        self.show(line);
        if is_alike {
            self.buffer.set_cursor(cursor);
        }
    }

    /// Shows a line of the history.
    fn show(&mut self, line: Option<String>) {
        if let Some(line) = line {
            self.set_line(&line, None);
        }
    }

    fn set_line(&mut self, line: &str, cursor: Option<usize>) {
        self.state.menu = None;
        let held = self.pastes.hold(line).into_owned();
        self.buffer.set(
            &held,
            cursor.filter(|at| held.is_char_boundary(*at)).unwrap_or(held.len()),
        );
        (self.state.is_block, self.state.is_block_closed) = (false, false);
        self.state.pasted.clear();
    }

    /// A key while the history is searched; whether it was one of the search.
    fn search_key(&mut self, key: Key) -> bool {
        let Some(search) = &mut self.state.search else {
            return false;
        };
        let mut direction = SearchDirection::Reverse;
        let mut from = None;
        match (key.text(), key.code) {
            (Some(c), _) => {
                search.term.push(c);
                from = search.at;
            }
            (None, KeyCode::Backspace) => {
                search.term.pop();
            }
            _ if key == Key::ctrl('r') => match search.at {
                Some(0) => return true,
                at => from = at.map(|at| at - 1),
            },
            _ if key == Key::ctrl('s') => {
                direction = SearchDirection::Forward;
                match search.at {
                    Some(at) => from = Some(at + 1),
                    None => return true,
                }
            }
            _ if key == Key::ctrl('g') || key == Key::ctrl('c') => {
                let (line, cursor) = std::mem::take(&mut search.begun);
                self.state.search = None;
                self.buffer.set(&line, cursor);
                return true;
            }
            // What was found stays in the line.
            (None, KeyCode::Esc) => {
                self.state.search = None;
                return true;
            }
            _ => {
                self.state.search = None;
                return false;
            }
        }
        let term = search.term.clone();
        let found = (!term.is_empty())
            .then(|| self.history.search(&term, from, direction))
            .flatten();
        search.is_lost = found.is_none() && !term.is_empty();
        if let Some((at, line, cursor)) = found {
            search.at = Some(at);
            self.set_line(&line, Some(cursor));
        }
        true
    }

    /// Notes where `"""` is typed: at the beginning it opens a block, behind that it closes it.
    fn quote(&mut self) {
        let before = self.buffer.before();
        if before.trim_start() == "\"\"" {
            (self.state.is_block, self.state.is_block_closed) = (true, false);
        } else if before.ends_with("\"\"") && before.trim_start().len() >= BLOCK.len() + 2 {
            self.state.is_block_closed = true;
        }
    }

    fn enter(&mut self) -> Option<Input> {
        if self.state.is_paste {
            self.state.after_return = true;
            self.buffer.insert("\n");
            return None;
        }
        let whole = self.pastes.expand(self.buffer.text()).into_owned();
        let pasted = &self.state.pasted;
        let ends_as_pasted = !pasted.is_empty() && whole.ends_with(pasted.as_str());
        if !self.request.is_choice && self.buffer.is_at_end() && is_continued(&whole) && !ends_as_pasted {
            self.buffer.insert(CONTINUED);
            return None;
        }
        let Some(input) = self.entered(&whole) else {
            self.buffer.insert("\n");
            return None;
        };
        // Text right behind it makes it a line end of a paste.
        let is_followed = match self.keyboard.as_mut().and_then(Keyboard::peek) {
            Some(TerminalEvent::Key(key)) => {
                key.text().is_some()
                    || *key == Key::ctrl('j')
                    || matches!(key.code, KeyCode::Enter | KeyCode::Tab if !key.alt)
            }
            _ => false,
        };
        if !is_followed {
            return Some(input);
        }
        self.state.is_paste = true;
        self.state.after_return = true;
        self.state.is_block = false;
        self.buffer.insert("\n");
        None
    }

    /// The input that Enter ends; `None`: a block is open and the line continues.
    fn entered(&self, line: &str) -> Option<Input> {
        if self.request.is_choice {
            return Some(Input::Line(line.to_owned()));
        }
        let state = &self.state;
        let is_pasted = !line.is_empty() && line.trim() == state.pasted.trim();
        match block(line, state.is_block, state.is_block_closed) {
            Block::Open => None,
            Block::Closed(text) => Some(Input::Block(without_continuations(&text))),
            Block::None if is_pasted => Some(Input::Pasted(line.to_owned())),
            Block::None => Some(Input::Line(without_continuations(line))),
        }
    }

    /// Tab: what all candidates begin with is put in, and several are a menu.
    fn complete(&mut self) {
        // In a paste it is a blank.
        if self.state.is_paste {
            self.buffer.insert("\t");
            return;
        }
        let line = self.buffer.text();
        let sources = &self.config.completes_from;
        let (start, found) = sources.candidates(&self.request.vocabulary, line, self.buffer.cursor());
        let Some(common) = common_beginning(&found) else {
            return;
        };
        let typed = line.get(start..self.buffer.cursor()).unwrap_or_default();
        if common.len() > typed.len() || found.len() == 1 {
            self.buffer.replace(start..self.buffer.cursor(), &common);
        }
        if found.len() > 1 {
            self.state.menu = Some(OpenMenu::candidates(found, start, self.config.menu_style));
        }
    }

    /// Puts the text of the mark at the cursor, or before it, into its place.
    fn open_paste(&mut self) {
        let at = self.buffer.cursor();
        let marks = self.buffer.text().char_indices().filter(|(_, c)| is_mark(*c));
        // From the cursor to the mark, whose letter stands before or behind it.
        let away = |(start, c): &(usize, char)| match *start < at {
            true => at - start - c.len_utf8(),
            false => start - at,
        };
        let Some((start, mark)) = marks.min_by_key(away) else {
            return;
        };
        let range = start..start + mark.len_utf8();
        if let Some(text) = self.pastes.text(mark).filter(|text| text.contains('\n')) {
            let text = text.to_owned();
            let held = self.pastes.hold(&text).into_owned();
            let behind = self.buffer.text().len().saturating_sub(at.max(range.end));
            self.buffer.replace(range, &held);
            if start < at {
                // The cursor stays where it is in what stands behind the paste.
                self.buffer.set_cursor(self.buffer.text().len() - behind);
            }
        }
    }

    /// What may be meant, behind the cursor at the end of the line.
    fn hint(&mut self) -> String {
        let is_meant = !self.request.is_choice && self.state.search.is_none() && self.state.menu.is_none();
        let line = self.buffer.text();
        if !is_meant || line.is_empty() || !self.buffer.is_at_end() || line.contains(is_mark) {
            return String::new();
        }
        if let Some(word) = command_word(line).filter(|word| !word.is_empty())
            && let Ok(command) = find(word)
        {
            return command.name.strip_prefix(word).unwrap_or_default().to_owned();
        }
        if !self.config.has_hints {
            return String::new();
        }
        self.history.hint(line).unwrap_or_default()
    }

    /// The prompt of now: that of a search, or one that shows vi's mode.
    fn prompt(&self) -> String {
        if let Some(search) = &self.state.search {
            let prompt = match search.is_lost {
                true => tr!("no match for “{}”: ", search.term),
                false => tr!("search “{}”: ", search.term),
            };
            return prompt.localize(self.config.ui.lang);
        }
        let prompt = self.request.prompt.as_str();
        if !self.vi.as_ref().is_some_and(Vi::is_command) {
            return prompt.to_owned();
        }
        let (above, last) = prompt.rsplit_once('\n').unwrap_or(("", prompt));
        let last = last.replace('❯', "❮").replace('>', "<");
        if above.is_empty() {
            last
        } else {
            format!("{above}\n{last}")
        }
    }

    fn picture(&self, prompt: String) -> Picture {
        let (text, cursor) = (self.buffer.text(), self.buffer.cursor());
        let marks = text.chars().filter(|c| is_mark(*c));
        let label = |mark| Some((mark, self.pastes.label(mark, self.config.ui.lang)?));
        let marks = marks.filter_map(label).collect();
        let (mut text, mut cursor) = (text.to_owned(), cursor);
        // A key may be pasted where a provider is asked for: it is dots.
        if self.request.is_choice && holds_key(&text) {
            let place = self.buffer.before().chars().count();
            text = without_key(&text).into_owned();
            cursor = text.char_indices().nth(place).map_or(text.len(), |(at, _)| at);
        }
        Picture {
            prompt,
            accent: self.config.accent.clone(),
            text,
            cursor,
            marks,
        }
    }

    fn draw(&mut self) {
        let (hint, picture) = (self.hint(), self.picture(self.prompt()));
        let window = host::window();
        let mut below = Vec::new();
        if let Some(open) = &mut self.state.menu {
            below = open.menu.draw(usize::from(window.0).saturating_sub(1), menu_rows());
            open.is_seen = true;
        }
        let scene = Scene {
            hint: &hint,
            below: &below,
            ..picture.scene()
        };
        let mut out = Vec::new();
        self.view.draw(&scene, window, &mut out);
        self.put(&out);
    }

    /// Leaves the line on the screen, and the cursor below it.
    fn leave(&mut self) {
        self.state.search = None;
        let picture = self.picture(self.request.prompt.clone());
        let mut out = Vec::new();
        self.view.enter(&picture.scene(), host::window(), &mut out);
        self.put(&out);
    }

    /// Takes the line off the screen.
    fn clear(&mut self) {
        let mut out = Vec::new();
        self.view.clear(&mut out);
        self.put(&out);
    }

    fn put(&self, bytes: &[u8]) {
        self.tty.write(&String::from_utf8_lossy(bytes));
    }
}

/// The line as it is shown.
struct Picture {
    prompt: String,
    accent: String,
    text: String,
    cursor: usize,
    marks: Vec<(char, String)>,
}

impl Picture {
    fn scene(&self) -> Scene<'_> {
        Scene {
            prompt: &self.prompt,
            accent: &self.accent,
            text: &self.text,
            cursor: self.cursor,
            marks: &self.marks,
            ..Scene::default()
        }
    }
}

/// Pasted text with the line ends of this system.
fn with_newlines(pasted: &str) -> String {
    pasted.replace("\r\n", "\n").replace('\r', "\n")
}

/// What all candidates begin with; `None` without any.
fn common_beginning(candidates: &[Candidate]) -> Option<String> {
    let (first, others) = candidates.split_first()?;
    let mut common = first.replacement.as_str();
    for other in others {
        let same = common.char_indices().zip(other.replacement.chars());
        let length = same
            .take_while(|((_, a), b)| a == b)
            .map(|((at, a), _)| at + a.len_utf8())
            .last();
        common = &common[..length.unwrap_or(0)];
    }
    Some(common.to_owned())
}

/// The most rows of a menu.
fn menu_rows() -> usize {
    usize::from(host::window().1).saturating_sub(4).clamp(1, 12)
}
