//! The system's keyring: the Secret Service on Linux, the Keychain on macOS, the Credential Manager on Windows.
//!
//! Only with the cargo feature `keyring`, which the program is built without unless asked. Each call here may wait for
//! the user to unlock the keyring: commands make them aside, so that Ctrl-C is heard (`commands/keyring.rs`).

use directories::ProjectDirs;

use super::paths::Paths;
use crate::error::{Failure, Kind};
use crate::tr;
use qwen_api::Secret;

/// Whether this program can reach it at all.
pub const IS_BUILT_IN: bool = cfg!(feature = "keyring");

/// Under which service entries are kept.
const SERVICE: &str = "qwen-cli";

/// Where the entries of one configuration are. Another folder's (`QWEN_CLI_HOME`) are apart from the usual one's, as
/// their files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyring {
    service: String,
}

impl Keyring {
    /// That of the folder the credentials file is in.
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

    /// The credential kept under the name of its variable.
    pub fn read(&self, name: &str) -> Result<Secret, Failure> {
        self.get(name).map_err(|problem| told(problem, name, Kind::Auth))
    }

    /// Keeps a credential in the place of the one before.
    pub fn keep(&self, name: &str, secret: &Secret) -> Result<(), Failure> {
        self.set(name, secret)
            .map_err(|problem| told(problem, name, Kind::Other))
    }

    /// Takes it out. It may be gone already.
    pub fn remove(&self, name: &str) -> Result<(), Failure> {
        match self.delete(name) {
            Err(Problem::NoEntry) => Ok(()),
            done => done.map_err(|problem| told(problem, name, Kind::Other)),
        }
    }
}

/// Why it did not work.
#[derive(Debug)]
#[cfg_attr(not(feature = "keyring"), allow(dead_code))] // only the first can be met there, and only the others here
enum Problem {
    #[cfg_attr(feature = "keyring", allow(dead_code))]
    NotBuiltIn,
    NoEntry,
    /// Nobody unlocked it.
    Locked,
    /// In the system's words.
    Other(String),
}

/// What a person is told. The kind is for what cannot be mended by another build.
fn told(problem: Problem, name: &str, kind: Kind) -> Failure {
    match problem {
        Problem::NotBuiltIn => not_built_in(tr!("{} is in the system keyring", name)),
        Problem::NoEntry => Failure::new(kind, tr!("the system keyring holds no {} any more", name)).hint(tr!(
            "qwen auth login --keyring stores it again; qwen auth logout forgets it"
        )),
        Problem::Locked => Failure::new(kind, tr!("the system keyring is locked"))
            .hint(tr!("unlock it and try again, or export {}=…", name)),
        Problem::Other(why) => Failure::new(kind, tr!("the system keyring cannot be used: {}", why)).hint(tr!(
            "on Linux it needs a Secret Service (GNOME Keyring, KWallet, KeePassXC) in the session; or export {}=…",
            name
        )),
    }
}

/// What a program that is built without it says. `what` is a sentence.
pub fn not_built_in(what: impl Into<crate::i18n::UiText>) -> Failure {
    Failure::usage(tr!("{}, and this qwen is built without it", what.into())).hint(tr!(
        "cargo install --path . --locked --features keyring builds one that has it"
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
        let gone = self.entry(name)?.delete_credential();
        gone.map_err(|error| Problem::of(&error))
    }
}

#[cfg(feature = "keyring")]
impl Problem {
    /// No error is told by its own `Display` that could hold what is kept.
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
                config_file: folder.join("config.toml"),
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
            let failure = told(problem, "A_KEY", Kind::Auth);
            (failure.kind, failure.message.to_string(), failure.hint.is_some())
        };
        let (auth, usage) = (Kind::Auth, Kind::Usage);
        let missing = "A_KEY is in the system keyring, and this qwen is built without it";
        assert_eq!(of(Problem::NotBuiltIn), (usage, missing.to_owned(), true));
        let gone = "the system keyring holds no A_KEY any more";
        assert_eq!(of(Problem::NoEntry), (auth, gone.to_owned(), true));
        assert_eq!(
            of(Problem::Locked),
            (auth, "the system keyring is locked".to_owned(), true)
        );
        let other = "the system keyring cannot be used: no bus";
        assert_eq!(of(Problem::Other("no bus".to_owned())), (auth, other.to_owned(), true));
    }
}
