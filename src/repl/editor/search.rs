//! The search in the history, while its term is typed.

use rustyline::history::SearchDirection;

use super::LineEditor;
use crate::term::keys::{Key, KeyCode};

/// A search in the history, while its term is typed.
#[derive(Debug, Default)]
pub(super) struct HistorySearch {
    pub(super) term: String,
    /// The place of the hit.
    pub(super) at: Option<usize>,
    /// No line contains the term.
    pub(super) is_lost: bool,
    /// The line and cursor of before.
    pub(super) begun: (String, usize),
}

impl LineEditor {
    /// A key while the history is searched; whether it was one of the search.
    pub(super) fn search_key(&mut self, key: Key) -> bool {
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
}
