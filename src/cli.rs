//! The command line as clap sees it. No logic: what a value means is decided in `config` and the commands.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

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

/// Taken before and after the command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file
    #[arg(short, long, global = true, value_name = "NAME")]
    pub provider: Option<String>,
    /// Model, or an alias from the config file
    #[arg(short, long, global = true, value_name = "ID")]
    pub model: Option<String>,
    /// DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// DashScope workspace, for its own host
    #[arg(long, global = true, value_name = "ID")]
    pub workspace: Option<String>,
    /// Replaces the provider's base URL
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// Silence allowed before and between pieces of an answer; 0: any [default: 60]
    #[arg(long, global = true, value_name = "SECS", allow_hyphen_values = true)]
    pub timeout: Option<String>,
    /// How often to try again, 0 to 20; 0 turns resuming off too [default: 3]
    #[arg(long, global = true, value_name = "N", allow_hyphen_values = true)]
    pub retries: Option<String>,
    /// Another config file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// When to use colour: auto, always, never
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<String>,
    /// Log to stderr: -v requests, -vv events
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Log to a file, credentials masked
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// Proxy for everything but loopback: http://, https:// or socks5://
    #[arg(long, global = true, value_name = "URL")]
    pub proxy: Option<String>,
    /// Further root certificates, PEM
    #[arg(long, global = true, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Allow a credential over plain http:// to a host that is not this machine
    #[arg(long, global = true)]
    pub allow_http: bool,
    /// Answer and errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// What `chat` and `complete` share.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Generation options")]
pub struct Generate {
    /// System message, or @FILE to read it from a file
    #[arg(short, long, value_name = "TEXT|@FILE")]
    pub system: Option<String>,
    /// 0 to 2
    #[arg(short, long, value_name = "X", allow_hyphen_values = true, value_parser = range::temperature)]
    pub temperature: Option<f64>,
    /// Above 0, at most 1
    #[arg(long, value_name = "X", allow_hyphen_values = true, value_parser = range::top_p)]
    pub top_p: Option<f64>,
    /// How many candidates a token is drawn from
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = range::top_k)]
    pub top_k: Option<u32>,
    /// The longest answer, in tokens
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = range::max_tokens)]
    pub max_tokens: Option<u32>,
    /// For answers that can be repeated
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = range::seed)]
    pub seed: Option<u32>,
    /// End the answer where this text would come (repeatable)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = range::stop)]
    pub stop: Vec<String>,
    /// -2 to 2
    #[arg(long, value_name = "X", allow_hyphen_values = true, value_parser = range::presence_penalty)]
    pub presence_penalty: Option<f64>,
    /// Let the model think first, at most BUDGET tokens
    #[arg(long, value_name = "BUDGET", num_args = 0..=1, require_equals = true, value_parser = range::budget, overrides_with = "no_think")]
    pub think: Option<Option<u32>>,
    /// Answer without thinking
    #[arg(long, overrides_with = "think")]
    pub no_think: bool,
    /// Let the model search the web
    #[arg(long, overrides_with = "no_search")]
    pub search: bool,
    /// Do not search
    #[arg(long, overrides_with = "search")]
    pub no_search: bool,
    /// Attach an image (repeatable); - is stdin
    #[arg(short, long, value_name = "PATH|URL|-")]
    pub image: Vec<String>,
    /// Refuse an image that is too large instead of scaling it down
    #[arg(long)]
    pub no_resize: bool,
    /// Attach a text file, fenced and named, before the prompt (repeatable); documents for qwen-long
    #[arg(short, long, value_name = "PATH|URL")]
    pub file: Vec<String>,
    /// Ask for a JSON object
    #[arg(long, conflicts_with = "schema")]
    pub json: bool,
    /// Ask for JSON of this schema
    #[arg(long, value_name = "JSON|@FILE")]
    pub schema: Option<String>,
    /// One reply in one piece
    #[arg(long)]
    pub no_stream: bool,
    /// Whether thinking is shown: auto (on a terminal), always, never
    #[arg(long, value_name = "WHEN", value_enum)]
    pub show_thinking: Option<When>,
    /// No Markdown rendering
    #[arg(long)]
    pub raw: bool,
    /// After the answer, on stderr: tokens and times
    #[arg(short, long)]
    pub usage: bool,
    /// Keep the conversation
    #[arg(long, overrides_with = "no_save")]
    pub save: bool,
    /// Keep nothing
    #[arg(long, overrides_with = "save")]
    pub no_save: bool,
    /// Go on with the last conversation
    #[arg(short = 'c', long = "continue")]
    pub goes_on: bool,
    /// Go on with a chosen conversation; -c --resume without a prompt asks for the rest of an answer that was cut
    #[arg(short, long, value_name = "ID|NAME", num_args = 0..=1)]
    pub resume: Option<Option<String>>,
    /// When the conversation is longer than the model can hold: leave the oldest out (fit), or refuse (all)
    #[arg(long, value_name = "HOW", value_enum)]
    pub context: Option<ContextUse>,
}

