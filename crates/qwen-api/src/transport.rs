//! How requests and replies travel: HTTP, proxies, certificates, server-sent events, and when to ask again.

pub(crate) mod attempt;
pub mod failure;
pub mod http;
pub mod proxy;
pub mod retry;
pub mod roots;
pub mod sse;
