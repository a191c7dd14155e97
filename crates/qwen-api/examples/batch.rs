//! Many requests at half price: `cargo run --example batch -- requests.jsonl` prints the results as they are in the
//! service's files, in any order. A line of the file is
//! `{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"qwen-plus","messages":[…]}}`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::time::Duration;

use qwen_api::Client;
use qwen_api::batches::{BatchResult, NewBatch};
use qwen_api::uploads::Upload;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: batch FILE")?;
    let client = Client::from_env()?;
    let batches = client.batches()?;
    let uploaded = batches.upload(&Upload::file(&file)?, &()).await?;
    let mut job = batches.create(&NewBatch::new(uploaded)).await?;
    eprintln!("job {}", job.id);
    loop {
        job = batches.retrieve(&job.id).await?;
        eprintln!(
            "{}: {} of {}",
            job.status.as_str(),
            job.counts.completed,
            job.counts.total
        );
        if job.status.is_end() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    for error in &job.errors {
        eprintln!("line {}: {}", error.line.unwrap_or_default(), error.message);
    }
    for file in [job.output_file_id, job.error_file_id].into_iter().flatten() {
        let mut lines = batches.lines(&file);
        while let Some(line) = lines.next().await {
            if let Some(result) = BatchResult::parse(&line?) {
                match &result.error {
                    None => println!(
                        "{}: {}",
                        result.custom_id, result.body["choices"][0]["message"]["content"]
                    ),
                    Some(error) => eprintln!("{}: {}", result.custom_id, error.message),
                }
            }
        }
    }
    Ok(())
}
