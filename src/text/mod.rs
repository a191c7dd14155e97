//! Text on its way to a terminal.

pub mod line;
pub mod sanitize;
pub mod style;
pub mod width;
pub mod wrap;
