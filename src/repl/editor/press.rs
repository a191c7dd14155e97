//! What a key does at the prompt: to the text, to what is seen of it, or to the whole line.

use std::time::{Duration, Instant};

use rustyline::history::SearchDirection;

use super::LineEditor;
use super::action::{Action, edit, emacs};
use super::motion::Motion;
use super::open_menu::OpenMenu;
use super::pastes::is_mark;
use super::search::HistorySearch;
use crate::host;
use crate::repl::input::Input;
use crate::repl::multiline::{BLOCK, BlockState, block, is_continued};
use crate::term::keyboard::Keyboard;
use crate::term::keys::{Key, KeyCode, TerminalEvent};

/// A paste without brackets is over when no key came for this long. No typist is as fast.
const PASTE_GAP: Duration = Duration::from_millis(15);

impl LineEditor {
    /// Notes when a key came, and what of a line end it is; `None` where it is the second half of one.
    pub(super) fn arrived(&mut self, key: Key) -> Option<Key> {
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

    pub(super) fn press(&mut self, key: Key) -> Option<Input> {
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
    pub(super) fn insert(&mut self, c: char) {
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

    pub(super) fn set_line(&mut self, line: &str, cursor: Option<usize>) {
        self.state.menu = None;
        let held = self.pastes.hold(line).into_owned();
        self.buffer.set(
            &held,
            cursor.filter(|at| held.is_char_boundary(*at)).unwrap_or(held.len()),
        );
        (self.state.is_block, self.state.is_block_closed) = (false, false);
        self.state.pasted.clear();
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

    pub(super) fn enter(&mut self) -> Option<Input> {
        if self.state.is_paste {
            self.state.after_return = true;
            self.buffer.insert("\n");
            return None;
        }
        let whole = self.pastes.expand(self.buffer.text()).into_owned();
        let pasted = &self.state.pasted;
        let ends_as_pasted = !pasted.is_empty() && whole.ends_with(pasted.as_str());
        let is_continued = self.buffer.is_at_end() && is_continued(self.buffer.text());
        if !self.request.is_choice && is_continued && !ends_as_pasted {
            let end = self.buffer.cursor();
            self.buffer.replace(end - 1..end, "\n");
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
            BlockState::Open => None,
            BlockState::Closed(text) => Some(Input::Block(text)),
            BlockState::None if is_pasted => Some(Input::Pasted(line.to_owned())),
            BlockState::None => Some(Input::Line(line.to_owned())),
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
}
