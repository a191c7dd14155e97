//! `qwen`: the terminal for Qwen.

pub mod backend;
pub mod chat;
pub mod error;
pub mod host;
pub mod render;
pub mod secret;
pub mod term;
pub mod text;
