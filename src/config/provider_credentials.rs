//! The credentials of a provider: the variables they go by, and which of them are in the system's keyring.

use super::origin::Origin;
use super::settings::Settings;
use super::web_renewal;

/// The variables that may hold a provider's credential, the one to store it under first.
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

/// The same, a group for each credential: a web account has two, another provider one that may have several names.
pub fn credentials_of(settings: &Settings, name: &str) -> Vec<Vec<String>> {
    let variables = variables(settings, name);
    match is_site(settings, name) {
        true => variables.into_iter().map(|variable| vec![variable]).collect(),
        false => vec![variables],
    }
}

/// Whether a provider has an account, with a token and a cookie, in place of a key.
pub fn is_site(settings: &Settings, name: &str) -> bool {
    match qwen_api::provider::provider(name) {
        Some(known) => known.protocol.has_account(),
        None => settings
            .providers
            .get(name)
            .is_some_and(|own| own.protocol.is_some_and(|protocol| protocol.has_account())),
    }
}

/// The credentials that have to be read from the system's keyring before the provider of that name is asked.
pub fn in_keyring(settings: &Settings, name: &str) -> Vec<String> {
    let of = |names: &[&str]| match settings.sources.whose(names) {
        Some((Origin::Keyring, variable)) => Some(variable),
        _ => None,
    };
    let mut found: Vec<String> = credentials_of(settings, name)
        .iter()
        .filter_map(|group| of(&group.iter().map(String::as_str).collect::<Vec<_>>()))
        .collect();
    if is_site(settings, name) {
        found.extend(of(&[web_renewal::RENEWED_VAR]));
    }
    found
}
