//! `qwen sessions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Clone, Debug, Args)]
pub struct Sessions {
    #[command(subcommand)]
    pub command: SessionsCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub enum SessionsCommand {
    /// List recent conversations
    List {
        /// Maximum number of results; 0: all
        ///
        /// Default: 20 on a terminal, else all.
        #[arg(short = 'n', long, value_name = "N")]
        limit: Option<usize>,
        /// Output a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Print a conversation, by default the last one
    Show {
        /// ID or name, or a prefix of either
        #[arg(value_name = "ID|NAME")]
        conversation: Option<String>,
        /// Output a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Search conversations for words, in any language
    Search {
        /// Words that must all occur
        #[arg(value_name = "WORDS", required = true)]
        words: Vec<String>,
        /// Maximum number of results; 0: all
        ///
        /// Default: 20 on a terminal, else all.
        #[arg(short = 'n', long, value_name = "N")]
        limit: Option<usize>,
        /// Output a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Export a conversation as Markdown, JSON or HTML
    Export {
        /// ID or name, or a prefix of either
        #[arg(value_name = "ID|NAME")]
        conversation: String,
        /// Output file, whose extension sets the format; - or none: stdout
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Format: md, json or html
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
    },
    /// Rename a conversation, or remove its name
    Rename {
        /// ID or name, or a prefix of either
        #[arg(value_name = "ID|NAME")]
        conversation: String,
        /// New name; without it, the name is removed
        #[arg(value_name = "NEW NAME")]
        name: Option<String>,
    },
    /// Delete conversations permanently
    Rm {
        /// IDs or names, or prefixes of them
        #[arg(value_name = "ID|NAME", required = true)]
        conversations: Vec<String>,
        /// Do not ask for confirmation
        #[arg(short, long)]
        yes: bool,
    },
}
