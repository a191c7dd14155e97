//! The arguments of `chat`, `complete` and `last`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CacheFlag, Generate, option_ranges};

#[derive(Clone, Debug, Default, Args)]
pub struct Complete {
    /// The prompt; words are joined with spaces; - reads stdin only
    #[arg(value_name = "PROMPT")]
    pub prompt: Vec<String>,
    #[command(flatten)]
    pub generate: Generate,
    #[command(flatten)]
    pub cache: CacheFlag,
    /// Ask anew, and cache the new answer
    ///
    /// If no answer comes, the cached one stays.
    #[arg(long, help_heading = "Cache")]
    pub refresh: bool,
    /// Print only the code: all blocks, or the Nth
    #[arg(short = 'x', long, value_name = "N", num_args = 0..=1, require_equals = true, value_parser = option_ranges::nth, conflicts_with = "format", help_heading = "Output")]
    pub extract: Option<Option<usize>>,
    /// text, json (one object) or jsonl (event per line)
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub format: Option<Format>,
    /// Write to FILE, all or nothing; - is stdout
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Print the request as json or curl, do not send it
    #[arg(long, value_enum, value_name = "AS", num_args = 0..=1, require_equals = true, default_missing_value = "json", hide_possible_values = true, help_heading = "Output")]
    pub dry_run: Option<DryRun>,
    /// Delete the chat from the web account (-p web)
    #[arg(long, help_heading = "Output")]
    pub delete_chat: bool,
    /// Print the words of the recording that -i names
    ///
    /// It is given to `transcribe_model`; -s names terms to expect.
    #[arg(long, requires = "image", conflicts_with_all = ["prompt", "template", "goes_on", "resume", "file", "extract"], help_heading = "Output")]
    pub transcribe: bool,
    /// Encoding of stdin and of -f files
    ///
    /// UTF-8, UTF-16 with a BOM, GB18030, Big5, Shift-JIS and EUC-KR are detected.
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
pub struct Chat {
    #[command(flatten)]
    pub generate: Generate,
}

#[derive(Clone, Debug, Args)]
pub struct Last {
    /// Print only its code: all blocks, or the Nth
    #[arg(long, value_name = "N", num_args = 0..=1, allow_negative_numbers = true, value_parser = option_ranges::nth, conflicts_with = "json")]
    pub code: Option<Option<usize>>,
    /// Print the answer and its details as JSON
    #[arg(long)]
    pub json: bool,
}
