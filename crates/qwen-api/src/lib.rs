//! A client for Qwen: DashScope's OpenAI-compatible and native API, the web API of chat.qwen.ai with your own
//! account, and any server that speaks OpenAI's protocol.
//!
//! ```
//! # #[allow(dead_code)]
//! # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mod.rs")); }
//! use qwen_api::{ChatRequest, Client, Event};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), qwen_api::Error> {
//! # let server = support::Server::start([support::Script::answer(&["Why", " not?"])]);
//! # let mut answer = String::new();
//! let client = Client::builder()
//!     .api_key("sk-test-key") // or Client::from_env()
//! #   .base_url(server.base_url())
//!     .build()?;
//! let mut stream = client.chat(ChatRequest::new("qwen-plus").user("Why is the sky blue?"));
//! while let Some(event) = stream.next().await {
//!     if let Event::Text(text) = event? {
//!         print!("{text}");
//! #       answer += &text;
//!     }
//! }
//! # assert_eq!(answer, "Why not?");
//! # Ok(())
//! # }
//! ```
//!
//! - A [`Client`] is made by a [`ClientBuilder`] or from the environment. [`ClientBuilder::build_blocking`] makes a
//!   [`blocking::Client`], for programs without async.
//! - A [`ChatRequest`] holds [`Message`]s and [`Params`]. Its reply is a [`ChatStream`] of [`Event`]s, or a whole
//!   [`Reply`] from [`ChatStream::send`]. A request that fails before the first token is retried as the [`RetryPolicy`]
//!   says; a reply that is cut after it is resumed where the protocol allows.
//! - An [`Error`] has an [`ErrorKind`] to match on, a cause, and what the server sent: status, code, message, request id,
//!   headers, body. What the client does on its own is an [`Event::Notice`].
//! - Enums are exhaustive on purpose: a program that matches all events, kinds or causes learns of a new one from the
//!   compiler. A new variant is a new minor version before 1.0, and a major one after it.
//! - An [`ImageRequest`] makes or changes pictures; [`Client::fetch_image`] fetches them from where the reply says they are.
//! - [`batches`] has many requests answered from a file, at half price. [`uploads`] sends files to where a model can read
//!   them. [`catalog`] has what is known of models, [`provider`] the known providers and their endpoints.

#![deny(missing_docs)]

mod account;
pub mod batches;
pub mod blocking;
mod builder;
mod byte_source;
pub mod catalog;
mod client;
mod embeddings;
pub mod error;
mod event;
mod images;
pub mod local;
mod log;
mod message;
mod models;
mod notice;
mod price;
mod protocol;
pub mod provider;
mod reply;
mod request;
mod request_body;
mod secret;
mod stream;
mod system;
mod tasks;
mod tool;
mod transcription;
mod transport;
pub mod uploads;
mod usage;

/// Network options: proxies, certificates, the user agent.
pub mod network {
    pub use crate::transport::http::Network;
    pub use crate::transport::proxy::{
        HTTP_PROXY_VARS, HTTPS_PROXY_VARS, NamedProxy, NoProxy, Proxies, Proxy, parse_proxy,
    };
    pub use crate::transport::roots::{CertificatePath, Roots};
}

/// Internals for the workspace's tests and fuzz targets. Not a part of the API.
#[doc(hidden)]
pub mod testing {
    pub use crate::protocol::{ChatProtocol, Head, ReplyDecoder, ReplyState};
    pub use crate::transport::sse::Sse;
}

pub use builder::ClientBuilder;
pub use byte_source::ByteSource;
pub use client::Client;
pub use embeddings::{EmbeddingRequest, Embeddings};
pub use error::{Error, ErrorKind};
pub use event::{Event, Finish, Remote, SearchResult, Started};
pub use images::{ImageRequest, ImageSource, Images};
pub use log::{Log, LogLevel};
pub use message::{Block, Media, MediaKind, MediaSource, Message, Role, Sense, UploadedFile};
pub use models::Probe;
pub use notice::{Notice, Parameter, Resumption};
pub use price::{BATCH_PERCENT, Currency, Decimal, PriceList, PriceTier};
pub use protocol::{HeaderValue, HttpRequest, JsonMode, Method, Model, ThinkingMode};
pub use provider::Region;
pub use reply::{Evicted, Reply};
pub use request::{ChatRequest, Params, ReasoningEffort, ResponseFormat, SearchOptions, Thinking};
pub use request_body::{Attachment, RequestBody};
pub use secret::{MASK, Secret, without_password};
pub use stream::{ChatStream, StreamStats, UnsentRequests};
pub use tool::{Tool, ToolCall, ToolChoice, ToolResult};
pub use transport::retry::{LONGEST_RETRY_AFTER, RetryPolicy};
pub use usage::Usage;
