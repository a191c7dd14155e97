//! Text on its way to a terminal.

pub mod sanitize;
pub mod style;
