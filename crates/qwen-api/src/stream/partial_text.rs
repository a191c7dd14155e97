//! The text of an answer so far, for going on from.

/// The longest text that is handed back to be gone on with, in bytes. No model reads more: a million tokens are about
/// four megabytes of English and three of Chinese. And a request takes sixteen megabytes on DashScope's shared hosts.
const MOST: usize = 4 * 1024 * 1024;

/// What was said so far; let go of once it is too long to be handed back.
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
        if self.text.len() + text.len() > MOST {
            self.text = String::new();
            self.is_too_long = true;
        } else {
            self.text.push_str(text);
        }
    }

    pub(super) fn clear(&mut self) {
        *self = PartialText::default();
    }

    /// Whether nothing was said yet.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && !self.is_too_long
    }

    /// All of it behind what came `before`; `None` where that is too long to be handed back.
    pub(super) fn after(&self, before: &str) -> Option<String> {
        let is_short = !self.is_too_long && before.len() + self.text.len() <= MOST;
        is_short.then(|| [before, &self.text].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_let_go_of_and_counts_as_said() {
        let mut so_far = PartialText::default();
        assert!(so_far.is_empty());
        so_far.push("one ");
        so_far.push("two");
        assert_eq!(so_far.after("zero ").as_deref(), Some("zero one two"));
        assert_eq!(so_far.after(&"x".repeat(MOST - 6)), None);
        so_far.push(&"x".repeat(MOST - 7));
        assert!(so_far.after("").is_some());
        so_far.push("y");
        assert_eq!(so_far.after(""), None);
        assert_eq!(so_far.text.capacity(), 0);
        so_far.push("z");
        assert!(!so_far.is_empty());
        so_far.clear();
        assert!(so_far.is_empty());
    }
}
