//! What is asked of a model. An option that is `None` or empty was not given and is not sent.

use serde_json::Value;

use super::message::{Message, Role};

/// One request for one answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    pub model: String,
    pub messages: Vec<Message>,
    pub params: Params,
    /// `false` asks for one reply in one piece.
    pub stream: bool,
}

impl ChatRequest {
    /// A request to this model for an answer in a stream, without any message.
    ///
    /// ```
    /// use qwen_api::ChatRequest;
    ///
    /// let request = ChatRequest::new("qwen-plus").system("Answer in one sentence.").user("Why is the sky blue?");
    /// assert_eq!(request.messages.len(), 2);
    /// ```
    pub fn new(model: impl Into<String>) -> ChatRequest {
        ChatRequest {
            model: model.into(),
            messages: Vec::new(),
            params: Params::default(),
            stream: true,
        }
    }

    /// The same with a system message at the end.
    #[must_use]
    pub fn system(self, text: impl Into<String>) -> ChatRequest {
        self.message(Message::text(Role::System, text))
    }

    /// The same with a message of the user's at the end.
    #[must_use]
    pub fn user(self, text: impl Into<String>) -> ChatRequest {
        self.message(Message::user(text))
    }

    /// The same with an earlier answer at the end.
    #[must_use]
    pub fn assistant(self, text: impl Into<String>) -> ChatRequest {
        self.message(Message::text(Role::Assistant, text))
    }

    /// The same with this message at the end.
    #[must_use]
    pub fn message(mut self, message: Message) -> ChatRequest {
        self.messages.push(message);
        self
    }
}

/// The generation options, under the API's own names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    /// 0 up to and including 2; some servers refuse 2 itself.
    pub temperature: Option<f64>,
    /// Above 0, at most 1.
    pub top_p: Option<f64>,
    pub top_k: Option<u32>,
    /// Tokens; bounds the answer, not the thinking.
    pub max_tokens: Option<u32>,
    /// 0 to 2^31-1.
    pub seed: Option<u32>,
    /// Texts at which the answer ends, none of them empty.
    pub stop: Vec<String>,
    /// -2 to 2.
    pub presence_penalty: Option<f64>,
    pub thinking: Option<Thinking>,
    pub search: Option<bool>,
    pub format: Option<ResponseFormat>,
}

/// Whether the model is to think first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thinking {
    On {
        /// At most this many tokens of thought; `None` leaves it to the model.
        budget: Option<u32>,
    },
    Off,
}

/// The form the answer must have.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseFormat {
    JsonObject,
    /// A JSON Schema, as the user wrote it.
    JsonSchema(Value),
}
