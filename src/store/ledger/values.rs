//! What the ledger holds: batches, their lines and results.

use crate::money::Cost;
use qwen_api::Usage;

/// How the lines of a batch are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchEngine {
    /// Each in a request of its own.
    Realtime,
    /// In files, by the provider's batch service.
    Service,
    /// Each in a request that the server holds until it has time for it.
    BatchChat,
}

impl BatchEngine {
    pub fn as_str(self) -> &'static str {
        match self {
            BatchEngine::Realtime => "realtime",
            BatchEngine::Service => "batch",
            BatchEngine::BatchChat => "batch-chat",
        }
    }

    pub(super) fn from_word(word: &str) -> BatchEngine {
        match word {
            "batch" => BatchEngine::Service,
            "batch-chat" => BatchEngine::BatchChat,
            _ => BatchEngine::Realtime,
        }
    }
}

/// A batch without its lines. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBatch {
    /// 26 characters, sorting by time.
    pub id: String,
    /// The SHA-256 of provider, address, ids and bodies.
    pub digest: String,
    /// The name of the input file. Foreign text: not cleaned for a terminal.
    pub name: String,
    pub provider: String,
    pub engine: BatchEngine,
    pub created: i64,
    pub updated: i64,
    pub total: u64,
    /// The names of a CSV file's columns.
    pub columns: Option<Vec<String>>,
    pub(super) key: i64,
}

/// A batch that begins.
#[derive(Clone, Debug)]
pub struct BatchEntry<'a> {
    pub digest: &'a str,
    /// Whether it is asked anew although there is a batch of that digest.
    pub is_again: bool,
    pub name: &'a str,
    pub provider: &'a str,
    pub engine: BatchEngine,
    pub total: u64,
    pub columns: Option<&'a [String]>,
}

#[cfg(test)]
impl BatchEntry<'_> {
    /// A batch of so many lines for DashScope's service.
    pub fn sample(total: u64) -> BatchEntry<'static> {
        BatchEntry {
            digest: "0",
            is_again: false,
            name: "in.txt",
            provider: "dashscope",
            engine: BatchEngine::Service,
            total,
            columns: None,
        }
    }
}

/// A line of the input, checked and ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NewLine {
    pub custom_id: String,
    /// The path of the request: `/v1/chat/completions`.
    pub url: String,
    /// JSON.
    pub body: String,
    /// The row of a CSV file.
    pub cells: Option<Vec<String>>,
}

/// A line that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLine {
    /// Its place in the input, from 0.
    pub seq: u64,
    pub custom_id: String,
    pub url: String,
    /// JSON.
    pub body: String,
}

/// How far a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchLineState {
    Pending,
    /// It may have been sent; its answer is not here.
    Sent,
    Answered,
    Failed,
}

impl BatchLineState {
    pub fn as_str(self) -> &'static str {
        match self {
            BatchLineState::Pending => "pending",
            BatchLineState::Sent => "sent",
            BatchLineState::Answered => "answered",
            BatchLineState::Failed => "failed",
        }
    }

    pub(super) fn from_word(word: &str) -> BatchLineState {
        match word {
            "sent" => BatchLineState::Sent,
            "answered" => BatchLineState::Answered,
            "failed" => BatchLineState::Failed,
            _ => BatchLineState::Pending,
        }
    }
}

/// The result of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct LineResult {
    /// Whether it is an answer rather than an error.
    pub is_answer: bool,
    /// OpenAI's result line, on one line.
    pub json: String,
    pub usage: Option<Usage>,
    /// What is counted for it; `None` where it took nothing: an error, an answer of the cache.
    pub charge: Option<LineCharge>,
}

/// What an answer is charged by.
#[derive(Clone, Debug, PartialEq)]
pub struct LineCharge {
    pub model: String,
    /// `None` where the price is not known.
    pub cost: Option<Cost>,
}

/// A line as it is written into an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputLine {
    pub custom_id: String,
    pub url: String,
    pub body: String,
    pub cells: Option<Vec<String>>,
    pub state: BatchLineState,
    /// OpenAI's result line; `None` without one so far.
    pub result: Option<String>,
}

/// How many lines are in each state, and the tokens of the answered ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    pub pending: u64,
    pub sent: u64,
    pub answered: u64,
    pub failed: u64,
    pub usage: Usage,
}

impl LineCounts {
    /// Lines without a result.
    pub fn open(&self) -> u64 {
        self.pending + self.sent
    }

    pub fn total(&self) -> u64 {
        self.open() + self.answered + self.failed
    }
}
