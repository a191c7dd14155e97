//! The commands that are needed once: credentials, settings, completions, the manual.

use clap::{Args, Subcommand};

#[derive(Clone, Debug, Args)]
pub struct Auth {
    #[command(subcommand)]
    pub command: AuthCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub enum AuthCommand {
    /// Ask for a credential, try it, and store it
    Login {
        /// Store it without trying it
        #[arg(long)]
        no_check: bool,
        /// Store it in the system's keyring instead of a file
        #[arg(long)]
        keyring: bool,
    },
    /// Which credential goes to whom, and where it comes from
    Status {
        /// A JSON array
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
    /// Print where the config file is
    Path,
    /// Every setting, and where it comes from
    Show {
        /// A JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print one setting
    Get {
        /// Its name
        key: String,
    },
    /// Change one setting in the config file
    Set {
        /// Its name
        key: String,
        /// What it is to be
        value: String,
    },
    /// Remove one setting from the config file
    Unset {
        /// Its name
        key: String,
    },
    /// Open the config file in $VISUAL or $EDITOR
    Edit,
}

#[derive(Clone, Debug, Args)]
pub struct Completions {
    /// bash, zsh, fish, powershell or elvish
    #[arg(value_enum, hide_possible_values = true)]
    pub shell: clap_complete::Shell,
}

#[derive(Clone, Debug, Args)]
pub struct Man {
    /// The command whose page it is
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}
