//! The transport of requests and replies: HTTP, proxies, certificates, server-sent events, retries.

pub(crate) mod attempt;
mod charset;
pub(crate) mod failure;
pub(crate) mod http;
#[cfg(test)]
mod http2_peer;
mod keep_alive;
mod preconnect;
pub(crate) mod proxy;
pub(crate) mod public_address;
pub(crate) mod retry;
pub(crate) mod roots;
pub(crate) mod sse;
