//! What keys do, beyond what the line editor does by itself.
//!
//! Enter sends, unless more text follows it in the same read: then it was a line end in pasted text. To find out, the
//! terminal is set not to wait for keys after an Enter. A key that follows was there already; where none does, reading
//! ends with an end of file, and that sends the line.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rustyline::{
    Cmd, ConditionalEventHandler, EditMode, Event, EventContext, InputMode, KeyCode as K, KeyEvent, Modifiers as M,
    Movement,
};

use super::draft::{Draft, locked, with_newlines};
use super::input::Input;
use super::multiline::{BLOCK, Block, CONTINUED, block, is_continued, without_continuations};
use crate::term::background::{Received, ReplyFilter};
use crate::term::tty::Tty;

/// A paste without brackets is over when no key came for this long, in milliseconds. No typist is as fast.
const PASTE_GAP_MS: u64 = 15;

/// The key bindings. They live on the keyboard's thread; the cells are there because the editor shares them out.
#[derive(Debug)]
pub(super) struct KeyBindings {
    presses: Sender<Input>,
    draft: Arc<Draft>,
    tty: Arc<Tty>,
    begun: Instant,
    /// When the last key came, in milliseconds since `begun`.
    last: AtomicU64,
    in_paste: AtomicBool,
    /// The last key was an Enter inside a paste.
    after_return: AtomicBool,
    after_ctrl_x: AtomicBool,
    in_search: AtomicBool,
    /// The terminal's replies come among the keys.
    replies: Arc<Mutex<ReplyFilter>>,
}

impl KeyBindings {
    pub(super) fn new(
        presses: Sender<Input>,
        draft: Arc<Draft>,
        tty: Arc<Tty>,
        replies: Arc<Mutex<ReplyFilter>>,
    ) -> KeyBindings {
        KeyBindings {
            presses,
            draft,
            tty,
            begun: Instant::now(),
            last: AtomicU64::new(0),
            in_paste: AtomicBool::new(false),
            after_return: AtomicBool::new(false),
            after_ctrl_x: AtomicBool::new(false),
            in_search: AtomicBool::new(false),
            replies,
        }
    }

    fn ends(&self, press: Input) -> Cmd {
        // The receiver lives on the same thread.
        let _ = self.presses.send(press);
        Cmd::AcceptLine
    }

    fn enter(&self, context: &EventContext<'_>) -> Cmd {
        if self.in_paste.load(Ordering::Relaxed) {
            self.after_return.store(true, Ordering::Relaxed);
            return Cmd::Newline;
        }
        let line = context.line();
        let is_at_end = context.pos() == line.len();
        let entered = if self.draft.is_choice.load(Ordering::Relaxed) {
            Some(Input::Line(without_continuations(line)))
        } else if is_at_end && is_continued(line) && !self.ends_as_pasted(line) {
            return Cmd::Insert(1, CONTINUED.to_owned());
        } else {
            self.entered(line)
        };
        let Some(press) = entered else {
            return Cmd::Newline;
        };
        if !self.tty.wait_for_keys(false) {
            return self.ends(press);
        }
        self.draft.awaits_more.store(true, Ordering::Relaxed);
        let _ = self.presses.send(press);
        if is_at_end {
            // Takes a hint, or the prompt of a search, off the screen.
            Cmd::Repaint
        } else {
            Cmd::Move(Movement::EndOfBuffer)
        }
    }

    /// The input that Enter ends; `None`: a block is open and the line continues.
    fn entered(&self, line: &str) -> Option<Input> {
        let is_typed = self.draft.is_block.load(Ordering::Relaxed);
        let is_closed = self.draft.is_block_closed.load(Ordering::Relaxed);
        let is_pasted = !line.is_empty() && line.trim() == locked(&self.draft.pasted).trim();
        match block(line, is_typed, is_closed) {
            Block::Open => None,
            Block::Closed(text) => Some(Input::Block(without_continuations(&text))),
            Block::None if is_pasted => Some(Input::Pasted(line.to_owned())),
            Block::None => Some(Input::Line(without_continuations(line))),
        }
    }

    fn ends_as_pasted(&self, line: &str) -> bool {
        let pasted = locked(&self.draft.pasted);
        !pasted.is_empty() && line.ends_with(pasted.as_str())
    }

    /// A key inside a bracketed paste, or around one: it is collected, and put in whole when its end comes.
    fn paste(&self, key: KeyEvent, context: &EventContext<'_>) -> Option<Cmd> {
        let mut paste = locked(&self.draft.paste);
        // There keys are no text, and the editor knows what to do.
        let takes_text = context.mode() != EditMode::Vi || context.input_mode() != InputMode::Command;
        let Some(so_far) = paste.as_mut() else {
            return match key.0 {
                K::BracketedPasteStart if takes_text => {
                    *paste = Some(String::new());
                    Some(Cmd::Noop)
                }
                // The rest of one that could not be read.
                K::BracketedPasteEnd => Some(Cmd::Noop),
                _ => None,
            };
        };
        match key {
            KeyEvent(K::Char(c), M::NONE) => so_far.push(c),
            KeyEvent(K::Enter, M::NONE) => so_far.push('\r'),
            KeyEvent(K::Char('J'), M::CTRL) => so_far.push('\n'),
            KeyEvent(K::Tab, M::NONE) => so_far.push('\t'),
            KeyEvent(K::BracketedPasteEnd, _) => {
                let text = with_newlines(so_far);
                *paste = None;
                locked(&self.draft.pasted).clone_from(&text);
                if !text.is_empty() {
                    return Some(Cmd::Insert(1, text));
                }
            }
            // What a terminal would obey is no text.
            _ => {}
        }
        Some(Cmd::Noop)
    }

