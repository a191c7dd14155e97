//! A question that the model answers by calling a function of this program: `cargo run --example tools`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use qwen_api::{ChatRequest, Client, Message, Tool, ToolCall};
use serde_json::json;

/// The most times that the model may call before it answers.
const MAX_ROUNDS: usize = 8;

#[derive(serde::Deserialize)]
struct WeatherQuery {
    city: String,
}

fn weather(call: &ToolCall) -> String {
    match call.parse_arguments() {
        Ok(WeatherQuery { city }) => format!("22 degrees and cloudy in {city}"),
        // The model reads this and calls again.
        Err(error) => format!("invalid arguments: {error}"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), qwen_api::Error> {
    let client = Client::from_env()?;
    let mut request = ChatRequest::new("qwen-plus").user("Is it warmer in Hangzhou or in Shanghai?");
    request.params.tools = vec![Tool {
        name: "get_weather".into(),
        description: "The weather of a city".into(),
        parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}),
    }];
    request.params.parallel_tool_calls = Some(true);
    for _ in 0..MAX_ROUNDS {
        let reply = client.chat(request.clone()).send().await?;
        if reply.tool_calls.is_empty() {
            println!("{}", reply.text);
            return Ok(());
        }
        request = request.message(reply.message());
        for call in &reply.tool_calls {
            eprintln!("{} {}", call.name, call.arguments);
            request = request.message(Message::tool_result(&call.id, weather(call)));
        }
    }
    eprintln!("no answer after {MAX_ROUNDS} rounds of calls");
    Ok(())
}
