//! Why an answer ended, in the words of many servers.

use super::{Refusal, Retry, said};
use crate::chat::Finish;
use crate::error::Kind;
use crate::words;

/// The reason behind a server's word, written in lower case without what parts its words. A word for a fault of the
/// server is the refusal that it is.
///
/// The words are those of OpenAI's and DashScope's own API, of Anthropic, Gemini, Cohere, Mistral, GLM, DeepSeek,
/// vLLM, TGI and llama.cpp, as gateways pass them on.
pub(super) fn reason(word: &str) -> Result<Finish, Refusal> {
    let plain: String = word
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    Ok(match plain.as_str() {
        "stop" | "eos" | "eostoken" | "endturn" | "stopsequence" | "complete" | "completed" | "finished" | "done" => {
            Finish::Stop
        }
        "length"
        | "maxtokens"
        | "maxoutputtokens"
        | "maxlength"
        | "modellength"
        | "tokenlimit"
        | "contextlength"
        | "modelcontextwindowexceeded" => Finish::Length,
        "contentfilter"
        | "contentfiltered"
        | "sensitive"
        | "safety"
        | "recitation"
        | "blocklist"
        | "prohibitedcontent"
        | "spii"
        | "refusal"
        | "guardrailintervened"
        | "errortoxic" => Finish::ContentFilter,
        "toolcalls" | "toolcall" | "tooluse" | "functioncall" => Finish::ToolCalls,
        "error"
        | "networkerror"
        | "servererror"
        | "internalerror"
        | "systemerror"
        | "insufficientsystemresource"
        | "abort"
        | "aborted"
        | "cancelled"
        | "failed"
        | "timeout"
        | "overloaded" => {
            return Err(Refusal {
                status: 500,
                kind: Kind::Server,
                code: None,
                message: said(words!("the server failed"), 0, word),
                hint: Some(words!("it is the server's fault; try again later")),
                request_id: None,
                retry: Retry::Soon,
                retry_after: None,
            });
        }
        _ => Finish::Other(word.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_servers_words_mean_what_they_mean() {
        let cases = [
            ("stop STOP eos eos_token end_turn stop_sequence COMPLETE", Finish::Stop),
            (
                "length max_tokens MAX_TOKENS model_length model_context_window_exceeded",
                Finish::Length,
            ),
            (
                "content_filter content-filter contentFilter sensitive SAFETY RECITATION refusal",
                Finish::ContentFilter,
            ),
            ("tool_calls function_call tool_use", Finish::ToolCalls),
        ];
        for (words, finish) in cases {
            for word in words.split(' ') {
                assert_eq!(reason(word), Ok(finish.clone()), "{word}");
            }
        }
        assert_eq!(reason("Other"), Ok(Finish::Other("Other".into())));
        for word in [
            "error",
            "ERROR",
            "network_error",
            "insufficient_system_resource",
            "abort",
        ] {
            let no = reason(word).unwrap_err();
            assert_eq!((no.kind, no.retry), (Kind::Server, Retry::Soon), "{word}");
            assert_eq!(no.message, format!("the server failed: {word}"));
        }
    }
}
