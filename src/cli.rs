//! The definition of the command line. What a value means is decided in `config` and the commands.

mod ask;
mod batch;
mod cache_flag;
mod generate;
mod globals;
pub mod help;
pub mod help_pages;
mod image;
mod models;
pub mod option_ranges;
mod serve;
mod sessions;
mod setup;
mod templates;
mod upload;
mod usage;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::i18n::lang::Lang;
pub use ask::{Chat, Complete, DryRun, Format, Last};
pub use batch::{
    BatchArgs, BatchCancel, BatchCommand, BatchFetch, BatchFormat, BatchInput, BatchOutput, BatchRetry, BatchRun,
    BatchStatusArgs, EngineChoice, ServiceFlags,
};
pub use cache_flag::CacheFlag;
pub use generate::{ContextUse, Generate, RequestFlags, SaveFlags, When};
pub use globals::Globals;
pub use image::Image;
pub use models::{Capability, Models, ModelsCommand};
pub use serve::Serve;
pub use sessions::{Sessions, SessionsCommand};
pub use setup::{Auth, AuthCommand, Completions, Config, ConfigCommand, Man};
pub use templates::{Templates, TemplatesCommand};
pub use upload::{ListFormat, UploadArgs, UploadPurpose};
pub use usage::{UsageArgs, UsageBy};

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
    /// Make or change pictures
    Image(Image),
    /// Upload files for the model to read
    Upload(UploadArgs),
    /// Ask many prompts from a file
    Batch(BatchArgs),
    /// Serve OpenAI's API on this machine, for other programs
    Serve(Serve),
    /// List models, or show one
    Models(Models),
    /// Manage prompts that are kept under a name
    Templates(Templates),
    /// Manage saved conversations
    Sessions(Sessions),
    /// Show tokens and cost, by day, model or provider
    Usage(UsageArgs),
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

/// Parses the command line. Help is in the language of `layout`, for a window of that many columns. A question without a
/// command is `complete`'s; options alone are `chat`'s where stdin is a terminal, and `complete`'s elsewhere.
pub fn parse(args: &[OsString], is_terminal: bool, layout: impl FnOnce() -> (Lang, usize)) -> Result<Cli, clap::Error> {
    let error = match Cli::try_parse_from(args) {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    if let Some(args) = asks_for_help(args, &error) {
        let error = match Cli::try_parse_from(&args) {
            Ok(cli) => return Ok(cli),
            Err(error) => error,
        };
        return explained(&args, error, layout);
    }
    match with_command(args, &error, is_terminal) {
        Some((_, Ok(cli))) => Ok(cli),
        Some((args, Err(error))) => explained(&args, error, layout),
        None => explained(args, error, layout),
    }
}

/// The error, or the help that it stands for, laid out.
fn explained(
    args: &[OsString],
    error: clap::Error,
    layout: impl FnOnce() -> (Lang, usize),
) -> Result<Cli, clap::Error> {
    if !matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        return Err(error);
    }
    let is_full = args.iter().any(|arg| arg == "--help");
    let (lang, columns) = layout();
    let mut command = help::dressed(Cli::command(), is_full, lang, columns);
    let matches = command.try_get_matches_from_mut(args)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// The command line `qwen complete why is it` for `qwen why is it`, and what it is parsed into. The first word is no
/// command, and there are several, or the only one is no ASCII word. A single ASCII word is taken for a misspelt command.
/// Without a word, the command that `qwen` alone is.
fn with_command(
    args: &[OsString],
    error: &clap::Error,
    is_terminal: bool,
) -> Option<(Vec<OsString>, Result<Cli, clap::Error>)> {
    if !matches!(error.kind(), ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument) {
        return None;
    }
    let mut asked = args.to_vec();
    asked.insert(1.min(args.len()), "complete".into());
    let is_sentence = |word: &str| word.contains(' ') || !word.is_ascii();
    let parsed = Cli::try_parse_from(&asked);
    let is_question = match &parsed {
        Ok(cli) => {
            let Some(Command::Complete(complete)) = &cli.command else {
                return None;
            };
            match complete.prompt.first() {
                Some(first) => (complete.prompt.len() > 1 || is_sentence(first)) && !is_command(first),
                None if is_terminal => {
                    asked[1] = "chat".into();
                    let parsed = Cli::try_parse_from(&asked);
                    return parsed.is_ok().then_some((asked, parsed));
                }
                None => true,
            }
        }
        // An option of it is wrong; the word that is no command says whether it is a question.
        Err(refused) => {
            let has_command = |args: &[OsString]| args.iter().any(|arg| arg.to_str().is_some_and(is_command));
            let Some(word) = no_command(error) else {
                let is_meant = refused.kind() != ErrorKind::UnknownArgument && !has_command(args);
                return is_meant.then_some((asked, parsed));
            };
            let at = args.iter().position(|arg| arg == word)?;
            let follows = args
                .get(at + 1)
                .is_some_and(|next| !next.as_encoded_bytes().starts_with(b"-"));
            (follows || is_sentence(word)) && !has_command(&args[..at])
        }
    };
    is_question.then_some((asked, parsed))
}

fn is_command(word: &str) -> bool {
    word == "help" || Cli::command().find_subcommand(word).is_some()
}

/// An unknown word in the place of a command.
fn no_command(error: &clap::Error) -> Option<&str> {
    match error.get(ContextKind::InvalidSubcommand)? {
        ContextValue::String(word) => Some(word),
        _ => None,
    }
}

/// The command line `qwen chat --help` for `qwen help chat`. A command `help` would be listed everywhere.
fn asks_for_help(args: &[OsString], error: &clap::Error) -> Option<Vec<OsString>> {
    if no_command(error)? != "help" {
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
