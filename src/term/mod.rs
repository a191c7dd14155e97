//! The process's own streams, and what moves on a terminal outside of an answer.

pub mod out;
pub mod spinner;
