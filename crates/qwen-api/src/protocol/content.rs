//! The `content` of a message: a string, or a list of parts with text, thinking or references to sources.

use serde_json::Value;

/// The thinking and the text of a `content`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Content {
    pub(super) thoughts: String,
    pub(super) text: String,
}

/// Members of a part that hold thinking, and those that hold text.
const THOUGHTS: [&str; 3] = ["thinking", "reasoning", "reasoning_content"];
const TEXT: [&str; 2] = ["text", "refusal"];

impl Content {
    pub(super) fn read(value: &Value) -> Content {
        let mut content = Content::default();
        content.add(value, false);
        content
    }

    /// Both in one text, for a member that holds only one of them.
    pub(super) fn joined(self) -> String {
        self.thoughts + &self.text
    }

    fn add(&mut self, content: &Value, is_thought: bool) {
        match content {
            Value::String(text) if is_thought => self.thoughts.push_str(text),
            Value::String(text) => self.text.push_str(text),
            Value::Array(parts) => parts.iter().for_each(|part| self.add(part, is_thought)),
            Value::Object(part) => {
                let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
                let is_thought = is_thought || THOUGHTS.contains(&kind);
                let mut add = |names: &[&str], is_thought| {
                    let values = names.iter().filter_map(|name| part.get(*name));
                    values.for_each(|value| self.add(value, is_thought));
                };
                add(&THOUGHTS, true);
                add(&TEXT, is_thought);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_every_shape() {
        let cases = [
            (json!("a"), "", "a"),
            (json!([{"text": "a"}, {"image": "x"}, {"text": "b"}]), "", "ab"),
            (json!([{"type": "text", "text": "a"}, "b"]), "", "ab"),
            (
                json!([{"type": "thinking", "thinking": [{"type": "text", "text": "h"}, {"type": "text", "text": "m"}]},
                       {"type": "text", "text": "a"}, {"type": "reference", "reference_ids": [1, 2]}]),
                "hm",
                "a",
            ),
            (json!([{"type": "thinking", "thinking": "hm"}]), "hm", ""),
            (json!([{"type": "reasoning", "text": "hm"}]), "hm", ""),
            (json!({"type": "output_text", "text": "a"}), "", "a"),
            (json!([{"type": "refusal", "refusal": "no"}]), "", "no"),
            (json!([[], null, 1, {}]), "", ""),
        ];
        for (content, thoughts, text) in cases {
            let read = Content::read(&content);
            assert_eq!(
                (read.thoughts.as_str(), read.text.as_str()),
                (thoughts, text),
                "{content}"
            );
        }
    }
}
