//! The options of every command.

use std::path::PathBuf;

use clap::{ArgAction, Args};

/// The heading they stand under.
pub(super) const GLOBAL: &str = "Global options";

/// Taken before and after the command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = GLOBAL)]
pub struct Globals {
    /// Who answers: dashscope, web, local, demo, or your own
    ///
    /// The built-in ones are dashscope, dashscope-native, web, local and demo; `[providers.NAME]` in the config file
    /// makes others. Without it: the first that has a credential, then a server on this machine.
    #[arg(short, long, global = true, value_name = "NAME")]
    pub provider: Option<String>,
    /// Model, or an alias from the config file
    #[arg(short, long, global = true, value_name = "ID")]
    pub model: Option<String>,
    /// DashScope region: beijing, singapore, us, hongkong, …
    ///
    /// frankfurt and tokyo need a workspace. Keys belong to a region.
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// DashScope workspace, for its own host
    #[arg(long, global = true, value_name = "ID")]
    pub workspace: Option<String>,
    /// Replaces the provider's base URL
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// Silence allowed, in seconds; 0: any [default: 60]
    ///
    /// Before and between the pieces of an answer; never a limit on the whole of it.
    #[arg(long, global = true, value_name = "SECS", allow_hyphen_values = true)]
    pub timeout: Option<String>,
    /// How often to try again, 0 to 20 [default: 3]
    ///
    /// 0 turns resuming off too.
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
    /// Proxy for everything but loopback
    ///
    /// An address with http://, https:// or socks5://.
    #[arg(long, global = true, value_name = "URL")]
    pub proxy: Option<String>,
    /// Further root certificates, PEM
    #[arg(long, global = true, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Send a credential over plain http:// too
    ///
    /// Without it none goes to another machine unencrypted.
    #[arg(long, global = true)]
    pub allow_http: bool,
    /// Answer and errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
}
