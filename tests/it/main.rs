//! The program from outside: the real binary, in a home of its own, against servers on loopback.
//!
//! `harness` runs the binary, `outcome` compares everything it did, `pty` runs it on a terminal, `server` plays a provider
//! by a script, `fixtures` reads recorded replies and cuts them. A test waits for text or for a gate, never for time.

// A test that meets a surprise is to fail at once and loudly; the lints make an exception for test functions only,
// not for what they call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// Not every test file needs every helper.
#![allow(dead_code, unreachable_pub, unused_imports)]

mod auth;
mod batch;
mod cache;
mod chat;
mod complete;
mod completion;
mod credentials;
mod cut;
mod detours;
mod doctor;
mod drift;
mod examples;
mod failures;
mod faults;
mod fixtures;
mod guard;
mod harness;
mod harness_works;
mod help;
mod hostile;
mod images;
mod install;
#[cfg(feature = "keyring")]
mod keyring;
mod media;
#[cfg(target_os = "linux")] // /proc tells what a process holds
mod memory;
mod models;
mod money;
mod on_a_terminal;
mod outcome;
mod pictures;
mod preconnect;
mod pty;
mod readme;
mod recording;
mod release;
mod running;
mod serve;
mod server;
mod server_works;
mod sessions;
mod settings;
mod signals;
mod soak;
mod templates;
mod upload;
mod web;
mod wire_fixtures;
mod wire_requests;
