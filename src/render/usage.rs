//! The line that `--usage` prints. Pure.

use super::Ending;
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::money::Cost;
use crate::tr;

/// `usage: 5 tokens in, 7 out, 12 in all, ¥0.0012; first token after 0.31 s, 1.84 s in all`.
pub fn usage_line(ending: &Ending) -> UiText {
    let tokens = match ending.reply.usage {
        Some(usage) => {
            let (input, output, total) = (usage.input_tokens, usage.output_tokens, usage.total_tokens);
            match usage.reasoning_tokens {
                0 => tr!("{} tokens in, {} out, {} in all", input, output, total),
                thought => tr!(
                    "{} tokens in, {} out ({} thought), {} in all",
                    input,
                    output,
                    thought,
                    total
                ),
            }
        }
        None => return timed(tr!("no token counts from the server"), ending),
    };
    // What is free has no cost to tell.
    timed(
        match ending.cost.map(Cost::words) {
            Some(Some(cost)) => tr!("{}, {}", tokens, cost),
            Some(None) => tokens,
            None => tr!("{}, cost unknown", tokens),
        },
        ending,
    )
}

fn timed(tokens: UiText, ending: &Ending) -> UiText {
    let duration = seconds(ending.duration);
    match ending.time_to_first_token.map(seconds) {
        Some(first) => tr!("usage: {}; first token after {}, {} in all", tokens, first, duration),
        None => tr!("usage: {}; {} in all", tokens, duration),
    }
}

/// `412 tokens`.
pub fn tokens(count: u64) -> UiText {
    match count {
        1 => tr!("1 token"),
        count => tr!("{} tokens", count),
    }
}
