//! Retries and rate limits, as a program may watch them: `cargo run --example retry`.
//!
//! The client retries by itself; this says when, and what to do when it gives up.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use qwen_api::{ChatRequest, ClientBuilder, ErrorKind, Event, Notice, RetryPolicy};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), qwen_api::Error> {
    let client = ClientBuilder::from_env()?
        .retry_policy(RetryPolicy::at_most(2))
        .build()?;
    let mut stream = client.chat(ChatRequest::new("qwen-plus").user("Why is the sky blue?"));
    while let Some(event) = stream.next().await {
        match event {
            Ok(Event::Text(text)) => print!("{text}"),
            Ok(Event::Notice(Notice::Retrying { error, wait, .. })) => {
                eprintln!("{error}; retrying in {} s", wait.as_secs());
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::RateLimit => {
                // A queue would put the request back here.
                let wait = error.retry_after().map_or(60, |wait| wait.as_secs());
                eprintln!(
                    "{error}; gave up after {} attempts, try again in {wait} s",
                    error.attempts()
                );
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    println!();
    Ok(())
}
