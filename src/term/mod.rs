//! The process's own streams, and what moves on a terminal outside of an answer.

pub mod bars;
pub mod out;
pub mod spinner;
