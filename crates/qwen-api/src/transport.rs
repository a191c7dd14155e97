//! How requests and replies travel: HTTP, proxies, certificates, server-sent events, and when to ask again.

pub(crate) mod attempt;
mod charset;
pub mod failure;
pub mod http;
mod keep_alive;
pub mod proxy;
pub mod retry;
pub mod roots;
pub mod sse;
