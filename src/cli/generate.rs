//! The generation options of `chat`, `complete` and `batch`.

use std::ffi::OsString;

use clap::{Args, ValueEnum, ValueHint};

use super::option_ranges;
use qwen_api::Decimal;

/// The options of every request: of a turn, and of each line of a batch.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Generation options")]
pub struct RequestFlags {
    /// Use the prompt that is kept under this name
    ///
    /// The prompt, stdin and files are its input.
    #[arg(long, value_name = "NAME")]
    pub template: Option<String>,
    /// Set a variable of the template (repeatable)
    #[arg(long = "var", value_name = "KEY=VALUE", value_parser = option_ranges::assignment, requires = "template")]
    pub vars: Vec<(String, String)>,
    /// System message, or @FILE to read it from a file
    #[arg(short, long, value_name = "TEXT|@FILE")]
    pub system: Option<OsString>,
    /// Sampling temperature, 0 to 2
    #[arg(short, long, value_name = "X", allow_hyphen_values = true, value_parser = option_ranges::temperature)]
    pub temperature: Option<f64>,
    /// Nucleus sampling, above 0, at most 1
    #[arg(long, value_name = "X", allow_hyphen_values = true, value_parser = option_ranges::top_p)]
    pub top_p: Option<f64>,
    /// Sample from the N most likely tokens
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = option_ranges::top_k)]
    pub top_k: Option<u32>,
    /// Maximum length of the answer, in tokens
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = option_ranges::max_tokens)]
    pub max_tokens: Option<u32>,
    /// Seed for reproducible answers
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = option_ranges::seed)]
    pub seed: Option<u32>,
    /// Stop before this text (repeatable)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = option_ranges::stop)]
    pub stop: Vec<String>,
    /// Presence penalty, -2 to 2; above 0: repeat less
    #[arg(long, value_name = "X", allow_hyphen_values = true, value_parser = option_ranges::presence_penalty)]
    pub presence_penalty: Option<f64>,
    /// Enable thinking, at most BUDGET tokens
    #[arg(long, value_name = "BUDGET", num_args = 0..=1, require_equals = true, value_parser = option_ranges::budget, overrides_with = "no_think")]
    pub think: Option<Option<u32>>,
    /// Disable thinking
    #[arg(long, overrides_with = "think")]
    pub no_think: bool,
    /// Let the model search the web
    #[arg(long, overrides_with = "no_search")]
    pub search: bool,
    /// Disable web search
    #[arg(long, overrides_with = "search")]
    pub no_search: bool,
    /// Request a JSON object
    #[arg(long, conflicts_with = "schema")]
    pub json: bool,
    /// Request JSON that matches this schema
    #[arg(long, value_name = "JSON|@FILE")]
    pub schema: Option<OsString>,
}

/// The generation options of a conversation.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Generation options")]
pub struct Generate {
    #[command(flatten)]
    pub request: RequestFlags,
    /// Attach an image, sound or video (also --attach)
    ///
    /// Repeatable; - is stdin. The type is detected from the content; sound and video are for models that hear (`omni_model`).
    #[arg(short, long, alias = "attach", value_name = "PATH|URL|-", value_hint = ValueHint::AnyPath)]
    pub image: Vec<OsString>,
    /// Do not scale down images that are too large
    ///
    /// They are refused instead.
    #[arg(long)]
    pub no_resize: bool,
    /// Attach a text file (repeatable); - is stdin
    ///
    /// Its content goes before the prompt. FOLDER/ and patterns ('src/*.rs', '**/*.md') attach the text files they name,
    /// at most 200 and 2 MB, without those that .gitignore leaves out. Documents such as PDF are uploaded, for qwen-long.
    #[arg(short, long, value_name = "PATH|URL|-", value_hint = ValueHint::AnyPath)]
    pub file: Vec<OsString>,
    /// Disable streaming
    #[arg(long)]
    pub no_stream: bool,
    /// Show thinking: auto, always, never
    ///
    /// auto: on a terminal.
    #[arg(long, value_name = "WHEN", value_enum, hide_possible_values = true)]
    pub show_thinking: Option<When>,
    /// Do not render Markdown
    #[arg(long)]
    pub raw: bool,
    /// Print tokens, cost and times to stderr afterwards
    #[arg(short, long)]
    pub usage: bool,
    /// Send nothing that can cost more
    ///
    /// In the currency of the region's prices: the input estimated, the longest answer and thinking counted. A model
    /// whose price is not known is refused as well; local and demo cost nothing.
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, value_parser = option_ranges::amount)]
    pub max_cost: Option<Decimal>,
    #[command(flatten)]
    pub save: SaveFlags,
    /// Continue the last conversation, with its model
    #[arg(short = 'c', long = "continue")]
    pub goes_on: bool,
    /// Continue a conversation
    ///
    /// Without a value on a terminal: a picker. Without a prompt: the rest of an answer that was cut off.
    #[arg(short, long, value_name = "ID|NAME", num_args = 0..=1)]
    pub resume: Option<Option<String>>,
    /// If it is too long: fit (drop the oldest), all
    ///
    /// If the conversation exceeds the model's context window: leave the oldest exchanges out of the request (fit), or
    /// fail (all).
    #[arg(long, value_name = "HOW", value_enum, hide_possible_values = true)]
    pub context: Option<ContextUse>,
}

/// Whether the conversation is kept.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct SaveFlags {
    /// Save the conversation
    #[arg(long, overrides_with = "no_save")]
    pub save: bool,
    /// Do not save the conversation
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

impl From<RequestFlags> for Generate {
    fn from(request: RequestFlags) -> Generate {
        Generate {
            request,
            ..Generate::default()
        }
    }
}
