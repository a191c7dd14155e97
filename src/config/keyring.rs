//! The system's keyring: the Secret Service on Linux, the Keychain on macOS, the Credential Manager on Windows.
//!
//! It needs the cargo feature `keyring`, which is off by default. Each call may block until the user unlocks the keyring:
//! callers make them on a thread of their own, so that Ctrl-C works.

use directories::ProjectDirs;

use super::paths::Paths;
use crate::error::{Failure, Kind};
use crate::tr;
use qwen_api::Secret;

/// Whether this program is built with it.
pub const IS_BUILT_IN: bool = cfg!(feature = "keyring");

/// The service that entries are stored under.
const SERVICE: &str = "qwen-cli";

/// The entries of one configuration. Those of another folder (`QWEN_CLI_HOME`) are separate, as its files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyring {
    service: String,
}

impl Keyring {
    /// The keyring entries of the folder that holds the credentials file.
    pub fn of(paths: &Paths) -> Keyring {
        let folder = paths.config_file.parent();
        let usual = ProjectDirs::from("", "", SERVICE);
        let service = match folder {
            Some(folder) if usual.is_none_or(|usual| usual.config_dir() != folder) => {
                format!("{SERVICE} in {}", folder.display())
            }
            _ => SERVICE.to_owned(),
        };
        Keyring { service }
    }

    /// Reads the credential stored under the name of its variable.
    pub fn read(&self, name: &str) -> Result<Secret, Failure> {
        self.get(name).map_err(|problem| failure(problem, name, Kind::Auth))
    }

    /// Stores a credential, in place of an earlier one.
    pub fn keep(&self, name: &str, secret: &Secret) -> Result<(), Failure> {
        self.set(name, secret)
            .map_err(|problem| failure(problem, name, Kind::Other))
    }

    /// Removes a credential. A missing one is no error.
    pub fn remove(&self, name: &str) -> Result<(), Failure> {
        match self.delete(name) {
            Err(Problem::NoEntry) => Ok(()),
            done => done.map_err(|problem| failure(problem, name, Kind::Other)),
        }
    }
}

/// Why the keyring could not be used.
#[derive(Debug)]
#[cfg_attr(not(feature = "keyring"), allow(dead_code))] // only the first can be met there, and only the others here
enum Problem {
    #[cfg_attr(feature = "keyring", allow(dead_code))]
    NotBuiltIn,
    NoEntry,
    Locked,
    /// The operating system's message.
    Other(String),
}

/// The error about a problem with the entry `name`. `kind` is for problems that another build would have as well.
fn failure(problem: Problem, name: &str, kind: Kind) -> Failure {
    match problem {
        Problem::NotBuiltIn => not_built_in(tr!("{} is in the system keyring", name)),
        Problem::NoEntry => Failure::new(kind, tr!("the system keyring no longer has {}", name)).hint(tr!(
            "store it again with qwen auth login --keyring, or remove it with qwen auth logout"
        )),
        Problem::Locked => Failure::new(kind, tr!("the system keyring is locked"))
            .hint(tr!("unlock it and try again, or export {}=…", name)),
        Problem::Other(why) => Failure::new(kind, tr!("cannot use the system keyring: {}", why)).hint(tr!(
            "on Linux it needs a Secret Service (GNOME Keyring, KWallet, KeePassXC) in the session; or export {}=…",
            name
        )),
    }
}

/// The error of a program that is built without the feature. `what` is a clause.
pub fn not_built_in(what: impl Into<crate::i18n::UiText>) -> Failure {
    Failure::usage(tr!("{}, but this qwen is built without keyring support", what.into())).hint(tr!(
        "build one with it: cargo install --path . --locked --features keyring"
    ))
}

#[cfg(not(feature = "keyring"))]
impl Keyring {
    fn get(&self, _: &str) -> Result<Secret, Problem> {
        Err(Problem::NotBuiltIn)
    }

    fn set(&self, _: &str, _: &Secret) -> Result<(), Problem> {
        Err(Problem::NotBuiltIn)
    }

