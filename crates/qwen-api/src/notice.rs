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
    /// The web site ignores these parameters; the request was made without them.
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
    /// The model called a tool although none was offered; the call was left out.
    ToolCallLeftOut,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `temperature`.
    Temperature,
    /// `top_p`.
    TopP,
    /// `top_k`.
    TopK,
    /// `max_tokens`.
    MaxTokens,
    /// `seed`.
    Seed,
    /// `stop`.
    Stop,
    /// `presence_penalty`.
    PresencePenalty,
    /// `response_format`.
    ResponseFormat,
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
