//! Tokens as servers count them.

use serde_json::Value;

use crate::Usage;

/// The first event of a search counts nothing yet (`{}`), and some lack the total.
///
/// `input` and `output` are the names of the two counts; what was thought stands in the details of the second. A total that
/// is missing is their sum.
pub(super) fn usage(value: &Value, input: &str, output: &str) -> Option<Usage> {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let (input_tokens, output_tokens) = (count(&value[input]), count(&value[output]));
    let total_tokens = match count(&value["total_tokens"]) {
        // The counts are a server's, and may be of any size.
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
