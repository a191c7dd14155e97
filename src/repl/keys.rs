//! What keys do, beyond what the line editor does by itself.
//!
//! Enter sends, unless more text stands behind it in what was read: then it was a line end in pasted text. To
//! know, reading is told not to wait after an Enter. If a key follows, it was there already; if none does, reading
//! ends, and that is what sends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustyline::{
    Cmd, ConditionalEventHandler, EditMode, Event, EventContext, InputMode, KeyCode as K, KeyEvent, Modifiers as M,
    Movement,
};

use super::line::Input;
use crate::term::tty::Tty;

/// A paste is over when no key came for this long. No hand is as fast.
const PASTE_GAP_MS: u64 = 15;

/// The line as it is being written: what its reader knows of it also when reading fails.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The text and the cursor in it.
    line: Mutex<(String, usize)>,
    /// A bracketed paste so far, while it comes.
    paste: Mutex<Option<String>>,
    /// The text of the last paste.
    pasted: Mutex<String>,
    /// An Enter was pressed and it is not known yet whether text follows it.
    pub(super) waits: AtomicBool,
    /// A choice is asked for: it has one line.
    pub(super) is_choice: AtomicBool,
    /// The `"""` that the line begins with was typed, and so was another behind it.
    is_block: AtomicBool,
    is_block_closed: AtomicBool,
}

impl Draft {
    /// Another line is begun.
    pub(super) fn begin(&self, left: &str, right: &str, is_choice: bool) {
        self.at(&format!("{left}{right}"), left.len());
        *held(&self.paste) = None;
        held(&self.pasted).clear();
        self.waits.store(false, Ordering::Relaxed);
        self.is_choice.store(is_choice, Ordering::Relaxed);
        self.is_block.store(false, Ordering::Relaxed);
        self.is_block_closed.store(false, Ordering::Relaxed);
    }

    pub(super) fn at(&self, text: &str, cursor: usize) {
        let mut line = held(&self.line);
        line.0.clear();
        line.0.push_str(text);
        line.1 = cursor;
    }

    /// What there is of the line, left and right of the cursor.
    pub(super) fn so_far(&self) -> (String, String) {
        let line = held(&self.line);
        let (left, right) = line.0.split_at_checked(line.1).unwrap_or((&line.0, ""));
        let mut left = left.to_owned();
        if self.waits.load(Ordering::Relaxed) {
            left.push('\n');
        }
        left.push_str(&held(&self.paste).as_deref().map(lines).unwrap_or_default());
        (left, right.to_owned())
    }

    /// What there is of the line, unless a choice is asked for.
    pub(super) fn text(&self) -> Option<String> {
        let (left, right) = self.so_far();
        (!self.is_choice.load(Ordering::Relaxed)).then(|| without_continuations(&(left + &right)))
    }
}

/// What a lock holds, also after a panic elsewhere.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Pasted text with the line ends of this system.
fn lines(pasted: &str) -> String {
    pasted.replace("\r\n", "\n").replace('\r', "\n")
}

/// The bindings. Lives on the keyboard's thread; the cells are there because the editor lends it out shared.
#[derive(Debug)]
pub(super) struct Keys {
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
}

impl Keys {
    pub(super) fn new(presses: Sender<Input>, draft: Arc<Draft>, tty: Arc<Tty>) -> Keys {
        Keys {
            presses,
            draft,
            tty,
            begun: Instant::now(),
            last: AtomicU64::new(0),
            in_paste: AtomicBool::new(false),
            after_return: AtomicBool::new(false),
            after_ctrl_x: AtomicBool::new(false),
            in_search: AtomicBool::new(false),
        }
    }

