//! The folders of the program's files.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::error::Failure;
use crate::host::Host;
use crate::tr;

/// The path of the config file, which need not exist.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigFile {
    path: PathBuf,
    /// It is that of `--config`: without the flag, another file is used.
    is_of_flag: bool,
}

impl ConfigFile {
    /// The command that opens it in an editor.
    pub fn edit_command(&self) -> String {
        match self.is_of_flag {
            true => format!("qwen --config {} config edit", self.path.display()),
            false => "qwen config edit".to_owned(),
        }
    }
}

impl From<PathBuf> for ConfigFile {
    fn from(path: PathBuf) -> ConfigFile {
        ConfigFile {
            path,
            is_of_flag: false,
        }
    }
}

impl Deref for ConfigFile {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

/// The program's folders, which need not exist yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Paths {
    /// `config.toml`.
    pub config_file: ConfigFile,
    /// Conversations and input history.
    pub data: PathBuf,
    /// Model lists.
    pub cache: PathBuf,
}

impl Paths {
    /// The folders under `QWEN_CLI_HOME`, else those of the system's convention. `--config` replaces only the config file.
    pub fn of(host: &Host, config: Option<PathBuf>) -> Result<Paths, Failure> {
        let is_of_flag = config.is_some();
        let config = config.or_else(|| host.env.path("QWEN_CLI_CONFIG"));
        let mut paths = if let Some(home) = host.env.path("QWEN_CLI_HOME") {
            Paths {
                config_file: home.join("config.toml").into(),
                data: home.join("data"),
                cache: home.join("cache"),
            }
        } else if let Some(dirs) = ProjectDirs::from("", "", "qwen-cli") {
            Paths {
                config_file: dirs.config_dir().join("config.toml").into(),
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
            paths.config_file = ConfigFile {
                path: config,
                is_of_flag,
            };
        }
        Ok(paths)
    }
}
