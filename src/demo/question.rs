//! A chat request, parsed from its JSON.

use serde_json::{Map, Value};

/// The members of a chat request that the demo looks at.
#[derive(Debug)]
pub(super) struct Question {
    body: Map<String, Value>,
    messages: Vec<Value>,
    /// The answer so far, from a last message marked `partial`.
    pub(super) prefix: Option<String>,
}

impl Question {
    /// Parses a request's body; the error is the message of a 400.
    pub(super) fn read(body: &[u8]) -> Result<Question, String> {
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
            return Err("the request body is not a JSON object".to_owned());
        };
        if body.get("model").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err("you must provide a model parameter".to_owned());
        }
        let mut messages = match body.get("messages") {
            Some(Value::Array(messages)) if !messages.is_empty() => messages.clone(),
            _ => return Err("[] is too short - 'messages'".to_owned()),
        };
        if !messages.iter().any(|message| message["role"] == "user") {
            return Err(
                "<400> InternalError.Algo.InvalidParameter: messages do not contain elements with the role of user"
                    .to_owned(),
            );
        }
        let is_partial = |message: &mut Value| message["role"] == "assistant" && message["partial"] == true;
        let prefix = messages.pop_if(is_partial).map(|message| text_of(&message));
        Ok(Question { body, messages, prefix })
    }

    pub(super) fn model(&self) -> &str {
        self.body.get("model").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether an option is `true`.
    pub(super) fn wants(&self, option: &str) -> bool {
        self.body.get(option) == Some(&Value::Bool(true))
    }

    /// Whether a stream ends with a chunk of usage.
    pub(super) fn wants_usage(&self) -> bool {
        self.body
            .get("stream_options")
            .is_some_and(|options| options["include_usage"] == true)
    }

    pub(super) fn max_tokens(&self) -> Option<usize> {
        let limit = self.body.get("max_tokens")?.as_u64()?;
        usize::try_from(limit).ok()
    }

    pub(super) fn response_format(&self) -> Option<&Value> {
        self.body.get("response_format")
    }

    /// Every member but the messages, in the order sent.
    pub(super) fn options(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.body.iter().filter(|(name, _)| *name != "messages")
    }

    /// Role and text of each message, without a partial last one.
    pub(super) fn turns(&self) -> impl Iterator<Item = (&str, String)> {
        self.messages
            .iter()
            .map(|message| (message["role"].as_str().unwrap_or("?"), text_of(message)))
    }

    /// The text of the user's last message.
    pub(super) fn prompt(&self) -> String {
        self.last_user().map(text_of).unwrap_or_default()
    }

    /// The kinds and addresses of the pictures, sounds and videos in the user's last message.
    pub(super) fn media(&self) -> Vec<(&'static str, &str)> {
        let parts = self.last_user().and_then(|message| message["content"].as_array());
        parts
            .into_iter()
            .flatten()
            .filter_map(|part| {
                let url = |kind, member: &str, name: &str| Some((kind, part.get(member)?.get(name)?.as_str()?));
                url("picture", "image_url", "url")
                    .or_else(|| url("sound", "input_audio", "data"))
                    .or_else(|| url("video", "video_url", "url"))
            })
            .collect()
    }

    fn last_user(&self) -> Option<&Value> {
        self.messages.iter().rev().find(|message| message["role"] == "user")
    }
}

/// A message's text: a plain string, or its text parts joined by line ends.
fn text_of(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_texts_and_pictures_of_parts() {
        let question = Question::read(
            br#"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[
                {"type":"image_url","image_url":{"url":"https://example.com/a.png"}},{"type":"text","text":"hi"}]}]}"#,
        )
        .unwrap();
        assert_eq!(question.prompt(), "hi");
        assert_eq!(question.media(), [("picture", "https://example.com/a.png")]);
        assert_eq!(question.prefix, None);
        assert_eq!(question.turns().count(), 2);
    }

    #[test]
    fn takes_a_partial_last_message_as_the_answer_so_far() {
        let question = Question::read(
            br#"{"model":"m","messages":[{"role":"user","content":"drop"},
                {"role":"assistant","content":"This ans","partial":true}]}"#,
        )
        .unwrap();
        assert_eq!(question.prefix.as_deref(), Some("This ans"));
        assert_eq!(question.turns().count(), 1);
    }

    #[test]
    fn refuses_what_the_real_server_refuses() {
        for body in [
            "",
            "[]",
            r#"{"messages":[{"role":"user","content":"x"}]}"#,
            r#"{"model":"m","messages":[]}"#,
            r#"{"model":"m","messages":[{"role":"system","content":"x"}]}"#,
        ] {
            assert!(Question::read(body.as_bytes()).is_err(), "{body}");
        }
    }
}
