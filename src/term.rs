//! The process's own streams, the terminal around them, and what moves on it outside of an answer.

pub mod ask;
pub mod background;
pub mod bars;
pub mod clipboard;
pub mod editor;
#[cfg(unix)]
pub mod keyboard;
#[cfg(not(unix))]
#[path = "term/keyboard_elsewhere.rs"]
pub mod keyboard;
pub mod keys;
pub mod out;
pub mod pipe;
#[cfg(unix)]
pub mod tty;
#[cfg(not(unix))]
#[path = "term/tty_elsewhere.rs"]
pub mod tty;
pub mod ui;
