//! Text on its way to a terminal.

pub mod decode;
mod near;

pub use near::nearest;
