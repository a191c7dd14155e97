//! How to come by a credential, by provider.

use crate::i18n::StaticText;
use crate::tr_static;

/// One sentence on how to come by a credential of a provider of the table, or to do without one.
pub fn credential_hint(provider: &str) -> StaticText {
    match provider {
        "dashscope" => tr_static!("an API key of Alibaba Cloud Model Studio: export DASHSCOPE_API_KEY=sk-…"),
        "dashscope-native" => tr_static!("the same key; this API alone shows the sources of a search"),
        "web" => tr_static!(
            "an account of chat.qwen.ai (unofficial): export QWEN_AUTH_TOKEN=… and QWEN_COOKIE=…, from a browser"
        ),
        "local" => tr_static!("a server on this machine (Ollama, llama.cpp, vLLM, LM Studio): start it, then -p local"),
        _ => tr_static!("no key at all: -p demo answers from a script"),
    }
}
