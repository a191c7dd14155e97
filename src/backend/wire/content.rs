//! What a `content` says, be it a string or a list of parts: text, thoughts, references to sources.

use serde_json::Value;

/// What was said, in order within each.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Said {
    pub(super) thoughts: String,
    pub(super) text: String,
}

/// Members that hold thoughts, and those that hold what their part is.
const THOUGHTS: [&str; 3] = ["thinking", "reasoning", "reasoning_content"];
const TEXT: [&str; 2] = ["text", "refusal"];

impl Said {
    pub(super) fn of(content: &Value) -> Said {
        let mut said = Said::default();
        said.add(content, false);
        said
    }

    /// All of it, where what it is was told elsewhere.
    pub(super) fn all(self) -> String {
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
    fn every_shape_comes_to_what_it_says() {
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
            let said = Said::of(&content);
            assert_eq!(
                (said.thoughts.as_str(), said.text.as_str()),
                (thoughts, text),
                "{content}"
            );
        }
    }
}
