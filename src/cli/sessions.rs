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
    /// The conversations last gone on with
    List {
        /// The most that are listed; 0: all (without it 20 on a terminal, else all)
        #[arg(short = 'n', long, value_name = "N")]
        limit: Option<usize>,
        /// A JSON array
        #[arg(long)]
        json: bool,
    },
    /// Print a conversation, the last one without an id
    Show {
        /// Its id or name, or the beginning of either
        #[arg(value_name = "ID|NAME")]
        conversation: Option<String>,
        /// A JSON object
        #[arg(long)]
        json: bool,
    },
    /// Find conversations by words, in any language
    Search {
        /// All of them are to be there
        #[arg(value_name = "WORDS", required = true)]
        words: Vec<String>,
        /// The most that are listed; 0: all (without it 20 on a terminal, else all)
        #[arg(short = 'n', long, value_name = "N")]
        limit: Option<usize>,
        /// A JSON array
        #[arg(long)]
        json: bool,
    },
    /// Write a conversation out as Markdown, JSON or HTML
    Export {
        /// Its id or name, or the beginning of either
        #[arg(value_name = "ID|NAME")]
        conversation: String,
        /// Its ending decides the format; without a file or with -, to stdout
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// md, json or html
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
    },
    /// Give a conversation a name; without one, take it away
    Rename {
        /// Its id or name, or the beginning of either
        #[arg(value_name = "ID|NAME")]
        conversation: String,
        /// What it is to be called
        #[arg(value_name = "NEW NAME")]
        name: Option<String>,
    },
    /// Remove conversations for good
    Rm {
        /// Their ids or names
        #[arg(value_name = "ID|NAME", required = true)]
        conversations: Vec<String>,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}
