//! What providers are, and how to come by their credentials.

use crate::i18n::{StaticText, UiText};
use crate::{tr, tr_static};
use qwen_api::provider::{PROVIDERS, Provider};

/// Words about each provider of the table, in its order: what it is, for lists, and how to come by a credential or to do
/// without one. A provider without a row does not compile.
const WORDS: [(&str, StaticText, StaticText); PROVIDERS.len()] = [
    (
        "dashscope",
        tr_static!("an API key of Alibaba Cloud Model Studio"),
        tr_static!("an API key of Alibaba Cloud Model Studio: export DASHSCOPE_API_KEY=sk-…"),
    ),
    (
        "dashscope-native",
        tr_static!("the same key; shows the sources of a search"),
        tr_static!("the key of dashscope, DASHSCOPE_API_KEY; only this API shows the sources of a search"),
    ),
    (
        "web",
        tr_static!("an account of chat.qwen.ai (unofficial)"),
        tr_static!(
            "an account of chat.qwen.ai (unofficial): export QWEN_AUTH_TOKEN=… and QWEN_COOKIE=…, from a browser"
        ),
    ),
    (
        "local",
        tr_static!("a server on this machine: Ollama, llama.cpp, …"),
        tr_static!("a server on this machine (Ollama, llama.cpp, vLLM, LM Studio): start it, then -p local"),
    ),
    (
        "demo",
        tr_static!("scripted answers, without a key"),
        tr_static!("without a key: -p demo gives scripted answers"),
    ),
];

/// The providers of the table, each with how to come by a credential.
pub fn credential_hints() -> impl Iterator<Item = (&'static Provider, StaticText)> {
    PROVIDERS.iter().zip(WORDS.map(|(_, _, hint)| hint))
}

/// What the provider of that name is, in a few words; `None` where it is not in the table.
pub fn about(name: &str) -> Option<StaticText> {
    let words = WORDS.iter().find(|(known, ..)| *known == name);
    words.map(|(_, about, _)| *about)
}

/// The page on which a key of Model Studio is made, in China and elsewhere.
const KEY_PAGES: [&str; 2] = [
    "https://bailian.console.aliyun.com/?tab=model#/api-key",
    "https://modelstudio.console.alibabacloud.com/?tab=model#/api-key",
];

/// Where a key of Model Studio is made, in two lines; what stands before the second indents it.
pub fn key_pages(indent: &str) -> UiText {
    let [china, elsewhere] = KEY_PAGES;
    tr!(
        "create a key: {} (China)\n{}create a key: {} (international)",
        china,
        indent,
        elsewhere
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_in_the_order_of_the_providers() {
        let names: Vec<&str> = PROVIDERS.iter().map(|provider| provider.name).collect();
        assert_eq!(WORDS.map(|(name, ..)| name).as_slice(), names);
    }
}
