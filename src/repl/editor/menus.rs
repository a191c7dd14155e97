//! The menus below the line: when they open, what keys do there, and what they put into the line.

use super::LineEditor;
use super::open_menu::{MenuKind, OpenMenu, command_word, is_command};
use crate::host;
use crate::repl::completion::Candidate;
use crate::repl::input::Input;
use crate::repl::slash_commands::{ArgKind, SlashCommand, find};
use crate::term::keys::{Key, KeyCode};

impl LineEditor {
    /// A key while a menu is seen; `None` where it does what it does without one.
    pub(super) fn menu_key(&mut self, key: Key) -> Option<Option<Input>> {
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
    pub(super) fn follow_with_menu(&mut self) {
        let line = self.buffer.text();
        let is_new = |kind| matches!(kind, MenuKind::Candidates { .. });
        self.state.menu.take_if(|open| !is_new(open.kind) && !open.follow(line));
    }

    /// Tab: what all candidates begin with is put in, and several are a menu.
    pub(super) fn complete(&mut self) {
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
pub(super) fn menu_rows() -> usize {
    usize::from(host::window().1).saturating_sub(4).clamp(1, 12)
}
