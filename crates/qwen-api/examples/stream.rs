//! An answer printed while it comes, as in the README: `cargo run --example stream`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use qwen_api::{ChatRequest, Client, Event};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), qwen_api::Error> {
    let client = Client::from_env()?;
    let mut stream = client.chat(ChatRequest::new("qwen-plus").user("Why is the sky blue?"));
    while let Some(event) = stream.next().await {
        if let Event::Text(text) = event? {
            print!("{text}");
        }
    }
    Ok(())
}
