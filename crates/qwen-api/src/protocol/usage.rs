//! Parsing of token counts.

use serde_json::Value;

use crate::Usage;

/// Parses the counts of a reply; `None` when there are none, as in the first event of a search (`{}`).
///
/// `input` and `output` are the names of the two counts; the details of the second hold the count of the thinking. A
/// missing total is their sum.
pub(crate) fn usage(value: &Value, input: &str, output: &str) -> Option<Usage> {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let (input_tokens, output_tokens) = (count(&value[input]), count(&value[output]));
    let total_tokens = match count(&value["total_tokens"]) {
        // A server may send counts of any size.
        0 => input_tokens.saturating_add(output_tokens),
        total => total,
    };
    // DashScope's native API has the counts of media in either of two members, or beside them.
    let media = |name: &str| {
        let places = [
            &value["prompt_tokens_details"],
            &value[&format!("{input}_details")],
            value,
        ];
        places
            .into_iter()
            .map(|place| count(&place[name]))
            .find(|count| *count > 0)
            .unwrap_or(0)
    };
    (total_tokens > 0).then(|| Usage {
        input_tokens,
        output_tokens,
        total_tokens,
        reasoning_tokens: count(&value[&format!("{output}_details")]["reasoning_tokens"]),
        cached_tokens: count(&value["prompt_tokens_details"]["cached_tokens"]),
        audio_tokens: media("audio_tokens"),
        image_tokens: media("image_tokens"),
        video_tokens: media("video_tokens"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_of_any_size_have_a_sum() {
        let value = json!({"input_tokens": u64::MAX, "output_tokens": 2});
        let total = usage(&value, "input_tokens", "output_tokens").map(|usage| usage.total_tokens);
        assert_eq!(total, Some(u64::MAX));
    }

    #[test]
    fn media_are_counted_wherever_a_server_says_so() {
        let compatible = json!({"prompt_tokens": 90, "completion_tokens": 5, "total_tokens": 95, "prompt_tokens_details":
            {"text_tokens": 10, "audio_tokens": 20, "image_tokens": 25, "video_tokens": 35}});
        let native = json!({"input_tokens": 90, "output_tokens": 5, "audio_tokens": 20, "image_tokens": 25,
            "input_tokens_details": {"text_tokens": 10, "video_tokens": 35}});
        let counted = [
            usage(&compatible, "prompt_tokens", "completion_tokens"),
            usage(&native, "input_tokens", "output_tokens"),
        ];
        for usage in counted.into_iter().flatten() {
            assert_eq!((usage.input_tokens, usage.total_tokens), (90, 95));
            assert_eq!(
                (usage.audio_tokens, usage.image_tokens, usage.video_tokens),
                (20, 25, 35)
            );
        }
        assert_eq!(counted.iter().flatten().count(), 2);
    }
}
