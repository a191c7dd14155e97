//! The global options.

use std::path::PathBuf;

use clap::{ArgAction, Args};

/// Their heading in help.
pub(super) const GLOBAL: &str = "Global options";

/// The global options, taken before and after the command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = GLOBAL)]
pub struct Globals {
    /// Provider: dashscope, web, local, demo or your own
    ///
    /// Built in are dashscope, dashscope-native, web, local and demo; `[providers.NAME]` in the config file adds others.
    /// Default: the first with a credential, else a server on this machine.
    #[arg(short, long, global = true, value_name = "NAME")]
    pub provider: Option<String>,
    /// Model ID, or an alias from the config file
    #[arg(short, long, global = true, value_name = "ID")]
    pub model: Option<String>,
    /// DashScope region: beijing, singapore, us, hongkong, …
    ///
    /// frankfurt and tokyo require --workspace. An API key is valid in one region only.
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// DashScope workspace ID
    #[arg(long, global = true, value_name = "ID")]
    pub workspace: Option<String>,
    /// Use this base URL instead of the provider's
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// Seconds to wait for data; 0: forever [default: 60]
    ///
    /// It limits each wait for data from the server, not the time of the whole answer.
    #[arg(long, global = true, value_name = "SECS", allow_hyphen_values = true)]
    pub timeout: Option<String>,
    /// Maximum number of retries, 0 to 20 [default: 3]
    ///
    /// 0 also disables resuming.
    #[arg(long, global = true, value_name = "N", allow_hyphen_values = true)]
    pub retries: Option<String>,
    /// Use this config file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// When to use colour: auto, always, never
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<String>,
    /// Log to stderr: -v requests, -vv events
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Write the log to FILE, credentials masked
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// Use this proxy for all but loopback connections
    ///
    /// A URL with http://, https:// or socks5://; an empty one disables proxies.
    #[arg(long, global = true, value_name = "URL")]
    pub proxy: Option<String>,
    /// Trust these root certificates too (PEM)
    #[arg(long, global = true, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Allow sending credentials over plain http://
    ///
    /// Without it, credentials are sent unencrypted to this machine only.
    #[arg(long, global = true)]
    pub allow_http: bool,
    /// Print only the answer and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
}