    fn delete(&self, _: &str) -> Result<(), Problem> {
        Err(Problem::NotBuiltIn)
    }
}

#[cfg(feature = "keyring")]
impl Keyring {
    fn entry(&self, name: &str) -> Result<keyring::Entry, Problem> {
        if let Err(error) = keyring::Entry::store_status() {
            return Err(Problem::of(error));
        }
        keyring::Entry::new(&self.service, name).map_err(|error| Problem::of(&error))
    }

    fn get(&self, name: &str) -> Result<Secret, Problem> {
        let read = self.entry(name)?.inner.get_password();
        read.map(Secret::new).map_err(|error| Problem::of(&error))
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), Problem> {
        let set = self.entry(name)?.set_password(secret.expose());
        set.map_err(|error| Problem::of(&error))
    }

    fn delete(&self, name: &str) -> Result<(), Problem> {
        let deleted = self.entry(name)?.delete_credential();
        deleted.map_err(|error| Problem::of(&error))
    }
}

#[cfg(feature = "keyring")]
impl Problem {
    /// Takes an error's own text only where it cannot hold the credential.
    fn of(error: &keyring::Error) -> Problem {
        use keyring::Error as E;
        match error {
            E::NoEntry => Problem::NoEntry,
            E::NoStorageAccess(_) => Problem::Locked,
            E::PlatformFailure(error) => Problem::Other(plain(&error.to_string())),
            E::BadEncoding(_) | E::BadDataFormat(..) => Problem::Other("what it holds is no text".to_owned()),
            E::Ambiguous(_) => Problem::Other("it holds several of that name".to_owned()),
            E::TooLong(..) | E::Invalid(..) | E::BadStoreFormat(_) | E::NotSupportedByStore(_) => {
                Problem::Other(error.to_string())
            }
            _ => Problem::Other("it does not say why".to_owned()),
        }
    }
}

/// The system's reason without a library's name before it and Rust's number behind it.
#[cfg(any(feature = "keyring", test))]
fn plain(reason: &str) -> String {
    let reason = reason.strip_prefix("zbus error: ").unwrap_or(reason);
    let end = reason.find(" (os error").unwrap_or(reason.len());
    reason[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn another_folder_has_entries_of_its_own() {
        let of = |folder: PathBuf| {
            Keyring::of(&Paths {
                config_file: folder.join("config.toml").into(),
                data: PathBuf::new(),
                cache: PathBuf::new(),
            })
            .service
        };
        let usual = ProjectDirs::from("", "", SERVICE).unwrap();
        assert_eq!(of(usual.config_dir().to_owned()), "qwen-cli");
        assert_eq!(of(PathBuf::from("/tmp/other")), "qwen-cli in /tmp/other");
    }

    #[test]
    fn a_reason_is_in_the_systems_words() {
        assert_eq!(
            plain("zbus error: no bus at `/x`: No such file (os error 2)"),
            "no bus at `/x`: No such file"
        );
        assert_eq!(plain("The name is not there"), "The name is not there");
    }

    #[test]
    fn each_problem_has_a_way_out() {
        let of = |problem| {
            let failure = failure(problem, "A_KEY", Kind::Auth);
            (failure.kind, failure.message.to_string(), failure.hint.is_some())
        };
        let (auth, usage) = (Kind::Auth, Kind::Usage);
        let missing = "A_KEY is in the system keyring, but this qwen is built without keyring support";
        assert_eq!(of(Problem::NotBuiltIn), (usage, missing.to_owned(), true));
        let gone = "the system keyring no longer has A_KEY";
        assert_eq!(of(Problem::NoEntry), (auth, gone.to_owned(), true));
        assert_eq!(
            of(Problem::Locked),
            (auth, "the system keyring is locked".to_owned(), true)
        );
        let other = "cannot use the system keyring: no bus";
        assert_eq!(of(Problem::Other("no bus".to_owned())), (auth, other.to_owned(), true));
    }
}
