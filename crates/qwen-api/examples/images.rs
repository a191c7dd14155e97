//! What is in a picture: `cargo run --example images -- cat.png`, or a URL that the server can fetch.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use qwen_api::{ChatRequest, Client, Media, Message};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let picture = std::env::args().nth(1).ok_or("usage: images FILE-OR-URL")?;
    let image = match picture.starts_with("https://") {
        true => Media::image_url(picture),
        false => Media::image(std::fs::read(&picture)?, "image/png"),
    };
    let message = Message::user("What is in this picture?").with_media(image);
    let client = Client::from_env()?;
    let reply = client
        .chat(ChatRequest::new("qwen3-vl-plus").message(message))
        .send()
        .await?;
    println!("{}", reply.text);
    Ok(())
}
