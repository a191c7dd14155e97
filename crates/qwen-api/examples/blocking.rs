//! A program without async: `cargo run --example blocking`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use qwen_api::{ChatRequest, Event, blocking::Client};

fn main() -> Result<(), qwen_api::Error> {
    let client = Client::from_env()?;
    for event in client.chat(ChatRequest::new("qwen-plus").user("Why is the sky blue?")) {
        if let Event::Text(text) = event? {
            print!("{text}");
        }
    }
    println!();
    Ok(())
}
