//! How to come by a credential, by provider.

use crate::sentence;
use crate::text::words::Sentence;

/// One sentence on how to come by a credential of a provider of the table, or to do without one.
pub fn credential_hint(provider: &str) -> Sentence {
    match provider {
        "dashscope" => sentence!("an API key of Alibaba Cloud Model Studio: export DASHSCOPE_API_KEY=sk-…"),
        "dashscope-native" => sentence!("the same key; this API alone shows the sources of a search"),
        "web" => sentence!(
            "an account of chat.qwen.ai (unofficial): export QWEN_AUTH_TOKEN=… and QWEN_COOKIE=…, from a browser"
        ),
        "local" => sentence!("a server on this machine (Ollama, llama.cpp, vLLM, LM Studio): start it, then -p local"),
        _ => sentence!("no key at all: -p demo answers from a script"),
    }
}
