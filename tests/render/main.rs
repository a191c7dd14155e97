//! Markdown on a screen: what a person sees, through a terminal that is parsed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cost;
mod cutting;
mod fences;
mod generate;
mod literals;
mod long;
mod references;
mod reflow;
mod resize;
mod resize_all;
mod screen;
mod words;

/// How an answer ends that is not looked at otherwise.
fn ending() -> qwen_cli::render::Ending {
    qwen_cli::render::Ending {
        session: None,
        provider: "demo".to_owned(),
        model: "demo".to_owned(),
        reply: qwen_cli::chat::Reply::default(),
        failure: None,
        error: None,
        time_to_first_token: None,
        duration: std::time::Duration::ZERO,
        attempts: 1,
        resumed: 0,
    }
}
