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
    /// The part of `input_tokens` that is sound.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub audio_tokens: u64,
    /// The part of `input_tokens` that is images.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub image_tokens: u64,
    /// The part of `input_tokens` that is video.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub video_tokens: u64,
}

/// Counts of media are written only where there are any.
fn is_zero(count: &u64) -> bool {
    *count == 0
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
            audio_tokens: self.audio_tokens.saturating_add(other.audio_tokens),
            image_tokens: self.image_tokens.saturating_add(other.image_tokens),
            video_tokens: self.video_tokens.saturating_add(other.video_tokens),
        }
    }
}
