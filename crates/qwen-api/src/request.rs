//! Chat requests and their parameters. A parameter that is `None` or empty is not sent.

use serde_json::{Map, Value};

use super::message::{Message, Role};
use super::notice::Parameter;
use super::tool::{Tool, ToolChoice};

/// A request for one reply.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// The id of the model.
    pub model: String,
    /// The conversation, the newest message last.
    pub messages: Vec<Message>,
    /// The parameters.
    pub params: Params,
    /// Whether the reply is streamed; `false` asks for it in one piece.
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

/// The parameters of a request, under the API's own names. One that the provider has no place for is left out with a
/// [`Notice`](crate::Notice).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    /// `temperature`, from 0 to 2; some servers refuse 2 itself.
    pub temperature: Option<f64>,
    /// `top_p`, above 0 and at most 1.
    pub top_p: Option<f64>,
    /// `top_k`: the number of candidates for the next token.
    pub top_k: Option<u32>,
    /// Limit of the answer without the thinking, in tokens.
    pub max_tokens: Option<u32>,
    /// Limit of the answer and the thinking, in tokens. Newer models only.
    pub max_completion_tokens: Option<u32>,
    /// `seed`, from 0 to 2^31-1.
    pub seed: Option<u32>,
    /// Stop sequences, none of them empty.
    pub stop: Vec<String>,
    /// `presence_penalty`, from -2 to 2.
    pub presence_penalty: Option<f64>,
    /// `frequency_penalty`, from -2 to 2. Local servers only.
    pub frequency_penalty: Option<f64>,
    /// `repetition_penalty`, above 0; 1 is no penalty.
    pub repetition_penalty: Option<f64>,
    /// Whether the model thinks before it answers; `None` leaves it to the model.
    pub thinking: Option<Thinking>,
    /// How much the model thinks. Not together with a budget of [`Thinking::On`].
    pub reasoning_effort: Option<ReasoningEffort>,
    /// Whether the model sees what it thought in earlier turns. It counts as input.
    pub preserve_thinking: Option<bool>,
    /// Whether the model may search the web.
    pub search: Option<bool>,
    /// How it searches, if it does.
    pub search_options: SearchOptions,
    /// The format of the answer; `None` is text.
    pub response_format: Option<ResponseFormat>,
    /// The functions that the model may call.
    pub tools: Vec<Tool>,
    /// Whether the model may or must call a tool; `None` leaves it to the server, which takes it as
    /// [`ToolChoice::Auto`].
    pub tool_choice: Option<ToolChoice>,
    /// Whether the model may call several tools at once. DashScope's default is no.
    pub parallel_tool_calls: Option<bool>,
    /// `vl_high_resolution_images`: whether pictures are looked at in full resolution.
    pub high_resolution_images: Option<bool>,
    /// Further parameters, sent as they are: what a single model knows (`translation_options`, `skill`), or a server of
    /// one's own. They take precedence over the fields above.
    ///
    /// The reply is read for one answer of text, thinking, sources and tool calls: a parameter that asks for more of it
    /// (`n`, `logprobs`, `modalities`) is sent, and what it adds to the reply is not handed out.
    pub extra: Map<String, Value>,
}

/// Whether the model thinks before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thinking {
    /// It thinks.
    On {
        /// The limit of the thinking, in tokens; `None` leaves it to the model.
        budget: Option<u32>,
    },
    /// It does not.
    Off,
}

/// How much the model thinks. Qwen3.8 and later know three degrees and take `Minimal` for `Low`, `High` and `Max` for
/// `XHigh`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasoningEffort {
    /// `minimal`.
    Minimal,
    /// `low`.
    Low,
    /// `medium`.
    Medium,
    /// `high`.
    High,
    /// `xhigh`.
    XHigh,
    /// `max`.
    Max,
}

impl ReasoningEffort {
    /// The name in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            ReasoningEffort::Minimal => "minimal",
            ReasoningEffort::Low => "low",
            ReasoningEffort::Medium => "medium",
            ReasoningEffort::High => "high",
            ReasoningEffort::XHigh => "xhigh",
            ReasoningEffort::Max => "max",
        }
    }
}

/// How a model searches the web ("Web search" in DashScope's documentation).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchOptions {
    /// Search in any case, rather than when the model thinks it of use.
    pub forced: Option<bool>,
    /// `turbo`, `max`, `agent` or `agent_max`.
    pub strategy: Option<String>,
    /// Search special sources too: weather, exchange rates.
    pub extension: Option<bool>,
    /// Only pages of the last 7, 30, 180 or 365 days.
    pub freshness: Option<u32>,
    /// Only pages of these sites, at most 25.
    pub sites: Vec<String>,
    /// What to search for, in words for the model.
    pub instruction: Option<String>,
}

/// The format of the answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseFormat {
    /// A JSON object. A message must contain the word "json".
    JsonObject,
    /// JSON that matches a JSON Schema.
    JsonSchema(Value),
}

impl Params {
    /// The parameters that were given, but for those that every protocol has: thinking and search.
    pub(crate) fn given(&self) -> impl Iterator<Item = Parameter> {
        let given = [
            (Parameter::Temperature, self.temperature.is_some()),
            (Parameter::TopP, self.top_p.is_some()),
            (Parameter::TopK, self.top_k.is_some()),
            (Parameter::MaxTokens, self.max_tokens.is_some()),
            (Parameter::MaxCompletionTokens, self.max_completion_tokens.is_some()),
            (Parameter::Seed, self.seed.is_some()),
            (Parameter::Stop, !self.stop.is_empty()),
            (Parameter::PresencePenalty, self.presence_penalty.is_some()),
            (Parameter::FrequencyPenalty, self.frequency_penalty.is_some()),
            (Parameter::RepetitionPenalty, self.repetition_penalty.is_some()),
            (Parameter::ReasoningEffort, self.reasoning_effort.is_some()),
            (Parameter::PreserveThinking, self.preserve_thinking.is_some()),
            (
                Parameter::SearchOptions,
                self.search_options != SearchOptions::default(),
            ),
            (Parameter::ResponseFormat, self.response_format.is_some()),
            (Parameter::Tools, !self.tools.is_empty()),
            (Parameter::ToolChoice, self.tool_choice.is_some()),
            (Parameter::ParallelToolCalls, self.parallel_tool_calls.is_some()),
            (Parameter::HighResolutionImages, self.high_resolution_images.is_some()),
        ];
        let extra: Vec<Parameter> = self.extra.keys().cloned().map(Parameter::Extra).collect();
        let given = given.into_iter().filter(|(_, is_given)| *is_given);
        given.map(|(parameter, _)| parameter).chain(extra)
    }
}
