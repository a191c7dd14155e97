//! What is typed while an answer runs: a line below it, and messages that wait for its end.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use stream_markdown::width;

use super::action::{Action, edit, emacs};
use super::pastes::is_mark;
use super::{LineEditor, LineRequest, with_newlines};
use crate::host;
use crate::render::footer::FooterRow;
use crate::repl::input::Input;
use crate::term::keys::{KeyCode, TerminalEvent};
use crate::turn::{TypeAhead, Typed};

/// A message that waits, with its text as it was typed.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub(super) input: Input,
    pub(super) text: String,
}

/// What was typed before its turn.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    pub(super) queue: VecDeque<Queued>,
    /// Ctrl-D was pressed on an empty line: the user leaves when all of it is answered.
    pub(super) leaves: bool,
    /// The text that was not entered, left and right of the cursor.
    pub(super) unfinished: (String, String),
}

impl LineEditor {
    /// Begins to take what is typed while an answer runs; `None` where it cannot be shown, so that it waits in the terminal.
    pub fn type_ahead(&mut self) -> Option<&mut dyn TypeAhead> {
        if self.keyboard.is_none() || !self.config.shows_ahead {
            return None;
        }
        self.tty.write("\x1b[?2004h");
        self.begin(LineRequest::default());
        self.take_unfinished();
        Some(self)
    }

    /// The answer has ended: what was typed is for the next prompt.
    pub fn end_ahead(&mut self) {
        if self.keyboard.is_none() || !self.config.shows_ahead {
            return;
        }
        self.tty.write("\x1b[?2004l");
        self.ahead.unfinished = (self.buffer.before().to_owned(), self.buffer.after().to_owned());
        self.buffer.begin("", "");
    }

    /// Puts the messages that wait into the next line: no answer will send them.
    pub fn hold_queue(&mut self) {
        self.ahead.leaves = false;
        let mut text: String = self.ahead.queue.drain(..).map(|queued| queued.text + "\n").collect();
        if self.ahead.unfinished == Default::default() {
            text.pop();
        }
        self.ahead.unfinished.0.insert_str(0, &text);
    }

    /// A key while an answer runs; whether it stops the answer.
    fn press_ahead(&mut self, event: TerminalEvent) -> bool {
        let key = match event {
            TerminalEvent::Key(key) => key,
            TerminalEvent::Paste(text) => {
                self.paste(&with_newlines(&text));
                return false;
            }
            TerminalEvent::Resize | TerminalEvent::Attributes => return false,
        };
        let Some(key) = self.arrived(key) else {
            return false;
        };
        if key.code == KeyCode::Esc {
            return true;
        }
        self.ahead.leaves = false;
        match emacs(key, false) {
            Some(Action::Enter) => {
                let text = self.buffer.text().to_owned();
                if let Some(input) = self.enter().filter(|_| !text.trim().is_empty()) {
                    self.ahead.queue.push_back(Queued { input, text });
                    self.begin(LineRequest::default());
                }
            }
            Some(Action::Up) if self.buffer.is_empty() => {
                if let Some(last) = self.ahead.queue.pop_back() {
                    self.buffer.set(&last.text, last.text.len());
                }
            }
            Some(Action::DeleteOrEnd) if self.buffer.is_empty() => self.ahead.leaves = true,
            Some(Action::DeleteOrEnd | Action::OpenPaste) | None => {}
            Some(Action::Insert(c)) => self.insert(c),
            Some(action) => edit(action, &mut self.buffer),
        }
        false
    }

    /// A text on one row of so many cells, as far as its end goes.
    fn row(&self, text: &str, cells: usize) -> String {
        let mut shown = String::new();
        for c in text.chars() {
            match c {
                c if is_mark(c) => shown.extend(self.pastes.label(c, self.config.ui.lang)),
                '\n' | '\t' => shown.push(' '),
                c => shown.push(c),
            }
        }
        width::fit_end(&shown, cells).to_owned()
    }
}

impl TypeAhead for LineEditor {
    fn poll_typed(&mut self, cx: &mut Context<'_>) -> Poll<Typed> {
        let mut has_changed = false;
        loop {
            let Some(keyboard) = &mut self.keyboard else {
                return Poll::Pending;
            };
            match keyboard.poll_next(cx) {
                Poll::Ready(Ok(event)) => {
                    has_changed = true;
                    if self.press_ahead(event) {
                        return Poll::Ready(Typed::Stop);
                    }
                }
                // What ends the terminal ends the answer too.
                Poll::Ready(Err(_)) | Poll::Pending if has_changed => return Poll::Ready(Typed::Text),
                Poll::Ready(Err(_)) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn rows(&self) -> Vec<FooterRow> {
        let mark = if self.config.menu_style.is_ascii { "> " } else { "❯ " };
        let room = usize::from(host::window().0).saturating_sub(4);
        let queued = self.ahead.queue.iter();
        let mut rows: Vec<FooterRow> = queued
            .map(|queued| {
                FooterRow::dim(&format!(
                    "{mark}{}",
                    width::fit(&self.row(&queued.text, usize::MAX), room)
                ))
            })
            .collect();
        if self.ahead.leaves {
            rows.push(FooterRow::dim(&format!("{mark}Ctrl-D")));
        }
        if !self.buffer.is_empty() {
            let before = self.row(self.buffer.before(), room);
            let mut after = self.buffer.after().chars();
            let under = after
                .next()
                .map_or_else(|| " ".to_owned(), |c| self.row(&c.to_string(), room));
            let line = FooterRow::default().with_typed(mark, "2").with_typed(&before, "1");
            let line = line.with_typed(&under, "7");
            rows.push(line.with_typed(&self.row(after.as_str(), usize::MAX), "1"));
        }
        rows
    }
}
