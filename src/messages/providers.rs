//! How to come by a credential, by provider.

use crate::i18n::StaticText;
use crate::tr_static;

/// One sentence on how to come by a credential of a provider of the table, or to do without one.
pub fn credential_hint(provider: &str) -> StaticText {
    match provider {
        "dashscope" => tr_static!("an API key of Alibaba Cloud Model Studio: export DASHSCOPE_API_KEY=sk-…"),
        "dashscope-native" => tr_static!("the same key; only this API shows the sources of a search"),
        "web" => tr_static!(
            "an account of chat.qwen.ai (unofficial): export QWEN_AUTH_TOKEN=… and QWEN_COOKIE=…, from a browser"
        ),
        "local" => tr_static!("a server on this machine (Ollama, llama.cpp, vLLM, LM Studio): start it, then -p local"),
        _ => tr_static!("without a key: -p demo gives scripted answers"),
    }
}

/// How to get the credentials of a web account, in four lines.
pub fn web_login_help() -> [StaticText; 4] {
    [
        tr_static!(
            "1. Log in to https://chat.qwen.ai in a browser, open the developer tools (F12), tab Network, and send a message there."
        ),
        tr_static!(
            "2. Choose the request named \"completions\": under its request headers are Authorization and Cookie."
        ),
        tr_static!(
            "3. QWEN_AUTH_TOKEN is what follows \"Bearer\" in Authorization (without one: the value of token= in the cookie); QWEN_COOKIE is the whole value of Cookie."
        ),
        tr_static!(
            "4. Both are as good as your password and may end within minutes; with refresh_token=… of a request to auth.qwen.ai added to the cookie, qwen renews the token by itself."
        ),
    ]
}
