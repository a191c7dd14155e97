//! `qwen usage`.

use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::option_ranges;

#[derive(Clone, Debug, Args)]
pub struct UsageArgs {
    /// Add up by day, model, provider or conversation
    #[arg(
        long,
        value_name = "KEY",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub by: UsageBy,
    /// Count from this day on, as in 2026-11-28
    #[arg(long, value_name = "DATE", value_parser = option_ranges::date)]
    pub since: Option<Date>,
    /// Output a JSON array
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Output CSV
    #[arg(long)]
    pub csv: bool,
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum UsageBy {
    #[default]
    Day,
    Model,
    Provider,
    Conversation,
}
