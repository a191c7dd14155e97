//! What of the line is on the screen: its prompt, its text, the hint behind it and the menu below.

use super::LineEditor;
use super::menus::menu_rows;
use super::open_menu::command_word;
use super::pastes::is_mark;
use super::vi::Vi;
use super::view::Scene;
use crate::host;
use crate::messages::{holds_key, without_key};
use crate::repl::slash_commands::find;
use crate::tr;

impl LineEditor {
    /// What may be meant, behind the cursor at the end of the line.
    pub(super) fn hint(&mut self) -> String {
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
    pub(super) fn prompt(&self) -> String {
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

    pub(super) fn picture(&self, prompt: String) -> Picture {
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

    pub(super) fn draw(&mut self) {
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
    pub(super) fn leave(&mut self) {
        self.state.search = None;
        let picture = self.picture(self.request.prompt.clone());
        let mut out = Vec::new();
        self.view.enter(&picture.scene(), host::window(), &mut out);
        self.put(&out);
    }

    /// Takes the line off the screen.
    pub(super) fn clear(&mut self) {
        let mut out = Vec::new();
        self.view.clear(&mut out);
        self.put(&out);
    }

    fn put(&self, bytes: &[u8]) {
        self.tty.write(&String::from_utf8_lossy(bytes));
    }
}

/// The line as it is shown.
pub(super) struct Picture {
    prompt: String,
    accent: String,
    text: String,
    cursor: usize,
    marks: Vec<(char, String)>,
}

impl Picture {
    pub(super) fn scene(&self) -> Scene<'_> {
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