#[derive(Clone, Debug, Default, Args)]
#[command(
    after_help = "Examples:\n  git diff | qwen complete \"write a commit message\"\n  qwen complete -x \"a jq filter for the third key\" > filter.jq"
)]
pub struct Complete {
    /// The prompt; words are joined with spaces, - is stdin alone
    #[arg(value_name = "PROMPT")]
    pub prompt: Vec<String>,
    #[command(flatten)]
    pub generate: Generate,
    /// Print only the answer's code: all fenced blocks, or the N-th
    #[arg(short = 'x', long, value_name = "N", num_args = 0..=1, require_equals = true, value_parser = range::nth, conflicts_with = "format", help_heading = "Output")]
    pub extract: Option<Option<usize>>,
    /// text, json (one object at the end) or jsonl (an event a line)
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<Format>,
    /// Write the answer to a file, whole or not at all
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Print the request (json, or a curl command) and send nothing
    #[arg(long, value_enum, value_name = "AS", num_args = 0..=1, require_equals = true, default_missing_value = "json", help_heading = "Output")]
    pub dry_run: Option<DryRun>,
    /// Delete the chat from the web account's list after the answer (-p web)
    #[arg(long, help_heading = "Output")]
    pub delete_chat: bool,
    /// The encoding of stdin and of -f files, when it is not UTF-8
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ContextUse {
    #[default]
    Fit,
    All,
}

#[derive(Clone, Debug, Default, Args)]
#[command(
    after_help = "Examples:\n  qwen chat -c\n  cat notes.txt | qwen chat\nInside, /help lists the commands and keys."
)]
pub struct Chat {
    #[command(flatten)]
    pub generate: Generate,
}

