//! Text on its way to a terminal.

pub mod decode;
mod near;
pub mod sanitize;
pub mod style;

pub use near::nearest;
