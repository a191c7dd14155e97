//! The command line as clap sees it. No logic: what a value means is decided in `config` and the commands.

mod ask;
mod generate;
mod globals;
mod models;
pub mod range;
mod sessions;
mod set_up;
mod upload;

use clap::{Parser, Subcommand};

pub use ask::{Chat, Complete, DryRun, Format, Last};
pub use generate::{ContextUse, Generate, When};
pub use globals::Globals;
pub use models::{Capability, Models, ModelsCommand};
pub use sessions::{Sessions, SessionsCommand};
pub use set_up::{Auth, AuthCommand, Completions, Config, ConfigCommand};
pub use upload::{ListFormat, Upload, UploadPurpose};

/// The terminal for Qwen: chat, one-shot answers for pipes and scripts, uploads, models.
#[derive(Debug, Parser)]
#[command(
    name = "qwen",
    version,
    about = "The terminal for Qwen",
    disable_help_subcommand = true,
    after_help = "Try it without a key:  qwen -p demo chat\nWith a key:            export DASHSCOPE_API_KEY=…; qwen complete \"hello\"\nIn a pipe:             git diff | qwen complete \"write a commit message\""
)]
pub struct Cli {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Interactive conversation; `qwen` alone on a terminal is this
    Chat(Box<Chat>),
    /// One prompt in, one answer out
    Complete(Box<Complete>),
    /// Put files where the model can read them; print one reference a line
    Upload(Upload),
    /// List models, or show one
    Models(Models),
    /// Saved conversations: list, show, search, export, rename, rm
    Sessions(Sessions),
    /// Print the last answer again, or its code
    Last(Last),
    /// Store, look at and remove credentials
    Auth(Auth),
    /// Show and change settings
    Config(Config),
    /// Check credentials, reachability, proxy, terminal; say what to mend
    Doctor {
        /// A JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print a completion script
    Completions(Completions),
    /// Print the manual page (roff)
    Man,
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
