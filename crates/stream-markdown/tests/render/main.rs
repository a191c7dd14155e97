//! Markdown on a screen: what a person sees, through a terminal that is parsed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cost;
mod cutting;
mod fences;
mod generate;
mod html;
mod literals;
mod long;
mod references;
mod reflow;
mod resize;
mod screen;
mod words;
