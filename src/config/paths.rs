//! The folders of the program's files.

use std::path::PathBuf;

use directories::ProjectDirs;

use crate::error::Failure;
use crate::host::Host;
use crate::tr;

/// The program's folders, which need not exist yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Paths {
    /// `config.toml`.
    pub config_file: PathBuf,
    /// Conversations and input history.
    pub data: PathBuf,
    /// Model lists.
    pub cache: PathBuf,
}

impl Paths {
    /// The folders under `QWEN_CLI_HOME`, else those of the system's convention. `--config` replaces only the config file.
    pub fn of(host: &Host, config: Option<PathBuf>) -> Result<Paths, Failure> {
        let config = config.or_else(|| host.env.path("QWEN_CLI_CONFIG"));
        let mut paths = if let Some(home) = host.env.path("QWEN_CLI_HOME") {
            Paths {
                config_file: home.join("config.toml"),
                data: home.join("data"),
                cache: home.join("cache"),
            }
        } else if let Some(dirs) = ProjectDirs::from("", "", "qwen-cli") {
            Paths {
                config_file: dirs.config_dir().join("config.toml"),
                data: dirs.data_dir().to_owned(),
                cache: dirs.cache_dir().to_owned(),
            }
        } else {
            return Err(
                Failure::usage(tr!("cannot determine the home directory")).hint(tr!("set HOME or QWEN_CLI_HOME"))
            );
        };
        if let Some(config) = config {
            if !config.is_file() {
                let path = config.display();
                return Err(Failure::usage(tr!(
                    "cannot read the config file {}: no such file",
                    path
                )));
            }
            paths.config_file = config;
        }
        Ok(paths)
    }
}
