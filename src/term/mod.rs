//! The process's own streams.

pub mod bars;
pub mod out;
