//! The prompt, and the line after an answer. Pure.

use stream_markdown::sanitize::safe_line;
use stream_markdown::width;

use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::render::Ending;
use crate::text::elide;
use crate::tr;

/// The facts of the prompt.
#[derive(Clone, Copy, Debug)]
pub(super) struct PromptFacts<'a> {
    pub(super) model: &'a str,
    /// `None` for the usual provider.
    pub(super) provider: Option<&'a str>,
    pub(super) attached: &'a [String],
}

/// The most columns of an attachment's name.
const MAX_NAME_COLUMNS: usize = 24;

/// `qwen-max> `, `demo/demo [cat.png]> `; where that would take up most of the width, its own line.
pub(super) fn prompt(facts: PromptFacts<'_>, columns: u16) -> String {
    let mut prompt = String::new();
    if let Some(provider) = facts.provider {
        prompt.push_str(&safe_line(provider));
        prompt.push('/');
    }
    prompt.push_str(&safe_line(facts.model));
    if !facts.attached.is_empty() {
        let names: Vec<String> = facts
            .attached
            .iter()
            .map(|name| elide(&safe_line(name), MAX_NAME_COLUMNS))
            .collect();
        prompt.push_str(&format!(" [{}]", names.join(", ")));
    }
    let is_long = width::of(&prompt) + 2 > usize::from(columns) / 2;
    prompt.push_str(if is_long { "\n> " } else { "> " });
    prompt
}

/// The least time of a stream, in seconds, whose speed is a figure that says something.
const MIN_STREAM_SECONDS: f64 = 0.05;

/// `12 in · 345 out · first token 0.31 s · 45.2 tokens/s · context 63 %`; what is not known is left out.
pub(super) fn line(ending: &Ending, window: Option<u64>) -> Option<UiText> {
    // The time alone says nothing about an answer that was stopped or failed.
    if ending.failure.is_some() && ending.reply.usage.is_none() {
        return None;
    }
    let mut parts = Vec::new();
    if let Some(usage) = ending.reply.usage {
        parts.push(tr!("{} tokens in", usage.input_tokens));
        parts.push(tr!("{} out", usage.output_tokens));
    }
    if let Some(first) = ending.time_to_first_token {
        parts.push(tr!("first after {}", seconds(first)));
        let streamed = ending.duration.saturating_sub(first).as_secs_f64();
        if let Some(usage) = ending
            .reply
            .usage
            .filter(|usage| usage.output_tokens > 1 && streamed >= MIN_STREAM_SECONDS)
        {
            parts.push(tr!(
                "{} tokens/s",
                format!("{:.1}", usage.output_tokens as f64 / streamed)
            ));
        }
    }
    if let (Some(usage), Some(window)) = (ending.reply.usage, window.filter(|window| *window > 0)) {
        let full = usage.total_tokens.saturating_mul(100) / window;
        if full >= 50 {
            parts.push(tr!("context {} % full", full));
        }
    }
    parts.into_iter().reduce(|line, part| tr!("{} · {}", line, part))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::{Failure, Kind};
    use crate::i18n::lang::Lang;
    use qwen_api::{Reply, Usage};

    #[test]
    fn the_prompt_keeps_room_for_words() {
        let facts = PromptFacts {
            model: "qwen-max",
            provider: None,
            attached: &[],
        };
        assert_eq!(prompt(facts, 80), "qwen-max> ");
        assert_eq!(prompt(facts, 18), "qwen-max\n> ");
        let attached = ["猫.png".to_owned()];
        let facts = PromptFacts {
            provider: Some("demo"),
            attached: &attached,
            ..facts
        };
        assert_eq!(prompt(facts, 80), "demo/qwen-max [猫.png]> ");
    }

    #[test]
    fn the_line_says_what_is_known() {
        let mut ending = Ending {
            session: None,
            provider: String::new(),
            model: String::new(),
            reply: Reply::default(),
            failure: None,
            stopped: None,
            error: None,
            time_to_first_token: None,
            duration: Duration::from_millis(2500),
            attempts: 1,
            resumed: 0,
        };
        assert!(line(&ending, Some(100)).is_none());
        ending.time_to_first_token = Some(Duration::from_millis(500));
        ending.reply.usage = Some(Usage {
            input_tokens: 30,
            output_tokens: 25,
            total_tokens: 55,
            ..Usage::default()
        });
        let told = line(&ending, Some(100)).unwrap();
        assert_eq!(
            told,
            "30 tokens in · 25 out · first after 0.5 s · 12.5 tokens/s · context 55 % full"
        );
        assert_eq!(
            told.localize(Lang::ZhCn),
            "输入 30 token · 输出 25 · 首个 token 0.5 秒 · 12.5 token/秒 · 上下文已用 55 %"
        );
        assert!(!line(&ending, Some(1000)).unwrap().to_string().contains("context"));
        ending.reply.usage = None;
        assert_eq!(line(&ending, None).unwrap(), "first after 0.5 s");
        ending.failure = Some(Failure::stopped(Kind::Interrupted));
        assert!(line(&ending, None).is_none());
    }
}
