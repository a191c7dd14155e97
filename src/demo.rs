//! The demo provider: a small HTTP server inside the program, on loopback, that speaks DashScope's compatible mode.
//!
//! No model runs here. The answers are written beforehand and say so; what surrounds them is real, so that a newcomer
//! can try the program without a key, and its recordings need no network. `question` reads a request, `choice`
//! and `script` decide what to answer, `reply` puts the answer into the protocol's shapes, `server` sends it. What is
//! uploaded, as `upload` allows, is read and forgotten.

mod choice;
mod picture;
mod question;
mod reply;
mod sample;
mod script;
mod server;
mod upload;

pub use server::{Demo, start};
