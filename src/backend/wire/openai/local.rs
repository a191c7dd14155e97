//! What differs when the other side is no DashScope: hints that speak of the user's own machine, and errors that are no
//! JSON.
//!
//! The sentences are those of llama.cpp's server, vLLM, mistral.rs and LiteLLM.

use crate::backend::wire::Refusal;
use crate::backend::wire::refusal::meant;
use crate::words;

/// The refusal as the user of such a server should read it.
pub(super) fn refusal(mut refusal: Refusal) -> Refusal {
    let message = refusal.message.to_string().to_ascii_lowercase();
    let says = |part: &str| message.contains(part);
    let hint = match meant(refusal.status, refusal.kind) {
        _ if says("image input is not supported") => {
            words!("this model takes no pictures; choose one that does with -m")
        }
        _ if says("is not available. available models") => words!("`qwen models` lists what the server has"),
        _ if says("no connected db") => words!("LiteLLM without a database says so of a wrong key"),
        401 | 403 => {
            words!(
                "this server wants a key of its own: OPENAI_API_KEY for -p local, `api_key_env` of a provider in the config file"
            )
        }
        404 => words!("check --base-url and the model's name; `qwen models` lists what the server has"),
        429 => words!("the server is busy: wait a little"),
        500..=599 => words!("the server's own log says more"),
        _ => return refusal,
    };
    refusal.hint = Some(hint);
    refusal
}

/// The words of an error that is JSON by intent only, such as one with a traceback's newlines in its string.
pub(super) fn broken_error(payload: &str) -> Option<String> {
    let (_, rest) = payload.trim_start().strip_prefix('{')?.split_once("\"error\"")?;
    let rest = rest.trim_start().strip_prefix(':')?;
    let words = rest.trim_matches(|c: char| c.is_whitespace() || "\"{}".contains(c));
    Some(words.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_words_of_an_error_that_is_no_json() {
        assert_eq!(
            broken_error("{\"error\": \"Traceback (most\n recent").as_deref(),
            Some("Traceback (most recent")
        );
        assert_eq!(broken_error("{\"choices\": ["), None);
        assert_eq!(broken_error("an \"error\": x"), None);
    }
}
