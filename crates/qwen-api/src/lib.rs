//! A client for Qwen: DashScope's OpenAI-compatible and native API, the web API of chat.qwen.ai with an account of one's
//! own, and any server that speaks OpenAI's protocol.
//!
//! Answers come as a stream of [`Event`]s that is retried before its first token and continued after it. What goes wrong
//! is an [`Error`]: a kind, a cause, and what the server sent. What the client does on its own is a [`Notice`] in the
//! stream. There are no sentences for people in here.

mod account;
mod builder;
pub mod catalog;
mod client;
pub mod error;
mod event;
pub mod local;
mod log;
mod message;
mod models;
mod notice;
pub mod protocol;
pub mod provider;
mod reply;
mod request;
mod secret;
mod stream;
mod system;
mod tool;
pub mod transport;
pub mod uploads;
mod usage;

/// How the network is reached: proxies, certificates, the name a client goes by.
pub mod network {
    pub use crate::transport::http::Network;
    pub use crate::transport::proxy::{NamedProxy, NoProxy, Proxies, Proxy, parse_proxy};
    pub use crate::transport::roots::{CertificatePath, Roots};
}

pub use account::UnsentRequests;
pub use builder::ClientBuilder;
pub use client::Client;
pub use error::{Error, ErrorKind};
pub use event::{Event, Finish, Remote, SearchResult, Started};
pub use log::{Log, LogLevel};
pub use message::{Block, Media, MediaKind, MediaSource, Message, Role};
pub use models::Probe;
pub use notice::{Notice, Parameter, Resumption};
pub use protocol::{HeaderValue, HttpRequest, Method, Model};
pub use provider::Region;
pub use reply::{Evicted, Reply};
pub use request::{ChatRequest, Params, ReasoningEffort, ResponseFormat, SearchOptions, Thinking};
pub use secret::{MASK, Secret, without_password};
pub use stream::{ChatStream, StreamStats};
pub use tool::{Tool, ToolCall, ToolChoice, ToolResult};
pub use transport::retry::{LONGEST_RETRY_AFTER, RetryPolicy};
pub use usage::Usage;
