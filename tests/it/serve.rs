//! `qwen serve`: what its clients send, what they get, and what goes upstream.

mod access;
mod answers;
mod clients;
pub mod gateway;
mod lifetime;
mod members;
mod other_apis;
mod requests;
