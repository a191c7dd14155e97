//! Notices of the client.

use std::time::{Duration, SystemTime};

use super::{Context, sentence};
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::tr;
use qwen_api::{Error, ErrorKind, Notice, Parameter, Resumption};

/// The sentence for a notice.
pub fn notice(notice: &Notice, context: &Context) -> UiText {
    match notice {
        Notice::SearchUnsupported => context.choose(
            tr!("this server cannot search the web; --search is left out"),
            tr!("this server cannot search the web; it answers without"),
        ),
        Notice::SearchNeedsStream => context.choose(
            tr!("this model searches the web only in a stream; --search is left out with --no-stream"),
            tr!("this model searches the web only in a stream; it answers without"),
        ),
        Notice::ParametersLeftOut { parameters } => {
            let flags: Vec<&str> = parameters.iter().map(|parameter| flags(parameter, context)).collect();
            tr!("chat.qwen.ai has no place for {}; left out", flags.join(", "))
        }
        Notice::HistoryAsText { messages } => tr!(
            "chat.qwen.ai does not know this conversation: its {} earlier messages are sent along as text",
            *messages
        ),
        Notice::LongMessage { characters, limit } => tr!(
            "this message has {} characters; the site's bot check may refuse messages above about {}",
            *characters,
            *limit
        ),
        Notice::BaseUrlCorrected { url } => tr!("using {}; set it as the base URL", url),
        Notice::ModelReplaced { model, successor } => tr!(
            "the server no longer has {}; asking {} instead ({})",
            model,
            successor,
            context.choose(
                tr!("`qwen config set model NAME` chooses another"),
                tr!("/model chooses another")
            )
        ),
        Notice::ToolCallMissing => tr!("the server ended the answer with a tool call but sent none"),
        Notice::FinishUnstated => tr!("the server did not say why the answer ended"),
        Notice::ThinkingUntagged => {
            tr!("the server did not mark the thinking: everything before `</think>` was thinking")
        }
        Notice::Retrying {
            error,
            resumption,
            wait,
            ..
        } => {
            let then = match resumption {
                Resumption::Again => tr!("retrying"),
                Resumption::Continue => tr!("continuing the answer"),
            };
            // Waits are random to some extent: tenths of a second say enough.
            let tenths = Duration::from_millis((wait.as_millis() as u64 + 50) / 100 * 100);
            tr!(
                "{}; {} in {}",
                sentence(error, context).as_clause(),
                then,
                seconds(tenths)
            )
        }
        Notice::Preparing { error } => tr!("{}; waiting for it", sentence(error, context).as_clause()),
        Notice::TaskStarted { task } => tr!(
            "the server goes on with task {} and keeps its result for 24 hours",
            task
        ),
        Notice::NewChat { error } => tr!("{}; continuing in a new one", sentence(error, context).as_clause()),
        Notice::TokenEnded { at } => tr!(
            "the token expired on {}, so the site will probably reject it: copy it again (`qwen auth login -p web`)",
            date(*at)
        ),
        Notice::TokenNotRenewed { error } => tr!("the token could not be renewed: {}", sentence(error, context)),
        Notice::TokenNotKept { detail } => tr!("cannot save the renewed token: {}", detail),
    }
}

/// Why something is tried again, in a few words.
pub fn reason(error: &Error) -> UiText {
    match (error.kind(), error.status()) {
        (ErrorKind::RateLimit, _) => tr!("rate limit"),
        (ErrorKind::Server, Some(status)) => tr!("server error {}", status),
        (ErrorKind::Server, None) => tr!("server error"),
        (ErrorKind::Connection, _) => tr!("connection failed"),
        (ErrorKind::Timeout, _) => tr!("timed out"),
        (ErrorKind::Interrupted, _) => tr!("the answer was cut off"),
        (ErrorKind::MalformedResponse, _) => tr!("unusable response"),
        (_, Some(status)) => tr!("refused for now ({})", status),
        (_, None) => tr!("refused for now"),
    }
}

/// A date and time in UTC.
fn date(at: SystemTime) -> String {
    jiff::Timestamp::try_from(at)
        .map(|moment| moment.strftime("%Y-%m-%d at %H:%M UTC").to_string())
        .unwrap_or_default()
}

/// The flags that set a parameter, or what `/set` calls it; its own name where there is neither.
fn flags<'a>(parameter: &'a Parameter, context: &Context) -> &'a str {
    if context.in_chat && *parameter != Parameter::ResponseFormat {
        return parameter.as_str();
    }
    match parameter {
        Parameter::Temperature => "--temperature",
        Parameter::TopP => "--top-p",
        Parameter::TopK => "--top-k",
        Parameter::MaxTokens => "--max-tokens",
        Parameter::Seed => "--seed",
        Parameter::Stop => "--stop",
        Parameter::PresencePenalty => "--presence-penalty",
        Parameter::ResponseFormat => "--json and --schema",
        other => other.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_notice_has_its_sentence() {
        let left_out = Notice::ParametersLeftOut {
            parameters: vec![Parameter::Temperature, Parameter::Seed, Parameter::ResponseFormat],
        };
        let corrected = Notice::BaseUrlCorrected {
            url: "http://h/v1".into(),
        };
        let long = Notice::LongMessage {
            characters: 50_001,
            limit: 50_000,
        };
        for (fact, sentence) in [
            (
                Notice::SearchUnsupported,
                "this server cannot search the web; --search is left out",
            ),
            (
                Notice::SearchNeedsStream,
                "this model searches the web only in a stream; --search is left out with --no-stream",
            ),
            (
                left_out,
                "chat.qwen.ai has no place for --temperature, --seed, --json and --schema; left out",
            ),
            (
                Notice::HistoryAsText { messages: 2 },
                "chat.qwen.ai does not know this conversation: its 2 earlier messages are sent along as text",
            ),
            (
                long,
                "this message has 50001 characters; the site's bot check may refuse messages above about 50000",
            ),
            (corrected, "using http://h/v1; set it as the base URL"),
            (
                Notice::ToolCallMissing,
                "the server ended the answer with a tool call but sent none",
            ),
            (Notice::FinishUnstated, "the server did not say why the answer ended"),
            (
                Notice::ThinkingUntagged,
                "the server did not mark the thinking: everything before `</think>` was thinking",
            ),
        ] {
            assert_eq!(notice(&fact, &Context::default()), sentence, "{fact:?}");
        }
    }
}
