//! `qwen`: the terminal for Qwen.

pub mod backend;
pub mod chat;
pub mod cli;
pub mod config;
pub mod demo;
pub mod error;
pub mod host;
pub mod log;
pub mod render;
pub mod secret;
pub mod store;
pub mod text;
