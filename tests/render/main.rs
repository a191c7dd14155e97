//! Markdown on a screen: what a person sees, through a terminal that is parsed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cost;
mod cutting;
mod generate;
mod literals;
mod references;
mod resize;
mod screen;
mod words;
