//! Lists of models as servers give them.

use serde_json::json;

use super::every_protocol::protocols;

#[test]
fn lists_of_models_in_every_shape() {
    let local = &protocols()[1];
    let ids = |body: &str| -> Vec<String> {
        let page = local.protocol.model_page(1, body.as_bytes());
        page.unwrap().models.into_iter().map(|model| model.id).collect()
    };
    for body in [
        r#"{"data":[{"id":"a/b"},{"id":"c"}]}"#,
        r#"{"models":[{"name":"a/b","model":"a/b:latest"},{"model":"c"}]}"#,
        r#"[{"id":"a/b","type":"chat"},{"id":"c"}]"#,
        r#"{"data":["a/b","c"]}"#,
        r#"["a/b","c","c"]"#,
        r#"{"data":null,"models":["a/b","c",7,null,{}]}"#,
        "\u{feff}{\"data\":[\"a/b\",\"c\"]}",
    ] {
        assert_eq!(ids(body), ["a/b", "c"], "{body}");
    }
    // Each of them is compared with all before it: by a set, or it takes minutes.
    let many: Vec<String> = (0..100_000)
        .map(|number| format!("model-{}", number % 50_000))
        .collect();
    assert_eq!(ids(&json!({"data": many}).to_string()).len(), 50_000);
    assert_eq!(ids("[]"), [""; 0]);
    assert!(local.protocol.model_page(1, b"{\"data\":7}").is_err());
}

#[test]
fn models_that_do_not_chat_are_known_by_their_kind_or_name() {
    let local = &protocols()[1];
    let body = json!([{"id": "x", "type": "embedding"}, {"id": "y", "type": "chat"}, "text-embedding-v4", "qwen3-reranker",
        "BAAI/bge-m3", "qwen3-tts-flash", "whisper-large", "qwen3:8b", "gemma-3"]);
    let models = local
        .protocol
        .model_page(1, body.to_string().as_bytes())
        .unwrap()
        .models;
    let chat: Vec<&str> = models
        .iter()
        .filter(|model| model.chats())
        .map(|model| model.id.as_str())
        .collect();
    assert_eq!(chat, ["y", "qwen3:8b", "gemma-3"]);
}
