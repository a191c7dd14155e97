//! What answers cost: by which prices, where it is shown and counted, and what is not sent because of it.

mod counted;
mod limits;
mod pictures;
mod prices;

use serde_json::{Value, json};

use crate::harness::{KEY, Qwen};
use crate::pty::Pty;
use crate::server::{CHAT, Connection, Server, end, text, usage};

const GENERATION: &str = "/api/v1/services/aigc/multimodal-generation/generation";

/// `complete ARGS` on compatible mode, whose list of prices no loopback server is asked for.
fn complete(server: &Server, args: &[&str]) -> Qwen {
    Qwen::new().server(server).args([&["complete"], args].concat())
}

/// An answer with so many tokens.
fn answer(prompt: u64, completion: u64) -> Connection {
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let script = script.sse(text("ok")).sse(end("stop"));
    script.sse(usage(prompt, completion)).done()
}

/// `complete ARGS` on DashScope's own API.
fn native(server: &Server, args: &[&str]) -> Qwen {
    Qwen::new()
        .args([&["-p", "dashscope-native", "complete"], args].concat())
        .env("DASHSCOPE_API_KEY", KEY)
        .env("QWEN_CLI_BASE_URL", &format!("http://{}/api/v1", server.address()))
}

/// The same of DashScope's own API.
fn native_answer(usage: &Value) -> Connection {
    let event = json!({"output": {"choices": [{"message": {"role": "assistant", "content": "ok"},
        "finish_reason": "stop"}]}, "usage": usage, "request_id": "r"});
    Connection::new()
        .expect("POST", GENERATION)
        .stream_head()
        .sse(event)
        .end_chunks()
}

/// A usage of `input` tokens, of which so many were cached, and one million of output.
fn million(input: u64, cached: u64) -> Value {
    json!({"input_tokens": input, "output_tokens": 1_000_000, "total_tokens": input + 1_000_000,
        "prompt_tokens_details": {"cached_tokens": cached}})
}

/// Waits until the prompt is there.
fn at_prompt(pty: &mut Pty) {
    pty.wait_screen("a prompt", |screen| screen.trim_end().ends_with("❯"));
}

/// The request for the price of qwen3.8-max.
fn list() -> Connection {
    Connection::new().expect("GET", "/api/v1/models?page_no=1&page_size=100&model=qwen3.8-max")
}

/// Its answer: a name of a range, input, output, cached.
fn listing(ranges: &[(&str, &str, &str, &str)]) -> Value {
    let price = |kind: &str, price: &str| json!({"type": kind, "price": price, "price_unit": "Per 1M tokens"});
    let ranges: Vec<Value> = ranges
        .iter()
        .map(|(name, input, output, cached)| {
            json!({"range_name": name, "prices": [price("input_token", input), price("output_token", output),
                price("input_token_cache", cached)]})
        })
        .collect();
    json!({"code": null, "message": null, "output": {"total": 1, "models": [{"model": "qwen3.8-max", "prices": ranges}]}})
}
