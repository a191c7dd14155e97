//! The terminal's keyboard where there are no terminal modes: nothing to set, nothing to put back.

use std::io::{self, BufRead};
use std::sync::Arc;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use super::ui::Ui;
use qwen_api::Secret;

#[derive(Debug)]
pub struct Tty;

#[derive(Debug)]
pub struct Restore;

impl Tty {
    pub fn open() -> Option<Arc<Tty>> {
        io::IsTerminal::is_terminal(&io::stdin()).then(|| Arc::new(Tty))
    }

    pub fn hushed(self: &Arc<Tty>) -> Restore {
        Restore
    }

    pub fn hush(&self) {}

    pub fn takes_keys(&self, takes: bool) {
        // A console that has no modes gives its keys as it does.
        let _ = match takes {
            true => enable_raw_mode(),
            false => disable_raw_mode(),
        };
    }

    pub fn restore(&self) {}

    /// Consoles give keys as they are.
    pub fn is_early_enter(&self) -> bool {
        false
    }

    /// Consoles show the sixteen colours as they are set.
    pub fn ask_background(&self) -> bool {
        false
    }

    pub fn suspend(&self) {}

    pub fn write(&self, text: &str) {
        Ui::put(text);
    }

    pub fn read_secret(&self, prompt: &str) -> io::Result<Secret> {
        self.read_line(prompt).map(Secret::new)
    }

    pub fn ask(&self, prompt: &str) -> io::Result<String> {
        self.read_line(prompt)
    }

    pub fn read_line(&self, prompt: &str) -> io::Result<String> {
        Ui::put(prompt);
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim().to_owned()),
        }
    }
}
