//! A client for Qwen: DashScope's OpenAI-compatible and native API, the web API of chat.qwen.ai with one's own account,
//! and any server that speaks OpenAI's protocol.
//!
//! Answers come as a stream of [`Event`]s that is retried before its first token and continued after it. What goes wrong
//! is an [`Error`](error::Error): a kind, a cause, and what the server sent. What the client does on its own is a
//! [`Notice`] in the stream. There are no sentences for people in here.

mod account;
pub mod catalog;
pub mod client;
pub mod error;
pub mod event;
pub mod local;
pub mod log;
pub mod message;
pub mod models;
pub mod notice;
pub mod protocol;
pub mod provider;
pub mod reply;
pub mod request;
pub mod secret;
pub mod stream;
pub mod transport;
pub mod uploads;
pub mod usage;

pub use client::Client;
pub use error::Error;
pub use event::{Event, Finish, Remote, SearchResult, Started};
pub use message::{Block, Media, MediaKind, MediaSource, Message, Role};
pub use notice::{Notice, Parameter};
pub use reply::Reply;
pub use request::{ChatRequest, Params, ResponseFormat, Thinking};
pub use stream::{ChatStream, StreamStats};
pub use usage::Usage;
