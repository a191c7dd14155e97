//! The commands that are needed once: credentials, settings, completions, the manual.

use clap::{Args, Subcommand};

#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  qwen auth login --region singapore\n  pass show dashscope | qwen auth login\n  qwen auth status"
)]
pub struct Auth {
    #[command(subcommand)]
    pub command: AuthCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub enum AuthCommand {
    /// Ask for a credential (or take it from stdin), try it, and store it in a file only you can read
    Login {
        /// Store it without asking the provider whether it is good
        #[arg(long)]
        no_check: bool,
    },
    /// Which credential goes to whom, and where it comes from; never the credential
    Status {
        /// A JSON array
        #[arg(long)]
        json: bool,
    },
    /// Remove the stored credential of the provider (-p), or all of them
    Logout,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  qwen config show\n  qwen config set region singapore")]
pub struct Config {
    #[command(subcommand)]
    pub command: ConfigCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print where the config file is
    Path,
    /// Every setting, and where it comes from
    Show {
        /// A JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print one setting
    Get { key: String },
    /// Change one setting in the config file
    Set { key: String, value: String },
    /// Open the config file in $VISUAL or $EDITOR
    Edit,
}

#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  qwen completions bash > ~/.local/share/bash-completion/completions/qwen\n  qwen completions zsh > ~/.zfunc/_qwen"
)]
pub struct Completions {
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
