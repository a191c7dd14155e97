//! The line that is being written, shared by the keyboard's thread and the rest of the program.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::multiline::without_continuations;

/// The line as it is being written, kept where it survives a failed read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The text and the cursor in it.
    line: Mutex<(String, usize)>,
    /// A bracketed paste so far, while it comes.
    pub(super) paste: Mutex<Option<String>>,
    /// The text of the last paste.
    pub(super) pasted: Mutex<String>,
    /// An Enter was pressed, and whether text follows it is not known yet.
    pub(super) awaits_more: AtomicBool,
    /// A picker asks: its answer has one line.
    pub(super) is_choice: AtomicBool,
    /// The `"""` that the line begins with was typed, and so was another behind it.
    pub(super) is_block: AtomicBool,
    pub(super) is_block_closed: AtomicBool,
}

impl Draft {
    /// Begins another line.
    pub(super) fn begin(&self, left: &str, right: &str, is_choice: bool) {
        self.set(&format!("{left}{right}"), left.len());
        *locked(&self.paste) = None;
        locked(&self.pasted).clear();
        self.awaits_more.store(false, Ordering::Relaxed);
        self.is_choice.store(is_choice, Ordering::Relaxed);
        self.is_block.store(false, Ordering::Relaxed);
        self.is_block_closed.store(false, Ordering::Relaxed);
    }

    pub(super) fn set(&self, text: &str, cursor: usize) {
        let mut line = locked(&self.line);
        line.0.clear();
        line.0.push_str(text);
        line.1 = cursor;
    }

    /// The line as the editor has it.
    pub(super) fn line(&self) -> String {
        locked(&self.line).0.clone()
    }

    /// The text left and right of the cursor.
    pub(super) fn halves(&self) -> (String, String) {
        let line = locked(&self.line);
        let (left, right) = line.0.split_at_checked(line.1).unwrap_or((&line.0, ""));
        let mut left = left.to_owned();
        if self.awaits_more.load(Ordering::Relaxed) {
            left.push('\n');
        }
        left.push_str(&locked(&self.paste).as_deref().map(with_newlines).unwrap_or_default());
        (left, right.to_owned())
    }

    /// The whole text; `None` where a picker asks.
    pub(super) fn text(&self) -> Option<String> {
        let (left, right) = self.halves();
        (!self.is_choice.load(Ordering::Relaxed)).then(|| without_continuations(&(left + &right)))
    }
}

/// What a lock holds, also after a panic elsewhere.
pub(super) fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Pasted text with the line ends of this system.
pub(super) fn with_newlines(pasted: &str) -> String {
    pasted.replace("\r\n", "\n").replace('\r', "\n")
}
