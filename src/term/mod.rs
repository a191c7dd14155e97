//! The process's own streams.

pub mod out;
