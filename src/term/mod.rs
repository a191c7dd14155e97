//! What moves on a terminal outside of an answer.

pub mod spinner;
