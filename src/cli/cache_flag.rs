//! `--cache`, of the commands that can give an answer again.

use std::time::Duration;

use clap::Args;

use super::option_ranges;

#[derive(Clone, Copy, Debug, Default, Args)]
pub struct CacheFlag {
    /// Give the same request its answer again, up to AGE old
    ///
    /// AGE is as in 90s, 5m, 1h, 1d or 2w; without one that of the config file, else any. Answers are cached from then on,
    /// but for those of a web search and those that were cut.
    #[arg(
        long,
        value_name = "AGE",
        num_args = 0..=1,
        require_equals = true,
        value_parser = option_ranges::age,
        help_heading = "Cache"
    )]
    pub cache: Option<Option<Duration>>,
}
