//! What is not a chat completion: completions, Ollama's API, embeddings.

use serde_json::{Value, json};

use super::gateway::{Gateway, Reply, question, without_stamp};
use crate::server::{CHAT, Connection, Server};

#[test]
fn completions_wrap_their_prompt() {
    let server = Server::plays([0, 1].map(|_| Connection::new().expect("POST", CHAT).answer(&["Hel", "lo"])));
    let gateway = Gateway::of(&server, &[]);
    let reply = gateway.post("/v1/completions", &json!({"prompt": "hi", "max_tokens": 5}));
    assert_eq!(
        without_stamp(reply.json()),
        json!({"object": "text_completion", "model": "qwen-plus",
            "choices": [{"index": 0, "text": "Hello", "logprobs": null, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7,
                "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}}})
    );
    assert_eq!(server.requests()[0].json()["messages"], question());
    assert_eq!(server.requests()[0].json()["max_tokens"], 5);
    let reply = gateway.post("/completions", &json!({"prompt": ["hi"], "stream": true}));
    let texts: Vec<Value> = reply
        .events()
        .iter()
        .filter_map(|event| Some(serde_json::from_str::<Value>(event).ok()?["choices"][0]["text"].clone()))
        .collect();
    assert_eq!(texts, ["Hel", "lo", ""]);
    assert_eq!(reply.events().last().unwrap(), "[DONE]");
}

fn lines(reply: &Reply) -> Vec<Value> {
    reply
        .body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn ollama_s_clients_get_lines() {
    let server = Server::plays([0, 1, 2].map(|_| Connection::new().expect("POST", CHAT).answer(&["Hel", "lo"])));
    let gateway = Gateway::of(&server, &[]);
    let reply = gateway.post(
        "/api/chat",
        &json!({"model": "qwen-plus:latest", "messages": [{"role": "user", "content": "hi", "images": ["iVBORw0KGgo="]}],
            "options": {"temperature": 0.5, "num_predict": 7, "num_ctx": 4096}, "keep_alive": "5m"}),
    );
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    let pieces = lines(&reply);
    let words: Vec<&Value> = pieces.iter().map(|piece| &piece["message"]["content"]).collect();
    assert_eq!(words, ["Hel", "lo", ""]);
    let last = pieces.last().unwrap();
    assert_eq!((&last["done"], &last["done_reason"]), (&json!(true), &json!("stop")));
    assert_eq!(
        (&last["prompt_eval_count"], &last["eval_count"]),
        (&json!(5), &json!(2))
    );
    assert_eq!(
        server.requests()[0].json(),
        json!({"model": "qwen-plus", "messages": [{"role": "user", "content": [
                {"type": "text", "text": "hi"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]}],
            "stream": true, "stream_options": {"include_usage": true}, "temperature": 0.5, "max_tokens": 7})
    );
    let reply = gateway.post(
        "/api/generate",
        &json!({"prompt": "hi", "system": "be short", "stream": false}),
    );
    assert_eq!(
        (&reply.json()["response"], &reply.json()["done"]),
        (&json!("Hello"), &json!(true))
    );
    assert_eq!(server.requests()[1].json()["messages"][0]["role"], "system");
    let reply = gateway.post(
        "/api/chat",
        &json!({"stream": false, "messages": [
            {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}]},
            {"role": "tool", "tool_name": "f", "content": "2"}]}),
    );
    assert_eq!(reply.status, 200);
    let sent = server.requests()[2].json();
    assert_eq!(
        sent["messages"][0]["tool_calls"][0]["id"],
        sent["messages"][1]["tool_call_id"]
    );
    assert_eq!(
        sent["messages"][0]["tool_calls"][0]["function"]["arguments"],
        "{\"x\":1}"
    );
    // An empty prompt asks for the model to be loaded.
    let reply = gateway.post("/api/generate", &json!({"model": "qwen-plus"}));
    assert_eq!(reply.json()["done_reason"], "load");
}

#[test]
fn embeddings_are_split_and_packed() {
    const PATH: &str = "/compatible-mode/v1/embeddings";
    let vectors = |count: usize| {
        let data = (0..count)
            .rev()
            .map(|index| json!({"index": index, "embedding": [index, 0.5]}));
        json!({"data": data.collect::<Vec<_>>(), "usage": {"prompt_tokens": count, "total_tokens": count}})
    };
    let server = Server::plays([
        Connection::new()
            .expect("POST", PATH)
            .expect_body(|body| assert_eq!(body["input"].as_array().unwrap().len(), 10))
            .json(200, &vectors(10)),
        Connection::new().expect("POST", PATH).json(200, &vectors(2)),
        Connection::new().expect("POST", PATH).json(200, &vectors(1)),
    ]);
    let gateway = Gateway::of(&server, &[]);
    let texts: Vec<String> = (0..12).map(|number| format!("text {number}")).collect();
    let reply = gateway.post(
        "/v1/embeddings",
        &json!({"model": "text-embedding-v4", "input": texts, "dimensions": 2}),
    );
    let data = reply.json()["data"].clone();
    assert_eq!(data.as_array().unwrap().len(), 12);
    assert_eq!(
        data[9],
        json!({"object": "embedding", "index": 9, "embedding": [9.0, 0.5]})
    );
    assert_eq!(data[11]["embedding"], json!([1.0, 0.5]));
    assert_eq!(reply.json()["usage"], json!({"prompt_tokens": 12, "total_tokens": 12}));
    assert_eq!(server.requests()[1].json()["dimensions"], 2);
    let reply = gateway.post(
        "/v1/embeddings",
        &json!({"model": "text-embedding-v4", "input": "text", "encoding_format": "base64"}),
    );
    assert_eq!(reply.json()["data"][0]["embedding"], "AAAAAAAAAD8=");
    let reply = gateway.post(
        "/v1/embeddings",
        &json!({"model": "text-embedding-v4", "input": [[1, 2]]}),
    );
    assert_eq!(
        (reply.status, reply.json()["error"]["param"].clone()),
        (400, json!("input"))
    );
}
