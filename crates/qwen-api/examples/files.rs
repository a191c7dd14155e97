//! A question about a document, which is uploaded first: `cargo run --example files -- report.pdf "What does it say?"`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use qwen_api::uploads::{Purpose, Upload};
use qwen_api::{ChatRequest, Client, Media, Message};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("usage: files FILE QUESTION")?;
    let question = args.next().unwrap_or_else(|| "What does it say?".to_owned());
    let client = Client::from_env()?;
    let stored = client
        .uploader(Purpose::Document)?
        .put(&Upload::file(&file)?, &())
        .await?;
    eprintln!("{file} is {}", stored.reference);
    let message = Message::user(question).with_media(Media::document(stored.reference));
    let reply = client
        .chat(ChatRequest::new("qwen-long").message(message))
        .send()
        .await?;
    println!("{}", reply.text);
    Ok(())
}