    /// Notes where `"""` is typed: at the beginning it opens a block, behind that it closes it.
    fn quote(&self, context: &EventContext<'_>) {
        let Some(before) = context.line().get(..context.pos()) else {
            return;
        };
        if before.trim_start() == "\"\"" {
            self.draft.is_block.store(true, Ordering::Relaxed);
            self.draft.is_block_closed.store(false, Ordering::Relaxed);
        } else if before.ends_with("\"\"") && before.trim_start().len() >= BLOCK.len() + 2 {
            self.draft.is_block_closed.store(true, Ordering::Relaxed);
        }
    }

    /// The first key behind an Enter in the same read.
    fn after_enter(&self, key: KeyEvent) -> Option<Cmd> {
        self.tty.wait_for_keys(true);
        self.in_paste.store(true, Ordering::Relaxed);
        self.draft.is_block.store(false, Ordering::Relaxed);
        let text = match key {
            KeyEvent(K::Char(c), M::NONE) => format!("\n{c}"),
            KeyEvent(K::Enter, M::NONE) => {
                self.after_return.store(true, Ordering::Relaxed);
                "\n\n".to_owned()
            }
            KeyEvent(K::Char('J'), M::CTRL) => "\n".to_owned(),
            KeyEvent(K::Tab, M::NONE) => "\n\t".to_owned(),
            _ => return None,
        };
        Some(Cmd::Insert(1, text))
    }
}

impl ConditionalEventHandler for KeyBindings {
    fn handle(&self, event: &Event, _: u16, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let key = KeyEvent::normalize(*event.get(0)?);
        if locked(&self.draft.paste).is_none() && locked(&self.replies).takes(received(key)) {
            return Some(Cmd::Noop);
        }
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let since_last = now.saturating_sub(self.last.swap(now, Ordering::Relaxed));
        if since_last >= PASTE_GAP_MS {
            self.in_paste.store(false, Ordering::Relaxed);
        }
        if let Some(cmd) = self.paste(key, context) {
            return Some(cmd);
        }
        if self.draft.awaits_more.swap(false, Ordering::Relaxed)
            && let Some(cmd) = self.after_enter(key)
        {
            return Some(cmd);
        }
        let after_return = self.after_return.swap(false, Ordering::Relaxed);
        let after_ctrl_x = self.after_ctrl_x.swap(false, Ordering::Relaxed);
        let was_in_search = self.in_search.load(Ordering::Relaxed);
        let stays = matches!(
            key,
            KeyEvent(K::Char(_), M::NONE) | KeyEvent(K::Char('R' | 'S'), M::CTRL) | KeyEvent(K::Backspace, _)
        );
        self.in_search.store(
            key == KeyEvent(K::Char('R'), M::CTRL) || (was_in_search && stays),
            Ordering::Relaxed,
        );
        let line = context.line();
        match key {
            KeyEvent(K::Enter, M::NONE) => Some(self.enter(context)),
            KeyEvent(K::Char('"'), M::NONE) => {
                self.quote(context);
                None
            }
            // The second half of a line end.
            KeyEvent(K::Char('J'), M::CTRL) if after_return => Some(Cmd::Noop),
            KeyEvent(K::Char('J'), M::CTRL) if self.tty.is_early_enter() => Some(self.enter(context)),
            KeyEvent(K::Enter, M::ALT) | KeyEvent(K::Char('J'), M::CTRL) => Some(Cmd::Newline),
            KeyEvent(K::Char('C'), M::CTRL) => Some(self.ends(Input::Interrupted(without_continuations(line)))),
            KeyEvent(K::Char('D'), M::CTRL) if line.is_empty() => Some(self.ends(Input::End)),
            KeyEvent(K::Char('D'), M::CTRL) => Some(Cmd::Kill(Movement::ForwardChar(1))),
            KeyEvent(K::Char('G'), M::CTRL) if !was_in_search => {
                Some(self.ends(Input::Edit(without_continuations(line))))
            }
            KeyEvent(K::Char('X'), M::CTRL) => {
                self.after_ctrl_x.store(true, Ordering::Relaxed);
                Some(Cmd::Noop)
            }
            KeyEvent(K::Char('E'), M::CTRL) if after_ctrl_x => {
                Some(self.ends(Input::Edit(without_continuations(line))))
            }
            KeyEvent(K::Char('U'), M::CTRL) if after_ctrl_x => Some(Cmd::Undo(1)),
            KeyEvent(K::Char('Z'), M::CTRL) => {
                self.tty.suspend();
                Some(Cmd::Repaint)
            }
            _ => None,
        }
    }
}

/// A key as a part of a reply of the terminal: that is how the editor reads one.
fn received(key: KeyEvent) -> Received {
    match key {
        KeyEvent(K::Char(']'), M::ALT) => Received::Osc,
        // `ESC [ ?`: the rest of it comes as text.
        KeyEvent(K::UnknownEscSeq, _) => Received::PrivateCsi,
        KeyEvent(K::Char('\\'), M::ALT) | KeyEvent(K::Char('G'), M::CTRL) => Received::End,
        KeyEvent(K::Char(c), M::NONE) => Received::Char(c),
        _ => Received::Other,
    }
}
