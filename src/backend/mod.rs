//! Talking to a provider.

pub mod wire;
