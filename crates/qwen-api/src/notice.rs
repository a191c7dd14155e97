//! What the client did on its own, or found out, beside the reply.

use std::time::{Duration, SystemTime};

use crate::error::Error;

/// A fact that is not an error and that the caller may want to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The server has no web search; the request was made without it.
    SearchUnsupported,
    /// The model searches the web only in streamed replies; the request, which is for a whole one, was made without the
    /// search.
    SearchNeedsStream,
    /// The provider has no place for these parameters; the request was made without them.
    ParametersLeftOut {
        /// In the order of [`Parameter`].
        parameters: Vec<Parameter>,
    },
    /// The web site does not know the conversation; the history is sent as a part of the message.
    HistoryAsText {
        /// The number of earlier messages.
        messages: usize,
    },
    /// The message is so long that the web site may respond with its bot check.
    LongMessage {
        /// The characters of the message.
        characters: usize,
        /// The number of characters from which on this has been observed.
        limit: usize,
    },
    /// The server is reached under another base URL, which is used from now on.
    BaseUrlCorrected {
        /// The base URL.
        url: String,
    },
    /// The server has no model of that name; its successor is asked.
    ModelReplaced {
        /// The model of the request.
        model: String,
        /// The model that is asked.
        successor: String,
    },
    /// The server ended the answer for a tool call and sent none.
    ToolCallMissing,
    /// The server sent no finish reason, and the body ended regularly.
    FinishUnstated,
    /// The text before a lone `</think>` was probably thinking.
    ThinkingUntagged,
    /// A request failed and is retried.
    Retrying {
        /// The error of the request.
        error: Error,
        /// What the retry asks for.
        resumption: Resumption,
        /// The number of the retry, from 1.
        retry: u32,
        /// The most retries of such an error; `None` where not their number is limited but the time that they wait in total.
        most: Option<u32>,
        /// The wait before it: the server's ([`Error::retry_after`]), where it named one.
        wait: Duration,
    },
    /// The server is loading a model or parsing a document, and the client waits for it. Given once.
    Preparing {
        /// The error of the server.
        error: Error,
    },
    /// The server makes the result in a task, which goes on there when the client stops waiting. Given once, when it begins.
    TaskStarted {
        /// Its id. DashScope keeps the result for 24 hours.
        task: String,
    },
    /// The server no longer knows the conversation, which continues in a new chat.
    NewChat {
        /// The error of the server.
        error: Error,
    },
    /// The web account's token has expired and cannot be renewed.
    TokenEnded {
        /// The time of its expiry.
        at: SystemTime,
    },
    /// The web account's token could not be renewed; the old one is used.
    TokenNotRenewed {
        /// The error of the renewal.
        error: Error,
    },
    /// The renewed token could not be saved.
    TokenNotKept {
        /// The reason, from the caller.
        detail: String,
    },
}

/// What a retry asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumption {
    /// The same reply again.
    Again,
    /// The rest of a reply that was cut.
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
    /// Applies `change` to every text of the server.
    #[must_use]
    pub(crate) fn map_texts(self, change: &dyn Fn(String) -> String) -> Notice {
        match self {
            Notice::BaseUrlCorrected { url } => Notice::BaseUrlCorrected { url: change(url) },
            same => same,
        }
    }
}
