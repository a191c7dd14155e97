//! Variables and credentials: those of the environment, of a `.env` file, stored ones, and the system's keyring.

use std::ffi::OsString;
use std::path::PathBuf;

use super::credentials_file::{self, StoredCredentials};
use super::dotenv::DotEnv;
use super::origin::{Origin, Sourced};
use super::pasted_credential::PastedCredential;
use crate::host::{Env, bare};
use crate::i18n::UiText;
use crate::i18n::lang::Lang;
use qwen_api::Secret;
use qwen_api::provider::COOKIE_VAR;

/// Where variables and credentials are looked for. The environment comes before a `.env` file, both before what is
/// stored.
#[derive(Clone, Debug)]
pub struct Sources {
    pub(super) env: Env,
    pub(super) dotenv: Option<DotEnv>,
    /// The file of stored credentials.
    pub(super) file: PathBuf,
    pub(super) stored: StoredCredentials,
    /// What was read from the keyring.
    pub(super) unlocked: Env,
    /// The variables that hold the cookies of the user's own providers.
    pub(super) cookie_vars: Vec<String>,
}

impl Sources {
    /// A variable of the environment, else of the `.env` file, as it stands there.
    pub fn variable(&self, name: &str) -> Option<Sourced<String>> {
        match self.env.get(name).filter(|value| !bare(value).is_empty()) {
            Some(value) => Some(Sourced {
                value: value.to_owned(),
                origin: Origin::Env(name.to_owned()),
            }),
            None => self.dotenv_variable(name),
        }
    }

    /// The same without white space and quotes around it.
    pub(super) fn bare_variable(&self, name: &str) -> Option<Sourced<String>> {
        let found = self.variable(name)?;
        Some(Sourced {
            value: bare(&found.value).to_owned(),
            ..found
        })
    }

    /// The same for the name of a file, which need not be UTF-8.
    pub(super) fn file_variable(&self, name: &str) -> Option<Sourced<OsString>> {
        if let Some(path) = self.env.path(name) {
            return Some(Sourced {
                value: path.into_os_string(),
                origin: Origin::Env(name.to_owned()),
            });
        }
        self.bare_variable(name).map(Sourced::into_os)
    }

    pub(super) fn dotenv_variable(&self, name: &str) -> Option<Sourced<String>> {
        let dotenv = self.dotenv.as_ref()?;
        let value = dotenv.vars.get(name).filter(|value| !bare(value).is_empty())?;
        Some(Sourced {
            value: value.to_owned(),
            origin: Origin::DotEnv {
                name: name.to_owned(),
                path: dotenv.path.clone(),
            },
        })
    }

    /// The language of the locale.
    pub(super) fn lang(&self) -> Lang {
        Lang::of_environment(|name| self.env.get(name))
    }

    /// Finds the credential that is used for these variables: its origin and its variable. The keyring is not read.
    pub fn whose(&self, names: &[&str]) -> Option<(Origin, String)> {
        let is_there = |name: &str, value: &str| !self.cleaned(name, value).secret.is_empty();
        let given = names.iter().find_map(|name| {
            let found = self.variable(name)?;
            is_there(name, &found.value).then_some((found.origin, *name))
        });
        let stored = || {
            names.iter().find_map(|name| {
                let value = self.stored.values.get(name);
                let origin = if value.is_some_and(|value| is_there(name, value)) {
                    Origin::Stored(self.file.clone())
                } else {
                    self.is_in_keyring(name).then_some(Origin::Keyring)?
                };
                Some((origin, *name))
            })
        };
        let (origin, name) = given.or_else(stored)?;
        Some((origin, name.to_owned()))
    }

    /// That credential. One in the keyring is there only once it was read, see `with_unlocked`.
    pub fn credential(&self, names: &[&str]) -> Option<(Sourced<Secret>, String)> {
        let (origin, name) = self.whose(names)?;
        let value = self.found(&origin, &name)?.secret;
        (!value.is_empty()).then_some((Sourced { value, origin }, name))
    }

    /// The notice about what was removed from a credential.
    pub(super) fn cleanup_notice(&self, found: Option<&(Sourced<Secret>, String)>) -> Option<UiText> {
        let (secret, name) = found?;
        self.found(&secret.origin, name)?.cleanup_notice(name)
    }

    fn found(&self, origin: &Origin, name: &str) -> Option<PastedCredential> {
        Some(match origin {
            Origin::Keyring => self.cleaned(name, self.unlocked.get(name)?),
            Origin::Stored(_) => self.cleaned(name, self.stored.values.get(name)?),
            _ => self.cleaned(name, &self.variable(name)?.value),
        })
    }

    /// The credential in a text that was typed or found, under the name of its variable.
    pub fn cleaned(&self, name: &str, value: &str) -> PastedCredential {
        let is_cookie = name == COOKIE_VAR || self.cookie_vars.iter().any(|variable| variable == name);
        PastedCredential::new(name, value, is_cookie)
    }

    /// Whether a credential of that name is kept in the system's keyring.
    pub fn is_in_keyring(&self, name: &str) -> bool {
        self.stored.in_keyring.iter().any(|noted| noted == name)
    }

    /// The region that the stored key was stored with, where the key of these variables is a stored one.
    pub(super) fn stored_region(&self, names: &[&str]) -> Option<Sourced<OsString>> {
        let (origin, variable) = self.whose(names)?;
        let region = credentials_file::region(&self.file, &variable).filter(|_| origin.is_stored())?;
        Some(Sourced {
            value: region.into(),
            origin: Origin::Stored(self.file.clone()),
        })
    }

    /// The same sources with what the keyring holds under that name.
    #[must_use]
    pub(super) fn with_unlocked(&self, name: &str, secret: &Secret) -> Sources {
        Sources {
            unlocked: self.unlocked.with(name, secret.expose()),
            ..self.clone()
        }
    }

    /// The same sources with this credential before all others.
    #[must_use]
    pub(super) fn with_credential(&self, variable: &str, secret: &Secret) -> Sources {
        Sources {
            env: self.env.with(variable, secret.expose()),
            ..self.clone()
        }
    }
}
