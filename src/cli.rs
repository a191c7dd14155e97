//! The definition of the command line. What a value means is decided in `config` and the commands.

mod ask;
mod generate;
mod globals;
pub mod help;
pub mod help_pages;
mod models;
pub mod option_ranges;
mod sessions;
mod setup;
mod upload;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use ask::{Chat, Complete, DryRun, Format, Last};
pub use generate::{ContextUse, Generate, SaveFlags, When};
pub use globals::Globals;
pub use models::{Capability, Models, ModelsCommand};
pub use sessions::{Sessions, SessionsCommand};
pub use setup::{Auth, AuthCommand, Completions, Config, ConfigCommand, Man};
pub use upload::{ListFormat, Upload, UploadPurpose};

/// The terminal for Qwen: chat, one-shot answers for pipes and scripts, uploads, models.
#[derive(Debug, Parser)]
#[command(
    name = "qwen",
    version,
    about = "The terminal for Qwen",
    disable_help_subcommand = true
)]
pub struct Cli {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start an interactive conversation (default on a terminal)
    Chat(Box<Chat>),
    /// Send one prompt and print the answer
    Complete(Box<Complete>),
    /// Upload files for the model to read
    Upload(Upload),
    /// List models, or show one
    Models(Models),
    /// Manage saved conversations
    Sessions(Sessions),
    /// Print the last answer again, or its code
    Last(Last),
    /// Manage credentials
    Auth(Auth),
    /// Show and change settings
    Config(Config),
    /// Check credentials, connection, proxy and terminal
    Doctor {
        /// Output a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print a shell completion script
    Completions(Completions),
    /// Print the manual page (roff)
    Man(Man),
}

/// Parses the command line. Help is laid out for a window of `columns`.
pub fn parse(args: &[OsString], columns: impl FnOnce() -> usize) -> Result<Cli, clap::Error> {
    let error = match Cli::try_parse_from(args) {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    if let Some(args) = asks_for_help(args, &error) {
        return parse(&args, columns);
    }
    if !matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        return Err(error);
    }
    let is_full = args.iter().any(|arg| arg == "--help");
    let mut command = help::dressed(Cli::command(), is_full, columns());
    let matches = command.try_get_matches_from_mut(args)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// The command line `qwen chat --help` for `qwen help chat`. A command `help` would be listed everywhere.
fn asks_for_help(args: &[OsString], error: &clap::Error) -> Option<Vec<OsString>> {
    let word = error.get(ContextKind::InvalidSubcommand)?;
    if *word != ContextValue::String("help".to_owned()) {
        return None;
    }
    let at = args.iter().position(|arg| arg == "help")?;
    let rest = args[..at].iter().chain(&args[at + 1..]).cloned();
    Some(rest.chain(["--help".into()]).collect())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_says_what_it_is_for() {
        fn check(command: &clap::Command) {
            for arg in command.get_arguments() {
                let named = arg.get_long().is_some() || arg.get_help().is_some() || arg.is_positional();
                assert!(
                    named && (arg.is_positional() || arg.get_help().is_some()),
                    "{} of {}",
                    arg.get_id(),
                    command.get_name()
                );
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
