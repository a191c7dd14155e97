//! `qwen image`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use qwen_api::Decimal;

use super::{ListFormat, option_ranges};

#[derive(Clone, Debug, Args)]
pub struct Image {
    /// What the picture shows, or how to change it; - is stdin
    #[arg(value_name = "PROMPT", required = true)]
    pub prompt: Vec<String>,
    /// Picture to change, at most 3 of them; - is stdin
    #[arg(short, long = "image", value_name = "PATH|URL|-", value_hint = ValueHint::AnyPath)]
    pub images: Vec<OsString>,
    /// Write to FILE, several to FILE-1, …; - is stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Number of pictures, 1 to 12
    #[arg(short = 'n', long = "count", value_name = "N", allow_hyphen_values = true, value_parser = option_ranges::pictures)]
    pub count: Option<u32>,
    /// Size in pixels; for some models 1K, 2K or 4K
    #[arg(long, value_name = "WxH", value_parser = option_ranges::picture_size)]
    pub size: Option<String>,
    /// What the picture must not show
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub negative: Option<String>,
    /// Seed for similar pictures
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = option_ranges::seed)]
    pub seed: Option<u32>,
    /// Ask for nothing that can cost more
    ///
    /// In the currency of the region's prices. A model whose price is not known is refused as well; local and demo cost
    /// nothing.
    #[arg(long, value_name = "AMOUNT", value_parser = option_ranges::amount)]
    pub max_cost: Option<Decimal>,
    /// Print number, cost and time to stderr afterwards
    #[arg(short, long)]
    pub usage: bool,
    /// text (one path per line) or json (an array)
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    pub format: Option<ListFormat>,
}
