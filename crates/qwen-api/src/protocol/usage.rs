//! Tokens as DashScope's native API counts them, and the web site with it.

use serde_json::Value;

use crate::Usage;

/// The first event of a search counts nothing yet (`{}`), and some lack the total.
pub(super) fn usage(value: &Value) -> Option<Usage> {
    let count = |path: &str| value.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let (input, output) = (count("/input_tokens"), count("/output_tokens"));
    let total = match count("/total_tokens") {
        0 => input + output,
        total => total,
    };
    (total > 0).then(|| Usage {
        input_tokens: input,
        output_tokens: output,
        total_tokens: total,
        reasoning_tokens: count("/output_tokens_details/reasoning_tokens"),
        cached_tokens: count("/prompt_tokens_details/cached_tokens"),
    })
}
