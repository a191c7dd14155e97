//! The line that `--usage` prints. Pure.

use super::Ending;
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::money::Cost;
use crate::tr;
use qwen_api::Usage;

/// `usage: 5 tokens in, 7 out, 12 in all, ¥0.0012; first token after 0.31 s, 1.84 s in all`. What the input was
/// besides text goes behind it: `207 tokens in (75 audio, 80 video)`.
pub fn usage_line(ending: &Ending) -> UiText {
    let tokens = match ending.reply.usage {
        Some(usage) => {
            let input = match media(&usage) {
                Some(media) => tr!("{} tokens in ({})", usage.input_tokens, media),
                None => tr!("{} tokens in", usage.input_tokens),
            };
            let output = match usage.reasoning_tokens {
                0 => tr!("{} out", usage.output_tokens),
                thought => tr!("{} out ({} thought)", usage.output_tokens, thought),
            };
            tr!("{}, {}, {} in all", input, output, usage.total_tokens)
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

/// `75 audio, 80 video`; `None` where the input was text alone.
fn media(usage: &Usage) -> Option<UiText> {
    let counts = [
        (usage.audio_tokens > 0).then(|| tr!("{} audio", usage.audio_tokens)),
        (usage.image_tokens > 0).then(|| tr!("{} image", usage.image_tokens)),
        (usage.video_tokens > 0).then(|| tr!("{} video", usage.video_tokens)),
    ];
    counts
        .into_iter()
        .flatten()
        .reduce(|all, next| tr!("{}, {}", all, next))
}

/// `412 tokens`.
pub fn tokens(count: u64) -> UiText {
    match count {
        1 => tr!("1 token"),
        count => tr!("{} tokens", count),
    }
}
