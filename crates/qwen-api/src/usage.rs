//! Token counts.

use serde::{Deserialize, Serialize};

/// The tokens of a reply, as counted by the server. Servers report running totals, so a later value replaces an earlier
/// one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the request.
    pub input_tokens: u64,
    /// Tokens of the reply, with the thinking.
    pub output_tokens: u64,
    /// The sum of both.
    pub total_tokens: u64,
    /// The part of `output_tokens` that is thinking.
    pub reasoning_tokens: u64,
    /// The part of `input_tokens` that came from the server's cache.
    pub cached_tokens: u64,
}

impl Usage {
    /// The sum of two usages, for a reply that took several requests.
    pub fn plus(self, other: Usage) -> Usage {
        Usage {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            total_tokens: self.total_tokens.saturating_add(other.total_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
            cached_tokens: self.cached_tokens.saturating_add(other.cached_tokens),
        }
    }
}
