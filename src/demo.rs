//! The demo provider: a small HTTP server inside the program, on loopback, that speaks DashScope's compatible mode.
//!
//! No model runs here: the answers are scripted, and say so. Everything around them is real, so that the program can be
//! tried without a key, and its recordings need no network. `question` parses a request, `choice` picks a script,
//! `script` makes the answer, `reply` encodes it for the protocol, `server` sends it. Uploads are read and discarded; `drawing` draws the
//! pictures of `qwen image`.

mod choice;
mod drawing;
mod picture;
mod question;
mod reply;
mod sample;
mod script;
mod server;
mod upload;

pub use server::{Demo, start};
