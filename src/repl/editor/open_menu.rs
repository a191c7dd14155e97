//! The menu below the line: a list to choose from, the slash commands, or what Tab found. Pure.

use crate::repl::completion::Candidate;
use crate::repl::input::strip_sign;
use crate::repl::menu::{Menu, MenuKey, MenuRow, MenuStyle};
use crate::repl::slash_commands::COMMANDS;
use crate::term::keys::{Key, KeyCode};

/// What a menu is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MenuKind {
    /// The line is asked for to choose from it, and narrows it.
    Choice,
    /// The line begins with `/`, and narrows it.
    Commands,
    /// One takes the place of the text from here to the cursor.
    Candidates { start: usize },
}

/// A menu that is seen.
#[derive(Clone, Debug)]
pub(super) struct OpenMenu {
    pub(super) menu: Menu,
    pub(super) kind: MenuKind,
    /// It was drawn: what is typed ahead decides nothing that was not seen.
    pub(super) is_seen: bool,
}

impl OpenMenu {
    fn new(menu: Menu, kind: MenuKind) -> OpenMenu {
        OpenMenu {
            menu,
            kind,
            is_seen: false,
        }
    }

    pub(super) fn choice(menu: Menu) -> OpenMenu {
        OpenMenu::new(menu, MenuKind::Choice)
    }

    /// The slash commands.
    pub(super) fn commands(style: MenuStyle) -> OpenMenu {
        let rows = COMMANDS.iter().map(|command| MenuRow {
            name: command.name.to_owned(),
            cells: vec![command.form(), command.about.localize(style.lang).to_owned()],
            is_current: false,
        });
        OpenMenu::new(Menu::new(rows.collect(), style), MenuKind::Commands)
    }

    pub(super) fn candidates(candidates: Vec<Candidate>, start: usize, style: MenuStyle) -> OpenMenu {
        let rows = candidates.into_iter().map(|candidate| MenuRow {
            name: candidate.replacement,
            cells: candidate.cells,
            is_current: false,
        });
        OpenMenu::new(Menu::new(rows.collect(), style), MenuKind::Candidates { start })
    }

    /// Moves the highlight, where the key does that.
    pub(super) fn moves(&mut self, key: Key, max_rows: usize) -> bool {
        let goes_by_tab = self.kind != MenuKind::Commands;
        let moved = match key.code {
            KeyCode::Up => MenuKey::Up,
            KeyCode::Down => MenuKey::Down,
            KeyCode::PageUp => MenuKey::PageUp,
            KeyCode::PageDown => MenuKey::PageDown,
            KeyCode::Home if self.kind == MenuKind::Choice => MenuKey::Home,
            KeyCode::End if self.kind == MenuKind::Choice => MenuKey::End,
            KeyCode::Tab if goes_by_tab => MenuKey::Down,
            KeyCode::BackTab if goes_by_tab => MenuKey::Up,
            _ if key == Key::ctrl('p') => MenuKey::Up,
            _ if key == Key::ctrl('n') => MenuKey::Down,
            _ => return false,
        };
        self.menu.press(moved, max_rows);
        true
    }

    /// Narrows the menu to what the line leaves of it; whether it still belongs to that line.
    pub(super) fn follow(&mut self, line: &str) -> bool {
        match self.kind {
            MenuKind::Choice => self.menu.filter(line),
            MenuKind::Commands => {
                let Some(word) = command_word(line) else { return false };
                self.menu.filter(word);
                // A part of a name or of a sentence is what is meant where no name begins so.
                let begun: Vec<&str> = COMMANDS
                    .iter()
                    .filter(|command| command.name_with_prefix(word).is_some())
                    .map(|command| command.name)
                    .collect();
                self.menu.prefer(|row| begun.contains(&row.name.as_str()));
            }
            MenuKind::Candidates { .. } => return false,
        }
        true
    }

    /// Whether another row than the best is highlighted.
    pub(super) fn is_moved(&self) -> bool {
        self.menu.chosen() != self.menu.found().next()
    }

    /// The name of the highlighted row.
    pub(super) fn chosen(&self) -> Option<String> {
        self.menu.chosen().map(|row| row.name.clone())
    }
}

/// The word of a command that is being typed.
pub(super) fn command_word(line: &str) -> Option<&str> {
    strip_sign(line, '/', '／').filter(|word| !word.contains(|c: char| c.is_whitespace() || c == '/'))
}

/// Whether a command is called exactly so.
pub(super) fn is_command(word: &str) -> bool {
    COMMANDS.iter().any(|command| command.names().any(|name| name == word))
}
