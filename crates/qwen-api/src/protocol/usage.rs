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
    (total_tokens > 0).then(|| Usage {
        input_tokens,
        output_tokens,
        total_tokens,
        reasoning_tokens: count(&value[&format!("{output}_details")]["reasoning_tokens"]),
        cached_tokens: count(&value["prompt_tokens_details"]["cached_tokens"]),
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
}
