//! The origin of a value, shown in messages and by `config show`.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::i18n::{IntoArg, TextArg};
use crate::tr;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag(&'static str),
    /// A variable of the environment.
    Env(String),
    /// A variable of a `.env` file.
    DotEnv {
        name: String,
        path: PathBuf,
    },
    /// The config file. Lines count from 1.
    File {
        path: PathBuf,
        line: usize,
    },
    /// The front matter of the template that is used: what it is called, and the line, from 1.
    Template {
        name: String,
        line: usize,
    },
    /// The file of stored credentials.
    Stored(PathBuf),
    /// The system's keyring; the file of stored credentials names the variable.
    Keyring,
    Default,
}

impl IntoArg for Origin {
    fn arg(&self) -> TextArg {
        match self {
            Origin::Flag(flag) => flag.arg(),
            Origin::Env(name) => TextArg::Text(format!("${name}")),
            Origin::DotEnv { name, path } => tr!("{} in {}", name, path.display()).arg(),
            Origin::File { path, line } => tr!("{} line {}", path.display(), line).arg(),
            Origin::Template { name, line } => tr!("template {} line {}", name, line).arg(),
            Origin::Stored(path) => path.display().arg(),
            Origin::Keyring => tr!("the system keyring").arg(),
            Origin::Default => tr!("default").arg(),
        }
    }
}

impl Origin {
    /// Whether the user had the program store it.
    pub fn is_stored(&self) -> bool {
        matches!(self, Origin::Stored(_) | Origin::Keyring)
    }

    /// Whether the value was given for this run, rather than in the config file.
    pub fn is_for_this_run(&self) -> bool {
        matches!(
            self,
            Origin::Flag(_) | Origin::Env(_) | Origin::DotEnv { .. } | Origin::Template { .. }
        )
    }
}

/// English: for what programs read.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&tr!("{}", self).to_string())
    }
}

/// A value and its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    pub value: T,
    pub origin: Origin,
}

impl Sourced<String> {
    pub(super) fn into_os(self) -> Sourced<OsString> {
        Sourced {
            value: self.value.into(),
            origin: self.origin,
        }
    }
}
