//! Text on its way to a terminal.

pub mod decode;
pub mod lang;
mod near;
pub mod words;

pub use near::nearest;
