//! One question and its whole answer: `cargo run --example chat -- "Why is the sky blue?"`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use qwen_api::{ChatRequest, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), qwen_api::Error> {
    let question = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "Why is the sky blue?".to_owned());
    let client = Client::from_env()?;
    let request = ChatRequest::new("qwen-plus")
        .system("Answer in one sentence.")
        .user(question);
    let reply = client.chat(request).send().await?;
    println!("{}", reply.text);
    if let Some(usage) = reply.usage {
        eprintln!("{} tokens in, {} out", usage.input_tokens, usage.output_tokens);
    }
    Ok(())
}
