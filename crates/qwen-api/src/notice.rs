//! What the client did on its own, or found out, beside the answer: facts, and no sentences.

use std::time::{Duration, SystemTime};

use crate::error::Error;

/// Something that is no error, and that the caller may want to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The server has no web search; the request was made without it.
    SearchUnsupported,
    /// The model searches the web only in a stream; the request, which asks for none, was made without the search.
    SearchNeedsStream,
    /// The provider has no place for these parameters; the request was made without them.
    ParametersLeftOut {
        /// In the order of [`Parameter`].
        parameters: Vec<Parameter>,
    },
    /// The web site does not know this conversation; its history is sent as a part of the message.
    HistoryAsText {
        /// How many earlier messages that is.
        messages: usize,
    },
    /// The message is so long that the web site may answer with its bot check.
    LongMessage {
        /// Its characters.
        characters: usize,
        /// The number of characters from which on that was seen.
        limit: usize,
    },
    /// The server answers under another base URL, which is used from here on.
    BaseUrlCorrected {
        /// That base URL.
        url: String,
    },
    /// The server ended the answer for a tool call and sent none.
    ToolCallMissing,
    /// The server ended the answer in good order without a finish reason.
    FinishUnstated,
    /// What came as text before a lone `</think>` was thinking.
    ThinkingUntagged,
    /// An exchange failed and is made again.
    Retrying {
        /// What failed.
        error: Error,
        /// What is asked for next.
        resumption: Resumption,
        /// The wait before it.
        wait: Duration,
    },
    /// Something is being made ready (a model loaded, a document read) and is waited for. Said once.
    Preparing {
        /// What the server says.
        error: Error,
    },
    /// The server no longer knows the conversation, which goes on in a new chat.
    NewChat {
        /// What the server says.
        error: Error,
    },
    /// The web account's token has ended, and nothing at hand renews it.
    TokenEnded {
        /// When it did.
        at: SystemTime,
    },
    /// The web account's token could not be renewed; the old one is used.
    TokenNotRenewed {
        /// Why not.
        error: Error,
    },
    /// The renewed token could not be kept for the next time.
    TokenNotKept {
        /// Why not, in the caller's words.
        detail: String,
    },
}

/// What is asked for after a failed exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumption {
    /// The same again.
    Again,
    /// The rest of an answer of which a part came.
    Continue,
}

/// A parameter of a chat request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `temperature`.
    Temperature,
    /// `top_p`.
    TopP,
    /// `top_k`.
    TopK,
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`.
    MaxCompletionTokens,
    /// `seed`.
    Seed,
    /// `stop`.
    Stop,
    /// `presence_penalty`.
    PresencePenalty,
    /// `frequency_penalty`.
    FrequencyPenalty,
    /// `repetition_penalty`.
    RepetitionPenalty,
    /// `reasoning_effort`.
    ReasoningEffort,
    /// `preserve_thinking`.
    PreserveThinking,
    /// `search_options`.
    SearchOptions,
    /// `response_format`.
    ResponseFormat,
    /// `tools`.
    Tools,
    /// `tool_choice`.
    ToolChoice,
    /// `parallel_tool_calls`.
    ParallelToolCalls,
    /// `vl_high_resolution_images`.
    HighResolutionImages,
    /// A member of [`Params::extra`](crate::Params::extra), by its name.
    Extra(String),
}

impl Parameter {
    /// The name in a request of the compatible API.
    pub fn as_str(&self) -> &str {
        match self {
            Parameter::Temperature => "temperature",
            Parameter::TopP => "top_p",
            Parameter::TopK => "top_k",
            Parameter::MaxTokens => "max_tokens",
            Parameter::MaxCompletionTokens => "max_completion_tokens",
            Parameter::Seed => "seed",
            Parameter::Stop => "stop",
            Parameter::PresencePenalty => "presence_penalty",
            Parameter::FrequencyPenalty => "frequency_penalty",
            Parameter::RepetitionPenalty => "repetition_penalty",
            Parameter::ReasoningEffort => "reasoning_effort",
            Parameter::PreserveThinking => "preserve_thinking",
            Parameter::SearchOptions => "search_options",
            Parameter::ResponseFormat => "response_format",
            Parameter::Tools => "tools",
            Parameter::ToolChoice => "tool_choice",
            Parameter::ParallelToolCalls => "parallel_tool_calls",
            Parameter::HighResolutionImages => "vl_high_resolution_images",
            Parameter::Extra(name) => name,
        }
    }
}

impl Notice {
    /// The same notice with every foreign text in it as `change` makes it.
    #[must_use]
    pub fn map_texts(self, change: &dyn Fn(String) -> String) -> Notice {
        match self {
            Notice::BaseUrlCorrected { url } => Notice::BaseUrlCorrected { url: change(url) },
            same => same,
        }
    }
}
