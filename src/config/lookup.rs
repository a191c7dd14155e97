//! Which credential is used: the environment's, a `.env` file's, or a stored one, in that order.

use super::typed::Typed;
use super::{Origin, Settings, Sourced, credentials, renewal};
use crate::host::bare;
use crate::i18n::UiText;
use qwen_api::provider::{COOKIE_VAR, Protocol};
use qwen_api::secret::Secret;

impl Settings {
    /// A variable of the environment, else of the `.env` file, as it stands there.
    pub fn lookup(&self, name: &str) -> Option<Sourced<String>> {
        match self.env.get(name).filter(|value| !bare(value).is_empty()) {
            Some(value) => Some(Sourced {
                value: value.to_owned(),
                origin: Origin::Env(name.to_owned()),
            }),
            None => self.dotenv_value(name),
        }
    }

    /// The same, as the value of a setting.
    pub(super) fn setting(&self, name: &str) -> Option<Sourced<String>> {
        let found = self.lookup(name)?;
        Some(Sourced {
            value: bare(&found.value).to_owned(),
            ..found
        })
    }

    pub(super) fn dotenv_value(&self, name: &str) -> Option<Sourced<String>> {
        let dotenv = self.dotenv.as_ref()?;
        Some(Sourced {
            value: dotenv
                .vars
                .get(name)
                .filter(|value| !bare(value).is_empty())?
                .to_owned(),
            origin: Origin::DotEnv {
                name: name.to_owned(),
                path: dotenv.path.clone(),
            },
        })
    }

    /// Which of these names' credential is used and where it is: in the environment, in `.env`, stored in the file, or
    /// in the keyring, which is not asked.
    pub fn whose(&self, names: &[&str]) -> Option<(Origin, String)> {
        let is_there = |name: &str, value: &str| !self.typed(name, value).secret.is_empty();
        let given = names.iter().find_map(|name| {
            let found = self.lookup(name)?;
            is_there(name, &found.value).then_some((found.origin, *name))
        });
        let stored = || {
            names.iter().find_map(|name| {
                let value = self.stored.values.get(name);
                let origin = if value.is_some_and(|value| is_there(name, value)) {
                    Origin::Stored(credentials::path(&self.paths))
                } else {
                    self.is_in_keyring(name).then_some(Origin::Keyring)?
                };
                Some((origin, *name))
            })
        };
        let (origin, name) = given.or_else(stored)?;
        Some((origin, name.to_owned()))
    }

    /// That credential. One in the keyring is there only once it was read, see [`Settings::with_unlocked`].
    pub fn credential(&self, names: &[&str]) -> Option<(Sourced<Secret>, String)> {
        let (origin, name) = self.whose(names)?;
        let value = self.found(&origin, &name)?.secret;
        (!value.is_empty()).then_some((Sourced { value, origin }, name))
    }

    /// What the user is to be told of how a credential stands where it was found.
    pub(super) fn odd(&self, found: Option<&(Sourced<Secret>, String)>) -> Option<UiText> {
        let (secret, name) = found?;
        self.found(&secret.origin, name)?.cleanup_notice(name)
    }

    fn found(&self, origin: &Origin, name: &str) -> Option<Typed> {
        Some(match origin {
            Origin::Keyring => self.typed(name, self.unlocked.get(name)?),
            Origin::Stored(_) => self.typed(name, self.stored.values.get(name)?),
            _ => self.typed(name, &self.lookup(name)?.value),
        })
    }

    /// A credential as it was typed or found, under the name of its variable.
    pub fn typed(&self, name: &str, value: &str) -> Typed {
        let mut own = self.providers.values();
        let is_cookie = name == COOKIE_VAR || own.any(|own| own.cookie_env.as_deref() == Some(name));
        Typed::new(name, value, is_cookie)
    }

    /// Whether a credential of that name is kept in the system's keyring.
    pub fn is_in_keyring(&self, name: &str) -> bool {
        self.stored.in_keyring.iter().any(|noted| noted == name)
    }

    /// The same settings with what the keyring holds under that name.
    #[must_use]
    pub fn with_unlocked(&self, name: &str, secret: &Secret) -> Settings {
        Settings {
            unlocked: self.unlocked.with(name, secret.expose()),
            ..self.clone()
        }
    }

    /// The same settings with this credential before all others.
    #[must_use]
    pub fn with_credential(&self, variable: &str, secret: &Secret) -> Settings {
        Settings {
            env: self.env.with(variable, secret.expose()),
            ..self.clone()
        }
    }
}

/// The variables a provider's credential is looked for in, the one to store it under first.
pub fn variables(settings: &Settings, name: &str) -> Vec<String> {
    let own = settings.providers.get(name);
    match own.and_then(|own| own.api_key_env.clone()) {
        Some(variable) => {
            let cookie = own.and_then(|own| own.cookie_env.clone());
            [Some(variable), cookie].into_iter().flatten().collect()
        }
        None => {
            let known = qwen_api::provider::provider(name).map(|provider| provider.key_vars);
            let names = known.unwrap_or_default().iter();
            names.map(|name| (*name).to_owned()).collect()
        }
    }
}

/// The same by credential: a web account has two, any other provider one that may go by several names.
pub fn credentials_of(settings: &Settings, name: &str) -> Vec<Vec<String>> {
    let variables = variables(settings, name);
    match is_site(settings, name) {
        true => variables.into_iter().map(|variable| vec![variable]).collect(),
        false => vec![variables],
    }
}

/// Whether a provider speaks the web site's API.
pub fn is_site(settings: &Settings, name: &str) -> bool {
    match qwen_api::provider::provider(name) {
        Some(known) => known.protocol == Protocol::Web,
        None => settings
            .providers
            .get(name)
            .is_some_and(|own| own.protocol.as_deref() == Some("web")),
    }
}

/// The credentials that have to be read from the system's keyring before the provider of that name is asked.
pub fn in_keyring(settings: &Settings, name: &str) -> Vec<String> {
    let of = |names: &[&str]| match settings.whose(names) {
        Some((Origin::Keyring, variable)) => Some(variable),
        _ => None,
    };
    let mut found: Vec<String> = credentials_of(settings, name)
        .iter()
        .filter_map(|group| of(&group.iter().map(String::as_str).collect::<Vec<_>>()))
        .collect();
    if is_site(settings, name) {
        found.extend(of(&[renewal::RENEWED_VAR]));
    }
    found
}
