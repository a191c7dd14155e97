//! A picture from words: `cargo run --example draw -- "a red fox in snow" fox.png`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use qwen_api::{Client, ImageRequest, ImageSource};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (prompt, path) = (
        args.next().ok_or("usage: draw PROMPT FILE")?,
        args.next().ok_or("usage: draw PROMPT FILE")?,
    );
    let client = Client::from_env()?;
    let made = client.images(&ImageRequest::new("qwen-image-3.0", prompt)).await?;
    let bytes = match &made.images[0] {
        ImageSource::Url(url) => client.fetch_image(url).await?,
        ImageSource::Inline(bytes) => bytes.clone(),
    };
    std::fs::write(&path, bytes)?;
    println!("{path}");
    Ok(())
}
