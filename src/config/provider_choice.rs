//! The choice of the provider: the one the user names, else the first with a credential.

use super::settings::Settings;
use crate::error::{Failure, Kind};
use crate::i18n::{UiText, quoted};
use crate::messages::providers::{credential_hints, key_pages};
use crate::text::nearest;
use crate::tr;
use qwen_api::provider::{PROVIDERS, Provider, provider};

/// The provider that the user chose by a flag, a variable or a file.
pub fn named(settings: &Settings) -> Option<String> {
    settings.provider.as_ref().map(|sourced| sourced.value.clone())
}

/// The first provider of the table that has a credential.
pub fn with_credential(settings: &Settings) -> Option<&'static Provider> {
    PROVIDERS
        .iter()
        .find(|provider| provider.needs_key && settings.sources.whose(provider.key_vars).is_some())
}

/// The error where neither a credential nor a local server was found.
pub fn no_provider() -> Failure {
    with_ways(tr!("no credential found, and no server is running on this machine"))
}

/// The error where no credential was found.
pub fn no_credential() -> Failure {
    with_ways(tr!("no credential found"))
}

fn with_ways(message: UiText) -> Failure {
    let ways = credential_hints().filter(|(provider, _)| provider.name != "dashscope-native");
    let hint = ways.fold(tr!("use one of these:"), |hint, (provider, way)| {
        let hint = tr!("{}\n  {}", hint, way);
        match provider.protocol.dashscope_path().filter(|_| provider.needs_key) {
            Some(_) => tr!("{}\n    {}", hint, key_pages("    ")),
            None => hint,
        }
    });
    Failure::new(Kind::Auth, message).hint(hint)
}

/// Whether each name is a provider's.
pub fn check_names(settings: &Settings, names: &[String]) -> Result<(), Failure> {
    let is_known = |name: &str| provider(name).is_some() || settings.providers.contains_key(name);
    match names.iter().find(|name| !is_known(name)) {
        Some(name) => Err(unknown_provider(settings, name)),
        None => Ok(()),
    }
}

/// The error for a name that no provider has.
pub(super) fn unknown_provider(settings: &Settings, name: &str) -> Failure {
    let names = || {
        PROVIDERS
            .iter()
            .map(|provider| provider.name)
            .chain(settings.providers.keys().map(String::as_str))
    };
    let failure = Failure::usage(tr!("unknown provider {}", quoted(name)));
    match nearest(name, names()) {
        Some(near) => failure.hint(tr!("did you mean {}?", quoted(near))),
        None => failure.hint(tr!("available providers: {}", names().collect::<Vec<_>>().join(", "))),
    }
}
