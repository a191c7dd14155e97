//! The commands that ask, or print what was answered.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Generate, range};

#[derive(Clone, Debug, Default, Args)]
#[command(
    after_help = "Examples:\n  git diff | qwen complete \"write a commit message\"\n  qwen complete -x \"a jq filter for the third key\" > filter.jq"
)]
pub struct Complete {
    /// The prompt; words are joined with spaces, - is stdin alone
    #[arg(value_name = "PROMPT")]
    pub prompt: Vec<String>,
    #[command(flatten)]
    pub generate: Generate,
    /// Print only the answer's code: all fenced blocks, or the N-th
    #[arg(short = 'x', long, value_name = "N", num_args = 0..=1, require_equals = true, value_parser = range::nth, conflicts_with = "format", help_heading = "Output")]
    pub extract: Option<Option<usize>>,
    /// text, json (one object at the end) or jsonl (an event a line)
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<Format>,
    /// Write the answer to a file, whole or not at all
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Print the request (json, or a curl command) and send nothing
    #[arg(long, value_enum, value_name = "AS", num_args = 0..=1, require_equals = true, default_missing_value = "json", help_heading = "Output")]
    pub dry_run: Option<DryRun>,
    /// Delete the chat from the web account's list after the answer (-p web)
    #[arg(long, help_heading = "Output")]
    pub delete_chat: bool,
    /// The encoding of stdin and of -f files, when it is not UTF-8
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
    Jsonl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    Json,
    Curl,
}

#[derive(Clone, Debug, Default, Args)]
#[command(
    after_help = "Examples:\n  qwen chat -c\n  cat notes.txt | qwen chat\nInside, /help lists the commands and keys."
)]
pub struct Chat {
    #[command(flatten)]
    pub generate: Generate,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  qwen last\n  qwen last --code=2 > script.sh")]
pub struct Last {
    /// Only its code: all fenced blocks, or the N-th
    #[arg(long, value_name = "N", num_args = 0..=1, value_parser = range::nth, conflicts_with = "json")]
    pub code: Option<Option<usize>>,
    /// All that is known of it, as JSON
    #[arg(long)]
    pub json: bool,
}
