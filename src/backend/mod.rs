//! Talking to a provider.

pub mod sse;
pub mod wire;
