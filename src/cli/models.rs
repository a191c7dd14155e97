//! `qwen models`.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Clone, Debug, Args)]
pub struct Models {
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
    /// Only models whose ID contains this
    pub filter: Option<String>,
    /// vision, audio, video, image-out, thinking, …
    ///
    /// Only models with this capability, text and search too; repeatable.
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    pub capability: Vec<Capability>,
    /// Output a JSON array
    #[arg(long)]
    pub json: bool,
    /// Ignore the cached list
    ///
    /// It is cached for 24 hours.
    #[arg(long)]
    pub refresh: bool,
}

#[derive(Clone, Debug, Subcommand)]
pub enum ModelsCommand {
    /// Show the details of a model
    Show {
        /// Model ID, or an alias
        id: String,
        /// Output a JSON object
        #[arg(long)]
        json: bool,
        /// Ignore the cached list
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
    ImageOut,
    Thinking,
    Search,
}
