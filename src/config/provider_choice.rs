//! Which provider is asked: the one the user names, else the first with a credential.

use super::settings::Settings;
use crate::error::{Failure, Kind};
use crate::i18n::{UiText, quoted};
use crate::messages::providers::credential_hint;
use crate::text::nearest;
use crate::tr;
use qwen_api::provider::{PROVIDERS, Provider};

/// The provider the user named, by whichever way.
pub fn named(settings: &Settings) -> Option<String> {
    settings.provider.as_ref().map(|sourced| sourced.value.clone())
}

/// The first provider of the table that has a credential.
pub fn with_credential(settings: &Settings) -> Option<&'static Provider> {
    PROVIDERS
        .iter()
        .find(|provider| provider.needs_key && settings.sources.whose(provider.key_vars).is_some())
}

/// What is said when there is no way to anybody.
pub fn no_way_in() -> Failure {
    with_ways(tr!("no credential was found, and no server on this machine answers"))
}

/// What is said when there is no credential at all.
pub fn no_credential() -> Failure {
    with_ways(tr!("no credential was found"))
}

fn with_ways(message: UiText) -> Failure {
    let ways = PROVIDERS.iter().filter(|provider| provider.name != "dashscope-native");
    let told = tr!("there are several ways in:");
    let hint = ways.fold(told, |told, provider| {
        tr!("{}\n  {}", told, credential_hint(provider.name))
    });
    Failure::new(Kind::Auth, message).hint(hint)
}

/// The error for a name that no provider has.
pub(super) fn unknown_provider(settings: &Settings, name: &str) -> Failure {
    let names = || {
        PROVIDERS
            .iter()
            .map(|provider| provider.name)
            .chain(settings.providers.keys().map(String::as_str))
    };
    let failure = Failure::usage(tr!("there is no provider {}", quoted(name)));
    match nearest(name, names()) {
        Some(near) => failure.hint(tr!("did you mean {}?", quoted(near))),
        None => failure.hint(tr!("there are {}", names().collect::<Vec<_>>().join(", "))),
    }
}
