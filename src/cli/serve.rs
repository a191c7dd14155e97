//! `qwen serve`.

use std::ffi::OsString;

use clap::Args;
use qwen_api::Decimal;

use super::{CacheFlag, option_ranges};

#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// Port to listen on; 0: a free one [default: 8787]
    #[arg(long, value_name = "PORT", default_value = "8787", hide_default_value = true, allow_hyphen_values = true, value_parser = option_ranges::port)]
    pub port: u16,
    /// Address to listen on [default: 127.0.0.1]
    ///
    /// Beyond loopback only with --api-key.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", hide_default_value = true)]
    pub host: String,
    /// Key that requests must carry, or @FILE
    ///
    /// Without one any key is accepted. QWEN_CLI_SERVE_KEY does the same without showing the key in the list of processes.
    #[arg(long, value_name = "KEY|@FILE")]
    pub api_key: Option<OsString>,
    /// Origin whose web pages may ask; repeatable
    ///
    /// `*` allows all, with --api-key only.
    #[arg(long, value_name = "ORIGIN")]
    pub cors: Vec<String>,
    /// Refuse requests that can cost more
    ///
    /// In the currency of the region's prices: the input estimated, the longest answer and thinking counted. A model
    /// whose price is not known is refused as well; local and demo cost nothing.
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, value_parser = option_ranges::amount)]
    pub max_cost: Option<Decimal>,
    /// Providers to ask where the first cannot answer
    ///
    /// Each is asked with its own default model, where the one before cannot be reached or refuses (401, 403, 404, 408,
    /// 429, 5xx) before its first token.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub fallback: Vec<String>,
    #[command(flatten)]
    pub cache: CacheFlag,
}
