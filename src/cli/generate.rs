//! What `chat` and `complete` take alike.

use std::ffi::OsString;

use clap::{Args, ValueEnum, ValueHint};

use super::option_ranges;

/// What `chat` and `complete` share.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Generation options")]
pub struct Generate {
    /// System message, or @FILE to read it from a file
    #[arg(short, long, value_name = "TEXT|@FILE")]
    pub system: Option<OsString>,
    /// How freely the words are drawn, 0 to 2
    #[arg(short, long, value_name = "X", allow_hyphen_values = true, value_parser = option_ranges::temperature)]
    pub temperature: Option<f64>,
    /// Draw from the likeliest words, above 0, at most 1
    #[arg(long, value_name = "X", allow_hyphen_values = true, value_parser = option_ranges::top_p)]
    pub top_p: Option<f64>,
    /// Draw from the N likeliest words
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = option_ranges::top_k)]
    pub top_k: Option<u32>,
    /// The longest answer, in tokens
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = option_ranges::max_tokens)]
    pub max_tokens: Option<u32>,
    /// A number, for answers that can be repeated
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = option_ranges::seed)]
    pub seed: Option<u32>,
    /// End the answer before this text (repeatable)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = option_ranges::stop)]
    pub stop: Vec<String>,
    /// Above 0: repeat less, -2 to 2
    #[arg(long, value_name = "X", allow_hyphen_values = true, value_parser = option_ranges::presence_penalty)]
    pub presence_penalty: Option<f64>,
    /// Think first, at most BUDGET tokens
    #[arg(long, value_name = "BUDGET", num_args = 0..=1, require_equals = true, value_parser = option_ranges::budget, overrides_with = "no_think")]
    pub think: Option<Option<u32>>,
    /// Answer without thinking
    #[arg(long, overrides_with = "think")]
    pub no_think: bool,
    /// Let the model search the web
    #[arg(long, overrides_with = "no_search")]
    pub search: bool,
    /// Do not search
    #[arg(long, overrides_with = "search")]
    pub no_search: bool,
    /// Attach an image (repeatable); - is stdin
    #[arg(short, long, value_name = "PATH|URL|-", value_hint = ValueHint::AnyPath)]
    pub image: Vec<OsString>,
    /// Refuse images that are too large
    ///
    /// Otherwise they are scaled down.
    #[arg(long)]
    pub no_resize: bool,
    /// Put a text file before the prompt; - is stdin
    ///
    /// Repeatable. It is fenced and named. Documents such as PDF are uploaded, for qwen-long.
    #[arg(short, long, value_name = "PATH|URL|-", value_hint = ValueHint::AnyPath)]
    pub file: Vec<OsString>,
    /// Ask for a JSON object
    #[arg(long, conflicts_with = "schema")]
    pub json: bool,
    /// Ask for JSON of this schema
    #[arg(long, value_name = "JSON|@FILE")]
    pub schema: Option<OsString>,
    /// Take the answer in one piece
    #[arg(long)]
    pub no_stream: bool,
    /// Show thinking: auto, always, never
    ///
    /// auto: on a terminal.
    #[arg(long, value_name = "WHEN", value_enum, hide_possible_values = true)]
    pub show_thinking: Option<When>,
    /// No Markdown rendering
    #[arg(long)]
    pub raw: bool,
    /// Tokens and times on stderr, after the answer
    #[arg(short, long)]
    pub usage: bool,
    #[command(flatten)]
    pub save: SaveFlags,
    /// Go on with the last conversation, on its own model
    #[arg(short = 'c', long = "continue")]
    pub goes_on: bool,
    /// Go on with a chosen conversation
    ///
    /// Without a value on a terminal: a picker. -c --resume without a prompt asks for the rest of an answer that was
    /// cut.
    #[arg(short, long, value_name = "ID|NAME", num_args = 0..=1)]
    pub resume: Option<Option<String>>,
    /// When it is too long: fit (drop the oldest), all
    ///
    /// When the conversation is longer than the model can hold: leave the oldest exchanges out of the request (fit), or
    /// refuse (all).
    #[arg(long, value_name = "HOW", value_enum, hide_possible_values = true)]
    pub context: Option<ContextUse>,
}

/// Whether the conversation is kept.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct SaveFlags {
    /// Keep the conversation
    #[arg(long, overrides_with = "no_save")]
    pub save: bool,
    /// Keep nothing
    #[arg(long, overrides_with = "save")]
    pub no_save: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ContextUse {
    #[default]
    Fit,
    All,
}