#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  qwen sessions list\n  qwen sessions search 量子\n  qwen sessions export 01J… notes.html"
)]
pub struct Sessions {
    #[command(subcommand)]
    pub command: SessionsCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub enum SessionsCommand {
    /// The conversations last gone on with
    List {
        /// The most that are listed; 0: all
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        limit: usize,
        /// A JSON array
        #[arg(long)]
        json: bool,
    },
    /// Print a conversation, the last one without an id
    Show {
        #[arg(value_name = "ID|NAME")]
        conversation: Option<String>,
        /// A JSON object
        #[arg(long)]
        json: bool,
    },
    /// Find conversations by words, in any language
    Search {
        #[arg(value_name = "WORDS", required = true)]
        words: Vec<String>,
        /// The most that are listed; 0: all
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        limit: usize,
        /// A JSON array
        #[arg(long)]
        json: bool,
    },
    /// Write a conversation out as Markdown, JSON or HTML
    Export {
        #[arg(value_name = "ID|NAME")]
        conversation: String,
        /// Its ending decides the format; without a file, to stdout
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// md, json or html
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
    },
    /// Give a conversation a name; without one, take it away
    Rename {
        #[arg(value_name = "ID|NAME")]
        conversation: String,
        #[arg(value_name = "NEW NAME")]
        name: Option<String>,
    },
    /// Remove conversations for good
    Rm {
        #[arg(value_name = "ID|NAME", required = true)]
        conversations: Vec<String>,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  qwen last\n  qwen last --code=2 > script.sh")]
pub struct Last {
    /// Only its code: all fenced blocks, or the N-th
    #[arg(long, value_name = "N", num_args = 0..=1, value_parser = range::nth, conflicts_with = "json")]
    pub code: Option<Option<usize>>,
    /// All that is known of it, as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
    Jsonl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    Json,
    Curl,
}

#[derive(Clone, Debug, Args)]
#[command(
    after_help = "The references live 48 hours, for the model of -m (else the provider's vision model).\n\nExamples:\n  qwen complete -i \"$(qwen upload cat.png)\" \"what is this?\"\n  qwen upload --purpose file-extract report.pdf"
)]
pub struct Upload {
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// text (a reference a line) or json (an array)
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<ListFormat>,
    /// file-extract: documents for qwen-long and qwen-doc-turbo, printed as file ids
    #[arg(long, value_enum, value_name = "PURPOSE")]
    pub purpose: Option<UploadPurpose>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    #[default]
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UploadPurpose {
    FileExtract,
}

#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  qwen models vl\n  qwen models show qwen-max"
)]
pub struct Models {
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
    /// Only models whose id contains this
    pub filter: Option<String>,
    /// Only models that can: text, vision, audio, video, thinking, search (repeatable)
    #[arg(long, value_name = "WHAT", value_enum)]
    pub capability: Vec<Capability>,
    /// A JSON array
    #[arg(long)]
    pub json: bool,
    /// Ask the server again instead of using the list of the last 24 hours
    #[arg(long)]
    pub refresh: bool,
}

#[derive(Clone, Debug, Subcommand)]
pub enum ModelsCommand {
    /// All that is known of one model
    Show {
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

/// The ranges of the generation options, refused before anything is sent.
pub mod range {
    use crate::text::words::{Sentence, Words};
    use crate::{sentence, words};

    pub fn temperature(text: &str) -> Result<f64, Words> {
        number(text, sentence!("must be a number from 0 to 2"), |x| {
            (0.0..=2.0).contains(&x)
        })
    }

    pub fn top_p(text: &str) -> Result<f64, Words> {
        number(text, sentence!("must be a number above 0 and at most 1"), |x| {
            x > 0.0 && x <= 1.0
        })
    }

    pub fn presence_penalty(text: &str) -> Result<f64, Words> {
        number(text, sentence!("must be a number from -2 to 2"), |x| {
            (-2.0..=2.0).contains(&x)
        })
    }

    pub fn top_k(text: &str) -> Result<u32, Words> {
        whole(text, 0, i32::MAX as u32)
    }

    pub fn max_tokens(text: &str) -> Result<u32, Words> {
        whole(text, 1, i32::MAX as u32)
    }

    pub fn seed(text: &str) -> Result<u32, Words> {
        whole(text, 0, i32::MAX as u32)
    }

    pub fn budget(text: &str) -> Result<u32, Words> {
        whole(text, 1, i32::MAX as u32)
    }

    pub fn nth(text: &str) -> Result<usize, Words> {
        whole(text, 1, u16::MAX.into()).map(|n| n as usize)
    }

    pub fn stop(text: &str) -> Result<String, Words> {
        if text.is_empty() {
            return Err(words!("must not be empty"));
        }
        Ok(text.to_owned())
    }

    fn number(text: &str, allowed: Sentence, fits: impl Fn(f64) -> bool) -> Result<f64, Words> {
        match text.trim().parse::<f64>() {
            Ok(x) if x.is_finite() && fits(x) => Ok(x),
            _ => Err(allowed.into()),
        }
    }

    fn whole(text: &str, least: u32, most: u32) -> Result<u32, Words> {
        match text.trim().parse::<u32>() {
            Ok(n) if (least..=most).contains(&n) => Ok(n),
            _ => Err(words!("must be a whole number from {} to {}", least, most)),
        }
    }
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
