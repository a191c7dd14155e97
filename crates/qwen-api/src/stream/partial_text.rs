//! The text of a reply so far, which a resumed reply continues.

/// The longest text that is sent back to be continued, in bytes. No model reads more: a million tokens are about four
/// megabytes of English and three of Chinese. And a request takes sixteen megabytes on DashScope's shared hosts.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The text so far; dropped once it is too long to be sent back.
#[derive(Debug, Default)]
pub(super) struct PartialText {
    text: String,
    is_too_long: bool,
}

impl PartialText {
    pub(super) fn push(&mut self, text: &str) {
        if self.is_too_long {
            return;
        }
        if self.text.len() + text.len() > MAX_BYTES {
            self.text = String::new();
            self.is_too_long = true;
        } else {
            self.text.push_str(text);
        }
    }

    pub(super) fn clear(&mut self) {
        *self = PartialText::default();
    }

    /// Whether no text came yet.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && !self.is_too_long
    }

    /// All of it behind what came `before`; `None` where that is too long to be sent back.
    pub(super) fn after(&self, before: &str) -> Option<String> {
        let is_short = !self.is_too_long && before.len() + self.text.len() <= MAX_BYTES;
        is_short.then(|| [before, &self.text].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_dropped_and_counts_as_text() {
        let mut text = PartialText::default();
        assert!(text.is_empty());
        text.push("one ");
        text.push("two");
        assert_eq!(text.after("zero ").as_deref(), Some("zero one two"));
        assert_eq!(text.after(&"x".repeat(MAX_BYTES - 6)), None);
        text.push(&"x".repeat(MAX_BYTES - 7));
        assert!(text.after("").is_some());
        text.push("y");
        assert_eq!(text.after(""), None);
        assert_eq!(text.text.capacity(), 0);
        text.push("z");
        assert!(!text.is_empty());
        text.clear();
        assert!(text.is_empty());
    }
}
