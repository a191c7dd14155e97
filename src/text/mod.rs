//! Text on its way to a terminal.

mod near;
pub mod sanitize;
pub mod style;

pub use near::nearest;
