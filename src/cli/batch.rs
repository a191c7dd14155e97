//! `qwen batch`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use qwen_api::Decimal;

use super::{CacheFlag, RequestFlags, option_ranges};

#[derive(Clone, Debug, Args)]
pub struct BatchArgs {
    #[command(subcommand)]
    pub command: BatchCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub enum BatchCommand {
    /// Ask all prompts of a file, wait, write the answers
    Run(Box<BatchRun>),
    /// Give a file to the batch service, print the ID
    Submit(Box<BatchInput>),
    /// List batches
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show how far a batch is
    Status(BatchStatusArgs),
    /// Write the answers of a batch that has ended
    Fetch(BatchFetch),
    /// Cancel a batch at the provider's service
    Cancel(BatchCancel),
    /// Ask the failed lines of a batch again
    Retry(BatchRetry),
}

/// The input of a batch, and what holds for each of its lines.
#[derive(Clone, Debug, Args)]
pub struct BatchInput {
    /// Prompts: .jsonl, .txt or .csv; - is stdin
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub input: OsString,
    #[command(flatten)]
    pub request: RequestFlags,
    /// Encoding of the file [default: UTF-8]
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// Ask anew, although the answers are kept
    #[arg(long)]
    pub again: bool,
}

/// Where the answers of a batch go.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct BatchOutput {
    /// Write to FILE, all or nothing; - is stdout
    ///
    /// Lines that failed are written to FILE.failed.jsonl beside it, ready to be run.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// jsonl (OpenAI's result lines), text or csv
    ///
    /// text has a line for each answer, line ends escaped as in JSON; csv has the columns of the input, then answer and
    /// error.
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    pub format: Option<BatchFormat>,
}

#[derive(Clone, Debug, Args)]
pub struct BatchRun {
    #[command(flatten)]
    pub input: BatchInput,
    /// auto, batch (half price), batch-chat, realtime
    ///
    /// batch: files for the provider's batch service, at half price on DashScope. batch-chat: requests that DashScope holds until it has time. realtime:
    /// ordinary requests. auto: batch on DashScope from 100 lines of one model on.
    #[arg(long, value_enum, value_name = "ENGINE", hide_possible_values = true)]
    pub engine: Option<EngineChoice>,
    /// Requests at a time (realtime) [default: 8]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = option_ranges::concurrency)]
    pub concurrency: Option<usize>,
    /// Send nothing if all lines together can cost more
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, value_parser = option_ranges::amount)]
    pub max_cost: Option<Decimal>,
    #[command(flatten)]
    pub service: ServiceFlags,
    #[command(flatten)]
    pub output: BatchOutput,
    #[command(flatten)]
    pub cache: CacheFlag,
}

/// What holds for the provider's batch service.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct ServiceFlags {
    /// Seconds between looks at a job [default: 2 to 60]
    #[arg(long, value_name = "SECS", allow_hyphen_values = true, value_parser = option_ranges::poll)]
    pub poll: Option<Duration>,
    /// Delete the files on the service at the end
    #[arg(long)]
    pub delete: bool,
}

#[derive(Clone, Debug, Args)]
pub struct BatchStatusArgs {
    /// ID of the batch, its end, or the service's
    #[arg(value_name = "ID")]
    pub id: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, Args)]
pub struct BatchFetch {
    /// ID of the batch, its end, or the service's
    #[arg(value_name = "ID")]
    pub id: String,
    #[command(flatten)]
    pub output: BatchOutput,
    /// Delete the files on the service at the end
    #[arg(long)]
    pub delete: bool,
}

#[derive(Clone, Debug, Args)]
pub struct BatchCancel {
    /// ID of the batch, its end, or the service's
    #[arg(value_name = "ID")]
    pub id: String,
}

#[derive(Clone, Debug, Args)]
pub struct BatchRetry {
    /// ID of the batch, its end, or the service's
    #[arg(value_name = "ID")]
    pub id: String,
    /// Requests at a time (realtime) [default: 8]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = option_ranges::concurrency)]
    pub concurrency: Option<usize>,
    #[command(flatten)]
    pub service: ServiceFlags,
    #[command(flatten)]
    pub output: BatchOutput,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum BatchFormat {
    #[default]
    Jsonl,
    Text,
    Csv,
}

/// What asks the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    #[default]
    Auto,
    Batch,
    BatchChat,
    Realtime,
}
