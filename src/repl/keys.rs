//! What keys do, beyond what the line editor does by itself.
//!
//! Enter sends, unless more text stands behind it in what was read: then it was a line end in pasted text. To
//! know, reading is told not to wait after an Enter. If a key follows, it was there already; if none does, reading
//! ends, and that is what sends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::Instant;

use rustyline::{Cmd, ConditionalEventHandler, Event, EventContext, KeyCode as K, KeyEvent, Modifiers as M, Movement};

use super::line::without_controls;
use crate::term::tty::Tty;

/// A paste is over when no key came for this long. No hand is as fast.
const PASTE_GAP_MS: u64 = 15;

/// A key that ends the reading, with the line as it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Press {
    Enter(String),
    Interrupt(String),
    Edit(String),
    End,
}

impl Press {
    pub(super) fn without_controls(self) -> Press {
        match self {
            Press::Enter(line) => Press::Enter(without_controls(line)),
            Press::Interrupt(line) => Press::Interrupt(without_controls(line)),
            Press::Edit(line) => Press::Edit(without_controls(line)),
            Press::End => Press::End,
        }
    }
}

/// The bindings. Lives on the keyboard's thread; the cells are there because the editor lends it out shared.
#[derive(Debug)]
pub(super) struct Keys {
    presses: Sender<Press>,
    /// An Enter was pressed and it is not known yet whether text follows it.
    waits: Arc<AtomicBool>,
    /// A choice is asked for: it has one line.
    is_choice: Arc<AtomicBool>,
    tty: Arc<Tty>,
    begun: Instant,
    /// When the last key came, in milliseconds since `begun`.
    last: AtomicU64,
    in_paste: AtomicBool,
    /// The last key was an Enter inside a paste.
    after_return: AtomicBool,
    after_ctrl_x: AtomicBool,
    in_search: AtomicBool,
}

impl Keys {
    pub(super) fn new(
        presses: Sender<Press>,
        waits: Arc<AtomicBool>,
        is_choice: Arc<AtomicBool>,
        tty: Arc<Tty>,
    ) -> Keys {
        Keys {
            presses,
            waits,
            is_choice,
            tty,
            begun: Instant::now(),
            last: AtomicU64::new(0),
            in_paste: AtomicBool::new(false),
            after_return: AtomicBool::new(false),
            after_ctrl_x: AtomicBool::new(false),
            in_search: AtomicBool::new(false),
        }
    }

    fn ends(&self, press: Press) -> Cmd {
        // The thread that reads is the one that listens.
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
        if !self.is_choice.load(Ordering::Relaxed) {
            if is_at_end && goes_on(line) {
                return Cmd::Insert(1, CONTINUED.to_owned());
            }
            if is_block_open(line) {
                return Cmd::Newline;
            }
        }
        let press = Press::Enter(without_continuations(line));
        if !self.tty.wait_for_keys(false) {
            return self.ends(press);
        }
        self.waits.store(true, Ordering::Relaxed);
        let _ = self.presses.send(press);
        if is_at_end {
            // Takes a hint, or the prompt of a search, off the screen.
            Cmd::Repaint
        } else {
            Cmd::Move(Movement::EndOfBuffer)
        }
    }

    /// The first key behind an Enter in the same read.
    fn after_enter(&self, key: KeyEvent) -> Option<Cmd> {
        self.tty.wait_for_keys(true);
        self.in_paste.store(true, Ordering::Relaxed);
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

impl ConditionalEventHandler for Keys {
    fn handle(&self, event: &Event, _: u16, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let key = KeyEvent::normalize(*event.get(0)?);
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let since_last = now.saturating_sub(self.last.swap(now, Ordering::Relaxed));
        if since_last >= PASTE_GAP_MS {
            self.in_paste.store(false, Ordering::Relaxed);
        }
        if self.waits.swap(false, Ordering::Relaxed)
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
            // The second half of a line end.
            KeyEvent(K::Char('J'), M::CTRL) if after_return => Some(Cmd::Noop),
            KeyEvent(K::Enter, M::ALT) | KeyEvent(K::Char('J'), M::CTRL) => Some(Cmd::Newline),
            KeyEvent(K::Char('C'), M::CTRL) => Some(self.ends(Press::Interrupt(without_continuations(line)))),
            KeyEvent(K::Char('D'), M::CTRL) if line.is_empty() => Some(self.ends(Press::End)),
            KeyEvent(K::Char('D'), M::CTRL) => Some(Cmd::Kill(Movement::ForwardChar(1))),
            KeyEvent(K::Char('G'), M::CTRL) if !was_in_search => {
                Some(self.ends(Press::Edit(without_continuations(line))))
            }
            KeyEvent(K::Char('X'), M::CTRL) => {
                self.after_ctrl_x.store(true, Ordering::Relaxed);
                Some(Cmd::Noop)
            }
            KeyEvent(K::Char('E'), M::CTRL) if after_ctrl_x => {
                Some(self.ends(Press::Edit(without_continuations(line))))
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

/// Whether a line ends in a `\` that is not itself written as `\\`.
fn goes_on(line: &str) -> bool {
    let slashes = line.len() - line.trim_end_matches('\\').len();
    slashes % 2 == 1
}

/// Whether a `"""` was opened at the beginning and is not closed.
fn is_block_open(line: &str) -> bool {
    line.trim_start()
        .strip_prefix(BLOCK)
        .is_some_and(|inside| !inside.contains(BLOCK))
}

/// A line end behind a `\`, told from one that was pasted by a character that is not seen. The `\` goes when the
/// line is entered.
const CONTINUED: &str = "\u{200b}\n";

/// A line as it is meant, without what only kept it going.
pub(super) fn without_continuations(line: &str) -> String {
    line.replace(&format!("\\{CONTINUED}"), "\n")
}

/// Opens and closes a block of lines.
pub(super) const BLOCK: &str = "\"\"\"";

/// The message inside a block, or the line itself.
pub(super) fn without_block(line: &str) -> String {
    let trimmed = line.trim();
    let Some(inside) = trimmed.strip_prefix(BLOCK) else {
        return trimmed.to_owned();
    };
    match inside.split_once(BLOCK) {
        Some((inside, after)) => {
            let inside = inside.trim_matches(['\n', '\r']);
            let after = after.trim();
            if after.is_empty() {
                inside.to_owned()
            } else {
                format!("{inside}\n{after}")
            }
        }
        None => inside.trim_matches(['\n', '\r']).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_on_after_one_backslash() {
        assert!(goes_on("a\\"));
        assert!(!goes_on("a\\\\"));
        assert!(!goes_on("a"));
    }

    #[test]
    fn blocks_open_and_close() {
        assert!(is_block_open("\"\"\""));
        assert!(is_block_open(" \"\"\"a\nb"));
        assert!(!is_block_open("\"\"\"a\nb\"\"\""));
        assert!(!is_block_open("x \"\"\""));
        assert_eq!(without_block("\"\"\"\na\n b\n\"\"\""), "a\n b");
        assert_eq!(without_block("\"\"\"a\"\"\" b"), "a\nb");
        assert_eq!(without_block(" plain "), "plain");
    }
}
