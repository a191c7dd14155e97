//! `qwen models`.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Models {
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
    /// Only models whose id contains this
    pub filter: Option<String>,
    /// text, vision, audio, video, thinking or search
    ///
    /// Only models that can do this; repeatable.
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    pub capability: Vec<Capability>,
    /// A JSON array
    #[arg(long)]
    pub json: bool,
    /// Ask the server again
    ///
    /// Instead of using the list of the last 24 hours.
    #[arg(long)]
    pub refresh: bool,
}

#[derive(Clone, Debug, Subcommand)]
pub enum ModelsCommand {
    /// All that is known of one model
    Show {
        /// Its id, or an alias
        id: String,
        /// A JSON object
        #[arg(long)]
        json: bool,
        /// Ask the server again
        #[arg(long)]
        refresh: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Capability {
    Text,
    Vision,
    Audio,
    Video,
    Thinking,
    Search,
}
