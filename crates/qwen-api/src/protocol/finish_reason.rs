//! The finish reasons of many servers.

use super::malformed::GOOD_STATUS;
use crate::Finish;
use crate::error::{Error, MAX_NAME, Rejection, RetryClass, Service, begin_of};

/// Parses a finish reason, regardless of case and separators. A word for a failure of the server is an error.
///
/// The words are those of OpenAI's and DashScope's own API, of Anthropic, Gemini, Cohere, Mistral, GLM, DeepSeek,
/// vLLM, TGI and llama.cpp, as gateways pass them on.
pub(super) fn finish_reason(service: Service, word: &str) -> Result<Finish, Error> {
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
            return Err(Error::new(Rejection::ServerError)
                .of_service(service)
                .with_status(GOOD_STATUS)
                .with_message(word)
                .retry(RetryClass::Transient));
        }
        _ => Finish::Other(begin_of(word, MAX_NAME)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(word: &str) -> Finish {
        finish_reason(Service::DashScope, word).unwrap()
    }

    #[test]
    fn the_words_of_other_servers_are_known() {
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
                assert_eq!(self::finish(word), finish, "{word}");
            }
        }
        assert_eq!(finish("Other"), Finish::Other("Other".into()));
        for word in [
            "error",
            "ERROR",
            "network_error",
            "insufficient_system_resource",
            "abort",
        ] {
            let error = finish_reason(Service::DashScope, word).unwrap_err();
            assert_eq!(error.cause(), &Rejection::ServerError.into(), "{word}");
            assert_eq!((error.message(), error.retry_class()), (word, RetryClass::Transient));
        }
    }
}
