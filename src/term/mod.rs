//! The process's own streams, and the terminal around them.

pub mod ask;
pub mod bars;
pub mod out;
#[cfg(unix)]
pub mod tty;
#[cfg(not(unix))]
#[path = "tty_elsewhere.rs"]
pub mod tty;