    fn ends(&self, press: Input) -> Cmd {
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
        let entered = if self.draft.is_choice.load(Ordering::Relaxed) {
            Some(Input::Line(without_continuations(line)))
        } else if is_at_end && goes_on(line) && !self.ends_as_pasted(line) {
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
        self.draft.waits.store(true, Ordering::Relaxed);
        let _ = self.presses.send(press);
        if is_at_end {
            // Takes a hint, or the prompt of a search, off the screen.
            Cmd::Repaint
        } else {
            Cmd::Move(Movement::EndOfBuffer)
        }
    }

    /// What Enter makes of the line; `None`: it goes on, in a block that is open.
    fn entered(&self, line: &str) -> Option<Input> {
        let is_typed = self.draft.is_block.load(Ordering::Relaxed);
        let is_closed = self.draft.is_block_closed.load(Ordering::Relaxed);
        let is_pasted = !line.is_empty() && line.trim() == held(&self.draft.pasted).trim();
        match block(line, is_typed, is_closed) {
            Block::Open => None,
            Block::Closed(text) => Some(Input::Block(without_continuations(&text))),
            Block::None if is_pasted => Some(Input::Pasted(line.to_owned())),
            Block::None => Some(Input::Line(without_continuations(line))),
        }
    }

    fn ends_as_pasted(&self, line: &str) -> bool {
        let pasted = held(&self.draft.pasted);
        !pasted.is_empty() && line.ends_with(pasted.as_str())
    }

    /// A key inside a bracketed paste, or around one: it is collected, and put in whole when its end comes.
    fn paste(&self, key: KeyEvent, context: &EventContext<'_>) -> Option<Cmd> {
        let mut paste = held(&self.draft.paste);
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
                let text = lines(so_far);
                *paste = None;
                held(&self.draft.pasted).clone_from(&text);
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

impl ConditionalEventHandler for Keys {
    fn handle(&self, event: &Event, _: u16, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let key = KeyEvent::normalize(*event.get(0)?);
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let since_last = now.saturating_sub(self.last.swap(now, Ordering::Relaxed));
        if since_last >= PASTE_GAP_MS {
            self.in_paste.store(false, Ordering::Relaxed);
        }
        if let Some(cmd) = self.paste(key, context) {
            return Some(cmd);
        }
        if self.draft.waits.swap(false, Ordering::Relaxed)
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

/// Whether a line ends in a `\` that is not itself written as `\\`.
fn goes_on(line: &str) -> bool {
    let slashes = line.len() - line.trim_end_matches('\\').len();
    slashes % 2 == 1
}

/// A line end behind a `\`, told from one that was pasted by a character that is not seen. The `\` goes when the
/// line is entered.
const CONTINUED: &str = "\u{200b}\n";

/// A line as it is meant, without what only kept it going.
pub(super) fn without_continuations(line: &str) -> String {
    line.replace(&format!("\\{CONTINUED}"), "\n")
}

/// Opens and closes a block of lines.
const BLOCK: &str = "\"\"\"";

/// What a line is to a block.
#[derive(Debug, PartialEq, Eq)]
enum Block {
    /// There is none.
    None,
    Open,
    /// The message inside it, and what was written behind it.
    Closed(String),
}

/// Whether a line is a block. `"""` is one where it was typed, and else where it stands on lines of its own around all
/// of the text: what was pasted may begin with it for other reasons.
fn block(line: &str, is_typed: bool, is_closed: bool) -> Block {
    let Some(inside) = line.trim().strip_prefix(BLOCK) else {
        return Block::None;
    };
    let close = inside.rfind(BLOCK).filter(|_| is_closed || !is_typed);
    let Some((inside, behind)) = close.map(|at| (&inside[..at], inside[at + BLOCK.len()..].trim())) else {
        return if is_typed { Block::Open } else { Block::None };
    };
    let begins_line = inside.trim_end_matches([' ', '\t']).ends_with('\n');
    let stands_alone = begins_line && inside.starts_with('\n') && behind.is_empty() && !inside.contains(BLOCK);
    let text = inside.trim_matches(['\n', '\r']);
    match is_typed {
        false if stands_alone => Block::Closed(text.to_owned()),
        true if behind.is_empty() => Block::Closed(text.to_owned()),
        true if begins_line => Block::Closed(format!("{text}\n{behind}")),
        // `"""A docstring.""" is what?` is a sentence about one.
        _ => Block::None,
    }
}

/// A message as a line that is that message and nothing else, whatever it begins with.
pub(super) fn as_block(message: &str) -> String {
    format!("{BLOCK}\n{message}\n{BLOCK}")
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
    fn blocks_open_and_close_where_they_are_typed() {
        let closed = |text: &str| Block::Closed(text.to_owned());
        assert_eq!(block("\"\"\"", true, false), Block::Open);
        assert_eq!(block(" \"\"\"a\nb", true, false), Block::Open);
        assert_eq!(block("\"\"\"\n\"\"\"pasted\"\"\"\n", true, false), Block::Open);
        assert_eq!(block("x \"\"\"", true, true), Block::None);
        assert_eq!(block("\"\"\"\na\n b\n\"\"\"", true, true), closed("a\n b"));
        assert_eq!(block("\"\"\"a\nb\"\"\"", true, true), closed("a\nb"));
        assert_eq!(block("\"\"\"\na\n\"\"\" b", true, true), closed("a\nb"));
        assert_eq!(
            block("\"\"\"\n\"\"\"doc\"\"\"\n\"\"\"", true, true),
            closed("\"\"\"doc\"\"\"")
        );
        assert_eq!(block("\"\"\"a\"\"\" is what?", true, true), Block::None);
    }

    #[test]
    fn quotes_that_were_not_typed_are_a_block_only_around_everything() {
        for line in [
            "\"\"\"\nModule doc\n\"\"\"\nimport x",
            "\"\"\"Doc.\"\"\"",
            "\"\"\"Doc.\n\"\"\"",
            "\"\"\"\nnever closed",
            "\"\"\"\na\n\"\"\"\nb\n\"\"\"\nc\n\"\"\"",
            "\"\"\"",
        ] {
            assert_eq!(block(line, false, false), Block::None, "{line}");
        }
        let message = "/help is\n\n  a command";
        assert_eq!(
            block(&as_block(message), false, false),
            Block::Closed(message.to_owned())
        );
    }
}
