//! Many questions at once, four requests at a time, the answers in the order of the questions:
//! `cargo run --example many_at_once -- "2 + 2?" "3 + 3?" "4 + 4?"`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use futures_util::{StreamExt, stream};
use qwen_api::{ChatRequest, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), qwen_api::Error> {
    let client = Client::from_env()?;
    let questions = std::env::args().skip(1);
    let mut answers = stream::iter(questions)
        .map(|question| {
            let reply = client.chat(ChatRequest::new("qwen-plus").user(&question)).send();
            async move { (question, reply.await) }
        })
        .buffered(4);
    while let Some((question, reply)) = answers.next().await {
        match reply {
            Ok(reply) => println!("{question} {}", reply.text),
            Err(error) => eprintln!("{question} {error}"),
        }
    }
    Ok(())
}
