//! What is said and what comes back, as plain values: no I/O, no clock, no protocol.

pub mod event;
pub mod fold;
pub mod message;
pub mod notice;
pub mod request;
pub mod usage;

pub use event::{Event, Finish, Remote, SearchResult, Started};
pub use fold::Reply;
pub use message::{Block, Media, MediaKind, MediaSource, Message, Role};
pub use notice::{Notice, Parameter};
pub use request::{ChatRequest, Params, ResponseFormat, Thinking};
pub use usage::Usage;
