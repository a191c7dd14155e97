//! Tokens counted by the server.

use serde::{Deserialize, Serialize};

/// What one answer cost, in tokens. Servers report running totals, so a later value replaces an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub total_tokens: u64,
    /// The part of `output_tokens` that was thought.
    pub reasoning_tokens: u64,
    /// The part of `input_tokens` that came from the server's cache.
    pub cached_tokens: u64,
}

impl Usage {
    /// The sum over two requests, for an answer that took more than one.
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
