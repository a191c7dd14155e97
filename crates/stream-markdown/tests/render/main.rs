//! Markdown on an emulated terminal: what its screen shows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cost;
mod cutting;
mod fences;
mod generate;
mod html;
mod literals;
mod live;
mod long;
mod references;
mod reflow;
mod resize;
mod screen;
mod words;
