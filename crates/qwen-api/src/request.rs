//! What is asked of a model. An option that is `None` or empty was not given and is not sent.

use serde_json::Value;

use super::message::Message;

/// One request for one answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    pub model: String,
    pub messages: Vec<Message>,
    pub params: Params,
    /// `false` asks for one reply in one piece.
    pub stream: bool,
}

/// The generation options of `--help`, under the API's own names.
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
