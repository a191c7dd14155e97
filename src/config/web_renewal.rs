//! What the web account's token and cookie were renewed to, kept from run to run.
//!
//! It is kept where what it was made of is (the credentials file or the system's keyring) under a name of its own, with a fingerprint of what the user gave: it is used
//! in the place of just that, wherever it came from, and forgotten as soon as the user gives something else.

use serde_json::{Value, json};

use super::credentials_file;
use super::keyring::Keyring;
use super::origin::Origin;
use super::paths::Paths;
use super::settings::Settings;
use crate::error::Failure;
use crate::text::sha256_hex;
use qwen_api::Secret;
use qwen_api::provider::Credentials;

/// The name of the entry.
pub const RENEWED_VAR: &str = "QWEN_WEB_RENEWED";

/// What `given` was renewed to, if it was.
pub(super) fn renewed(settings: &Settings, given: &Credentials) -> Option<Credentials> {
    let (stored, _) = settings.sources.credential(&[RENEWED_VAR])?;
    let value: Value = serde_json::from_str(stored.value.expose()).ok()?;
    if value["of"].as_str() != Some(&fingerprint(given)) {
        return None;
    }
    let part = |name: &str, before: &Option<(Secret, String)>| {
        let (_, variable) = before.as_ref()?;
        Some((Secret::new(value[name].as_str()?), variable.clone()))
    };
    Some(Credentials {
        token: part("token", &given.token),
        cookie: part("cookie", &given.cookie),
    })
}

/// Whether what `given` is renewed to belongs into the keyring, because a part of it comes from there.
pub fn belongs_into_keyring(settings: &Settings, given: &Credentials) -> bool {
    let parts = [&given.token, &given.cookie].into_iter().flatten();
    parts.into_iter().any(|(_, variable)| {
        let found = settings.sources.whose(&[variable]);
        found.is_some_and(|(origin, _)| origin == Origin::Keyring)
    })
}

/// Keeps what `given` was renewed to.
pub fn keep(paths: &Paths, given: &Credentials, renewed: &Credentials, in_keyring: bool) -> Result<(), Failure> {
    let part = |part: &Option<(Secret, String)>| part.as_ref().map(|(secret, _)| secret.expose().to_owned());
    let value = json!({
        "of": fingerprint(given),
        "token": part(&renewed.token),
        "cookie": part(&renewed.cookie),
    });
    let path = credentials_file::path(paths);
    let secret = Secret::new(value.to_string());
    if in_keyring {
        // It was unlocked a moment ago, for what was given: this waits for nobody.
        Keyring::of(paths).keep(RENEWED_VAR, &secret)?;
        return credentials_file::note_in_keyring(&path, RENEWED_VAR, None);
    }
    credentials_file::keep(&path, RENEWED_VAR, &secret)
}

/// Tells credentials apart without being one.
fn fingerprint(given: &Credentials) -> String {
    let part = |part: &Option<(Secret, String)>| part.as_ref().map(|(secret, _)| secret.expose().to_owned());
    let mut digest = sha256_hex(format!("{:?}\n{:?}", part(&given.token), part(&given.cookie)).as_bytes());
    digest.truncate(32);
    digest
}
