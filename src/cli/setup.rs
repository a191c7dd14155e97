//! The arguments of `auth`, `config`, `completions` and `man`.

use clap::{Args, Subcommand};

#[derive(Clone, Debug, Args)]
pub struct Auth {
    #[command(subcommand)]
    pub command: AuthCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub enum AuthCommand {
    /// Prompt for a credential, check it and store it
    Login {
        /// Store it without checking it
        #[arg(long)]
        no_check: bool,
        /// Store it in the system keyring instead of a file
        #[arg(long)]
        keyring: bool,
    },
    /// Show which credentials are used and where they come from
    Status {
        /// Output a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Remove the stored credential of -p, or all of them
    Logout,
}

#[derive(Clone, Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    pub command: ConfigCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the path of the config file
    Path,
    /// List all settings and where they come from
    Show {
        /// Output a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print the value of a setting
    Get {
        /// Name of the setting
        key: String,
    },
    /// Set a setting in the config file
    Set {
        /// Name of the setting
        key: String,
        /// New value
        #[arg(allow_negative_numbers = true)]
        value: String,
    },
    /// Remove a setting from the config file
    Unset {
        /// Name of the setting
        key: String,
    },
    /// Open the config file in $VISUAL or $EDITOR
    Edit,
    /// Remove all cached answers
    CacheClear,
}

#[derive(Clone, Debug, Args)]
pub struct Completions {
    /// bash, zsh, fish, powershell or elvish
    #[arg(value_enum, hide_possible_values = true)]
    pub shell: clap_complete::Shell,
}

#[derive(Clone, Debug, Args)]
pub struct Man {
    /// Command; by default qwen itself
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}
