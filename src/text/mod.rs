//! Text on its way to a terminal.

pub mod breaks;
pub mod decode;
pub mod fill;
pub mod lang;
pub mod line;
mod near;
pub mod sanitize;
pub mod style;
pub mod width;
pub mod words;
pub mod wrap;

pub use near::nearest;
